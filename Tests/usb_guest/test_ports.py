"""What the real drivers make of an open port: locks, modem lines, udev's rules, and a gateway's death."""

import re
import signal

import pytest
from conftest import PICO, PYBOARD
from machine import seconds
from qemu import RULES

PORT = "/dev/ttyACM0"
DTR, RTS = 1, 2


def opens(machine, user):
    """Whether somebody else can have the port: what the shell or flock says, None when it can."""
    code, told = machine.run("sh", "-c", "exec 3<>%s && flock -n 3" % PORT, user=user)
    return (told or "flock failed") if code else None


def lines(machine):
    """Each set of modem lines that the host has driven a board's port to, as cdc_acm tells."""
    return [int(found, 16) for found in re.findall(r"rq 0x22, val 0x([0-9a-f]+)", machine.run("dmesg")[1])]


def test_nobody_else_has_a_port_that_is_held(machine):
    machine.serve()
    machine.plug("pico")
    machine.wait(PICO)
    assert "busy" in opens(machine, user=True)  # TIOCEXCL
    assert opens(machine, user=False) == "flock failed"  # root opens what it wants, and finds the lock
    code, told = machine.run("stty", "-a", "-F", PORT)
    settings = re.split(r"[\s;]+", told)
    assert code == 0
    for setting in ("-hupcl", "-icanon", "-echo", "-opost", "-icrnl", "-ixon", "-isig", "clocal"):
        assert setting in settings, told
    released = machine.post("/api/v1/boards/%s/release?for=20m" % PICO)
    assert (released.status, released.json["state"]) == (200, "held")
    for user in (True, False):
        machine.until(lambda user=user: not opens(machine, user), "another program has the port")
    answer = machine.get("/boards/%s/hello" % PICO)
    assert answer.status == 503 and "held" in answer.json["detail"]
    machine.post("/api/v1/boards/%s/acquire" % PICO)
    machine.wait(PICO)
    assert machine.get("/boards/%s/hello" % PICO).body == b"hello"


def test_modem_lines_of_a_native_usb_board(machine):
    """Up while it serves, since such boards send nothing without DTR; down when it is let go."""
    machine.serve()
    machine.plug("pico")
    machine.wait(PICO)
    assert lines(machine)[-1] == DTR | RTS
    count = len(lines(machine))
    machine.post("/api/v1/boards/%s/release?for=20m" % PICO)
    machine.until(lambda: lines(machine)[count:] == [DTR, 0], "RTS goes down, then DTR")
    machine.post("/api/v1/boards/%s/acquire" % PICO)
    machine.until(lambda: lines(machine)[count:] == [DTR, 0, DTR | RTS], "both go up again")


def test_killed_and_started_again_without_a_reset(machine, measured):
    machine.serve()
    for socket, (board, name) in enumerate((("pico", PICO), ("pyboard", PYBOARD))):
        machine.plug(board, socket)
        machine.wait(name)
    before = [machine.status(name)["firmware"]["bootID"] for name in (PICO, PYBOARD)]
    with machine.events() as events:
        start = events.start
    count = len(lines(machine))
    assert machine.kill(signal.SIGKILL) == -signal.SIGKILL
    assert nothing_dropped(lines(machine)[count:])
    began = machine.start()
    with machine.events("attached,state", after=start) as events:
        assert events.until("gap", reason="restarted")
        looked = seconds(events.until("attached")["time"])
        served = [events.until("state", state="serving") for _ in range(2)]
    measured("start to both serving", seconds(served[1]["time"]) - began)
    measured("the gateway's share, its program once loaded", seconds(served[1]["time"]) - looked)
    assert [machine.status(name)["firmware"]["bootID"] for name in (PICO, PYBOARD)] == before
    assert nothing_dropped(lines(machine)[count:])
    for name in (PICO, PYBOARD):
        assert machine.get("/boards/%s/hello" % name).body == b"hello"


def nothing_dropped(driven):
    """DTR that goes down resets some boards; RTS that does while DTR is up resets others."""
    return all(value == DTR | RTS for value in driven)


@pytest.mark.skipif(not list(RULES.glob("*.rules")), reason="there are no rules yet")
@pytest.mark.parametrize(("board", "name"), [("pico", PICO), ("pyboard", PYBOARD)])
def test_the_udev_rules(machine, board, name):
    machine.serve()
    machine.plug(board)
    machine.wait(name)  # the gateway runs as a user of the group that owns serial ports
    told = machine.run("udevadm", "info", "--query=property", PORT)[1]
    assert "ID_MM_DEVICE_IGNORE=1" in told.split()
    assert machine.run("stat", "-c", "%G %a", PORT) == [0, "dialout 660\n"]
    tty = machine.run("readlink", "-f", "/sys/class/tty/ttyACM0/device")[1].strip()
    assert machine.read(tty + "/../power/control") == "on\n"
    told = machine.run("udevadm", "info", "--query=property", tty + "/..")[1]
    assert "ID_MM_DEVICE_IGNORE=1" in told.split()
