"""The guide's page on concurrency: its configuration verbatim, its handler, what it says of both."""

import re

import pytest

from harness.processes import wait_until
from harness.wire import request_bytes

# As on the page, letter by letter.
CONFIGURATION = '''
[tool.smyth.handlers.order_handler]
handler_path = "smyth_test_app.handlers.order_handler"
url_path = "/orders/{path:path}"
concurrency = 2

[tool.smyth.handlers.product_handler]
handler_path = "smyth_test_app.handlers.product_handler"
url_path = "/products/{path:path}"
concurrency = 2
strategy_function_path = "smyth.runner.strategy.round_robin"
'''

HANDLERS = '''
COUNT = 0

def order_handler(event, context):
    global COUNT
    COUNT += 1
    print(event, context)
    return {"statusCode": 200, "body": f"Orders requests: {COUNT}"}

def product_handler(event, context):
    global COUNT
    COUNT += 1
    print(event, context)
    return {"statusCode": 200, "body": f"Products requests: {COUNT}"}
'''

FILES = {"pyproject.toml": CONFIGURATION, "smyth_test_app/__init__.py": "", "smyth_test_app/handlers.py": HANDLERS}


@pytest.fixture(params=["server", "server_of_nobody"])
def server(request):
    """Each test runs as this user and, where that is root, as nobody."""
    return request.getfixturevalue(request.param)


def bodies(server, path, count):
    responses = [server.get(path) for _ in range(count)]
    assert all(response.status == 200 for response in responses)
    return [response.text for response in responses]


def simultaneously(server, path, count):
    """Requests that are all sent before any is answered."""
    connections = [server.connect() for _ in range(count)]
    for connection in connections:
        connection.send(request_bytes(connection.host, "GET", path))
    responses = [connection.read_response() for connection in connections]
    for connection in connections:
        connection.close()
    return [(response.status, response.text) for response in responses]


def test_one_after_another_count_up_under_first_warm(server):
    one = server(FILES)
    assert bodies(one, "/orders/", 5) == [f"Orders requests: {n}" for n in (1, 2, 3, 4, 5)]
    assert one.states("order_handler") == ["warm", "cold"]
    assert one.counters("order_handler") == [5, 0]


def test_one_after_another_take_turns_under_round_robin(server):
    one = server(FILES)
    assert bodies(one, "/products/", 6) == [f"Products requests: {n}" for n in (1, 1, 2, 2, 3, 3)]
    assert one.states("product_handler") == ["warm", "warm"]
    assert one.counters("product_handler") == [3, 3]


def test_two_at_once_are_served_by_two_environments(server):
    one = server(FILES)
    assert simultaneously(one, "/orders/", 2) == [(200, "Orders requests: 1")] * 2
    assert one.states("order_handler") == ["warm", "warm"]
    assert one.counters("order_handler") == [1, 1]


def test_a_third_at_once_waits_for_one_of_the_two(server):
    one = server(FILES)
    answers = simultaneously(one, "/orders/", 3)
    assert sorted(answers) == [(200, "Orders requests: 1"), (200, "Orders requests: 1"),
                               (200, "Orders requests: 2")]


def test_each_function_has_environments_of_its_own(server):
    one = server(FILES)
    assert bodies(one, "/orders/", 2) == ["Orders requests: 1", "Orders requests: 2"]
    assert bodies(one, "/products/", 1) == ["Products requests: 1"]
    assert bodies(one, "/orders/", 1) == ["Orders requests: 3"]


def test_all_is_cold_until_it_is_needed(server):
    one = server(FILES)
    assert list(one.status()) == ["order_handler", "product_handler"]
    assert one.slots("order_handler") == one.slots("product_handler") == [("cold", 0)] * 2


def test_the_path_below_the_prefix_reaches_the_function(server):
    one = server(FILES)
    assert bodies(one, "/orders/a/b/c", 1) == ["Orders requests: 1"]
    assert one.get("/orders").status == 404  # The pattern says `/orders/` and what follows.


def test_what_the_handler_prints_is_shown_with_slot_and_request_id(server):
    one = server(FILES)
    one.get("/orders/printed")
    line = one.wait_for_log(r"^order_handler:0 ([0-9a-f-]{36}) \| (\{.*)$")
    assert "'rawPath': '/orders/printed'" in line.group(2)


def test_each_request_has_a_line_with_slot_state_status_and_time(server):
    one = server(FILES)
    bodies(one, "/products/x", 3)
    pattern = r"^\d\d:\d\d:\d\d\.\d{3} (\S+) (\w+) (\d+) \d+\.\d ms GET /products/x$"
    wait_until(lambda: len(re.findall(pattern, one.log(), re.M)) == 3, what="three lines")
    assert re.findall(pattern, one.log(), re.M) == [
        ("product_handler:0", "cold", "200"), ("product_handler:1", "cold", "200"), ("product_handler:0", "warm", "200")]
