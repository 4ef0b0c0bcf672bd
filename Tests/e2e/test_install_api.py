"""An application comes onto a board over HTTP, and is started."""

import json
import threading
from base64 import b64encode

import pytest
from lab import PATIENCE
from managing import Managed, problem

APPLICATION = """
import asyncio
from ahttpserver import HTTPResponse, HTTPServer

app = HTTPServer()

@app.route("GET", "/")
async def hello(reader, writer, request):
    await HTTPResponse(200, "text/plain").send(writer)
    writer.write(%r)

async def main():
    await app.start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


def order(start, **files):
    """The body of a request: `app="…"` is the file app.py, and bytes go as base64."""
    listed = []
    for name, content in files.items():
        if isinstance(content, bytes):
            listed.append({"path": name, "base64": b64encode(content).decode()})
        else:
            listed.append({"path": name + ".py", "text": content})
    return json.dumps({"files": listed, "start": start}).encode()


def install(board, start="at-boot", **files):
    """What an installation came to, by the plain form."""
    return board.request("POST", "install", order(start, **files))


@pytest.fixture
def stock(lab):
    simulator = lab.stock()
    gateway = lab.serve(simulator.path, "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    board.simulator = simulator
    return board


def says(board, text):
    return board.gateway.get("/boards/demo/").body == text.encode()


def test_at_boot(stock):
    events, last = stock.events("POST", "install", order("at-boot", app=APPLICATION % "one"))
    assert {name for name, _ in events} == {"progress"}
    total = [data["totalDone"] for _, data in events]
    assert total == sorted(total) and total[-1] == events[-1][1]["totalSize"]
    assert all(data["done"] <= data["size"] for _, data in events)
    name, done = last
    assert (name, done["serving"], done["state"]) == ("done", True, "serving")
    assert "reason" not in done and "ahttpserver" in done["packages"] and done["format"] in ("mpy", "py")
    assert {item["path"] for item in done["items"]} >= {"/app.py"}
    assert says(stock, "one")
    assert (stock.simulator.files / "app.py").read_text() == APPLICATION % "one"
    # At power-up, too.
    stock.request("POST", "reset")
    stock.gateway.wait()
    assert says(stock, "one")


def test_what_is_there_is_not_sent_again(stock):
    install(stock, app=APPLICATION % "one")
    done = install(stock, app=APPLICATION % "one").json
    assert [item["path"] for item in done["items"] if item["written"]] == []
    assert done["serving"]
    done = install(stock, app=APPLICATION % "two").json
    assert [item["path"] for item in done["items"] if item["written"]] == ["/app.py"]
    assert says(stock, "two")


def test_now(stock):
    done = install(stock, "now", app=APPLICATION % "one").json
    assert (done["serving"], done["state"]) == (True, "serving")
    assert says(stock, "one")
    done = install(stock, "now", app=APPLICATION % "two").json
    assert done["serving"] and says(stock, "two")
    # Not at power-up.
    stock.request("POST", "reset")
    stock.gateway.wait("not serving")


def test_never(stock):
    page = bytes(range(256))
    done = install(stock, "never", app=APPLICATION % "one", **{"page.bin": page}).json
    assert (done["serving"], done["state"]) == (False, "managed")
    assert (stock.simulator.files / "page.bin").read_bytes() == page
    stock.request("POST", "reset")
    stock.gateway.wait("not serving")


BROKEN = "from ahttpserver import HTTPServer\napp = HTTPServer()\n1 / 0\n"


@pytest.mark.parametrize("start", ["at-boot", "now"])
def test_an_application_that_raises(stock, start):
    answer = install(stock, start, app=BROKEN)
    done = answer.json
    assert (answer.status, done["serving"]) == (200, False)
    assert "ZeroDivisionError" in done["reason"]
    # It does not lock anybody out.
    stock.works()
    assert install(stock, start, app=APPLICATION % "better").json["serving"]
    assert says(stock, "better")


@pytest.mark.parametrize(
    "app, words",
    [
        ("", "its program has ended, and the REPL waits"),
        ("import sys\nsys.exit()\n", "its program has ended, and the REPL waits"),
        ("while True: pass\n", "its program runs, and does not serve"),
    ],
)
def test_an_application_that_does_not_serve(stock, app, words):
    assert words in install(stock, app=app).json["reason"]


LOCK = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""


def test_an_application_that_takes_no_interrupt(lab):
    simulator = lab.stock()
    gateway = lab.serve(simulator.path, "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    assert not install(board, app=LOCK).json["serving"]
    found = problem(board.request("POST", "exec", "print(1)"), 502, "repl-failed")
    assert "pull it out and plug it in" in found["detail"]
    # Then it is interrupted as it starts; on a busy machine main.py's pause of 200 ms may be over by then.
    files = simulator.files
    for _ in range(5):
        seen = len(gateway.lines)
        simulator.end()
        simulator = lab.simulate(None, "--files", files, path=simulator.path)
        if "its program has ended" in gateway.line("not serving: (.*)", after=seen).group(1):
            break
    assert install(board, app=APPLICATION % "better").json["serving"]
    assert says(board, "better")


@pytest.mark.parametrize("start", ["at-boot", "now", "never"])
def test_an_application_that_is_no_python(stock, start):
    install(stock, app=APPLICATION % "one")
    found = problem(install(stock, start, app="import ahttpserver\ndef f(:\n"), 422, "bad-application")
    assert "app.py" in found["detail"] and "2" in found["detail"]
    # What was there is as it was.
    assert (stock.simulator.files / "app.py").read_text() == APPLICATION % "one"
    stock.gateway.wait()
    assert says(stock, "one")


def test_one_after_the_other(stock):
    answers = []

    def client(text):
        answers.append(install(stock, app=APPLICATION % text))

    threads = [threading.Thread(target=client, args=(text,)) for text in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [answer.status for answer in answers] == [200, 200]
    stock.gateway.wait()
    assert says(stock, "one") or says(stock, "two")


def slow(lab, **files):
    simulator = lab.stock("--baud", "57600", **files)
    gateway = lab.serve(simulator.path + ",baud=57600", "--manage")
    gateway.wait("not serving")
    board = Managed(gateway)
    board.simulator = simulator
    return board


def test_unplugged_in_the_middle(lab):
    board = slow(lab)
    files = board.simulator.files
    with board.call("POST", "install", order("at-boot", app=APPLICATION % "one")) as call:
        call.until("progress")
        board.simulator.end()
        problem(call.until("problem"), 502, "unplugged")
    lab.simulate(None, "--files", files, path=board.simulator.path)
    board.gateway.wait("not serving")
    assert install(board, app=APPLICATION % "one").json["serving"]
    assert says(board, "one")


def test_a_client_that_goes(lab):
    board = slow(lab)
    with board.call("POST", "install", order("at-boot", app=APPLICATION % "one")) as call:
        call.until("progress")
    board.works()
    assert not (board.simulator.files / "main.py").exists()
    assert board.gateway.board()["state"] != "serving"


@pytest.mark.parametrize(
    "body, kind, words",
    [
        (b"", "bad-body", "It should be JSON"),
        (b"[]", "bad-body", "It should be JSON"),
        (b'{"files": [', "bad-body", "It should be JSON"),
        (b'{"files": {}}', "bad-body", "It should be JSON"),
        (b'{"files": [1]}', "bad-body", "It should be JSON"),
        (b'{"file": []}', "bad-body", '"file" is no member; there are files, start.'),
        (b'{"start": "later"}', "bad-body", 'start is "later"; there are at-boot, now and never.'),
        (b'{"files": [{"path": "a"}]}', "bad-body", "The file /a must have either"),
        (b'{"files": [{"path": "a", "text": "", "base64": ""}]}', "bad-body", "The file /a must"),
        (b'{"files": [{"path": "a", "base64": "?"}]}', "bad-body", "The file /a must have either"),
        (b'{"files": [{"path": "a", "text": "", "mode": 1}]}', "bad-body", '"mode" is no member'),
        (b'{"files": [{"path": "../a", "text": ""}]}', "bad-path", '".."'),
        (b'{"files": [{"path": "a\\u0000", "text": ""}]}', "bad-path", "control character"),
        (b'{"files": [{"path": "lib/", "text": ""}]}', "bad-path", "/lib/ is a directory"),
        (b'{"files": [{"path": "", "text": ""}]}', "bad-path", "/ is a directory"),
    ],
)
def test_bad_bodies(bench_board, body, kind, words):
    for accept in ("application/json", "text/event-stream"):
        answer = bench_board.request("POST", "install", body, {"Accept": accept})
        detail = problem(answer, 400, kind)["detail"]
        assert words in detail and "//" not in detail


@pytest.fixture(scope="module")
def bench_board(module_lab):
    """A board that is not touched, for what is wrong is found before."""
    gateway = module_lab.bench(serve=["--manage", "--max-body", "1000"])
    yield Managed(gateway)
    assert gateway.link()["sessions"] == 1


def test_bad_requests(bench_board):
    problem(bench_board.request("POST", "install", bytes(1001)), 413, "body-too-large")
    problem(bench_board.request("POST", "install?start=now", b"{}"), 400, "bad-query")
    for method in ("GET", "PUT", "DELETE"):
        answer = bench_board.request(method, "install")
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_a_board_that_is_away(lab):
    board = Managed(lab.serve(lab.path(), "--manage"))
    problem(install(board, app=APPLICATION % "one"), 503, "board-unavailable")
