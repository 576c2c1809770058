"""HTTP/1.1 on the wire: kept connections, pipelining, chunks, HEAD, limits, and clients that misbehave."""

import time

import pytest

from harness.server import at_once
from harness.wire import request_bytes


def test_a_connection_is_kept_for_many_requests(shared):
    with shared.connect() as connection:
        for number in range(20):
            assert connection.request("GET", f"/echo/{number}").json["event"]["rawPath"] == f"/echo/{number}"


def test_pipelined_requests_are_answered_in_order(shared):
    with shared.connect() as connection:
        connection.send(b"".join(request_bytes(connection.host, "GET", f"/echo/{n}") for n in range(50)))
        paths = [connection.read_response().json["event"]["rawPath"] for _ in range(50)]
    assert paths == [f"/echo/{n}" for n in range(50)]


def test_a_chunked_request_is_put_together(shared):
    with shared.connect() as connection:
        connection.send(request_bytes(connection.host, "POST", "/echo/", headers=[
            ("Transfer-Encoding", "chunked"), ("Content-Type", "text/plain")]))
        for chunk in (b"5\r\nhello\r\n", b"1;extension=1\r\n \r\n", b"5\r\nwor", b"ld\r\n", b"0\r\n\r\n"):
            connection.send(chunk)
        event = connection.read_response().json["event"]
        assert event["body"] == "hello world"
        assert connection.request("GET", "/echo/next").status == 200


def test_a_client_that_waits_for_100_gets_it(shared):
    with shared.connect() as connection:
        connection.send(request_bytes(connection.host, "POST", "/echo/", headers=[
            ("Content-Length", "5"), ("Expect", "100-continue"), ("Content-Type", "text/plain")]))
        assert connection.read_response().status == 100
        connection.send(b"hello")
        assert connection.read_response().json["event"]["body"] == "hello"


def test_head_has_the_headers_of_get_and_no_body(shared):
    with shared.connect() as connection:
        head = connection.request("HEAD", "/echo/x")
        assert (head.status, head.body) == (200, b"")
        assert int(head.header("content-length")) > 100
        assert head.header("content-type") == "application/json"
        answer = connection.request("GET", "/echo/y")  # The connection is in step.
        assert answer.json["event"]["requestContext"]["http"]["method"] == "GET"


def test_http_1_0_is_spoken(shared):
    with shared.connect() as connection:
        connection.send(b"GET /echo/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
        response = connection.read_response()
        assert response.json["event"]["requestContext"]["http"]["protocol"] == "HTTP/1.0"
        assert connection.is_closed()


def test_connection_close_is_obeyed(shared):
    with shared.connect() as connection:
        assert connection.request("GET", "/echo/", headers={"Connection": "close"}).status == 200
        assert connection.is_closed()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_every_method_reaches_the_handler(shared, method):
    assert shared.request(method, "/echo/").json["event"]["requestContext"]["http"]["method"] == method


def test_an_event_over_six_mebibytes_is_413_and_runs_nothing(shared):
    counted = sum(shared.counters("echo"))
    # 4,718,593 bytes are 6,291,460 in base64: over the limit before all else is added.
    for body, kind in ((b"x" * 6_291_457, "text/plain"), (b"\xff" * 4_718_593, "application/octet-stream"),
                       (b'"' * 3_200_000, "text/plain")):
        response = shared.request("POST", "/echo/", body, {"Content-Type": kind})
        assert (response.status, response.text) == (413, '{"message":"Request Entity Too Large"}')
    assert sum(shared.counters("echo")) == counted


def test_an_event_just_below_the_limit_arrives(shared):
    body = b"x" * 6_290_000
    answer = shared.request("POST", "/same", b'"' + body + b'"')
    assert (answer.status, answer.body) == (200, body)
    code = b"return len(event['body'])#" + b"x" * 6_280_000
    assert shared.request("POST", "/run", code, {"Content-Type": "text/plain"}).text == str(len(code))


def test_headers_over_ten_kibibytes_are_431_but_not_for_invoke(shared):
    long = {"X-Long": "x" * 10_300}
    response = shared.get("/echo/", long)
    assert response.status == 431
    assert shared.get("/echo/", {"X-Long": "x" * 9_000}).status == 200
    assert shared.invoke("same", {}, long).status == 200


def test_what_is_no_http_is_400_and_closed(shared):
    for nonsense in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /echo/ HTTP/1.1\r\nno colon\r\n\r\n",
                     b"POST /echo/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n"):
        with shared.connect() as connection:
            connection.send(nonsense)
            response = connection.read_response()
            assert response.status in (400, 505), nonsense
            assert connection.is_closed()


def test_a_request_with_two_lengths_is_refused(shared):
    for headers in ([("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
                    [("Content-Length", "5"), ("Content-Length", "6")]):
        with shared.connect() as connection:
            connection.send(request_bytes(connection.host, "POST", "/echo/", headers=headers) + b"0\r\n\r\nGET /")
            assert connection.read_response().status == 400


def test_half_sent_requests_disturb_nobody(shared):
    halves = [shared.connect() for _ in range(20)]
    for half in halves:
        half.send(b"POST /echo/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12")
    began = time.monotonic()
    assert all(response.status == 200 for response in at_once(8, shared.get, "/echo/"))
    assert time.monotonic() - began < 3
    for half in halves:
        half.close()


@pytest.mark.load
def test_a_half_sent_request_is_dropped_after_a_deadline(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "a.a"\nurl_path = "/a"\n', "a.py": "def a(e, c): return 1\n"})
    began = time.monotonic()
    with one.connect(timeout=45) as connection:
        connection.send(b"GET /a HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        while time.monotonic() - began < 40:  # A drop of it now and then does not help.
            try:
                connection.send(b"x")
                connection.socket.settimeout(1)
                if connection.socket.recv(4096) is not None:
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert 20 < time.monotonic() - began < 40
    assert one.get("/a").text == "1"
