"""Handlers that hang past their deadline: they are interrupted, and the board serves on."""

import os
import signal
import threading
import time

import pytest
from lab import eventually


@pytest.fixture(scope="module", params=["hanging.py", "hanging_threaded.py"])
def any_board(request, module_lab):
    return module_lab.bench(request.param, serve=["--deadline", "1"])


@pytest.fixture(scope="module")
def board(module_lab):
    return module_lab.bench("hanging.py", serve=["--deadline", "1"])


def hung(answer):
    """Checks that the answer says where a handler hung; returns the problem."""
    problem = answer.json
    assert (answer.status, problem["type"]) == (504, "urn:boardwalk:problem:deadline"), answer
    lines = problem["traceback"].splitlines()
    assert (lines[0], lines[-1].rstrip(": ")) == (
        "Traceback (most recent call last):",
        "KeyboardInterrupt",
    )
    assert any("in deep" in line for line in lines)
    assert problem["delivery"] == "ran"
    return problem


def test_a_hung_handler_is_interrupted_and_the_board_serves_on(any_board):
    gateway = any_board
    before = gateway.board()
    served = int(gateway.get("/boards/demo/hello").body.split()[0])
    for count in range(3):
        hung(gateway.get("/boards/demo/spin"))
        assert int(gateway.get("/boards/demo/hello").body.split()[0]) == served + count + 1
    after = gateway.board()
    assert after["link"]["sessions"] == before["link"]["sessions"]
    assert after["firmware"]["bootID"] == before["firmware"]["bootID"]


def test_streams_and_tasks_survive(board):
    with board.events("/boards/demo/stream", listening=False) as events:
        events.next()
        hung(board.get("/boards/demo/spin"))
        first = int(events.next()["data"])
        while int(events.next()["data"]) <= first:
            pass


def test_a_handler_that_catches_interrupts_gets_more(board):
    hung(board.get("/boards/demo/stubborn"))
    assert board.get("/boards/demo/hello").status == 200


def test_many_that_hang_at_once(any_board):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(any_board.get("/boards/demo/spin"))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [504] * 16
    assert any("traceback" in answer.json for answer in answers)
    # None of them goes on hanging.
    eventually(lambda: any_board.get("/boards/demo/hello").status == 200, "a handler runs")


def test_a_handler_that_hangs_behind_its_head_goes_with_its_client(any_board):
    with any_board.events() as events:
        with any_board.connect() as connection:
            connection.request("GET", "/boards/demo/begin-and-spin")
            with connection.getresponse() as response:
                assert response.read(5) == b"begun"
        assert "in deep" in events.until("exception")["traceback"]
    assert any_board.get("/boards/demo/hello").status == 200


def test_a_request_behind_a_handler_that_hangs_is_told_of_it(any_board):
    with any_board.connect() as connection:
        connection.request("GET", "/boards/demo/begin-and-spin")
        assert connection.getresponse().read(5) == b"begun"
        answer = any_board.get("/boards/demo/hello")
        assert answer.status == 504 and "this handler hung, or another" in answer.json["detail"], answer
        assert any_board.get("/boards/demo/hello").status == 200


def test_a_handler_that_waits_is_told_and_not_interrupted(board):
    answer = board.get("/boards/demo/wait")
    assert answer.status == 504 and "traceback" not in answer.json
    assert board.get("/boards/demo/hello").status == 200


def test_an_interrupt_by_hand_still_ends_the_server(lab):
    gateway = lab.bench("hanging.py")
    with gateway.connect() as connection:
        connection.request("GET", "/boards/demo/spin")
        eventually(lambda: gateway.board()["requests"]["running"] == 1, "the handler runs")
        time.sleep(0.2)  # no event tells that a handler that hangs has begun to
        os.kill(gateway.simulator.board_pid(), signal.SIGINT)
        gateway.wait("not serving")
        assert connection.getresponse().status == 502
