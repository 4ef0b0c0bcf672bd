"""Settings: flags over the environment over a file, and what `boardwalk config --check` says of them."""

import json
import os
import subprocess

import pytest
from lab import PATIENCE, PROGRAM, ROOT


def check(*arguments, **variables):
    """Exit code, output and errors of `boardwalk config --check`, with these variables alone."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/home/someone", **variables}
    done = subprocess.run(
        [PROGRAM, "config", "--check", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


def settings(*arguments, **variables):
    """What holds: value and origin by name."""
    code, output, error = check(*arguments, **variables)
    assert (code, error) == (0, "")
    rows = [[cell for cell in line.split("  ") if cell] for line in output.splitlines()]
    return {name: (value.strip(), origin.strip()) for name, value, origin in rows}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "boardwalk.json"

    def write(content):
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_defaults():
    assert settings() == {
        "listen": ("127.0.0.1:8080", "default"),
        "domain": ("none", "default"),
        "forward": ("the usual fields", "default"),
        "maxBody": ("16777216", "default"),
        "deadline": ("30", "default"),
        "defaults": ("true", "default"),
        "manage": ("false", "default"),
        "stateDirectory": ("/home/someone/.local/state/boardwalk", "default ($HOME)"),
        "history": ("true", "default"),
        "historyDays": ("30", "default"),
        "historyMegabytes": ("256", "default"),
        "log": ("info", "default"),
    }


def test_flags_over_environment_over_file(file):
    path = file({"listen": ":1", "domain": "file", "deadline": 7, "historyDays": 3, "defaults": False})
    variables = {"BOARDWALK_LISTEN": ":2", "BOARDWALK_DOMAIN": "environment", "BOARDWALK_HISTORY_DAYS": "4"}
    found = settings(path, "--listen", ":3", "--no-history", **variables)
    assert found["listen"] == (":3", "flag --listen")
    assert found["domain"] == ("environment", "environment BOARDWALK_DOMAIN")
    assert found["deadline"] == ("7", "file %s: deadline" % path)
    assert found["historyDays"] == ("4", "environment BOARDWALK_HISTORY_DAYS")
    assert found["history"] == ("false", "flag --no-history")
    assert found["defaults"] == ("false", "file %s: defaults" % path)


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("maxBody", "12", "12"),
        ("deadline", "0.5", "0.5"),
        ("forward", "all", "all"),
        ("stateDirectory", "/x", "/x"),
        ("historyMegabytes", "5", "5"),
        ("history", "no", "false"),
        ("defaults", "0", "false"),
        ("manage", "yes", "true"),
        ("log", "debug", "debug"),
    ],
)
def test_every_variable(name, text, value):
    variable = "BOARDWALK_" + "".join("_" + c if c.isupper() else c.upper() for c in name)
    assert settings(**{variable: text})[name] == (value, "environment " + variable)
    # An empty one is none.
    assert settings(**{variable: ""})[name][1].startswith("default")


def test_the_state_directory():
    assert settings(XDG_STATE_HOME="/s")["stateDirectory"] == ("/s/boardwalk", "default ($XDG_STATE_HOME)")
    found = settings(XDG_STATE_HOME="/s", STATE_DIRECTORY="/var/lib/boardwalk:/var/lib/other")
    assert found["stateDirectory"] == ("/var/lib/boardwalk", "default ($STATE_DIRECTORY)")
    assert settings("--state-directory", "/d", STATE_DIRECTORY="/x")["stateDirectory"][0] == "/d"


def test_boards_of_a_file(file):
    boards = [
        {"name": "pico", "path": "/dev/ttyACM0", "baud": 115200, "lines": "esp", "flow": "rtscts"},
        {"name": "meter", "usb": "0403:6001", "serial": "A50285BI", "interface": 0, "port": 1, "deadline": 5},
        {"usb": "1a86:7523"},
        {"name": "rack", "socket": "pci-0000:00:14.0-usb-0:3:1.0"},
    ]
    path = file({"boards": boards})
    found = settings(path, "--board", "pico=/dev/ttyACM9")
    assert found["board pico"] == ("/dev/ttyACM9", "flag --board pico=/dev/ttyACM9")
    assert found["board meter"] == (
        "usb:0403:6001,serial=A50285BI,interface=0,port=1",
        "file %s: boards[1]" % path,
    )
    assert found["board *"] == ("usb:1a86:7523", "file %s: boards[2]" % path)
    assert found["board rack"][0] == "socket:pci-0000:00:14.0-usb-0:3:1.0"


WRONG = [
    ("", "is no JSON: the text ends where a value is missing at line 1, column 1"),
    ('{"listen": ":1",}', "is no JSON: there is a comma with nothing behind it at line 1, column 16"),
    ('{\n  "listen": ":1"\n  "domain": "x"\n}', "a comma or } is missing at line 3, column 3"),
    ("{'a': 1}", "a key in quotes is missing at line 1, column 2"),
    ('{"log": "a\n"}', "is a quote missing?"),
    ('{"log": "info", "log": "debug"}', 'the key "log" comes twice at line 1, column 17'),
    ('{"maxBody": 01}', "01 is no number"),
    ('{"log": "\\ud800"}', "half a character"),
    ("{} {}", "more behind the end"),
    ("[" * 100, "nested too deeply"),
    ("[]", "should be an object"),
    (" " * (1 << 20) + "{}", "has more than 1048576 bytes"),
    ({"board": []}, "board: is no setting; there are boards, deadline,"),
    ({"boards": "a"}, "boards: should be a list of objects; it is the text"),
    ({"boards": [7]}, "boards[0]: should be an object, such as {"),
    ({"boards": [{"name": "a"}]}, 'boards[0]: "a" says too little; give a path, usb, serial or socket'),
    ({"boards": [{"path": "/dev/ttyS0"}]}, "gives a path but no name"),
    ({"boards": [{"name": "a", "path": 7}]}, "boards[0].path: should be a text; it is the number 7"),
    ({"boards": [{"name": 1, "path": "x"}]}, "boards[0].name: should be a text"),
    ({"boards": [{"name": "A", "path": "x"}]}, 'boards[0].name: "A" cannot be a board\'s name'),
    ({"boards": [{"name": "a", "path": "x", "baud": -1}]}, "boards[0].baud: "),
    ({"boards": [{"name": "a", "path": "x", "baud": "fast"}]}, "boards[0].baud: should be a whole number"),
    ({"boards": [{"name": "a", "usb": "403:6001"}]}, "boards[0].usb: "),
    ({"boards": [{"name": "a", "path": "x", "lines": "dtr"}]}, "there are default, esp and none"),
    ({"boards": [{"name": "a", "path": "x", "speed": 9}]}, "boards[0].speed: is no setting of a board"),
    (
        {"boards": [{"name": "a", "path": "x"}, {"name": "a", "path": "y"}]},
        "boards[1]: Two boards are named a",
    ),
    ({"boards": [{"name": "a", "path": "x"}, {"name": "b", "path": "x"}]}, "Two boards have the port x"),
    ({"listen": "x:y"}, 'listen: "x:y" is no address to listen on; write HOST:PORT'),
    ({"listen": 8080}, 'listen: should be a text, such as "127.0.0.1:8080"; it is the number 8080'),
    ({"maxBody": 0}, "maxBody: is 0; it must be above 0"),
    ({"maxBody": "7"}, 'maxBody: should be a whole number, such as 16777216; it is the text "7"'),
    ({"maxBody": 1.5}, "maxBody: should be a whole number"),
    ({"deadline": 0}, "deadline: is 0; it must be above 0"),
    ({"deadline": True}, "deadline: should be a number, such as 30; it is true"),
    ({"history": 1}, "history: should be true or false"),
    ({"manage": "yes"}, 'manage: should be true or false, such as true; it is the text "yes"'),
    ({"historyDays": 0}, "historyDays: is 0; it must be above 0"),
    ({"stateDirectory": ""}, "stateDirectory: is empty"),
    ({"domain": None}, 'domain: should be a text, such as "lab.example"; it is null'),
    ({"log": "loud"}, 'log: "loud" is no log level; there are trace, debug, info'),
]


@pytest.mark.parametrize("content, words", WRONG, ids=lambda value: str(value)[:60])
def test_what_is_wrong_in_a_file(file, content, words):
    path = file(content)
    code, output, error = check(path)
    assert (code, output) == (1, "")
    assert error.startswith("%s: " % path)
    assert words in error
    # `serve` says the same.
    done = subprocess.run(
        [PROGRAM, "serve", "--config", path], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 64
    assert done.stderr == error


def test_all_that_is_wrong_at_once(file):
    path = file({"listen": 1, "maxBody": 0, "boards": [{"name": "a", "path": 1, "lines": "x"}, 7]})
    code, _, error = check(path, BOARDWALK_DEADLINE="soon")
    assert code == 1
    places = sorted(line.split(": ")[-2 if line.startswith("BOARD") else 1] for line in error.splitlines())
    assert places == [
        "BOARDWALK_DEADLINE",
        "boards[0].lines",
        "boards[0].path",
        "boards[1]",
        "listen",
        "maxBody",
    ]


@pytest.mark.parametrize(
    "variable, text, words",
    [
        ("BOARDWALK_MAX_BODY", "many", 'should be a whole number, such as 16777216; it is "many"'),
        ("BOARDWALK_MAX_BODY", "0", "is 0; it must be above 0"),
        ("BOARDWALK_HISTORY", "maybe", "should be true or false"),
        ("BOARDWALK_LOG", "loud", "is no log level"),
    ],
)
def test_what_is_wrong_in_the_environment(variable, text, words):
    code, _, error = check(**{variable: text})
    assert code == 1
    assert error.startswith(variable + ": ")
    assert words in error


def test_what_is_wrong_on_the_command_line():
    code, _, error = check("--max-body", "0", "--board", "a=/x", "--board", "b=/x")
    assert code == 1
    assert error.splitlines() == [
        "--max-body: is 0; it must be above 0, at most 1099511627776.",
        "--board b=/x: Two boards have the port /x; a port serves one board.",
    ]


@pytest.mark.parametrize("path, words", [("/nowhere/at/all.json", "no such file"), ("/", "is a directory")])
def test_a_file_that_cannot_be_read(path, words):
    code, _, error = check(path)
    assert code == 1
    assert error.startswith("%s: cannot be read: %s" % (path, words))


def test_control_characters_of_a_file_do_not_reach_the_terminal(file):
    _, _, error = check(file({"a\x1b[2Jb": 1, "log": "\u202e"}))
    assert "\x1b" not in error and "\u202e" not in error
    assert "a\\x1b[2Jb: is no setting" in error


def test_the_file_is_served(lab):
    simulator = lab.simulate()
    path = lab.directory / "boardwalk.json"
    boards = [
        {"name": "demo", "path": simulator.path},
        {"name": "other", "path": lab.path(), "baud": 115200},
        {"name": "patient", "path": lab.path(), "deadline": 9},
    ]
    path.write_text(json.dumps({"maxBody": 10, "deadline": 1, "domain": "lab.example", "boards": boards}))
    gateway = lab.serve(lab.path(), "--config", path, "--deadline", "2", name="third")
    gateway.wait()
    names = [board["name"] for board in gateway.get("/api/v1/boards").json["boards"]]
    assert sorted(names) == ["demo", "other", "patient", "third"]
    assert gateway.post("/boards/demo/echo", bytes(11)).status == 413
    assert gateway.get("/hello", headers={"Host": "demo.lab.example"}).body == b"hello"
    # The option goes before the file.
    assert "within 2 s" in gateway.get("/boards/demo/hang").json["detail"]


def test_the_environment_is_served(lab, monkeypatch):
    monkeypatch.setenv("BOARDWALK_MAX_BODY", "10")
    monkeypatch.setenv("BOARDWALK_DEADLINE", "1")
    gateway = lab.bench()
    assert gateway.post("/boards/demo/echo", bytes(11)).status == 413
    assert "within 1 s" in gateway.get("/boards/demo/hang").json["detail"]
    # What a board is given itself goes before what holds for all.
    own = lab.serve(lab.simulate().path + ",deadline=2")
    own.wait()
    assert "within 2 s" in own.get("/boards/demo/hang").json["detail"]


def test_the_settings_that_are_installed():
    assert settings(ROOT / "Sources/boardwalk/Resources/boardwalk.json")["listen"][0] == "127.0.0.1:8080"
