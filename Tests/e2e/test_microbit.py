"""The package for the smallest boards on the firmware of the BBC micro:bit, in QEMU."""

import ctypes
import os
import random
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import tty
from pathlib import Path

import pytest
from lab import BOARDS, PATIENCE, ROOT, eventually

FIRMWARE = Path("/usr/share/firmware-microbit-micropython/firmware.hex")
# QEMU has zeros behind the firmware, where a board's flash is erased: the file system lies there, and would
# lose files as soon as it makes room.
FLASH_SIZE = 256 << 10
FIRMWARE_END = 0x3BC00
TEXT = {"Content-Type": "application/octet-stream"}
# Without comments, as an installation sends them: with them and a program, the board's flash is full.
FILES = {
    name: re.sub(rb"(?m)^ *#.*\n|^\n", b"", (ROOT / "Protocol/device/small" / name).read_bytes())
    for name in ("main.py", "httpserver.py", "link.py", "connection.py", "message.py", "loop.py", "server.py")
}
PROGRAM = (BOARDS / "smallest/on_microbit.py").read_bytes()
PIECE = bytes(32 + n % 95 for n in range(1024))  # the board has room for 15 KB of files
RECEIVE = """while n:
 d=u.read(32)
 if d:f.write(d);n-=len(d);print(n)
"""


class MicroBit:
    """The board, and its line; files come onto it through the raw REPL, 32 bytes at a time."""

    def __init__(self):
        prctl = ctypes.CDLL(None).prctl
        self.erased = tempfile.NamedTemporaryFile()
        self.erased.write(b"\xff" * (FLASH_SIZE - FIRMWARE_END))
        self.erased.flush()
        loader = "loader,file=%s,addr=%d,force-raw=on" % (self.erased.name, FIRMWARE_END)
        self.process = subprocess.Popen(
            ["qemu-system-arm", "-M", "microbit", "-device", "loader,file=%s" % FIRMWARE, "-device", loader]
            + ["-serial", "pty", "-display", "none", "-monitor", "none"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: prctl(1, signal.SIGTERM),  # PR_SET_PDEATHSIG
        )
        self.path = re.search(rb"/dev/pts/\d+", self.process.stdout.readline()).group().decode()
        self.line = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.line)
        self.read = b""

    def close(self):
        os.close(self.line)
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.erased.close()

    def send(self, data):
        os.write(self.line, data)

    def until(self, mark):
        deadline = time.monotonic() + PATIENCE
        while mark not in self.read:
            ready = select.select([self.line], [], [], max(0, deadline - time.monotonic()))[0]
            assert ready, "no %r in %r" % (mark, self.read)
            self.read += os.read(self.line, 4096)
        before, self.read = self.read.split(mark, 1)
        return before

    def begin(self, code):
        for start in range(0, len(code), 32):
            self.send(code[start : start + 32].encode())
            time.sleep(0.01)  # the ring holds 63 bytes
        self.send(b"\x04")
        self.until(b"OK")

    def end(self):
        self.until(b"\x04")
        error = self.until(b"\x04")
        assert not error, error.decode()
        self.until(b">")

    def raw(self, start=b"\x03\x03\x01"):
        """Enters the raw REPL, or resets what is loaded there."""
        self.send(start)
        self.until(b"raw REPL; CTRL-B to exit\r\n>")

    def left_after_import(self):
        """Bytes of heap that are free in a board that has loaded the package as it started, and no more."""
        main = b"import httpserver,gc\ngc.collect()\nprint('left',gc.mem_free())\n"
        self.upload({**FILES, "main.py": main})
        self.start()
        self.until(b"left ")
        left = int(self.until(b"\r\n"))
        self.until(b">>> ")
        self.raw()
        self.raw(b"\x04")  # a soft reset, which frees it all
        return left

    def upload(self, files):
        self.raw()
        for name, data in files.items():
            for code in ("from microbit import uart as u", "u.init(115200)", "f=open(%r,'wb')" % name):
                self.begin(code)
                self.end()
            self.begin("n=%d\n" % len(data) + RECEIVE)
            for start in range(0, len(data), 32):
                self.send(data[start : start + 32])
                left = max(0, len(data) - start - 32)
                while int(self.until(b"\r\n")) != left:
                    pass
            self.end()
            self.begin("f.close()")
            self.end()
        self.send(b"\x02")
        self.until(b">>> ")

    def start(self):
        """Runs main.py anew, when the REPL is there."""
        self.send(b"\x04")

    def start_again(self, gateway):
        """After the server has ended and the gateway has said so."""
        gateway.wait("not serving", name="mb")
        with gateway.events("/api/v1/boards/mb/events?type=console") as events:
            # A prompt answers an interrupt once the REPL is there; before, the interrupt does no harm.
            self.send(b"\x03")
            events.until("console", line=">>> ")
            self.start()
            gateway.wait(name="mb")


@pytest.fixture(scope="module")
def microbit():
    missing = "install qemu-system-arm and firmware-microbit-micropython, or run `make setup-test`"
    assert shutil.which("qemu-system-arm") and FIRMWARE.exists(), missing
    board = MicroBit()
    try:
        board.left = board.left_after_import()
        board.upload({"main.py": FILES["main.py"], "program.py": PROGRAM, "piece.txt": PIECE})
        board.start()
        board.until(b"fletcher16")
        yield board
    finally:
        board.close()


@pytest.fixture(scope="module")
def gateway(microbit, module_lab):
    gateway = module_lab.serve(microbit.path + ",baud=115200", "--deadline", "3", name="mb")
    gateway.wait(name="mb")
    return gateway


def test_what_it_says_of_itself(gateway):
    board = gateway.board("mb")
    assert board["firmware"]["package"] == "httpserver"
    assert {(route["method"], route["path"]) for route in board["routes"]} == {
        ("GET", "/free"),
        ("GET", "/file"),
        ("GET", "/try"),
        ("POST", "/echo"),
    }


def test_parameters_headers_and_404(gateway):
    answer = gateway.get("/boards/mb/try?x=1&what=this&what=that")
    assert (answer.status, answer.body, answer.headers["X-Path"]) == (200, b"tried this", "/try")
    assert gateway.get("/boards/mb/nothing").status == 404


def test_bodies_both_ways(gateway):
    chance = random.Random(5)
    for size in (0, 1, 40, 44, 45, 46, 100, 1000):
        body = chance.randbytes(size)
        answer = gateway.post("/boards/mb/echo", body, headers=TEXT)
        assert (answer.status, answer.body) == (200, body)
    assert gateway.post("/boards/mb/echo", b"\x03\x10" * 100, headers=TEXT).body == b"\x03\x10" * 100
    assert gateway.get("/boards/mb/try?what=long").body == b"tried long" * 200


def test_a_file_of_20_kilobytes(gateway):
    began = time.monotonic()
    assert gateway.get("/boards/mb/file").body == PIECE * 20
    print("20 KB in %.1f s" % (time.monotonic() - began))


def test_an_event(gateway):
    with gateway.events("/api/v1/boards/mb/events") as events:
        assert gateway.get("/boards/mb/try?what=emit").body == b"tried emit"
        assert events.until("emit", name="button")["data"] == "a"


def test_many_requests_and_the_heap_that_is_left(gateway, microbit):
    print("%d bytes of heap are left after import" % microbit.left)
    assert microbit.left >= 3500
    began = time.monotonic()
    for number in range(100):
        assert gateway.get("/boards/mb/try?what=%d" % number).body == b"tried %d" % number
    took = time.monotonic() - began
    free = int(gateway.get("/boards/mb/free").body)
    print("%d bytes of heap are free; %.0f requests a second" % (free, 100 / took))
    assert free >= 1024
    assert gateway.link("mb")["sessions"] == 1


def test_large_heads(gateway):
    for size in [*range(20, 200, 20), *[190] * 10]:
        response = gateway.get("/boards/mb/try?what=x", headers={"X-Test": "h" * size})
        assert (response.status, response.body) == (200, b"tried x")
    assert gateway.link("mb")["sessions"] == 1


def test_a_handler_that_finds_no_room(gateway):
    """It ends, and the server does not: what is too much for one request is not for the next."""
    for _ in range(3):
        response = gateway.get("/boards/mb/try?what=fill")
        assert response.status == 500 and "MemoryError" in response.json["traceback"]
        assert gateway.get("/boards/mb/try?what=x").body == b"tried x"
    assert gateway.link("mb")["sessions"] == 1


def test_a_handler_that_hangs_is_interrupted(gateway):
    """At its deadline, and the board serves on."""
    problem = gateway.get("/boards/mb/try?what=hang").json
    assert (problem["status"], problem["type"]) == (504, "urn:boardwalk:problem:deadline")
    # The firmware has no way to write a traceback but to the console, from where the gateway takes it.
    lines = problem["traceback"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    hang = 1 + PROGRAM.splitlines().index(b'    while what == "hang":')
    assert re.fullmatch(r'  File "program.py", line (%d|%d), in attempt' % (hang, hang + 1), lines[-2])
    assert lines[-1].startswith("KeyboardInterrupt")
    assert gateway.get("/boards/mb/try?what=again").body == b"tried again"
    assert gateway.link("mb")["sessions"] == 1


def test_a_handler_that_hangs_while_the_ring_is_full(gateway, microbit):
    """Neither half a frame nor the CANCEL that found no room keeps the board from serving on."""
    with gateway.events("/api/v1/boards/mb/events") as events, gateway.connect() as connection:
        connection.request("GET", "/boards/mb/try?what=hang")
        events.until("emit", name="button")
        microbit.send(b"\x1e\x80\x80\x80\x80\xff\x80\xe3" * 8)
        response = connection.getresponse()
        assert response.status == 504 and b"KeyboardInterrupt" in response.read()
    assert gateway.get("/boards/mb/try?what=again").body == b"tried again"
    assert gateway.link("mb")["sessions"] == 1


def test_a_handler_that_hangs_after_its_client_has_gone(gateway):
    with gateway.events("/api/v1/boards/mb/events") as events:
        with gateway.connect() as connection:
            connection.request("GET", "/boards/mb/try?what=hang")
            eventually(lambda: gateway.board("mb")["requests"]["running"] == 1, "the handler runs")
        events.until("exception", traceback="KeyboardInterrupt()")
    assert gateway.get("/boards/mb/try?what=again").body == b"tried again"
    assert gateway.link("mb")["sessions"] == 1


def test_an_interrupt_that_comes_too_late(gateway, microbit):
    """The handler waits for a body, so it hears of its deadline; an interrupt after that does no harm."""
    head = b"POST /boards/mb/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
    assert b" 504 " in gateway.raw(head + b"Content-Length: 1000000\r\n\r\nbegun", end=b" 504 ")
    before = gateway.link("mb")["bytesReceived"]
    microbit.send(b"\x03")
    eventually(lambda: gateway.link("mb")["bytesReceived"] > before, "it asks for what it may have lost")
    assert gateway.get("/boards/mb/try?what=again").body == b"tried again"
    assert gateway.link("mb")["sessions"] == 1


def test_an_exception_ends_the_server(gateway, microbit):
    problem = gateway.get("/boards/mb/try?what=raise").json
    assert (problem["status"], problem["traceback"]) == (500, "ValueError('raise',)")
    microbit.start_again(gateway)
    assert gateway.get("/boards/mb/try?what=again").body == b"tried again"


def test_an_interrupt_ends_a_handler_that_hangs(gateway, microbit):
    with gateway.connect() as connection:
        connection.request("GET", "/boards/mb/try?what=hang")
        eventually(lambda: gateway.board("mb")["requests"]["running"] == 1, "the handler runs")
        microbit.send(b"\x03")
        microbit.start_again(gateway)
    assert gateway.get("/boards/mb/try?what=again").body == b"tried again"
