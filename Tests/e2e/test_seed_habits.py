"""What programs for the seed library do beyond its demos: timeouts, kept connections, an orderly stop."""

import http.client

import pytest
from lab import BOARDS

PAGE = (BOARDS / "index.html").read_bytes()


def test_timeouts_and_resets_end_the_connection_alone(lab):
    gateway = lab.bench("seed_habits.py")
    for name, exception in (("timeout", "TimeoutError"), ("reset", "ECONNRESET")):
        answer = gateway.get("/boards/demo/" + name)
        assert answer.status == 500 and exception in answer.json["traceback"]
    assert gateway.get("/boards/demo/").body == PAGE


def test_writers_of_the_users_own(lab):
    gateway = lab.bench("seed_habits.py")
    with gateway.events() as board:
        assert gateway.get("/boards/demo/").body == PAGE
        assert board.until("console")["line"] == "sent %d" % len(PAGE)
    with gateway.events("/boards/demo/three") as events:
        assert [events.next()["data"] for _ in range(3)] == ["0", "1", "2"]


def test_what_another_task_writes_is_not_held_back(lab):
    gateway = lab.bench("seed_habits.py")
    with gateway.connect() as connection:
        connection.request("GET", "/boards/demo/log")
        response = connection.getresponse()
        number = int(response.readline().split()[1])
        for n in range(1, 5):
            assert response.readline() == b"line %d\n" % (number + n)


def cut(response):
    """Reads a response that the board did not end; returns what came."""
    with pytest.raises(http.client.IncompleteRead) as raised:
        response.read()
    return raised.value.partial


def test_a_handler_that_stops_the_server(lab):
    """It answers; the clients of others do not take for whole what is not."""
    gateway = lab.bench("seed_habits.py")
    with gateway.events() as board, gateway.connect() as connection:
        connection.request("GET", "/boards/demo/ticks")
        response = connection.getresponse()
        assert response.readline() == b"tick\n"
        assert gateway.get("/boards/demo/stop").body == b"stopped"
        assert set(cut(response).split(b"\n")) <= {b"tick", b""}
        assert board.until("state")["reason"] == "the server on the board was stopped"


def test_kept_connections_that_other_handlers_write_to(lab):
    gateway = lab.bench("seed_kept.py")
    with gateway.events("/boards/demo/listen") as one, gateway.events("/boards/demo/listen") as two:
        for listener in (one, two):
            assert listener.next()["data"] == "welcome"
        assert gateway.get("/boards/demo/say?n=100").body == b"2 listen"
        for listener in (one, two):
            assert [int(listener.next()["data"]) for _ in range(100)] == list(range(100))
    assert gateway.get("/boards/demo/late").status == 500
    assert gateway.get("/boards/demo/say?n=1").status == 200


def test_a_stop_ends_kept_connections(lab):
    gateway = lab.bench("seed_kept.py")
    with gateway.events("/boards/demo/listen") as listener:
        assert listener.next()["data"] == "welcome"
        assert gateway.get("/boards/demo/stop").body == b"stopped"
        cut(listener.response)
