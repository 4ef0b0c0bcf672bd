"""Running for good: what systemd is told, SIGHUP, and what `make install` puts in place."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess

import pytest
from lab import BOARDS, PATIENCE, PROGRAM, ROOT, eventually
from udev_namespace import Namespace, NamespaceError

UNIT = "usr/local/lib/systemd/system/boardwalk.service"
RULES = "usr/local/lib/udev/rules.d/70-boardwalk.rules"


class Manager:
    """What systemd is to a service: a datagram socket."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(PATIENCE)

    def next(self):
        """The next message's lines."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))

    def until(self, name):
        while True:
            message = self.next()
            if name in message:
                return message

    def close(self):
        self.socket.close()


def configure(path, *boards, **settings):
    path.write_text(json.dumps({"boards": list(boards), **settings}))


@pytest.fixture(params=["path", "abstract"])
def manager(request, lab, monkeypatch):
    address = str(lab.directory / "notify")
    if request.param == "abstract":
        address = "\0boardwalk-test-%d" % os.getpid()
    monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))
    with contextlib.closing(Manager(address)) as manager:
        yield manager


def test_what_systemd_is_told(lab, manager):
    path = lab.directory / "boardwalk.json"
    configure(path, {"name": "demo", "path": lab.path()})
    gateway = lab.serve(lab.path(), "--config", path, name="other")
    ready = manager.next()
    assert ready["READY"] == "1"
    assert str(gateway.port) in ready["STATUS"]
    os.kill(gateway.pid, signal.SIGHUP)
    reloading = manager.next()
    assert reloading["RELOADING"] == "1"
    assert int(reloading["MONOTONIC_USEC"]) > 0
    assert manager.next() == {"READY": "1"}
    gateway.process.send_signal(signal.SIGTERM)
    assert manager.next()["STOPPING"] == "1"
    assert gateway.process.wait(PATIENCE) == 0


def test_the_watchdog(lab, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    gateway = lab.serve(lab.path())
    manager.until("READY")
    assert [manager.next() for _ in range(5)] == [{"WATCHDOG": "1"}] * 5
    # Stopped, it says nothing more.
    os.kill(gateway.pid, signal.SIGSTOP)
    manager.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        for _ in range(10):
            manager.next()
    os.kill(gateway.pid, signal.SIGCONT)
    manager.socket.settimeout(PATIENCE)
    assert manager.next() == {"WATCHDOG": "1"}


def test_a_watchdog_that_watches_another_process(lab, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "1000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    gateway = lab.serve(lab.path())
    assert "READY" in manager.next()
    gateway.process.send_signal(signal.SIGTERM)
    assert "STOPPING" in manager.next()


@pytest.mark.parametrize("address", ["/nowhere/at/all", "vsock:2:1", "x" * 300])
def test_a_manager_that_is_not_there(lab, monkeypatch, address):
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    gateway = lab.serve(lab.path())
    assert gateway.get("/health").status == 200
    assert gateway.end()[0] == 0


def names(gateway):
    return [board["name"] for board in gateway.get("/api/v1/boards").json["boards"]]


def test_sighup_touches_no_board_that_stays(lab):
    path = lab.directory / "boardwalk.json"
    stays, goes, comes = (lab.simulate() for _ in range(3))
    configure(path, {"name": "stays", "path": stays.path}, {"name": "goes", "path": goes.path})
    gateway = lab.serve(lab.path(), "--config", path, name="flag")
    before = gateway.wait(name="stays")
    gateway.wait(name="goes")
    with gateway.events("/boards/stays/events", listening=False) as events:
        assert gateway.post("/boards/stays/tick").status == 204
        assert events.next()["data"] == "event 0"
        configure(path, {"name": "comes", "path": comes.path}, {"name": "stays", "path": stays.path})
        os.kill(gateway.pid, signal.SIGHUP)
        gateway.line("settings read again")
        gateway.wait(name="comes")
        assert names(gateway) == ["flag", "comes", "stays"]
        assert gateway.get("/boards/goes/hello").status == 404
        # Not even a request that was under way has noticed.
        assert gateway.post("/boards/stays/tick").status == 204
        assert events.next()["data"] == "event 1"
    after = gateway.board("stays")
    assert after["link"]["sessions"] == before["link"]["sessions"] == 1
    assert after["generation"] == before["generation"]
    assert after["firmware"]["bootID"] == before["firmware"]["bootID"]


def test_sighup_with_wrong_settings_changes_nothing(lab):
    path = lab.directory / "boardwalk.json"
    simulator = lab.simulate()
    demo = {"name": "demo", "path": simulator.path}
    configure(path, demo)
    gateway = lab.serve(lab.path(), "--config", path, name="flag")
    gateway.wait()
    configure(path, {"name": "demo", "path": 7}, {"name": "other", "path": "/x"})
    os.kill(gateway.pid, signal.SIGHUP)
    gateway.line(r"boards\[0\]\.path.*should be a text")
    gateway.line("settings stay as they were")
    path.unlink()
    seen = len(gateway.lines)
    os.kill(gateway.pid, signal.SIGHUP)
    gateway.line("cannot be read", after=seen)
    assert names(gateway) == ["flag", "demo"]
    assert gateway.link()["sessions"] == 1
    # And it says what only a restart changes.
    configure(path, demo, listen="127.0.0.1:1", maxBody=5, deadline=2)
    os.kill(gateway.pid, signal.SIGHUP)
    assert gateway.line(r"(\S.*) changed, which takes a restart").group(1).endswith("maxBody")
    assert gateway.post("/boards/demo/echo", bytes(6)).status == 200
    assert "within 2 s" in gateway.get("/boards/demo/hang").json["detail"]


def install(destination, target="install"):
    subprocess.run(
        ["make", "--no-print-directory", target, "DESTDIR=%s" % destination, "PROGRAM=%s" % PROGRAM],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def files(destination):
    return sorted(str(path.relative_to(destination)) for path in destination.rglob("*") if path.is_file())


def test_install_and_uninstall(tmp_path):
    install(tmp_path)
    assert files(tmp_path) == ["etc/boardwalk.json", "usr/local/bin/boardwalk", UNIT, RULES]
    unit = (tmp_path / UNIT).read_text()
    assert "ExecStart=/usr/local/bin/boardwalk serve --config /etc/boardwalk.json" in unit
    assert not re.search(r"@[A-Z]+@", unit)
    # What was installed is a configuration that is right.
    check = [tmp_path / "usr/local/bin/boardwalk", "config", "--check", tmp_path / "etc/boardwalk.json"]
    subprocess.run(check, check=True, capture_output=True, timeout=PATIENCE)
    # Settings that are the user's own stay, in both directions.
    (tmp_path / "etc/boardwalk.json").write_text("{}")
    install(tmp_path)
    assert (tmp_path / "etc/boardwalk.json").read_text() == "{}"
    install(tmp_path, "uninstall")
    assert files(tmp_path) == ["etc/boardwalk.json"]


def test_uninstall_leaves_nothing_of_ours(tmp_path):
    install(tmp_path)
    install(tmp_path, "uninstall")
    assert files(tmp_path) == []
    install(tmp_path, "uninstall")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not there")
def test_systemd_takes_the_unit(tmp_path):
    install(tmp_path)
    unit = tmp_path / "boardwalk.service"
    unit.write_text((tmp_path / UNIT).read_text().replace("/usr/local/bin/boardwalk", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=PATIENCE
    )
    ours = [line for line in done.stderr.splitlines() if str(unit) in line]
    assert ours == []


def test_the_rules_name_the_ids_that_are_claimed():
    """Claim.defaults and the rules are written by hand, each in its own language."""
    claims = (ROOT / "Sources/Boards/Claims/Claim.swift").read_text()
    ids = re.findall(r"vendorID: 0x(\w{4}), productIDs: 0x(\w{4})\.\.\.0x(\w{4})", claims)
    rules = (ROOT / "Sources/boardwalk/Resources/70-boardwalk.rules").read_text()
    patterns = re.findall(r'ATTRS\{idVendor\}=="(\w+)", ATTRS\{idProduct\}=="([^"]+)"', rules)
    assert ids and len(ids) == len(patterns)
    for (vendor, low, high), (rule_vendor, pattern) in zip(ids, patterns, strict=True):
        assert vendor == rule_vendor
        matching = [number for number in range(0x10000) if re.fullmatch(pattern, "%04x" % number)]
        assert matching == list(range(int(low, 16), int(high, 16) + 1))


def test_a_gateway_that_is_killed_is_back_at_once(lab):
    """Without a reset of its board."""
    gateway = lab.bench()
    boot = gateway.board()["firmware"]["bootID"]
    gateway.process.kill()
    second = lab.serve(gateway.simulator.path)
    assert eventually(lambda: second.board()["state"] == "serving", "it serves", patience=5)
    assert second.wait()["firmware"]["bootID"] == boot


def test_sighup_touches_no_device_that_stays(tmp_path):
    """The same for boards that were plugged in, and that the file claims."""
    path = tmp_path / "boardwalk.json"
    with Namespace() as ns:
        for number in range(3):
            port = str(tmp_path / ("port%d" % number))
            ns.popen([PROGRAM, "simulate", BOARDS / "small.py", "--link", port])
            eventually(lambda: os.path.islink(port), "the port is there")  # noqa: B023
            ns.plug("ttyACM%d" % number, port, port="1-%d" % (number + 1), serial="s%d" % number)
        stays, goes, comes = ({"name": "b%d" % number, "serial": "s%d" % number} for number in range(3))
        ns.plug("ttyACM3", port="1-4", serial="s3")
        configure(path, stays, goes, defaults=False)
        gateway = ns.popen(
            [PROGRAM, "serve", "--no-history", "--listen", "127.0.0.1:8080", "--config", path],
            stderr=subprocess.DEVNULL,
        )

        def states():
            with contextlib.suppress(OSError, NamespaceError):
                boards = ns.http("GET", "/api/v1/boards", 8080).json["boards"]
                return {board["name"]: (board["state"], board["link"]["sessions"]) for board in boards}

        both = {"b0": ("serving", 1), "b1": ("serving", 1)}
        eventually(lambda: states() == both, "both boards serve")
        configure(path, comes, stays)
        gateway.send_signal(signal.SIGHUP)
        both = {"b0": ("serving", 1), "b2": ("serving", 1)}
        eventually(lambda: both.items() <= states().items(), "the new one serves, and the old one goes on")
        # What is claimed by default counts among the claims.
        others = {"board-in-fs-mode-s1", "board-in-fs-mode-s3"}
        eventually(lambda: states().keys() == both.keys() | others, "the rest is claimed by default")
        gateway.terminate()
        assert gateway.wait(PATIENCE) == 0
