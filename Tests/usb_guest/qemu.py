"""QEMU with Debian's kernel, the host's files, and USB; it ends with the tests, whatever becomes of them."""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import prepare
from lab import PATIENCE, ROOT, eventually

HERE = Path(__file__).resolve().parent
RULES = ROOT / "Sources/boardwalk/Resources"
LIFE = 280  # seconds after which a guest is ended, whatever it does
GUEST_PORT = 8080
FTDI_SERIAL = "FT0BOARD"
_prctl = ctypes.CDLL(None).prctl


def _end_with_the_tests():
    _prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: `timeout` passes it on


class GuestError(Exception):
    """The guest could not do what it was told, or is not there."""


def share(tag, path):
    """QEMU's options for a directory of the host that the guest may read."""
    options = "security_model=none,readonly=on,multidevs=remap"
    return "-virtfs", "local,path=%s,mount_tag=%s,%s" % (path, tag, options)


class QEMU:
    """The process, and the sockets that lead into it."""

    def __init__(self):
        prepare.prepare()
        self.directory = Path(tempfile.mkdtemp(prefix="boardwalk-guest-"))
        self.agent = None
        with (self.directory / "qemu.log").open("w") as log:
            self.process = subprocess.Popen(
                ["timeout", "-k", "2", str(LIFE), *self.command()],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_the_tests,
            )
        try:
            self.agent = self.connect("agent")
            self.port = self.forwarded_port()
        except BaseException:
            self.close()
            raise

    def command(self):
        """QEMU's command line. /dev/kvm is not asked for: many machines that build have none."""
        start = {"GUEST": HERE / "guest", "RULES": RULES, "PYTHON": sys.executable}
        for value in (*start.values(), prepare.OVERLAY):
            if re.search(r"[\s\",]", str(value)):
                raise GuestError("the path %s has a character that QEMU or the kernel would part at" % value)
        words = "console=ttyS0 quiet panic=-1 tsc=reliable mitigations=off random.trust_cpu=on"
        append = " ".join([words, *("%s=%s" % item for item in start.items())])
        sockets = []
        for name in ("agent", "monitor", "bridge"):
            place = "socket,id=%s,path=%s,server=on,wait=off" % (name, self.directory / name)
            sockets += ["-chardev", place]
        return [
            *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"),
            *("-M", "q35", "-m", "1024", "-nodefaults", "-no-user-config"),
            *("-display", "none", "-no-reboot", "-serial", "file:%s" % (self.directory / "console.log")),
            *("-kernel", str(prepare.KERNEL), "-initrd", str(prepare.INITRAMFS), "-append", append),
            *share("host", "/"),
            *share("over", prepare.OVERLAY),
            # Into the guest leads one port, out of it nothing.
            *("-netdev", "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:0-10.0.2.15:%d" % GUEST_PORT),
            *("-device", "virtio-net-pci,netdev=net", *sockets, "-mon", "chardev=monitor"),
            *("-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent"),
            # An FTDI adapter, which is plugged in while somebody is at the other end of its line.
            *("-device", "qemu-xhci,id=usb"),
            *("-device", "usb-serial,bus=usb.0,chardev=bridge,serial=" + FTDI_SERIAL),
        ]

    def connect(self, name):
        """One of QEMU's sockets, once it is there."""
        path = str(self.directory / name)

        def probe():
            self.check()
            end = socket.socket(socket.AF_UNIX)
            try:
                end.connect(path)
                return end
            except OSError:
                end.close()
                return None

        end = eventually(probe, "QEMU's socket " + name)
        end.settimeout(PATIENCE)
        return end

    def forwarded_port(self):
        """The host's port that leads to the gateway, which QEMU chose."""
        with self.connect("monitor") as monitor:
            monitor.sendall(b"info usernet\n")
            text = ""
            while True:
                found = re.search(r"TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)", text)
                if found:
                    return int(found.group(1))
                piece = monitor.recv(4096).decode(errors="replace")
                if not piece:
                    raise GuestError("QEMU has ended\n" + self.told())
                text += piece

    def told(self):
        """The last that QEMU and the guest's console said."""
        logs = [self.directory / name for name in ("qemu.log", "console.log")]
        return "\n".join(log.read_text(errors="replace")[-4000:] for log in logs if log.exists())

    def check(self):
        if self.process.poll() is not None:
            raise GuestError("the guest has ended (%d)\n%s" % (self.process.returncode, self.told()))

    def close(self):
        if self.agent:
            self.agent.close()  # which ends the agent, and with it the guest
        try:
            self.process.wait(5 if self.agent else 0)
        except subprocess.TimeoutExpired:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
