"""run, exec, info, reset, ls, cat, rm, mkdir: over a gateway, and without one."""

import contextlib
import json
import os
import re
import select
import signal
import time

import pytest
from commands import Way, over_gateway, without_gateway
from lab import PATIENCE, Lab, eventually

WAYS = {"gateway": over_gateway, "port": without_gateway}
LOOP = "import time\nprint('looping')\nwhile True:\n    time.sleep(0.05)\n"


@pytest.fixture(scope="module", params=WAYS)
def way(request):
    """A board as it comes, and how to get to it; tests leave it as they found it."""
    with contextlib.closing(Lab()) as lab:
        board = lab.stock()
        way = WAYS[request.param](lab, board)
        way.board = board
        yield way
        # Whatever the tests did, the board does what it is asked.
        assert way("exec", "print(6 * 7)").out == "42\n"


# Programs


def test_what_a_program_prints(way):
    done = way("exec", "print('one')\nprint('zwölf')")
    assert (done.out, done.error) == ("one\nzwölf\n", "")


def test_control_characters_are_the_users_own(way):
    assert "\x1b[1m" in way("exec", "print('\\x1b[1m')").out


@pytest.mark.parametrize("command", ["exec", "run"])
def test_standard_input(way, command):
    assert way(command, "-", input=b"print('typed')\n").out == "typed\n"


@pytest.mark.parametrize("command", ["exec", "run"])
def test_code_that_raises(way, command):
    done = way(command, "-", input=b"print('before')\n1 / 0\n", code=1)
    assert done.out == "before\n"
    assert done.error.splitlines() == [
        "Traceback (most recent call last):",
        '  File "<stdin>", line 2, in <module>',
        "ZeroDivisionError: divide by zero",
    ]


def test_a_traceback_cannot_disturb_the_terminal(way):
    done = way("exec", "raise ValueError('\\x1b[2J')", code=1)
    assert done.error.splitlines()[-1] == "ValueError: \\x1b[2J"


def test_a_limit(way):
    began = time.monotonic()
    done = way("exec", "while True: pass", "--limit", "300ms", code=1)
    assert done.error.startswith("boardwalk: ") and "limit, 0.3 seconds" in done.error
    assert "--limit" in done.error
    assert time.monotonic() - began < 8
    assert "limit=soon" in way("exec", "1", "--limit", "soon", code=1).error


def test_a_program_runs_from_memory(way):
    program = way.work / "program.py"
    program.write_text("import os\nprint(os.listdir('/') == os.listdir('/'))\n")
    assert way("run", program).out == "True\n"
    assert list(way.board.files.iterdir()) == []


def test_output_comes_as_it_is_printed(way):
    program = way.work / "slow.py"
    program.write_text("import time\nprint('first')\ntime.sleep(30)\n")
    with way.begin("run", program) as process:
        assert process.stdout.readline().rstrip() == b"first"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130


@pytest.mark.parametrize("command", ["run", "exec"])
def test_interrupting(way, command):
    """Ctrl-C is the program's: its traceback comes, and the board is free."""
    program = way.work / "loop.py"
    program.write_text(LOOP)
    with way.begin(command, program if command == "run" else LOOP) as process:
        assert process.stdout.readline().rstrip() == b"looping"
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
    assert b"KeyboardInterrupt" in error and b"boardwalk:" not in error
    assert way("exec", "print(1)").out == "1\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ending(way, number):
    """The program on the board does not run on when nobody follows it."""
    program = way.work / "loop.py"
    program.write_text(LOOP)
    with way.begin("run", program) as process:
        assert process.stdout.readline().rstrip() == b"looping"
        process.send_signal(number)
        assert process.wait(PATIENCE) == 128 + number
    assert way("exec", "print(1)").out == "1\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_output_that_nobody_reads(way, number):
    """It does not keep the command from its end."""
    with way.begin("run", "-", input=b"while True: print('x' * 70)") as process:
        eventually(lambda: is_full(process), "the pipe is full")
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(PATIENCE) == 128 + number
        # Not what a reader of output that is slow would get, 10 s.
        assert time.monotonic() - began < 8
        assert process.stderr.read() == b""
    assert way("exec", "print(1)").out == "1\n"


def is_full(process):
    """Whether the pipe that a program writes to takes no more; it is asked at the program's end of it."""
    end = os.open("/proc/%d/fd/1" % process.pid, os.O_WRONLY | os.O_NONBLOCK)
    try:
        poll = select.poll()
        poll.register(end, select.POLLOUT)
        return not poll.poll(0)
    finally:
        os.close(end)


STUBBORN = """
print('looping')
while True:
  try:
    while True: pass
  except BaseException: pass
"""


@pytest.mark.parametrize("command", ["run", "exec"])
def test_code_that_cannot_be_interrupted(lab, command):
    """It is said that it goes on, and what helps."""
    way = over_gateway(lab, lab.stock())
    with way.begin(command, "-" if command == "run" else STUBBORN, input=STUBBORN.encode()) as process:
        assert process.stdout.readline().rstrip() == b"looping"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        error = process.stderr.read().decode()
    assert error.startswith("boardwalk: the code on demo has not ended") and "reset" in error
    assert len(error.splitlines()) == 1


def test_a_program_has_the_board(lab):
    """Others are told so soon, for it may have it for ever."""
    way = over_gateway(lab, lab.stock())
    with way.begin("run", "-", input=LOOP.encode()) as process:
        assert process.stdout.readline().rstrip() == b"looping"
        began = time.monotonic()
        assert "demo is busy with something else: run." in way("exec", "print(1)", code=1).error
        assert time.monotonic() - began < 8
        assert process.poll() is None


def test_a_reader_that_goes(way):
    """As with `| head -1`: the program is interrupted, without a word."""
    program = way.work / "loop.py"
    program.write_text(LOOP)
    with way.begin("run", program) as process:
        assert process.stdout.readline().rstrip() == b"looping"
        process.stdout.close()
        process.stdout = None
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == b""
    assert way("exec", "print(1)").out == "1\n"


def test_a_program_that_runs_on(way):
    program = way.work / "on.py"
    program.write_text("n = 0\nwhile n < 3: n += 1\nopen('/trace', 'w').write('ran')\nwhile True: pass\n")
    assert way("run", program, "--detach").out.startswith(str(program) + " runs on ")
    eventually(lambda: (way.board.files / "trace").exists(), "the program has run")
    assert way("exec", "import os; os.remove('/trace'); print('free')").out == "free\n"


# The board


def test_info(way):
    text = way("info").out
    assert re.search(r"^version +micropython \d+\.\d+", text, re.M)
    assert re.search(r"^heap +[\d,]+ of [\d,]+ bytes free$", text, re.M)
    info = json.loads(way("info", "--json").out)
    assert info["implementation"] == "micropython" and info["heapFree"] > 0
    assert "asyncio" in info["modules"]


def test_a_soft_reset_runs_main(way):
    (way.board.files / "main.py").write_text("open('/ran', 'w').close()\n")
    try:
        assert "starts anew" in way("reset").out
        eventually(lambda: (way.board.files / "ran").exists(), "main.py ran")
    finally:
        (way.board.files / "main.py").unlink()
    way("rm", way.path("/ran"))
    way("reset")


def test_a_reset_that_the_board_cannot_do(way):
    done = way("reset", "--bootloader", code=1)
    assert done.error.startswith("boardwalk: ") and "bootloader" in done.error
    assert way("exec", "print(1)").out == "1\n"


# Files


def test_directories_and_files(way):
    way("mkdir", way.path("/d"), way.path("/e"))
    way("mkdir", "-p", way.path("/d/x/y"), way.path("/d"))
    (way.board.files / "d/a b%.txt").write_bytes(b"some \x1b bytes\xff\n")
    lines = way("ls", "-r").out.splitlines()
    assert [line.strip() for line in lines] == ["d/", "14  d/a b%.txt", "d/x/", "d/x/y/", "e/"]
    assert way("ls", "/d").out.splitlines() == ["14  a b%.txt", "    x/"]
    assert way("ls", "d/a b%.txt").out.splitlines() == ["14  /d/a b%.txt"]
    assert [entry["path"] for entry in json.loads(way("ls", "--json").out)] == ["/d", "/e"]
    assert way("cat", way.path("d/a b%.txt")).bytes == b"some \x1b bytes\xff\n"
    assert "not empty" in way("rm", way.path("/d"), code=1).error
    way("rm", "-r", way.path("/d"))
    way("rm", way.path("/e"))
    assert list(way.board.files.iterdir()) == []


def test_a_path_with_the_name_before_it(way):
    (way.board.files / "x").mkdir()
    (way.board.files / "x/y").write_text("")
    assert way("ls", way.path("/x")).out == "0  y\n"
    way("rm", "-r", way.path("/x"))


def test_each_file_has_its_turn(way):
    """What cannot be done with one does not keep the others from it."""
    for name in "ac":
        (way.board.files / name).write_text("")
    done = way("rm", way.path("/a"), way.path("/b"), way.path("/c"), code=1)
    assert len(done.error.splitlines()) == 1 and "/b" in done.error
    assert list(way.board.files.iterdir()) == []


@pytest.mark.parametrize(
    "command, text",
    [
        ("cat :/none", "/none"),
        ("cat :/", "is a directory"),
        ("ls /none", "no file /none"),
        ("rm :/none", "/none"),
        ("mkdir :/a/b/c", "/a/b"),
        ("run /nowhere.py", "no such file"),
        ("exec 1 --limit 0s", "limit"),
    ],
)
def test_what_cannot_be_done(way, command, text):
    done = way(*way.words(command), code=1)
    assert done.error.startswith("boardwalk: ") and text in done.error
    assert len(done.error.splitlines()) == 1 and done.out == ""


# Gateways


def test_a_gateway_that_does_not_allow_it(lab):
    """It is said how to allow it."""
    board = lab.stock()
    gateway = lab.serve(board.path)
    way = Way(lab, "demo", ["--gateway", "127.0.0.1:%d" % gateway.port])
    # An answer to HEAD, as ls begins with, cannot say why.
    for words in [("exec", "1"), ("ls",), ("info",), ("cp", "/etc/passwd", "demo:/"), ("console",)]:
        error = way(*words, code=1).error
        assert "boardwalk serve --manage" in error and "--port" in error


def test_no_gateway(lab):
    way = Way(lab, "demo", ["--gateway", "127.0.0.1:1"])
    error = way("info", code=1).error
    assert error.startswith("boardwalk: no gateway answers at 127.0.0.1:1")
    assert "boardwalk serve" in error and "--port" in error


def test_a_board_that_the_gateway_does_not_have(lab):
    way = over_gateway(lab, lab.stock())
    way.name = "other"
    for words in [("info",), ("ls",), ("cat", "other:/x")]:
        assert way(*words, code=1).error == "boardwalk: No board is named other. There are: demo.\n"


def test_a_gateway_on_a_unix_socket(lab):
    board = lab.stock()
    address = "unix:%s/socket" % lab.directory
    gateway = lab.run(
        "serve", "--manage", "--no-history", "--board", "demo=" + board.path, "--listen", address
    )
    gateway.line("listening on")
    way = Way(lab, "demo", ["--gateway", address])
    eventually(lambda: way("exec", "print('hello')", code=None).out == "hello\n", "the board is there")


def test_a_port_that_is_taken(lab):
    """It is said by whom."""
    board = lab.stock()
    way = over_gateway(lab, board)
    other = without_gateway(lab, board)
    error = other("info", code=1).error
    assert "boardwalk" in error and str(way.gateway.pid) in error
    assert way("exec", "print(1)").out == "1\n"


@pytest.mark.parametrize(
    "port, text",
    [
        ("/dev/not-there", "there is no port /dev/not-there"),
        ("/dev/null", "is no serial port"),
        ("/tmp", "/tmp"),
    ],
)
def test_a_port_that_is_none(lab, port, text):
    error = Way(lab, "", ["--port", port])("info", code=1).error
    assert error.startswith("boardwalk: ") and text in error
    assert len(error.splitlines()) == 1


def test_a_port_that_goes_away(lab):
    """It is called by its path: the board has no name."""
    board = lab.stock()
    with without_gateway(lab, board).begin("exec", "print('on')\nwhile True: pass") as process:
        assert process.stdout.readline().rstrip() == b"on"
        board.end()
        assert process.wait(PATIENCE) == 1
        error = process.stderr.read().decode()
        assert error.startswith("boardwalk: %s's port went away" % board.path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_any_time_leaves_nothing(lab, number):
    board = lab.stock()
    way = without_gateway(lab, board)
    for pause in [0.05, 0.1, 0.2, 0.4]:
        with way.begin("exec", "print('x' * 100)") as process:
            # At whatever point that is.
            time.sleep(pause)
            process.send_signal(number)
            assert process.wait(PATIENCE) in (0, 128 + number, -number)
        assert way.left == []
    assert way("exec", "print(1)").out == "1\n"
