"""The process inside of the namespace: makes its file systems, then does what it is told.

Run by `udev_namespace.py`; the first argument is a Unix socket. A request is one line of JSON,
`[name, arguments, keywords]`; the reply is one line, `{"result": …}` or `{"error": …}`, and may
carry a descriptor.
"""

import array
import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import traceback
from pathlib import Path

from udev_machine import Machine

_libc = ctypes.CDLL(None, use_errno=True)
_MS_BIND_REC = 0x1000 | 0x4000
_CPU = Path("/sys/devices/system/cpu")


def _mount(source, target, kind=None, flags=0, data=None):
    texts = [text and text.encode() for text in (source, target, kind)]
    if _libc.mount(*texts, ctypes.c_ulong(flags), data and data.encode()):
        number = ctypes.get_errno()
        raise OSError(number, "cannot mount %s: %s" % (target, os.strerror(number)))


def _make_file_systems():
    processors = {}
    for name in ("online", "possible", "present"):
        with contextlib.suppress(OSError):
            processors[name] = (_CPU / name).read_bytes()
    _mount("tmpfs", "/run", "tmpfs")
    _mount("tmpfs", "/sys", "tmpfs")
    # Runtimes count processors here.
    _CPU.mkdir(parents=True)
    for name, content in processors.items():
        (_CPU / name).write_bytes(content)
    dev = Path("/run/dev")
    dev.mkdir()
    _mount("tmpfs", str(dev), "tmpfs")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        (dev / name).touch()
        _mount("/dev/" + name, str(dev / name), flags=_MS_BIND_REC)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    _mount("devpts", str(dev / "pts"), "devpts", data="newinstance,ptmxmode=0666,mode=0620")
    _mount("tmpfs", str(dev / "shm"), "tmpfs", data="mode=1777")
    (dev / "ptmx").symlink_to("pts/ptmx")
    (dev / "fd").symlink_to("/proc/self/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (dev / name).symlink_to("/proc/self/fd/%d" % number)
    _mount(str(dev), "/dev", flags=_MS_BIND_REC)
    Path("/run/boards").mkdir()


def _raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        # SIOCSIFFLAGS: IFF_UP and IFF_RUNNING.
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))


def _connect(port, address="127.0.0.1"):
    """A connection to a server of the namespace; a text for the port is a Unix socket's path."""
    if isinstance(port, int):
        return socket.create_connection((address, port), 10)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(port)
    return connection


def _answer(channel, result):
    rights = []
    if isinstance(result, socket.socket):
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [result.fileno()]))]
        reply = {"result": None}
    else:
        reply = {"result": result}
    channel.sendmsg([json.dumps(reply).encode() + b"\n"], rights)
    if rights:
        result.close()


def main():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    channel = socket.socket(fileno=int(sys.argv[1]))
    machine = None

    def set_up(udevd):
        nonlocal machine
        _make_file_systems()
        _raise_loopback()
        machine = Machine(udevd)

    for line in channel.makefile("rb"):
        name, arguments, keywords = json.loads(line)
        call = {"set_up": set_up, "connect": _connect}.get(name) or getattr(machine, name)
        try:
            _answer(channel, call(*arguments, **keywords))
        except Exception:
            channel.sendall(json.dumps({"error": traceback.format_exc()}).encode() + b"\n")


if __name__ == "__main__":
    main()
