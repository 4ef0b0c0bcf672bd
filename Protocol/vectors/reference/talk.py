"""A session between the reference host and a board, written down step by step."""

from .codec import CHECKS, KINDS, frame

WELCOME = (
    b"v=1\nb=00000001\ni=reference\nm=vectors\na=ahttpserver\nf=256\nh=512\nw=1024\nq=4\nn=4\nk=1024\nc=crc32"
)
ROUTES = b"GET /\nPOST /echo\nGET /boom"
HELLO_RESPONSE = b"200 text/plain\n\nhello"


class Talk:
    """Keeps the numbers of both sides, which begin at 0 with each nonce, and collects the steps."""

    def __init__(self, name, description, nonce):
        self.case = {"name": name, "description": description, "nonce": nonce.hex(), "steps": []}
        self.nonce = nonce
        self.host = self.board = 0  # the next number of each
        self.hello()

    def step(self, way, data, means, **more):
        """The bytes that go one way, and what they are."""
        self.case["steps"].append({way: data.hex(), "means": means, **more})

    def hello(self, nonce=None, routes=True, **more):
        """The handshake; the board says its routes again only when the nonce is new to it."""
        self.nonce = nonce or self.nonce
        body = b"\x81" + self.nonce
        both = b"".join(frame("hello", body, check=check) for check in CHECKS)
        self.step("to_board", both, "HELLO, with each check", **more)
        welcome = frame(
            "welcome",
            self.nonce + WELCOME,
            to="host",
            seq=0 if routes else self.board,
            ack=0 if routes else self.host,
        )
        self.step("to_host", welcome, "WELCOME", loose=True)
        if routes:
            self.host = self.board = 0
            self.from_board("routes", ROUTES, "ROUTES", end=True)

    def make(self, kind, body=b"", **fields):
        """A frame of the host, with its next number; it acknowledges all that the board sent."""
        made = frame(kind, body, nonce=self.nonce, **{"seq": self.host, "ack": self.board, **fields})
        # Only kinds from 8 on are sequenced; a case that gives the number sends the frame again.
        if KINDS[kind] >= 8 and "seq" not in fields:
            self.host = (self.host + 1) % 128
        return made

    def to_board(self, kind, body=b"", means="", do=None, **fields):
        """A frame of the host's as a step of its own; do is what makes a host send it."""
        more = {"do": do} if do else {}
        made = self.make(kind, body, **fields)
        self.step("to_board", made, means or kind.upper(), **more)
        return made

    def from_board(self, kind, body=b"", means="", loose=False, **fields):
        """The board's next frame, which acknowledges all that the host sent."""
        made = frame(
            kind, body, nonce=self.nonce, to="host", **{"seq": self.board, "ack": self.host, **fields}
        )
        if KINDS[kind] >= 8 and "seq" not in fields:
            self.board = (self.board + 1) % 128
        self.step("to_host", made, means or kind.upper(), **({"loose": True} if loose else {}))

    def get(self, stream=1, **more):
        """A whole request, and its response."""
        self.to_board(
            "request",
            b"GET /",
            "REQUEST GET /",
            {"open": "GET /", "body": "", "end": True},
            stream=stream,
            end=True,
            **more,
        )
        self.hello_response(stream)

    def hello_response(self, stream=1):
        self.from_board("data", HELLO_RESPONSE, "DATA, the response", stream=stream, end=True)

    def ack(self):
        """The host acknowledges on its own only after it had nothing else to say for a while."""
        self.to_board("ack", means="ACK", do={"wait": 5})

    def from_board_ack(self):
        self.from_board("ack", means="ACK")
