"""Requests that are too large or malformed; 100 MB to a board with 100 KB; the gateway's memory."""

import http.client
import json
import select
import time

import pytest
from lab import Lab, eventually
from test_errors import problem, works


@pytest.fixture(scope="module")
def narrow():
    lab = Lab()
    try:
        yield lab.bench(serve=["--max-body", "50000"])
    finally:
        lab.close()


def test_content_length_above_the_limit(narrow):
    answer = narrow.post("/boards/demo/digest", bytes(50001))
    assert "50000 bytes" in problem(answer, 413, "body-too-large", "not sent", board=None)["detail"]
    works(narrow)
    assert narrow.post("/boards/demo/digest", bytes(50000)).json["size"] == 50000


def test_it_is_refused_before_it_is_sent(narrow):
    with narrow.connect() as connection:
        connection.putrequest("POST", "/boards/demo/digest")
        connection.putheader("Content-Length", "99999999999")
        connection.endheaders()
        response = http.client.HTTPResponse(connection.sock)
        response.begin()
        assert response.status == 413
    works(narrow)


def test_it_is_refused_in_place_of_100_continue(narrow):
    head = b"POST /boards/demo/digest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n"
    answer = narrow.raw(head + b"Expect: 100-continue\r\n\r\n", end=b"}")
    assert answer.startswith(b"HTTP/1.1 413 ")
    works(narrow)


def test_chunks_above_the_limit(narrow):
    pieces = iter([bytes(10000)] * 6)
    answer = narrow.request("POST", "/boards/demo/digest", pieces, encode_chunked=True)
    problem(answer, 413, "body-too-large", "may have run", board=None)
    works(narrow)


def test_head_above_the_board_s_limit(bench):
    answer = bench.get("/boards/demo/hello", headers={"X-Long": "x" * 1100})
    assert "1024 bytes" in problem(answer, 431, "head-too-large", "not sent")["detail"]
    works(bench)
    answer = bench.get("/boards/demo/hello?" + "x" * 1100)
    problem(answer, 431, "head-too-large", "not sent")
    works(bench)


def test_the_longest_head(bench):
    value = "x" * (1024 - len("GET /mirror\nX-Long: "))
    seen = bench.get("/boards/demo/mirror", headers={"X-Long": value}).json
    assert seen["header"] == [["X-Long", value]]
    assert bench.get("/boards/demo/mirror", headers={"X-Long": value + "x"}).status == 431


def test_head_above_the_gateway_s_limit(bench):
    for field in (b"X-Long: " + b"x" * 20_000, b"\r\n".join(b"X-%d: x" % n for n in range(300))):
        answer = bench.raw(b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\n" + field + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 431 "), answer[:200]
        assert answer.endswith(b'"type":"urn:boardwalk:problem:head-too-large"}\n')
        works(bench)


@pytest.mark.parametrize(
    "text",
    [
        b"GET /boards/demo/hello\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /boards/demo/a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nX-A: a\x01b\r\n\r\n",
        b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nX-A: a\x03b\r\n\r\n",
        b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nX A: a\r\n\r\n",
        b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
        b"POST /boards/demo/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST /boards/demo/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /boards/demo/echo HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"BREW /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /boards/demo/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_malformed_requests(bench, text):
    """No handler sees them, or anything that they might smuggle in."""
    bench.request("DELETE", "/boards/demo/counts")
    answer = bench.raw(text)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["delivery"] == "not sent"
    works(bench)


def test_a_malformed_chunk(bench):
    """The handler runs already; the connection ends, and the handler hears of it."""
    head = b"POST /boards/demo/digest HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = bench.raw(head + b"3\r\nabc\r\nzz\r\n")
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["delivery"] == "may have run"
    eventually(lambda: bench.board()["requests"]["running"] == 0, "the request is over")
    works(bench)


def test_a_head_that_never_ends_is_closed(bench):
    """Half a request does not keep others from being served."""
    with bench.socket() as connection:
        connection.sendall(b"GET /boards/demo/hello HTTP/1.1\r\nHost: loc")
        works(bench)
        connection.sendall(b"alhost\r\nConnection: close\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_more_clients_than_descriptors():
    """Those that there is no room for wait, and lose nothing; the others, and the board, notice nothing."""
    lab = Lab()
    clients = []
    try:
        gateway = lab.serve(lab.simulate("workshop.py").path, files=100)
        gateway.wait()
        clients = [gateway.socket() for _ in range(200)]
        hello = b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for client in clients:
            client.sendall(hello)
        assert clients[0].recv(1000).startswith(b"HTTP/1.1 200")
        gateway.line("clients are connected, the most")
        assert not select.select(clients[150:], [], [], 0.2)[0]
        clients[0].sendall(hello)
        assert clients[0].recv(1000).startswith(b"HTTP/1.1 200")
        for client in clients[:150]:
            client.close()
        for client in clients[150:]:
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
            client.close()
        works(gateway)
    finally:
        for client in clients:
            client.close()
        lab.close()


def send_100_mb(gateway, path):
    """Sends until the gateway answers; returns the status and how much went out."""
    size = 100 << 20
    sent = 0
    with gateway.socket() as connection:
        connection.sendall(
            b"POST /boards/demo/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (path, size)
        )
        connection.setblocking(False)
        piece = bytes(1 << 16)
        deadline = time.monotonic() + 60
        while sent < size and time.monotonic() < deadline:
            try:
                sent += connection.send(piece)
            except BlockingIOError:
                pass
            except (BrokenPipeError, ConnectionResetError):
                break
            try:
                if connection.recv(1, 2):  # MSG_PEEK: the answer has come
                    break
            except BlockingIOError:
                pass
            except ConnectionResetError:
                break
        connection.settimeout(60)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, response.read(), sent


def test_100_mb_to_a_board_with_100_kb(lab):
    """The board cannot keep it: its MemoryError is the client's, and the gateway keeps nothing either."""
    gateway = lab.bench("small.py", line=["--heap", "100k"], serve=["--max-body", str(200 << 20)])
    works(gateway)
    memory = gateway.memory()
    status, body, sent = send_100_mb(gateway, b"all-at-once")
    assert (status, b"MemoryError" in body) == (500, True), body
    assert sent < 20 << 20
    assert gateway.memory() < memory + (16 << 20)
    gateway.wait()
    works(gateway)
    assert gateway.post("/boards/demo/count", bytes(300_000)).body == b"300000"
    assert gateway.memory() < memory + (16 << 20)


def test_100_mb_by_default_are_refused_at_once(bench):
    memory = bench.memory()
    status, body, sent = send_100_mb(bench, b"digest")
    assert (status, b"body-too-large" in body) == (413, True)
    assert bench.memory() < memory + (8 << 20)
    works(bench)


def test_memory_stays_flat_over_many_requests(lab):
    gateway = lab.bench()

    def load():
        for _ in range(3):
            gateway.post("/boards/demo/digest", bytes(100_000))
            gateway.get("/boards/demo/bytes?n=100000")
        with gateway.connect() as connection:
            for _ in range(300):
                connection.request("GET", "/boards/demo/hello")
                connection.getresponse().read()

    load()
    memory = gateway.memory()
    for _ in range(3):
        load()
    assert gateway.memory() < memory + (6 << 20)
