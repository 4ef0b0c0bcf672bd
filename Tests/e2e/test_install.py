"""`boardwalk install`: from a board as it comes to one that serves."""

import re
import signal

import pytest
from commands import over_gateway, without_gateway

APP = """
from ahttpserver import HTTPResponse, HTTPServer
import asyncio
import helper

app = HTTPServer()

@app.route("GET", "/hello")
async def hello(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write(helper.WORD)

async def main():
    await app.start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def board(lab):
    return lab.stock()


@pytest.fixture
def way(lab, board, tmp_path):
    way = over_gateway(lab, board, work=tmp_path)
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "helper.py").write_text("WORD = 'hello'\n")
    return way


def served(way, path="/hello"):
    return way.gateway.get("/boards/demo" + path)


def test_a_board_that_serves(way, board):
    done = way("install", "app.py", "helper.py")
    lines = done.out.splitlines()
    assert re.fullmatch(
        r"demo has ahttpserver as \.\w+: \d+ files, [\d,]+ bytes in \d+\.\d s, 0 unchanged", lines[-2]
    )
    assert lines[-1] == "demo serves: http://demo.localhost:%d/" % way.gateway.port
    assert any(re.fullmatch(r"\S*app\.py  [\d,]+ bytes", line) for line in lines[:-2])
    assert served(way).body == b"hello"
    # It starts by itself.
    board.end(signal.SIGINT)
    way.lab.simulate(None, "--files", board.files, path=board.path)
    way.gateway.wait()
    assert served(way).body == b"hello"


MAIN = """
from httpserver import HTTPResponse, HTTPServer

app = HTTPServer()

@app.route("GET", "/hello")
def hello(conn, request):
    HTTPResponse(200, "text/plain").send(conn)
    conn.write(word)

if __name__ == "__main__":
    word = "hello"
    app.start()
"""
ASYNCHRONOUS_MAIN = APP.replace("asyncio.run", 'if __name__ == "__main__":\n    asyncio.run')


@pytest.mark.parametrize("start", ["--at-boot", "--run"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("app", [MAIN, ASYNCHRONOUS_MAIN], ids=["httpserver", "ahttpserver"])
def test_a_main_program(way, app, end, start):
    """What it does as main program is done, whatever ends its lines."""
    (way.work / "app.py").write_text(app, newline=end)
    way("install", "app.py", "helper.py", start)
    assert served(way).body == b"hello"


def test_a_program_with_the_package_that_it_was_written_for(way, board):
    (way.work / "ahttpserver").mkdir()
    (way.work / "ahttpserver/__init__.py").write_text("")
    done = way("install", "app.py", "helper.py", "ahttpserver", code=1)
    assert "would import /ahttpserver in place of /lib/ahttpserver; leave /ahttpserver out" in done.error
    assert list(board.files.iterdir()) == []


def test_a_program_that_ends_without_a_word(way):
    (way.work / "app.py").write_text("")
    done = way("install", "app.py", "--run", code=1)
    assert done.error == "boardwalk: demo does not serve: its program has ended\n"


def test_what_is_there_is_not_sent_again(way):
    way("install", "app.py", "helper.py")
    (way.work / "helper.py").write_text("WORD = 'other'\n")
    done = way("install", "app.py", "helper.py")
    assert re.search(r": 1 file, 15 bytes in .*, \d+ unchanged", done.out)
    assert served(way).body == b"other"


def test_a_program_for_now(way, board):
    """At the next start the board is as it was, but for its files."""
    way("install", "app.py", "helper.py", "--run")
    assert served(way).body == b"hello"
    way("reset")
    way.gateway.wait("not serving")


def test_the_package_alone(way):
    done = way("install")
    assert "serves" not in done.out
    assert way("exec", "import ahttpserver; print('there')").out == "there\n"


def test_a_directory(way):
    (way.work / "project/static").mkdir(parents=True)
    for name in ["app.py", "helper.py"]:
        (way.work / name).rename(way.work / "project" / name)
    (way.work / "project/static/index.html").write_text("<p>")
    (way.work / "project/.git").mkdir()
    (way.work / "project/.git/config").write_text("")
    way("install", "project")
    assert served(way).body == b"hello"
    names = way("ls", "-r").out.split()
    assert "static/index.html" in names and not any("git" in name for name in names)


@pytest.mark.parametrize(
    "code, words",
    [
        ("def broken(:\n    pass\n", "SyntaxError"),
        ("import not_there\n", "ImportError: no module named 'not_there'"),
        ("print('that is all')\n", "does not serve"),
    ],
)
def test_a_program_that_does_not_serve(way, code, words):
    """The board stays reachable, and the next try works."""
    good = (way.work / "app.py").read_text()
    (way.work / "app.py").write_text(code)
    done = way("install", "app.py", "helper.py", code=1)
    assert done.error.startswith("boardwalk: ") and words in done.error
    assert way("exec", "print(1)").out == "1\n"
    (way.work / "app.py").write_text(good)
    way("install", "app.py", "helper.py")
    assert served(way).body == b"hello"


def test_a_main_of_the_users_own_is_kept(way, board):
    (board.files / "main.py").write_text("print('mine')\n")
    done = way("install", "app.py", "helper.py")
    kept = re.search(r"^/main.py was there already, and is /?(\S+) now$", done.out, re.M).group(1)
    assert (board.files / kept).read_text() == "print('mine')\n"
    assert served(way).body == b"hello"


def test_without_a_gateway(lab, board, tmp_path):
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "helper.py").write_text("WORD = 'hello'\n")
    way = without_gateway(lab, board, work=tmp_path)
    done = way("install", "app.py", "helper.py")
    assert done.out.splitlines()[-1].endswith(" serves.")
    gateway = lab.serve(board.path)
    gateway.wait()
    assert gateway.get("/boards/demo/hello").body == b"hello"


def test_a_bar_on_a_terminal(way):
    with way.terminal("install", "app.py", "helper.py") as terminal:
        assert terminal.wait() == 0
        text = terminal.rest().decode()
    assert re.search(r"\r\S+ +\[#*\.*\] +\d+%", text)
    assert re.search(r"\r\x1b\[Kdemo has ahttpserver.*\r\ndemo serves: http://\S+\r\n$", text)


@pytest.mark.parametrize("words, text", [("none.py", "no file none.py"), ("empty", "app.py")])
def test_what_cannot_be_installed(way, board, words, text):
    (way.work / "empty").mkdir()
    done = way("install", *words.split(), code=1)
    assert done.error.startswith("boardwalk: ") and text in done.error
    assert list(board.files.iterdir()) == []
