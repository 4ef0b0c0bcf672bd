"""An FTDI adapter (0403:6001) that the host plugs into the guest, with a board at its serial side."""

import contextlib
import os

from pump import Pump, open_raw
from qemu import FTDI_SERIAL


class Adapter:
    """QEMU's `usb-serial`, which is plugged in while its line is connected."""

    serial = FTDI_SERIAL

    def __init__(self, machine, path):
        """`path` is the terminal of a board on the host."""
        self.machine = machine
        self.path = path
        self.pump = None

    def plug(self):
        self.line = self.machine.connect("bridge")
        self.line.setblocking(False)
        self.terminal = open_raw(self.path)
        self.pump = Pump(self.line.fileno(), self.terminal)

    def unplug(self):
        # QEMU 7.2 does not survive `device_del` while bytes flow; that the line ends it does.
        self.pump.stop()
        self.pump = None
        with contextlib.suppress(OSError):
            os.close(self.terminal)
        self.line.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pump:
            self.unplug()
