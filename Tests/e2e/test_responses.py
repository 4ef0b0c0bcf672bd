"""What becomes of a handler's response: status, header fields, length, heads of its own making."""

import http.client

import pytest


def raw(bench, text):
    return bench.post("/boards/demo/raw", text)


@pytest.mark.parametrize("code", [200, 201, 299, 301, 400, 404, 418, 500, 503, 599])
def test_status(bench, code):
    answer = bench.get("/boards/demo/status?code=%d&body=x" % code)
    assert (answer.status, answer.headers["ETag"], answer.body) == (code, '"7"', b"x")
    assert answer.headers["Date"]


@pytest.mark.parametrize("code", [204, 304])
def test_status_without_a_body(bench, code):
    with bench.connect() as connection:
        for _ in range(3):
            # A body that the handler writes anyway must not run into the next response.
            connection.request("GET", "/boards/demo/status?code=%d&body=wrong" % code)
            response = connection.getresponse()
            assert (response.status, response.read()) == (code, b"")
            assert response.headers["ETag"] == '"7"'
            assert response.headers["Content-Length"] in (None, "0")
            assert response.headers["Transfer-Encoding"] is None


def test_head_of_a_body_that_is_written_anyway(bench):
    with bench.connect() as connection:
        for _ in range(3):
            connection.request("HEAD", "/boards/demo/status?body=wrong")
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"")


@pytest.mark.parametrize("target", ["status", "mirror", "sleep?ms=100"])
def test_nothing_follows_the_head_that_head_gives(bench, target):
    """A client that keeps its connection would take it for the next response."""
    one = b"HEAD /boards/demo/%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target.encode()
    two = b"GET /boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    for requests in (one + two, one + one + two):
        *heads, body = bench.raw(requests).split(b"\r\n\r\n")
        assert body == b"hello"
        assert len(heads) == requests.count(b"\r\n\r\n")
        assert all(head.startswith(b"HTTP/1.1 200 ") for head in heads)


def test_content_length_is_known_when_the_handler_is_done(bench):
    answer = bench.get("/boards/demo/hello")
    assert answer.headers["Content-Length"] == "5"
    assert answer.headers["Transfer-Encoding"] is None


def test_content_length_that_is_right(bench):
    answer = bench.get("/boards/demo/length?say=700&send=700")
    assert (answer.headers["Content-Length"], answer.body) == ("700", b"x" * 700)


@pytest.mark.parametrize("slow", ["", "&slow=1"])
def test_more_than_content_length_is_cut(bench, slow):
    with bench.connect() as connection:
        for _ in range(2):
            connection.request("GET", "/boards/demo/length?say=5&send=30" + slow)
            response = connection.getresponse()
            assert (response.headers["Content-Length"], response.read()) == ("5", b"xxxxx")


@pytest.mark.parametrize("slow", ["", "&slow=1"])
def test_less_than_content_length_ends_the_connection(bench, slow):
    with pytest.raises(http.client.IncompleteRead) as failure:
        bench.get("/boards/demo/length?say=30&send=5" + slow)
    assert failure.value.partial == b"xxxxx"


@pytest.mark.parametrize("say", ["many", "-5", "5,5", "99999999999999999999", ""])
@pytest.mark.parametrize("slow", ["", "&slow=1"])
def test_content_length_without_sense(bench, say, slow):
    answer = bench.get("/boards/demo/length?say=%s&send=5%s" % (say, slow))
    assert (answer.status, answer.json["type"]) == (502, "urn:boardwalk:problem:bad-response")


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_head_that_the_handler_writes_itself(bench, version, end):
    lines = ["HTTP/%s 203 Fine" % version, "Content-Type: text/x-own", "X-One:1", "X-Two:  2 ", "", "own\n"]
    answer = raw(bench, end.join(lines))
    assert (answer.status, answer.headers["Content-Type"]) == (203, "text/x-own")
    assert (answer.headers["X-One"], answer.headers["X-Two"]) == ("1", "2")
    assert answer.body == b"own\n"


def test_fields_of_the_connection_end_at_the_gateway(bench):
    text = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nKeep-Alive: x\r\n"
    answer = raw(bench, text + "Upgrade: h2c\r\nX-Kept: 1\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    assert answer.headers["X-Kept"] == "1"
    assert answer.headers["Keep-Alive"] is None
    assert answer.headers["Upgrade"] is None
    answer = bench.get("/boards/demo/fields")
    assert (answer.headers["Keep-Alive"], answer.headers["Upgrade"]) == (None, None)
    assert answer.headers["X-Own"] is None, "Connection names it"
    assert answer.body == b"fields"


def test_a_field_that_comes_twice(bench):
    answer = raw(bench, "200 text/plain\nSet-Cookie: a=1\nSet-Cookie: b=2\n\nx")
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_an_empty_body(bench):
    answer = raw(bench, "200\n\n")
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, b"", "0")


def test_a_long_head(bench):
    value = "v" * 7900
    assert raw(bench, "200\nX-Long: %s\n\nx" % value).headers["X-Long"] == value


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "without a response"),
        ("200 text/plain\n", "ended in its head"),
        ("hello", "ended in its head"),
        ("hello\n\n", "no status line"),
        ("99\n\n", "no status line"),
        ("HTTP/1.1 OK\r\n\r\n", "no status line"),
        ("HTTP/1.1 2000 OK\r\n\r\n", "no status line"),
        ("200\nno colon\n\n", "no header field"),
        ("200\nbad name: x\n\n", "bad name"),
        ("200\nname : x\n\n", "no header field"),
        ("200\nn\x00me: x\n\n", "no header field"),
        ("200\n: x\n\n", "no header field"),
        ("200\nX-A: 1\n Content-Length: 2\n\nabcd", "no header field"),
        ("200\nX-A: 1\n\tX-B: 2\n\nabcd", "no header field"),
        ("200\nX-Long: %s\n\n" % ("v" * 8300), "longer than 8192"),
        ("HTTP/1.1 101 Switching\r\n\r\n", "101"),
    ],
)
def test_what_is_no_response(bench, text, words):
    answer = raw(bench, text)
    assert (answer.status, answer.headers["Content-Type"]) == (502, "application/problem+json")
    problem = answer.json
    assert (problem["type"], problem["delivery"]) == ("urn:boardwalk:problem:bad-response", "ran")
    assert problem["board"] == "demo"
    assert words in problem["detail"]


def test_a_field_value_cannot_split_the_response(bench):
    answer = raw(bench, b"200 text/plain\rX-C: 3\nX-A: 1\rX-B: 2\x00\x7f3\n\nx")
    assert (answer.status, answer.body) == (200, b"x")
    assert answer.headers["X-A"] == "1 X-B: 2  3"
    assert answer.headers["Content-Type"] == "text/plain X-C: 3"
    assert (answer.headers["X-B"], answer.headers["X-C"]) == (None, None)


def test_a_handler_that_answers_nothing(bench):
    answer = bench.get("/boards/demo/silent")
    assert (answer.status, answer.json["type"]) == (502, "urn:boardwalk:problem:bad-response")


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


HEAD_OF_CHUNKS = b"200 text/plain\nTransfer-Encoding: chunked\nContent-Length: 3\n\n"


@pytest.mark.parametrize("pieces", [[b"body"], [b"a" * 3000, b"b", b"c" * 700], []], ids=len)
def test_a_handler_that_cuts_its_body_into_chunks(bench, pieces):
    answer = raw(bench, HEAD_OF_CHUNKS + chunked(*pieces) + b"what nobody gets")
    assert (answer.status, answer.body) == (200, b"".join(pieces))


def test_chunks_that_do_not_end_break_the_response_off(bench):
    with pytest.raises(http.client.IncompleteRead):
        raw(bench, HEAD_OF_CHUNKS + chunked(b"body")[:-5])


def test_a_coding_that_nobody_here_takes_off(bench):
    answer = raw(bench, b"200 text/plain\nTransfer-Encoding: gzip\n\nxyz")
    assert (answer.status, answer.json["type"]) == (502, "urn:boardwalk:problem:bad-response")
