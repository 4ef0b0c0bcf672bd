"""`boardwalk console` at a terminal, and with pipes."""

import contextlib
import os
import signal
import subprocess
import termios

import pytest
from commands import Way, over_gateway, without_gateway
from lab import PATIENCE, Lab

WAYS = {"gateway": over_gateway, "port": without_gateway}
LEAVE = b"\x1d"


@pytest.fixture(scope="module", params=WAYS)
def way(request):
    with contextlib.closing(Lab()) as lab:
        board = lab.stock()
        way = WAYS[request.param](lab, board)
        way.board = board
        yield way


@contextlib.contextmanager
def console(way):
    """A console that is connected, at the board's prompt."""
    with way.terminal("console") as terminal:
        terminal.read(rb"Connected to \S+; Ctrl-\] leaves\r\n")
        terminal.type(b"\r")
        terminal.read(rb">>> ")
        yield terminal


def left(terminal, code=0):
    """Checks that the terminal is as it was."""
    assert terminal.wait() == code
    assert terminal.mode == terminal.before


def test_the_prompt(way):
    with console(way) as terminal:
        raw = terminal.mode[3]
        assert not raw & (termios.ICANON | termios.ECHO | termios.ISIG)
        terminal.type(b"6 * 7\r")
        terminal.read(rb"6 \* 7[\r\n]+42[\r\n]+>>> ")
        terminal.type(LEAVE)
        left(terminal)
    assert way.left == []


def test_keys_come_as_they_are(way):
    """Ctrl-C is the board's, and so is an arrow; what is typed behind Ctrl-] is nobody's."""
    with console(way) as terminal:
        terminal.type(b"while True: pass\r\r")
        terminal.read(rb"\.\.\. ")
        terminal.type(b"\x03")
        terminal.read(rb"KeyboardInterrupt.*[\r\n]+>>> ")
        terminal.type(b"1 + 2\r")
        terminal.read(rb"3[\r\n]+>>> ")
        terminal.type(b"\x1b[A\r")
        terminal.read(rb"3[\r\n]+>>> ")
        terminal.type(b"x = 5" + LEAVE + b"\r")
        left(terminal)


def test_what_the_board_prints_is_not_changed(way):
    with console(way) as terminal:
        terminal.type(b"print('\\x1b[1m!\\x1b[0m')\r")
        terminal.read(rb"\x1b\[1m!\x1b\[0m\r")
        terminal.type(LEAVE)
        left(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_put_the_terminal_back(way, number):
    with console(way) as terminal:
        os.kill(terminal.process.pid, number)
        left(terminal, 128 + number)
    assert way.left == []


def test_pipes(way):
    """Standard input is typed; the end comes when the board is quiet."""
    done = way("console", input=b"n = 20 + 3\nprint('answer', n)\r\n")
    assert "answer 23" in done.out
    assert done.error.startswith("Connected to ") and "Ctrl-]" not in done.error
    assert way("console", input=b"").code == 0


def test_a_pipe_to_a_board_that_is_away(lab):
    """What a pipe brought is lost: its script has to know."""
    gateway = lab.serve(lab.path(), "--manage")
    gateway.wait("absent")
    way = Way(lab, "demo", ["--gateway", "127.0.0.1:%d" % gateway.port])
    assert (
        "demo is absent: nothing is at its port. Plug it in."
        in way("console", input=b"6 * 7\n", code=1).error
    )


def test_a_reader_that_goes(way):
    with way.begin("console") as process:
        process.stdout.close()
        process.stdout = None
        assert process.wait(PATIENCE) == 0


def test_the_console_of_a_board_that_serves(lab):
    """What it prints comes; of what is typed, Ctrl-C only gets there: it ends the program."""
    board = lab.simulate("workshop.py")
    gateway = lab.serve(board.path, "--manage")
    gateway.wait()
    way = Way(lab, "demo", ["--gateway", "127.0.0.1:%d" % gateway.port])
    with way.terminal("console") as terminal:
        terminal.read(rb"Ctrl-\] leaves\r\n")
        terminal.read(rb"It serves")
        gateway.post("/boards/demo/print", b"hello, console")
        terminal.read(rb"hello, console\r\n")
        terminal.type(b"print('typed')\r")
        assert gateway.get("/boards/demo/hello").body == b"hello"
        terminal.type(b"\x03")
        terminal.read(rb"KeyboardInterrupt")
        terminal.read(rb">>> ")
        gateway.wait("not serving")
        terminal.type(b"6 * 7\r")
        terminal.read(rb"42[\r\n]+>>> ")
        assert b"typed" not in terminal.rest()
        terminal.type(LEAVE)
        left(terminal)


def test_a_board_that_is_unplugged(lab):
    """The console says so, and goes on when the board is back."""
    board = lab.stock()
    way = over_gateway(lab, board)
    with console(way) as terminal:
        path = board.path
        board.end()
        terminal.read(rb"demo is away: .*\r\n")
        lab.stock(path=path)
        terminal.read(rb"demo is back\r\n")
        terminal.type(b"\r6 * 7\r")
        terminal.read(rb"42[\r\n]+>>> ")
        terminal.type(LEAVE)
        left(terminal)


def test_a_gateway_that_goes(lab):
    way = over_gateway(lab, lab.stock())
    with console(way) as terminal:
        way.gateway.end()
        left(terminal, 1)
        assert b"boardwalk: " in terminal.rest()


def test_a_board_that_is_managed(lab):
    """What is typed meanwhile is lost, and that is said."""
    way = over_gateway(lab, lab.stock())
    with console(way) as terminal:
        with way.begin("exec", "import time\nprint('on')\ntime.sleep(60)", "--limit", "60s") as other:
            assert other.stdout.readline().rstrip() == b"on"
            terminal.type(b"x")
            terminal.read(rb"boardwalk: .*busy.*\r\n")
            # Ctrl-C is the code's.
            terminal.type(b"\x03")
            assert other.wait(PATIENCE) == 1
            assert b"KeyboardInterrupt" in other.stderr.read()
        terminal.type(LEAVE)
        left(terminal)


def test_a_name_that_no_board_has(lab):
    way = over_gateway(lab, lab.stock())
    way.name = "nobody"
    done = subprocess.run(
        way.arguments("console"), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"boardwalk: No board is named nobody.")
