"""Boards that come and go under a running gateway: real libudev and MicroPython, in a private machine."""

import json
import os
import subprocess
import time

import pytest
from lab import BOARDS, PROGRAM, eventually
from udev_namespace import Namespace

PORT = 8080
SERIAL = "e6614103e7452d2f"
NAME = "board-in-fs-mode-" + SERIAL


class Machine(Namespace):
    """A machine with a gateway on it."""

    def serve(self, *options):
        self.gateway = self.popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:%d" % PORT, "--no-history", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self.listens, "the gateway listens")

    def listens(self):
        try:
            return self.get("/health").status == 200
        except Exception:  # it is not there yet
            return False

    def simulate(self, name="x", app="workshop.py"):
        """A simulated board; returns the path of its terminal."""
        link = "/run/boards/" + name
        self.run(["mkdir", "-p", "/run/boards"], check=True)
        self.popen(
            [PROGRAM, "simulate", BOARDS / app, "--link", link],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(lambda: self.run(["test", "-e", link]).returncode == 0, "the board's terminal")
        return link

    def board_in(self, name="ttyACM0", link=None, serial=SERIAL, **options):
        self.plug(name, link, serial=serial, model="Board in FS mode", **options)

    def get(self, target, method="GET", body=None, **headers):
        return self.http(method, target, PORT, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def board(self, name=NAME):
        return self.get("/api/v1/boards/" + name).json

    def wait(self, state, name=NAME):
        eventually(lambda: self.board(name).get("state") == state, "%s is %s" % (name, state))

    def devices(self):
        return {device["node"]: device for device in self.get("/api/v1/devices").json["devices"]}

    def follow(self, types="attached,detached,state"):
        events = self.events("/api/v1/events?type=" + types, PORT)
        events.next()
        return events


@pytest.fixture
def machine():
    with Machine() as machine:
        yield machine


def test_a_board_serves_under_its_own_name_when_it_is_plugged_in(machine):
    link = machine.simulate()
    machine.serve()
    assert machine.get("/api/v1/boards").json == {"boards": []}
    with machine.follow() as events:
        machine.board_in("ttyACM0", link)
        attached = events.until("attached")
        assert (attached["board"], attached["node"]) == (NAME, "/dev/ttyACM0")
        assert (attached["vendorID"], attached["productID"]) == ("2e8a", "0005")
        assert attached["serialNumber"] == SERIAL
        for state in ("opening", "probing", "serving"):
            assert events.until("state")["state"] == state
        assert machine.get("/boards/%s/hello" % NAME).body == b"hello"
        device = machine.devices()["/dev/ttyACM0"]
        assert device["board"] == NAME and "2e8a:0005" in device["claim"]
        machine.unplug("ttyACM0")
        assert events.until("detached")["board"] == NAME
        assert events.until("state")["state"] == "absent"
    assert machine.board()["state"] == "absent" and machine.devices() == {}


def test_a_board_that_is_there_at_the_start(machine):
    machine.board_in("ttyACM0", machine.simulate())
    machine.serve()
    machine.wait("serving")


def test_another_port_another_node_the_same_board(machine):
    link = machine.simulate()
    machine.serve()
    machine.board_in("ttyACM0", link)
    machine.wait("serving")
    first = machine.board()
    machine.unplug("ttyACM0")
    machine.board_in("ttyACM1", link, port="2-1.4")
    eventually(lambda: machine.board().get("port") == "/dev/ttyACM1", "the new node")
    machine.wait("serving")
    second = machine.board()
    assert second["generation"] == first["generation"] + 1
    assert [board["name"] for board in machine.get("/api/v1/boards").json["boards"]] == [NAME]
    assert machine.get("/boards/%s/hello" % NAME).body == b"hello"


def test_a_new_node_before_the_old_one_has_gone(machine):
    """A board that re-enumerates faster than its old port closes."""
    one, two = machine.simulate("one"), machine.simulate("two")
    machine.serve()
    machine.board_in("ttyACM0", one)
    machine.wait("serving")
    machine.board_in("ttyACM1", two, port="1-4")
    eventually(lambda: machine.devices().get("/dev/ttyACM1", {}).get("conflict"), "both want one name")
    assert machine.board()["port"] == "/dev/ttyACM0"
    machine.unplug("ttyACM0")
    eventually(lambda: machine.board().get("port") == "/dev/ttyACM1", "the new node")
    machine.wait("serving")


def test_unplugged_in_the_middle_of_requests(machine):
    machine.board_in("ttyACM0", machine.simulate())
    machine.serve()
    machine.wait("serving")
    # Connections are made one after the other: the helper takes one call at a time.
    connections = [machine.connection(PORT) for _ in range(6)]
    for connection in connections:
        connection.request("GET", "/boards/%s/hang" % NAME, headers={"Host": "localhost"})
    eventually(lambda: machine.board()["requests"]["running"] == 6, "six requests run")
    machine.unplug("ttyACM0")
    for connection in connections:
        response = connection.getresponse()
        problem = json.loads(response.read())
        assert (response.status, problem["type"]) == (502, "urn:boardwalk:problem:unplugged")
        assert problem["delivery"] == "may have run"
        connection.close()
    answer = machine.get("/boards/%s/hello" % NAME)
    assert (answer.status, answer.json["delivery"]) == (503, "not sent")


def test_nothing_is_opened_that_nobody_claimed(machine):
    link = machine.simulate()
    machine.serve()
    machine.plug("ttyUSB0", link, vendor="0403", product="6001", serial="A5", driver="ftdi_sio")
    eventually(lambda: "/dev/ttyUSB0" in machine.devices(), "the device is known")
    device = machine.devices()["/dev/ttyUSB0"]
    assert "claim" not in device and "board" not in device
    assert machine.get("/api/v1/boards").json == {"boards": []}
    # Neither the gateway nor anybody else holds it: another program can have it for itself.
    assert machine.run(["sh", "-c", "exec 3<>/dev/ttyUSB0 && flock -n 3"]).returncode == 0


@pytest.mark.parametrize(
    "claim",
    ["usb:0403:6001", "serial:A5", "usb:0403,serial=A5,lines=none", "socket:1-7", "/dev/ttyUSB0"],
)
def test_ways_to_claim(machine, claim):
    link = machine.simulate()
    machine.serve("--board", "bridge=" + claim, "--board", "other=serial:nobody")
    assert machine.board("bridge")["state"] == "absent"
    machine.plug("ttyUSB0", link, vendor="0403", product="6001", serial="A5", driver="ftdi_sio", port="1-7")
    machine.wait("serving", "bridge")
    assert machine.board("other")["state"] == "absent"
    assert machine.get("/boards/bridge/hello").body == b"hello"


def test_two_devices_and_one_claim(machine):
    machine.serve("--board", "pico=usb:2e8a:0005")
    machine.board_in("ttyACM0", machine.simulate("one"), serial="A", port="1-1", settle=False)
    machine.board_in("ttyACM1", machine.simulate("two"), serial="B", port="1-2", settle=False)
    machine.settle()
    eventually(lambda: len(machine.devices()) == 2, "two devices")

    def told():
        return [d for d in machine.devices().values() if "pico" in (d.get("conflict") or "")]

    eventually(told, "somebody is told")
    # Whichever came first may serve; the configuration is wrong all the same, and it says so.
    assert all("serial number" in device["conflict"] for device in told())
    machine.unplug("ttyACM0")
    machine.wait("serving", "pico")
    assert machine.board("pico")["port"] == "/dev/ttyACM1" and not told()


def test_one_device_and_two_claims(machine):
    machine.serve("--board", "one=usb:2e8a:0005", "--board", "two=serial:" + SERIAL)
    machine.board_in("ttyACM0", machine.simulate())
    for name in ("one", "two"):
        machine.wait("failed", name)
        assert "one and two" in machine.board(name)["reason"]
    assert "one and two" in machine.devices()["/dev/ttyACM0"]["conflict"]


def test_prefer_wait(machine):
    link = machine.simulate()
    machine.serve("--board", "pico=serial:" + SERIAL)
    answer = machine.get("/boards/pico/hello")
    assert (answer.status, answer.json["delivery"]) == (503, "not sent")
    started = time.monotonic()
    answer = machine.get("/boards/pico/hello", Prefer="wait=1")
    assert answer.status == 503 and time.monotonic() - started >= 1
    connection = machine.connection(PORT)
    connection.request("POST", "/boards/pico/echo", b"patience", {"Host": "localhost", "Prefer": "wait=30"})
    eventually(lambda: machine.board("pico")["requests"]["waiting"] == 1, "the request waits")
    machine.board_in("ttyACM0", link)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"patience")
    assert response.headers["Preference-Applied"] == "wait"


def test_a_client_that_waits_and_goes(machine):
    machine.serve("--board", "pico=serial:" + SERIAL)
    connection = machine.connection(PORT)
    connection.request("GET", "/boards/pico/hello", headers={"Host": "localhost", "Prefer": "wait=300"})
    eventually(lambda: machine.board("pico")["requests"]["waiting"] == 1, "the request waits")
    connection.close()
    eventually(lambda: machine.board("pico")["requests"]["waiting"] == 0, "nobody waits")


def test_release_and_acquire(machine):
    machine.board_in("ttyACM0", machine.simulate())
    machine.serve()
    machine.wait("serving")
    take = ["sh", "-c", "exec 3<>/dev/ttyACM0 && flock -n 3"]
    assert machine.run(take).returncode != 0
    connection = machine.connection(PORT)
    connection.request("GET", "/boards/%s/hang" % NAME, headers={"Host": "localhost"})
    eventually(lambda: machine.board()["requests"]["running"] == 1, "a request runs")
    released = machine.get("/api/v1/boards/%s/release?for=20m" % NAME, "POST")
    assert (released.status, released.json["state"]) == (200, "held")
    problem = json.loads(connection.getresponse().read())
    assert problem["type"] == "urn:boardwalk:problem:released"
    eventually(lambda: machine.run(take).returncode == 0, "another program has the port")
    answer = machine.get("/boards/%s/hello" % NAME)
    assert answer.status == 503 and "held" in answer.json["detail"]
    # Coming and going changes nothing: it is the user's to take back.
    machine.get("/api/v1/boards/%s/acquire" % NAME, "POST")
    machine.wait("serving")
    assert machine.get("/boards/%s/hello" % NAME).body == b"hello"


def test_a_port_that_was_let_go_comes_back_by_itself(machine):
    machine.board_in("ttyACM0", machine.simulate())
    machine.serve()
    machine.wait("serving")
    with machine.follow("state") as events:
        machine.get("/api/v1/boards/%s/release?for=300ms" % NAME, "POST")
        assert events.until("state")["state"] == "held"
        assert events.until("state", state="serving")


@pytest.mark.parametrize("query", ["for=", "for=soon", "for=0", "for=25h", "for=-3s"])
def test_bad_release_times(machine, query):
    machine.serve("--board", "pico=/run/nothing")
    answer = machine.get("/api/v1/boards/pico/release?" + query, "POST")
    assert (answer.status, answer.json["type"]) == (400, "urn:boardwalk:problem:bad-query")
    assert machine.get("/api/v1/boards/pico/release").status == 405


def test_a_held_port_names_its_holder(machine):
    machine.board_in("ttyACM0", machine.simulate())
    machine.run(["true"], check=True)
    holder = machine.popen(["sh", "-c", "exec 3<>/dev/ttyACM0; flock 3; echo got it; exec sleep 1000"],
                           stdout=subprocess.PIPE)  # fmt: skip
    assert holder.stdout.readline() == b"got it\n"
    machine.serve()
    machine.wait("failed")
    assert "sleep" in machine.board()["reason"] and "PID" in machine.board()["reason"]
    holder.kill()
    holder.wait()
    machine.wait("serving")


def test_a_board_with_two_ports(machine):
    one, two = machine.simulate("one"), machine.simulate("two")
    machine.serve()
    machine.board_in("ttyACM0", one, interface=0)
    machine.board_in("ttyACM1", two, interface=2)
    machine.wait("serving")
    machine.wait("serving", NAME + "-if2")


def test_storms_end_in_the_true_state(machine):
    machine.serve()
    names = {}
    for n in range(4):
        node = "ttyACM%d" % n
        names[node] = machine.simulate(node)
        machine.board_in(node, names[node], serial="S%d" % n, port="1-%d" % (n + 1))
    for n in range(4):
        machine.wait("serving", "board-in-fs-mode-s%d" % n)
    there, seconds = machine.storm(sorted(names), 200)
    print("200 events in %.0f ms" % (1000 * seconds))
    eventually(lambda: set(machine.devices()) == {"/dev/" + node for node in there}, "the true devices")
    for n in range(4):
        state = "serving" if "ttyACM%d" % n in there else "absent"
        machine.wait(state, "board-in-fs-mode-s%d" % n)


def test_without_udevd(machine_without_udevd):
    machine = machine_without_udevd
    link = machine.simulate()
    machine.serve()
    machine.board_in("ttyACM0", link)
    machine.wait("serving")
    machine.unplug("ttyACM0")
    machine.wait("absent")


@pytest.fixture
def machine_without_udevd():
    with Machine(udevd=False) as machine:
        yield machine


def test_cycles_in_the_middle_of_requests_leak_nothing(machine):
    link = machine.simulate()
    machine.serve()

    def cycle(n):
        node = "ttyACM%d" % (n % 3)
        machine.board_in(node, link, port="1-%d" % (n % 3 + 1))
        connection = machine.connection(PORT)
        target = "/boards/%s/hang" % NAME
        connection.request("GET", target, headers={"Host": "localhost", "Prefer": "wait=30"})
        eventually(lambda: machine.board()["requests"]["running"] == 1, "the request runs")
        machine.unplug(node)
        response = connection.getresponse()
        assert json.loads(response.read())["type"] == "urn:boardwalk:problem:unplugged"
        connection.close()

    def descriptors():
        return len(os.listdir("/proc/%d/fd" % machine.gateway.pid))

    # A board that was never there is no board yet.
    machine.board_in("ttyACM0", link)
    machine.wait("serving")
    machine.unplug("ttyACM0")
    machine.wait("absent")
    for n in range(10):
        cycle(n)
    before = descriptors()
    for n in range(60):
        cycle(n)
    eventually(lambda: descriptors() <= before, "no descriptor more than before")


def test_a_killed_gateway_serves_again_and_resets_nothing(machine):
    machine.board_in("ttyACM0", machine.simulate())
    machine.serve()
    machine.wait("serving")
    before = machine.board()["firmware"]["bootID"]
    machine.gateway.kill()
    machine.gateway.wait()
    machine.serve()
    machine.wait("serving")
    assert machine.board()["firmware"]["bootID"] == before
    assert machine.get("/boards/%s/hello" % NAME).body == b"hello"


def test_a_burst_of_200_events_ends_in_the_true_state(machine):
    """As fast as messages can be sent: the last of them takes the board away, or leaves it."""
    machine.serve()
    link = machine.simulate()
    machine.board_in("ttyACM0", link)
    machine.wait("serving")
    generation = machine.board()["generation"]
    began = time.monotonic()
    machine.flood("ttyACM0", 200)
    print("200 events in %.0f ms" % (1000 * (time.monotonic() - began)))
    assert machine.get("/boards/%s/hello" % NAME).body == b"hello"
    assert (machine.board()["state"], machine.board()["generation"]) == ("serving", generation)
    machine.flood("ttyACM0", 199)
    machine.unplug("ttyACM0")
    machine.wait("absent")
    assert machine.devices() == {}
