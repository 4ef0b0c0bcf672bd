"""The bad frames: bytes that differ from a frame in one way, which the receiver must notice."""

from .codec import CHECKS, HEADER_ONLY, NONCE, OTHER, check_bytes, frame, header

DESCRIPTION = "Bytes, followed by silence, that no receiver may take for a frame, and why."


def bad(reason, data, to="host", check="crc32"):
    """A case."""
    return {
        "name": f"{reason}, to {to}, {check}",
        "direction": "to_" + to,
        "nonce": NONCE.hex(),
        "check": check,
        "reason": reason,
        "bytes": bytes(data).hex(),
    }


def flip(data, index, bits=1):
    """The same bytes with some bits of one changed."""
    changed = bytearray(data)
    changed[index] ^= bits
    return changed


class Variants:
    """A good DATA frame one way with one check, and what can be made of it."""

    def __init__(self, to, check):
        self.to = to
        self.check = check
        self.fine = self.make()
        self.rest = self.fine[8:]

    def make(self, body=b"hello", **more):
        """The frame, but for what is given."""
        fields = {"check": self.check, "to": self.to, "stream": 1, "seq": 2, "ack": 3, **more}
        return frame("data", body, **fields)

    def head(self, low, high=0, seq=2):
        """The header with a length that need not be right, and a right sum."""
        return header("data", check=self.check, stream=1, seq=seq, ack=3, low=low, high=high)

    def bad(self, reason, data):
        return bad(reason, data, self.to, self.check)

    def bits(self):
        """Single bits, in the header, the body and the check."""
        yield self.bad("no start", flip(self.fine, 0))
        for index in range(1, 8):
            yield self.bad(f"bit 7 of byte {index} missing", flip(self.fine, index, 0x80))
            yield self.bad(f"bit 0 of byte {index} wrong, so the sum", flip(self.fine, index))
        for index in (8, 12, len(self.fine) - 1):
            yield self.bad(f"bit 5 of byte {index} wrong", flip(self.fine, index, 0x20))

    def checks(self):
        """Checks that are right for somebody else."""
        yield self.bad("check of another session", self.make(nonce=OTHER))
        yield self.bad("check without a seed", self.make(nonce=None))
        other = "fletcher16" if self.check == "crc32" else "crc32"
        yield self.bad("check of the other kind", self.make(check=other))

    def lengths(self):
        """Wrong lengths, and frames that stop."""
        rest, size = self.rest, CHECKS[self.check]
        yield self.bad("length one too small", self.head(len(rest) - 1) + rest)
        yield self.bad("length one too large", self.head(len(rest) + 1) + rest + b"x")
        yield self.bad("length less than the check", self.head(size - 1) + rest[-size + 1 :])
        yield self.bad("length 0", self.head(0))
        yield self.bad("length 8191 and silence", self.head(127, 63) + rest)
        yield self.bad("half a header and silence", self.fine[:4])
        yield self.bad("half a body and silence", self.fine[:11])
        yield self.bad("check missing and silence", self.fine[:-size])

    def changes(self):
        """Changes that the header's sum or a plain sum of the body would not show."""
        swapped = bytearray(self.fine)
        swapped[8], swapped[9] = swapped[9], swapped[8]
        yield self.bad("two bytes changed places", swapped)
        number = self.head(len(self.rest), seq=4) + self.rest
        yield self.bad("another number with a right sum", number)

    def escapes(self):
        """The bit X where it must not be, or not where it must be; only the host escapes."""
        rest = self.rest
        if self.to == "host":
            yield self.bad("X from the board", self.head(len(rest), 64) + rest)
            return
        tail = self.make(b"a\x03b\x10c")[8:]
        yield self.bad("X missing on an escaped frame", self.head(len(tail)) + tail)
        yield self.bad("X on a frame with a bare 10", self.head(len(rest) + 1, 64) + b"\x10" + rest)
        yield self.bad("escape at the end", self.head(len(tail), 64) + tail[:-1] + b"\x10")

    def cases(self):
        return [*self.bits(), *self.checks(), *self.lengths(), *self.changes(), *self.escapes()]


def header_only(kind, to):
    """Frames without a check, which only their guards and their sum protect."""
    fields = {"seq": 5, "ack": 9}
    g0, g1 = 5 ^ NONCE[2] & 127, 9 ^ NONCE[3] & 127
    fine = frame(kind, **fields)
    yield bad(f"{kind} without guards", header(kind, **fields), to)
    yield bad(f"{kind} with a wrong first guard", header(kind, **fields, low=g0 ^ 1, high=g1), to)
    yield bad(f"{kind} with a wrong second guard", header(kind, **fields, low=g0, high=g1 ^ 64), to)
    yield bad(f"{kind} with its guards changed about", header(kind, **fields, low=g1, high=g0), to)
    yield bad(f"{kind} of another session", frame(kind, **fields, nonce=OTHER), to)
    yield bad(f"{kind} with a wrong sum", flip(fine, 7), to)
    yield bad(f"{kind} cut short", fine[:7], to)


def seeded(kind, body, to):
    """HELLO and WELCOME have no seed, so a seeded one is wrong."""
    rest = body + check_bytes(header(kind)[:5] + body, "crc32", NONCE)
    return bad(f"{kind} with a seed", header(kind, low=len(rest)) + rest, to)


def bad_frames():
    """All cases."""
    cases = []
    for to in ("board", "host"):
        for check in CHECKS:
            cases += Variants(to, check).cases()
        for kind in HEADER_ONLY:
            if to == "board" or kind != "ping":  # the board does not send PING
                cases += header_only(kind, to)
    cases.append(seeded("welcome", NONCE + b"v=1\nb=1", "host"))
    cases.append(seeded("hello", b"\x81" + NONCE, "board"))
    return cases
