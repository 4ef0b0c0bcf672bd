"""Which board a request goes to, by path and by host; and who may ask at all."""

import json

import pytest


def test_redirect_to_the_board_s_root(bench):
    answer = bench.get("/boards/demo")
    assert (answer.status, answer.headers["Location"]) == (308, "/boards/demo/")
    assert bench.get("/boards/demo/").body == b"hello"
    assert bench.get("/boards/demo?a=1").headers["Location"] == "/boards/demo/?a=1"


@pytest.mark.parametrize("host", ["demo.localhost", "demo.localhost:1234", "DEMO.LocalHost"])
def test_board_by_host(bench, host):
    seen = bench.get("/mirror?x=1", headers={"Host": host}).json
    assert (seen["path"], seen["url"]) == ("/mirror", "/mirror?x=1")


def test_board_by_host_has_all_paths(bench):
    assert bench.get("/", headers={"Host": "demo.localhost"}).body == b"hello"
    for path in ("/health", "/api/v1/boards", "/boards/demo/hello"):
        assert bench.get(path, headers={"Host": "demo.localhost"}).status == 404


def test_unknown_board_by_host(bench):
    answer = bench.get("/", headers={"Host": "nobody.localhost"})
    assert (answer.status, answer.json["type"]) == (404, "urn:boardwalk:problem:unknown-board")


def test_domain(lab):
    gateway = lab.bench(serve=["--domain", "Lab.example"])
    for host in ("demo.lab.example", "demo.LAB.example:80", "demo.localhost"):
        assert gateway.get("/hello", headers={"Host": host}).body == b"hello"
    assert gateway.get("/boards/demo/hello", headers={"Host": "lab.example"}).body == b"hello"
    assert gateway.get("/hello", headers={"Host": "demo.other.example"}).status == 421
    origin = {"Host": "demo.lab.example", "Origin": "https://page.lab.example"}
    assert gateway.get("/hello", headers=origin).body == b"hello"


@pytest.mark.parametrize("target", ["/boards/demo/mirror?x=1", "/boards/demo/mirror"])
def test_a_target_with_scheme_and_host(bench, target):
    """As clients write it that take the gateway for a proxy."""
    text = b"GET http://localhost:1%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    seen = json.loads(bench.raw(text % target.encode()).split(b"\r\n\r\n", 1)[1])
    assert seen["url"] == target.removeprefix("/boards/demo")


def test_events_at_a_target_with_scheme_and_host(bench):
    text = b"GET http://localhost/api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert b"text/event-stream" in bench.raw(text, end=b"\nid: ")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:9", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:80", "192.168.1.5:8080"]
)
def test_own_hosts(bench, host):
    assert bench.get("/boards/demo/hello", headers={"Host": host}).body == b"hello"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "localhost.evil.example", "notlocalhost"]
)
@pytest.mark.parametrize("target", ["/boards/demo/hello", "/api/v1/boards", "/health"])
def test_foreign_host(bench, host, target):
    answer = bench.get(target, headers={"Host": host})
    assert (answer.status, answer.json["type"]) == (421, "urn:boardwalk:problem:foreign-host")
    assert answer.json["delivery"] == "not sent"


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://localhost.evil.example:8080",
        "http://203.0.113.7",
        "http://[2001:db8::1]",
        "http://127.evil.example",
        "null",
        "file://",
        "",
    ],
)
@pytest.mark.parametrize("target", ["/boards/demo/echo", "/api/v1/boards"])
def test_foreign_origin(bench, origin, target):
    answer = bench.post(target, b"x", headers={"Origin": origin})
    assert (answer.status, answer.json["type"]) == (403, "urn:boardwalk:problem:foreign-origin")
    assert answer.json["delivery"] == "not sent"


@pytest.mark.parametrize(
    "origin", ["http://localhost", "http://127.0.0.1:3000", "http://demo.localhost:8080", "http://[::1]:80"]
)
def test_own_origin(bench, origin):
    assert bench.post("/boards/demo/echo", b"x", headers={"Origin": origin}).body == b"x"


@pytest.mark.parametrize(
    "target", ["/", "/nothing", "/api", "/api/v2/boards", "/api/v1/boards/demo/x", "/boards"]
)
def test_nothing_of_the_gateway_s(bench, target):
    answer = bench.get(target)
    assert (answer.status, answer.json["type"]) == (404, "urn:boardwalk:problem:not-found")


@pytest.mark.parametrize(
    "target", ["/boards/demo//hello", "/boards/demo/../demo/hello", "/boards/demo/%2e%2e/x"]
)
def test_paths_are_the_board_s_business(bench, target):
    with bench.connect() as connection:
        connection.request("GET", target)
        response = connection.getresponse()
        assert (response.status, response.read()) == (404, b"")


@pytest.mark.parametrize("host", ["demo.localhost", "localhost", "evil.example"])
def test_the_host_of_an_absolute_target_counts(bench, host):
    text = "GET HTTP://demo.localhost/hello HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host
    answer = bench.raw(text.encode())
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"hello")


def test_an_absolute_target_without_a_path(bench):
    text = b"GET http://demo.localhost?a=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = bench.raw(text)
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"hello")


def test_an_absolute_target_elsewhere(bench):
    text = (
        b"GET http://evil.example/boards/demo/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    assert bench.raw(text).startswith(b"HTTP/1.1 421 ")


def test_two_boards(lab):
    one, two = lab.simulate(), lab.simulate("threaded.py")
    gateway = lab.serve(one.path, "--board", "two=" + two.path, name="one")
    gateway.wait(name="one")
    gateway.wait(name="two")
    packages = {
        board["name"]: board["firmware"]["package"] for board in gateway.get("/api/v1/boards").json["boards"]
    }
    assert packages == {"one": "ahttpserver", "two": "httpserver"}
    assert gateway.get("/hello", headers={"Host": "one.localhost"}).body == b"hello"
    assert gateway.get("/hello", headers={"Host": "two.localhost"}).body == b"hello"
    two.destroy()
    gateway.wait("absent", name="two")
    assert gateway.get("/boards/one/hello").body == b"hello"
    assert gateway.get("/boards/two/hello").status == 503
