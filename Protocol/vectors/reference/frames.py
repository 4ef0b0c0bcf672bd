"""The good frames: each kind, and bodies and checks that are awkward on the line."""

from .codec import (
    CHECKS,
    HEADER_ONLY,
    NONCE,
    TO_BOARD,
    TO_HOST,
    UNSEEDED,
    check_bytes,
    frame,
    header,
    hello_nonce,
)

DESCRIPTION = "Good frames: the fields, and the bytes on the line. Encode and decode."
BODIES = {
    "hello": b"\x81" + NONCE,
    "welcome": NONCE + b"v=1\nb=1",
    "bye": b"stopped",
    "request": b"GET /",
    "data": b"hello",
    "credit": b"\x00\x20",
    "cancel": b"\x01gone",
    "event": b"button\n\x01\x02",
    "error": b"Traceback",
    "routes": b"GET /",
}
ON_A_STREAM = ("request", "data", "credit", "cancel", "error")


def good(name, kind, body=b"", to="board", check="crc32", nonce=NONCE, **fields):
    """A case."""
    made = frame(kind, body, check=check, nonce=nonce, to=to, **fields)
    return {
        "name": name,
        "direction": "to_" + to,
        "nonce": nonce.hex(),
        "check": check,
        "kind": kind,
        "end": fields.get("end", False),
        "part": fields.get("part", False),
        "stream": fields.get("stream", 0),
        "sequence": fields.get("seq", 0),
        "acknowledgement": fields.get("ack", 0),
        "body": body.hex(),
        "frame": made.hex(),
    }


def check_of(body, check):
    """The check of a DATA frame on stream 1 with this body."""
    return check_bytes(header("data", check=check, stream=1)[:5] + body, check, NONCE)


def body_with(check, there, gone=b"", last=None):
    """The first body of three bytes from 40 on whose check has the bytes that it should have."""
    number = 0
    while True:
        body = bytes(0x40 + (number >> shift & 127) for shift in (0, 7, 14))
        made = check_of(body, check)
        if set(there) <= set(made) and not set(gone) & set(made) and last in (None, made[-1]):
            return body
        number += 1


def largest_body(to, check):
    """The largest body of a frame that needs no escapes."""
    body = bytes(0x20 + index % 95 for index in range(8191 - CHECKS[check]))
    if to == "board" and 3 in check_of(body, check):
        body = b"!" + body[1:]
    return body


def each_kind(to, kinds):
    """Each kind that goes this way, with each check that it can have."""
    for check in CHECKS:
        for kind in kinds:
            if kind in HEADER_ONLY:
                if check == "crc32":
                    yield good(f"{kind} to {to}", kind, to=to, seq=5, ack=127)
                continue
            yield good(
                f"{kind} to {to}, {check}",
                kind,
                BODIES[kind],
                to,
                check,
                stream=3 if kind in ON_A_STREAM else 0,
                seq=0 if kind in UNSEEDED else 9,
                ack=0 if kind in UNSEEDED else 4,
                end=kind in ("request", "routes"),
            )


def awkward(to, check):
    """DATA frames at the limits of their fields, and with what looks like a start or an escape."""

    def data(name, body, stream=1, **more):
        return good(f"{name}, to {to}, {check}", "data", body, to, check, stream=stream, **more)

    yield data("empty body", b"", end=True)
    yield data("highest numbers", b"x", stream=127, seq=127, ack=127, end=True)
    yield data("another nonce", b"x", nonce=bytes.fromhex("ffff80ff"))
    yield data("all byte values", bytes(range(256)))
    yield data("only 03", b"\x03" * 40)
    yield data("only 10", b"\x10" * 40)
    yield data("10 and 03", b"\x10\x03\x03\x10")
    yield data("what looks like an escape", b"\x10\x43\x10\x50")
    yield data("what looks like an escape, and 03", b"\x10\x43\x03\x10\x50")
    yield data("a frame in the body", frame("data", b"inner", stream=2, to="host"))
    yield data("03 in the check", body_with(check, b"\x03"))
    yield data("03 last in the check", body_with(check, b"\x03", last=3))
    yield data("10 in the check, no 03", body_with(check, b"\x10", gone=b"\x03"))
    yield data("03 and 10 in the check", body_with(check, b"\x03\x10"))
    yield data("1E in the check", body_with(check, b"\x1e"))
    yield data("largest body", largest_body(to, check))


def single():
    """What need not be shown with each check and both ways."""
    yield good("largest escaped body", "data", b"\x03" * 4091, "board", stream=1)
    yield good("request in parts, first", "request", b"GET /lo", part=True, stream=2, seq=1)
    yield good("request in parts, last", "request", b"ng", stream=2, seq=2, end=True)
    yield good("length of one byte more than 127", "data", b"y" * 124, "host", stream=1)
    yield good("sums of 255 are 0", "data", b"\xff" * 300, "host", "fletcher16", stream=1)
    yield good("guards of 7F", "ack", seq=1, ack=2, nonce=b"\x80\x80\xff\xff")
    nonce = hello_nonce()
    for check in CHECKS:
        name = f"hello as a host draws it, {check}"
        yield good(name, "hello", b"\x81" + nonce, check=check, nonce=nonce)


def frames():
    """All cases."""
    cases = [*each_kind("board", TO_BOARD), *each_kind("host", TO_HOST)]
    for check in CHECKS:
        for to in ("board", "host"):
            cases += awkward(to, check)
    return [*cases, *single()]
