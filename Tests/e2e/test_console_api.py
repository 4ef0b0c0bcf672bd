"""A board's console over HTTP, and what is typed there."""

import os

import pytest
from lab import eventually
from managing import Managed, problem

SPEAKER = """
import time
while True:
    print("I am here")
    time.sleep(0.1)
"""


class Console:
    """What the board writes, followed."""

    def __init__(self, board):
        self.call = board.call("GET", "console", accept="*/*")
        assert self.call.response.status == 200
        assert self.call.response.headers["Content-Type"] == "application/octet-stream"
        self.text = b""

    def until(self, end):
        """Reads on to these bytes; returns what came up to them."""
        while end not in self.text:
            piece = self.call.response.read1(65536)
            assert piece, "the console ended before %r: %r" % (end, self.text)
            self.text += piece
        before, _, self.text = self.text.partition(end)
        return before + end

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.call.close()


@pytest.fixture(scope="module")
def prompt(module_lab):
    gateway = module_lab.serve(module_lab.stock().path, "--manage")
    gateway.wait("not serving")
    return Managed(gateway)


@pytest.fixture
def workshop(lab):
    return Managed(lab.bench(serve=["--manage"]))


def type_(board, data):
    answer = board.request("POST", "console", data)
    assert (answer.status, answer.body) == (204, b"")


def test_a_terminal(prompt):
    with Console(prompt) as console:
        type_(prompt, b"\r")
        console.until(b">>> ")
        type_(prompt, b"6 * 7\r")
        assert console.until(b">>> ").split() == [b"6", b"*", b"7", b"42", b">>>"]
        type_(prompt, b"while True: pass\r\r")
        console.until(b"pass")
        type_(prompt, b"\x03")
        console.until(b"KeyboardInterrupt")
        console.until(b">>> ")


def test_bytes_come_as_they_are(prompt):
    with Console(prompt) as console:
        type_(prompt, b"import sys; _ = sys.stdout.buffer.write(b'<' + bytes(range(128, 256)) + b'>')\r")
        console.until(b"\n")
        assert console.until(b">").startswith(b"<" + bytes(range(128, 256)))
        console.until(b">>> ")


def test_two_follow_and_each_gets_all(prompt):
    with Console(prompt) as one, Console(prompt) as two:
        type_(prompt, b"print('to', 'both')\r")
        for console in (one, two):
            console.until(b"to both")
            console.until(b">>> ")


def test_what_a_board_that_serves_prints(workshop):
    with Console(workshop) as console:
        workshop.gateway.post("/boards/demo/print", "ü one".encode())
        console.until("ü one".encode())
        # Frames are none of it.
        assert b"\x1e" not in console.text


def test_typing_while_it_serves(workshop):
    gateway = workshop.gateway
    for keys in (b"x\r\x04\x02\x01", b"\x03x\r"):
        problem(workshop.request("POST", "console", keys), 409, "board-serving")
    assert gateway.get("/boards/demo/hello").body == b"hello"
    with Console(workshop) as console:
        type_(workshop, b"\x03")
        console.until(b"KeyboardInterrupt")
        eventually(lambda: gateway.board()["state"] != "serving", "its program has ended")


def test_while_it_is_managed(prompt):
    with prompt.call("POST", "exec?limit=60", b"print('runs')\nwhile True: pass") as call:
        call.until("output")
        answer = prompt.request("POST", "console", b"x\r")
        assert "exec" in problem(answer, 503, "board-busy")["detail"]
        assert answer.headers["Retry-After"] == "1"
        # But for this, which ends the code.
        type_(prompt, b"\x03")
        assert "KeyboardInterrupt" in call.until("done")["error"]
    prompt.works()


def test_following_a_program_from_memory(prompt):
    code = b"import time\nfor i in range(200):\n  print('tick', i)\n  time.sleep(0.05)\n"
    with Console(prompt) as console:
        answer = prompt.request("POST", "exec?serve=1&detach=1", code)
        assert answer.status == 202
        console.until(b"tick 3")
        type_(prompt, b"\x03")
        prompt.works()


def test_a_head(prompt):
    answer = prompt.request("HEAD", "console")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_methods(prompt, method):
    answer = prompt.request(method, "console", b"x")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_bad_requests(prompt):
    problem(prompt.request("POST", "console", bytes(4097)), 413, "body-too-large")
    problem(prompt.request("GET", "console?from=1"), 400, "bad-query")
    problem(prompt.request("POST", "console?from=1", b"x"), 400, "bad-query")
    problem(prompt.request("GET", "console/x"), 404, "not-found")


def test_a_board_that_comes_and_goes(lab):
    path = lab.path()
    board = Managed(lab.serve(path, "--manage"))
    problem(board.request("POST", "console", b"x"), 503, "board-unavailable")
    with Console(board) as console:
        for _ in range(2):
            # Again and again, for nobody hears what it says before its port is opened.
            simulator = lab.stock(path=path, main=SPEAKER)
            console.until(b"I am here")
            simulator.end()


def test_the_gateway_ends_while_somebody_follows(lab):
    gateway = lab.serve(lab.stock().path, "--manage")
    gateway.wait("not serving")
    with Console(Managed(gateway)) as console:
        code, took = gateway.end()
        assert (code, took < 5) == (0, True), took
        # Its end is an end, and no break.
        console.call.response.read()


def test_clients_that_go_leave_nothing(prompt):
    def sockets():
        return len(os.listdir("/proc/%d/fd" % prompt.gateway.pid))

    before = sockets()
    for _ in range(30):
        Console(prompt).call.close()
    eventually(lambda: sockets() <= before, "their connections are closed")
