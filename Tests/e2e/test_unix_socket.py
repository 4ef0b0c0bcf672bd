"""A gateway that listens on a Unix socket."""

import http.client
import os
import signal
import socket
import stat
from pathlib import Path

import pytest
from lab import PATIENCE, Answer, eventually


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(str(self.path))


def get(path, target="/health", **headers):
    connection = Connection(path)
    try:
        connection.request("GET", target, headers=headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


@pytest.fixture
def path(lab):
    return lab.directory / "gateway.sock"


def serve(lab, path, *options):
    return lab.run("serve", "--no-history", "--no-defaults", "--listen", "unix:%s" % path, *options)


def listening(lab, path, *options):
    gateway = serve(lab, path, *options)
    gateway.line("listening on unix:%s$" % path)
    return gateway


def test_only_this_user_can_connect(lab, path):
    before = os.umask(0)
    try:
        listening(lab, path)
    finally:
        os.umask(before)
    mode = path.lstat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    assert get(path).json["status"] == "ok"
    # Nothing else of it is there.
    assert [name.name for name in lab.directory.iterdir()] == [path.name]


def test_boards_are_served(lab, path):
    simulator = lab.simulate()
    gateway = listening(lab, path, "--board", "demo=" + simulator.path)
    gateway.line("serving")
    assert get(path, "/boards/demo/hello").body == b"hello"
    assert get(path, "/hello", Host="demo.localhost").body == b"hello"


def test_any_host_and_no_foreign_page(lab, path):
    listening(lab, path)
    assert get(path, Host="whatever.example").status == 200
    answer = get(path, Host="whatever.example", Origin="http://evil.example")
    assert (answer.status, answer.json["type"]) == (403, "urn:boardwalk:problem:foreign-origin")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_file_goes_with_the_gateway(lab, path, number):
    assert listening(lab, path).end(number)[0] == 0
    assert list(lab.directory.iterdir()) == []


def test_a_socket_that_nobody_listens_on_is_replaced(lab, path):
    gateway = listening(lab, path)
    gateway.end(signal.SIGKILL)
    old = path.lstat().st_ino
    with pytest.raises(ConnectionRefusedError):
        get(path)
    gateway = listening(lab, path)
    assert path.lstat().st_ino != old or get(path).status == 200
    assert get(path).status == 200


def test_a_socket_that_somebody_listens_on_stays(lab, path):
    listening(lab, path)
    file = path.lstat().st_ino
    other = serve(lab, path)
    other.line("Error: unix:%s is in use by another program" % path)
    assert other.process.wait(PATIENCE) == 1
    assert path.lstat().st_ino == file
    assert get(path).status == 200
    assert [name.name for name in lab.directory.iterdir()] == [path.name]


def test_many_at_once_and_one_has_it(lab, path):
    socket.socket(socket.AF_UNIX).bind(str(path))
    gateways = [serve(lab, path) for _ in range(6)]

    def settled():
        return all("listening on unix" in g.output or g.process.poll() is not None for g in gateways)

    eventually(settled, "one listens and the others end")
    running = [gateway for gateway in gateways if gateway.process.poll() is None]
    assert len(running) == 1, [gateway.output for gateway in gateways]
    assert get(path).status == 200
    assert running[0].end()[0] == 0
    assert list(lab.directory.iterdir()) == []


def test_another_file_is_not_touched(lab, path):
    path.write_text("mine")
    gateway = serve(lab, path)
    gateway.line("is there already and is no socket")
    assert gateway.process.wait(PATIENCE) == 1
    assert path.read_text() == "mine"


def test_somebody_else_s_socket_is_not_removed_at_the_end(lab, path):
    gateway = listening(lab, path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        assert gateway.end()[0] == 0
        assert path.is_socket()


@pytest.mark.parametrize(
    "address, words",
    [
        ("unix:/nowhere/at/all/x", "unix:/nowhere/at/all/x cannot be listened on: no such file"),
        ("unix:/" + "x" * 200, "no address to listen on"),
        ("unix:/tmp/" + "x" * 45 + "/" + "y" * 50, "cannot be listened on|too long"),
        ("unix:relative", "no address to listen on"),
        ("unix:", "no address to listen on"),
    ],
)
def test_where_nobody_can_listen(lab, address, words):
    gateway = lab.run("serve", "--no-history", "--no-defaults", "--listen", address)
    gateway.line(words)
    assert gateway.process.wait(PATIENCE) in (1, 64)


def test_the_file_of_settings(lab, path):
    file = Path(lab.directory) / "settings.json"
    file.write_text('{"listen": "unix:%s"}' % path)
    gateway = lab.run("serve", "--no-history", "--no-defaults", "--config", file)
    gateway.line("listening on unix:%s$" % path)
    assert get(path).status == 200
