"""Measures bringing up boards as they come, and handlers that hang: simulated boards, and the micro:bit.

    managing.py [--only upload install hang]

Prints a table.
"""

import argparse
import contextlib
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("BOARDWALK_PROGRAM", str(HERE.parents[1] / ".build/release/boardwalk"))

from lab import BOARDS, Lab, eventually  # noqa: E402
from test_microbit import MicroBit  # noqa: E402

BAUD = 115200
APPLICATIONS = {
    "ahttpserver": BOARDS / "hanging.py",
    "httpserver": BOARDS / "hanging_threaded.py",
    "micro:bit": BOARDS / "smallest/on_microbit.py",
}


@contextlib.contextmanager
def stock(baud=None):
    """A simulated board as it comes, behind a gateway that may manage it."""
    with contextlib.closing(Lab()) as lab:
        simulator = lab.stock(*(["--baud", baud] if baud else []))
        place = simulator.path + (",baud=%d" % baud if baud else "")
        gateway = lab.serve(place, "--manage", "--deadline", "1")
        gateway.wait("not serving")
        yield gateway


@contextlib.contextmanager
def microbit():
    with contextlib.closing(Lab()) as lab, contextlib.closing(MicroBit()) as board:
        gateway = lab.serve(board.path + ",baud=115200", "--manage", "--deadline", "1")
        gateway.wait("not serving")
        yield gateway


def upload(rows):
    """A file to the board and back, on a line of 115,200 baud."""
    data = random.Random(1).randbytes(200_000)
    with stock(BAUD) as gateway:
        started = time.monotonic()
        answer = gateway.request("PUT", "/api/v1/boards/demo/files/data.bin", data)
        took = time.monotonic() - started
        assert answer.status == 201, answer
        rows.append(rate("uploaded: rate ÷ line rate", len(data), took, "≥ 85 %"))
        started = time.monotonic()
        assert gateway.get("/api/v1/boards/demo/files/data.bin").body == data
        took = time.monotonic() - started
        rows.append(rate("downloaded: rate ÷ line rate", len(data), took, ""))


def rate(what, size, took, goal):
    share = 100 * size / took / (BAUD / 10)
    return what, "%.1f %%" % share, "%d random bytes in %.1f s, all of it" % (size, took), goal


def install(rows):
    """From the order to the first answer of the application; bytes on the line both ways."""
    for name, path in APPLICATIONS.items():
        with microbit() if name == "micro:bit" else stock(BAUD) as gateway:
            board = "demo"
            before = gateway.link(board)
            files = [{"path": "app.py", "text": path.read_text()}]
            started = time.monotonic()
            answer = gateway.post(
                "/api/v1/boards/demo/install", json.dumps({"files": files, "start": "at-boot"}).encode()
            )
            took = time.monotonic() - started
            assert answer.status == 200 and answer.json["serving"], answer
            after = gateway.link(board)
            sent, received = (after[key] - before[key] for key in ("bytesSent", "bytesReceived"))
            note = "%d bytes to the board, %d from it; serving at the end" % (sent, received)
            rows.append(("installed: %s" % name, "%.1f s" % took, note, ""))
            heap = gateway.get("/api/v1/boards/demo/info").json
            note = "%d used, by the REPL and what managing brings" % heap["heapUsed"]
            rows.append(("heap free at the REPL: %s" % name, "%d B" % heap["heapFree"], note, ""))


def hang(rows):
    """From the deadline of a handler that hangs to its answer, and to the next request's."""
    for name, path in APPLICATIONS.items():
        with microbit() if name == "micro:bit" else stock() as gateway:
            files = [{"path": "app.py", "text": path.read_text()}]
            order = json.dumps({"files": files, "start": "at-boot"}).encode()
            assert gateway.post("/api/v1/boards/demo/install", order).json["serving"]
            hung, good = ("try?what=hang", "try?what=x") if name == "micro:bit" else ("spin", "hello")
            times = []
            for _ in range(10):
                assert gateway.get("/boards/demo/" + good).status == 200
                started = time.monotonic()
                answer = gateway.get("/boards/demo/" + hung)
                assert answer.status == 504 and answer.json["traceback"], answer
                assert gateway.get("/boards/demo/" + good).status == 200
                times.append(1000 * (time.monotonic() - started - 1))
            assert eventually(lambda: gateway.link()["sessions"], "a session") >= 1
            value = "%.0f ms" % statistics.median(times)
            note = "after the deadline; at most %.0f ms of %d" % (max(times), len(times))
            rows.append(("hung, interrupted, next request served: %s" % name, value, note, "≤ 100 ms"))


def main():
    measures = {"upload": upload, "install": install, "hang": hang}
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=measures, default=list(measures))
    rows = []
    for name in parser.parse_args().only:
        measures[name](rows)
    for what, value, note, goal in rows:
        print("%-52s %10s  %-9s %s" % (what, value, goal, note))


if __name__ == "__main__":
    main()
