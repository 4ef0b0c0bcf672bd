"""Server-sent events from handlers: at once, one by one; clients that vanish, and slow ones."""

import http.client
import socket
import threading

import pytest
from lab import eventually


def tick(gateway):
    assert gateway.post("/boards/demo/tick").status == 204


def test_each_event_arrives_before_the_next_is_made(bench):
    with bench.events("/boards/demo/events") as events:
        for n in range(30):
            tick(bench)
            assert events.next() == {"id": str(n), "event": "tick", "data": "event %d" % n}


def test_the_head_comes_before_any_event(bench):
    with bench.events("/boards/demo/events") as events:
        assert events.response.headers["Cache-Control"] == "no-cache"
        assert events.response.headers["Content-Length"] is None
        tick(bench)
        assert events.next()["data"] == "event 0"


def test_by_host(bench):
    with bench.events("/events", host="demo.localhost") as events:
        tick(bench)
        assert events.next()["data"] == "event 0"


@pytest.mark.parametrize("how", ["close", "reset", "half-close"])
def test_a_client_that_vanishes_is_an_oserror_in_the_handler(lab, how):
    gateway = lab.bench()
    with gateway.events() as board, gateway.events("/boards/demo/events") as events:
        tick(gateway)
        assert events.next()["data"] == "event 0"
        if how == "half-close":
            events.socket.shutdown(socket.SHUT_WR)
        else:
            if how == "reset":
                events.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            events.close()
        eventually(lambda: gateway.board()["requests"]["running"] == 0, "the request is over")
        tick(gateway)  # The handler sends, and learns of it.
        assert board.until("console", line="events ended by errno 104")
        assert gateway.get("/boards/demo/notes").json["fate"] == "errno 104"
    assert gateway.get("/boards/demo/hello").body == b"hello"


def test_a_client_that_vanishes_before_the_response(bench):
    with bench.socket() as connection:
        connection.sendall(b"GET /boards/demo/hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
        eventually(lambda: bench.board()["requests"]["running"] == 1, "the handler runs")
    eventually(lambda: bench.board()["requests"]["running"] == 0, "the request is over")


def test_a_client_that_vanishes_during_its_upload(bench):
    head = b"POST /boards/demo/digest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with bench.socket() as connection:
        connection.sendall(head + bytes(30000))
        eventually(lambda: bench.board()["requests"]["running"] == 1, "the handler runs")
    eventually(lambda: bench.board()["requests"]["running"] == 0, "the request is over")


def test_vanishing_clients_leave_nothing(lab):
    """More of them than the board has streams, some in the middle of a response."""
    gateway = lab.bench()
    for turn in range(60):
        with gateway.socket() as connection:
            path = ("events", "flood", "hang")[turn % 3]
            connection.sendall(b"GET /boards/demo/%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
            if path != "hang":
                assert connection.recv(17).startswith(b"HTTP/1.1 200")
    requests = {"running": 0, "waiting": 0}
    eventually(lambda: gateway.board()["requests"] == requests, "all requests are over")
    assert gateway.get("/boards/demo/hello").body == b"hello"


def test_a_slow_client_holds_back_its_own_handler_alone(lab):
    gateway = lab.bench()
    with gateway.socket() as slow:
        slow.sendall(b"GET /boards/demo/flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        before = -1

        def stands():
            # Nothing more is taken from the handler while others are served.
            nonlocal before
            for _ in range(20):
                assert gateway.get("/boards/demo/hello").body == b"hello"
            flooded = gateway.get("/boards/demo/notes").json["flooded"]
            standing, before = flooded == before and flooded > 0, flooded
            return standing

        eventually(stands, "the flood stands still")
        memory = gateway.memory()
        for _ in range(200):
            assert gateway.get("/boards/demo/hello").body == b"hello"
        assert gateway.get("/boards/demo/notes").json["flooded"] == before
        assert gateway.memory() < memory + (8 << 20)
        # It goes on when the client reads on.
        wanted = before + 1_000_000
        response = http.client.HTTPResponse(slow)
        response.begin()
        received = 0
        while received < wanted:
            received += len(response.read(65536))
        response.close()
    assert gateway.get("/boards/demo/notes").json["flooded"] >= before + 500_000
    eventually(lambda: gateway.board()["requests"]["running"] == 0, "the flood is over")


def test_many_streams_at_once(lab):
    """Each of 15 event streams gets every event; the board's last stream serves the requests."""
    gateway = lab.bench("chorus.py")
    streams = [gateway.events("/boards/demo/events") for _ in range(15)]
    try:
        for turn in range(5):
            assert gateway.post("/boards/demo/all").status == 204
            for events in streams:
                assert events.next()["data"] == "all %d" % turn
    finally:
        for events in streams:
            events.close()
    eventually(lambda: gateway.board()["requests"]["running"] == 0, "the streams are over")


def test_slow_upload_holds_nobody_up(bench):
    head = b"POST /boards/demo/digest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000\r\n\r\n"
    with bench.socket() as slow:
        slow.sendall(head + bytes(500))
        results = []
        threads = [
            threading.Thread(target=lambda: results.append(bench.get("/boards/demo/hello").body))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [b"hello"] * 8
        slow.sendall(bytes(19500))
        response = http.client.HTTPResponse(slow)
        response.begin()
        assert b'"size": 20000' in response.read()
