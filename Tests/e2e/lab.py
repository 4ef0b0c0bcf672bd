"""Runs the real program for the tests, and sees to it that nothing of it is left afterwards."""

import contextlib
import ctypes
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("BOARDWALK_PROGRAM", str(ROOT / ".build/debug/boardwalk"))
BOARDS = Path(__file__).with_name("boards")
PATIENCE = int(
    os.environ.get("BOARDWALK_PATIENCE", "40")
)  # seconds after which something that should happen counts as not happening


def eventually(probe, what, patience=PATIENCE):
    """Waits until the probe gives something true, and returns that."""
    deadline = time.monotonic() + patience
    while True:
        found = probe()
        if found:
            return found
        assert time.monotonic() < deadline, "not within %d s: %s" % (patience, what)
        time.sleep(0.01)


def descendants(pid):
    """The processes that a process started, and those that they started."""
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir("/proc/%d/task" % pid):
            children = Path("/proc/%d/task/%s/children" % (pid, task)).read_text().split()
            for child in map(int, children):
                found += [child, *descendants(child)]
    return found


def alive(pid):
    try:
        return Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


_prctl = ctypes.CDLL(None).prctl


def _end_with_the_tests(files=None):
    _prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: also when the tests are killed
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


class Program:
    """One run of `boardwalk`, in a process group of its own; what it says is kept by lines."""

    def __init__(self, *arguments, directory, files=None):
        # files: how many descriptors it may have, when that is to be fewer than usual
        environment = dict(os.environ, TMPDIR=str(directory))
        self.process = subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _end_with_the_tests(files),
        )
        self.lines = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @property
    def pid(self):
        return self.process.pid

    @property
    def output(self):
        return "\n".join(self.lines)

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.decode().rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.lines.append("(end of output)")
            self.changed.notify_all()

    def line(self, pattern, after=0, patience=PATIENCE):
        """Waits for a line with this in it; returns the match."""

        def find():
            for line in self.lines[after:]:
                match = re.search(pattern, line)
                if match:
                    return match
            return None

        with self.changed:
            self.changed.wait_for(lambda: find() or "(end of output)" in self.lines, patience)
            match = find()
        assert match, "no line with %r in:\n%s" % (pattern, self.output)
        return match

    def end(self, number=signal.SIGTERM, patience=PATIENCE):
        """Sends a signal and waits for the end; returns the exit code and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(patience)
        took = time.monotonic() - began
        self.reader.join(patience)
        return code, took

    def destroy(self):
        """Ends it and everything that it started, whatever state it is in."""
        family = descendants(self.pid)
        if self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.end(patience=3)
        for kill, pid in [(os.killpg, self.pid), *((os.kill, pid) for pid in family)]:
            with contextlib.suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)


class Simulator(Program):
    """`boardwalk simulate`; `path` is the port's name, which stays when the port changes.

    Without an app it is a board as it comes, and `files` is the directory that it has its files in.
    """

    def __init__(self, app, *options, path, directory):
        self.path = path
        program = [BOARDS / app] if app else []
        super().__init__("simulate", *program, "--link", path, *options, directory=directory)

    @property
    def files(self):
        return Path(self.line("^files (.*)").group(1))

    def board_pid(self, after=0):
        """MicroPython's process."""
        return int(self.line(r"MicroPython runs, process (\d+)", after).group(1))


class Answer:
    """A response, read to its end."""

    def __init__(self, response):
        self.status = response.status
        self.reason = response.reason
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s %r" % (self.status, dict(self.headers), self.body[:400])


class Events:
    """A stream of server-sent events, read one by one."""

    def __init__(self, gateway, target, host="localhost", headers=()):
        self.connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
        self.connection.request(
            "GET", target, headers={"Host": host, "Accept": "text/event-stream", **dict(headers)}
        )
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        assert self.response.headers["Content-Type"] == "text/event-stream"

    def next(self, beats=False):
        """The next event's fields; a comment has the name "". None at the end of the stream.

        Heartbeats, which come whenever it is time, only where they are asked for.
        """
        fields = {}
        # Heartbeats would keep a read alive for ever.
        deadline = time.monotonic() + PATIENCE
        while True:
            line = self.response.readline().decode()
            if not line:
                return None
            if line == "\n":
                if beats or fields.get("") != "":
                    return fields
                assert time.monotonic() < deadline, "no event came"
                fields = {}
                continue
            name, _, value = line.rstrip("\n").partition(":")
            fields[name] = value.removeprefix(" ")

    def until(self, kind, **members):
        """Reads on to an event of this kind whose data has these members; returns the data."""
        deadline = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < deadline, "no %s %s came" % (kind, members)
            event = self.next()
            assert event is not None, "the stream ended before %s %s" % (kind, members)
            if event.get("event") == kind:
                data = json.loads(event["data"])
                if all(data.get(name) == value for name, value in members.items()):
                    return data

    def close(self):
        self.response.close()
        self.connection.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Gateway(Program):
    """`boardwalk serve`, or `demo`."""

    def __init__(
        self, *arguments, directory, files=None, listening=r"listening on http://127\.0\.0\.1:(\d+)"
    ):
        super().__init__(*arguments, "--listen", "127.0.0.1:0", directory=directory, files=files)
        self.port = int(self.line(listening).group(1))

    def connect(self, timeout=PATIENCE):
        """An HTTP connection; close it."""
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout))

    def request(self, method, target, body=None, headers=(), **options):
        with self.connect() as connection:
            connection.request(method, target, body, dict(headers), **options)
            return Answer(connection.getresponse())

    def get(self, target, **options):
        return self.request("GET", target, **options)

    def post(self, target, body=b"", **options):
        return self.request("POST", target, body, **options)

    def events(self, target="/api/v1/boards/demo/events", listening=True, **options):
        """A stream of events; the API's is there once its greeting has come."""
        events = Events(self, target, **options)
        if listening and target.startswith("/api/"):
            assert "" in events.next()
        return events

    def socket(self):
        """A bare TCP connection; close it."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def raw(self, text, end=b""):
        """Sends bytes and returns what comes back until the gateway closes, or `end` was seen."""
        received = b""
        with self.socket() as connection:
            connection.sendall(text)
            while not end or end not in received:
                try:
                    piece = connection.recv(65536)
                except ConnectionResetError:
                    break
                if not piece:
                    break
                received += piece
        return received

    def board(self, name="demo"):
        return self.get("/api/v1/boards/" + name).json

    def link(self, name="demo"):
        return self.board(name)["link"]

    def wait(self, state="serving", name="demo"):
        """Waits for a state of a board; returns what the API says of it then."""

        def probe():
            board = self.board(name)
            ready = board["state"] == state and (state != "serving" or board["routes"])
            return board if ready else None

        return eventually(probe, "%s is %s" % (name, state))

    def memory(self):
        """Resident bytes."""
        text = Path("/proc/%d/status" % self.pid).read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024


class Lab:
    """Starts programs and ends them all."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="boardwalk-e2e-"))
        self.programs = []
        self.ports = 0

    def _keep(self, make, *arguments, **options):
        program = make(*arguments, directory=self.directory, **options)
        self.programs.append(program)
        return program

    def path(self):
        """A name for a port that is not there yet."""
        self.ports += 1
        return str(self.directory / ("port%d" % self.ports))

    def run(self, *arguments):
        return self._keep(Program, *arguments)

    def simulate(self, app="workshop.py", *options, path=None):
        simulator = self._keep(Simulator, app, *options, path=path or self.path())
        simulator.line("MicroPython runs")
        simulator.line("^port ")
        return simulator

    def stock(self, *options, path=None, **files):
        """A board as it comes, but for these files, as in `main="print(1)"`."""
        directory = Path(self.path())
        directory.mkdir()
        for name, text in files.items():
            (directory / (name + ".py")).write_text(text)
        return self.simulate(None, "--files", directory, *options, path=path)

    def serve(self, path, *options, name="demo", state=None, files=None):
        """A gateway; with a state directory it keeps a history there."""
        history = ["--state-directory", str(state)] if state else ["--no-history"]
        board = "%s=%s" % (name, path)
        return self._keep(Gateway, "serve", *history, "--board", board, *options, files=files)

    def demo(self, *options):
        return self._keep(Gateway, "demo", *options, listening=r"http://demo\.localhost:(\d+)/")

    def bench(self, app="workshop.py", line=(), serve=(), baud=None):
        """A simulated board and a gateway that serves it as `demo`."""
        simulator = self.simulate(app, *line)
        gateway = self.serve(simulator.path + (",baud=%d" % baud if baud else ""), *serve)
        gateway.simulator = simulator
        gateway.wait()
        return gateway

    def close(self):
        for program in reversed(self.programs):
            program.destroy()
        shutil.rmtree(self.directory, ignore_errors=True)
