"""Measures boards that come and go, and streams of events, on real libudev in a private machine.

    presence.py [--only plug unplug restart clients cycles]

Prints a table. Times include those of the tests' own processes: what is told to libudev, and what
reads the answers.
"""

import argparse
import json
import os
import selectors
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("BOARDWALK_PROGRAM", str(HERE.parents[1] / ".build/release/boardwalk"))

from lab import eventually  # noqa: E402
from test_hotplug import NAME, PORT, Machine  # noqa: E402

HANG = "/boards/%s/hang" % NAME


def milliseconds(values):
    values = sorted(values)
    return "%.1f ms" % (1000 * statistics.median(values)), "at most %.1f ms of %d" % (
        1000 * values[-1],
        len(values),
    )


def plug(rows):
    """From before udevd's message to the event that says that the board serves."""
    times = []
    with Machine() as machine:
        link = machine.simulate()
        machine.serve()
        with machine.follow() as events:
            for n in range(50):
                started = time.monotonic()
                machine.board_in("ttyACM%d" % (n % 3), link, port="1-%d" % (n % 3 + 1))
                events.until("state", state="serving")
                times.append(time.monotonic() - started)
                machine.unplug("ttyACM%d" % (n % 3))
                events.until("state", state="absent")
    rows.append(("plugged in to serving", *milliseconds(times), "≤ 150 ms"))


def unplug(rows):
    """From before udevd's message to the last of eight clients that has its answer."""
    times = []
    with Machine() as machine:
        link = machine.simulate()
        machine.serve()
        for _ in range(50):
            machine.board_in("ttyACM0", link)
            machine.wait("serving")
            connections = [machine.connection(PORT) for _ in range(8)]
            for connection in connections:
                connection.request("GET", HANG, headers={"Host": "localhost"})
            eventually(lambda: machine.board()["requests"]["running"] == 8, "eight requests run")
            started = time.monotonic()
            machine.unplug("ttyACM0")
            for connection in connections:
                assert connection.getresponse().status == 502
            times.append(time.monotonic() - started)
            for connection in connections:
                connection.close()
    rows.append(("unplugged to the last of 8 clients answered", *milliseconds(times), "≤ 20 ms"))


def restart(rows):
    """From before a killed gateway is started again to its board's first answer."""
    times = []
    with Machine() as machine:
        machine.board_in("ttyACM0", machine.simulate())
        machine.serve()
        machine.wait("serving")
        boot = machine.board()["firmware"]["bootID"]
        for _ in range(10):
            machine.gateway.kill()
            machine.gateway.wait()
            started = time.monotonic()
            machine.serve()
            eventually(lambda: machine.get("/boards/%s/hello" % NAME).status == 200, "it serves")
            times.append(time.monotonic() - started)
            assert machine.board()["firmware"]["bootID"] == boot
    rows.append(("killed, and started again to the first answer", *milliseconds(times), "≤ 1000 ms"))


def memory(pid):
    """Resident bytes of a process."""
    return int(Path("/proc/%d/statm" % pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def gateway_pid(machine):
    """The gateway itself, behind the programs that enter the namespace."""
    return machine.gateway.pid


def clients(rows):
    """One emitted event to 1,000 clients: 99 of 100 have it after…, and what a client costs."""
    count = 1000
    latencies = []
    with Machine() as machine:
        machine.board_in("ttyACM0", machine.simulate())
        machine.serve()
        machine.wait("serving")
        machine.http("POST", "/boards/%s/emit?name=n" % NAME, PORT, b"warm")
        before = memory(gateway_pid(machine))
        selector = selectors.EpollSelector()
        sockets = []
        for _ in range(count):
            connection = machine.connect(PORT)
            connection.sendall(b"GET /api/v1/events?type=emit HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while b": events" not in connection.recv(4096):
                pass
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
            sockets.append(connection)
        each = (memory(gateway_pid(machine)) - before) / count
        frames = machine.board()["link"]["framesReceived"]
        rounds = 20
        for n in range(rounds):
            poster = machine.connection(PORT)
            started = time.monotonic()
            poster.request("POST", "/boards/%s/emit?name=n" % NAME, b"event %d" % n, {"Host": "localhost"})
            waiting = count
            while waiting:
                for key, _ in selector.select(30):
                    if b"event: emit" in key.fileobj.recv(65536):
                        latencies.append(time.monotonic() - started)
                        waiting -= 1
            assert poster.getresponse().read() == b"true"
            poster.close()
        frames = machine.board()["link"]["framesReceived"] - frames
        for connection in sockets:
            connection.close()
    latencies.sort()
    rows.append(
        (
            "one emitted event at 99 % of 1,000 clients",
            "%.1f ms" % (1000 * latencies[int(len(latencies) * 0.99)]),
            "median %.1f ms, from before the POST that has the board emit it"
            % (1000 * statistics.median(latencies)),
            "≤ 50 ms",
        )
    )
    rows.append(("memory of a client of the stream", "%.1f KB" % (each / 1024), "resident", "≤ 16 KB"))
    rows.append(
        ("frames for an event and its POST", "%.1f" % (frames / rounds), "whoever listens", "2 and an ACK")
    )


def cycles(rows, count=2000):
    """Plugged in and out in the middle of requests, again and again."""
    with Machine() as machine:
        link = machine.simulate()
        machine.serve()
        pid = gateway_pid(machine)

        def cycle(n):
            node = "ttyACM%d" % (n % 4)
            machine.board_in(node, link, port="1-%d" % (n % 4 + 1))
            connection = machine.connection(PORT)
            connection.request("GET", HANG, headers={"Host": "localhost", "Prefer": "wait=30"})
            eventually(lambda: machine.board()["requests"]["running"] == 1, "the request runs")
            machine.unplug(node)
            response = connection.getresponse()
            problem = json.loads(response.read())
            assert response.status == 502 and problem["type"].endswith(":unplugged"), problem
            connection.close()

        # A board that was never there is no board yet.
        machine.board_in("ttyACM0", link)
        machine.wait("serving")
        machine.unplug("ttyACM0")
        # Until the event log is full, as it is in a gateway that runs for long.
        for n in range(800):
            cycle(n)
        open_before, memory_before = descriptors(pid), memory(pid)
        started = time.monotonic()
        for n in range(count):
            cycle(n)
        took = time.monotonic() - started
        # Connections that were closed here may still be being closed there.
        eventually(lambda: descriptors(pid) <= open_before, "no descriptor more than before")
        grown = (memory(pid) - memory_before) / 1024
    rows.append(
        (
            "%d plugs and unplugs in the middle of a request" % count,
            "%.0f KB" % grown,
            "more memory than after the first 800; no descriptor more, no client stuck; %.0f s" % took,
            "flat",
        )
    )


def main():
    measures = {"plug": plug, "unplug": unplug, "restart": restart, "clients": clients, "cycles": cycles}
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=measures, default=list(measures))
    rows = []
    for name in parser.parse_args().only:
        measures[name](rows)
    for what, value, note, goal in rows:
        print("%-50s %10s  %-14s %s" % (what, value, goal, note))


if __name__ == "__main__":
    main()
