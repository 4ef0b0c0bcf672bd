"""The event stream of all boards: resuming, filters, requests, and what a restart costs."""

import json
import os
import socket
import threading

import pytest
from lab import eventually


def emit(gateway, data, name="n"):
    assert gateway.post("/boards/demo/emit?name=" + name, data.encode()).json is True


def numbers(events, count):
    return [events.until("emit")["data"] for _ in range(count)]


def test_a_client_that_comes_again_misses_nothing(bench):
    with bench.events("/api/v1/events?type=emit", listening=False) as events:
        start = events.next()["id"]
        emit(bench, "0")
        last = events.next()["id"]
    for n in range(1, 50):
        emit(bench, str(n))
    for target, headers in (
        ("/api/v1/events?type=emit", {"Last-Event-ID": last}),
        ("/api/v1/events?type=emit&after=" + last, {}),
        ("/api/v1/boards/demo/events?type=emit&after=" + start, {"Last-Event-ID": last}),
    ):
        with bench.events(target, headers=headers) as events:
            assert numbers(events, 49) == [str(n) for n in range(1, 50)]


def test_a_client_that_saw_nothing_yet_can_come_again(bench):
    with bench.events("/api/v1/events?type=emit", listening=False) as events:
        start = events.next()["id"]
    emit(bench, "a")
    with bench.events("/api/v1/events?type=emit", headers={"Last-Event-ID": start}) as events:
        assert numbers(events, 1) == ["a"]


def test_nothing_is_missed_or_doubled_while_events_come(bench):
    """Many clients come again and again in the middle of a burst, each with the last id that it saw."""
    count = 300
    with bench.events("/api/v1/events?type=emit", listening=False) as events:
        start = events.next()["id"]
    seen = [[] for _ in range(4)]

    def follow(mine, hop):
        last = start
        while len(mine) < count:
            with bench.events("/api/v1/events?type=emit", headers={"Last-Event-ID": last}) as events:
                for _ in range(min(hop, count - len(mine))):
                    event = events.next()
                    while event.get("event") != "emit":
                        event = events.next()
                    mine.append(json.loads(event["data"])["data"])
                    last = event["id"]

    threads = [threading.Thread(target=follow, args=(seen[i], 7 + 11 * i)) for i in range(4)]
    for thread in threads:
        thread.start()
    for n in range(count):
        emit(bench, str(n))
    for thread in threads:
        thread.join(60)
    for mine in seen:
        assert mine == [str(n) for n in range(count)]


def test_an_expired_cursor_is_told_so_once(lab):
    gateway = lab.bench()
    with gateway.events("/api/v1/events?type=emit", listening=False) as events:
        start = events.next()["id"]
    with gateway.connect() as connection:
        for n in range(4200):  # the ring holds 4,096
            connection.request("GET", "/boards/demo/hello?%d" % n)
            connection.getresponse().read()
    with gateway.events("/api/v1/events", headers={"Last-Event-ID": start}) as events:
        first = events.next()
        assert first["event"] == "gap" and "id" not in first
        gap = json.loads(first["data"])
        assert gap["reason"] == "expired" and gap["lost"] > 100
        before = None
        for _ in range(4000):
            event = events.next()
            assert event["event"] != "gap"
            number = int(event["id"].split("-")[1])
            assert before is None or number == before + 1
            before = number


def test_a_restarted_gateway_says_so(lab):
    path = lab.path()
    lab.simulate(path=path)
    gateway = lab.serve(path)
    gateway.wait()
    with gateway.events("/api/v1/events", listening=False) as events:
        last = events.next()["id"]
    gateway.end()
    gateway = lab.serve(path)
    gateway.wait()
    with gateway.events("/api/v1/events", headers={"Last-Event-ID": last}) as events:
        event = events.next()
        assert (event["event"], json.loads(event["data"])["reason"]) == ("gap", "restarted")
        assert events.until("state", state="serving")


@pytest.mark.parametrize("cursor", ["x", "-", "1", "ffff", "-1", "0x10-3", "1-" + "9" * 40, "é-1", "1-2-3"])
def test_a_cursor_that_is_none_is_a_gap(bench, cursor):
    headers = {"Last-Event-ID": cursor.encode()}
    with bench.events("/api/v1/events", headers=headers) as events:
        assert events.next()["event"] == "gap"


@pytest.mark.parametrize(
    "query, what",
    [
        ("type=lightning", "lightning"),
        ("type=", "empty name"),
        ("board=", "empty name"),
        ("after=x", "no event's id"),
        ("typ=emit", "typ="),
    ],
)
def test_bad_queries(bench, query, what):
    answer = bench.get("/api/v1/events?" + query)
    assert (answer.status, answer.json["type"]) == (400, "urn:boardwalk:problem:bad-query")
    assert what in answer.json["detail"]


def test_filters(bench):
    with (
        bench.events("/api/v1/events?type=console,exception") as some,
        bench.events("/api/v1/events?board=other") as none,
    ):
        emit(bench, "x")
        bench.get("/boards/demo/raise")
        bench.post("/boards/demo/print", b"done")
        kinds = [some.next()["event"] for _ in range(2)]
        assert kinds == ["exception", "console"]
        none.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            none.next()


def test_requests_are_events(bench):
    with bench.events("/api/v1/events?type=request") as events:
        bench.get("/boards/demo/hello?x=1")
        bench.post("/boards/demo/echo", bytes(40_000))
        bench.get("/boards/demo/nothing")
        bench.get("/boards/demo/raise")
        seen = [events.until("request") for _ in range(4)]
    lines = [(event["method"], event["path"], event["status"]) for event in seen]
    # A client may have its answer, and ask again, before the gateway has written that down.
    assert set(lines) == {
        ("GET", "/hello?x=1", 200),
        ("POST", "/echo", 200),
        ("GET", "/nothing", 404),
        ("GET", "/raise", 500),
    }
    assert all(event["board"] == "demo" and 0 < event["durationMicroseconds"] < 60e6 for event in seen)


def test_requests_of_clients_that_vanish_are_events(bench):
    with bench.events("/api/v1/events?type=request") as events:
        with bench.socket() as connection:
            connection.sendall(b"GET /boards/demo/hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
            eventually(lambda: bench.board()["requests"]["running"] == 1, "the handler runs")
        assert events.until("request", path="/hang")["status"] == 499


def test_a_slow_client_is_told_how_many_it_lost(lab):
    gateway = lab.bench()
    with gateway.events("/api/v1/events?type=emit") as slow:
        count = 8_000  # more than the sockets' buffers and the bound hold
        with gateway.connect() as connection:
            for _ in range(count):
                connection.request("POST", "/boards/demo/emit?name=n", b"x" * 400)
                connection.getresponse().read()
        emit(gateway, "last")
        seen = lost = 0
        while True:
            event = slow.next()
            if event.get("event") == "lost":
                lost += json.loads(event["data"])["count"]
            elif event.get("event") == "emit":
                if json.loads(event["data"])["data"] == "last":
                    break
                seen += 1
    assert lost > 0 and seen + lost == count


# Streams that a handler offers to everybody


def test_a_shared_stream_is_opened_once(bench):
    with (
        bench.events("/boards/demo/shared") as one,
        bench.events("/boards/demo/shared") as two,
        bench.events("/boards/demo/shared") as three,
    ):
        eventually(lambda: bench.board()["requests"]["running"] == 1, "one request runs")
        before = bench.link()["framesReceived"]
        for n in range(20):
            bench.post("/boards/demo/tick")
            for events in (one, two, three):
                assert events.next()["data"] == "event %d" % n
        assert bench.link()["framesReceived"] - before <= 2 * 20 + 5
        two.close()
        bench.post("/boards/demo/tick")
        assert one.next()["data"] == three.next()["data"] == "event 20"
    # The handler learns that everybody has gone.
    eventually(lambda: bench.board()["requests"]["running"] == 0, "the handler's request is over")


def test_a_shared_stream_can_be_opened_anew(bench):
    for _ in range(3):
        with bench.events("/boards/demo/shared") as events:
            bench.post("/boards/demo/tick")
            assert events.next()["data"] == "event 0"
        bench.post("/boards/demo/tick")
        eventually(lambda: bench.board()["requests"]["running"] == 0, "the request is over")


def test_a_slow_client_of_a_shared_stream_is_told_what_it_lost_at_the_end_too(bench):
    count = 15_000
    target = "/boards/demo/shared-many?n=%d" % count
    with bench.events(target) as fast, bench.events(target) as slow:
        assert sum(1 for _ in iter(fast.next, None)) == count
        seen = lost = 0
        for event in iter(slow.next, None):
            if event.get("event") == "lost":
                lost += json.loads(event["data"])["count"]
            else:
                seen += 1
    assert lost > 0 and seen + lost == count


# Connections


def test_events_behind_other_requests_on_one_connection(bench):
    text = (
        b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
        b"POST /boards/demo/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody"
        b"GET /api/v1/events?type=oops HTTP/1.1\r\nHost: localhost\r\n\r\n"
        b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
        b"GET /api/v1/events?type=emit HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"
    )
    with bench.socket() as connection:
        connection.sendall(text)
        seen = b""
        while b": events" not in seen:
            piece = connection.recv(65536)
            assert piece, seen
            seen += piece
        emit(bench, "x")
        while b"event: emit" not in seen:
            seen += connection.recv(65536)
    assert seen.count(b"HTTP/1.1 200") == 4 and seen.count(b"HTTP/1.1 400") == 1
    order = [seen.index(part) for part in (b"hello", b"body", b"bad-query", b": events", b"event: emit")]
    assert order == sorted(order)


def test_events_for_who_waits_to_send_a_body(bench):
    """Strange, and answered all the same."""
    text = (
        b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    )
    with bench.socket() as connection:
        connection.sendall(text)
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"ok")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_clients_that_vanish_are_forgotten(bench):
    listeners = [bench.events("/api/v1/events?type=emit") for _ in range(50)]
    before = len(os.listdir("/proc/%d/fd" % bench.pid))
    for n, listener in enumerate(listeners):
        if n % 2:
            listener.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        listener.close()
    eventually(
        lambda: len(os.listdir("/proc/%d/fd" % bench.pid)) <= before - 50, "their connections are closed"
    )


def test_a_quiet_stream_beats(bench):
    with bench.events("/api/v1/events?board=nobody") as events:
        beat = events.next(beats=True)
        # A comment, and an id that moves the cursor of a client that comes again.
        assert beat.keys() == {"", "id"}
