"""The simulated board that nothing was installed on, as a program with a serial port sees it."""

import os
import select
import signal
import termios
import time
import tty

import pytest
from lab import PATIENCE

BANNER = b'Type "help()" for more information.\r\n>>> '


class Line:
    """A board's port, opened raw."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.descriptor, termios.TCSANOW)
        self.rest = b""

    def write(self, data):
        assert os.write(self.descriptor, data) == len(data)

    def read(self, end, patience=PATIENCE):
        """Reads up to these bytes and over them."""
        deadline = time.monotonic() + patience
        while end not in self.rest:
            left = max(0, deadline - time.monotonic())
            ready = select.select([self.descriptor], [], [], left)[0]
            assert ready, "%r did not come after %r" % (end, self.rest)
            self.rest += os.read(self.descriptor, 65536)
        before, _, self.rest = self.rest.partition(end)
        return before + end

    def type(self, text):
        """Types a line; returns what the board says up to its next prompt."""
        self.write(text.encode() + b"\r")
        self.read(b"\r\n")
        return self.read(b">>> ")[:-4].decode()

    def reboot(self):
        """A soft reset; returns what the board says after it."""
        self.write(b"\x04")
        self.read(b"\r\nMPY: soft reboot\r\n")
        return self.read(BANNER).decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)


@pytest.fixture
def start(lab):
    """Starts a board with these programs and opens its line when it is at its prompt."""
    lines = []

    def start(*options, **files):
        board = lab.stock(*options, **files)
        line = Line(board.path)
        lines.append(line)
        line.read(BANNER)
        return board, line

    yield start
    for line in lines:
        line.__exit__()


def test_the_prompt_and_no_packages(start):
    board, line = start("--heap", "256k")
    assert line.type("6 * 7") == "42\n"
    for package in ["boardlink", "ahttpserver", "httpserver", "link", "main"]:
        assert line.type("import " + package) == (
            'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\n'
            "ImportError: no module named '%s'\n" % package
        )
    assert list(board.files.iterdir()) == []
    total = int(line.type("import gc; gc.mem_free() + gc.mem_alloc()"))
    assert 240_000 < total < 262_144


def test_packages_that_are_installed(start):
    board, line = start()
    (board.files / "lib").mkdir()
    (board.files / "lib/thing.py").write_text("SIZE = 12\n")
    (board.files / "other.py").write_text("SIZE = 13\n")
    assert line.type("import thing, other; thing.SIZE, other.SIZE") == "(12, 13)\n"


def test_main_runs_at_the_start_and_at_each_soft_reset(start):
    board, line = start(boot="print('boot')", main="print('main', 1 // 1)")
    for divisor in [2, 1]:
        (board.files / "main.py").write_text("print('main', 1 // %d)" % divisor)
        assert line.reboot().startswith("boot\nmain %d\nMicroPython " % (1 // divisor))
    (board.files / "main.py").write_text("print('main')\n1 / 0\n")
    assert line.reboot().startswith(
        'boot\nmain\nTraceback (most recent call last):\n  File "main.py", line 2, in <module>\n'
        "ZeroDivisionError: divide by zero\nMicroPython "
    )
    (board.files / "main.py").write_text("print('main'\n")
    assert "SyntaxError: invalid syntax\nMicroPython " in line.reboot()
    (board.files / "main.py").unlink()
    assert line.reboot().startswith("boot\nMicroPython ")


def test_interrupting_main(start):
    board, line = start()
    (board.files / "main.py").write_text("value = 5\nprint('main')\nwhile True: pass\n")
    line.write(b"\x04")
    line.read(b"main\n")
    line.write(b"\x03")
    assert b"KeyboardInterrupt: \nMicroPython " in line.read(BANNER)
    assert line.type("value") == "5\n"


def test_a_soft_reset_is_quick(start):
    _, line = start(main="print('main')")
    times = []
    for _ in range(7):
        began = time.monotonic()
        line.reboot()
        times.append(time.monotonic() - began)
    print("soft reset: %s ms" % [round(t * 1000) for t in times])
    # The quickest, for the machine may be busy: a pause would be in all of them.
    assert min(times) < 0.2


@pytest.mark.parametrize("chosen", [False, True])
def test_its_directory_goes_unless_it_was_chosen(lab, chosen):
    directory = lab.directory / "new" / "board"
    board = lab.simulate(None, *(["--files", directory] if chosen else []))
    assert board.files.is_dir()
    assert (board.files == directory) == chosen
    (board.files / "left.py").write_text("")
    assert board.end(signal.SIGINT)[0] == 0
    assert (board.files / "left.py").exists() == chosen
