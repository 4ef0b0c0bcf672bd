"""A gateway that lets a board go: what requests are told, and boards that do not cooperate."""

import json
import os
import signal
import time

import pytest
from lab import Gateway, eventually

TARGET = b"GET /boards/demo/hang HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def settings(lab):
    """A gateway's file, and the gateway."""
    file = lab.directory / "settings.json"
    simulator = lab.simulate()

    def write(*boards):
        file.write_text(json.dumps({"boards": [{"name": n, "path": p} for n, p in boards]}))

    write(("demo", simulator.path))
    gateway = lab._keep(Gateway, "serve", "--no-history", "--config", str(file))
    gateway.wait()
    gateway.simulator = simulator
    return gateway, write


def problem(connection):
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"}\n"):
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    return json.loads(data.split(b"\r\n\r\n", 1)[1])


@pytest.mark.parametrize("how", ["release", "hup", "term"])
def test_requests_under_way_are_told_that_they_may_have_run(settings, how):
    gateway, write = settings
    with gateway.socket() as connection:
        connection.sendall(TARGET)
        eventually(lambda: gateway.board()["requests"]["running"] == 1, "the handler runs")
        if how == "release":
            gateway.post("/api/v1/boards/demo/release?for=10m")
        elif how == "hup":
            write(("other", "/run/nothing"))
            os.kill(gateway.pid, signal.SIGHUP)
        else:
            os.kill(gateway.pid, signal.SIGTERM)
        told = problem(connection)
    kind = "released" if how == "release" else "left"
    assert (told["type"], told["delivery"]) == ("urn:boardwalk:problem:" + kind, "may have run")


def test_a_board_that_takes_no_bytes_is_let_go_at_once(settings):
    gateway, _ = settings
    os.kill(gateway.simulator.pid, signal.SIGSTOP)
    try:
        with gateway.socket() as connection, gateway.socket() as upload:
            connection.sendall(TARGET)
            # Fills the line, whose other end nobody reads.
            terminal = os.open(gateway.simulator.path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
            with pytest.raises(BlockingIOError):
                while True:
                    os.write(terminal, b"x" * 4096)
            os.close(terminal)
            started = time.monotonic()
            answer = gateway.post("/api/v1/boards/demo/release?for=10m")
            assert (answer.status, answer.json["state"]) == (200, "held")
            assert problem(connection)["type"] == "urn:boardwalk:problem:released"
            assert time.monotonic() - started < 10
            upload.close()
    finally:
        os.kill(gateway.simulator.pid, signal.SIGCONT)
    gateway.post("/api/v1/boards/demo/acquire")
    gateway.wait()


def test_another_board_at_the_path_while_it_was_let_go(lab):
    path = lab.path()
    first = lab.simulate(path=path)
    gateway = lab.serve(path)
    gateway.wait()
    before = gateway.board()["generation"]
    with gateway.events("/api/v1/events?type=attached,detached") as events:
        gateway.post("/api/v1/boards/demo/release?for=10m")
        first.end()
        lab.simulate(path=path)
        gateway.post("/api/v1/boards/demo/acquire")
        gateway.wait()
        assert [events.next()["event"] for _ in range(2)] == ["detached", "attached"]
    assert gateway.board()["generation"] == before + 1


def test_what_a_board_says_forges_no_line_of_the_log(lab):
    gateway = lab.bench("liar.py")
    gateway.get("/boards/demo/bye")
    gateway.line("not serving: x")
    assert not any("\x1b" in line or line.startswith("2000-") for line in gateway.lines)


@pytest.mark.parametrize("how", ["time", "acquire"])
def test_a_board_that_is_away_is_held_no_longer_than_it_should(settings, how):
    gateway, write = settings
    gateway.simulator.end()
    gateway.wait("absent")
    target = "/api/v1/boards/demo/release?for=" + ("300ms" if how == "time" else "10m")
    assert gateway.post(target).json["state"] == "held"
    if how == "acquire":
        gateway.post("/api/v1/boards/demo/acquire")
    gateway.wait("absent")
