"""From a handler's result to the response, by the rules of payload 2.0; and what failures answer."""

import json

import pytest

from harness.server import Background

JSON, TEXT = "application/json", "text/plain;charset=utf-8"


def answer_to(server, expression):
    return server.request("POST", "/run", f"return {expression}", {"Content-Type": "text/plain"})


def content_type(response):
    return (response.header("content-type") or "").replace("; ", ";").lower()


@pytest.mark.parametrize("expression, body", [
    ('{"message": "hi", "n": 1.0}', '{"message": "hi", "n": 1.0}'),
    ("[]", "[]"),
    ('["hello", 3, True, None]', '["hello", 3, true, null]'),
    ("None", "null"),
    ("False", "false"),
    ("12345678901234567890", "12345678901234567890"),
    ("0.1", "0.1"),
    ("1e100", "1e+100"),
    ('"hello ü \\" 😀"', 'hello ü " 😀'),
    ('""', ""),
    ('{"status": 404}', '{"status": 404}'),
    ('{"body": "x"}', '{"body": "x"}'),
    ("(1, 2)", "[1, 2]"),
])
def test_any_other_value_is_200_and_json(shared, expression, body):
    response = answer_to(shared, expression)
    assert (response.status, response.text, content_type(response)) == (200, body, JSON)


def test_a_structured_result_says_all(shared):
    response = answer_to(shared, """{
        "statusCode": 418, "headers": {"X-A": "1", "Content-Type": "text/html", "x-number": 7, "x-flag": True},
        "cookies": ["a=1; HttpOnly", "b=2"], "body": "<p>ü</p>", "unknown": {"a": 1},
        "multiValueHeaders": {"X-Many": ["1", "2"]}}""")
    assert (response.status, response.text) == (418, "<p>ü</p>")
    assert response.header("x-a") == "1" and response.header("x-number") == "7"
    assert response.header("x-flag") == "true" and content_type(response) == "text/html"
    assert response.header_list("set-cookie") == ["a=1; HttpOnly", "b=2"]
    assert response.header("x-many") is None  # It belongs to payload 1.0.
    assert response.header("content-length") == str(len("<p>ü</p>".encode()))


@pytest.mark.parametrize("expression, status, body, kind", [
    ('{"statusCode": 200}', 200, "", TEXT),
    ('{"statusCode": 201, "body": None}', 201, "", TEXT),
    ('{"statusCode": "202", "body": "x"}', 202, "x", TEXT),
    ('{"statusCode": 404, "body": "gone", "headers": {}}', 404, "gone", TEXT),
    ('{"statusCode": 204}', 204, "", ""),
    ('{"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}', 200, "hi", TEXT),
    ('{"statusCode": 200, "body": "aGk=", "isBase64Encoded": False}', 200, "aGk=", TEXT),
])
def test_what_is_left_out_has_a_default(shared, expression, status, body, kind):
    response = answer_to(shared, expression)
    assert (response.status, response.text, content_type(response)) == (status, body, kind)


def test_a_redirect_and_an_error_of_the_handlers_own_pass(shared):
    response = answer_to(shared, '{"statusCode": 302, "headers": {"Location": "/there"}}')
    assert (response.status, response.header("location")) == (302, "/there")
    assert answer_to(shared, '{"statusCode": 503, "body": "mine"}').text == "mine"


@pytest.mark.parametrize("expression", [
    '{"statusCode": "many"}', '{"statusCode": None}', '{"statusCode": 99}', '{"statusCode": 1000}',
    '{"statusCode": 200, "body": {"a": 1}}', '{"statusCode": 200, "headers": "x"}',
    '{"statusCode": 200, "headers": {"a": "1\\r\\nb: 2"}}', '{"statusCode": 200, "cookies": "a=1"}',
    '{"statusCode": 200, "body": "%", "isBase64Encoded": True}',
])
def test_a_malformed_result_is_500_and_said_in_the_log(shared, expression):
    start = len(shared.log())
    response = answer_to(shared, expression)
    assert (response.status, response.text, content_type(response)) == \
        (500, '{"message":"Internal Server Error"}', JSON)
    shared.wait_for_log(r"(?s)\A.{%d}.*^error: .*run:\d" % start)


@pytest.mark.parametrize("path, body", [
    ("/run", "raise ValueError('no')"),
    ("/run", "return {1, 2}"),
    ("/quick", "import time; time.sleep(5)"),
    ("/single", "import os; os._exit(1)"),
    ("/single", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    ("/broken/module", ""), ("/broken/function", ""), ("/broken/syntax", ""), ("/broken/import", ""),
    ("/broken/exit", ""), ("/broken/coroutine", ""),
])
def test_a_failure_is_500_with_the_gateways_message(shared, path, body):
    response = shared.request("POST", path, body)
    assert (response.status, response.text, content_type(response)) == \
        (500, '{"message":"Internal Server Error"}', JSON)


def test_throttled_is_503_with_the_gateways_message(shared, gate):
    door = gate()
    held = Background(shared.request, "POST", "/throttled", f"from gate import hold; hold({str(door)!r}); return 1")
    door.wait_entered()
    response = shared.request("POST", "/throttled", "return 2")
    assert (response.status, response.text, content_type(response)) == \
        (503, '{"message":"Service Unavailable"}', JSON)
    shared.wait_for_log(r"^error: `throttled` is throttled: all its environments are busy: `concurrency` is 1 ")
    door.open()
    assert held.result().text == "1"
    assert shared.request("POST", "/throttled", "return 3").text == "3"


def test_a_full_queue_throttles_and_those_that_wait_are_served_in_order(shared, gate, tmp_path):
    door, order = gate(), tmp_path / "order"
    held = Background(shared.request, "POST", "/short_queue", f"from gate import hold; hold({str(door)!r}); return 0")
    door.wait_entered()
    waiting = []
    for number in (1, 2):
        connection = shared.connect()
        connection.send_request("POST", "/short_queue", f"open({str(order)!r}, 'a').write('{number}'); return {number}")
        waiting.append(connection)
        shared.status()  # A round trip: the server has read what was sent before.
    assert shared.request("POST", "/short_queue", "return 3").status == 503
    shared.wait_for_log(r"^error: `short_queue` is throttled: its line is full: `queue_limit` is 2 ")
    door.open()
    assert held.result().text == "0"
    assert [connection.read_response().text for connection in waiting] == ["1", "2"]
    for connection in waiting:
        connection.close()
    assert order.read_text() == "12"


def test_waiting_for_longer_than_queue_wait_throttles(shared, gate):
    door = gate()
    held = Background(shared.request, "POST", "/short_wait", f"from gate import hold; hold({str(door)!r}); return 1")
    door.wait_entered()
    assert shared.request("POST", "/short_wait", "return 2").status == 503
    shared.wait_for_log(r"^error: `short_wait` is throttled: no environment became free within `queue_wait`, \S+ s ")
    door.open()
    assert held.result().text == "1"


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_caller_that_leaves_while_it_waits_takes_no_turn(shared, gate, tmp_path, leave):
    door, ran = gate(), tmp_path / "ran"
    held = Background(shared.request, "POST", "/single", f"from gate import hold; hold({str(door)!r}); return 1")
    door.wait_entered()
    leaver = shared.connect()
    leaver.send_request("POST", "/single", f"open({str(ran)!r}, 'w')")
    shared.status()
    getattr(leaver, leave)()
    shared.status()
    door.open()
    assert held.result().text == "1"
    assert shared.request("POST", "/single", "return 2").text == "2"
    assert not ran.exists()


def test_a_caller_that_leaves_while_it_runs_lets_it_run_to_its_end(shared, gate, tmp_path):
    door, ran = gate(), tmp_path / "ran"
    with shared.connect() as leaver:
        leaver.send_request("POST", "/single",
                            f"from gate import hold; hold({str(door)!r}); open({str(ran)!r}, 'w').write('x')")
        door.wait_entered()
    door.open()
    assert shared.request("POST", "/single", "return 2").text == "2"
    assert ran.read_text() == "x"


def test_numbers_pass_as_python_wrote_them(shared):
    numbers = [0.1, 1e22, 1.0, -0.0, 123456789012345678901234567890, 5e-324, 1.7976931348623157e308]
    assert answer_to(shared, repr(numbers)).text == json.dumps(numbers)


def test_nan_is_no_result(shared):
    assert answer_to(shared, "float('nan')").status == 500
