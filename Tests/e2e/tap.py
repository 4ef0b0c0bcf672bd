"""A man in the middle: a second line between the simulator's port and the gateway, frame by frame."""

import contextlib
import importlib.util
import os
import pty
import select
import threading
import tty

from lab import ROOT

_file = ROOT / "Protocol/vectors/reference/codec.py"
_spec = importlib.util.spec_from_file_location("codec", _file)
codec = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(codec)

NAMES = {number: name for name, number in codec.KINDS.items()}
HEADER_ONLY = {codec.KINDS[name] for name in codec.HEADER_ONLY}


class Frame:
    """A frame as it stood on the line, and what its header says."""

    def __init__(self, data):
        self.data = data
        self.number = data[1] >> 3 & 15
        self.kind = NAMES.get(self.number, str(self.number))
        self.end = bool(data[1] & 2)
        self.stream, self.seq, self.ack = (byte & 127 for byte in data[2:5])

    @property
    def body(self):
        """Of frames towards the host, which are never escaped."""
        return self.data[8:-4]

    def flip(self, index):
        data = bytearray(self.data)
        data[index] ^= 0x40 if data[index] == 0x23 else 0x20  # never to a 03, which interrupts
        return bytes(data)


class Splitter:
    """Cuts a direction's bytes into frames and what is between them."""

    def __init__(self):
        self.held = b""

    def feed(self, data):
        self.held += data
        pieces = []
        while self.held:
            start = self.held.find(0x1E)
            if start:
                end = start if start > 0 else len(self.held)
                pieces.append(self.held[:end])
                self.held = self.held[end:]
                continue
            if len(self.held) < 8:
                break
            head = self.held[:8]
            if min(head[1:]) < 128 or sum(head) & 127:
                pieces.append(self.held[:1])
                self.held = self.held[1:]
                continue
            bare = head[1] >> 3 & 15 in HEADER_ONLY
            size = 8 if bare else 8 + (head[5] & 127 | (head[6] & 63) << 7)
            if len(self.held) < size:
                break
            pieces.append(Frame(self.held[:size]))
            self.held = self.held[size:]
        return pieces


class Tap:
    """Opens the simulator's port and offers `path` to the gateway.

    `rule(direction, frame)` returns the bytes that travel in the frame's place, None for the frame itself.
    While `is_cut` nothing travels.
    """

    def __init__(self, port):
        self.rule = lambda direction, frame: None
        self.is_cut = False
        self.nonce = None
        self.seen = []
        self.board = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.board)
        self.host, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.wake, self.waker = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        ways = {self.host: ("board", self.board, Splitter()), self.board: ("host", self.host, Splitter())}
        while True:
            ready = select.select([*ways, self.wake], [], [])[0]
            if self.wake in ready:
                return
            for source in ready:
                direction, target, splitter = ways[source]
                try:
                    data = os.read(source, 65536)
                except OSError:
                    return
                for piece in splitter.feed(data):
                    # The other end may have gone; what was for it reaches nobody.
                    with contextlib.suppress(OSError):
                        self._write(target, self._judge(direction, piece))

    def _judge(self, direction, piece):
        if self.is_cut:
            return b""
        if isinstance(piece, bytes):
            return piece
        if piece.kind == "welcome" and direction == "host" and piece.body[:4] != b"\x80\x80\x80\x80":
            self.nonce = piece.body[:4]
        self.seen.append((direction, piece))
        changed = self.rule(direction, piece)
        return piece.data if changed is None else changed

    @staticmethod
    def _write(target, data):
        while data:
            data = data[os.write(target, data) :]

    def inject(self, direction, data):
        """Puts bytes on the line that nobody sent."""
        self._write(self.board if direction == "board" else self.host, data)

    def forge(self, kind, body=b"", to="host", **fields):
        """A frame of the session that runs."""
        return codec.frame(kind, body, nonce=self.nonce, to=to, **fields)

    def once(self, direction, kind, change, stream=True):
        """Changes the next frame of this kind; the returned event tells when that has happened."""
        done = threading.Event()

        def rule(where, frame):
            if where != direction or frame.kind != kind or done.is_set() or stream and not frame.stream:
                return None
            done.set()
            return change(frame)

        self.rule = rule
        return done

    def unplug(self):
        """Closes the gateway's port."""
        self.stop()
        for descriptor in (self.host, self.slave):
            os.close(descriptor)
        self.host = None

    def stop(self):
        if self.thread.is_alive():
            os.write(self.waker, b"x")
            self.thread.join()

    def close(self):
        self.stop()
        if self.host is not None:
            os.close(self.host)
            os.close(self.slave)
        for descriptor in (self.board, self.wake, self.waker):
            os.close(descriptor)
