"""Without the setting `manage` nobody manages a board."""

import json

import pytest
from managing import Managed, problem
from test_configuration import settings

PATHS = [
    "files",
    "files/",
    "files/main.py",
    "files/lib/?recursive=1",
    "files/../x",
    "files/%00",
    "info",
    "exec",
    "exec?serve=1&detach=1",
    "reset",
    "reset?mode=bootloader",
    "install",
    "console",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_all_is_refused(bench, method, path):
    answer = Managed(bench).request(method, path, b"print(1)")
    found = problem(answer, 403, "managing-off")
    assert found["board"] == "demo"
    assert "--manage" in found["detail"]


@pytest.mark.parametrize("path", PATHS)
def test_heads_are_refused(bench, path):
    assert Managed(bench).request("HEAD", path).status == 403


@pytest.mark.parametrize("path", ["exec", "install", "files/x"])
def test_the_event_form_is_refused(bench, path):
    method = "PUT" if path == "files/x" else "POST"
    answer = Managed(bench).request(method, path, b"1", {"Accept": "text/event-stream"})
    problem(answer, 403, "managing-off")


def test_nothing_reaches_the_board(bench):
    with bench.events() as events:
        before = bench.link()
        for path in PATHS:
            for method in ("GET", "POST", "PUT", "DELETE"):
                Managed(bench).request(method, path, b"\x03")
        after = bench.link()
        bench.get("/boards/demo/hello")
        # What would be told of it comes before this.
        assert events.next()["event"] == "request"
    assert after["sessions"] == before["sessions"]
    # Pings alone, and the acknowledgement of what the board has said as it started.
    assert after["bytesSent"] - before["bytesSent"] <= 16 * (after["pings"] - before["pings"]) + 8


def test_unknown_boards(bench):
    problem(Managed(bench, "nobody").request("GET", "info"), 404, "unknown-board")


def test_where_it_can_be_set(tmp_path):
    path = tmp_path / "boardwalk.json"
    path.write_text(json.dumps({"manage": True}))
    assert settings()["manage"] == ("false", "default")
    assert settings("--manage")["manage"] == ("true", "flag --manage")
    assert settings(BOARDWALK_MANAGE="1")["manage"] == ("true", "environment BOARDWALK_MANAGE")
    assert settings(path)["manage"] == ("true", "file %s: manage" % path)
    assert settings(path, BOARDWALK_MANAGE="no")["manage"] == ("false", "environment BOARDWALK_MANAGE")
