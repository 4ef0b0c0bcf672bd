"""Fixtures: `lab` starts programs for one test, `bench` is a board and a gateway that tests share."""

import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lab import PROGRAM, Lab  # noqa: E402


def pytest_sessionstart(session):
    if not Path(PROGRAM).exists():
        pytest.exit("%s is not there; run `swift build` first" % PROGRAM, 1)


@pytest.fixture
def lab():
    with contextlib.closing(Lab()) as lab:
        yield lab


@pytest.fixture(scope="module")
def module_lab():
    with contextlib.closing(Lab()) as lab:
        yield lab


@pytest.fixture(scope="session")
def _bench():
    with contextlib.closing(Lab()) as lab:
        yield lab.bench()


@pytest.fixture
def bench(_bench):
    """The workshop board behind a gateway with default options. Leave it as you found it."""
    yield _bench
    # Whatever a test did, the next request works, and nothing of the test still runs.
    assert _bench.get("/boards/demo/hello").body == b"hello"
