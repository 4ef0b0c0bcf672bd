"""Files on a board, over HTTP."""

import http.client
import os
import socket
import threading
import time
import urllib.parse

import pytest
from lab import PATIENCE, eventually
from managing import Managed, problem, tag

ALL_BYTES = bytes(range(256)) * 300


@pytest.fixture(scope="module")
def stock(module_lab):
    simulator = module_lab.stock()
    gateway = module_lab.serve(simulator.path, "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    board.disk = simulator.files
    return board


@pytest.fixture
def board(stock):
    """A board without files, and `disk`, the directory that holds its files. It works afterwards."""
    for path in sorted(stock.disk.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    yield stock
    stock.works()
    assert not [path for path in stock.disk.rglob("*") if "boardwalk" in path.name], "nothing is left over"


def names(board):
    return sorted(str(path.relative_to(board.disk)) for path in board.disk.rglob("*"))


# Reading and writing


CONTENTS = {"nothing": b"", "x": b"x", "commands": b"\1\2\3\4\5\x1e" * 50, "all": ALL_BYTES}


@pytest.mark.parametrize("data", CONTENTS.values(), ids=CONTENTS)
def test_there_and_back(board, data):
    answer = board.put("a.bin", data)
    assert (answer.status, answer.body) == (201, b"")
    assert answer.headers["ETag"] == tag(data)
    assert (board.disk / "a.bin").read_bytes() == data
    answer = board.get("a.bin")
    assert (answer.status, answer.body) == (200, data)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert (answer.headers["ETag"], answer.headers["Content-Length"]) == (tag(data), str(len(data)))
    answer = board.head("a.bin")
    assert (answer.status, answer.body) == (200, b"")
    assert (answer.headers["ETag"], answer.headers["Content-Length"]) == (tag(data), str(len(data)))


def test_what_is_there_already_is_not_written_again(board):
    board.put("a", b"one")
    before = (board.disk / "a").stat()
    answer = board.put("a", b"one")
    assert (answer.status, answer.headers["ETag"]) == (204, tag(b"one"))
    after = (board.disk / "a").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    answer = board.put("a", b"two")
    assert (answer.status, answer.headers["ETag"]) == (204, tag(b"two"))
    assert (board.disk / "a").read_bytes() == b"two"


def test_the_event_form(board):
    events, last = board.events("PUT", "files/a.bin", ALL_BYTES)
    assert {name for name, _ in events} == {"progress"}
    done = [data["done"] for _, data in events]
    assert done == sorted(done) and len(done) > 2 and done[-1] == len(ALL_BYTES)
    assert {data["size"] for _, data in events} == {len(ALL_BYTES)}
    checksum, size = tag(ALL_BYTES).strip('"').split("-")
    told = {"path": "/a.bin", "size": int(size), "checksum": checksum}
    assert last == ("done", {**told, "written": True})
    assert board.events("PUT", "files/a.bin", ALL_BYTES) == ([], ("done", {**told, "written": False}))
    assert board.events("PUT", "files/d/") == ([], ("done", {"path": "/d", "size": 0, "written": True}))
    events, last = board.events("PUT", "files/nowhere/a", b"x")
    assert (events, last[0]) == ([], "problem") and last[1]["board"] == "demo"


@pytest.mark.parametrize("name", ["a b", "ü€😀.txt", "100%", "a+b&c=d?e#f", "~'\"\\$(x)", "x" * 200])
def test_names(board, name):
    quoted = urllib.parse.quote(name)
    assert board.put(quoted, b"1").status == 201
    assert names(board) == [name]
    assert board.get(quoted).body == b"1"
    assert [entry["path"] for entry in board.get("").json["entries"]] == ["/" + name]
    assert board.delete(quoted).status == 204
    assert names(board) == []


BAD_PATHS = [
    "a%00",
    "%0a",
    "a%7f",
    "%c2%85",
    "../a",
    "a/../b",
    "a/%2e%2e/b",
    "..%2fa",
    "a/..",
    "a/..%2f%cc%81b",
    "a%2f%cc%81/../b",
    "./a",
    "a/./b",
    "/a",
    "%2fa",
    "a//b",
    "a/%2f/b",
    "%",
    "%4",
    "%zz",
    "%ff",
    "%ed%a0%80",
    "x" * 257,
    "%c3%bc" * 129,
    "d/" * 130,
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_bad_paths(board, path):
    for method in ("GET", "PUT", "DELETE"):
        problem(board.request(method, "files/" + path, b""), 400, "bad-path")
    assert board.head(path).status == 400
    assert names(board) == []


@pytest.mark.parametrize(
    "method, query",
    [
        ("GET", "parents=1"),
        ("GET", "recursive=yes"),
        ("GET", "checksums="),
        ("PUT", "recursive=1"),
        ("PUT", "parents=2"),
        ("DELETE", "parents=1"),
        ("DELETE", "recursive=true"),
    ],
)
def test_bad_queries(board, method, query):
    board.put("a", b"1")
    problem(board.request(method, "files/a?" + query, b"2"), 400, "bad-query")
    assert (board.disk / "a").read_bytes() == b"1"


@pytest.mark.parametrize("method", ["POST", "PATCH", "OPTIONS"])
def test_methods(board, method):
    answer = board.request(method, "files/a", b"1")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, PUT, DELETE")
    assert names(board) == []


# Directories


def entry(path, data=None):
    if data is None:
        return {"path": path, "type": "directory", "size": 0}
    return {"path": path, "type": "file", "size": len(data)}


def test_listing(board):
    (board.disk / "lib/sub").mkdir(parents=True)
    (board.disk / "lib/sub/b.py").write_bytes(b"22")
    (board.disk / "lib/a.py").write_bytes(b"1")
    (board.disk / "empty").write_bytes(b"")
    top = [entry("/empty", b""), entry("/lib")]
    inside = [entry("/lib/a.py", b"1"), entry("/lib/sub")]
    for path in ("", "?recursive=0"):
        assert board.get(path).json == {"path": "/", "entries": top}
    assert board.request("GET", "files").json["entries"] == top
    for path in ("lib", "lib/"):
        assert board.get(path).json == {"path": "/lib", "entries": inside}
    whole = [*top, *inside, entry("/lib/sub/b.py", b"22")]
    assert board.get("?recursive=1").json["entries"] == whole
    found = board.get("lib?recursive=1&checksums=1").json["entries"]
    checksums = {e["path"]: e.get("checksum") for e in found}
    assert checksums == {
        "/lib/a.py": tag(b"1")[1:9],
        "/lib/sub": None,
        "/lib/sub/b.py": tag(b"22")[1:9],
    }
    for path in ("", "lib", "lib/", "?recursive=1"):
        answer, whole = board.head(path), board.get(path)
        assert (answer.status, answer.body) == (200, b"")
        for field in ("Content-Type", "Content-Length"):
            assert answer.headers[field] == whole.headers[field]


def test_making_directories(board):
    assert board.put("d/").status == 201
    problem(board.put("d/"), 409, "file-conflict")
    assert board.put("d/?parents=1").status == 204
    assert board.put("a/b/c/?parents=1").status == 201
    assert names(board) == ["a", "a/b", "a/b/c", "d"]
    assert "/d/ is a directory" in problem(board.put("d/", b"x"), 400, "bad-body")["detail"]
    assert problem(board.put("", b"x"), 400, "bad-body")["detail"].startswith("/ is a directory")
    problem(board.put(""), 409, "file-conflict")
    assert board.put("?parents=1").status == 204


def test_parents(board):
    assert board.put("a/b/c.py", b"1").status in (404, 409)
    assert names(board) == []
    assert board.put("a/b/c.py?parents=1", b"1").status == 201
    assert board.put("a/b/d.py?parents=1", b"2").status == 201
    assert names(board) == ["a", "a/b", "a/b/c.py", "a/b/d.py"]


def test_files_and_directories_in_each_other_s_way(board):
    board.put("d/")
    board.put("f", b"1")
    problem(board.put("d", b"2"), 409, "file-conflict")
    problem(board.put("f/"), 409, "file-conflict")
    problem(board.put("f/?parents=1"), 409, "file-conflict")
    for answer in (board.get("f/"), board.delete("f/")):
        assert "/f is a file" in problem(answer, 409, "file-conflict")["detail"]
    assert board.head("f/").status == 409
    for path in ("f/x", "f/x?parents=1"):
        assert board.put(path, b"2").status in (404, 409)
    assert board.get("f").body == b"1"
    assert names(board) == ["d", "f"]


def test_removing(board):
    problem(board.delete("a"), 404, "file-not-found")
    board.put("d/e/a?parents=1", b"1")
    problem(board.delete("d"), 409, "file-conflict")
    problem(board.delete("d/e/"), 409, "file-conflict")
    assert names(board) == ["d", "d/e", "d/e/a"]
    assert board.delete("d/e/a").status == 204
    assert board.delete("d/e").status == 204
    board.put("d/f/g/h?parents=1", b"1")
    assert board.delete("d?recursive=1").status == 204
    assert names(board) == []
    board.put("a", b"1")
    problem(board.delete(""), 409, "file-conflict")
    problem(board.delete("?recursive=1"), 409, "file-conflict")
    assert names(board) == ["a"]


def test_nothing_there(board):
    for path in ("a", "a/", "a/b"):
        found = problem(board.get(path), 404, "file-not-found")
        assert "/a" in found["detail"]
        assert board.head(path).status == 404


# Conditions


@pytest.fixture
def one(board):
    """A board with the file `a`, whose content is `one`."""
    board.put("a", b"one")
    return board


ONE = tag(b"one")


@pytest.mark.parametrize(
    "field, status",
    [
        (ONE, 304),
        ("W/" + ONE, 304),
        ('"x", ' + ONE, 304),
        ('"a,b" , W/"c",,' + ONE, 304),
        ("*", 304),
        ('"x"', 200),
        ('W/"x", "y"', 200),
        (ONE.strip('"'), 200),
        ("", 200),
    ],
)
def test_reading_what_one_has(one, field, status):
    for answer in (one.get("a", if_none_match=field), one.head("a", if_none_match=field)):
        assert (answer.status, answer.headers["ETag"]) == (status, ONE)
        if status == 304:
            assert answer.body == b"" and answer.headers["Content-Length"] is None


@pytest.mark.parametrize(
    "field, status",
    [
        (ONE, 204),
        ('"x", ' + ONE, 204),
        ("*", 204),
        ("W/" + ONE, 412),
        ('"x"', 412),
        ("", 412),
        ("one", 412),
    ],
)
def test_if_match(one, field, status):
    assert one.get("a", if_match=field).status == (200 if status == 204 else 412)
    answer = one.put("a", b"two", if_match=field)
    assert answer.status == status
    assert (one.disk / "a").read_bytes() == (b"two" if status == 204 else b"one")
    if status == 412:
        assert ONE in problem(answer, 412, "precondition-failed")["detail"]
        problem(one.delete("a", if_match=field), 412, "precondition-failed")
    else:
        assert one.delete("a", if_match=tag(b"two")).status == 204


def test_if_match_of_nothing(board):
    for field in ("*", ONE):
        problem(board.put("a", b"1", if_match=field), 412, "precondition-failed")
    assert names(board) == []


def test_only_if_it_is_new(one):
    problem(one.put("a", b"two", if_none_match="*"), 412, "precondition-failed")
    problem(one.put("a", b"two", if_none_match=ONE), 412, "precondition-failed")
    assert one.get("a").body == b"one"
    assert one.put("a", b"two", if_none_match='"x"').status == 204
    assert one.put("b", b"two", if_none_match="*").status == 201
    one.put("d/")
    problem(one.put("d/?parents=1", if_none_match="*"), 412, "precondition-failed")


def test_a_condition_in_the_event_form(one):
    headers = {"Accept": "text/event-stream", "If-None-Match": "*"}
    answer = one.request("PUT", "files/a", b"two", headers)
    assert answer.status == 200 and b"event: problem\n" in answer.body
    assert b"precondition-failed" in answer.body
    assert one.get("a").body == b"one"


# Trouble


def test_a_body_that_is_too_large(lab):
    gateway = lab.serve(lab.stock().path, "--manage", "--max-body", "1000")
    gateway.wait("not serving")
    board = Managed(gateway)
    assert board.put("a", bytes(1000)).status == 201
    problem(board.put("a", bytes(1001)), 413, "body-too-large")
    pieces = iter([bytes(600)] * 2)
    answer = board.request("PUT", "files/a", pieces, encode_chunked=True)
    problem(answer, 413, "body-too-large")
    assert board.head("a").headers["ETag"] == tag(bytes(1000))


@pytest.mark.parametrize("form", ["length", "chunked"])
@pytest.mark.parametrize("end", ["close", "half", "reset"])
def test_an_upload_that_breaks_off_leaves_nothing(board, form, end):
    board.put("old", b"old")
    for name in ("new", "old"):
        with board.gateway.socket() as connection:
            head = "PUT %sfiles/%s HTTP/1.1\r\nHost: localhost\r\n" % (board.root, name)
            if form == "length":
                connection.sendall(head.encode() + b"Content-Length: 1000\r\n\r\n" + bytes(500))
            else:
                connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nab")
            if end == "half":
                connection.shutdown(socket.SHUT_WR)
                assert b" 20" not in connection.recv(1000)[:13]
            elif end == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    # Behind them in the board's queue.
    board.works()
    assert names(board) == ["old"]
    assert board.get("old").body == b"old"


def test_a_part_of_a_file_is_not_taken_for_all_of_it(board):
    board.put("whole", b"0123456789")
    problem(board.put("whole", b"abc", content_range="bytes 0-2/10"), 400, "bad-body")
    assert board.get("whole").body == b"0123456789"


def test_a_client_that_does_not_read(lab):
    """It keeps neither the board from others nor the gateway from its end, and may read on."""
    simulator = lab.stock()
    data = os.urandom(3 << 20)
    (simulator.files / "big").write_bytes(data)
    gateway = lab.serve(simulator.path, "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    with narrow(board, "big") as reader, narrow(board, "big"):
        began = time.monotonic()
        # Behind both in the board's queue.
        board.works()
        assert time.monotonic() - began < 25
        response = http.client.HTTPResponse(reader)
        response.begin()
        assert response.read() == data
        code, took = gateway.end()
        assert (code, took < 8) == (0, True), took


def narrow(board, path):
    """Asks for a file, on a connection that holds little of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    connection.connect(("127.0.0.1", board.gateway.port))
    head = "GET %sfiles/%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (board.root, path)
    connection.sendall(head.encode())
    return connection


def test_a_client_that_goes_while_the_board_writes(lab):
    simulator = lab.stock("--baud", "57600")
    gateway = lab.serve(simulator.path + ",baud=57600", "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    with board.call("PUT", "files/a", os.urandom(60_000)) as call:
        call.until("progress")
    began = time.monotonic()
    board.works()
    assert time.monotonic() - began < 8
    assert list(simulator.files.iterdir()) == []


def test_unplugged_while_it_writes(lab):
    simulator = lab.stock("--baud", "57600")
    gateway = lab.serve(simulator.path + ",baud=57600", "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    files = simulator.files
    with board.call("PUT", "files/a", os.urandom(60_000)) as call:
        call.until("progress")
        simulator.end()
        problem(call.until("problem"), 502, "unplugged")
    assert not (files / "a").exists()
    problem(board.get("a"), 503, "board-unavailable")
    lab.simulate(None, "--files", files, path=simulator.path)
    gateway.wait("not serving")
    assert board.put("a", b"whole").status == 201
    assert [(path.name, path.read_bytes()) for path in files.iterdir()] == [("a", b"whole")]


def test_unplugged_while_it_reads(lab):
    simulator = lab.stock("--baud", "57600")
    (simulator.files / "a").write_bytes(os.urandom(60_000))
    gateway = lab.serve(simulator.path + ",baud=57600", "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    with board.call("GET", "files/a", accept="*/*") as call:
        assert call.response.status == 200
        call.response.read(1000)
        simulator.end()
        # It ends before its length says, which tells that it is not all.
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            call.response.read()


def test_a_client_that_goes_while_the_board_reads(lab):
    simulator = lab.stock("--baud", "57600")
    (simulator.files / "a").write_bytes(os.urandom(200_000))
    gateway = lab.serve(simulator.path + ",baud=57600", "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    with board.call("GET", "files/a", accept="*/*") as call:
        call.response.read(1000)
    began = time.monotonic()
    board.works()
    assert time.monotonic() - began < 8


def test_two_clients_at_once(board):
    wanted = {"%d" % n: bytes([n]) * (1000 + n) for n in range(8)}
    answers = []

    def client(name, data):
        answers.append(board.put(name, data).status)
        answers.append(board.put("shared", data).status)
        answers.append(board.get(name).body == data)

    threads = [threading.Thread(target=client, args=item) for item in wanted.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert answers.count(201) == 9 and answers.count(204) == 7 and answers.count(True) == 8
    for name, data in wanted.items():
        assert (board.disk / name).read_bytes() == data
    assert (board.disk / "shared").read_bytes() in wanted.values()


def test_only_one_of_two_makes_a_file(board):
    answers = []

    def client(data):
        answers.append(board.put("a", data, if_none_match="*").status)

    threads = [threading.Thread(target=client, args=(b"%d" % n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(answers) == [201, 412, 412, 412]


def test_a_board_that_serves_goes_on_serving(lab):
    gateway = lab.bench(serve=["--manage"])
    board = Managed(gateway)
    assert board.request("GET", "files/").status == 200
    eventually(lambda: gateway.get("/boards/demo/hello").status == 200, "it serves again")
