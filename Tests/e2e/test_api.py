"""What the gateway tells of itself and of its boards."""

import json

import pytest
from lab import eventually


def test_health(bench):
    assert bench.get("/health").json == {"status": "ok", "boards": 1, "serving": 1}


def test_boards(bench):
    boards = bench.get("/api/v1/boards").json["boards"]
    assert [board["name"] for board in boards] == ["demo"]
    assert boards[0].keys() == bench.board().keys()


def test_a_board(bench):
    board = bench.board()
    assert (board["state"], board["url"], board["port"]) == ("serving", "/boards/demo/", bench.simulator.path)
    assert board["requests"] == {"running": 0, "waiting": 0}
    firmware = board["firmware"]
    assert firmware["implementation"].startswith("micropython 1.")
    assert firmware["machine"]
    assert (firmware["package"], firmware["protocolVersion"]) == ("ahttpserver", 1)
    assert len(firmware["bootID"]) == 8
    assert board["limits"] == {
        **{"check": "crc32", "streams": 16, "slots": 8, "window": 2112},
        **{"largestFrame": 512, "largestHead": 1024, "deadline": 30},
    }


def test_routes(bench):
    routes = [(route["method"], route["path"]) for route in bench.board()["routes"]]
    assert ("GET", "/") in routes and ("PATCH", "/mirror") in routes and ("POST", "/echo") in routes
    assert len(routes) == len(set(routes)) > 30


def test_link_figures(bench):
    before = bench.link()
    for _ in range(10):
        bench.post("/boards/demo/echo", bytes(1000))
    after = bench.link()
    assert after["sessions"] == 1
    assert after["framesSent"] >= before["framesSent"] + 20
    assert after["framesReceived"] >= before["framesReceived"] + 20
    assert after["bytesSent"] >= before["bytesSent"] + 10_000
    assert after["bytesReceived"] >= before["bytesReceived"] + 10_000
    assert after["checkErrors"] == 0
    assert after["roundTrip"] is None or 0 < after["roundTrip"] < 5000


def test_running_requests_are_counted(bench):
    with bench.socket() as one, bench.socket() as two:
        for connection in (one, two):
            connection.sendall(b"GET /boards/demo/hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
        eventually(lambda: bench.board()["requests"] == {"running": 2, "waiting": 0}, "two requests run")
    eventually(lambda: bench.board()["requests"]["running"] == 0, "they are over")


def test_api_answers_while_the_board_is_busy(lab):
    gateway = lab.bench()
    with gateway.socket() as connection:
        connection.sendall(b"GET /boards/demo/block?s=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        eventually(lambda: gateway.board()["requests"]["running"] == 1, "the request runs")
        assert gateway.get("/health").json["serving"] == 1
        assert b"awake" in connection.recv(1000)


@pytest.mark.parametrize(
    "target", ["/health", "/api/v1/boards", "/api/v1/boards/demo", "/api/v1/boards/demo/events"]
)
def test_methods_of_the_api(bench, target):
    answer = bench.request("HEAD", target)
    assert (answer.status, answer.body) == (200, b"")
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = bench.request(method, target, b"x")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
        assert answer.json["type"] == "urn:boardwalk:problem:method-not-allowed"


def test_unknown_board(bench):
    for target in (
        "/api/v1/boards/nobody",
        "/api/v1/boards/nobody/events",
        "/boards/nobody/",
        "/boards/nobody/x?y",
    ):
        answer = bench.get(target)
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
        problem = answer.json
        assert problem["type"] == "urn:boardwalk:problem:unknown-board"
        assert (problem["status"], problem["delivery"], problem["board"]) == (404, "not sent", "nobody")
        assert "There are: demo" in problem["detail"]


# Events


def told(data):
    """What an event says, without what every event has."""
    if isinstance(data, str):
        data = json.loads(data)
    assert data.keys() >= {"id", "time", "type"}
    return {name: value for name, value in data.items() if name not in ("id", "time", "type")}


def emit(gateway, name, data):
    answer = gateway.post("/boards/demo/emit?name=" + name, data.encode())
    assert answer.json is True


def test_emitted_events(bench):
    with bench.events("/api/v1/boards/demo/events?type=emit") as events:
        for data in ("1", "", "two\nlines", '{"a": "ü"}', "x" * 450):
            emit(bench, "button", data)
            event = events.next()
            assert event["event"] == "emit"
            assert told(event["data"]) == {"board": "demo", "name": "button", "data": data}


def test_console_lines(bench):
    with bench.events("/api/v1/boards/demo/events?type=console") as events:
        bench.post("/boards/demo/print", "one\ntwo ü".encode())
        for line in ("one", "two ü"):
            event = events.next()
            assert (event["event"], told(event["data"])) == ("console", {"board": "demo", "line": line})


def test_exceptions(bench):
    with bench.events() as events:
        assert bench.get("/boards/demo/raise").status == 500
        event = events.until("exception")
        assert (event["method"], event["path"]) == ("GET", "/raise")
        traceback = event["traceback"]
        assert traceback.startswith("Traceback") and "ValueError: no answer yet" in traceback


def test_several_listeners_hear_the_same(bench):
    listeners = [bench.events() for _ in range(5)]
    try:
        for n in range(20):
            emit(bench, "n", str(n))
        for listener in listeners:
            assert [listener.until("emit")["data"] for _ in range(20)] == [str(n) for n in range(20)]
    finally:
        for listener in listeners:
            listener.close()


def test_a_listener_that_does_not_read_holds_up_nobody(bench):
    with bench.events(), bench.events() as other:
        for n in range(600):
            emit(bench, "n", str(n))
            assert other.until("emit")["data"] == str(n)


def test_states(lab):
    path = lab.path()
    gateway = lab.serve(path)
    with gateway.events() as events:
        simulator = lab.simulate(path=path)
        for state in ("opening", "probing", "serving"):
            assert told(events.until("state")) == {"board": "demo", "state": state}
        simulator.end()
        seen = events.until("state", state="absent")
        assert told(seen) == {"board": "demo", "state": "absent"}
    board = gateway.board()
    assert (board["state"], board["routes"], "firmware" in board) == ("absent", [], False)
    assert gateway.get("/health").json == {"status": "ok", "boards": 1, "serving": 0}


def test_the_state_of_a_board_whose_program_ends(lab):
    gateway = lab.bench("ends.py")
    with gateway.events() as events:
        assert gateway.get("/boards/demo/end").body == b"bye"
        state = events.until("state", state="not serving")
        assert state["reason"] == "the server on the board was stopped"
    board = gateway.board()
    assert (board["state"], board["reason"]) == ("not serving", "the server on the board was stopped")
