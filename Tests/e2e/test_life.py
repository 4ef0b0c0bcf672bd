"""Boards that come and go, handlers that block, and the end of the program."""

import os
import signal
from pathlib import Path

import pytest
from lab import alive, descendants, eventually


def hello(gateway):
    answer = gateway.get("/boards/demo/hello")
    assert (answer.status, answer.body) == (200, b"hello"), answer


def test_a_board_that_appears_later(lab):
    path = lab.path()
    gateway = lab.serve(path)
    assert gateway.board()["state"] == "absent"
    lab.simulate(path=path)
    gateway.wait()
    hello(gateway)


def test_a_gateway_that_comes_later(lab):
    simulator = lab.simulate()
    for _ in range(3):
        gateway = lab.serve(simulator.path)
        gateway.wait()
        hello(gateway)
        assert gateway.end() == (0, pytest.approx(0, abs=2))


def test_a_gateway_that_is_killed(lab):
    gateway = lab.bench()
    hello(gateway)
    with gateway.socket() as connection:
        connection.sendall(b"GET /boards/demo/flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(100)
        gateway.process.kill()
    second = lab.serve(gateway.simulator.path)
    second.wait()
    hello(second)


@pytest.mark.parametrize("how", ["killed", "ended"])
def test_a_board_that_goes_and_comes_again(lab, how):
    gateway = lab.bench()
    path = gateway.simulator.path
    simulator = gateway.simulator
    for _ in range(4):
        hello(gateway)
        if how == "killed":
            simulator.process.kill()
        else:
            simulator.end()
        gateway.wait("absent")
        assert gateway.get("/boards/demo/hello").status == 503
        simulator = lab.simulate(path=path)
        gateway.wait()
    hello(gateway)


def test_a_program_that_is_started_by_ctrl_d(lab):
    """At the prompt after the program's end; the gateway finds the new one by itself."""
    gateway = lab.bench(line=["--restart"])
    before = gateway.board()["firmware"]["bootID"]
    for _ in range(3):
        os.kill(gateway.simulator.board_pid(), signal.SIGTERM)
        eventually(lambda: gateway.wait()["firmware"]["bootID"] != before, "another boot id")  # noqa: B023
        before = gateway.board()["firmware"]["bootID"]
        gateway.simulator.lines.clear()
        hello(gateway)
        break


@pytest.mark.parametrize("app", ["workshop.py", "threaded.py"])
def test_a_handler_that_blocks_causes_no_storm(lab, app):
    gateway = lab.bench(app, baud=115200)
    hello(gateway)
    before = gateway.link()
    assert gateway.get("/boards/demo/block?s=10").body == b"awake"
    after = gateway.link()
    assert after["retransmissions"] - before["retransmissions"] <= 2
    assert after["pings"] - before["pings"] <= 15
    assert after["sessions"] == before["sessions"] == 1
    assert after["bytesSent"] - before["bytesSent"] < 500
    hello(gateway)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends(lab, number):
    """With open streams, requests under way, and connections that are kept alive."""
    gateway = lab.bench()
    with (
        gateway.events(),
        gateway.events("/boards/demo/events"),
        gateway.connect() as idle,
        gateway.socket() as waiting,
        gateway.socket() as flood,
    ):
        idle.request("GET", "/boards/demo/hello")
        idle.getresponse().read()
        waiting.sendall(b"GET /boards/demo/hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
        flood.sendall(b"GET /boards/demo/flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        eventually(lambda: gateway.board()["requests"]["running"] == 3, "three requests run")
        code, seconds = gateway.end(number)
    assert (code, seconds < 2) == (0, True), (code, seconds)
    assert "error" not in gateway.output.lower()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("app", ["workshop.py", "idle.py"])
def test_simulate_ends(lab, number, app):
    simulator = lab.simulate(app)
    children = descendants(simulator.pid)
    assert simulator.board_pid() in children
    assert os.path.islink(simulator.path)
    code, seconds = simulator.end(number)
    assert (code, seconds < 2) == (0, True), (code, seconds)
    assert [pid for pid in children if alive(pid)] == []
    assert not os.path.lexists(simulator.path)
    assert leftovers(lab) == []


def leftovers(lab):
    return [str(path) for path in Path(lab.directory).iterdir()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_ends(lab, number):
    demo = lab.demo()
    demo.wait()
    children = descendants(demo.pid)
    assert len(children) == 1
    with demo.events(), demo.events("/boards/demo/api/time") as clock:
        assert clock.next()["event"] == "time"
        code, seconds = demo.end(number)
    assert (code, seconds < 2) == (0, True), (code, seconds)
    assert "The demo has ended." in demo.output
    assert [pid for pid in children if alive(pid)] == []
    assert leftovers(lab) == []


def test_demo_serves_what_it_says(lab):
    demo = lab.demo("--baud", "115200")
    demo.wait()
    assert b"This page comes from the board" in demo.get("/", headers={"Host": "demo.localhost"}).body
    assert demo.get("/boards/demo/api/date").json["year"] >= 2025
    assert demo.post("/boards/demo/api/echo", b"a\x03b").body == b"a\x03b"
    problem = demo.get("/boards/demo/api/error")
    assert (problem.status, "ZeroDivisionError" in problem.json["traceback"]) == (500, True)


def test_a_killed_simulator_leaves_no_micropython(lab):
    simulator = lab.simulate()
    pid = simulator.board_pid()
    simulator.process.kill()
    eventually(lambda: not alive(pid), "MicroPython has ended")


def test_others_are_answered_while_a_handler_floods(lab):
    """It takes what room there is as soon as there is some, and must not take all of it."""
    gateway = lab.bench()
    for _ in range(10):
        with gateway.connect() as connection:
            connection.request("GET", "/boards/demo/flood")
            response = connection.getresponse()
            assert response.read(1)
            before = gateway.link()["bytesReceived"]
            assert gateway.get("/boards/demo/hello").body == b"hello"
            # Some 4 MB come before the flood stands, for want of a client that reads.
            assert gateway.link()["bytesReceived"] < before + 1_000_000
            response.close()
        eventually(lambda: gateway.board()["requests"]["running"] == 0, "the flood is over")
