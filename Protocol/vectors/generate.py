#!/usr/bin/env python3
"""Writes the test vectors of the Boardwalk wire protocol, version 1.

    python3 generate.py

It is a third implementation, made from ../README.md and zlib.crc32 alone, and it encodes only: what a
receiver must make of the bytes is known from how they were put together. Running it again gives the
same files, byte for byte.
"""

import json
import pathlib
import random
import zlib

KINDS = {
    "hello": 0, "welcome": 1, "bye": 2, "ack": 3, "nak": 4, "ping": 5, "request": 8, "data": 10,
    "credit": 11, "cancel": 12, "event": 13, "error": 14, "routes": 15,
}
TO_BOARD = ("hello", "bye", "ack", "nak", "ping", "request", "data", "credit", "cancel")
TO_HOST = ("welcome", "bye", "ack", "nak", "data", "credit", "cancel", "event", "error", "routes")
HEADER_ONLY = ("ack", "nak", "ping")
UNSEEDED = ("hello", "welcome")
NONCE = bytes.fromhex("f0e1d2c3")
OTHER = bytes.fromhex("8899aabb")


def fletcher(data, a, b):
    for byte in data:
        a = (a + byte) % 255
        b = (b + a) % 255
    return bytes((a, b))


def check_bytes(data, check, nonce):
    if check == "crc32":
        seed = zlib.crc32(nonce) if nonce else 0
        return zlib.crc32(data, seed).to_bytes(4, "little")
    return fletcher(data, *((nonce[0] % 255, nonce[1] % 255) if nonce else (0, 0)))


def with_sum(header):
    return bytes(header) + bytes((0x80 | -sum(header) & 127,))


def header(kind, check="crc32", end=False, part=False, stream=0, seq=0, ack=0, low=0, high=0):
    number = KINDS[kind] if isinstance(kind, str) else kind
    flags = number << 3 | (check == "fletcher16") << 2 | end << 1 | part
    return with_sum([0x1E] + [0x80 | value for value in (flags, stream, seq, ack, low, high)])


def frame(
    kind, body=b"", check="crc32", nonce=NONCE, to="board", end=False, part=False, stream=0, seq=0,
    ack=0,
):
    """The bytes of a frame."""
    if kind in HEADER_ONLY:
        return header(
            kind, stream=stream, seq=seq, ack=ack, low=seq ^ nonce[2] & 127, high=ack ^ nonce[3] & 127)
    fields = dict(check=check, end=end, part=part, stream=stream, seq=seq, ack=ack)
    first = header(kind, **fields)[:5]
    rest = body + check_bytes(first + body, check, None if kind in UNSEEDED else nonce)
    escaped = to == "board" and 3 in rest
    if escaped:
        rest = rest.replace(b"\x10", b"\x10\x50").replace(b"\x03", b"\x10\x43")
    assert len(rest) <= 8191, len(rest)
    return header(kind, **fields, low=len(rest) & 127, high=len(rest) >> 7 | escaped << 6) + rest


def write(name, description, cases):
    text = json.dumps({"description": description, "count": len(cases), "cases": cases}, indent=1)
    pathlib.Path(__file__).with_name(name).write_text(text + "\n")
    print(f"{name}: {len(cases)} cases")


# Good frames


def good(name, kind, body=b"", to="board", check="crc32", nonce=NONCE, **fields):
    made = frame(kind, body, check=check, nonce=nonce, to=to, **fields)
    return {
        "name": name, "direction": "to_" + to, "nonce": nonce.hex(), "check": check, "kind": kind,
        "end": fields.get("end", False), "part": fields.get("part", False),
        "stream": fields.get("stream", 0), "sequence": fields.get("seq", 0),
        "acknowledgement": fields.get("ack", 0), "body": body.hex(), "frame": made.hex(),
    }


def body_with(predicate, check, **fields):
    """The first body of three bytes from 40 on for whose check the predicate holds."""
    number = 0
    while True:
        body = bytes(0x40 + (number >> shift & 127) for shift in (0, 7, 14))
        first = header("data", check=check, **fields)[:5]
        if predicate(check_bytes(first + body, check, NONCE)):
            return body
        number += 1


def hello_nonce():
    """The first nonce from NONCE on that a host may draw: all check bytes are 80 or above."""
    value = int.from_bytes(NONCE, "big")
    while True:
        nonce = value.to_bytes(4, "big")
        if min(nonce) >= 0x80 and nonce != b"\x80" * 4:
            checks = b"".join(
                check_bytes(header("hello", check=check)[:5] + b"\x81" + nonce, check, None)
                for check in ("crc32", "fletcher16"))
            if min(checks) >= 0x80:
                return nonce
        value += 1


def frames():
    cases = []
    bodies = {
        "hello": b"\x81" + NONCE, "welcome": NONCE + b"v=1\nb=1", "bye": b"stopped",
        "request": b"GET /", "data": b"hello", "credit": b"\x00\x20", "cancel": b"\x01gone",
        "event": b"button\n\x01\x02", "error": b"Traceback", "routes": b"GET /",
    }
    for to, kinds in (("board", TO_BOARD), ("host", TO_HOST)):
        for check in ("crc32", "fletcher16"):
            for kind in kinds:
                if kind in HEADER_ONLY:
                    if check == "crc32":
                        cases.append(
                            good(f"{kind} to {to}", kind, to=to, seq=5, ack=127))
                    continue
                stream = 3 if kind in ("request", "data", "credit", "cancel", "error") else 0
                cases.append(
                    good(
                        f"{kind} to {to}, {check}", kind, bodies[kind], to, check, stream=stream,
                        seq=0 if kind in UNSEEDED else 9, ack=0 if kind in UNSEEDED else 4,
                        end=kind in ("request", "routes")))
    for check in ("crc32", "fletcher16"):
        for to in ("board", "host"):
            add = lambda name, body=b"", **more: cases.append(
                good(f"{name}, to {to}, {check}", "data", body, to, check, **more))
            add("empty body", stream=1, end=True)
            add("highest numbers", b"x", stream=127, seq=127, ack=127, end=True)
            add("another nonce", b"x", stream=1, nonce=bytes.fromhex("ffff80ff"))
            add("all byte values", bytes(range(256)), stream=1)
            add("only 03", b"\x03" * 40, stream=1)
            add("only 10", b"\x10" * 40, stream=1)
            add("10 and 03", b"\x10\x03\x03\x10", stream=1)
            add("what looks like an escape", b"\x10\x43\x10\x50", stream=1)
            add("what looks like an escape, and 03", b"\x10\x43\x03\x10\x50", stream=1)
            add("a frame in the body", frame("data", b"inner", stream=2, to="host"), stream=1)
            has = lambda want: body_with(want, check, stream=1)
            add("03 in the check", has(lambda c: 3 in c), stream=1)
            add("03 last in the check", has(lambda c: c[-1] == 3), stream=1)
            add("10 in the check, no 03", has(lambda c: 16 in c and 3 not in c), stream=1)
            add("03 and 10 in the check", has(lambda c: 3 in c and 16 in c), stream=1)
            add("1E in the check", has(lambda c: 0x1E in c), stream=1)
            size = 4 if check == "crc32" else 2
            plain = bytes(0x20 + index % 95 for index in range(8191 - size))
            if to == "board" and 3 in check_bytes(header("data", check=check, stream=1)[:5] + plain, check, NONCE):
                plain = b"!" + plain[1:]
            add("largest body", plain, stream=1)
    cases.append(good("largest escaped body", "data", b"\x03" * 4091, "board", stream=1))
    cases.append(good("request in parts, first", "request", b"GET /lo", part=True, stream=2, seq=1))
    cases.append(good("request in parts, last", "request", b"ng", stream=2, seq=2, end=True))
    cases.append(good("length of one byte more than 127", "data", b"y" * 124, "host", stream=1))
    cases.append(good("sums of 255 are 0", "data", b"\xff" * 300, "host", "fletcher16", stream=1))
    cases.append(good("guards of 7F", "ack", seq=1, ack=2, nonce=b"\x80\x80\xff\xff"))
    nonce = hello_nonce()
    for check in ("crc32", "fletcher16"):
        cases.append(
            good(f"hello as a host draws it, {check}", "hello", b"\x81" + nonce, check=check, nonce=nonce))
    return cases


# Bad frames


def bad_frames():
    cases = []

    def add(reason, data, to="host", check="crc32"):
        cases.append({
            "name": f"{reason}, to {to}, {check}", "direction": "to_" + to, "nonce": NONCE.hex(),
            "check": check, "reason": reason, "bytes": bytes(data).hex()})

    def flip(data, index, bits=1):
        changed = bytearray(data)
        changed[index] ^= bits
        return changed

    for to in ("board", "host"):
        for check in ("crc32", "fletcher16"):
            make = lambda kind="data", body=b"hello", **more: frame(
                kind, body, **{"check": check, "to": to, "stream": 1, "seq": 2, "ack": 3, **more})
            fine = make()
            other = "fletcher16" if check == "crc32" else "crc32"
            bad = lambda reason, data: add(reason, data, to, check)
            bad("no start", flip(fine, 0))
            for index in range(1, 8):
                bad(f"bit 7 of byte {index} missing", flip(fine, index, 0x80))
                bad(f"bit 0 of byte {index} wrong, so the sum", flip(fine, index))
            for index in (8, 12, len(fine) - 1):
                bad(f"bit 5 of byte {index} wrong", flip(fine, index, 0x20))
            bad("check of another session", make(nonce=OTHER))
            bad("check without a seed", make(nonce=None))
            bad("check of the other kind", make(check=other))
            size = 4 if check == "crc32" else 2
            rest = fine[8:]
            named = lambda low, high=0: header(
                "data", check=check, stream=1, seq=2, ack=3, low=low, high=high)
            bad("length one too small", named(len(rest) - 1) + rest)
            bad("length one too large", named(len(rest) + 1) + rest + b"x")
            bad("length less than the check", named(size - 1) + rest[-size + 1:])
            bad("length 0", named(0))
            bad("length 8191 and silence", named(127, 63) + rest)
            bad("half a header and silence", fine[:4])
            bad("half a body and silence", fine[:11])
            bad("check missing and silence", fine[:-size])
            swapped = bytearray(fine)
            swapped[8], swapped[9] = swapped[9], swapped[8]
            bad("two bytes changed places", swapped)
            number = header("data", check=check, stream=1, seq=4, ack=3, low=len(rest)) + rest
            bad("another number with a right sum", number)
            x = make(body=b"hello") if to == "host" else None
            if x:
                bad("X from the board", named(len(rest), 64) + rest)
            else:
                sent = make(body=b"a\x03b\x10c")
                tail = sent[8:]
                bad("X missing on an escaped frame", named(len(tail)) + tail)
                bad("X on a frame with a bare 10", named(len(rest) + 1, 64) + b"\x10" + rest)
                bad("escape at the end", named(len(tail), 64) + tail[:-1] + b"\x10")
        for kind in HEADER_ONLY if to == "board" else HEADER_ONLY[:2]:
            fine = frame(kind, seq=5, ack=9)
            g0, g1 = 5 ^ NONCE[2] & 127, 9 ^ NONCE[3] & 127
            made = lambda low, high: header(kind, seq=5, ack=9, low=low, high=high)
            add(f"{kind} without guards", made(0, 0), to)
            add(f"{kind} with a wrong first guard", made(g0 ^ 1, g1), to)
            add(f"{kind} with a wrong second guard", made(g0, g1 ^ 64), to)
            add(f"{kind} with its guards changed about", made(g1, g0), to)
            add(f"{kind} of another session", frame(kind, seq=5, ack=9, nonce=OTHER), to)
            add(f"{kind} with a wrong sum", flip(fine, 7), to)
            add(f"{kind} cut short", fine[:7], to)
    # HELLO and WELCOME have no seed, so a seeded one is wrong.
    body = NONCE + b"v=1\nb=1"
    first = header("welcome")[:5]
    rest = body + check_bytes(first + body, "crc32", NONCE)
    add("welcome with a seed", header("welcome", low=len(rest)) + rest)
    body = b"\x81" + NONCE
    rest = body + check_bytes(header("hello")[:5] + body, "crc32", NONCE)
    add("hello with a seed", header("hello", low=len(rest)) + rest, "board")
    return cases


# Streams of bytes from the board


def streams():
    cases = []

    def fields(kind, body=b"", end=False, stream=0, seq=0, ack=0):
        return {"frame": {
            "kind": kind, "end": end, "part": False, "stream": stream, "sequence": seq,
            "acknowledgement": ack, "body": body.hex()}}

    def data(number, body=b"hello", **more):
        """A DATA frame, and what a host must make of it."""
        args = dict(stream=1, seq=number, ack=1, **more)
        return frame("data", body, to="host", **args), fields("data", body, **args)

    def text(content):
        return {"console": content.hex()}

    def add(name, pieces, *expect):
        """Pieces are bytes; what is expected comes in order, text between two frames as one."""
        cases.append({
            "name": name, "nonce": NONCE.hex(), "check": "crc32", "bytes": b"".join(pieces).hex(),
            "expect": list(expect)})

    (a, wa), (b, wb), (c, wc) = data(1), data(2, b"second"), data(3, b"third", end=True)
    ack, want_ack = frame("ack", seq=4, ack=1), fields("ack", seq=4, ack=1)
    add("one frame", [a], wa)
    add("three frames", [a, b, c], wa, wb, wc)
    add("only text", [b"hello\r\n>>> "], text(b"hello\r\n>>> "))
    add("text before, between and behind", [b"one\n", a, b"two\n", b, b"three\n"],
        text(b"one\n"), wa, text(b"two\n"), wb, text(b"three\n"))
    add("UTF-8 and bytes with bit 7", [bytes(range(128, 256)), a, "Zürich €".encode()],
        text(bytes(range(128, 256))), wa, text("Zürich €".encode()))
    add("a 1E in text", [b"a\x1eb", a, b"\x1e\n"], text(b"a\x1eb"), wa, text(b"\x1e\n"))
    add("1E upon 1E", [b"\x1e" * 5, a], text(b"\x1e" * 5), wa)
    add("a 1E at the end, and silence", [a, b"x\x1e"], wa, text(b"x\x1e"))
    add("1E and seven bytes with bit 7, wrong sum", [b"\x1e" + b"\x81" * 7, a],
        text(b"\x1e" + b"\x81" * 7), wa)
    add("1E and six bytes with bit 7, then a frame", [b"\x1e" + b"\x81" * 6, a],
        text(b"\x1e" + b"\x81" * 6), wa)
    add("part of a header, then a frame", [a[:5], b], text(a[:5]), wb)
    add("part of a header, and silence", [a, b[:6]], wa, text(b[:6]))
    add("part of a frame, and silence", [a, b[:12]], wa)
    add("damaged body", [b"x", a[:9] + b"?" + a[10:], b], text(b"x"), wb)
    add("damaged check, then text", [a[:-1] + bytes((a[-1] ^ 1,)), b"text", b], text(b"text"), wb)
    damaged = a[:3] + bytes((a[3] & 127,)) + a[4:]
    add("a damaged header makes text of its frame", [damaged, b], text(damaged), wb)
    add("a header-only frame between", [a, ack, b], wa, want_ack, wb)
    nak, want_nak = frame("nak", seq=0, ack=0), fields("nak")
    add("NAK", [nak, b"t"], want_nak, text(b"t"))
    add("header-only frames of another session", [frame("ack", nonce=OTHER), a, b"t"], wa, text(b"t"))
    add("a frame of another session", [frame("data", b"old", to="host", nonce=OTHER), a], wa)
    body = frame("data", b"evil", to="host", nonce=OTHER, stream=1, seq=9)
    outer, want_outer = data(1, b"12" + body + b"34")
    add("a frame in a frame is a part of its body", [outer, b], want_outer, wb)
    add("damage around a frame of another session", [outer[:8] + b"?" + outer[9:], b], wb)
    inner, want_inner = data(2, b"inner")
    outer, want_outer = data(1, b"12" + inner + b"34")
    add("damage around a frame that passes the check", [outer[:8] + b"?" + outer[9:], c], want_inner, wc)
    outer, _ = data(1, b"12" + ack + b"34")
    add("damage around a header-only frame: its guards are no check", [outer[:8] + b"?" + outer[9:], b], wb)
    outer, _ = data(1, frame("welcome", b"\x80" * 4 + b"v=1\nb=2", to="host"))
    add("damage around WELCOME, which has no seed", [outer[:-1] + bytes((outer[-1] ^ 1,)), b], wb)
    add("lost bytes: the next frame begins inside", [a[:9] + a[12:], b, c], wb, wc)
    long, _ = data(1, b"z" * 200)
    lost = len(b + c) + 10
    add("many lost bytes: two frames and text inside",
        [long[:60] + long[60 + lost:], b, c, b"0123456789", b"after"], wb, wc, text(b"after"))
    add("lost bytes, then a header-only frame that reaches beyond", [a[:9] + a[12:], ack, b], want_ack, wb)
    add("lost bytes, and silence", [a[:9] + a[12:]])
    add("lost bytes, one frame, and silence", [long[:60] + long[160:], b], wb)
    add("a repeated byte", [a[:10] + a[9:], b], text(a[-1:]), wb)
    lying = header("data", stream=1, seq=9, low=127, high=63)
    add("a lying length, then frames, and silence", [lying, a, b, b"t"], wa, wb)
    add("a length less than the check", [header("data", stream=1, low=2), b"xy", a], wa)
    reserved = header(6, low=4)
    reserved = reserved + check_bytes(reserved[:5], "crc32", NONCE)
    add("a reserved kind", [reserved, a], {"frame": {
        "kind": "reserved6", "end": False, "part": False, "stream": 0, "sequence": 0,
        "acknowledgement": 0, "body": ""}}, wa)
    welcome = NONCE + b"v=1\nb=1"
    add("WELCOME without a seed", [b">>> ", frame("welcome", welcome, to="host"), a],
        text(b">>> "), fields("welcome", welcome), wa)
    largest, want_largest = data(1, b"L" * 8187)
    add("the largest frame", [largest, b], want_largest, wb)
    noise = random.Random(1)
    pieces, expect = [], []
    for number in range(100):
        printed = bytes(noise.choice(range(32, 127)) for _ in range(noise.randrange(1, 20)))
        content = bytes(noise.randrange(256) for _ in range(noise.randrange(0, 60)))
        made, want = data(number, content)
        pieces += [printed, made]
        expect += [text(printed), want]
    add("a hundred frames with text between", pieces, *expect)
    pieces, expect = [], []
    for number in range(60):
        made, want = data(number, b"n%d" % number)
        if number % 3 == 1:
            at = 8 + noise.randrange(len(made) - 8)
            made = made[:at] + bytes((made[at] ^ 0x40,)) + made[at + 1:]
        else:
            expect.append(want)
        pieces.append(made)
    add("every third frame damaged", pieces, *expect)
    return cases


# Sessions


class Talk:
    """A session between a host and a board, written down step by step."""

    def __init__(self, name, description, nonce):
        self.case = {"name": name, "description": description, "nonce": nonce.hex(), "steps": []}
        self.nonce = nonce
        self.host = self.board = 0  # the next number of each
        self.hello()

    def step(self, way, data, means, **more):
        self.case["steps"].append({way: data.hex(), "means": means, **more})

    def hello(self, nonce=None, routes=True, **more):
        self.nonce = nonce or self.nonce
        body = b"\x81" + self.nonce
        both = b"".join(frame("hello", body, check=check) for check in ("crc32", "fletcher16"))
        self.step("to_board", both, "HELLO, with each check", **more)
        text = b"v=1\nb=00000001\ni=reference\nm=vectors\na=ahttpserver\nf=256\nh=512\nw=1024\nq=4\nn=4\nk=512\nc=crc32"
        welcome = frame("welcome", self.nonce + text, to="host", seq=0 if routes else self.board, ack=0 if routes else self.host)
        self.step("to_host", welcome, "WELCOME", loose=True)
        if routes:
            self.host = self.board = 0
            self.from_board("routes", b"GET /\nPOST /echo\nGET /boom", "ROUTES", end=True)

    def make(self, kind, body=b"", **fields):
        """A frame of the host, with its next number; it acknowledges all that the board sent."""
        made = frame(kind, body, nonce=self.nonce, **{"seq": self.host, "ack": self.board, **fields})
        if KINDS[kind] >= 8 and "seq" not in fields:
            self.host = (self.host + 1) % 128
        return made

    def to_board(self, kind, body=b"", means="", do=None, **fields):
        more = {"do": do} if do else {}
        made = self.make(kind, body, **fields)
        self.step("to_board", made, means or kind.upper(), **more)
        return made

    def from_board(self, kind, body=b"", means="", loose=False, **fields):
        made = frame(kind, body, nonce=self.nonce, to="host", **{"seq": self.board, "ack": self.host, **fields})
        if KINDS[kind] >= 8 and "seq" not in fields:
            self.board = (self.board + 1) % 128
        self.step("to_host", made, means or kind.upper(), **({"loose": True} if loose else {}))

    def get(self, stream=1, **more):
        self.to_board("request", b"GET /", "REQUEST GET /", {"open": "GET /", "body": "", "end": True}, stream=stream, end=True, **more)
        self.hello_response(stream)

    def hello_response(self, stream=1):
        self.from_board("data", b"200 text/plain\n\nhello", "DATA, the response", stream=stream, end=True)

    def ack(self):
        self.to_board("ack", means="ACK", do={"wait": 5})

    def from_board_ack(self):
        self.from_board("ack", means="ACK")


ECHO = b"200 application/octet-stream\n\n"


def sessions():
    cases = []
    nonce = hello_nonce()

    def talk(name, description):
        made = Talk(name, description, nonce)
        cases.append(made.case)
        return made

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
    t.to_board("request", b"POST /echo\n\nabc", "REQUEST with the whole body",
               {"open": "POST /echo", "body": b"abc".hex(), "end": True}, stream=1, end=True)
    t.from_board("data", ECHO + b"abc", "DATA, the response", stream=1, end=True)
    t.ack()
    t = talk("post with 03", "03 never goes towards the board; the board does not escape.")
    t.to_board("request", b"POST /echo\n\n\x03\x10\x03", "REQUEST, escaped",
               {"open": "POST /echo", "body": "031003", "end": True}, stream=1, end=True)
    t.from_board("data", ECHO + b"\x03\x10\x03", "DATA, the response", stream=1, end=True)
    t.ack()
    t = talk("post in two frames", "The board acknowledges when it has nothing left to read.")
    t.to_board("request", b"POST /echo\n\nabc", "REQUEST with the first part of the body",
               {"open": "POST /echo", "body": b"abc".hex(), "end": False}, stream=1)
    t.from_board_ack()
    t.to_board("data", b"def", "DATA, the rest", {"write": b"def".hex(), "stream": 1, "end": True}, stream=1, end=True)
    t.from_board("data", ECHO + b"abcdef", "DATA, the response", stream=1, end=True)
    t.ack()
    t = talk("post with credit", "712 bytes: 200 with the head, 512 of credit; CREDIT comes when the board likes, so all of "
             "the answer is loose: its frames, joined, are ROUTES' successors, end with E and echo the body.")
    body = bytes(32 + index % 90 for index in range(712))
    made = t.make("request", b"POST /echo\n\n" + body[:200], stream=1)
    made += t.make("data", body[200:440], stream=1) + t.make("data", body[440:680], stream=1)
    made += t.make("data", body[680:], stream=1, end=True)
    t.step("to_board", made, "REQUEST and three DATA")
    for start in range(0, len(ECHO + body), 200):
        whole = ECHO + body
        t.from_board("data", whole[start:start + 200], "DATA", True, stream=1, end=start + 200 >= len(whole))
    t = talk("head in parts", "The first REQUEST has P; the board acknowledges it and waits.")
    t.to_board("request", b"POST /ec", "REQUEST, a part of the head", stream=1, part=True)
    t.from_board_ack()
    t.to_board("request", b"ho\n\nxyz", "REQUEST, the rest of the head and the body", stream=1, end=True)
    t.from_board("data", ECHO + b"xyz", "DATA, the response", stream=1, end=True)
    t.ack()
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
    t = talk("gap", "The first frame ahead of a gap is answered with NAK, the next is dropped silently.")
    lost = t.make("request", b"GET /", stream=1, end=True)
    second = t.make("request", b"GET /", stream=2, end=True)
    third = t.make("request", b"GET /", stream=3, end=True)
    t.step("to_board", second, "REQUEST, number 1; number 0 was lost")
    t.from_board("nak", means="NAK 0", seq=0, ack=0)
    t.step("to_board", third, "REQUEST, number 2; no answer")
    for number, made in enumerate((lost, second, third)):
        made = frame("request", b"GET /", nonce=nonce, stream=number + 1, end=True, seq=number, ack=t.board)
        t.step("to_board", made, f"REQUEST, number {number}, again")
        t.host = number + 1
        t.hello_response(number + 1)
    t.ack()
    t = talk("host asks again", "NAK from the host: the board sends that frame again, with today's acknowledgement.")
    t.get()
    t.to_board("nak", means="NAK 1", seq=1, ack=1)
    t.from_board("data", b"200 text/plain\n\nhello", "DATA again", stream=1, end=True, seq=1)
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
    t = talk("cancel by the host", "A side that gets CANCEL and has not ended answers CANCEL.")
    t.to_board("request", b"POST /echo", "REQUEST; the body is to come",
               {"open": "POST /echo", "body": "", "end": False}, stream=1)
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
    t = talk("event", "The step app says what the program on the board does.")
    t.ack()
    t.case["steps"].append({"app": {"emit": "button", "data": b"pressed".hex()}, "means": "emit"})
    t.from_board("event", b"button\npressed", "EVENT")
    t.ack()
    t = talk("error", "A handler that raises gives ERROR, whose text begins with Traceback, and CANCEL 3.")
    t.to_board("request", b"GET /boom", "REQUEST GET /boom",
               {"open": "GET /boom", "body": "", "end": True}, stream=1, end=True)
    t.from_board("error", b"Traceback (most recent call last):\n", "ERROR", True, stream=1)
    t.from_board("cancel", b"\x03", "CANCEL, exception", True, stream=1)
    t.ack()
    t.get()
    t = talk("hello again", "HELLO with the running nonce is answered, and changes nothing.")
    t.get()
    t.hello(routes=False)
    t.get()
    t = talk("hello anew", "HELLO with another nonce begins a new session.")
    t.get()
    value = int.from_bytes(nonce, "big") + 0x01000000
    t.hello(nonce=value.to_bytes(4, "big"))
    t.get()
    t = talk("bye", "After the host's BYE the board keeps silent until a HELLO.")
    t.ack()
    t.to_board("bye", b"closing", "BYE", {"bye": "closing"})
    t.to_board("ping", means="PING; no answer")
    t.hello(nonce=nonce)
    return cases


if __name__ == "__main__":
    write("frames.json", "Good frames: the fields, and the bytes on the line. Encode and decode.", frames())
    write("bad-frames.json", "Bytes, followed by silence, that no receiver may take for a frame, and why.", bad_frames())
    write(
        "streams.json",
        "What a board sends, followed by silence, and what the host's decoder makes of it. Neighbouring pieces of console "
        "text count as one.", streams())
    write(
        "sessions.json",
        "Sessions, step by step. After to_board the board sends exactly the to_host steps that follow; of a loose step only "
        "kind, stream and meaning count. The board: f=256 h=512 w=1024 q=4 n=4 k=512 c=crc32; its routes, in this order: GET / "
        "answers '200 text/plain\\n\\nhello', POST /echo '200 application/octet-stream\\n\\n' and the body read in full, "
        "GET /boom raises. The key do is what a host does for the step: open, write, cancel, bye, or wait so many ms.",
        sessions())
