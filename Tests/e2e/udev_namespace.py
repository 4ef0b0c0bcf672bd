"""A private machine whose serial ports come and go: real libudev, no hardware, no root.

    with Namespace() as ns:
        simulator = ns.popen([PROGRAM, "simulate", "app.py", "--link", "/run/boards/x"])
        gateway = ns.popen([PROGRAM, "serve", "--listen", "127.0.0.1:8080"])
        ns.plug("ttyACM0", "/run/boards/x", serial="e6614103")
        assert ns.http("GET", "/healthz", 8080).status == 200
        with ns.events("/api/v1/events", 8080) as events:
            ns.unplug("ttyACM0")
            events.next()

A user, network and mount namespace with `/sys`, `/run` and `/dev` of its own, and ptys of its own
(so a board's pty must be made inside). Programs in it are ordinary children of the tests, with
their process numbers, pipes and signals; they see the same files below `/tmp` and the tree.
"""

import array
import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from lab import PATIENCE, Answer, Events, descendants

_prctl = ctypes.CDLL(None).prctl


def _end_with_the_tests():
    _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class NamespaceError(Exception):
    """The namespace could not be made, or could not do what it was told."""


class NamespaceEvents(Events):
    """`lab.Events` over a connection into a namespace."""

    def __init__(self, connection, target, host):
        self.connection = connection
        self.socket = connection.sock
        connection.request("GET", target, headers={"Host": host, "Accept": "text/event-stream"})
        self.response = connection.getresponse()
        assert self.response.headers["Content-Type"] == "text/event-stream", Answer(self.response)


class Namespace:
    """Ports, programs and connections of one private machine. Close it, or use it in a `with`."""

    def __init__(self, udevd=True):
        """Without udevd it is like a container: kernel events alone, no links, no records."""
        for program in ("unshare", "nsenter"):
            if not shutil.which(program):
                raise NamespaceError("%s is missing: install util-linux" % program)
        self.processes = []
        self.channel, inner = socket.socketpair()
        self.channel.settimeout(PATIENCE)
        with inner:
            self.helper = subprocess.Popen(
                ["unshare", "-Urnm", "--propagation", "private", sys.executable, "-u"]
                + [str(Path(__file__).with_name("udev_inside.py")), str(inner.fileno())],
                pass_fds=[inner.fileno()],
                stdin=subprocess.DEVNULL,
                preexec_fn=_end_with_the_tests,
            )
        try:
            self._call("set_up", udevd)
        except BaseException:
            self.close()
            raise

    # Ports

    def plug(self, name, target=None, **options):
        """Plugs a board in; returns its directory in sysfs.

        `name` is the kernel's (ttyACM0, ttyUSB1); `target` the terminal behind the node, or None
        for one that is silent. Options, with their defaults: `port="1-3"` the USB socket,
        `vendor="2e8a"`, `product="0005"`, `serial`, `manufacturer`, `model` (None for a board that
        has none; bytes are taken as they are), `interface=0`, `driver="cdc_acm"`,
        `port_number=None` (a number makes it a port of a usb-serial adapter).

        `settle=False` leaves udevd's part, here and below, for `settle()`.
        """
        return self._call("plug", name, target, **options)

    def unplug(self, name, settle=True):
        """Takes a port away; its USB device goes with the last one."""
        self._call("unplug", name, settle)

    def change(self, name, settle=True, **strings):
        """Sends a `change` event; `strings` are as in `plug`."""
        self._call("change", name, settle, **strings)

    def uart(self, name, kind=4, driver="serial8250", event=True):
        """Adds a UART of the machine itself, of kind 0 where there is none."""
        return self._call("uart", name, kind, driver, event)

    def settle(self):
        """Lets udevd do what was left for later."""
        self._call("settle")

    def start_udevd(self):
        """udevd begins after all."""
        self._call("start_udevd")

    def storm(self, names, events=200, seed=1):
        """Real unplugs, plugs and changes of these ports, as fast as they go.

        Returns the names that are plugged in at the end, and the seconds it took.
        """
        return self._call("storm", names, events, seed)

    def flood(self, name, count):
        """So many `change` events that change nothing."""
        self._call("flood", name, count)

    def noise(self, data):
        """A message to those who listen to udevd, which need not be one of udevd's."""
        self._call("noise", data)

    # Programs

    def command(self, arguments, directory=None):
        """The command line that runs a command inside."""
        enter = ["nsenter", "-t", str(self.helper.pid), "-U", "-n", "-m", "--preserve-credentials"]
        # libudev must believe in a /sys that is no sysfs; entering leaves the working directory.
        place = ["env", "-C", str(directory or Path.cwd()), "SYSTEMD_DEVICE_VERIFY_SYSFS=0"]
        return [*enter, "--", *place, *map(str, arguments)]

    def popen(self, arguments, cwd=None, **options):
        """`subprocess.Popen` inside; what still runs is ended when the namespace is closed."""
        options.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(
            self.command(arguments, cwd),
            start_new_session=True,
            preexec_fn=_end_with_the_tests,
            **options,
        )
        self.processes.append(process)
        return process

    def run(self, arguments, cwd=None, **options):
        """`subprocess.run` inside, with captured text."""
        options = {"capture_output": True, "text": True, "timeout": PATIENCE} | options
        return subprocess.run(self.command(arguments, cwd), **options)

    # Connections

    def connect(self, port):
        """A socket that is connected to a server inside; a text is a Unix socket's path."""
        return self._call("connect", port)

    def connection(self, port):
        """An `http.client.HTTPConnection` to a server inside; close it."""
        connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=PATIENCE)
        connection.sock = self.connect(port)
        return connection

    def http(self, method, target, port, body=None, headers=()):
        """One request; returns a `lab.Answer`."""
        with contextlib.closing(self.connection(port)) as connection:
            connection.request(method, target, body, {"Host": "localhost", **dict(headers)})
            return Answer(connection.getresponse())

    def events(self, target, port, host="localhost"):
        """A stream of server-sent events, as `lab.Events`; close it, or use it in a `with`."""
        return NamespaceEvents(self.connection(port), target, host)

    # Life

    def close(self):
        """Ends all that runs inside, and with the last process the namespace goes."""
        family = []
        for process in self.processes:
            family += descendants(process.pid)
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        deadline = time.monotonic() + 3
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.channel.close()
        try:
            self.helper.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.helper.kill()
            self.helper.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _call(self, name, *arguments, **keywords):
        request = json.dumps([name, arguments, keywords], default=_text)
        self.channel.sendall(request.encode() + b"\n")
        reply, descriptors = b"", []
        while not reply.endswith(b"\n"):
            piece, extra, _, _ = self.channel.recvmsg(65536, socket.CMSG_SPACE(4))
            for _, _, data in extra:
                descriptors += array.array("i", data)
            if not piece:
                raise NamespaceError(
                    "the process inside of the namespace has ended; see what it printed, and "
                    "whether `unshare -Urnm true` is allowed here"
                )
            reply += piece
        answer = json.loads(reply)
        if "error" in answer:
            raise NamespaceError(answer["error"])
        if descriptors:
            connected = socket.socket(fileno=descriptors[0])
            connected.settimeout(PATIENCE)
            return connected
        return answer["result"]


def _text(value):
    """Bytes in JSON: those that are no UTF-8 travel as lone surrogates."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    raise TypeError(repr(value))
