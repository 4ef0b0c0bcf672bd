"""What a handler sees of a request: method, target, header fields, the client's address."""

import json
import subprocess

import pytest

METHODS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"]


@pytest.fixture(scope="module")
def everything():
    """A gateway that forwards all header fields, listening on all of this machine's addresses."""
    from lab import Lab

    lab = Lab()
    try:
        yield lab.bench(serve=["--forward", "all"])
    finally:
        lab.close()


def mirrored(gateway, method="GET", target="/boards/demo/mirror", **options):
    answer = gateway.request(method, target, **options)
    assert answer.status == 200, answer
    return answer.json


@pytest.mark.parametrize("method", METHODS)
def test_methods(bench, method):
    seen = mirrored(bench, method)
    assert (seen["method"], seen["path"], seen["version"]) == (method, "/mirror", "1.1")


def test_head_gets_the_head_alone(bench):
    answer = bench.request("HEAD", "/boards/demo/mirror")
    assert (answer.status, answer.headers["X-Method"], answer.body) == (200, "HEAD", b"")
    assert answer.headers["Content-Type"] == "application/json"


def test_unknown_route_and_unknown_method_are_404_by_the_board(bench):
    for method, path in [("GET", "/nothing"), ("PUT", "/hello"), ("PROPFIND", "/hello")]:
        answer = bench.request(method, "/boards/demo" + path)
        assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize(
    "target, path, query, parameters",
    [
        ("/mirror?a=1&b=2", "/mirror", "a=1&b=2", {"a": "1", "b": "2"}),
        ("/mirror?", "/mirror", "", {}),
        ("/mirror?a=1&a=2&c", "/mirror", "a=1&a=2&c", {"a": "1"}),
        ("/mirror?x=%20%0A&y=a+b", "/mirror", "x=%20%0A&y=a+b", {"x": "%20%0A", "y": "a+b"}),
        ("/mirror?u=http://x/?q=1", "/mirror", "u=http://x/?q=1", {"u": "http://x/?q=1"}),
    ],
)
def test_query(bench, target, path, query, parameters):
    seen = mirrored(bench, target="/boards/demo" + target)
    assert (seen["url"], seen["path"], seen["query"]) == (target, path, query)
    assert seen["parameters"] == parameters


def test_header_fields_travel_with_the_capitals_that_were_sent(bench):
    fields = {
        "COOKIE": "a=1; b=2",
        "authorization": "Basic eDp5",
        "X-mIxEd": " spaces inside ",
        "If-None-Match": '"7"',
        "Content-Type": "text/x-odd; charset=utf-8",
        "X-Bytes": "Zürich".encode(),
        "X-Empty": "",
    }
    seen = dict(mirrored(bench, headers=fields)["header"])
    wanted = {name: value.decode() if isinstance(value, bytes) else value for name, value in fields.items()}
    assert seen == {name: value.strip() for name, value in wanted.items()}


def test_only_what_handlers_use_travels_by_default(bench):
    headers = {"User-Agent": "x", "Accept-Language": "de", "Accept": "*/*", "Sec-Fetch-Mode": "cors"}
    assert mirrored(bench, headers=headers)["header"] == []
    assert mirrored(bench, headers={"Accept": "text/html"})["header"] == [["Accept", "text/html"]]


def test_more_fields_by_name(lab):
    gateway = lab.bench(serve=["--forward", "user-agent, Accept-Language"])
    headers = {"User-Agent": "x", "Accept-Language": "de", "Sec-Fetch-Mode": "cors", "Cookie": "c"}
    seen = dict(mirrored(gateway, headers=headers)["header"])
    assert seen == {"User-Agent": "x", "Accept-Language": "de", "Cookie": "c"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_host_travels_on_demand(lab, method):
    """What microdot.cors reads."""
    gateway = lab.bench(serve=["--forward", "host,origin"])
    headers = {"Host": "demo.localhost", "Origin": "http://demo.localhost"}
    assert dict(mirrored(gateway, method, "/mirror", headers=headers)["header"]).items() >= headers.items()


def test_all_fields_but_those_of_the_connection(everything):
    ours = {"User-Agent": "x", "Accept": "*/*", "Accept-Language": "de", "Sec-Fetch-Mode": "cors"}
    hop = {"TE": "trailers", "Keep-Alive": "timeout=5", "Proxy-Connection": "x", "Upgrade": "h2c"}
    hop |= {"Connection": "keep-alive", "Proxy-Authorization": "x", "Trailer": "X-End"}
    seen = dict(mirrored(everything, headers=ours | hop)["header"])
    assert seen.keys() & hop.keys() == set()
    assert {name: seen[name] for name in ours} == ours


def test_fields_that_the_connection_field_names_do_not_travel(everything):
    headers = {"Connection": "close, X-Private", "X-Private": "1", "X-Public": "2"}
    seen = dict(mirrored(everything, headers=headers)["header"])
    assert "X-Public" in seen
    assert "X-Private" not in seen


def test_repeated_fields_come_in_order(bench):
    text = b"GET /boards/demo/mirror HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3\r\n"
    answer = bench.raw(text + b"Connection: close\r\n\r\n")
    seen = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert dict(seen["header"]) == {"X-A": "1", "X-B": "2", "X-C": "3"}


def test_the_values_of_a_field_that_comes_again_are_joined(bench):
    text = b"GET /boards/demo/mirror HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nCookie: a=1\r\nx-a: 2\r\n"
    answer = bench.raw(text + b"Cookie: b=2\r\nX-A: 3\r\nConnection: close\r\n\r\n")
    seen = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert dict(seen["header"]) == {"X-A": "1, 2, 3", "Cookie": "a=1; b=2"}


def test_spaces_around_a_value_do_not_travel(bench):
    text = b"GET /boards/demo/mirror HTTP/1.1\r\nHost: localhost\r\nX-A: \t 1 2 \t \r\nX-B:3\r\n"
    last = b"\r\nGET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    for more in (b"Connection: close\r\n\r\n", last):
        head, body = bench.raw(text + more).split(b"\r\n\r\n", 1)
        seen = json.loads(body.split(b"HTTP/1.1")[0])
        assert dict(seen["header"]) == {"X-A": "1 2", "X-B": "3"}


def test_a_client_on_this_machine_is_127_0_0_1(bench):
    assert mirrored(bench)["peer"] == ["127.0.0.1", 0]


def test_a_client_elsewhere_is_named_by_its_address(lab):
    # This machine's own address that is not loopback stands for another machine's.
    address = (subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split() or [""])[0]
    if not address or ":" in address:
        pytest.skip("this machine has no address but loopback")
    import http.client

    simulator = lab.simulate()
    gateway = lab.run("serve", "--board", "demo=" + simulator.path, "--listen", address + ":0")
    port = int(gateway.line(r"listening on http://[0-9.]+:(\d+)").group(1))
    gateway.line("serving")
    connection = http.client.HTTPConnection(address, port, timeout=20)
    connection.request("GET", "/boards/demo/mirror")
    seen = json.loads(connection.getresponse().read())
    connection.close()
    assert seen["peer"] == [address, 0]
