"""A board behind an FTDI adapter: not opened unless somebody claims it."""

import os

import pytest
from adapter import Adapter
from machine import seconds

PORT = "/dev/ttyUSB0"


@pytest.fixture
def adapter(machine, lab):
    with Adapter(machine, lab.simulate().path) as adapter:
        yield adapter
    machine.until(lambda: machine.run("test", "-e", PORT)[0], "the adapter has gone")


def latency(machine):
    """The driver's milliseconds of waiting for more bytes."""
    return machine.read("/sys/class/tty/ttyUSB0/device/latency_timer")


def test_nothing_is_opened_that_nobody_claimed(machine, adapter):
    machine.serve()
    adapter.plug()
    device = machine.until(lambda: machine.devices().get(PORT), "the device is known")
    assert (device["vendorID"], device["productID"]) == ("0403", "6001")
    assert (device["driver"], device["serialNumber"]) == ("ftdi_sio", adapter.serial)
    assert "claim" not in device and "board" not in device
    names = [board["name"] for board in machine.get("/api/v1/boards").json["boards"]]
    assert not [name for name in names if adapter.serial.lower() in name]
    # Neither the gateway nor anybody else holds it, and nobody has told the driver to hurry.
    assert machine.run("sh", "-c", "exec 3<>%s && flock -n 3" % PORT, user=True) == [0, ""]
    assert latency(machine) != "1\n"


@pytest.mark.parametrize("claim", ["serial:" + Adapter.serial, "usb:0403:6001", PORT])
def test_claimed(machine, adapter, measured, claim):
    machine.serve("--board", "bridge=%s,baud=921600" % claim)
    assert machine.status("bridge")["state"] == "absent"
    with machine.events("attached,state") as events:
        began = machine.call("time")
        adapter.plug()
        event = events.until("state", board="bridge", state="serving")
        measured("plug to serving", seconds(event["time"]) - began)
    assert machine.status("bridge")["port"] == PORT
    assert machine.get("/boards/bridge/hello").body == b"hello"
    assert latency(machine) == "1\n"  # ASYNC_LOW_LATENCY
    body = os.urandom(10_000)
    assert machine.post("/boards/bridge/echo", body).body == body


def test_unplugged_in_the_middle_of_a_request(machine, adapter, measured):
    machine.serve("--board", "bridge=serial:" + adapter.serial)
    adapter.plug()
    machine.wait("bridge")
    with machine.events() as events, machine.connection() as connection:
        connection.request("GET", "/boards/bridge/hang", headers={"Host": "localhost"})
        machine.until(lambda: machine.status("bridge")["requests"]["running"] == 1, "the request runs")
        began = machine.call("time")
        adapter.unplug()
        response = connection.getresponse()
        problem = machine.problem(response)
        assert (response.status, problem["type"]) == (502, "urn:boardwalk:problem:unplugged")
        ended = events.until("request", path="/hang")
        measured("unplug to answered", seconds(ended["time"]) - began)
    machine.wait("bridge", "absent")
    adapter.plug()
    machine.wait("bridge")
    assert machine.get("/boards/bridge/hello").body == b"hello"
