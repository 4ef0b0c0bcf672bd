"""`boardwalk boards`: what is plugged in, with a gateway and without, once and going on."""

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import threading

import pytest
from lab import BOARDS, PATIENCE, PROGRAM
from udev_namespace import Namespace

PORT = 8080
SERIAL = "e6614103e7452d2f"


@pytest.fixture
def ns():
    with Namespace() as ns:
        yield ns


class Lines:
    """A program inside of the namespace, read by lines."""

    def __init__(self, ns, *arguments, **options):
        self.process = ns.popen(
            [PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
        )
        self.out, self.err = queue.SimpleQueue(), queue.SimpleQueue()
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()

    def _read(self, stream, lines):
        for line in stream:
            lines.put(line.decode().rstrip("\n"))
        lines.put(None)

    def next(self):
        return self.out.get(timeout=PATIENCE)

    def until(self, pattern, lines=None):
        """Reads on to a line with this in it."""
        seen = []
        while True:
            line = (lines or self.out).get(timeout=PATIENCE)
            seen.append(line)
            assert line is not None, "the output ended before %r: %s" % (pattern, seen)
            if re.search(pattern, line):
                return line

    def end(self, number=signal.SIGINT):
        """Ends it as Ctrl-C does; returns the exit code."""
        # The process that entered the namespace became the program.
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def serve(ns, *options, says="listening on"):
    """A gateway that listens, and has said what it is to say, whichever comes first."""
    gateway = Lines(ns, "serve", "--no-history", "--listen", "127.0.0.1:%d" % PORT, *options)
    missing = {"listening on", says}
    while missing:
        line = gateway.until("|".join(missing), gateway.err)
        missing = {pattern for pattern in missing if not re.search(pattern, line)}
    return gateway


def simulate(ns, directory, name):
    path = str(directory / name)
    Lines(ns, "simulate", BOARDS / "workshop.py", "--link", path).until("^port ")
    return path


def boards(ns, *options, code=0):
    done = ns.run([PROGRAM, "boards", *options])
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def listing(ns, *options):
    return json.loads(boards(ns, "--json", *options)[0])


def columns(text):
    """The table's rows, by what is in the header."""
    lines = text.splitlines()
    starts = [match.start() for match in re.finditer(r"\S+( \S+)*", lines[0])]
    ends = [*starts[1:], None]
    names = [lines[0][start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return [
        dict(zip(names, (line[s:e].strip() for s, e in zip(starts, ends, strict=True)), strict=True))
        for line in lines[1:]
    ]


def test_without_a_gateway(ns, tmp_path):
    ns.plug("ttyACM0")
    ns.plug("ttyUSB0", port="1-4", vendor="1a86", product="7523", serial=None, driver="ch341", port_number=0)
    text, error = boards(ns)
    assert "no gateway runs at 127.0.0.1:8080" in error
    rows = columns(text)
    assert [row["NODE"] for row in rows] == ["/dev/ttyACM0", "/dev/ttyUSB0"]
    assert rows[0]["IDS"] == "2e8a:0005"
    assert rows[0]["SERIAL"] == SERIAL
    assert "MicroPython on RP2" in rows[0]["CLAIMED BY"]
    assert rows[0]["BOARD"] == "board-in-fs-mode-" + SERIAL
    assert [rows[1][name] for name in ("SERIAL", "CLAIMED BY", "BOARD", "STATE")] == ["-"] * 4
    # The same with settings, and as JSON.
    config = tmp_path / "boardwalk.json"
    claims = [{"name": "meter", "usb": "1a86:7523"}, {"name": "away", "path": "/dev/ttyACM7"}]
    config.write_text(json.dumps({"defaults": False, "boards": claims}))
    found = listing(ns, "--config", config)
    assert "gateway" not in found
    assert [device.get("board") for device in found["devices"]] == [None, "meter"]
    assert found["devices"][1]["claim"] == "configuration usb:1a86:7523"
    assert found["boards"] == [
        {"name": "meter", "port": "/dev/ttyUSB0"},
        {"name": "away", "port": "/dev/ttyACM7"},
    ]


def test_claims_in_conflict(ns, tmp_path):
    ns.plug("ttyACM0")
    ns.plug("ttyACM1", port="1-4", serial="other")
    config = tmp_path / "boardwalk.json"
    config.write_text(json.dumps({"boards": [{"name": "pico", "usb": "2e8a:0005"}]}))
    assert "both want the name pico" in boards(ns, "--config", config)[0]
    assert all("pico" in device["conflict"] for device in listing(ns, "--config", config)["devices"])


def test_with_a_gateway(ns, tmp_path):
    ns.plug("ttyACM0", simulate(ns, tmp_path, "board"))
    by_path = simulate(ns, tmp_path, "other")
    gateway = serve(
        ns, "--board", "pico=serial:" + SERIAL, "--board", "sim=" + by_path, "--board", "gone=usb:1a86:7523"
    )
    for _ in range(2):
        gateway.until("board=(pico|sim) .* serving", gateway.err)
    text, error = boards(ns)
    assert error == ""
    rows = {row["BOARD"]: row for row in columns(text)}
    assert (rows["pico"]["NODE"], rows["pico"]["STATE"]) == ("/dev/ttyACM0", "serving")
    assert rows["pico"]["CLAIMED BY"] == "configuration serial:" + SERIAL
    assert (rows["sim"]["NODE"], rows["sim"]["STATE"]) == (by_path, "serving")
    assert (rows["gone"]["NODE"], rows["gone"]["STATE"]) == ("-", "absent")
    found = listing(ns)
    assert found["gateway"] == "127.0.0.1:%d" % PORT
    assert {board["name"]: board["state"] for board in found["boards"]} == {
        "pico": "serving",
        "sim": "serving",
        "gone": "absent",
    }
    # It opened nothing: the sessions are those of the gateway alone.
    assert ns.http("GET", "/api/v1/boards/pico", PORT).json["link"]["sessions"] == 1


def test_a_reason(ns):
    ns.plug("ttyACM0")
    serve(ns, "--board", "a=serial:" + SERIAL, "--board", "b=usb:2e8a:0005", says="matches 2 claims")
    text, _ = boards(ns)
    assert "/dev/ttyACM0 matches 2 claims" in text


def test_a_gateway_that_was_asked_for_and_is_not_there(ns):
    ns.plug("ttyACM0")
    text, error = boards(ns, "--gateway", "127.0.0.1:1", code=1)
    assert text == ""
    assert "no gateway answers at 127.0.0.1:1 (connection refused)" in error
    assert "is no gateway's address" in boards(ns, "--gateway", "::::", code=64)[1]


def test_text_of_a_device_does_not_reach_the_terminal_raw(ns):
    ns.plug("ttyACM0", model=b"a\x1b[2Jb", serial="\u202e\x07x")
    text, _ = boards(ns)
    assert "\x1b" not in text and "\u202e" not in text and "\x07" not in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watching_without_a_gateway(ns, number):
    ns.plug("ttyACM0")
    watch = Lines(ns, "boards", "--watch")
    assert watch.next().startswith("NODE")
    assert watch.next().startswith("/dev/ttyACM0")
    ns.plug("ttyACM1", port="1-4", serial="second")
    line = watch.until("/dev/ttyACM1")
    assert "plugged" in line and "claimed by MicroPython on RP2" in line
    ns.unplug("ttyACM0")
    assert "unplugged" in watch.until("/dev/ttyACM0")
    assert watch.end(number) == 0
    assert watch.next() is None


def test_watching_as_json(ns, tmp_path):
    watch = Lines(ns, "boards", "--watch", "--json")
    assert json.loads(watch.next())["devices"] == []
    ns.plug("ttyACM0")
    change = json.loads(watch.next())
    assert (change["type"], change["device"]["node"]) == ("plugged", "/dev/ttyACM0")
    ns.change("ttyACM0", model="renamed")
    change = json.loads(watch.next())
    assert (change["type"], change["device"]["product"]) == ("changed", "renamed")
    ns.unplug("ttyACM0")
    assert json.loads(watch.next())["type"] == "unplugged"
    # A gateway that comes later is followed too.
    ns.plug("ttyACM0", simulate(ns, tmp_path, "board"))
    assert json.loads(watch.next())["type"] == "plugged"
    gateway = serve(ns)
    watch.until("answers", watch.err)
    gateway.until("serving", gateway.err)
    ns.unplug("ttyACM0")
    kinds = {json.loads(watch.next())["type"] for _ in range(2)}
    kinds.add(json.loads(watch.until('"absent"'))["type"])
    assert {"unplugged", "detached", "state"} >= kinds >= {"unplugged", "state"}
    assert watch.end() == 0


def test_watching_with_a_gateway_that_is_restarted(ns, tmp_path):
    port = simulate(ns, tmp_path, "board")
    gateway = serve(ns, "--board", "pico=serial:" + SERIAL)
    watch = Lines(ns, "boards", "--watch")
    watch.until("pico +absent")
    ns.plug("ttyACM0", port)
    watch.until("pico +state +serving")
    assert gateway.end(signal.SIGTERM) == 0
    watch.until("closed the connection", watch.err)
    ns.unplug("ttyACM0")
    watch.until("unplugged +/dev/ttyACM0")
    serve(ns, "--board", "pico=serial:" + SERIAL)
    watch.until("answers", watch.err)
    ns.plug("ttyACM0", port)
    watch.until("pico +state +serving")
    assert watch.end() == 0


def test_a_reader_that_goes(ns):
    ns.plug("ttyACM0")
    read, write = os.pipe()
    watch = ns.popen([PROGRAM, "boards", "--watch"], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    with contextlib.closing(os.fdopen(read)) as lines:
        assert lines.readline().startswith("NODE")
    # Nothing has to happen first.
    assert watch.wait(PATIENCE) == 0
