"""Clients of HTTP/1.0: they know no chunks, and read to the end of the connection."""

import pytest


def ask(bench, method, target, *fields, body=b""):
    lines = [f"{method} {target} HTTP/1.0", *fields, "", ""]
    answer = bench.raw("\r\n".join(lines).encode() + body)  # which waits for the connection's end
    head, body = answer.split(b"\r\n\r\n", 1)
    status, *fields = head.decode().split("\r\n")
    assert status.startswith("HTTP/1.0 ")
    fields = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
    assert "transfer-encoding" not in fields
    assert fields["connection"] == "close"
    assert "date" in fields
    return int(status.split()[1]), fields, body


@pytest.mark.parametrize("connection", ["close", "keep-alive", "Keep-Alive", None])
def test_a_short_response(bench, connection):
    fields = ["Connection: " + connection] if connection else []
    status, fields, body = ask(bench, "GET", "/boards/demo/hello", *fields)
    assert (status, fields["content-length"], body) == (200, "5", b"hello")


def test_a_response_whose_length_nobody_knows(bench):
    status, fields, body = ask(bench, "GET", "/boards/demo/bytes?n=20000")
    assert (status, len(body)) == (200, 20000)
    assert body == bytes(range(256)) * 78 + bytes(range(32))
    assert "content-length" not in fields


def test_a_response_that_comes_late(bench):
    status, _, body = ask(bench, "GET", "/boards/demo/sleep?ms=100")
    assert status == 200
    assert body


def test_head(bench):
    status, _, body = ask(bench, "HEAD", "/boards/demo/status?body=wrong")
    assert (status, body) == (200, b"")


def test_a_body_goes_to_the_board_without_an_interim_response(bench):
    fields = ["Content-Length: 3", "Expect: 100-continue"]
    status, _, body = ask(bench, "POST", "/boards/demo/echo", *fields, body=b"abc")
    assert (status, body) == (200, b"abc")


@pytest.mark.parametrize("target", ["/health", "/api/v1/boards/demo"])
def test_the_gateway_s_own(bench, target):
    status, fields, body = ask(bench, "GET", target)
    assert (status, int(fields["content-length"])) == (200, len(body))


@pytest.mark.parametrize("target", ["/boards/nobody/", "/api/v1/boards/nobody/events"])
def test_a_problem(bench, target):
    status, fields, body = ask(bench, "GET", target)
    assert (status, fields["content-type"]) == (404, "application/problem+json")
    assert len(body) == int(fields["content-length"])


def test_events(bench):
    answer = bench.raw(b"GET /api/v1/boards/demo/events HTTP/1.0\r\n\r\n", end=b"\nid: ")
    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.0 200 ")
    assert b"chunked" not in head
    assert body.startswith(b": events\n")


def test_behind_a_request_of_1_1(bench):
    first = b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for target in (b"/boards/demo/hello", b"/health"):
        answer = bench.raw(first + b"GET " + target + b" HTTP/1.0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.count(b"HTTP/1.0 200 ") == 1
