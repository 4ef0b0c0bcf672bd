"""The sessions: what a host sends, and exactly what the board answers."""

from .codec import frame, hello_nonce
from .talk import HELLO_RESPONSE, Talk

DESCRIPTION = (
    "Sessions, step by step. After to_board the board sends exactly the to_host steps that follow; of a "
    "loose step only kind, stream and meaning count. The board: f=256 h=512 w=1024 q=4 n=4 k=1024 c=crc32; "
    "its routes, in this order: GET / answers '200 text/plain\\n\\nhello', POST /echo "
    "'200 application/octet-stream\\n\\n' and the body read in full, GET /boom raises. The key do is what "
    "a host does for the step: open, write, cancel, bye, or wait so many ms."
)
ECHO = b"200 application/octet-stream\n\n"


def requests(talk):
    """Requests and responses that arrive, from the handshake on."""
    t = talk("handshake", "HELLO is answered with WELCOME and the routes in the order of registration.")
    t.ack()
    t = talk("get", "A small response is one frame, which acknowledges the request.")
    t.get()
    t.ack()
    t = talk("get twice", "The second request carries the acknowledgement, and has the same stream.")
    t.get()
    t.get()
    t.ack()
    t = talk("post", "A body that fits goes with the head.")
    t.to_board(
        "request",
        b"POST /echo\n\nabc",
        "REQUEST with the whole body",
        {"open": "POST /echo", "body": b"abc".hex(), "end": True},
        stream=1,
        end=True,
    )
    t.from_board("data", ECHO + b"abc", "DATA, the response", stream=1, end=True)
    t.ack()
    t = talk("post with 03", "03 never goes towards the board; the board does not escape.")
    t.to_board(
        "request",
        b"POST /echo\n\n\x03\x10\x03",
        "REQUEST, escaped",
        {"open": "POST /echo", "body": "031003", "end": True},
        stream=1,
        end=True,
    )
    t.from_board("data", ECHO + b"\x03\x10\x03", "DATA, the response", stream=1, end=True)
    t.ack()
    t = talk("post in two frames", "The board acknowledges when it has nothing left to read.")
    t.to_board(
        "request",
        b"POST /echo\n\nabc",
        "REQUEST with the first part of the body",
        {"open": "POST /echo", "body": b"abc".hex(), "end": False},
        stream=1,
    )
    t.from_board_ack()
    t.to_board(
        "data",
        b"def",
        "DATA, the rest",
        {"write": b"def".hex(), "stream": 1, "end": True},
        stream=1,
        end=True,
    )
    t.from_board("data", ECHO + b"abcdef", "DATA, the response", stream=1, end=True)
    t.ack()
    t = talk(
        "post with credit",
        "712 bytes: 200 with the head, 512 of credit; CREDIT comes when the board likes, so all of "
        "the answer is loose: its frames, joined, are ROUTES' successors, end with E and echo the body.",
    )
    body = bytes(32 + index % 90 for index in range(712))
    made = t.make("request", b"POST /echo\n\n" + body[:200], stream=1)
    made += t.make("data", body[200:440], stream=1) + t.make("data", body[440:680], stream=1)
    made += t.make("data", body[680:], stream=1, end=True)
    t.step("to_board", made, "REQUEST and three DATA")
    for start in range(0, len(ECHO + body), 200):
        whole = ECHO + body
        t.from_board(
            "data", whole[start : start + 200], "DATA", True, stream=1, end=start + 200 >= len(whole)
        )
    t = talk("head in parts", "The first REQUEST has P; the board acknowledges it and waits.")
    t.to_board("request", b"POST /ec", "REQUEST, a part of the head", stream=1, part=True)
    t.from_board_ack()
    t.to_board("request", b"ho\n\nxyz", "REQUEST, the rest of the head and the body", stream=1, end=True)
    t.from_board("data", ECHO + b"xyz", "DATA, the response", stream=1, end=True)
    t.ack()


def losses(talk):
    """Frames that come twice, damaged, early or not at all."""
    t = talk("duplicate", "A frame that comes again is dropped and acknowledged.")
    made = t.make("request", b"GET /", stream=1, end=True)
    t.step("to_board", made, "REQUEST GET /")
    t.hello_response()
    t.step("to_board", made, "the same frame again")
    t.from_board_ack()
    t.ack()
    t = talk("damage", "A damaged frame is answered with NAK, and sent again.")
    made = t.make("request", b"GET /", stream=1, end=True)
    t.step("to_board", made[:9] + b"?" + made[10:], "REQUEST with a damaged body")
    t.from_board("nak", means="NAK 0", seq=0, ack=0)
    t.step("to_board", made, "REQUEST again")
    t.hello_response()
    t.ack()
    t = talk("half a frame", "What was lost is filled up with 80; the rest of that counts as nothing.")
    made = t.make("request", b"GET /", stream=1, end=True)
    ping = t.make("ping", seq=1)
    t.step("to_board", made[:10] + b"\x80" * 260 + ping, "the first part of REQUEST, 260 times 80, PING")
    t.from_board("nak", means="NAK 0", seq=0, ack=0)
    t.from_board("ack", means="ACK", ack=0)
    t.step("to_board", made, "REQUEST again")
    t.hello_response()
    t.ack()
    t = talk("gap", "The first frame ahead of a gap is answered with NAK, the next is dropped silently.")
    t.make("request", b"GET /", stream=1, end=True)  # never arrives
    second = t.make("request", b"GET /", stream=2, end=True)
    third = t.make("request", b"GET /", stream=3, end=True)
    t.step("to_board", second, "REQUEST, number 1; number 0 was lost")
    t.from_board("nak", means="NAK 0", seq=0, ack=0)
    t.step("to_board", third, "REQUEST, number 2; no answer")
    for number in range(3):
        # Made anew: by now each acknowledges the responses ahead of it.
        made = frame("request", b"GET /", nonce=t.nonce, stream=number + 1, end=True, seq=number, ack=t.board)
        t.step("to_board", made, f"REQUEST, number {number}, again")
        t.host = number + 1
        t.hello_response(number + 1)
    t.ack()
    t = talk(
        "host asks again",
        "NAK from the host: the board sends that frame again, with today's acknowledgement.",
    )
    t.get()
    t.to_board("nak", means="NAK 1", seq=1, ack=1)
    t.from_board("data", HELLO_RESPONSE, "DATA again", stream=1, end=True, seq=1)
    t.ack()
    t = talk("ping", "PING is answered with ACK, which says both numbers.")
    t.to_board("ping")
    t.from_board_ack()
    t.get()
    t.to_board("ping")
    t.from_board_ack()
    t = talk("ping after loss", "ACK tells that a request was lost.")
    lost = t.make("request", b"GET /", stream=1, end=True)
    t.to_board("ping", means="PING; the REQUEST ahead of it was lost", seq=1)
    t.host = 0
    t.from_board_ack()
    t.host = 1
    t.step("to_board", lost, "REQUEST again")
    t.hello_response()


def ends(talk):
    """Streams that end early, or that the board does not have."""
    t = talk("cancel by the host", "A side that gets CANCEL and has not ended answers CANCEL.")
    t.to_board(
        "request",
        b"POST /echo",
        "REQUEST; the body is to come",
        {"open": "POST /echo", "body": "", "end": False},
        stream=1,
    )
    t.from_board_ack()
    t.to_board("cancel", b"\x01", "CANCEL, client-gone", {"cancel": 1, "stream": 1}, stream=1)
    t.from_board("cancel", b"\x01", "CANCEL, the answer", True, stream=1)
    t.get()
    t = talk("stream too high", "A stream above n is refused.")
    t.to_board("request", b"GET /", "REQUEST on stream 5", stream=5, end=True)
    t.from_board("cancel", b"\x04", "CANCEL, refused", True, stream=5)
    t = talk("frame on a stream that is over", "It is dropped, but acknowledged.")
    t.get()
    t.to_board("data", b"late", "DATA on stream 1", stream=1)
    t.from_board_ack()
    t.get(stream=2)


def reports(talk):
    """What the board says unasked."""
    t = talk("event", "The step app says what the program on the board does.")
    t.ack()
    t.case["steps"].append({"app": {"emit": "button", "data": b"pressed".hex()}, "means": "emit"})
    t.from_board("event", b"button\npressed", "EVENT")
    t.ack()
    t = talk("error", "A handler that raises gives ERROR, whose text begins with Traceback, and CANCEL 3.")
    t.to_board(
        "request",
        b"GET /boom",
        "REQUEST GET /boom",
        {"open": "GET /boom", "body": "", "end": True},
        stream=1,
        end=True,
    )
    t.from_board("error", b"Traceback (most recent call last):\n", "ERROR", True, stream=1)
    t.from_board("cancel", b"\x03", "CANCEL, exception", True, stream=1)
    t.ack()
    t.get()


def restarts(talk):
    """Handshakes within a session, and its end."""
    t = talk("hello again", "HELLO with the running nonce is answered, and changes nothing.")
    t.get()
    t.hello(routes=False)
    t.get()
    t = talk("hello anew", "HELLO with another nonce begins a new session.")
    t.get()
    value = int.from_bytes(t.nonce, "big") + 0x01000000
    t.hello(nonce=value.to_bytes(4, "big"))
    t.get()
    t = talk("bye", "After the host's BYE the board keeps silent until a HELLO.")
    t.ack()
    t.to_board("bye", b"closing", "BYE", {"bye": "closing"})
    t.to_board("ping", means="PING; no answer")
    t.hello()


def sessions():
    """All cases."""
    cases = []
    nonce = hello_nonce()

    def talk(name, description):
        made = Talk(name, description, nonce)
        cases.append(made.case)
        return made

    for section in (requests, losses, ends, reports, restarts):
        section(talk)
    return cases
