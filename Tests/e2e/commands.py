"""The commands that manage a board, as people and scripts run them."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

from lab import PATIENCE, PROGRAM, _end_with_the_tests


class Done:
    """A command that has ended."""

    def __init__(self, process):
        self.code = process.returncode
        self.bytes = process.stdout
        # Some boards end a line with a return as well.
        self.out = process.stdout.decode(errors="replace").replace("\r\n", "\n")
        self.error = process.stderr.decode()

    def __repr__(self):
        return "%d\n%s\n%s" % (self.code, self.out, self.error)


class Way:
    """How commands get to a board: over a gateway that runs, or without one."""

    def __init__(self, lab, name="", options=(), work=None):
        self.lab = lab
        # What stands before the colon of a path on the board.
        self.name = name
        self.options = [*map(str, options)]
        self.work = work or lab.directory
        # Where private directories are made; nothing is to be left there.
        self.temporary = Path(lab.path())
        self.temporary.mkdir()

    def arguments(self, command, *words):
        """The command line; the board's name is left out where a path has it."""
        words = [str(word) for word in words]
        named = command in ("cp", "rm", "cat", "mkdir") or any(":/" in word for word in words)
        return [PROGRAM, command, *([] if named or not self.name else [self.name]), *words, *self.options]

    @property
    def environment(self):
        environment = dict(os.environ, TMPDIR=str(self.temporary), TERM="xterm")
        environment.pop("XDG_RUNTIME_DIR", None)
        return environment

    def path(self, path):
        return "%s:%s" % (self.name, path)

    def words(self, text):
        """The words of a text; those that begin with a colon are paths on the board."""
        return [self.path(word[1:]) if word[0] == ":" else word for word in text.split()]

    def __call__(self, command, *words, input=b"", code=0):
        """Runs a command to its end; `code` is the exit status that it should have."""
        done = Done(
            subprocess.run(
                self.arguments(command, *words),
                input=input,
                capture_output=True,
                cwd=self.work,
                env=self.environment,
                timeout=PATIENCE,
            )
        )
        assert code is None or done.code == code, done
        assert self.left == []
        return done

    @property
    def left(self):
        """What private directories are there."""
        return sorted(self.temporary.iterdir())

    @contextlib.contextmanager
    def begin(self, command, *words, input=b"", **options):
        """Starts a command that goes on; `input` is little enough for a pipe."""
        process = subprocess.Popen(
            self.arguments(command, *words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE,
            cwd=self.work,
            env=self.environment,
            preexec_fn=_end_with_the_tests,
            **options,
        )
        with process.stdin:
            process.stdin.write(input)
        process.stdin = None
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def terminal(self, command, *words, width=80):
        """Starts a command at a terminal of its own."""
        return Terminal(self.arguments(command, *words), self.environment, self.work, width)


def over_gateway(lab, board, *options, **more):
    """By a gateway that allows managing; the board is `demo` there."""
    gateway = lab.serve(board.path, "--manage", *options)
    gateway.wait("not serving")
    way = Way(lab, "demo", ["--gateway", "127.0.0.1:%d" % gateway.port], **more)
    way.gateway = gateway
    return way


def without_gateway(lab, board, **more):
    """By `--port`."""
    return Way(lab, "", ["--port", board.path], **more)


class Terminal:
    """A program whose standard streams are a terminal."""

    def __init__(self, arguments, environment, directory, width):
        self.main, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        self.before = termios.tcgetattr(terminal)
        self.process = subprocess.Popen(
            arguments,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=directory,
            env=environment,
            preexec_fn=_own_terminal,
            start_new_session=True,
        )
        # Kept open: the modes can be looked at when the program has ended.
        self.terminal = terminal
        self.seen = b""

    def type(self, keys):
        os.write(self.main, keys)

    def read(self, pattern, patience=PATIENCE):
        """Waits for what matches; returns what came up to its end."""
        deadline = time.monotonic() + patience
        while not (found := re.search(pattern, self.seen)):
            left = deadline - time.monotonic()
            assert left > 0, "%r did not come in %r" % (pattern, self.seen)
            if select.select([self.main], [], [], left)[0]:
                self.seen += os.read(self.main, 65536)
        text, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        return text

    def rest(self):
        """What has come and was not looked at."""
        while select.select([self.main], [], [], 0)[0]:
            self.seen += os.read(self.main, 65536)
        return self.seen

    @property
    def mode(self):
        return termios.tcgetattr(self.terminal)

    def wait(self, patience=PATIENCE):
        """Waits for the program's end; returns its exit status."""
        deadline = time.monotonic() + patience
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end: %r" % self.seen
            # A terminal that nobody reads would hold it up.
            if select.select([self.main], [], [], 0.01)[0]:
                self.seen += os.read(self.main, 65536)
        return self.process.returncode

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        os.close(self.main)
        os.close(self.terminal)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _own_terminal():
    _end_with_the_tests()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
