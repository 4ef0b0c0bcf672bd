"""Programs written for Microdot run over the link; Microdot is the one that was installed from PyPI."""

import json
import shutil
import urllib.parse
from importlib.util import find_spec

import pytest
from lab import BOARDS, eventually

ALL_BYTES = bytes(range(256))


def start(lab, *line, serve=()):
    """The program with Microdot's own files beside it, as they are on a board."""
    microdot = find_spec("microdot")
    assert microdot, "install microdot, or run `make setup-test`"
    folder = lab.directory / "dots"
    folder.mkdir()
    (folder / "microdot").symlink_to(microdot.submodule_search_locations[0])
    (folder / "big.txt").write_text("0123456789\n" * 2000)
    shutil.copy(BOARDS / "dots.py", folder)
    return lab.bench(folder / "dots.py", line=line, serve=serve)


@pytest.fixture(scope="module")
def dots(module_lab):
    return start(module_lab)


def get(gateway, target, **options):
    return gateway.get("/boards/demo" + target, **options)


def post(gateway, target, body=b"", **options):
    return gateway.post("/boards/demo" + target, body, **options)


# Requests


def test_what_it_says_of_itself(dots):
    board = dots.board()
    assert board["firmware"]["package"] == "microdot"
    routes = {(route["method"], route["path"]) for route in board["routes"]}
    assert routes >= {
        ("GET", "/"),
        ("GET", "/users/<int:id>"),
        ("PUT", "/mirror"),
        ("GET", "/api/inside/<path:rest>"),
    }


def test_parameters_of_path_and_query(dots):
    answer = get(dots, "/users/7?name=Ada%20L.&name=Grace+H.")
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.json == {"id": 7, "name": "Ada L.", "all": ["Ada L.", "Grace H."]}
    assert get(dots, "/users/ada").status == 404


def test_header_fields_cookies_and_the_client(dots):
    headers = {"X-Colour": "red", "Cookie": "one=1; two=zwei"}
    seen = get(dots, "/mirror?a=1", headers=headers).json
    assert (seen["method"], seen["path"], seen["query"]) == ("GET", "/mirror", "a=1")
    assert (seen["header"], seen["cookies"]) == ("red", {"one": "1", "two": "zwei"})
    assert seen["client"] == ["127.0.0.1", 0]


def test_bodies_text_json_and_form(dots):
    seen = post(dots, "/mirror", "grüße".encode(), headers={"Content-Type": "text/plain"}).json
    assert (seen["body"], seen["length"], seen["json"], seen["form"]) == ("grüße", 7, None, None)
    body = json.dumps({"led": [1, 2]})
    seen = post(dots, "/mirror", body, headers={"Content-Type": "application/json"}).json
    assert (seen["json"], seen["form"]) == ({"led": [1, 2]}, None)
    form = urllib.parse.urlencode([("a", "1 & 2"), ("a", "3"), ("b", "")])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    seen = dots.request("PUT", "/boards/demo/mirror", form, headers=headers).json
    assert (seen["method"], seen["form"]) == ("PUT", {"a": ["1 & 2", "3"], "b": [""]})


@pytest.mark.parametrize("size", [0, 1, 2999, 3000, 3001, 8000])
def test_a_body_is_in_memory_up_to_a_size_and_a_stream_beyond(dots, size):
    body = (ALL_BYTES * 32)[:size]
    answer = post(dots, "/count", body).json
    in_memory = size if size <= 3000 else 0
    assert answer == {"in memory": in_memory, "read": size, "sum": sum(body)}


def test_a_body_of_unknown_length_is_a_stream(dots):
    answer = post(dots, "/count", iter([ALL_BYTES] * 4), encode_chunked=True).json
    assert answer == {"in memory": 0, "read": 1024, "sum": 4 * sum(ALL_BYTES)}


def test_a_body_beyond_max_content_length_is_refused(dots):
    answer = post(dots, "/count", bytes(8001))
    assert (answer.status, answer.body) == (413, b"Payload too large")
    assert answer.headers["X-Error"] == "yes"


# Responses


def test_text_status_fields_and_no_body(dots):
    answer = get(dots, "/")
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["Content-Type"] == "text/plain; charset=UTF-8"
    answer = get(dots, "/status")
    assert (answer.status, answer.body, answer.headers["X-Made"]) == (201, b"made", "yes")
    answer = get(dots, "/nothing")
    assert (answer.status, answer.body) == (204, b"")


def test_bytes_a_file_and_a_redirect(dots):
    answer = get(dots, "/bytes")
    assert (answer.headers["Content-Type"], answer.body) == ("application/octet-stream", ALL_BYTES)
    answer = get(dots, "/file")
    assert (answer.headers["Content-Type"], answer.body) == ("text/plain", b"0123456789\n" * 2000)
    answer = get(dots, "/away")
    assert (answer.status, answer.headers["Location"]) == (302, "/elsewhere")


def test_cookies(dots):
    assert get(dots, "/cookies").headers.get_all("Set-Cookie") == ["one=1; Path=/; HttpOnly", "two=2"]


def test_head_and_options(dots):
    whole = get(dots, "/")
    answer = dots.request("HEAD", "/boards/demo/")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == whole.headers["Content-Length"] == "5"
    answer = dots.request("OPTIONS", "/boards/demo/mirror")
    assert (answer.status, answer.headers["Allow"]) == (200, "GET, POST, PUT, HEAD, OPTIONS")
    assert dots.request("DELETE", "/boards/demo/mirror").status == 405


# Streams


def test_a_generator_goes_out_piece_by_piece(dots):
    assert get(dots, "/numbers?n=400").body == b"".join(b"%d\n" % n for n in range(400))
    with dots.connect() as connection:
        connection.request("GET", "/boards/demo/numbers?n=5&pause=200")
        response = connection.getresponse()
        assert response.read1() == b"0\n"
        assert response.read1() == b"1\n"
        assert response.read() == b"2\n3\n4\n"


def test_an_asynchronous_iterator(dots):
    assert get(dots, "/letters?n=4").body == b"abcabcabcabc"


def test_server_sent_events(dots):
    with dots.events("/boards/demo/events?n=3", listening=False) as events:
        for n in range(3):
            assert events.next() == {"event": "tick", "id": str(n), "data": '{"n": %d}' % n}
        assert events.next() is None


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/numbers?n=1000000&pause=10", "generator closed"),
        ("/letters?n=1000000", "iterator closed"),
        ("/events?n=1000000", "events cancelled"),
    ],
)
def test_a_stream_is_closed_when_its_client_goes(dots, target, said):
    with dots.events() as console:
        with dots.connect() as connection:
            connection.request("GET", "/boards/demo" + target)
            assert connection.getresponse().read1()
        console.until("console", line=said)
    eventually(lambda: dots.board()["requests"]["running"] == 0, "nothing runs any more")
    assert get(dots, "/").body == b"hello"


def test_others_are_served_while_it_streams(dots):
    with dots.events("/boards/demo/events?n=1000000", listening=False) as events:
        for _ in range(5):
            assert events.next()["event"] == "tick"
            assert get(dots, "/").body == b"hello"


# Errors


def test_abort_and_error_handlers(dots):
    answer = get(dots, "/abort")
    assert (answer.status, answer.body, answer.headers["X-Error"]) == (403, b"not you", "yes")
    answer = get(dots, "/nowhere")
    assert (answer.status, answer.json) == (404, {"missing": "/nowhere"})


def test_an_exception_is_microdots_answer_and_the_gateway_has_the_traceback(dots):
    with dots.events() as events:
        answer = get(dots, "/raise")
        assert (answer.status, answer.body) == (500, b"Internal server error")
        assert answer.headers["X-Error"] == "yes"
        exception = events.until("exception", method="GET", path="/raise")
    assert "ZeroDivisionError: divide by zero" in exception["traceback"]
    assert get(dots, "/").body == b"hello"


def test_an_exception_that_the_application_handles_is_none(dots):
    with dots.events() as events:
        answer = get(dots, "/unlucky")
        assert (answer.status, answer.json) == (410, {"problem": "nothing there"})
        get(dots, "/raise")
        assert events.until("exception")["path"] == "/raise"


@pytest.mark.parametrize("target", ["/raise-late", "/events?n=1&fail=1"])
def test_an_exception_in_a_stream(dots, target):
    with dots.events() as events:
        assert get(dots, target).status == 200
        assert "ValueError" in events.until("exception")["traceback"]
    assert get(dots, "/").body == b"hello"


def test_a_handler_that_hangs_is_interrupted(lab):
    gateway = start(lab, serve=["--deadline", "1"])
    problem = get(gateway, "/hang").json
    assert (problem["status"], problem["type"]) == (504, "urn:boardwalk:problem:deadline")
    assert "in hang" in problem["traceback"]
    assert get(gateway, "/").body == b"hello"
    assert gateway.link()["sessions"] == 1


def test_a_request_that_makes_no_sense(dots):
    answer = get(dots, "/users/7?name=%zz")
    assert (answer.status, answer.body) == (400, b"Bad request")


def test_a_web_socket_is_refused(dots):
    key = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    answer = get(dots, "/socket", headers=key)
    assert answer.status == 501
    assert answer.body == b"there are no WebSockets over a serial line; use microdot.sse"


# Hooks, sub-applications, and the link's own


def test_hooks(dots):
    assert get(dots, "/").headers["X-Hooks"] == "before and after"
    answer = get(dots, "/closed")
    assert (answer.status, answer.body, answer.headers["X-Hooks"]) == (503, b"closed", "before and after")


def test_mounted_applications(dots):
    assert get(dots, "/api/inside/a/b").body == b"a/b in /api"
    assert get(dots, "/private/secret").status == 401
    answer = get(dots, "/private/secret", headers={"Authorization": "Basic x"})
    assert (answer.status, answer.body) == (200, b"told")


def test_emit(dots):
    with dots.events() as events:
        assert post(dots, "/emit/button", b"pressed").json == {"sent": True}
        assert events.until("emit", name="button")["data"] == "pressed"


def test_a_line_with_faults(lab):
    gateway = start(lab, "--corrupt", "2e-4", "--drop", "2e-4", "--seed", "3")
    for size in (0, 3000, 5000):
        body = (ALL_BYTES * 20)[:size]
        assert post(gateway, "/count", body).json["sum"] == sum(body)
    assert get(gateway, "/file").body == b"0123456789\n" * 2000
    assert gateway.link()["retransmissions"] > 0


def test_shutdown_ends_run(lab):
    gateway = start(lab)
    with gateway.events() as events:
        answer = get(gateway, "/shutdown")
        assert (answer.status, answer.body) == (200, b"shutting down")
        events.until("console", line="after run")
    assert get(gateway, "/").status == 503
