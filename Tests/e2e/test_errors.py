"""Every way in which a request can fail: its problem details, and that the next request works."""

import http.client
import json
import os
import signal
import threading

import pytest
from lab import eventually

HEAD = b"GET /boards/demo/%s HTTP/1.1\r\nHost: localhost\r\n\r\n"


def problem(answer, status, kind, delivery=None, board="demo"):
    """Checks the answer for being this problem, in all that every problem has; returns it."""
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer
    found = answer.json
    assert found["type"] == "urn:boardwalk:problem:" + kind
    assert (found["status"], found.get("delivery"), found.get("board")) == (status, delivery, board)
    assert found["title"] and found["detail"].endswith((".", "0", "written")) or found["traceback"]
    return found


def works(gateway):
    answer = gateway.get("/boards/demo/hello")
    assert (answer.status, answer.body) == (200, b"hello"), answer


class Asking:
    """A request in a thread, begun when the board runs it."""

    def __init__(self, gateway, path, method="GET", body=None):
        self.answer = self.error = None
        running = gateway.board()["requests"]["running"]

        def ask():
            try:
                self.answer = gateway.request(method, "/boards/demo/" + path, body)
            except (OSError, http.client.HTTPException) as e:
                self.error = e

        self.thread = threading.Thread(target=ask)
        self.thread.start()
        eventually(lambda: gateway.board()["requests"]["running"] > running, "the request runs")

    def result(self):
        self.thread.join(60)
        assert self.answer is not None, self.error
        return self.answer


def test_absent_board(lab):
    gateway = lab.serve(lab.path())
    found = problem(gateway.get("/boards/demo/"), 503, "board-unavailable", "not sent")
    assert "absent" in found["detail"] and "Plug it in" in found["detail"]
    lab.simulate(path=gateway.board()["port"])
    gateway.wait()
    works(gateway)


def test_board_that_does_not_serve(lab):
    simulator = lab.simulate("idle.py")
    gateway = lab.serve(simulator.path)
    gateway.wait("not serving")
    found = problem(gateway.get("/boards/demo/"), 503, "board-unavailable", "not sent")
    assert "no program answers" in found["detail"]


def test_port_that_cannot_be_opened(lab):
    path = lab.directory / "file"
    path.write_text("no terminal")
    gateway = lab.serve(path)
    board = gateway.wait("failed")
    assert str(path) in board["reason"]
    problem(gateway.get("/boards/demo/"), 503, "board-unavailable", "not sent")


def test_queue_full(lab):
    gateway = lab.bench(serve=["--deadline", "60"])
    connections = [gateway.socket() for _ in range(16 + 64)]
    try:
        for connection in connections:
            connection.sendall(HEAD % b"hang")
        full = {"running": 16, "waiting": 64}
        eventually(lambda: gateway.board()["requests"] == full, "all places are taken")
        answer = gateway.get("/boards/demo/hello")
        assert answer.headers["Retry-After"] == "1"
        assert "64 requests" in problem(answer, 503, "queue-full", "not sent")["detail"]
    finally:
        for connection in connections:
            connection.close()
    none = {"running": 0, "waiting": 0}
    eventually(lambda: gateway.board()["requests"] == none, "the queue is empty")
    works(gateway)


def test_those_who_wait_are_served_in_turn(lab):
    gateway = lab.bench()
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(gateway.get("/boards/demo/sleep?ms=100").body))
        for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"slept"] * 40


@pytest.fixture(scope="module")
def hasty():
    from lab import Lab

    lab = Lab()
    try:
        yield lab.bench(serve=["--deadline", "1", "--max-body", "50000"])
    finally:
        lab.close()


def test_deadline(hasty):
    found = problem(hasty.get("/boards/demo/hang"), 504, "deadline", "may have run")
    assert "within 1 s" in found["detail"]
    works(hasty)
    # The handler was told: it does not hang any more.
    eventually(lambda: hasty.board()["requests"]["running"] == 0, "the stream is over")


def test_deadline_of_a_handler_that_spins(lab):
    gateway = lab.bench("workshop.py", serve=["--deadline", "1"])
    asking = Asking(gateway, "spin")
    found = problem(asking.result(), 504, "deadline", "ran")
    assert found["traceback"].splitlines()[-1].startswith("KeyboardInterrupt")
    works(gateway)
    # Without a deadline that has passed an interrupt is Ctrl-C: the server stops, and says so.
    os.kill(gateway.simulator.board_pid(), signal.SIGINT)
    gateway.wait("not serving")


def test_deadline_of_requests_that_wait_for_a_stream(lab):
    """A board that hangs frees no stream, so that the last four wait and are not sent."""
    gateway = lab.bench(serve=["--deadline", "2"])
    connections = [gateway.socket() for _ in range(20)]
    try:
        for connection in connections:
            connection.sendall(HEAD % b"spin")
        full = {"running": 16, "waiting": 4}
        eventually(lambda: gateway.board()["requests"] == full, "16 run and 4 wait")
        found = []
        for connection in connections:
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert response.status == 504
            said = json.loads(response.read())
            found.append(said["delivery"])
            assert ("was not sent" in said["detail"]) == (said["delivery"] == "not sent"), said
        # Where the machine is busy, the first may have ended before it is too late for the last.
        assert found.count("not sent") <= 4 and set(found) <= {"not sent", "may have run", "ran"}
    finally:
        for connection in connections:
            connection.close()


def test_exception_before_the_response(bench):
    found = problem(bench.get("/boards/demo/raise"), 500, "handler-exception", "ran")
    assert found["detail"] == "On demo: ValueError: no answer yet"
    assert found["traceback"].startswith("Traceback (most recent call last):")
    assert 'workshop.py", line' in found["traceback"]
    works(bench)


def test_exception_after_the_response_began(bench):
    with bench.events() as events:
        answer = bench.get("/boards/demo/raise-late")
        # What was written arrives; the rest is known to the board's listeners alone.
        assert (answer.status, answer.body) == (200, b"a part")
        assert "ValueError: a part is out" in events.until("exception")["traceback"]
        assert bench.get("/boards/demo/raise-late?ms=100").body == b"a part"
    works(bench)


def test_unplugged_during_the_request(lab):
    gateway = lab.bench()
    asking = Asking(gateway, "hang")
    gateway.simulator.process.kill()
    found = problem(asking.result(), 502, "unplugged", "may have run")
    assert "port went away" in found["detail"]
    gateway.wait("absent")
    lab.simulate(path=gateway.simulator.path)
    gateway.wait()
    works(gateway)


def test_unplugged_during_the_response(lab):
    gateway = lab.bench()
    with gateway.connect() as connection:
        connection.request("GET", "/boards/demo/begin-and-hang")
        response = connection.getresponse()
        assert response.read(5) == b"begun"
        gateway.simulator.process.kill()
        with pytest.raises(http.client.IncompleteRead):
            response.read()
    lab.simulate(path=gateway.simulator.path)
    gateway.wait()
    works(gateway)


def test_unplugged_with_requests_that_wait(lab):
    gateway = lab.bench()
    connections = [gateway.socket() for _ in range(20)]
    for connection in connections:
        connection.sendall(HEAD % b"hang")
    full = {"running": 16, "waiting": 4}
    eventually(lambda: gateway.board()["requests"] == full, "16 run and 4 wait")
    gateway.simulator.process.kill()
    found = []
    for connection in connections:
        response = http.client.HTTPResponse(connection)
        response.begin()
        found.append((response.status, json.loads(response.read())["delivery"]))
        connection.close()
    assert sorted(found) == [(502, "may have run")] * 16 + [(502, "not sent")] * 4


@pytest.mark.parametrize("app, path", [("workshop.py", "hang"), ("threaded.py", "block?s=30")])
def test_reboot_during_the_request(lab, app, path):
    """The reset button: the program is killed and starts anew, the line stays."""
    gateway = lab.bench(app, line=["--restart"])
    before = gateway.board()["firmware"]["bootID"]
    asking = Asking(gateway, path)
    os.kill(gateway.simulator.board_pid(), signal.SIGKILL)
    problem(asking.result(), 502, "rebooted", "may have run")
    assert gateway.wait()["firmware"]["bootID"] != before
    works(gateway)


@pytest.mark.parametrize("app", ["workshop.py", "threaded.py"])
def test_a_program_that_exits_during_the_request(lab, app):
    gateway = lab.bench(app, line=["--restart"])
    before = gateway.board()["firmware"]["bootID"]
    answer = gateway.get("/boards/demo/exit")
    assert answer.status in (500, 502) and answer.json["delivery"] in ("may have run", "ran"), answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    eventually(lambda: gateway.wait()["firmware"]["bootID"] != before, "the program runs anew")
    works(gateway)
