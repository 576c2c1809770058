"""Who speaks to an environment's address and should not, or not so: others are undisturbed."""

import resource
import socket
import sys
import threading
import time

import pytest

from harness import processes
from harness.processes import wait_until
from harness.server import Background
from harness.wire import Connection, request_bytes

from test_runtime_api import PROGRAM

NEXT = "/2018-06-01/runtime/invocation/next"
CONFIG = f"""
[handlers.run]
command = ["{sys.executable}", "program.py"]
timeout = 20

[handlers.other]
command = ["{sys.executable}", "program.py"]
timeout = 20
"""


@pytest.fixture
def one(server):
    return server({"smyth.toml": CONFIG, "program.py": PROGRAM})


@pytest.fixture
def port(one):
    """Of the environment of `run`."""
    return int(one.run("result = address").split(":")[1])


class Undisturbed:
    """Calls the other function all the while; none may fail or take long."""

    def __init__(self, one):
        self._one, self._is_over, self.times = one, threading.Event(), []

    def __enter__(self):
        self._calls = Background(self._call)
        return self

    def _call(self):
        while not self._is_over.is_set():
            began = time.monotonic()
            assert self._one.run("result = 5", "other") == 5
            self.times.append(time.monotonic() - began)

    def __exit__(self, *_):
        count = len(self.times)
        wait_until(lambda: len(self.times) > count + 3 or self._calls.is_done(), 10, "calls go on")
        self._is_over.set()
        self._calls.result()
        assert max(self.times) < 2, self.times


def connections(port, count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 100:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 500), hard))
    opened = []
    for _ in range(count):
        try:
            opened.append(socket.create_connection(("127.0.0.1", port), timeout=5))
        except ConnectionResetError:  # It was closed at once, to make room.
            pass
    assert len(opened) > count / 2
    return opened


def send(one, data):
    try:
        one.sendall(data)
    except OSError:  # Closed, to make room.
        pass


def close(sockets):
    for one in sockets:
        one.close()


def test_a_thousand_connections_to_an_environment(one, port):
    before = processes.descriptor_count(one.pid)
    with Undisturbed(one):
        opened = connections(port, 1_000)
        assert processes.descriptor_count(one.pid) < before + 200
        for _ in range(5):
            assert one.run("result = 1") == 1
        close(opened)
    assert one.run("result = count") == 7


def test_a_thousand_beginnings_of_requests(one, port):
    with Undisturbed(one):
        opened = connections(port, 1_000)
        for each in opened:
            send(each, b"GET /2018-06-01/runtime/invoc")
        for _ in range(5):
            assert one.run("result = 1") == 1
        close(opened)
    assert one.run("result = count") == 7


def test_hundreds_of_next_at_once(one, port):
    with Undisturbed(one):
        opened = connections(port, 300)
        for each in opened:
            send(each, request_bytes(f"127.0.0.1:{port}", "GET", NEXT))
        # Whoever came last has the next event; the program itself is refused and gives up.
        time.sleep(0.3)
        close(opened)
        wait = Background(one.invoke, "run", {"code": "result = 1"})
        wait.result()
    assert one.get("/smyth/api/status").status == 200


def test_huge_heads_and_bodies(one, port):
    with Undisturbed(one):
        for size, status in ((100_000, 200), (5_000_000, 431)):
            with Connection(port) as connection:
                Background(connection.send, request_bytes(connection.host, "GET", "/2018-06-01/ping", None,
                                                          {"X-Long": "x" * size}))
                assert connection.read_response().status == status
        with Connection(port) as connection:
            connection.send(b"POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                            b"Content-Length: 99999999999\r\n\r\n" % port)
            assert connection.read_response().status == 413
    assert one.run("result = count") == 2


def test_a_body_that_comes_slowly(one, port):
    with Undisturbed(one), Connection(port) as connection:
        connection.send(b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                        b"Content-Length: 100\r\n\r\n" % port)
        for _ in range(20):
            connection.send(b"x")
            time.sleep(0.02)
        assert one.run("result = count") == 2


@pytest.mark.parametrize("bytes_", [b"\0\xff" * 5_000, b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
                                    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"])
def test_what_is_no_request(one, port, bytes_):
    with Connection(port) as connection:
        connection.send(bytes_)
        assert connection.read_response().status in (400, 505)
    assert one.run("result = count") == 2


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:{port}"},
    {"Host": "evil.example"}, {"Host": "evil.example:{port}"}, {"Host": "localhost.evil.example:{port}"},
    {"Host": "127.0.0.1:1"},
])
def test_a_browser_is_refused(one, port, headers):
    headers = {name: value.format(port=port) for name, value in headers.items()}
    with Connection(port) as connection:
        assert connection.request("GET", NEXT, None, headers).status == 403
        assert connection.request("POST", "/2018-06-01/runtime/init/error", "{}", headers).status == 403
        assert connection.request("GET", "/2018-06-01/ping", None, headers).status == 403
    assert one.run("result = count") == 2


def test_names_of_this_machine_are_taken(one, port):
    with Connection(port) as connection:
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "127.0.0.1", "localhost"):
            assert connection.request("GET", "/2018-06-01/ping", None, {"Host": host}).text == "pong"


def test_another_environments_id_is_wrong(one, port):
    call = Background(one.invoke, "other", {"code": "print('id', identity, flush=True)\ntime.sleep(1)\nresult = 'own'"})
    identity = one.wait_for_log(r"\bid ([0-9a-f-]{36})").group(1)
    with Connection(port) as connection:
        for verb in ("response", "error"):
            response = connection.request("POST", f"/2018-06-01/runtime/invocation/{identity}/{verb}", '"foreign"')
            assert (response.status, response.json["errorType"]) == (400, "InvalidRequestID")
    assert call.result().json == "own"


def test_an_ended_environments_address_is_closed(one, port):
    one.invoke("run", {"code": "os._exit(1)"})
    with pytest.raises(ConnectionRefusedError):
        Connection(port)
