"""Programs written for the seed library run unchanged: both variants, with all that their demos do."""

import pytest
from lab import BOARDS

APPS = ["seed_async.py", "seed_threaded.py"]
PAGE = (BOARDS / "index.html").read_bytes()


@pytest.mark.parametrize("app", [*APPS, "seed_smallest.py"])
def test_the_page(lab, app):
    gateway = lab.bench(app)
    for _ in range(3):
        answer = gateway.get("/boards/demo/")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
        assert answer.body == PAGE
    assert gateway.get("/boards/demo/favicon.ico").status == 404


@pytest.mark.parametrize("app", APPS)
def test_the_clock_while_others_are_served(lab, app):
    gateway = lab.bench(app)
    over = {"line": "clock over: [Errno 104] ECONNRESET"}
    with gateway.events() as board:
        with gateway.events("/boards/demo/api/clock") as one:
            with gateway.events("/boards/demo/api/clock") as two:
                for _ in range(10):
                    for clock in (one, two):
                        event = clock.next()
                        assert event["event"] == "clock" and len(event["data"]) == 8
                    assert gateway.get("/boards/demo/").body == PAGE
            # One after the other: what threads print at the same time is mixed.
            assert board.until("console", **over)
        assert board.until("console", **over)
    assert gateway.get("/boards/demo/").body == PAGE


@pytest.mark.parametrize("app", APPS)
def test_beside_the_package_that_it_was_written_for(lab, app):
    """As in a clone of the seed: the program has Boardwalk's package, and its own modules."""
    clone = lab.directory / "clone"
    for module in ["ahttpserver/__init__", "httpserver/__init__", "tools"]:
        (clone / module).parent.mkdir(parents=True, exist_ok=True)
        (clone / (module + ".py")).write_text("" if module == "tools" else "1 / 0\n")
    source = (BOARDS / app).read_text().replace("import json", "import json\nimport tools")
    (clone / app).write_text(source)
    (clone / "index.html").write_bytes(PAGE)
    gateway = lab.bench(clone / app)
    assert gateway.get("/boards/demo/").body == PAGE
    gateway.simulator.line("clone/ahttpserver is not used, but Boardwalk's own")


def test_background_tasks_print(lab):
    gateway = lab.bench("seed_async.py")
    with gateway.events() as board:
        line = board.until("console")["line"]
        number = int(line.removeprefix("still here "))
        for n in range(1, 4):
            assert board.until("console")["line"] == "still here %d" % (number + n)


@pytest.mark.parametrize("app", APPS)
def test_an_exception_after_the_answer(lab, app):
    """The client has all of its answer; then the program ends, as the seed's does."""
    gateway = lab.bench(app)
    with gateway.events() as board:
        answer = gateway.get("/boards/demo/api/today")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.json.keys() == {"year", "month", "day"}
        assert "IndexError" in board.until("exception")["traceback"]
        assert board.until("state")["state"] == "not serving"
    assert gateway.get("/boards/demo/").status == 503


@pytest.mark.parametrize("app", APPS)
def test_stop(lab, app):
    gateway = lab.bench(app)
    with gateway.events() as board:
        answer = gateway.get("/boards/demo/api/stop")
        assert answer.status == 200
        assert answer.body == (b"the server stops" if app == "seed_async.py" else b"")
        state = board.until("state")
        assert (state["state"], state["reason"]) == ("not serving", "the server on the board was stopped")
    answer = gateway.get("/boards/demo/")
    assert (answer.status, answer.json["type"]) == (503, "urn:boardwalk:problem:board-unavailable")


@pytest.mark.parametrize("app", APPS)
def test_stop_and_start_again(lab, app):
    """With --restart the program runs again after its end, and the gateway serves it again."""
    gateway = lab.bench(app, line=["--restart"])
    with gateway.events() as board:
        assert gateway.get("/boards/demo/api/stop").status == 200
        board.until("state", state="not serving")
        board.until("state", state="serving")
    gateway.wait()
    assert gateway.get("/boards/demo/").body == PAGE
