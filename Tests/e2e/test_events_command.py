"""`boardwalk events`: the stream in a terminal, and what ends or interrupts it."""

import http.server
import json
import os
import pty
import re
import signal
import socket
import subprocess
import threading

import pytest
from lab import PATIENCE, PROGRAM, Program

LINE = re.compile(r"(\d\d:\d\d:\d\d\.\d{3})  (\S+) +(\S+) +(.*)")


class Follower(Program):
    """`boardwalk events`; both of its outputs are in `lines`."""

    def __init__(self, gateway, *options, directory):
        self.gateway = gateway
        address = "127.0.0.1:%d" % gateway.port
        super().__init__("events", "--gateway", address, *options, directory=directory)

    def follows(self):
        """Waits until it does: it says something that has just happened."""
        seen = threading.Event()

        def tell():
            while not seen.is_set():
                self.gateway.get("/boards/demo/hello")
                seen.wait(0.05)

        thread = threading.Thread(target=tell)
        thread.start()
        try:
            self.line("request")
        finally:
            seen.set()
            thread.join()
        return self


@pytest.fixture
def follow(lab):
    return lambda gateway, *options: lab._keep(Follower, gateway, *options)


def test_one_line_an_event(bench, follow):
    follower = follow(bench, "--board", "demo").follows()
    time, board, kind, text = LINE.match(follower.lines[0]).groups()
    assert (board, kind) == ("demo", "request")
    assert re.fullmatch(r"GET /hello 200 \d+\.\d ms", text)
    assert bench.post("/boards/demo/print", b"hello, world").status < 300
    follower.line(r"demo +console +hello, world$")
    assert follower.end(signal.SIGINT)[0] == 0


def test_a_traceback_is_indented(bench, follow):
    follower = follow(bench, "--type", "exception", "--type", "request").follows()
    bench.get("/boards/demo/raise")
    follower.line(r"demo +exception +GET /raise$")
    follower.line(r"^      Traceback \(most recent call last\):$")
    follower.line(r"^      ValueError: no answer yet$")


def test_types_and_json(bench, follow):
    everything = follow(bench, "--json").follows()
    event = json.loads(everything.lines[0])
    assert event["type"] == "request" and event["board"] == "demo"
    after = event["id"]
    bench.post("/boards/demo/print", b"one")
    everything.line('"line":"one"')
    again = follow(bench, "--json", "--after", after, "--type", "console")
    assert json.loads(again.line(r"(\{.*one.*\})").group(1))["line"] == "one"


def test_control_characters(bench, follow):
    text = "a\x1b[2J\x07\x9b31m\u202eb"
    plain, raw = follow(bench).follows(), follow(bench, "--json").follows()
    bench.post("/boards/demo/print", text.encode())
    assert r"a\x1b[2J\x07\x9b31m\u{202e}b" in plain.line("console +(.*)").group(1)
    line = raw.line(r"(\{.*console.*\})").group(1)
    assert line.isprintable()
    assert json.loads(line)["line"] == text


def test_a_restart_of_the_gateway(lab, follow):
    gateway = lab.bench()
    follower = follow(gateway).follows()
    port = gateway.port
    gateway.end()
    follower.line("closed the connection; trying again")
    options = ["serve", "--no-history", "--board", "demo=" + gateway.simulator.path]
    second = Program(*options, "--listen", "127.0.0.1:%d" % port, directory=lab.directory)
    lab.programs.append(second)
    seen = len(follower.lines)
    follower.line("answers again")
    follower.line("the gateway was restarted")
    follower.line(r"demo +state +serving", after=seen)
    assert follower.end(signal.SIGTERM)[0] == 0


def test_no_gateway(lab):
    program = lab.run("events", "--gateway", "127.0.0.1:1")
    assert program.process.wait(PATIENCE) == 1
    program.reader.join()
    assert "no gateway answers at 127.0.0.1:1 (connection refused); start one" in program.output


@pytest.mark.parametrize(
    "options, words",
    [
        (["--type", "stat"], "is no type of event"),
        (["--after", "7"], "is no event's id"),
        (["--gateway", "host:port"], "is no gateway's address"),
    ],
)
def test_wrong_options(options, words):
    done = subprocess.run([PROGRAM, "events", *options], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, words in done.stderr) == (64, True)


def test_what_is_no_gateway(lab):
    """A web server of another kind."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 100)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = "127.0.0.1:%d" % server.server_port
        for command in ("events", "boards"):
            program = lab.run(command, "--gateway", address)
            assert program.process.wait(PATIENCE) == 1
            program.reader.join()
            assert address in program.output and "gateway" in program.output
        server.shutdown()


def test_a_reader_that_goes(bench):
    """As with `| head -1`: at once, though nothing more happens, and without a word."""
    address = "127.0.0.1:%d" % bench.port
    follower = subprocess.Popen(
        [PROGRAM, "events", "--gateway", address, "--type", "console"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    follower.stdout.close()
    assert follower.wait(PATIENCE) == 0
    assert follower.stderr.read() == b""
    follower.stderr.close()


@pytest.mark.parametrize("colours", [True, False])
def test_colours(bench, colours):
    """On a terminal, and not with NO_COLOR."""
    environment = dict(os.environ, TERM="xterm")
    environment.pop("NO_COLOR", None)
    if not colours:
        environment["NO_COLOR"] = "1"
    main, terminal = pty.openpty()
    address = "127.0.0.1:%d" % bench.port
    # From the first event of this gateway, which was an earlier one.
    options = ["events", "--gateway", address, "--after", "0000000000000001-1", "--type", "state"]
    follower = subprocess.Popen(
        [PROGRAM, *options], stdout=terminal, stderr=subprocess.DEVNULL, env=environment
    )
    os.close(terminal)
    text = b""
    while b"serving" not in text:
        text += os.read(main, 4096)
    assert (b"\x1b[36mstate" in text) == colours
    assert (b"\x1b" in text) == colours
    # The terminal goes, and the follower with it.
    os.close(main)
    assert follower.wait(PATIENCE) in (0, -signal.SIGHUP)


def test_a_gateway_that_is_slow_to_answer(lab):
    """It is told apart from one that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = lab.run("boards", "--gateway", "127.0.0.1:%d" % server.getsockname()[1])
        assert program.process.wait(PATIENCE) == 1
        program.reader.join()
        assert "did not answer within" in program.output
