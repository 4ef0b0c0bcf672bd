"""Bodies both ways: whole, chunked, streamed, empty and large; every byte value."""

import http.client
import random
import threading
import zlib

import pytest

ALL = bytes(range(256))
NASTY = [
    b"",
    b"\x03",
    b"\x10",
    b"\x1e",
    b"\x03" * 700,
    b"\x10" * 700,
    b"\x10C\x10P\x03\x10" * 99,
    b"\x1e\xa8\x81\x80\x80\x84\x80\xff" * 80,
    b"\n\n" * 300,
    ALL,
    ALL * 9,
]


@pytest.mark.parametrize("body", NASTY, ids=lambda body: "%d-%s" % (len(body), body[:4].hex()))
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_every_byte_comes_back(bench, method, body):
    answer = bench.request(method, "/boards/demo/echo", body)
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 16384, 16385, 100_000])
def test_echo_of_any_size(bench, size):
    body = random.Random(size).randbytes(size)
    answer = bench.post("/boards/demo/echo", body)
    assert answer.status == 200
    assert answer.body == body


def test_bodies_with_any_method(bench):
    for method in ("PATCH", "DELETE"):
        assert bench.request(method, "/boards/demo/echo", b"x\x03y").body == b"x\x03y"


def test_a_megabyte_to_the_board(bench):
    body = random.Random(1).randbytes(1 << 20)
    assert bench.post("/boards/demo/digest", body).json == {"size": 1 << 20, "crc": zlib.crc32(body)}


def test_a_megabyte_from_the_board(bench):
    answer = bench.get("/boards/demo/bytes?n=1048576")
    assert answer.body == ALL * 4096


def test_a_megabyte_both_ways_at_once(bench):
    """The handler answers while it reads; more is under way than any buffer in between holds."""
    body = random.Random(2).randbytes(1 << 20)
    received = bytearray()
    with bench.socket() as connection:
        head = "POST /boards/demo/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
        connection.sendall((head % len(body)).encode())

        def send():
            connection.sendall(body)

        sender = threading.Thread(target=send)
        sender.start()
        response = http.client.HTTPResponse(connection)
        response.begin()
        while piece := response.read(65536):
            received += piece
        sender.join()
    assert bytes(received) == body


def test_the_first_bytes_come_back_before_the_last_are_sent(bench):
    with bench.connect() as connection:
        connection.putrequest("POST", "/boards/demo/echo")
        connection.putheader("Content-Length", "40000")
        connection.endheaders(b"a" * 20000)
        response = http.client.HTTPResponse(connection.sock)
        response.begin()
        assert response.read(400) == b"a" * 400
        connection.send(b"b" * 20000)
        assert response.read() == b"a" * 19600 + b"b" * 20000


@pytest.mark.parametrize("sizes", [[], [1], [5, 1, 700, 3], [20000, 1, 20000]], ids=str)
def test_chunked_upload(bench, sizes):
    pieces = [random.Random(size).randbytes(size) for size in sizes]
    answer = bench.request("POST", "/boards/demo/echo", iter(pieces), encode_chunked=True)
    assert (answer.status, answer.body) == (200, b"".join(pieces))


def test_a_chunk_reaches_the_handler_at_once(bench):
    """Each chunk is answered before the next is sent."""
    with bench.connect() as connection:
        connection.putrequest("POST", "/boards/demo/echo")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        response = None
        for letter in b"abc":
            connection.send(b"190\r\n" + bytes([letter]) * 400 + b"\r\n")
            if response is None:
                response = http.client.HTTPResponse(connection.sock)
                response.begin()
            assert response.read(400) == bytes([letter]) * 400
        connection.send(b"0\r\n\r\n")
        assert response.read() == b""


def test_expect_100_continue(bench):
    head = b"POST /boards/demo/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
    with bench.socket() as connection:
        connection.sendall(head + b"Expect: 100-continue\r\n\r\n")
        interim = b""
        while b"\r\n\r\n" not in interim:
            interim += connection.recv(1000)
        assert interim.startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"a\x03b")
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.read() == b"a\x03b"


def test_a_handler_that_does_not_read(bench):
    for size in (10, 5000, 300_000):
        answer = bench.post("/boards/demo/unread", bytes(size))
        assert (answer.status, answer.body) == (200, b"not interested")
        assert bench.get("/boards/demo/hello").body == b"hello"


def test_many_at_once(bench):
    """Bodies of many streams share the line and do not mix."""
    wrong = []

    def run(seed):
        body = random.Random(seed).randbytes(20000 + seed)
        if bench.post("/boards/demo/echo", body).body != body:
            wrong.append(seed)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_keep_alive(bench):
    """Requests of many kinds on one connection."""
    with bench.connect() as connection:
        sockets = set()
        for turn in range(20):
            body = ALL * turn
            connection.request("POST", "/boards/demo/echo", body)
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, body)
            sockets.add(connection.sock.getsockname())
            connection.request("HEAD", "/boards/demo/mirror")
            assert connection.getresponse().read() == b""
            connection.request("GET", "/boards/demo/status?code=204")
            assert connection.getresponse().read() == b""
            connection.request("GET", "/boards/nobody/")
            assert connection.getresponse().read().startswith(b"{")
        assert len(sockets) == 1


def test_pipelined_requests_are_answered_in_order(bench):
    one = b"GET /boards/demo/sleep?ms=50 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    two = b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = bench.raw(one + two)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.index(b"slept") < answer.index(b"hello")
