"""`boardwalk cp`: both directions, what is unchanged, what is interrupted, and what a board may not do."""

import contextlib
import http.server
import json
import os
import re
import shutil
import signal
import threading
import urllib.parse

import pytest
from commands import Way, over_gateway, without_gateway
from lab import Lab

WAYS = {"gateway": over_gateway, "port": without_gateway}
# For what is the same whichever way the board is reached.
either_way = pytest.mark.parametrize("_way", ["gateway"], indirect=True)


@pytest.fixture(scope="module", params=WAYS)
def _way(request):
    with contextlib.closing(Lab()) as lab:
        board = lab.stock()
        way = WAYS[request.param](lab, board)
        way.board = board
        yield way


@pytest.fixture
def way(_way, tmp_path):
    """A board without files, and a directory of this machine for the test."""
    _way.work = tmp_path
    yield _way
    for path in _way.board.files.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def fill(directory, files):
    """Makes files; a name that ends in a slash is a directory's."""
    for name, data in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir()
        else:
            path.write_bytes(data)


def tree(directory):
    """What is there, as `fill` takes it."""
    found = {}
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        if not path.is_dir():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[name + "/"] = None
    return found


FILES = {
    "app.py": b"print('app')\n",
    "empty": b"",
    "nothing/": None,
    "sub/a b%ü.bin": bytes(range(256)) * 20,
    "sub/deep/er/x": b"x",
}


def test_there_and_back(way):
    fill(way.work / "lib", FILES)
    done = way("cp", "-r", "lib", way.path("/"))
    assert tree(way.board.files) == {"lib/" + name: data for name, data in FILES.items()}
    assert done.out.splitlines()[-1] == "4 files, 5,134 bytes, 0 unchanged"
    assert "/lib/sub/a b%ü.bin  5,120 bytes" in done.out.splitlines()
    done = way("cp", "-r", way.path("/lib"), "back")
    assert tree(way.work / "back") == FILES
    assert done.out.splitlines()[-1] == "4 files, 5,134 bytes, 0 unchanged"


def test_only_what_changed_is_copied(way):
    fill(way.work / "lib", FILES)
    way("cp", "-r", "lib", way.path("/"))
    times = {path: path.stat().st_mtime_ns for path in way.board.files.rglob("*")}
    assert way("cp", "-r", "lib", way.path("/")).out == "0 files, 0 bytes, 4 unchanged\n"
    assert way("cp", "lib/app.py", way.path("/lib")).out == "0 files, 0 bytes, 1 unchanged\n"
    # Of the same size, and of another.
    fill(way.work / "lib", {"app.py": b"print('APP')\n", "sub/deep/er/x": b"xx", "new/y": b"y"})
    done = way("cp", "-r", "lib/.", way.path("/lib"))
    assert done.out.splitlines()[-1] == "3 files, 16 bytes, 2 unchanged"
    assert tree(way.board.files / "lib") == tree(way.work / "lib")
    for name in ["lib/empty", "lib/sub/a b%ü.bin"]:
        path = way.board.files / name
        assert path.stat().st_mtime_ns == times[path]
    way("cp", "-r", way.path("/lib"), "back")
    inodes = {path: path.stat().st_ino for path in (way.work / "back").rglob("*")}
    (way.board.files / "lib/app.py").write_bytes(b"other\n")
    done = way("cp", "-r", way.path("/lib/."), "back")
    assert done.out.splitlines() == ["back/app.py  6 bytes", "1 file, 6 bytes, 4 unchanged"]
    assert (way.work / "back/app.py").read_bytes() == b"other\n"
    for path, inode in inodes.items():
        assert (path.stat().st_ino == inode) == (path.name != "app.py")


@either_way
@pytest.mark.parametrize(
    "words, expected",
    [
        ("a.py :/", ["a.py"]),
        ("a.py :", ["a.py"]),
        ("a.py :/b.py", ["b.py"]),
        ("a.py :d", ["d/a.py"]),
        ("a.py :/d/", ["d/a.py"]),
        ("a.py lib/x :/d", ["d/a.py", "d/x"]),
        ("-r lib :/", ["lib/x", "lib/y/z"]),
        ("-r lib/ :/", ["lib/x", "lib/y/z"]),
        ("-r lib/. :/", ["x", "y/z"]),
        ("-r lib :/other", ["other/x", "other/y/z"]),
        ("-r lib :/other/", ["other/x", "other/y/z"]),
        ("-r lib :/d", ["d/lib/x", "d/lib/y/z"]),
        ("-r a.py lib :/d", ["d/a.py", "d/lib/x", "d/lib/y/z"]),
        ("./a:b :/", ["a:b"]),
    ],
)
def test_names_on_the_board(way, words, expected):
    fill(way.work, {"a.py": b"a", "lib/x": b"x", "lib/y/z": b"z", "a:b": b"colon"})
    (way.board.files / "d").mkdir()
    way("cp", *way.words(words))
    assert [name for name in tree(way.board.files) if name != "d/"] == expected


@either_way
@pytest.mark.parametrize(
    "words, expected",
    [
        (":/a.py .", ["a.py"]),
        (":/a.py b.py", ["b.py"]),
        (":a.py d", ["d/a.py"]),
        (":/a.py d/", ["d/a.py"]),
        (":/a.py :/lib/x d", ["d/a.py", "d/x"]),
        ("-r :/lib .", ["lib/x", "lib/y/z"]),
        ("-r :/lib/. .", ["x", "y/z"]),
        ("-r :/lib other", ["other/x", "other/y/z"]),
        ("-r :/lib other/", ["other/x", "other/y/z"]),
        ("-r : other", ["other/a.py", "other/lib/x", "other/lib/y/z"]),
        ("-r :/ d", ["d/a.py", "d/lib/x", "d/lib/y/z"]),
    ],
)
def test_names_on_this_machine(way, words, expected):
    fill(way.board.files, {"a.py": b"a", "lib/x": b"x", "lib/y/z": b"z"})
    (way.work / "d").mkdir()
    way("cp", *way.words(words))
    assert [name for name in tree(way.work) if name != "d/"] == expected


@either_way
@pytest.mark.parametrize(
    "words, text",
    [
        ("none :/", "no file none"),
        ("lib :/", "with -r"),
        (":/lib .", "with -r"),
        (":/none .", "no file /none"),
        ("a.py lib/x :/none", "is no directory"),
        (":/a.py :/lib/x none", "is no directory"),
        ("a.py :/none/", "is no directory"),
        (":/a.py none/", "is no directory"),
        ("a.py :/none/b.py", "/none"),
        (":/a.py none/b.py", "none/b.py"),
        ("-r lib :/a.py", "/a.py is no directory"),
        ("-r :/lib a.py", "a.py is no directory"),
        ("-r lib :/clash", "/clash/lib is no directory"),
        ("-r file/lib :/", "/lib is a directory"),
        ("a.py d/a.py :/", "two files"),
        (":/a.py :/d/a.py .", "two files"),
        ("-r :/lib linked", "is no directory"),
        ("-r pipes :/", "no file and no directory"),
    ],
)
def test_what_cannot_be_copied(way, words, text):
    files = {"a.py": b"a", "d/a.py": b"b", "lib/x": b"x", "lib/y/z": b"z"}
    fill(way.work, files | {"file/lib": b"lib"})
    fill(way.board.files, files | {"clash/lib": b"", "clash/keep": b""})
    # What leads elsewhere is not followed when something is put there.
    fill(way.work, {"linked/lib/x": b"x", "elsewhere/keep": b""})
    (way.work / "linked/lib/y").symlink_to("../../elsewhere")
    (way.work / "pipes").mkdir()
    os.mkfifo(way.work / "pipes/pipe")
    before = tree(way.board.files)
    done = way("cp", *way.words(words), code=1)
    assert done.error.startswith("boardwalk: ") and text in done.error
    assert len(done.error.splitlines()) == 1 and done.out == ""
    assert tree(way.board.files) == before
    assert os.listdir(way.work / "elsewhere") == ["keep"]


@either_way
@pytest.mark.parametrize(
    "words",
    ["a.py b.py", "a.py", ":/a :/b", "demo:/a other:/b ."],
)
def test_command_lines_that_make_no_sense(way, words):
    assert "Usage: boardwalk cp" in way("cp", *way.words(words), code=64).error


@either_way
def test_the_mode_of_a_new_file_is_the_usual_one(way):
    fill(way.board.files, {"a.py": b"a"})
    way("cp", way.path("/a.py"), ".")
    (way.work / "plain").write_text("")
    assert (way.work / "a.py").stat().st_mode == (way.work / "plain").stat().st_mode


# What is shown


@either_way
def test_nothing_is_said_when_nothing_is_wanted(way):
    fill(way.work, {"a.py": b"a"})
    assert way("cp", "-q", "a.py", way.path("/")).out == ""
    assert tree(way.board.files) == {"a.py": b"a"}


@either_way
@pytest.mark.parametrize("width", [120, 80, 40, 12])
def test_a_bar_on_a_terminal(way, width):
    fill(way.work, {"lib/a.bin": os.urandom(30000), "lib/b.bin": os.urandom(30000)})
    with way.terminal("cp", "-r", "lib", way.path("/"), width=width) as terminal:
        assert terminal.wait() == 0
        text = terminal.rest().decode()
    assert tree(way.board.files / "lib") == tree(way.work / "lib")
    lines = [line for line in re.split(r"\r|\x1b\[K|\n", text) if line]
    assert lines.pop() == "2 files, 60,000 bytes, 0 unchanged"
    assert all("%" in line and len(line) < width for line in lines)
    if width == 80:
        assert lines[0].startswith("/lib/a.bin ") and lines[-1].startswith("/lib/b.bin ")
        assert any(re.search(r"\[#+\.+\]  +\d+%", line) for line in lines)
    # The bar has gone when the summary comes.
    assert text.endswith("\r\x1b[K2 files, 60,000 bytes, 0 unchanged\r\n")


# What is interrupted


@pytest.fixture
def slow(lab, tmp_path):
    """A board whose line takes some seconds for a file."""
    board = lab.stock("--baud", "57600")
    way = without_gateway(lab, board, work=tmp_path)
    way.options = ["--port", board.path + ",baud=57600"]
    way.board = board
    return way


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_upload_that_is_interrupted(slow, number):
    """There is never half a file under its name, and the next copy works."""
    old = b"old " * 1000
    data = os.urandom(60000)
    fill(slow.board.files, {"x.bin": old})
    fill(slow.work, {"x.bin": data})
    with slow.terminal("cp", "x.bin", ":/") as terminal:
        terminal.read(rb" [2-5]\d%")
        os.kill(terminal.process.pid, number)
        assert terminal.wait() == 128 + number
    assert slow.left == []
    assert (slow.board.files / "x.bin").read_bytes() == old
    fill(slow.work, {"x.bin": b"new"})
    slow("cp", "x.bin", ":/")
    assert tree(slow.board.files) == {"x.bin": b"new"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_download_that_is_interrupted(slow, number):
    fill(slow.board.files, {"x.bin": os.urandom(60000), "y": b"y"})
    fill(slow.work, {"x.bin": b"old"})
    with slow.terminal("cp", ":/x.bin", ".") as terminal:
        terminal.read(rb" [2-5]\d%")
        os.kill(terminal.process.pid, number)
        assert terminal.wait() == 128 + number
    assert slow.left == []
    assert tree(slow.work) == {"x.bin": b"old"}
    assert slow("cat", ":/y").out == "y"


@pytest.mark.parametrize("words", ["x.bin :/", ":/y.bin ."])
def test_a_board_that_is_pulled_out(slow, words):
    fill(slow.work, {"x.bin": os.urandom(60000)})
    fill(slow.board.files, {"y.bin": os.urandom(60000)})
    files = slow.board.files
    with slow.terminal("cp", *words.split()) as terminal:
        terminal.read(rb" [2-5]\d%")
        slow.board.end(signal.SIGINT)
        assert terminal.wait() == 1
        text = terminal.rest().decode()
    assert re.search(r"boardwalk: .*(Plug it in again|see that it is plugged in)", text), text
    assert "x.bin" not in tree(files) and "y.bin" not in tree(slow.work)
    assert slow.left == []


# What a board may not do


def test_names_that_would_disturb_a_terminal(way):
    fill(way.board.files, {"good": b"", "evil\x1b[2J": b""})
    done = way("cp", "-r", way.path("/"), "back", code=1)
    assert "evil\\x1b[2J" in done.error and "\x1b" not in done.error
    assert not (way.work / "back").exists()
    assert "evil\\x1b[2J" in way("ls").out


class HostileGateway(http.server.BaseHTTPRequestHandler):
    """A gateway whose board lists what it likes."""

    entries = []

    def do_HEAD(self):
        self.answer(b"")

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        assert url.path == "/api/v1/boards/pico/files/lib"
        self.answer(json.dumps({"path": "/lib", "entries": self.entries}).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def hostile(lab, tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HostileGateway)
    threading.Thread(target=server.serve_forever).start()
    yield Way(lab, "pico", ["--gateway", "127.0.0.1:%d" % server.server_port], tmp_path / "work")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "path",
    [
        "/lib/../../escaped",
        "/lib/..",
        "/etc/escaped",
        "escaped",
        "../escaped",
        "/lib//escaped",
        "/lib/./escaped",
        "/lib/a\nb",
        "/lib/a\x00b",
        "/lib/a\x1b[2Jb",
        "/lib/not-there/x",
        "/lib/good/x",
        "/lib/../\u0301escaped",
    ],
)
def test_a_board_never_writes_elsewhere(hostile, path):
    (hostile.work / "in").mkdir(parents=True)
    HostileGateway.entries = [
        {"path": "/lib/good", "type": "file", "size": 1, "checksum": "00000000"},
        {"path": path, "type": "file", "size": 1, "checksum": "00000000"},
    ]
    done = hostile("cp", "-r", "pico:/lib", "in/to", code=1)
    assert "nothing was copied" in done.error
    assert len(done.error.splitlines()) == 1 and "\x1b" not in done.error
    assert tree(hostile.work.parent) == {"work/in/": None}
