"""The command line: what is refused, and with which words; two gateways."""

import re
import subprocess

import pytest
from lab import PROGRAM, ROOT


def run(*arguments):
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["serve", "--board", "demo"], "names no port"),
        (["serve", "--board", "demo="], "empty path"),
        (["serve", "--board", "=x"], "cannot be a board's name"),
        (["serve", "--board", "Demo=x"], "cannot be a board's name"),
        (["serve", "--board", "a.b=x"], "cannot be a board's name"),
        (["serve", "--board", "demo=x,baud=0"], "must be 1 to 12000000"),
        (["serve", "--board", "demo=x,baud=many"], "must be 1 to 12000000"),
        (["serve", "--board", "demo=x,speed=9"], "is no setting"),
        (["serve", "--board", "a=x", "--board", "a=y"], "Two boards are named a"),
        (["serve", "--board", "a=x", "--board", "b=x"], "Two boards have the port x"),
        (["serve", "--board", "a=x", "--listen", "host:port"], "no address to listen on"),
        (["serve", "--board", "a=x", "--listen", "::1:80"], "no address to listen on"),
        (["serve", "--board", "a=x", "--listen", "127.0.0.1:70000"], "no address to listen on"),
        (["serve", "--board", "a=x", "--max-body", "0"], "above 0"),
        (["serve", "--board", "a=x", "--deadline", "0"], "above 0"),
        (["serve", "--board", "a=x", "--deadline", "nan"], "above 0"),
        (["serve", "--board", "a=x", "--log", "loud"], "no log level"),
        (["serve", "--board", "a=x", "--nonsense"], "Unknown option"),
        (["serve", "--config", "/nowhere/at/all.json"], "cannot be read"),
        (["simulate", "x.py", "--files", "x"], "--files is for a board without APP"),
        (["simulate", "--direct"], "--direct and --restart need an APP"),
        (["simulate", "--restart"], "--direct and --restart need an APP"),
        (["simulate", "x.py", "--corrupt", "2"], "a probability is between 0 and 1"),
        (["simulate", "x.py", "--drop=-1"], "a probability is between 0 and 1"),
        (["simulate", "x.py", "--baud", "1"], "must be between"),
        (["simulate", "x.py", "--direct", "--baud", "9600"], "--direct"),
        (["demo", "--corrupt", "x"], "corrupt"),
        (["dance"], "dance"),
        (["info"], "Which board?"),
        (["info", "Pico"], "cannot be a board's name"),
        (["info", "pico", "--port", "/dev/x"], 'there is "pico"'),
        (["info", "pico", "other"], "Unexpected argument"),
        (["info", "--port", "usb:2e8a:0005"], "is no port"),
        (["info", "--port", "/dev/x,baud=fast"], "baud"),
        (["info", "pico", "--gateway", "unix:x"], "no gateway's address"),
        (["run", "pico"], "one program's file"),
        (["exec", "pico"], "one piece of code"),
        (["reset", "pico", "--hard", "--bootloader"], "not both"),
        (["install", "pico", "app.py", "--run", "--at-boot"], "not both"),
        (["ls", "pico", "other:/"], "named already"),
        (["ls", "/lib"], "cannot be a board's name"),
        (["cat", "/lib"], "no path on a board"),
        (["cat", ":/lib"], "Which board?"),
        (["cat", "pico:/a", "other:/a"], "One board at a time"),
        (["cat", "pico:/a", "--port", "/dev/x"], "without pico"),
        (["rm", "-r", "pico:/"], "The root cannot be removed"),
        (["mkdir", "pico"], "no path on a board"),
        (["cp", "a"], "at least two paths"),
        (["cp", "a", "b"], "No side is a board's"),
        (["cp", "pico:/a", "pico:/b"], "Both sides"),
        (["cp", "pico:/a", "b", "c"], "no path on a board"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_command_lines(arguments, words):
    code, output = run(*arguments)
    assert words in output
    assert code == 64
    assert "Fatal" not in output


def test_help_and_version():
    assert run("--version") == (0, "0.1.0\n")
    for arguments in (
        [],
        ["--help"],
        ["serve", "--help"],
        ["boards", "--help"],
        ["events", "--help"],
        ["config", "--help"],
        ["simulate", "--help"],
        ["demo", "--help"],
        ["install", "--help"],
        ["run", "--help"],
        ["exec", "--help"],
        ["console", "--help"],
        ["info", "--help"],
        ["reset", "--help"],
        ["ls", "--help"],
        ["cp", "--help"],
        ["cat", "--help"],
        ["rm", "--help"],
        ["mkdir", "--help"],
    ):
        code, output = run(*arguments)
        assert (code, "USAGE" in output) == (0, True)


def test_an_app_that_is_not_there(lab):
    code, output = run("simulate", "/nowhere/app.py")
    assert "cannot read the app /nowhere/app.py" in output
    assert code not in (0, 64)


def test_no_micropython(lab):
    code, output = run("simulate", ROOT / "Tests/e2e/boards/idle.py", "--micropython", "/nowhere/micropython")
    assert "/nowhere/micropython" in output
    assert code not in (0, 64)


def test_an_address_that_is_taken(lab):
    gateway = lab.bench()
    second = lab.run("serve", "--board", "demo=" + lab.path(), "--listen", "127.0.0.1:%d" % gateway.port)
    code = second.process.wait(20)
    second.reader.join()
    assert code not in (0, 64)
    assert re.search("in use", second.output), second.output
    assert str(gateway.port) in second.output
    assert gateway.get("/boards/demo/hello").body == b"hello"


def test_a_port_that_another_gateway_holds(lab):
    first = lab.bench()
    second = lab.serve(first.simulator.path)
    reason = second.wait("failed")["reason"]
    assert "boardwalk" in reason and str(first.pid) in reason
    answer = second.get("/boards/demo/hello")
    assert answer.status == 503 and str(first.pid) in answer.json["detail"]
    assert first.get("/boards/demo/hello").body == b"hello"
    # It takes over when the first goes.
    first.end()
    second.wait()
    assert second.get("/boards/demo/hello").body == b"hello"
