"""What a board says of itself when it is managed, and how it is reset."""

import pytest
from lab import eventually
from managing import Managed, problem


@pytest.fixture
def stock(lab):
    """A board as it comes, whose main.py says that it was started."""
    simulator = lab.stock(main="print('started')")
    gateway = lab.serve(simulator.path, "--manage")
    gateway.wait("not serving")
    return Managed(gateway)


def test_info(stock):
    answer = stock.request("GET", "info")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    info = answer.json
    assert (info["implementation"], info["platform"]) == ("micropython", "linux")
    assert info["version"].startswith("1.")
    assert info["heapFree"] > 0 and info["heapUsed"] > 0
    assert info["bytecode"] == 6
    assert {"os", "json"} <= set(info["modules"]) and info["modules"] == sorted(info["modules"])
    assert stock.request("HEAD", "info").status == 200
    problem(stock.request("GET", "info?all=1"), 400, "bad-query")
    for method in ("POST", "PUT", "DELETE"):
        assert stock.request(method, "info").headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("query", ["", "?mode=soft"])
def test_a_soft_reset(stock, query):
    stock.exec("here = 1")
    with stock.gateway.events("/api/v1/boards/demo/events?type=console") as events:
        answer = stock.request("POST", "reset" + query)
        assert (answer.status, answer.json) == (202, {})
        events.until("console", line="started")
    assert "NameError" in stock.exec("here").json["error"]


def test_a_reset_of_a_board_that_serves(lab):
    gateway = lab.bench(serve=["--manage"])
    before = gateway.board()["firmware"]["bootID"]
    assert Managed(gateway).request("POST", "reset").status == 202
    eventually(lambda: gateway.board().get("firmware", {}).get("bootID", before) != before, "it serves anew")
    assert gateway.get("/boards/demo/hello").body == b"hello"


@pytest.mark.parametrize("mode", ["hard", "bootloader"])
def test_resets_that_this_board_does_not_have(stock, mode):
    found = problem(stock.request("POST", "reset?mode=" + mode), 501, "unsupported")
    assert "demo" in found["detail"]
    stock.works()


def test_bad_resets(stock):
    found = problem(stock.request("POST", "reset?mode=gentle"), 400, "bad-query")
    assert "soft, hard, bootloader" in found["detail"]
    problem(stock.request("POST", "reset?how=soft"), 400, "bad-query")
    assert stock.request("GET", "reset").headers["Allow"] == "POST"
    problem(stock.request("POST", "reset/soft"), 404, "not-found")


def test_a_board_that_is_away(lab):
    board = Managed(lab.serve(lab.path(), "--manage"))
    problem(board.request("POST", "reset"), 503, "board-unavailable")
    problem(board.request("GET", "info"), 503, "board-unavailable")


def test_a_board_that_was_let_go(stock):
    stock.gateway.post("/api/v1/boards/demo/release?for=1h")
    found = problem(stock.request("GET", "info"), 503, "board-unavailable")
    assert "held" in found["detail"]
    stock.gateway.post("/api/v1/boards/demo/acquire")
    stock.gateway.wait("not serving")
    stock.works()
