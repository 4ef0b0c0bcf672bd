"""Single faults at chosen moments, both ways: each costs one frame at most, and the next request works."""

import contextlib
import random

import pytest
from lab import eventually
from tap import Tap, codec
from test_errors import Asking, problem, works

APPS = ["workshop.py", "threaded.py"]


@pytest.fixture(params=APPS)
def tapped(request, lab):
    """A gateway whose line goes through a tap."""
    simulator = lab.simulate(request.param)
    with contextlib.closing(Tap(simulator.path)) as tap:
        gateway = lab.serve(tap.path)
        gateway.tap = tap
        gateway.simulator = simulator
        gateway.wait()
        works(gateway)
        yield gateway


def lying(frame, by):
    """The frame with another length, and a header that is right in itself."""
    data = bytearray(frame.data)
    length = (data[5] & 127 | (data[6] & 63) << 7) + by
    data[5] = 0x80 | length & 127
    data[6] = data[6] & 0xC0 | 0x80 | length >> 7
    data[7] = 0x80 | -sum(data[:7]) & 127
    return bytes(data)


DAMAGE = {
    "lost": lambda frame: b"",
    "a byte of the body": lambda frame: frame.flip(9),
    "a byte of the check": lambda frame: frame.flip(-1),
    "a byte of the header": lambda frame: frame.flip(3),
    "the start": lambda frame: frame.flip(0),
    "cut short by one byte": lambda frame: frame.data[:-1],
    "cut in the header": lambda frame: frame.data[:5],
    "a byte too many": lambda frame: frame.data[:10] + b"x" + frame.data[10:],
    "twice": lambda frame: frame.data * 2,
    "a length too small": lambda frame: lying(frame, -1),
    "a length too large": lambda frame: lying(frame, 1),
    "a length far too large": lambda frame: lying(frame, 5000),
    "noise ahead": lambda frame: b"\x1e\x81noise\xff\x1e" + frame.data,
    "half a frame ahead": lambda frame: frame.data[: len(frame.data) // 2] + frame.data,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("direction, kind", [("board", "request"), ("host", "data")])
def test_one_damaged_frame(tapped, direction, kind, damage):
    """It costs that frame alone: one is sent again, and the handler runs once."""
    before = tapped.link()
    done = tapped.tap.once(direction, kind, DAMAGE[damage])
    answer = tapped.get("/boards/demo/hello?id=damaged")
    assert (answer.status, answer.body) == (200, b"hello")
    assert done.is_set()
    tapped.tap.rule = lambda direction, frame: None
    assert tapped.get("/boards/demo/counts").json == {"damaged": 1}
    after = tapped.link()
    assert after["sessions"] == before["sessions"]
    if direction == "board":
        assert after["retransmissions"] - before["retransmissions"] <= 1
    works(tapped)


@pytest.mark.parametrize("direction", ["board", "host"])
def test_damage_in_the_middle_of_a_body(tapped, direction):
    # By chance, not each fifth one: that might be the first of every resent window, for ever.
    chance = random.Random(9)
    count = 0

    def rule(where, frame):
        nonlocal count
        if where == direction and frame.kind == "data" and chance.random() < 0.2:
            count += 1
            return frame.flip(9)
        return None

    tapped.tap.rule = rule
    body = random.Random(3).randbytes(20_000)
    assert tapped.post("/boards/demo/echo", body).body == body
    assert count > 5
    works(tapped)


@pytest.mark.parametrize("direction", ["board", "host"])
def test_lost_acknowledgements(tapped, direction):
    tapped.tap.rule = lambda where, frame: b"" if where == direction and frame.kind == "ack" else None
    for _ in range(20):
        works(tapped)


@pytest.mark.parametrize("direction", ["board", "host"])
def test_noise_between_requests(tapped, direction):
    noise = random.Random(4)
    for _ in range(20):
        data = bytes(byte for byte in noise.randbytes(200) if byte != 3)
        tapped.tap.inject(direction, b"\x1e" + data)
        works(tapped)
    assert tapped.link()["sessions"] == 1


# Header fields that make sense, from somebody who does not speak the protocol.

STRANGE = {
    "reserved kind 6": {"kind": 6},
    "reserved kind 7": {"kind": 7},
    "welcome of another": {"kind": "welcome", "body": b"abcdv=1\nb=1"},
    "data of the past": {"kind": "data", "body": b"old", "stream": 1, "seq": 127},
    "data far ahead": {"kind": "data", "body": b"new", "stream": 1, "seq": 60},
    "acknowledgement of what was not sent": {"kind": "ack", "ack": 99},
    "nak of what was not sent": {"kind": "nak", "seq": 99},
}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("direction", ["board", "host"])
def test_strange_frames(tapped, direction, name):
    tapped.tap.inject(direction, tapped.tap.forge(to=direction, **STRANGE[name]))
    works(tapped)
    works(tapped)
    assert tapped.link()["sessions"] == 1


@pytest.mark.parametrize(
    "kind, stream", [(9, 0), (9, 5), ("data", 99), ("credit", 0), ("cancel", 77), ("error", 55)]
)
def test_unknown_kind_or_stream_from_the_board(lab, kind, stream):
    """In place of an event, whose number it has, so that it is next in order; dropped but acknowledged."""
    simulator = lab.simulate()
    with contextlib.closing(Tap(simulator.path)) as tap:
        gateway = lab.serve(tap.path)
        gateway.wait()

        def change(frame):
            return tap.forge(kind, b"\x01\x02", stream=stream, seq=frame.seq, ack=frame.ack)

        done = tap.once("host", "event", change, stream=False)
        assert gateway.post("/boards/demo/emit?name=x", b"y").json is True
        assert done.wait(20)
        works(gateway)
        assert gateway.link()["sessions"] == 1


def test_a_request_on_an_unknown_stream(lab):
    """The board refuses it; the gateway, which waits on another, gives up at its deadline."""
    simulator = lab.simulate()
    with contextlib.closing(Tap(simulator.path)) as tap:
        gateway = lab.serve(tap.path, "--deadline", "1")
        gateway.wait()

        def change(frame):
            return tap.forge(
                "request", b"GET /hello", to="board", stream=100, seq=frame.seq, ack=frame.ack, end=True
            )

        tap.once("board", "request", change)
        problem(gateway.get("/boards/demo/hello"), 504, "deadline", "may have run")
        assert [frame.stream for where, frame in tap.seen if where == "host" and frame.kind == "cancel"][
            0
        ] == 100
        works(gateway)


def test_another_version(lab):
    simulator = lab.simulate()
    with contextlib.closing(Tap(simulator.path)) as tap:

        def rule(direction, frame):
            if frame.kind != "welcome":
                return None
            return codec.frame("welcome", frame.body.replace(b"v=1\n", b"v=2\n"), to="host")

        tap.rule = rule
        gateway = lab.serve(tap.path)
        assert "version 2" in gateway.wait("failed")["reason"]
        found = problem(gateway.get("/boards/demo/hello"), 503, "board-unavailable", "not sent")
        assert "version 2" in found["detail"] and "install" in found["detail"]
        # A board with the right version, at the same port.
        tap.rule = lambda direction, frame: None
        gateway.wait()
        works(gateway)


def test_a_line_that_carries_nothing_any_more(lab):
    simulator = lab.simulate()
    with contextlib.closing(Tap(simulator.path)) as tap:
        gateway = lab.serve(tap.path, "--deadline", "1")
        gateway.wait()
        works(gateway)
        tap.is_cut = True
        problem(gateway.get("/boards/demo/hello"), 504, "deadline", "may have run")
        gateway.wait("not serving")
        tap.is_cut = False
        gateway.wait()
        works(gateway)


@pytest.mark.parametrize("app", APPS)
def test_a_burst_that_gets_lost(lab, app):
    """The board waits for the rest of the frame: it comes, before that looks like a handler that hangs."""
    simulator = lab.simulate(app)
    with contextlib.closing(Tap(simulator.path)) as tap:
        gateway = lab.serve(tap.path, "--deadline", "2")
        gateway.wait()
        boot = gateway.board()["firmware"]["bootID"]
        done = tap.once("board", "request", lambda frame: frame.data[:100] + frame.data[400:])
        body = bytes(450)
        answer = gateway.post("/boards/demo/echo", body)
        assert (answer.status, answer.body) == (200, body), answer
        assert done.is_set()
        board = gateway.board()
        assert (board["firmware"]["bootID"], board["link"]["sessions"]) == (boot, 1)


@pytest.mark.parametrize("app", APPS)
def test_half_a_frame_of_a_gateway_that_has_gone(lab, app):
    simulator = lab.simulate(app)
    with contextlib.closing(Tap(simulator.path)) as tap:
        tap.inject("board", codec.frame("data", bytes(510), stream=1)[:8])
        gateway = lab.serve(tap.path)
        gateway.wait()
        # A third of what would fill it with nothing but HELLO.
        assert len([frame for where, frame in tap.seen if frame.kind == "hello"]) <= 2 * 6
        works(gateway)


def test_a_pty_that_closes_in_the_middle(lab):
    simulator = lab.simulate()
    with contextlib.closing(Tap(simulator.path)) as tap:
        gateway = lab.serve(tap.path)
        gateway.wait()
        asking = Asking(gateway, "hang")
        tap.unplug()
        problem(asking.result(), 502, "unplugged", "may have run")
        gateway.wait("absent")


def test_a_hello_of_another_gateway(lab):
    """A second gateway on the line takes the board; the first finds out and begins anew."""
    simulator = lab.simulate()
    with contextlib.closing(Tap(simulator.path)) as tap:
        gateway = lab.serve(tap.path, "--deadline", "1")
        gateway.wait()
        tap.inject("board", codec.frame("hello", b"\x81\xf0\xe1\xd2\xc3"))
        problem(gateway.get("/boards/demo/hello"), 504, "deadline", "may have run")
        eventually(lambda: gateway.link()["sessions"] == 2, "a new session")
        gateway.wait()
        works(gateway)
