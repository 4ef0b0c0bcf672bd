"""Serial ports that come and go, made of files and netlink messages: what the kernel and udevd do."""

import os
import random
import re
import shutil
import time
import tty
from pathlib import Path

from udev_messages import Messages

_RECORDS = Path("/run/udev/data")
_CONTROL = Path("/run/udev/control")
_USB = "/devices/pci0000:00/0000:00:14.0/usb%s/%s"
_MAJORS = {"ttyACM": 166, "ttyUSB": 188, "ttyS": 4, "ttyAMA": 204}


def _bytes(value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    # What stays the same is not written anew: sysfs is never seen half written.
    if not path.exists() or path.read_bytes() != _bytes(value):
        path.write_bytes(_bytes(value))


def _link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _sys(path):
    return Path("/sys" + path)


def _word(value):
    """A spelling for file names, as udev makes it of a string."""
    return re.sub(r"[^A-Za-z0-9#+.:=@_-]", "_", _bytes(value).decode("utf-8", "replace"))


class Port:
    """One tty, and where it is in sysfs."""

    def __init__(self, name, port, interface, driver, port_number, **usb):
        self.name = name
        self.usb = usb
        self.port = port
        self.interface = interface
        self.driver = driver
        self.port_number = port_number
        kind, number = re.fullmatch(r"(\D+)(\d+)", name).groups()
        self.major, self.minor = _MAJORS[kind], int(number) + (64 if kind in ("ttyS", "ttyAMA") else 0)
        self.record = _RECORDS / ("c%d:%d" % (self.major, self.minor))
        self.device_path = _USB % (port.split("-")[0], port)
        self.interface_path = "%s/%s:1.%d" % (self.device_path, port, interface)
        self.parent_path = self.interface_path + ("/" + name if port_number is not None else "")
        self.path = "%s/tty/%s" % (self.parent_path, name)
        self.descriptors = ()
        self.initialized = 0

    def properties(self):
        """What udevd finds out."""
        path = "pci-0000:00:14.0-usb-0:%s:1.%d" % (self.port.split("-")[1], self.interface)
        if self.port_number is not None:
            path += "-port%d" % self.port_number
        found = {"ID_BUS": "usb", "ID_USB_DRIVER": self.driver, "ID_PATH": path}
        found["ID_USB_INTERFACE_NUM"] = "%02x" % self.interface
        for key, name in (("vendor", "ID_VENDOR_ID"), ("product", "ID_MODEL_ID")):
            found[name] = self.usb[key]
        words = [_word(self.usb[key]) for key in ("manufacturer", "model", "serial") if self.usb[key]]
        if self.usb["serial"]:
            found["ID_SERIAL_SHORT"] = words[-1]
        suffix = "-if%02x" % self.interface
        if self.port_number is not None:
            suffix += "-port%d" % self.port_number
        self.links = ["serial/by-id/usb-%s%s" % ("_".join(words)[:200], suffix), "serial/by-path/" + path]
        return {key: _bytes(value) for key, value in found.items()}


class Machine:
    """The ports of one namespace. Without `udevd`, there is only what the kernel does."""

    def __init__(self, udevd):
        self.messages = Messages()
        self.ports = {}
        self.uarts = 0
        self.waiting = []  # what udevd has still to do
        self.sequence = 1000
        for directory in ("bus/usb/devices", "class/tty", "dev/char"):
            _sys("/" + directory).mkdir(parents=True)
        for name in ("tty1", "ptmx"):
            path = "/devices/virtual/tty/" + name
            _write(_sys(path) / "uevent", "MAJOR=4\nMINOR=1\nDEVNAME=%s\n" % name)
            self._join(path, "class/tty")
            _link(_sys("/class/tty/" + name), "/sys" + path)
        _RECORDS.mkdir(parents=True)
        if udevd:
            _CONTROL.touch()

    def plug(
        self,
        name,
        target=None,
        port="1-3",
        vendor="2e8a",
        product="0005",
        serial="e6614103e7452d2f",
        manufacturer="MicroPython",
        model="Board in FS mode",
        interface=0,
        driver="cdc_acm",
        port_number=None,
        settle=True,
    ):
        assert name not in self.ports, name + " is plugged in already"
        item = Port(
            name, port, interface, driver, port_number,
            vendor=vendor, product=product, serial=serial, manufacturer=manufacturer, model=model,
        )  # fmt: skip
        if target is None:
            item.descriptors = os.openpty()
            tty.setraw(item.descriptors[1])
            target = os.ttyname(item.descriptors[1])
        item.target = target
        self._appear(item, settle)
        return "/sys" + item.path

    def uart(self, name, kind, driver, event):
        """A UART of the machine itself; of kind 0 where the kernel only keeps a place for one."""
        path = "/devices/platform/%s/tty/%s" % (driver, name)
        self.uarts += 1
        _write(_sys(path) / "uevent", "MAJOR=4\nMINOR=%d\nDEVNAME=%s\n" % (63 + self.uarts, name))
        _write(_sys(path) / "type", "%d\n" % kind)
        self._join(path, "class/tty")
        parent = "/devices/platform/" + driver
        _write(_sys(parent) / "uevent", "DRIVER=%s\n" % driver)
        self._join(parent, "bus/platform", driver)
        _link(_sys("/class/tty/" + name), "/sys" + path)
        if _CONTROL.exists():
            _write(_RECORDS / ("c4:%d" % (63 + self.uarts)), "I:1\nV:1\n")
        if event:
            told = {"ACTION": b"add", "DEVPATH": path.encode(), "SUBSYSTEM": b"tty"}
            self.messages.from_kernel(told)
            self.messages.from_udevd({**told, "SEQNUM": b"1"})
        return "/sys" + path

    def unplug(self, name, settle=True):
        self._disappear(self.ports[name], settle)

    def change(self, name, settle=True, **usb):
        """Other strings of the same plug, and an event of it."""
        item = self.ports[name]
        item.usb.update(usb)
        self._attributes(item)
        self._kernel("change", item)
        self._later(lambda: self._handle(item, "change"), settle)

    def settle(self):
        """udevd does what it has still to do, in order."""
        while self.waiting:
            self.waiting.pop(0)()

    def start_udevd(self):
        """udevd begins, and has the kernel tell again of what is there."""
        _CONTROL.touch()
        for item in self.ports.values():
            self._kernel("add", item)
            self._handle(item, "add")

    def storm(self, names, events, seed):
        """As many events as told, as fast as they go; returns who is plugged in then, and seconds."""
        chance = random.Random(seed)
        known = {name: self.ports[name] for name in names}
        began = time.monotonic()
        for _ in range(events):
            item = known[chance.choice(names)]
            if item.name not in self.ports:
                self._appear(item, True)
            elif chance.random() < 0.5:
                self._disappear(item, True)
            else:
                self.change(item.name)
        return [sorted(self.ports), time.monotonic() - began]

    def flood(self, name, count):
        """Events that change nothing."""
        for _ in range(count):
            self.change(name)

    def noise(self, data):
        self.messages.to_listeners(_bytes(data))

    def _appear(self, item, settle):
        self.ports[item.name] = item
        device, interface = _sys(item.device_path), _sys(item.interface_path)
        if not device.exists():
            _write(device / "uevent", "DEVTYPE=usb_device\nDRIVER=usb\n")
            self._join(item.device_path, "bus/usb", "usb")
        self._attributes(item)
        _write(interface / "uevent", "DEVTYPE=usb_interface\nDRIVER=%s\n" % item.driver)
        _write(interface / "bInterfaceNumber", "%02x\n" % item.interface)
        self._join(item.interface_path, "bus/usb", item.driver)
        if item.port_number is not None:
            _write(_sys(item.parent_path) / "uevent", "DRIVER=%s\n" % item.driver)
            _write(_sys(item.parent_path) / "port_number", "%d\n" % item.port_number)
            self._join(item.parent_path, "bus/usb-serial", item.driver)
        tty_path = _sys(item.path)
        _write(tty_path / "uevent", "MAJOR=%d\nMINOR=%d\nDEVNAME=%s\n" % (item.major, item.minor, item.name))
        _write(tty_path / "dev", "%d:%d\n" % (item.major, item.minor))
        _link(tty_path / "device", "/sys" + item.parent_path)
        self._join(item.path, "class/tty")
        _link(_sys("/class/tty/" + item.name), tty_path)
        _link(_sys("/dev/char/%d:%d" % (item.major, item.minor)), tty_path)
        _link(Path("/dev/" + item.name), item.target)
        self._kernel("add", item)
        self._later(lambda: self._handle(item, "add"), settle)

    def _disappear(self, item, settle):
        del self.ports[item.name]
        for path in ("/class/tty/" + item.name, "/dev/char/%d:%d" % (item.major, item.minor)):
            _sys(path).unlink()
        others = [other for other in self.ports.values() if other.port == item.port]
        if any(other.interface == item.interface for other in others):
            shutil.rmtree(_sys(item.parent_path))
        else:
            shutil.rmtree(_sys(item.interface_path if others else item.device_path))
        Path("/dev/" + item.name).unlink()
        self._kernel("remove", item)
        self._later(lambda: self._handle(item, "remove"), settle)

    def _handle(self, item, action):
        """What udevd does about a kernel event: its record, its links, and its own event."""
        properties = item.properties()
        names = [Path("/dev") / link for link in item.links]
        if action == "remove":
            item.record.unlink(missing_ok=True)
            for name in names:
                if os.path.islink(name) and os.readlink(name) == "/dev/" + item.name:
                    name.unlink()
        else:
            if action == "add":
                item.initialized = time.monotonic_ns() // 1000
            lines = [b"S:" + link.encode() for link in item.links]
            lines += [b"I:%d" % item.initialized]
            lines += [b"E:%s=%s" % (key.encode(), value) for key, value in properties.items()]
            # A record is never seen half written.
            part = item.record.with_name(".#" + item.record.name)
            _write(part, b"\n".join([*lines, b"G:systemd", b"Q:systemd", b"V:1", b""]))
            part.replace(item.record)
            for name in names:
                _link(name, "/dev/" + item.name)
        self.sequence += 1
        self.messages.from_udevd(
            {
                **self._event(action, item),
                "DEVNAME": b"/dev/" + item.name.encode(),
                "SEQNUM": b"%d" % self.sequence,
                "USEC_INITIALIZED": b"%d" % item.initialized,
                **properties,
                "DEVLINKS": b" ".join(bytes(name) for name in names),
            }
        )

    def _kernel(self, action, item):
        self.messages.from_kernel({**self._event(action, item), "DEVNAME": item.name.encode()})

    def _event(self, action, item):
        event = {"ACTION": action, "DEVPATH": item.path, "SUBSYSTEM": "tty"}
        event |= {"MAJOR": item.major, "MINOR": item.minor}
        return {key: _bytes(value) for key, value in event.items()}

    def _attributes(self, item):
        names = {"vendor": "idVendor", "product": "idProduct", "model": "product"}
        for key, value in item.usb.items():
            path = _sys(item.device_path) / names.get(key, key)
            if value is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, _bytes(value) + b"\n")

    def _join(self, path, subsystem, driver=None):
        _link(_sys(path) / "subsystem", "/sys/" + subsystem)
        if driver:
            home = _sys("/%s/drivers/%s" % (subsystem, driver))
            home.mkdir(parents=True, exist_ok=True)
            _link(_sys(path) / "driver", home)

    def _later(self, work, settle):
        if _CONTROL.exists():
            self.waiting.append(work)
            if settle:
                self.settle()
