"""Real libudev on real netlink: boards that come and go in a private machine."""

import contextlib
import json
import os
import queue
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from lab import PATIENCE, ROOT, eventually
from udev_namespace import Namespace

MONITOR = os.environ.get("BOARDWALK_DEVICE_MONITOR", str(ROOT / ".build/debug/device-monitor"))
NEVER = ["--rescan", "100000"]  # so that events alone tell
SERIAL = "e6614103e7452d2f"


class Snapshots:
    """Runs the monitor and reads what it prints."""

    def __init__(self, ns, *options):
        self.process = ns.popen([MONITOR, *options], stdout=subprocess.PIPE)
        self.queue = queue.SimpleQueue()
        self.count = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.queue.put(json.loads(line))

    def stop(self):
        """Stops the monitor, so that events wait for it; returns once all its threads stand."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def next(self):
        self.count += 1
        return self.queue.get(timeout=PATIENCE)

    def until(self, *nodes, **fields):
        """Reads on to a snapshot of exactly these nodes, whose last one has these fields."""
        deadline = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < deadline
            found = self.next()
            if [device["node"] for device in found] != ["/dev/" + node for node in nodes]:
                continue
            if not nodes or fields.items() <= found[-1].items():
                return found[-1] if len(nodes) == 1 else found


@pytest.fixture
def machine():
    assert Path(MONITOR).exists(), "%s is not there; run `swift build --product device-monitor`" % MONITOR
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Namespace(**options))


@pytest.fixture
def ns(machine):
    return machine()


def listed(ns):
    result = ns.run([MONITOR, "--list"], check=True)
    return json.loads(result.stdout)


def test_a_board_and_all_that_is_known_of_it(ns):
    snapshots = Snapshots(ns, *NEVER)
    assert snapshots.next() == []
    path = ns.plug("ttyACM0")
    board = snapshots.until("ttyACM0")
    assert board.pop("generation") == os.stat("/proc/%d/root%s" % (ns.helper.pid, path)).st_ino
    assert board == {
        "node": "/dev/ttyACM0",
        "sysPath": path,
        "vendorID": 0x2E8A,
        "productID": 5,
        "serialNumber": SERIAL,
        "manufacturer": "MicroPython",
        "product": "Board in FS mode",
        "interfaceNumber": 0,
        "usbPort": "1-3",
        "busPath": "pci-0000:00:14.0-usb-0:3:1.0",
        "driver": "cdc_acm",
        "links": [
            "/dev/serial/by-id/usb-MicroPython_Board_in_FS_mode_%s-if00" % SERIAL,
            "/dev/serial/by-path/pci-0000:00:14.0-usb-0:3:1.0",
        ],
        "isBuiltIn": False,
    }
    ns.unplug("ttyACM0")
    assert snapshots.next() == []


def test_what_is_there_before(ns):
    ns.plug("ttyACM10", port="1-4", serial="second")
    ns.plug("ttyACM2")
    snapshots = Snapshots(ns, *NEVER)
    first = snapshots.next()
    assert [device["node"] for device in first] == ["/dev/ttyACM2", "/dev/ttyACM10"]
    assert listed(ns) == first


def test_each_plug_is_another_generation(ns):
    snapshots = Snapshots(ns, *NEVER)
    generations = set()
    for _ in range(5):
        ns.plug("ttyACM0")
        generations.add(snapshots.until("ttyACM0")["generation"])
        ns.unplug("ttyACM0")
        snapshots.until()
    assert len(generations) == 5


def test_a_replug_while_nobody_looked(ns):
    """Stopped, so that both events come in at once: the remove must not take the new one away."""
    ns.plug("ttyACM0")
    snapshots = Snapshots(ns, *NEVER)
    before = snapshots.until("ttyACM0")
    snapshots.stop()
    ns.unplug("ttyACM0")
    ns.plug("ttyACM0")
    snapshots.go_on()
    after = snapshots.next()
    assert [device["sysPath"] for device in after] == [before["sysPath"]]
    assert after[0]["generation"] != before["generation"]


def test_a_board_that_comes_again_elsewhere(ns):
    snapshots = Snapshots(ns, *NEVER)
    ns.plug("ttyACM0")
    before = snapshots.until("ttyACM0")
    ns.plug("ttyACM1", port="1-4")
    ns.unplug("ttyACM0")
    after = snapshots.until("ttyACM1")
    assert after["serialNumber"] == before["serialNumber"] == SERIAL
    assert (before["usbPort"], after["usbPort"]) == ("1-3", "1-4")


def test_boards_that_swap_their_numbers(ns):
    snapshots = Snapshots(ns, *NEVER)
    ns.plug("ttyACM0", serial="one")
    ns.plug("ttyACM1", serial="two", port="1-4")
    snapshots.until("ttyACM0", "ttyACM1")
    for name in ("ttyACM0", "ttyACM1"):
        ns.unplug(name)
    ns.plug("ttyACM0", serial="two", port="1-4")
    ns.plug("ttyACM1", serial="one")
    found = snapshots.until("ttyACM0", "ttyACM1", serialNumber="one")
    assert found[0]["serialNumber"] == "two"


def test_a_board_with_two_interfaces(ns):
    snapshots = Snapshots(ns, *NEVER)
    ns.plug("ttyACM0", interface=0)
    ns.plug("ttyACM1", interface=2)
    found = snapshots.until("ttyACM0", "ttyACM1")
    assert [device["interfaceNumber"] for device in found] == [0, 2]
    assert {device["serialNumber"] for device in found} == {SERIAL}
    ns.unplug("ttyACM0")
    assert snapshots.until("ttyACM1")["generation"] == found[1]["generation"]


def test_an_adapter_of_four_ports_without_a_serial_number(ns):
    names = ["ttyUSB%d" % number for number in range(4)]
    for number, name in enumerate(names):
        ns.plug(
            name, vendor="1a86", product="55d5", serial=None, manufacturer=None, model="USB Quad_Serial",
            driver="ch344", port_number=number,
        )  # fmt: skip
    found = Snapshots(ns, *NEVER).until(*names)
    assert [device["portNumber"] for device in found] == [0, 1, 2, 3]
    assert [device["driver"] for device in found] == ["ch344"] * 4
    assert "serialNumber" not in found[0] and "manufacturer" not in found[0]
    assert len({device["busPath"] for device in found}) == 4


def test_a_change_keeps_the_generation(ns):
    snapshots = Snapshots(ns, *NEVER)
    ns.plug("ttyACM0")
    before = snapshots.until("ttyACM0")
    ns.change("ttyACM0", model="Board, renamed")
    after = snapshots.until("ttyACM0", product="Board, renamed")
    assert after["generation"] == before["generation"]
    assert "/dev/serial/by-id/usb-MicroPython_Board__renamed_%s-if00" % SERIAL in after["links"]


def test_a_port_waits_for_udevd(ns):
    """Before its rules ran, the node belongs to root alone."""
    snapshots = Snapshots(ns, *NEVER)
    assert snapshots.next() == []
    ns.plug("ttyACM0", settle=False)
    assert listed(ns) == []
    ns.plug("ttyACM1", port="1-4", settle=False)
    ns.settle()
    assert len(snapshots.until("ttyACM0", "ttyACM1")) == 2


def test_a_record_of_the_board_before(ns):
    """Replugged before udevd handled the removal: its record is not the new board's."""
    ns.plug("ttyACM0", serial="old")
    snapshots = Snapshots(ns, *NEVER)
    snapshots.until("ttyACM0", serialNumber="old")
    ns.unplug("ttyACM0", settle=False)
    ns.plug("ttyACM0", serial="new", port="1-4", settle=False)
    ns.uart("ttyS0")  # whose event makes the monitor look, between the kernel and udevd
    assert [device["node"] for device in snapshots.next()] == ["/dev/ttyS0"]
    ns.settle()
    found = snapshots.until("ttyS0", "ttyACM0", serialNumber="new")
    assert "/dev/serial/by-path/pci-0000:00:14.0-usb-0:4:1.0" in found[1]["links"]


def test_uarts_that_really_exist(ns):
    ns.uart("ttyS0", kind=0)
    ns.uart("ttyS1", kind=4)
    ns.uart("ttyAMA0", kind=32, driver="uart-pl011")
    ns.plug("ttyACM0")
    found = {device["node"]: device for device in Snapshots(ns, *NEVER).next()}
    assert list(found) == ["/dev/ttyS1", "/dev/ttyACM0", "/dev/ttyAMA0"]
    assert [device["isBuiltIn"] for device in found.values()] == [True, False, True]
    assert found["/dev/ttyAMA0"]["driver"] == "uart-pl011"


@pytest.mark.parametrize("udevd", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_a_storm_ends_in_the_true_state(machine, udevd, seed):
    ns = machine(udevd=udevd)
    names = ["ttyACM%d" % number for number in range(4)]
    for number, name in enumerate(names):
        ns.plug(name, port="1-%d" % (number + 1), serial="s%d" % number)
    snapshots = Snapshots(ns, *NEVER)
    before = snapshots.until(*names)
    plugged, seconds = ns.storm(names, events=200, seed=seed)
    truth = listed(ns)
    assert [device["node"] for device in truth] == ["/dev/" + name for name in plugged]
    last = before
    while last != truth:
        last = snapshots.next()
    # 200 events are told in fewer snapshots; each look takes what came in.
    assert snapshots.count <= 202, seconds
    old = {device["generation"] for device in before}
    assert len(old & {device["generation"] for device in truth}) < len(names)


@pytest.mark.parametrize("udevd", [True, False])
def test_an_overrun_ends_in_the_true_state(machine, udevd):
    """More events than the socket holds, and those that matter come last and are lost."""
    ns = machine(udevd=udevd)
    for number in range(3):
        ns.plug("ttyACM%d" % number, port="1-%d" % (number + 1), serial="s%d" % number)
    snapshots = Snapshots(ns, *NEVER, "--receive-buffer", "4096")
    snapshots.until("ttyACM0", "ttyACM1", "ttyACM2")
    snapshots.stop()
    ns.flood("ttyACM0", 500)
    ns.unplug("ttyACM0")
    ns.unplug("ttyACM2")
    ns.plug("ttyACM2", port="1-3", serial="again")
    assert drops(snapshots.process) > 100
    snapshots.go_on()
    snapshots.until("ttyACM1", "ttyACM2", serialNumber="again")


def drops(process):
    """Messages that the kernel did not keep for this process's netlink sockets."""
    rows = Path("/proc/%d/net/netlink" % process.pid).read_text().splitlines()[1:]
    links = Path("/proc/%d/fd" % process.pid).iterdir()
    own = {os.readlink(link).strip("socket:[]") for link in links}
    return sum(int(row.split()[8]) for row in rows if row.split()[9] in own)


def test_without_udevd_sysfs_tells(machine):
    ns = machine(udevd=False)
    snapshots = Snapshots(ns, *NEVER)
    assert snapshots.next() == []
    ns.plug("ttyUSB0", driver="ftdi_sio", vendor="0403", product="6010", interface=1, port_number=0)
    board = snapshots.until("ttyUSB0")
    assert (board["vendorID"], board["productID"]) == (0x0403, 0x6010)
    assert (board["serialNumber"], board["manufacturer"]) == (SERIAL, "MicroPython")
    assert (board["interfaceNumber"], board["portNumber"]) == (1, 0)
    assert (board["driver"], board["usbPort"], board["links"]) == ("ftdi_sio", "1-3", [])
    assert "busPath" not in board
    ns.unplug("ttyUSB0")
    assert snapshots.next() == []


def test_without_udevd_links_are_found_by_the_device(machine):
    ns = machine(udevd=False)
    ns.plug("ttyACM0")
    ns.plug("ttyACM1", port="1-4")
    ns.run(["mkdir", "-p", "/dev/serial/by-id"], check=True)
    ns.run(["ln", "-s", "../../ttyACM1", "/dev/serial/by-id/usb-mine"], check=True)
    ns.run(["ln", "-s", "../../nothing", "/dev/serial/by-id/usb-gone"], check=True)
    assert [device["links"] for device in listed(ns)] == [[], ["/dev/serial/by-id/usb-mine"]]


def test_udevd_that_comes_later(machine):
    ns = machine(udevd=False)
    ns.plug("ttyACM0")
    snapshots = Snapshots(ns, *NEVER)
    before = snapshots.until("ttyACM0")
    ns.start_udevd()
    after = snapshots.until("ttyACM0", busPath="pci-0000:00:14.0-usb-0:3:1.0")
    assert after["generation"] == before["generation"]
    assert len(after["links"]) == 2
    # udevd is listened to now: what only the kernel knows does not count yet.
    ns.plug("ttyACM1", port="1-4")
    snapshots.until("ttyACM0", "ttyACM1")


def test_a_look_now_and_then_for_where_no_event_comes(ns):
    snapshots = Snapshots(ns, "--rescan", "0.05")
    assert snapshots.next() == []
    ns.uart("ttyS0", event=False)
    assert snapshots.until("ttyS0")["isBuiltIn"]


HOSTILE = [
    (b"\x1b]0;owned\x07\x1b[2J board \r", "]0;owned[2J board"),
    ("left ‮tfel​".encode(), "left tfel"),
    (b"caf\xe9 \xff\xfe", "caf� ��"),
    ("é".encode() * 5000, "é" * 126),
    (b"../../etc/passwd", "../../etc/passwd"),
    (b"\"'`$(reboot);<script>", "\"'`$(reboot);<script>"),
    (b" \t \r", None),
]


@pytest.mark.parametrize("udevd", [True, False])
@pytest.mark.parametrize("given,shown", HOSTILE)
def test_hostile_strings(machine, udevd, given, shown):
    ns = machine(udevd=udevd)
    snapshots = Snapshots(ns, *NEVER)
    ns.plug("ttyACM0", manufacturer=given, model=given, serial=given)
    board = snapshots.until("ttyACM0")
    for field in ("manufacturer", "product", "serialNumber"):
        assert board.get(field) == shown, field


@pytest.mark.parametrize("given", ["", "+e8a", "0x2e", "2e8a0", "g000", " 2e8", b"\xff\xff\xff\xff"])
def test_hostile_numbers(ns, given):
    ns.plug("ttyACM0", vendor=given, product=given)
    (board,) = listed(ns)
    assert "vendorID" not in board and "productID" not in board


def test_noise_is_no_reason_to_end(ns):
    """Messages that are no events of libudev's kind."""
    snapshots = Snapshots(ns, *NEVER)
    assert snapshots.next() == []
    chance = random.Random(1)
    for length in [*range(1, 60), *(chance.randrange(2000) for _ in range(60))]:
        ns.noise(chance.randbytes(length))
        ns.noise(b"libudev\0\xfe\xed\xca\xfe" + chance.randbytes(length))
    ns.plug("ttyACM0")
    snapshots.until("ttyACM0")
    assert snapshots.process.poll() is None


def test_a_board_behind_the_node_can_be_used(ns):
    """What the harness is for: a terminal made inside, a node that leads to it."""
    source = (
        "import os, tty; m, s = os.openpty(); tty.setraw(s); os.symlink(os.ttyname(s), '/run/boards/x');"
        "print('ready', flush=True); os.write(m, os.read(m, 99).upper()); os.read(0, 1)"
    )
    board = ns.popen(["python3", "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert board.stdout.readline() == b"ready\n"
    ns.plug("ttyACM0", "/run/boards/x")
    port = listed(ns)[0]["links"][0]
    source = "import os, sys; f = os.open(sys.argv[1], 2); os.write(f, b'hello'); print(os.read(f, 99))"
    assert ns.run(["python3", "-c", source, port], check=True).stdout == "b'HELLO'\n"


def test_http_into_the_namespace(ns, tmp_path):
    (tmp_path / "hello").write_text("from inside")
    server = ns.popen(
        ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "8000"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert b"port 8000" in server.stdout.readline()
    answer = ns.http("GET", "/hello", 8000)
    assert (answer.status, answer.body) == (200, b"from inside")
    assert ns.http("GET", "/none", 8000).status == 404


def test_nothing_is_left(machine):
    ns = machine()
    snapshots = Snapshots(ns, *NEVER)
    assert snapshots.next() == []

    def descriptors():
        return len(os.listdir("/proc/%d/fd" % snapshots.process.pid))

    def plug_and_unplug(times):
        for _ in range(times):
            ns.plug("ttyACM0")
            snapshots.until("ttyACM0")
            ns.unplug("ttyACM0")
            snapshots.until()

    # The runtime opens some of its own at first use; a look that is under way has one or two.
    plug_and_unplug(3)
    before = descriptors()
    plug_and_unplug(20)
    eventually(lambda: descriptors() <= before, "no more descriptors than before")
    ns.close()
    assert snapshots.process.poll() is not None
    eventually(lambda: ns.helper.poll() is not None, "the helper has ended")
