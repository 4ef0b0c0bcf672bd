"""The reference encoder of the wire protocol, made from ../../README.md and zlib.crc32 alone.

It encodes only: what a receiver must make of the bytes is known from how they were put together. It
imports none of its neighbours, so that a test can load this file alone.
"""

import zlib

KINDS = {
    "hello": 0,
    "welcome": 1,
    "bye": 2,
    "ack": 3,
    "nak": 4,
    "ping": 5,
    "request": 8,
    "data": 10,
    "credit": 11,
    "cancel": 12,
    "event": 13,
    "error": 14,
    "routes": 15,
}
TO_BOARD = ("hello", "bye", "ack", "nak", "ping", "request", "data", "credit", "cancel")
TO_HOST = ("welcome", "bye", "ack", "nak", "data", "credit", "cancel", "event", "error", "routes")
HEADER_ONLY = ("ack", "nak", "ping")
UNSEEDED = ("hello", "welcome")  # they bring the nonce that the seed comes from
CHECKS = {"crc32": 4, "fletcher16": 2}  # and their sizes

NONCE = bytes.fromhex("f0e1d2c3")
OTHER = bytes.fromhex("8899aabb")  # of another session


def fletcher(data, a, b):
    for byte in data:
        a = (a + byte) % 255
        b = (b + a) % 255
    return bytes((a, b))


def check_bytes(data, check, nonce):
    """The check of the first five bytes of the header and the body; without a nonce it has no seed."""
    if check == "crc32":
        seed = zlib.crc32(nonce) if nonce else 0
        return zlib.crc32(data, seed).to_bytes(4, "little")
    return fletcher(data, *((nonce[0] % 255, nonce[1] % 255) if nonce else (0, 0)))


def with_sum(header):
    """The seven bytes, and the eighth that makes their sum a multiple of 128."""
    return bytes(header) + bytes((0x80 | -sum(header) & 127,))


def header(kind, check="crc32", end=False, part=False, stream=0, seq=0, ack=0, low=0, high=0):
    """A header with a right sum, whatever its length or guards; the kind is a name or a number."""
    number = KINDS[kind] if isinstance(kind, str) else kind
    flags = number << 3 | (check == "fletcher16") << 2 | end << 1 | part
    return with_sum([0x1E] + [0x80 | value for value in (flags, stream, seq, ack, low, high)])


def frame(
    kind,
    body=b"",
    check="crc32",
    nonce=NONCE,
    to="board",
    end=False,
    part=False,
    stream=0,
    seq=0,
    ack=0,
):
    """The bytes of a frame; without a nonce, its check has no seed."""
    if kind in HEADER_ONLY:
        return header(
            kind, stream=stream, seq=seq, ack=ack, low=seq ^ nonce[2] & 127, high=ack ^ nonce[3] & 127
        )
    fields = dict(check=check, end=end, part=part, stream=stream, seq=seq, ack=ack)
    first = header(kind, **fields)[:5]
    rest = body + check_bytes(first + body, check, None if kind in UNSEEDED else nonce)
    escaped = to == "board" and 3 in rest
    if escaped:
        # 03 interrupts MicroPython; a frame without it goes as it is, so that 10 costs nothing.
        rest = rest.replace(b"\x10", b"\x10\x50").replace(b"\x03", b"\x10\x43")
    assert len(rest) <= 8191, len(rest)
    return header(kind, **fields, low=len(rest) & 127, high=len(rest) >> 7 | escaped << 6) + rest


def hello_nonce():
    """The first nonce from NONCE on that a host may draw: all check bytes are 80 or above."""
    value = int.from_bytes(NONCE, "big")
    while True:
        nonce = value.to_bytes(4, "big")
        if min(nonce) >= 0x80 and nonce != b"\x80" * 4:
            checks = b"".join(
                check_bytes(header("hello", check=check)[:5] + b"\x81" + nonce, check, None)
                for check in CHECKS
            )
            if min(checks) >= 0x80:
                return nonce
        value += 1
