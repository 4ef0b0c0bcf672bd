"""Streams of bytes from the board: frames and console text, as a whole or damaged."""

import random

from .codec import NONCE, OTHER, check_bytes, frame, header

DESCRIPTION = (
    "What a board sends, followed by silence, and what the host's decoder makes of it. Neighbouring pieces "
    "of console text count as one."
)


def fields(kind, body=b"", end=False, stream=0, seq=0, ack=0):
    """What a host must make of a frame."""
    return {
        "frame": {
            "kind": kind,
            "end": end,
            "part": False,
            "stream": stream,
            "sequence": seq,
            "acknowledgement": ack,
            "body": body.hex(),
        }
    }


def data(number, body=b"hello", **more):
    """A DATA frame, and what a host must make of it."""
    args = dict(stream=1, seq=number, ack=1, **more)
    return frame("data", body, to="host", **args), fields("data", body, **args)


def text(content):
    """What a host must make of what is no frame."""
    return {"console": content.hex()}


def case(name, pieces, *expect):
    """Pieces are bytes; what is expected comes in order, text between two frames as one."""
    return {
        "name": name,
        "nonce": NONCE.hex(),
        "check": "crc32",
        "bytes": b"".join(pieces).hex(),
        "expect": list(expect),
    }


(A, WANT_A), (B, WANT_B), (C, WANT_C) = data(1), data(2, b"second"), data(3, b"third", end=True)
ACK, WANT_ACK = frame("ack", seq=4, ack=1), fields("ack", seq=4, ack=1)


def texts():
    """Frames, text, and text that looks like the start of a frame."""
    yield case("one frame", [A], WANT_A)
    yield case("three frames", [A, B, C], WANT_A, WANT_B, WANT_C)
    yield case("only text", [b"hello\r\n>>> "], text(b"hello\r\n>>> "))
    yield case(
        "text before, between and behind",
        [b"one\n", A, b"two\n", B, b"three\n"],
        text(b"one\n"),
        WANT_A,
        text(b"two\n"),
        WANT_B,
        text(b"three\n"),
    )
    yield case(
        "UTF-8 and bytes with bit 7",
        [bytes(range(128, 256)), A, "Zürich €".encode()],
        text(bytes(range(128, 256))),
        WANT_A,
        text("Zürich €".encode()),
    )
    yield case("a 1E in text", [b"a\x1eb", A, b"\x1e\n"], text(b"a\x1eb"), WANT_A, text(b"\x1e\n"))
    yield case("1E upon 1E", [b"\x1e" * 5, A], text(b"\x1e" * 5), WANT_A)
    yield case("a 1E at the end, and silence", [A, b"x\x1e"], WANT_A, text(b"x\x1e"))
    yield case(
        "1E and seven bytes with bit 7, wrong sum",
        [b"\x1e" + b"\x81" * 7, A],
        text(b"\x1e" + b"\x81" * 7),
        WANT_A,
    )
    yield case(
        "1E and six bytes with bit 7, then a frame",
        [b"\x1e" + b"\x81" * 6, A],
        text(b"\x1e" + b"\x81" * 6),
        WANT_A,
    )
    yield case("part of a header, then a frame", [A[:5], B], text(A[:5]), WANT_B)
    yield case("part of a header, and silence", [A, B[:6]], WANT_A, text(B[:6]))
    yield case("part of a frame, and silence", [A, B[:12]], WANT_A)


def damages():
    """Bytes that changed: what the frames were is gone, or text."""
    yield case("damaged body", [b"x", A[:9] + b"?" + A[10:], B], text(b"x"), WANT_B)
    yield case("damaged check, then text", [A[:-1] + bytes((A[-1] ^ 1,)), b"text", B], text(b"text"), WANT_B)
    damaged = A[:3] + bytes((A[3] & 127,)) + A[4:]
    yield case("a damaged header makes text of its frame", [damaged, B], text(damaged), WANT_B)


def nested():
    """Frames of the link itself, of another session and within a body."""
    yield case("a header-only frame between", [A, ACK, B], WANT_A, WANT_ACK, WANT_B)
    nak, want_nak = frame("nak", seq=0, ack=0), fields("nak")
    yield case("NAK", [nak, b"t"], want_nak, text(b"t"))
    yield case(
        "header-only frames of another session", [frame("ack", nonce=OTHER), A, b"t"], WANT_A, text(b"t")
    )
    yield case("a frame of another session", [frame("data", b"old", to="host", nonce=OTHER), A], WANT_A)
    body = frame("data", b"evil", to="host", nonce=OTHER, stream=1, seq=9)
    outer, want_outer = data(1, b"12" + body + b"34")
    yield case("a frame in a frame is a part of its body", [outer, B], want_outer, WANT_B)
    yield case("damage around a frame of another session", [outer[:8] + b"?" + outer[9:], B], WANT_B)
    inner, want_inner = data(2, b"inner")
    outer, want_outer = data(1, b"12" + inner + b"34")
    yield case(
        "damage around a frame that passes the check", [outer[:8] + b"?" + outer[9:], C], want_inner, WANT_C
    )
    outer, _ = data(1, b"12" + ACK + b"34")
    yield case(
        "damage around a header-only frame: its guards are no check",
        [outer[:8] + b"?" + outer[9:], B],
        WANT_B,
    )
    outer, _ = data(1, frame("welcome", b"\x80" * 4 + b"v=1\nb=2", to="host"))
    yield case("damage around WELCOME, which has no seed", [outer[:-1] + bytes((outer[-1] ^ 1,)), B], WANT_B)


def losses():
    """Bytes that are missing or too many: the decoder has to look for frames inside a frame."""
    yield case("lost bytes: the next frame begins inside", [A[:9] + A[12:], B, C], WANT_B, WANT_C)
    long, _ = data(1, b"z" * 200)
    lost = len(B + C) + 10
    yield case(
        "many lost bytes: two frames and text inside",
        [long[:60] + long[60 + lost :], B, C, b"0123456789", b"after"],
        WANT_B,
        WANT_C,
        text(b"after"),
    )
    yield case(
        "lost bytes, then a header-only frame that reaches beyond", [A[:9] + A[12:], ACK, B], WANT_ACK, WANT_B
    )
    yield case("lost bytes, and silence", [A[:9] + A[12:]])
    yield case("lost bytes, one frame, and silence", [long[:60] + long[160:], B], WANT_B)
    yield case("a repeated byte", [A[:10] + A[9:], B], text(A[-1:]), WANT_B)


def odd():
    """Headers whose length or kind is strange, and frames at their limits."""
    lying = header("data", stream=1, seq=9, low=127, high=63)
    yield case("a lying length, then frames, and silence", [lying, A, B, b"t"], WANT_A, WANT_B)
    yield case("a length less than the check", [header("data", stream=1, low=2), b"xy", A], WANT_A)
    reserved = header(6, low=4)
    reserved = reserved + check_bytes(reserved[:5], "crc32", NONCE)
    yield case("a reserved kind", [reserved, A], fields("reserved6"), WANT_A)
    welcome = NONCE + b"v=1\nb=1"
    yield case(
        "WELCOME without a seed",
        [b">>> ", frame("welcome", welcome, to="host"), A],
        text(b">>> "),
        fields("welcome", welcome),
        WANT_A,
    )
    largest, want_largest = data(1, b"L" * 8187)
    yield case("the largest frame", [largest, B], want_largest, WANT_B)


def crowds():
    """Many frames; the seed is fixed so that the file stays as it is."""
    noise = random.Random(1)
    pieces, expect = [], []
    for number in range(100):
        printed = bytes(noise.choice(range(32, 127)) for _ in range(noise.randrange(1, 20)))
        content = bytes(noise.randrange(256) for _ in range(noise.randrange(0, 60)))
        made, want = data(number, content)
        pieces += [printed, made]
        expect += [text(printed), want]
    yield case("a hundred frames with text between", pieces, *expect)
    pieces, expect = [], []
    for number in range(60):
        made, want = data(number, b"n%d" % number)
        if number % 3 == 1:
            at = 8 + noise.randrange(len(made) - 8)
            made = made[:at] + bytes((made[at] ^ 0x40,)) + made[at + 1 :]
        else:
            expect.append(want)
        pieces.append(made)
    yield case("every third frame damaged", pieces, *expect)


def streams():
    """All cases."""
    return [*texts(), *damages(), *nested(), *losses(), *odd(), *crowds()]
