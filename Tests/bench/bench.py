"""Measures Boardwalk against Microdot on one MicroPython binary, in one run, and prints a table of ratios.

    make bench                    everything
    bench.py --only speed line    some of: speed latency bytes line

Requests come from wrk on loopback, for a bounded time. Figures of different machines or moments say little;
the ratios of one run do. Each pair is measured in turns, A B A B, and the median of the ratios is given.
Turns in which the hypervisor took processor time for other machines do not count: who needs two processors at
once, as a gateway with a board does, loses more by it than who needs one.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PROGRAM = ROOT / ".build/release/boardwalk"
MICROPYTHON = os.environ.get("BOARDWALK_MICROPYTHON", str(ROOT / ".venv/bin/micropython"))
ROUNDS = 5
TURNS = 30  # at most, to get so many rounds
SECONDS = 2
STOLEN = 0.01  # of the processors' time, at most, in a round that counts


@contextlib.contextmanager
def process(*command, **options):
    """A program that ends, with all that it started, when the block does."""
    running = subprocess.Popen(
        [str(part) for part in command], start_new_session=True, stdin=subprocess.DEVNULL, **options
    )
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGTERM)
        try:
            running.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def get(port, path, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait_for(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def board(app, *options, port):
    """A simulated board behind a gateway; options are those of `boardwalk simulate`."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "port"
        baud = options[options.index("--baud") + 1] if "--baud" in options else None
        name = f"b={link}" + (f",baud={baud}" if baud else "")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with (
            process(PROGRAM, "simulate", HERE / app, "--link", link, *options, **quiet),
            process(
                PROGRAM,
                "serve",
                "--no-history",
                "--board",
                name,
                "--listen",
                f":{port}",
                "--deadline",
                "300",
                **quiet,
            ),
        ):

            def serving():
                with contextlib.suppress(OSError):
                    return json.loads(get(port, "/api/v1/boards/b")[1])["state"] == "serving"
                return False

            wait_for(serving, f"{app} to serve")
            yield


@contextlib.contextmanager
def microdot(port):
    site = subprocess.run(
        [sys.executable, "-c", "import microdot; print(microdot.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    environment = dict(os.environ, MICROPYPATH=f"{Path(site).parent}:.frozen", PORT=str(port))
    with process(MICROPYTHON, HERE / "hello_microdot.py", env=environment, stdout=subprocess.DEVNULL):

        def answers():
            with contextlib.suppress(OSError):
                return get(port, "/")[0] == 200
            return False

        wait_for(answers, "Microdot to answer")
        yield


def wrk(port, path, connections, seconds=SECONDS):
    """Requests a second, and the median latency in microseconds."""
    text = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}{path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(f"requests to {path} failed:\n{text}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    value, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", text).groups()
    return rate, float(value) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def processor_time():
    """Of all processors since the machine started, in ticks: all of it, and what the hypervisor took."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return sum(ticks), ticks[7]


@contextlib.contextmanager
def awake():
    """Keeps the processors from halting, by loops that any other program goes before.

    In a virtual machine it takes longer to wake a halted processor than to answer a request, and a
    request through a gateway wakes more programs than one without.
    """
    idle = "import os; os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    with contextlib.ExitStack() as stack:
        for _ in range(os.cpu_count()):
            stack.enter_context(process(sys.executable, "-c", idle))
        yield


def speed_and_latency(rows, wanted, line):
    """Hello handlers on Boardwalk and on Microdot, in turns."""
    runs = {"ahttpserver": [], "httpserver": []}
    with (
        microdot(18080),
        board("hello_async.py", *line, port=18081),
        board("hello_sync.py", *line, port=18082),
    ):
        for port, path in ((18080, "/"), (18081, "/boards/b/"), (18082, "/boards/b/")):
            wrk(port, path, 8, 1)  # warm
        rounds = []
        while len(rounds) < TURNS:
            before = processor_time()
            reference = wrk(18080, "/", 8)[0], wrk(18080, "/", 1)[1]
            pairs = []
            for port in (18081, 18082):
                ours = wrk(port, "/boards/b/", 8)[0], wrk(port, "/boards/b/", 1)[1]
                pairs.append((ours, reference))
            total, stolen = (b - a for a, b in zip(before, processor_time(), strict=True))
            rounds.append((stolen / total, pairs))
            if sum(share <= STOLEN for share, _ in rounds) == ROUNDS:
                break
    # The quietest, should there be too few that were quiet.
    counted = sorted(rounds, key=lambda round: round[0])[:ROUNDS]
    print(f"{len(rounds)} turns; in the {ROUNDS} that count, {counted[-1][0]:.1%} of the time stolen at most")
    for _, pairs in counted:
        for name, pair in zip(runs, pairs, strict=True):
            runs[name].append(pair)
    for name, pairs in runs.items():
        if "speed" in wanted:
            ratio = statistics.median(ours[0] / other[0] for ours, other in pairs)
            rates = [statistics.median(pair[i][0] for pair in pairs) for i in (0, 1)]
            note = f"{rates[0]:.0f}/s and {rates[1]:.0f}/s"
            rows.append(
                (f"{name}: requests a second, 8 connections ÷ Microdot's", f"{ratio:.2f}", "≥ 4", note)
            )
        if "latency" in wanted:
            ratio = statistics.median(ours[1] / other[1] for ours, other in pairs)
            times = [statistics.median(pair[i][1] for pair in pairs) for i in (0, 1)]
            note = f"{times[0]:.0f} µs and {times[1]:.0f} µs"
            rows.append((f"{name}: median latency, 1 connection ÷ Microdot's", f"{ratio:.2f}", "≤ 0.8", note))


def bytes_on_the_line(rows):
    """Both directions, between two looks at the link's counters without a PING in between."""

    def figures(port):
        link = json.loads(get(port, "/api/v1/boards/b")[1])["link"]
        return link["bytesSent"] + link["bytesReceived"], link["pings"]

    with board("hello_async.py", port=18083):
        while True:
            before, pings = figures(18083)
            get(18083, "/boards/b/")
            time.sleep(0.02)  # the acknowledgement goes out 5 ms after the response
            after, pings_after = figures(18083)
            if pings == pings_after:
                break
    rows.append(("bytes on the line for GET / and its response", str(after - before), "≤ 60", "with ACK"))


def line_goodput(rows):
    """Body bytes ÷ what a line of 115,200 baud carries, up and down."""
    count = 150_000
    for corrupt, goal in ((0, "≥ 95 %"), (1e-4, "≥ 80 %")):
        options = ["--baud", "115200"] + (["--corrupt", str(corrupt), "--seed", "7"] if corrupt else [])
        with board("line_async.py", *options, port=18084):
            body = os.urandom(count)
            start = time.monotonic()
            status, answer = get(18084, "/boards/b/sink", "POST", body)
            up = count / (time.monotonic() - start) / 11520
            assert (status, int(answer)) == (200, count), (status, answer[:200])
            start = time.monotonic()
            status, answer = get(18084, f"/boards/b/source?n={count}")
            down = count / (time.monotonic() - start) / 11520
            assert (status, len(answer)) == (200, count), (status, len(answer))
        faults = f", byte corruption {corrupt:g}" if corrupt else ""
        for name, value in (("to the board", up), ("from the board", down)):
            rows.append(
                (f"goodput {name} at 115,200 baud{faults}", f"{100 * value:.1f} %", goal, "random bytes")
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", default=["speed", "latency", "bytes", "line"])
    parser.add_argument(
        "--pumped",
        action="store_true",
        help="a process between MicroPython and the port in all rows",
    )
    parser.add_argument("--awake", action="store_true", help="keep the processors from halting")
    arguments = parser.parse_args()
    line = [] if arguments.pumped else ["--direct"]
    rows = []
    if {"speed", "latency"} & set(arguments.only):
        with awake() if arguments.awake else contextlib.nullcontext():
            speed_and_latency(rows, arguments.only, line)
    if "bytes" in arguments.only:
        bytes_on_the_line(rows)
    if "line" in arguments.only:
        line_goodput(rows)
    width = max(len(row[0]) for row in rows)
    print(f"{'what':{width}}  measured  goal    figures")
    for what, value, goal, note in rows:
        print(f"{what:{width}}  {value:>8}  {goal:6}  {note}")


if __name__ == "__main__":
    main()
