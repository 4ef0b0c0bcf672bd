"""Boards that are plugged in and pulled out: a real kernel, real udevd, real USB."""

import os

import pytest
from conftest import PICO, PYBOARD
from machine import seconds


def serving_after(machine, events, name, began):
    """Waits until a board serves; returns the seconds since then, by the guest's clock."""
    return seconds(events.until("state", board=name, state="serving")["time"]) - began


def ask_and_hang(machine, connection, name):
    """Sends a request that the board does not answer, and waits until it has begun."""
    connection.request("GET", "/boards/%s/hang" % name, headers={"Host": "localhost"})
    machine.until(lambda: machine.status(name)["requests"]["running"] == 1, "the request runs")


def test_a_board_plugged_in_serves_under_its_own_name(machine, measured):
    machine.kill()
    machine.start()
    assert machine.get("/api/v1/boards").json == {"boards": []}
    with machine.events() as events:
        began = machine.plug("pico")
        attached = events.until("attached")
        assert (attached["board"], attached["node"]) == (PICO, "/dev/ttyACM0")
        assert (attached["vendorID"], attached["productID"]) == ("2e8a", "0005")
        assert attached["serialNumber"] == "e6614103e7452d2f"
        assert (attached["manufacturer"], attached["product"]) == ("MicroPython", "Board in FS mode")
        measured("plug to the gateway's knowing", seconds(attached["time"]) - began)
        for state in ("opening", "probing", "serving"):
            event = events.until("state")
            assert (event["board"], event["state"]) == (PICO, state)
        measured("plug to serving", seconds(event["time"]) - began)
        measured("the gateway's share of it", seconds(event["time"]) - seconds(attached["time"]))
        assert machine.get("/boards/%s/hello" % PICO).body == b"hello"
        device = machine.devices()["/dev/ttyACM0"]
        assert (device["board"], device["driver"]) == (PICO, "cdc_acm")
        assert device["links"][0].startswith("/dev/serial/by-id/usb-MicroPython_Board_in_FS_mode_")


def test_a_board_that_is_pulled_out(machine, measured):
    machine.serve()
    machine.plug("pico")
    machine.wait(PICO)
    with machine.events() as events:
        start = events.start
        began = machine.unplug("pico")
        # The line hangs up some time before udevd tells.
        absent = events.until("state", board=PICO, state="absent")
        measured("unplug to absent", seconds(absent["time"]) - began)
    with machine.events(after=start) as events:
        detached = events.until("detached", board=PICO)
        assert detached["node"] == "/dev/ttyACM0"
        measured("unplug to detached", seconds(detached["time"]) - began)
    machine.wait(PICO, "absent")
    assert "/dev/ttyACM0" not in machine.devices()


def test_a_board_that_was_there_before_the_gateway(machine):
    machine.plug("pyboard")
    code, told = machine.run("udevadm", "settle", "--timeout=20")
    assert code == 0, told
    machine.kill()
    machine.start()
    machine.wait(PYBOARD)
    assert machine.get("/boards/%s/hello" % PYBOARD).body == b"hello"


@pytest.mark.parametrize("size", [1, 100_000])
def test_bodies_arrive_whole(machine, measured, size):
    machine.serve()
    machine.plug("pico")
    machine.wait(PICO)
    body = os.urandom(size)
    with machine.events("request") as events:
        assert machine.post("/boards/%s/echo" % PICO, body).body == body
        took = events.until("request")["durationMicroseconds"] / 1e6
    measured("%d bytes there and back" % size, took)
    link = machine.status(PICO)["link"]
    assert link["checkErrors"] == 0


def test_unplugged_in_the_middle_of_a_request(machine, measured):
    machine.serve()
    machine.plug("pico")
    machine.wait(PICO)
    with machine.events() as events, machine.connection() as connection:
        ask_and_hang(machine, connection, PICO)
        began = machine.unplug("pico")
        response = connection.getresponse()
        problem = machine.problem(response)
        assert (response.status, problem["type"]) == (502, "urn:boardwalk:problem:unplugged")
        assert problem["delivery"] == "may have run"
        ended = events.until("request", path="/hang")
        assert ended["status"] == 502
        measured("unplug to answered", seconds(ended["time"]) - began)
    answer = machine.get("/boards/%s/hello" % PICO)
    assert (answer.status, answer.json["delivery"]) == (503, "not sent")


def test_a_board_without_power_of_its_own_starts_again(machine, measured):
    machine.serve()
    machine.plug("pico")
    before = machine.wait(PICO)
    machine.unplug("pico", power=False)
    machine.wait(PICO, "absent")
    with machine.events() as events:
        measured("plug to serving, again", serving_after(machine, events, PICO, machine.plug("pico")))
    after = machine.status(PICO)
    assert after["firmware"]["bootID"] != before["firmware"]["bootID"]
    assert after["generation"] == before["generation"] + 1
    assert machine.get("/boards/%s/hello" % PICO).body == b"hello"


def test_two_boards_that_change_places(machine):
    """Another socket, another node, the same boards: they run on, so their boot ids tell them apart."""
    machine.serve()
    machine.plug("pico", 0)
    pico = machine.wait(PICO)
    machine.plug("pyboard", 1)
    pyboard = machine.wait(PYBOARD)
    assert (pico["port"], pyboard["port"]) == ("/dev/ttyACM0", "/dev/ttyACM1")
    assert pico["firmware"]["bootID"] != pyboard["firmware"]["bootID"]
    machine.unplug("pico")
    machine.unplug("pyboard")
    with machine.events("attached,state") as events:
        machine.plug("pyboard", 0)
        assert events.until("attached", board=PYBOARD)["node"] == "/dev/ttyACM0"
        machine.plug("pico", 1)
        assert events.until("attached", board=PICO)["node"] == "/dev/ttyACM1"
    for name, before in ((PICO, pico), (PYBOARD, pyboard)):
        after = machine.wait(name)
        assert after["firmware"]["bootID"] == before["firmware"]["bootID"]
        assert after["port"] != before["port"]
        assert machine.get("/boards/%s/hello" % name).body == b"hello"
    names = {board["name"] for board in machine.get("/api/v1/boards").json["boards"]}
    assert names == {PICO, PYBOARD}


def test_a_request_waits_for_its_board(machine):
    machine.serve("--board", "pico=usb:2e8a:0005")
    with machine.connection() as connection:
        headers = {"Host": "localhost", "Prefer": "wait=30"}
        connection.request("POST", "/boards/pico/echo", b"patience", headers)
        machine.until(lambda: machine.status("pico")["requests"]["waiting"] == 1, "the request waits")
        machine.plug("pico")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"patience")
