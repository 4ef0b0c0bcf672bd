"""Lines that damage and lose bytes: every request is answered whole and right, and runs once."""

import random
import threading
import zlib

import pytest


def many(gateway, count, seed, workers=6, largest=4000):
    """Requests of all kinds, some at a time; returns what went wrong."""
    wrong = []
    jobs = list(range(count))
    lock = threading.Lock()

    def one(connection, number):
        chance = random.Random(seed * 100_000 + number)
        kind = number % 4
        size = chance.choice([0, 1, 16, chance.randrange(largest)])
        query = "?id=%d" % number
        if kind == 0:
            connection.request("GET", "/boards/demo/hello" + query)
            wanted = b"hello"
        elif kind == 1:
            connection.request("GET", "/boards/demo/bytes%s&n=%d" % (query, size))
            wanted = (bytes(range(256)) * (size // 256 + 1))[:size]
        else:
            wanted = chance.randbytes(size)
            if kind == 2:
                connection.request("POST", "/boards/demo/echo" + query, wanted)
            else:
                pieces = [wanted[start : start + 300] for start in range(0, size, 300)]
                connection.request("POST", "/boards/demo/echo" + query, iter(pieces), encode_chunked=True)
        response = connection.getresponse()
        body = response.read()
        if (response.status, body) != (200, wanted):
            wrong.append((number, response.status, len(body), size, body[:300]))

    def work():
        with gateway.connect(timeout=60) as connection:
            while True:
                with lock:
                    if not jobs:
                        return
                    number = jobs.pop()
                one(connection, number)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def check(gateway, count, seed, **options):
    assert many(gateway, count, seed, **options) == []
    counts = gateway.get("/boards/demo/counts").json
    assert counts == {str(number): 1 for number in range(count)}
    link = gateway.link()
    assert link["sessions"] == 1
    assert link["checkErrors"] > 0 or link["retransmissions"] > 0
    return link


LINES = {
    "corrupt": ["--corrupt", "1e-3"],
    "drop": ["--drop", "1e-3"],
    "both": ["--corrupt", "1e-3", "--drop", "1e-3"],
}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("app", ["workshop.py", "threaded.py"])
def test_one_in_a_thousand(lab, app, line):
    gateway = lab.bench(app, line=[*LINES[line], "--seed", "7"])
    check(gateway, 60, seed=1, largest=600)


@pytest.mark.parametrize("seed", [1])
def test_at_115200_baud(lab, seed):
    gateway = lab.bench(line=[*LINES["both"], "--seed", seed, "--baud", "115200"], baud=115200)
    check(gateway, 40, seed, largest=600)


@pytest.mark.parametrize("app", ["workshop.py", "threaded.py"])
@pytest.mark.parametrize("seed", [3])
def test_two_in_a_thousand_of_each(lab, app, seed):
    gateway = lab.bench(app, line=["--corrupt", "2e-3", "--drop", "2e-3", "--seed", seed])
    # Small bodies: of frames with 500 bytes one in eight would arrive.
    check(gateway, 120, seed, largest=64)


def test_a_large_body_each_way(lab):
    gateway = lab.bench(line=["--corrupt", "2e-4", "--drop", "2e-4", "--seed", "5"])
    body = random.Random(5).randbytes(100_000)
    assert gateway.post("/boards/demo/digest", body).json == {"size": len(body), "crc": zlib.crc32(body)}
    assert gateway.get("/boards/demo/bytes?n=100000").body == (bytes(range(256)) * 400)[:100_000]


def test_events_over_a_bad_line(lab):
    gateway = lab.bench(line=[*LINES["both"], "--seed", "6"])
    with gateway.events("/boards/demo/events") as events:
        for n in range(60):
            assert gateway.post("/boards/demo/tick").status == 204
            assert events.next() == {"id": str(n), "event": "tick", "data": "event %d" % n}
