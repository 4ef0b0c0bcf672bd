"""One guest for all tests, each of which leaves no board plugged in."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import prepare  # noqa: E402
from lab import PROGRAM, Lab  # noqa: E402
from machine import MICROPYTHON, Machine  # noqa: E402

PICO = "board-in-fs-mode-e6614103e7452d2f"
PYBOARD = "board-in-fs-mode-206437a1304e"


def pytest_sessionstart(session):
    for program, advice in ((PROGRAM, "swift build"), (MICROPYTHON, "make setup")):
        if not Path(program).exists():
            pytest.exit("%s is not there; run `%s` first" % (program, advice), 1)
    try:
        prepare.prepare()
    except prepare.Missing as problem:
        pytest.exit(str(problem), 1)


@pytest.fixture(scope="session")
def guest():
    with Machine() as machine:
        machine.board("pico", "2e8a", "0005", "e6614103e7452d2f")
        machine.board("pyboard", "f055", "9800", "206437A1304E")
        yield machine


@pytest.fixture
def machine(guest):
    """The guest with no board plugged in, and perhaps with a gateway; see `Machine.serve`."""
    yield guest
    guest.call("unplug_all")


@pytest.fixture
def lab():
    lab = Lab()
    yield lab
    lab.close()


@pytest.fixture
def measured(request, capsys):
    """Says how long something took, whether the test passes or not."""

    def measured(what, seconds):
        with capsys.disabled():
            print("\n  %s: %.0f ms" % (what, 1000 * seconds), end="")

    return measured
