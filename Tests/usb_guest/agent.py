"""Does in the guest what the tests say: a JSON text a line each way, one call after the other.

    agent.py PORT

Ends when the other side of the port has gone.
"""

import faulthandler
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from gadget import Board, eventually  # noqa: E402

# Who may use serial ports and read every file, for the program may be in somebody's home.
USER = ["setpriv", "--reuid=65534", "--regid=65534", "--groups=dialout"]
READER = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
OUTPUT_LIMIT = 20_000
CALL_LIMIT = 40


class Agent:
    """The calls, by name."""

    def __init__(self):
        self.boards = {}
        self.programs = {}

    def time(self):
        return time.time()

    def board(self, name, **options):
        self.boards[name] = Board(name, **options)

    def plug(self, name, socket=0):
        return self.boards[name].plug(socket)

    def unplug(self, name, **options):
        return self.boards[name].unplug(**options)

    def unplug_all(self):
        for board in self.boards.values():
            if board.socket is not None:
                board.unplug()
        eventually(lambda: not list(Path("/sys/class/tty").glob("ttyACM*")), "no board is left")

    def run(self, arguments, user=False, patience=20):
        """Runs a command as root, or as a user of serial ports; returns its exit code and output."""
        done = subprocess.run(
            USER * user + arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=patience,
        )
        return done.returncode, done.stdout.decode(errors="replace")[-OUTPUT_LIMIT:]

    def start(self, name, arguments):
        """Starts a program as a user of serial ports; returns the time just before."""
        now = time.time()
        with open("/run/%s.log" % name, "w") as log:
            self.programs[name] = subprocess.Popen(
                [*USER, *READER, "env", "HOME=/run/home", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return now

    def end(self, name, number=15, patience=20):
        """Sends it a signal and waits for its end; None when it did not run."""
        program = self.programs.pop(name, None)
        if program is None:
            return None
        program.send_signal(number)
        try:
            return program.wait(patience)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
            raise

    def read(self, path):
        with open(path, errors="replace") as file:
            return file.read()[-OUTPUT_LIMIT:]


def main():
    agent = Agent()
    with open(sys.argv[1], "r+b", buffering=0) as port:
        received = b""
        while True:
            piece = os.read(port.fileno(), 65536)
            if not piece:
                return  # they have gone; they came before the guest began
            received += piece
            *lines, received = received.split(b"\n")
            for line in lines:
                name, options = json.loads(line)
                # A call that hangs tells the console where.
                faulthandler.dump_traceback_later(CALL_LIMIT)
                try:
                    reply = {"result": getattr(agent, name)(**options)}
                except Exception:
                    reply = {"error": traceback.format_exc()}
                faulthandler.cancel_dump_traceback_later()
                answer = json.dumps(reply).encode() + b"\n"
                while answer:
                    answer = answer[os.write(port.fileno(), answer) :]


main()
