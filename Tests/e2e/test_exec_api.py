"""Code and programs that clients run on a board."""

import socket
import threading
import time

import pytest
from lab import BOARDS, PATIENCE, eventually
from managing import Managed, problem


@pytest.fixture(scope="module")
def gateway(module_lab):
    gateway = module_lab.serve(module_lab.stock().path, "--manage")
    gateway.wait("not serving")
    return gateway


@pytest.fixture
def board(gateway):
    """A board as it comes. Leave it able to do what it is asked."""
    board = Managed(gateway)
    yield board
    board.works()


@pytest.fixture
def workshop(lab):
    """A board whose program serves."""
    gateway = lab.bench(serve=["--manage"])
    return Managed(gateway)


def text(events):
    """The output in events."""
    assert {name for name, _ in events} <= {"output"}
    return "".join(data["text"] for _, data in events)


def test_output_and_traceback(board):
    assert board.exec("").json == {"output": "", "error": ""}
    assert board.exec("for i in range(3): print(i)").json == {"output": "0\n1\n2\n", "error": ""}
    done = board.exec("print('before')\n1 / 0\nprint('after')")
    assert done.status == 200
    assert done.json["output"] == "before\n"
    assert done.json["error"].startswith("Traceback") and "line 2" in done.json["error"]
    assert "SyntaxError" in board.exec("print(1").json["error"]


def test_variables_stay_from_one_to_the_next(board):
    board.exec("a = 5")
    assert board.exec("print(a)").json["output"] == "5\n"


def test_events(board):
    events, last = board.events("POST", "exec", b"print(1); print(2); 1 / 0")
    assert text(events) == "1\n2\n"
    assert last[0] == "done" and last[1].keys() == {"error"}
    assert "ZeroDivisionError" in last[1]["error"]


def test_output_comes_while_the_code_runs(board):
    code = b"import sys\nprint('ready')\nprint(sys.stdin.readline())"
    with board.call("POST", "exec?limit=60", code) as call:
        assert call.until("output")["text"].startswith("ready")


CHARACTERS = "ü€😀" * 3


def test_characters_in_pieces(board):
    """A character whose bytes come one by one is still one."""
    code = "import sys, time\nfor b in %r:\n  sys.stdout.buffer.write(bytes([b]))\n  time.sleep(0.02)\n"
    events, _ = board.events("POST", "exec", (code % CHARACTERS.encode()).encode())
    assert len(events) >= len(CHARACTERS)
    assert text(events) == CHARACTERS


@pytest.mark.parametrize(
    "output",
    [
        bytes(n for n in range(256) if n not in (4, 10, 13)),
        b"\xe2\x82",
        b"a\xe2\x82b\xf0\x9f\x98c",
        b"\xff\xfe\x00 \x1b[2J\x7f",
        b"\xed\xa0\x80\xc0\x80\xf5\x80",
        "end: 😀".encode()[:-1],
    ],
)
def test_bytes_that_are_no_text(board, output):
    code = "import sys; sys.stdout.buffer.write(%r)" % output
    # As the standard has it: each longest part that could begin a character becomes one U+FFFD.
    wanted = output.decode(errors="replace")
    assert board.exec(code).json == {"output": wanted, "error": ""}
    events, last = board.events("POST", "exec", code.encode())
    assert (text(events), last) == (wanted, ("done", {"error": ""}))


def test_much_output(board):
    code = "for i in range(30): print('%s')" % ("x" * 20_000)
    assert len(board.exec(code).json["output"]) == 30 * 20_001


def test_too_much_output_for_a_plain_answer(board):
    found = problem(board.exec("while True: print('y' * 1000)"), 502, "output-too-long")
    assert "1048576 bytes" in found["detail"]
    code = "for i in range(2000): print('y' * 1000)"
    events, last = board.events("POST", "exec?limit=60", code.encode())
    assert last == ("done", {"error": ""})
    assert len(text(events)) == 2000 * 1001


def test_a_limit(board):
    began = time.monotonic()
    found = problem(board.exec("while True: pass", "?limit=500ms"), 502, "repl-failed")
    assert "within its limit, 0.5 seconds" in found["detail"] and "limit=" in found["detail"]
    assert time.monotonic() - began < 8
    for query in ("", "&serve=1"):
        for code in (b"while True: pass", b"while True: print('more')"):
            _, last = board.events("POST", "exec?limit=500ms" + query, code)
            assert last[0] == "problem"
            problem(last[1], 502, "repl-failed")


def test_code_that_cannot_be_interrupted_at_once(board):
    code = "while True:\n  try:\n    while True: pass\n  except KeyboardInterrupt: print('no'); break"
    problem(board.exec(code, "?limit=300ms"), 502, "repl-failed")


def test_a_client_that_takes_nothing(board):
    """The board's output is kept for it up to a bound, then it is told that it is too slow."""
    code = b"for i in range(12_000): print('y' * 1000)"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", board.gateway.port))
        head = "POST %sexec?limit=60 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
        connection.sendall((head % board.root).encode() + b"Content-Length: %d\r\n\r\n" % len(code) + code)
        counts = []

        def settled():
            counts.append(board.gateway.link()["bytesReceived"])
            return len(counts) > 100 and counts[-100] == counts[-1]

        eventually(settled, "the board was interrupted")
        text = b""
        while b"event: problem" not in text[-2000:]:
            text += connection.recv(65536)
    assert len(text) < 12_000_000
    assert b"output-too-long" in text[-2000:]


def test_a_quiet_stream_beats(board):
    with board.call("POST", "exec?limit=60", b"import time; time.sleep(17); print('done')") as call:
        assert call.next() == ("", None)
        assert call.until("output")["text"].startswith("done")


@pytest.mark.parametrize("form", ["text/event-stream", "application/json"])
def test_a_client_that_goes_interrupts(board, form):
    code = b"print('runs')\nwhile True: pass"
    if form == "text/event-stream":
        with board.call("POST", "exec?limit=1h", code) as call:
            call.until("output")
    else:
        with board.gateway.socket() as connection:
            head = "POST %sexec?limit=1h HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            connection.sendall((head % (board.root, len(code))).encode() + code)
            eventually(lambda: board.gateway.board().get("reason") == "exec", "the code runs")
    began = time.monotonic()
    board.works()
    assert time.monotonic() - began < 8


def test_one_after_the_other(board):
    answers = {}

    def run(n):
        code = "import time\nprint('begin', %d)\ntime.sleep(0.2)\nprint('end', %d)" % (n, n)
        answers[n] = board.exec(code)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    for n in range(4):
        assert answers[n].json == {"output": "begin %d\nend %d\n" % (n, n), "error": ""}


@pytest.mark.parametrize(
    "query, words",
    [
        ("?limit=0", "limit=0 is no limit"),
        ("?limit=soon", "limit=soon is no limit"),
        ("?limit=25h", "limit=25h is no limit"),
        ("?detach=1", "serve=1"),
        ("?serve=yes", "serve=yes must be 0 or 1"),
        ("?serve=1&detach=1&limit=5s", "limit="),
        ("?timeout=5", "timeout= is no parameter here; there are limit=, serve=, detach="),
    ],
)
def test_bad_queries(board, query, words):
    assert words in problem(board.exec("print(1)", query), 400, "bad-query")["detail"]


def test_bad_bodies(board):
    found = problem(board.request("POST", "exec", bytes(256 * 1024 + 1)), 413, "body-too-large")
    assert "262144 bytes" in found["detail"]
    problem(board.request("POST", "exec", b"print('\xff')"), 400, "bad-body")
    pieces = iter([bytes(100_000)] * 3)
    answer = board.request("POST", "exec", pieces, encode_chunked=True)
    problem(answer, 413, "body-too-large")


@pytest.mark.parametrize("byte", [1, 2, 3, 4])
def test_bytes_that_a_repl_takes_for_commands(board, byte):
    found = problem(board.exec("print('%s')" % chr(byte)), 400, "bad-body")
    assert "\\x0%d" % byte in found["detail"]


def test_the_longest_code(board):
    code = "print(1)\n" + "# %s\n" % ("x" * 97) * 2600
    assert 250 * 1024 < len(code) < 256 * 1024
    assert board.exec(code, "?limit=60").json == {"output": "1\n", "error": ""}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_methods(board, method):
    answer = board.request(method, "exec")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_a_board_that_is_away(lab):
    board = Managed(lab.serve(lab.path(), "--manage"))
    for query in ("", "?serve=1", "?serve=1&detach=1"):
        found = problem(board.exec("print(1)", query), 503, "board-unavailable")
        assert "absent" in found["detail"]
    _, last = board.events("POST", "exec", b"print(1)")
    problem(last[1], 503, "board-unavailable")


def test_unplugged_in_the_middle(lab):
    simulator = lab.stock()
    gateway = lab.serve(simulator.path, "--manage")
    gateway.wait("not serving")
    with Managed(gateway).call("POST", "exec?limit=60", b"print('runs')\nwhile True: pass") as call:
        call.until("output")
        simulator.end()
        problem(call.until("problem"), 502, "unplugged")
        assert call.next() is None


def test_a_program_that_served_is_started_again(workshop):
    assert workshop.exec("print(1)").json["output"] == "1\n"
    workshop.gateway.wait()
    assert workshop.gateway.get("/boards/demo/hello").body == b"hello"


def test_requests_meanwhile(workshop):
    with workshop.call("POST", "exec?limit=60", b"print('runs')\nwhile True: pass") as call:
        call.until("output")
        board = workshop.gateway.board()
        assert (board["state"], board["reason"]) == ("managed", "exec")
        answer = workshop.gateway.get("/boards/demo/hello")
        assert answer.status == 503
    workshop.gateway.wait()


def routes(gateway):
    return [route["path"] for route in gateway.board()["routes"]]


PROGRAM = (BOARDS / "chorus.py").read_text()


def test_a_program_serves_while_it_is_followed(workshop):
    gateway = workshop.gateway
    with workshop.call("POST", "exec?serve=1", PROGRAM.encode()):
        eventually(lambda: routes(gateway) == ["/all", "/events"], "it serves")
        assert gateway.post("/boards/demo/all").status == 204
    # With its client it goes, and the board's own program comes back.
    eventually(lambda: len(routes(gateway)) > 30, "the board's own program serves")
    assert gateway.get("/boards/demo/hello").body == b"hello"


def test_the_output_of_a_program(board):
    code = b"import time\nfor i in range(3):\n  print('i', i)\n  time.sleep(0.05)\n1 / 0"
    with board.gateway.events() as told:
        events, last = board.events("POST", "exec?serve=1", code)
        lines = [told.until("console")["line"] for _ in range(4)]
    assert text(events) == "i 0\ni 1\ni 2\n"
    # The console has the same, and nothing of the raw REPL's own.
    assert lines == ["i 0", "i 1", "i 2", "Traceback (most recent call last):"]
    assert last[0] == "done" and "ZeroDivisionError" in last[1]["error"]
    done = board.exec("print('ü')", "?serve=1").json
    assert done == {"output": "ü\n", "error": ""}


def test_a_program_with_a_limit(board):
    problem(board.exec("while True: pass", "?serve=1&limit=500ms"), 502, "repl-failed")


def test_a_program_that_runs_on(workshop):
    gateway = workshop.gateway
    answer = workshop.exec(PROGRAM, "?serve=1&detach=1")
    assert (answer.status, answer.json) == (202, {})
    # A request waits for its server.
    assert gateway.post("/boards/demo/all").status == 204
    assert routes(gateway) == ["/all", "/events"]
    # Whoever manages the board next ends it.
    assert workshop.exec("print(1)").json["output"] == "1\n"
    eventually(lambda: len(routes(gateway)) > 30, "the board's own program serves")


@pytest.mark.parametrize("code", ["1 / 0", "print(1)", "def f(:"])
def test_a_program_that_ends_at_once(board, code):
    assert board.exec(code, "?serve=1&detach=1").status == 202
    board.works()
    assert board.events("POST", "exec?serve=1", code.encode())[1][0] == "done"


def test_the_gateway_ends_while_code_runs(lab):
    gateway = lab.serve(lab.stock().path, "--manage")
    gateway.wait("not serving")
    with Managed(gateway).call("POST", "exec?limit=1h", b"print('runs')\nwhile True: pass") as call:
        call.until("output")
        code, took = gateway.end()
        assert (code, took < 8) == (0, True), took
        assert "The gateway stops" in problem(call.until("problem"), 502, "left")["detail"]
        assert call.next() is None


def test_the_gateway_ends_while_code_runs_in_the_plain_form(lab):
    gateway = lab.serve(lab.stock().path, "--manage")
    gateway.wait("not serving")
    answers = []
    client = threading.Thread(
        target=lambda: answers.append(Managed(gateway).exec("while True: pass", "?limit=1h"))
    )
    client.start()
    gateway.wait("managed")
    assert gateway.end()[0] == 0
    client.join(PATIENCE)
    problem(answers[0], 502, "left")
