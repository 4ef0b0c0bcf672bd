"""The history of events: over the API, over restarts, and when its file or its disk fails."""

import json
import os
import shutil
import sqlite3

import pytest
from lab import eventually


@pytest.fixture
def state(lab):
    """A state directory that outlives gateways."""
    return lab.directory / "state"


def bench(lab, state, *options):
    path = lab.path()
    lab.simulate(path=path)
    return serve(lab, state, path, *options), path


def serve(lab, state, path, *options):
    gateway = lab.serve(path, *options, state=state)
    gateway.wait()
    eventually(lambda: gateway.get("/health").json["history"] != "opening", "the history is open or off")
    return gateway


def page(gateway, query=""):
    answer = gateway.get("/api/v1/events/history" + query)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json"), answer
    return answer.json


def emit(gateway, *data):
    for text in data:
        assert gateway.post("/boards/demo/emit?name=n", text.encode()).json is True


def emitted(page):
    return [event["data"] for event in page["events"]]


def until(gateway, query, data):
    eventually(lambda: emitted(page(gateway, query)) == data, "%s has %s" % (query, data))


def test_pages_both_ways(lab, state):
    gateway, _ = bench(lab, state)
    numbers = [str(n) for n in range(25)]
    emit(gateway, *numbers)
    until(gateway, "?type=emit&order=oldest", numbers)
    for order, expected in (("oldest", numbers), ("newest", numbers[::-1])):
        seen, query = [], ""
        while True:
            found = page(gateway, "?type=emit&limit=7&order=%s%s" % (order, query))
            seen += emitted(found)
            if not found["more"]:
                break
            query = "&after=" + found["next"]
        assert seen == expected
    assert gateway.get("/health").json["history"] == "recording"


def test_what_the_history_tells_is_what_the_stream_told(lab, state):
    gateway, _ = bench(lab, state)
    with gateway.events("/api/v1/events?type=emit,request,exception") as events:
        emit(gateway, "ü", 'quote " and \\')
        gateway.get("/boards/demo/raise")
        told = [json.loads(events.next()["data"]) for _ in range(6)]
    query = "?type=emit,request,exception&order=oldest"
    eventually(lambda: page(gateway, query)["events"] == told, "the history has them all")


def test_it_outlives_the_gateway(lab, state):
    gateway, path = bench(lab, state)
    emit(gateway, "before")
    until(gateway, "?type=emit", ["before"])
    gateway.end()
    gateway = serve(lab, state, path)
    emit(gateway, "after")
    until(gateway, "?type=emit", ["after", "before"])


def test_the_last_events_of_a_gateway_that_ends_are_kept(lab, state):
    gateway, path = bench(lab, state)
    emit(gateway, *[str(n) for n in range(50)])
    gateway.end()
    gateway = serve(lab, state, path)
    assert len(page(gateway, "?type=emit")["events"]) == 50
    states = [e["state"] for e in page(gateway, "?type=state&order=oldest")["events"]]
    assert states[:3] == ["opening", "probing", "serving"]


def test_filters_and_times(lab, state):
    gateway, _ = bench(lab, state)
    emit(gateway, "x")
    until(gateway, "?type=emit", ["x"])
    event = page(gateway, "?type=emit")["events"][0]
    time = event["time"]
    assert emitted(page(gateway, "?type=emit&since=" + time)) == ["x"]
    assert emitted(page(gateway, "?type=emit&until=" + time)) == []
    assert emitted(page(gateway, "?type=emit&since=1h")) == ["x"]
    assert emitted(page(gateway, "?type=emit&until=1h")) == []
    assert emitted(page(gateway, "?type=emit&since=0&until=99999999999999")) == ["x"]
    assert page(gateway, "?board=other")["events"] == []


@pytest.mark.parametrize(
    "query, what",
    [
        ("limit=0", "1 to 1000"),
        ("limit=1001", "1 to 1000"),
        ("limit=many", "1 to 1000"),
        ("order=random", "newest and oldest"),
        ("since=yesterday", "is no time"),
        ("after=x", "no place in a history"),
        ("after=0000000000000001-5", "no place in this history"),
        ("type=lightning", "lightning"),
        ("typ=emit", "typ="),
    ],
)
def test_bad_queries(history, query, what):
    answer = history.get("/api/v1/events/history?" + query)
    assert (answer.status, answer.json["type"]) == (400, "urn:boardwalk:problem:bad-query")
    assert what in answer.json["detail"]


@pytest.fixture(scope="module")
def history(module_lab):
    gateway, _ = bench(module_lab, module_lab.directory / "state")
    eventually(lambda: page(gateway)["events"], "the history is there")
    return gateway


def test_without_history(bench):
    answer = bench.get("/api/v1/events/history")
    assert (answer.status, answer.json["type"]) == (503, "urn:boardwalk:problem:history-off")
    assert "--no-history" in answer.json["detail"]


def test_a_damaged_file_is_moved_aside(lab, state):
    gateway, path = bench(lab, state)
    emit(gateway, "before")
    until(gateway, "?type=emit", ["before"])
    gateway.end()
    file = state / "events.sqlite"
    file.write_bytes(b"this is no database" * 1000)
    gateway = serve(lab, state, path)
    assert "damaged" in gateway.line("damaged").string
    emit(gateway, "after")
    until(gateway, "?type=emit", ["after"])
    assert list(state.glob("events.sqlite.damaged-*"))


def test_a_directory_that_cannot_be_had_costs_the_history_alone(lab):
    blocked = lab.directory / "file"
    blocked.write_text("no directory")
    gateway, _ = bench(lab, blocked)
    assert gateway.get("/boards/demo/hello").body == b"hello"
    eventually(lambda: gateway.get("/health").json["history"].startswith("off: "), "the history is off")
    answer = gateway.get("/api/v1/events/history")
    assert (answer.status, answer.json["type"]) == (503, "urn:boardwalk:problem:history-off")
    assert str(blocked) in answer.json["detail"]


def test_two_gateways_on_one_file(lab, state):
    first, path = bench(lab, state)
    emit(first, "x")
    until(first, "?type=emit", ["x"])
    second = lab.serve(lab.path(), state=state)
    eventually(lambda: second.get("/health").json["history"].startswith("off: "), "the second has none")
    emit(first, "y")
    until(first, "?type=emit", ["y", "x"])


def test_the_file_is_an_ordinary_database(lab, state):
    gateway, _ = bench(lab, state)
    emit(gateway, "x")
    until(gateway, "?type=emit", ["x"])
    gateway.end()
    copy = lab.directory / "copy.sqlite"
    shutil.copy(state / "events.sqlite", copy)
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (state / "events.sqlite").stat().st_mode & 0o077 == 0


def test_a_file_that_was_deleted_is_begun_anew(lab, state):
    gateway, _ = bench(lab, state)
    emit(gateway, "before")
    until(gateway, "?type=emit", ["before"])
    for file in state.glob("events.sqlite*"):
        file.unlink()
    emit(gateway, "after")

    def found():
        answer = gateway.get("/api/v1/events/history?type=emit")
        return answer.status == 200 and emitted(answer.json)

    # It is off for the moment between the two files.
    eventually(lambda: found() == ["after"], "a new history")


def test_a_file_that_cannot_be_opened_or_refused_holds_up_nothing(lab, state):
    state.mkdir()
    os.mkfifo(state / "events.sqlite")
    path = lab.path()
    lab.simulate(path=path)
    gateway = lab.serve(path, state=state)
    gateway.wait()
    assert gateway.get("/boards/demo/hello").body == b"hello"
    assert gateway.end()[0] == 0
