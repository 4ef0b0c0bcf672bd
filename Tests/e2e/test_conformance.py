"""`boardwalk conform` against each board that there is, and against one that lies."""

import json
import shutil

import pytest
import test_microbit
from lab import ROOT

CONFORMANCE = ROOT / "Protocol/device/conformance"
CHECKS = [
    *("query", "parameters", "header", "not-found", "head", "long-head", "too-long-head"),
    *("echo-sizes", "echo-all-bytes", "echo-control-bytes"),
    *("pieces", "file", "streaming"),
    *("event-source", "emit", "print"),
    *("keep-alive", "in-flight", "concurrent", "client-leaves"),
    *("exception", "hang", "boot"),
]


def conform(lab, gateway, name="demo", code=0):
    """Runs the suite; returns its report."""
    program = lab.run("conform", name, "--json", "--gateway", "127.0.0.1:%d" % gateway.port)
    program.line(r"\(end of output\)", patience=180)
    assert program.process.wait(10) == code, program.output
    report = json.loads("\n".join(program.lines[:-1]))
    assert [check["name"] for check in report["checks"]] == CHECKS
    counts = {result: len(named(report, result)) for result in ("passed", "failed", "cannot")}
    assert report["summary"] == counts
    return report


def named(report, result):
    return {check["name"] for check in report["checks"] if check["result"] == result}


def explained(report):
    """What failed, for the message of a test that fails."""
    return [check for check in report["checks"] if check["result"] == "failed"]


def start(lab, app, *serve):
    """The application in a folder of its own, for it writes a file."""
    folder = lab.directory / app
    folder.mkdir()
    shutil.copy(CONFORMANCE / app, folder)
    return lab.bench(folder / app, serve=("--deadline", "1", *serve))


@pytest.mark.parametrize(("package", "cannot"), [("ahttpserver", set()), ("httpserver", {"concurrent"})])
def test_the_unix_port(lab, package, cannot):
    report = conform(lab, start(lab, "conform_%s.py" % package))
    assert named(report, "cannot") == cannot
    assert named(report, "passed") == set(CHECKS) - cannot, explained(report)
    board = report["board"]
    assert (board["name"], board["package"]) == ("demo", package)
    assert board["limits"] == {
        **{"check": "crc32", "streams": 16, "slots": 8, "window": 2112},
        **{"largestFrame": 512, "largestHead": 1024, "deadline": 1},
    }
    assert board["implementation"].startswith("micropython 1.")
    assert board["freeHeap"] > 100_000


def test_the_microbit(lab):
    board = test_microbit.MicroBit()
    try:
        program = (CONFORMANCE / "conform_small.py").read_bytes()
        board.upload({**test_microbit.FILES, "program.py": program})
        board.start()
        board.until(b"fletcher16")
        # An emulator on a machine that is busy loses bytes, and is then silent for seconds.
        gateway = lab.serve(board.path + ",baud=115200", "--deadline", "5", name="mb")
        gateway.wait(name="mb")
        report = conform(lab, gateway, "mb")
        print("%d bytes of heap are free" % report["board"]["freeHeap"])
    finally:
        board.close()
    cannot = {"file", "concurrent", "exception"}
    assert named(report, "cannot") == cannot
    assert named(report, "passed") == set(CHECKS) - cannot, explained(report)
    limits = report["board"]["limits"]
    assert (limits["check"], limits["streams"], limits["largestHead"]) == ("fletcher16", 1, 256)


def test_a_board_that_lies(lab):
    """What the gateway alone sees to is all that passes."""
    gateway = lab.bench("conform_liar.py", serve=["--deadline", "1"])
    report = conform(lab, gateway, code=1)
    assert named(report, "passed") == {"too-long-head"}
    assert named(report, "cannot") == set()
    for check in explained(report):
        assert check["expected"] and check["got"], check


def test_what_people_see_of_a_board_at_a_port(lab):
    """Without a gateway that runs."""
    simulator = lab.simulate("conform_liar.py")
    program = lab.run("conform", "--port", simulator.path)
    program.line("^streams +16$")
    program.line("^passed +too-long-head ")
    program.line("^failed +echo-all-bytes ")
    program.line("^        expected body of 512 bytes$")
    program.line("^        got 512 bytes, byte 511 is 0x3f, not 0x0, ")
    program.line("^1 passed, 22 failed, 0 cannot be done here$")
    assert program.process.wait(10) == 1


def test_boards_that_cannot_be_tested(lab):
    gateway = lab.bench("ends.py")

    def refusal(name):
        program = lab.run("conform", name, "--gateway", "127.0.0.1:%d" % gateway.port)
        program.line(r"\(end of output\)")
        assert program.process.wait(10) == 1
        return program.output

    assert "demo does not run the conformance application (GET /conformance gave 404)" in refusal("demo")
    assert "No board is named nobody" in refusal("nobody")
    gateway.get("/boards/demo/end")
    gateway.wait("not serving")
    assert "demo is not serving: the server on the board was stopped" in refusal("demo")
