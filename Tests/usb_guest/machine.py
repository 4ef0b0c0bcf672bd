"""A machine of its own for the tests: Debian's kernel, udevd, USB, and a gateway.

It has the host's files, read-only below a memory disk, so the programs that were just built run in
place, with the host's libraries. What is done in there `agent.py` does.
"""

import contextlib
import http.client
import json
import os
import signal
import time
from datetime import datetime

from lab import BOARDS, PATIENCE, PROGRAM, ROOT, Answer, Events
from qemu import GUEST_PORT, QEMU, GuestError

MICROPYTHON = os.path.abspath(os.environ.get("BOARDWALK_MICROPYTHON") or ROOT / ".venv/bin/micropython")
BOOT = 90


def seconds(text):
    """An event's time, by the guest's clock."""
    return datetime.fromisoformat(text).timestamp()


class MachineEvents(Events):
    """A stream of events that does not wait for ever, as heartbeats would have it."""

    def until(self, kind, **members):
        """Reads on to an event of this kind whose data has these members; returns the data."""
        seen = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            event = self.next()
            if event is None:
                break
            if "data" in event:
                seen.append(event["data"])
                data = json.loads(event["data"])
                if event["event"] == kind and members.items() <= data.items():
                    return data
        raise AssertionError("no %s with %s; but:\n%s" % (kind, members, "\n".join(seen)))


class Machine(QEMU):
    """A running guest. Close it, or use it in a `with`."""

    def __init__(self):
        super().__init__()
        self.options = None  # the gateway's, while one runs
        try:
            self.agent.settimeout(BOOT)
            self.call("time")
            self.agent.settimeout(PATIENCE + 20)
        except BaseException:
            self.close()
            raise

    def call(self, name, /, **options):
        """Has the agent do something; returns what it says."""
        self.check()
        self.agent.sendall(json.dumps([name, options], default=str).encode() + b"\n")
        reply = b""
        while not reply.endswith(b"\n"):
            try:
                piece = self.agent.recv(65536)
            except TimeoutError:
                self.process.terminate()  # and all that is asked of it after this fails at once
                raise GuestError("the guest says nothing for too long\n" + self.told()) from None
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise GuestError("the guest's agent has gone\n" + self.told())
            reply += piece
        answer = json.loads(reply)
        if "error" in answer:
            raise GuestError(answer["error"])
        return answer["result"]

    def run(self, *arguments, **options):
        """A command in the guest; returns its exit code and output."""
        return self.call("run", arguments=list(map(str, arguments)), **options)

    def read(self, path):
        return self.call("read", path=path)

    # Boards

    def board(self, name, vendor, product, serial, app="workshop.py"):
        """Makes a board that can be plugged in."""
        command = [PROGRAM, "simulate", BOARDS / app, "--micropython", MICROPYTHON]
        options = {"vendor": vendor, "product": product, "serial": serial}
        self.call("board", name=name, command=list(map(str, command)), **options)

    def plug(self, name, socket=0):
        """Plugs a board into one of two sockets; returns the guest's time just before."""
        return self.call("plug", name=name, socket=socket)

    def unplug(self, name, **options):
        return self.call("unplug", name=name, **options)

    # The gateway

    def serve(self, *options):
        """Has a gateway with these options, for which one that has them already will do.

        Its start is what takes most of a test's time where nothing is compiled for the processor.
        """
        if self.options != options:
            self.kill()
            self.start(*options)

    def start(self, *options):
        """Starts the gateway; returns the guest's time just before."""
        listen = ["--listen", "0.0.0.0:%d" % GUEST_PORT, "--no-history"]
        began = self.call("start", name="gateway", arguments=[PROGRAM, "serve", *listen, *map(str, options)])
        self.options = options
        self.until(self.listens, "the gateway listens")
        return began

    def listens(self):
        self.check()
        try:
            return self.get("/health").status == 200
        except (OSError, http.client.HTTPException):  # it is not there yet
            return False

    def kill(self, number=signal.SIGTERM):
        """Ends the gateway, where one runs; returns its exit code."""
        self.options = None
        return self.call("end", name="gateway", number=int(number))

    def connection(self):
        """An HTTP connection to the gateway; close it."""
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE))

    def get(self, target, method="GET", body=None):
        with self.connection() as connection:
            connection.request(method, target, body, {"Host": "localhost"})
            return Answer(connection.getresponse())

    def post(self, target, body=b""):
        return self.get(target, "POST", body)

    def events(self, types="attached,detached,state,request", after=None):
        """The event stream from now on, or from after an event; close it."""
        events = MachineEvents(self, "/api/v1/events?type=" + types + ("&after=" + after if after else ""))
        if not after:
            events.start = events.next()["id"]  # it has begun
        return events

    def status(self, name):
        return self.get("/api/v1/boards/" + name).json

    def wait(self, name, state="serving"):
        """Waits for a state of a board; returns what the API says of it then."""

        def probe():
            status = self.status(name)
            return status if status.get("state") == state else None

        return self.until(probe, "%s is %s" % (name, state))

    def until(self, probe, what):
        """Waits for something in the guest; says what the gateway said when it does not happen."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = probe()
            if found:
                return found
            if time.monotonic() > deadline:
                log = self.read("/run/gateway.log")
                raise AssertionError("not within %d s: %s\n%s" % (PATIENCE, what, log))
            time.sleep(0.1)  # a question costs the guest some 20 ms

    def problem(self, response):
        return json.loads(response.read())

    def devices(self):
        return {device["node"]: device for device in self.get("/api/v1/devices").json["devices"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
