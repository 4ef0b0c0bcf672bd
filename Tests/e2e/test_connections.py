"""What clients do with a connection: requests upon requests, garbage, the wish to close or to upgrade."""

import json
import socket
import time

import pytest
from lab import eventually

HELLO = b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW = b"GET /boards/demo/sleep?ms=200 HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def statuses(answer):
    return [int(part.split(b" ", 2)[1]) for part in answer.split(b"HTTP/1.")[1:]]


@pytest.mark.parametrize(
    "many",
    [
        b"GET /api/v1/events?a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /boards/absent/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HELLO,
    ],
)
def test_thousands_of_requests_at_once(lab, many):
    """Those that are answered without a wait, above all."""
    gateway = lab.bench(serve=["--board", "absent=/nonexistent/port"])
    count = 2500
    with gateway.socket() as connection:
        # The gateway reads in larger pieces from who sends much.
        connection.sendall(
            b"POST /boards/demo/digest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
        )
        connection.sendall(bytes(1000000) + SLOW + many * count + LAST)
        received = b""
        while piece := connection.recv(1 << 20):
            received += piece
    assert len(statuses(received)) == count + 3, received[-2000:]
    assert statuses(received)[-1] == 200, received[-1500:]
    assert gateway.get("/boards/demo/hello").body == b"hello"


GARBAGE = {
    b"\x01garbage": 400,
    b"garbage\r\n\r\n": 400,
    b"GET / HTTP/9.9\r\n\r\n": 505,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": 505,
    b"GET / HTTP/1.1\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n": 400,
    b"GET http://localhost/ HTTP/1.1\r\n\r\n": 400,
    b"GET http://localhost/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n": 400,
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n": 501,
}


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize(
    "good",
    [HELLO, HELLO * 3, SLOW, SLOW + HELLO, SLOW + HEALTH + HELLO],
    ids=["hello", "hellos", "slow", "slow and hello", "slow, health and hello"],
)
def test_garbage_is_answered_in_its_turn(bench, good, garbage):
    answer = bench.raw(good + garbage + HELLO)
    assert statuses(answer) == [200] * good.count(b"GET") + [GARBAGE[garbage]]
    head, body = answer.rsplit(b"\r\n\r\n", 1)
    assert b"\r\nConnection: close" in head[head.rindex(b"HTTP/1.1") :]
    assert json.loads(body)["type"] == "urn:boardwalk:problem:malformed-request"


@pytest.mark.parametrize("first", [HELLO, SLOW])
@pytest.mark.parametrize("last", [LAST, b"GET /boards/demo/hello HTTP/1.0\r\n\r\n"])
def test_nothing_is_answered_behind_the_last_request(bench, first, last):
    bench.request("DELETE", "/boards/demo/counts")
    assert statuses(bench.raw(first + last + HELLO)) == [200, 200]


def test_garbage_on_a_stream_of_events(bench):
    with bench.socket() as connection:
        connection.settimeout(20)
        connection.sendall(b"GET /api/v1/boards/demo/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = connection.recv(65536)
        connection.sendall(b"garbage\r\n\r\n")
        bench.get("/boards/demo/hello?after=garbage")
        while b"after=garbage" not in received:
            received += connection.recv(65536)
    assert statuses(received) == [200]


@pytest.mark.parametrize("word", ["close", "Close", "close, x-a", "x-a, close", "keep-alive, CLOSE"])
@pytest.mark.parametrize("target", ["/boards/demo/hello", "/boards/demo/bytes?n=9000", "/health"])
def test_a_connection_is_closed_on_demand(bench, word, target):
    answer = bench.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: {word}\r\n\r\n".encode())
    assert statuses(answer) == [200]
    assert b"\r\nConnection: close\r\n" in answer


def test_what_the_parser_takes_for_a_connection_field(bench):
    old = HELLO[:-2] + b"Proxy-Connection: close\r\n\r\n"
    answer = bench.raw(old + HELLO)
    assert statuses(answer) == [200]
    assert b"\r\nConnection: close\r\n" in answer


def test_an_upgrade_is_not_taken_up(bench):
    """Clients that know HTTP/2 ask like this; what follows must not get lost on a connection that is open."""
    text = "GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    answer = bench.raw((text + "Upgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n").encode())
    assert statuses(answer) == [200]
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"hello")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("target", ["/boards/nobody/", "/health", "/boards/demo/unread"])
def test_a_body_that_nobody_reads_before_the_end(bench, version, target):
    """Many clients send all of it before they read."""
    head = f"POST {target} HTTP/{version}\r\nHost: localhost\r\nConnection: close\r\n"
    with bench.socket() as connection:
        connection.sendall((head + "Content-Length: 8000000\r\n\r\n").encode())
        connection.sendall(bytes(8000000))
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert len(statuses(received)) == 1


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_fields_that_the_connection_names_do_not_travel(bench, version):
    fields = "Connection: close, X-Own, Cookie\r\nX-Own: 1\r\nCookie: a=b\r\nX-Other: 2\r\n"
    text = f"GET /boards/demo/mirror HTTP/{version}\r\nHost: localhost\r\n{fields}\r\n"
    seen = json.loads(bench.raw(text.encode()).split(b"\r\n\r\n", 1)[1])
    assert dict(seen["header"]) == {"X-Other": "2"}


@pytest.mark.parametrize("name", ["Host", "Origin", "Content-Length"])
def test_what_decides_of_a_request_cannot_be_taken_away(bench, name):
    fields = f"Connection: close, {name}\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n"
    text = f"POST /boards/demo/hello HTTP/1.1\r\n{fields}Content-Length: 3\r\n\r\nabc"
    assert statuses(bench.raw(text.encode())) == [421]


def test_a_client_that_closes_its_side_gives_up(bench):
    with bench.socket() as connection:
        connection.sendall(SLOW)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536) == b""


def deaf(gateway, text):
    """A connection that has sent this and reads nothing, on which little is under way."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", gateway.port))
    connection.sendall(text)
    return connection


@pytest.mark.parametrize("target", ["/boards/absent/", "/api/v1/events?a", "/boards/demo/bytes?n=400"])
def test_a_client_that_asks_and_never_reads_is_held_back(lab, target):
    gateway = lab.bench(serve=["--board", "absent=/nonexistent/port"])
    request = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target.encode()
    with deaf(gateway, request) as connection:
        memory = gateway.memory()
        connection.settimeout(2)
        piece = request * 1000
        with pytest.raises(TimeoutError):
            for _ in range(1000):
                connection.sendall(piece)
        assert gateway.memory() < memory + (16 << 20)
        assert gateway.get("/boards/demo/hello").body == b"hello"


def post(target, fields=b""):
    return b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n%s\r\n" % (target, fields)


STUCK = {
    "takes nothing of a response": b"GET /boards/demo/flood HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "sends half of a small body": post(b"/boards/demo/echo") + b"abc",
    "waits to be asked": post(b"/boards/demo/echo", b"Expect: 100-continue\r\n"),
    "sends half of some code": post(b"/api/v1/boards/demo/exec") + b"abc",
}


@pytest.mark.parametrize("how", STUCK)
def test_a_client_does_not_keep_the_gateway_from_its_end(lab, how):
    gateway = lab.bench(serve=["--manage"])
    with deaf(gateway, STUCK[how]):
        if "response" in how:
            eventually(lambda: gateway.board()["requests"]["running"] == 1, "the handler runs")
        assert gateway.end()[0] == 0


def test_clients_that_reset_their_connections(bench):
    """In the moment above all in which a request is handed from who began it to who goes on with it."""
    bench.request("DELETE", "/boards/demo/counts")
    for n in range(1500):
        with bench.socket() as connection:
            text = "GET /boards/demo/bytes?n=60000&id=%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % n
            connection.sendall(text.encode())
            until = time.perf_counter() + n % 10 * 0.0003
            while time.perf_counter() < until:
                pass
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    eventually(lambda: bench.board()["requests"] == {"running": 0, "waiting": 0}, "all of them are over")
    assert set(bench.get("/boards/demo/counts").json.values()) == {1}
