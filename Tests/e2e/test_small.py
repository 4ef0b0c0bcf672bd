"""The package for the smallest boards, on the unix port: Fletcher-16, one stream, one slot."""

import random
import shutil

import pytest
from lab import BOARDS, ROOT

LINES = {"good": [], "corrupt": ["--corrupt", "1e-3"], "both": ["--corrupt", "1e-3", "--drop", "1e-3"]}
HEADERS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def small(lab):
    """Starts the board behind a line with these faults, all files in one folder and nothing else."""

    def start(*line):
        folder = lab.directory / "smallest"
        shutil.copytree(ROOT / "Protocol/device/small", folder)
        shutil.copytree(BOARDS / "smallest", folder, dirs_exist_ok=True)
        (folder / "big.txt").write_text("0123456789" * 100)
        simulator = lab.simulate(None, "--files", folder, *line)
        gateway = lab.serve(simulator.path)
        gateway.wait()
        return gateway

    return start


def test_what_it_says_of_itself(small):
    board = small().board()
    assert board["firmware"]["package"] == "httpserver"
    assert {(route["method"], route["path"]) for route in board["routes"]} >= {
        ("GET", "/hello"),
        ("POST", "/echo"),
    }


def differences(got, wanted):
    """Where two bodies differ, and how."""
    size = [] if len(got) == len(wanted) else [(len(got), len(wanted))]
    return size + [(n, a, b) for n, (a, b) in enumerate(zip(got, wanted, strict=False)) if a != b]


@pytest.mark.parametrize("line", LINES)
def test_nothing_is_lost(small, line):
    """Bodies of all bytes and sizes both ways; each request runs once."""
    gateway = small(*LINES[line], "--seed", "7")
    for number in range(60):
        answer = gateway.get("/boards/demo/hello?id=%02d" % number)
        assert (answer.status, answer.body, answer.headers["X-Path"]) == (200, b"hello", "/hello")
    wanted = " ".join("%02d=1" % number for number in range(60))
    assert gateway.get("/boards/demo/counts").body.decode() == wanted
    chance = random.Random(3)
    for size in (0, 1, 20, 43, 44, 90, 91, 500, 3000):
        body = chance.randbytes(size)
        if line != "good":
            body = body.replace(b"\xff", b"\xfe")  # Fletcher-16 does not tell FF from 00
        answer = gateway.post("/boards/demo/echo", body, headers=HEADERS)
        assert (answer.status, differences(answer.body, body)) == (200, [])
    answer = gateway.post("/boards/demo/echo", b"\x03\x10" * 200, headers=HEADERS)
    assert answer.body == b"\x03\x10" * 200
    link = gateway.link()
    assert link["sessions"] == 1
    assert (link["retransmissions"] > 0) == (line != "good")


def test_lines_events_and_404(small):
    gateway = small()
    assert gateway.post("/boards/demo/lines", b"ab\n\n" + b"x" * 200).body == b"3 1 200 "
    with gateway.events() as events:
        assert gateway.get("/boards/demo/emit?data=pressed").body == b"True"
        assert events.until("emit", name="button")["data"] == "pressed"
    assert gateway.get("/boards/demo/nothing").status == 404


def test_a_file(small):
    assert small().get("/boards/demo/file").body == b"0123456789" * 100


def test_a_slow_handler_streams_until_its_client_goes(small):
    gateway = small()
    with gateway.events("/boards/demo/slowly", listening=False) as events:
        assert [events.next()[name] for name in ("data", "data")] == ["tick", "tick"]
    assert gateway.get("/boards/demo/hello").body == b"hello"


def test_an_exception_ends_the_server(small):
    gateway = small()
    with gateway.events() as events:
        problem = gateway.get("/boards/demo/raise").json
        assert (problem["status"], problem["traceback"]) == (500, "ValueError('no answer yet',)")
        assert events.until("state")["state"] == "not serving"
    assert gateway.get("/boards/demo/hello").status == 503
