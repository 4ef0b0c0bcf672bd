"""Boards in the guest: a USB device with a serial port, and behind it a simulated board.

`dummy_hcd` is a USB controller whose sockets are wired to the kernel's own device side, where
configfs makes devices of any number and name. So the host side is cdc_acm and the USB core as ever.
"""

import os
import subprocess
import time
from pathlib import Path

from pump import Pump, open_raw

GADGETS = Path("/sys/kernel/config/usb_gadget")
ENGLISH = "strings/0x409"
PATIENCE = 20


def eventually(probe, what):
    deadline = time.monotonic() + PATIENCE
    while not probe():
        if time.monotonic() > deadline:
            raise TimeoutError("not within %d s: %s" % (PATIENCE, what))
        time.sleep(0.005)


class Gadget:
    """A CDC-ACM device as MicroPython's is, with one serial port."""

    def __init__(self, name, vendor, product, serial, maker="MicroPython", model="Board in FS mode"):
        self.directory = GADGETS / name
        self.directory.mkdir()
        for attribute, value in (
            ("idVendor", "0x" + vendor),
            ("idProduct", "0x" + product),
            ("bcdDevice", "0x0100"),
            ("bcdUSB", "0x0200"),
            # A device of several interfaces that belong together, which the port's two do.
            ("bDeviceClass", "0xEF"),
            ("bDeviceSubClass", "2"),
            ("bDeviceProtocol", "1"),
        ):
            self.write(attribute, value)
        (self.directory / ENGLISH).mkdir()
        for attribute, value in (("serialnumber", serial), ("manufacturer", maker), ("product", model)):
            self.write(ENGLISH + "/" + attribute, value)
        function = self.directory / "functions" / ("acm." + name)
        function.mkdir()
        (self.directory / "configs/c.1").mkdir()
        (self.directory / "configs/c.1/function").symlink_to(function)
        # The device side's port; what the gateway opens is a ttyACM of the kernel's choice.
        self.port = "/dev/ttyGS" + (function / "port_num").read_text().strip()
        eventually(lambda: os.path.exists(self.port), self.port)

    def write(self, attribute, value):
        (self.directory / attribute).write_text(value + "\n")

    def bind(self, socket):
        """Puts it into this socket of `dummy_hcd`; returns the time just before."""
        now = time.time()
        self.write("UDC", "dummy_udc.%d" % socket)
        return now

    def unbind(self):
        now = time.time()
        self.write("UDC", "")
        return now


class Board:
    """A gadget with a MicroPython behind it, which runs on when it is unplugged, or does not."""

    def __init__(self, name, command, **identity):
        """`command` simulates a board on the terminal that it makes a link for."""
        self.gadget = Gadget(name, **identity)
        self.link = "/run/boards/" + name
        self.command = [*command, "--link", self.link]
        os.makedirs("/run/boards", exist_ok=True)
        self.simulator = None
        self.socket = None
        self.power_on()

    def power_on(self):
        log_path = Path(self.link + ".log")
        with log_path.open("w") as log:
            self.simulator = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        # It tells of the two in any order.
        eventually(lambda: "MicroPython runs" in log_path.read_text(), "MicroPython runs")
        eventually(lambda: os.path.exists(self.link), self.link)

    def power_off(self):
        self.simulator.terminate()
        try:
            self.simulator.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.simulator.kill()
            self.simulator.wait()
        self.simulator = None

    def plug(self, socket):
        if self.simulator is None:
            self.power_on()
        # Raw before anybody is at the other end: a terminal as it is at first would echo.
        self.ends = open_raw(self.gadget.port), open_raw(self.link)
        self.pump = Pump(*self.ends)
        self.socket = socket
        return self.gadget.bind(socket)

    def unplug(self, power=True):
        """Pulls it out; returns the time just before. Without power MicroPython ends as well."""
        now = self.gadget.unbind()
        self.socket = None
        self.pump.stop()
        for descriptor in self.ends:
            os.close(descriptor)
        if not power:
            self.power_off()
        return now
