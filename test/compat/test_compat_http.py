"""Over HTTP: what handlers see and what clients get, on the original and on ours."""

import json

import pytest
from differences import compare, flat, seen
from harness.processes import wait_until

EVENT = {
    "routeKey": "row 13", "requestContext.routeKey": "row 13", "requestContext.accountId": "row 13",
    "requestContext.http.protocol": "row 13", "requestContext.requestId": "row 13", "requestContext.time": "row 13",
    "requestContext.timeEpoch": "row 13", "requestContext.apiId": "row 13", "requestContext.domainName": "row 13",
    "requestContext.domainPrefix": "row 13", "requestContext.http.userAgent": "row 13",
    "headers.x-amzn-trace-id": "row 13", "headers.x-forwarded-for": "row 13", "headers.x-forwarded-port": "row 13",
    "headers.x-forwarded-proto": "row 13", "headers.content-length": "row 13",
}
EMPTY = {"body": "row 13"}  # "" there, absent here and at AWS.
NO_QUERY = {"queryStringParameters": "row 13"}  # {} there.
PATH = {"pathParameters.path": "row 13"}


def events(both, method, target, body=None, headers=()):
    headers = [("Host", "localhost"), ("User-Agent", "test"), *headers]
    original, ours = both.request(method, target, body, headers)
    assert original.status == ours.status == 200
    return flat(original.json), flat(ours.json)


def without(allowed, *keys):
    return {key: reason for key, reason in allowed.items() if key not in keys}


def test_one_after_another_count_alike(both):
    for _ in range(3):
        original, ours = both.get("/orders/x")
        compare(seen(original), seen(ours), {})


def test_round_robin_takes_the_same_turns(both):
    found = [[response.text for response in both.get("/turns/x")] for _ in range(6)]
    assert [ours for _, ours in found] == [f"Requests: {n}" for n in (1, 1, 2, 2, 3, 3)]
    assert [original for original, _ in found] == [ours for _, ours in found]


def test_the_first_cold_slot_differs_as_the_page_says(both):
    original, ours = both.get("/two_slots")
    assert ours.json == "two_slots:0"
    compare(seen(original), seen(ours), {"body": "row 3"})


def test_the_event_of_a_get(both):
    compare(*events(both, "GET", "/echo/a/b?x=1&y=%20z"), {**EVENT, **EMPTY, **PATH})


def test_the_event_without_a_query(both):
    compare(*events(both, "DELETE", "/echo/"), {**EVENT, **EMPTY, **NO_QUERY, **PATH})


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_event_of_a_text_body(both, method):
    compare(*events(both, method, "/echo/", '{"ü": [1]}', [("Content-Type", "application/json"), ("X-A", "b c")]),
            without({**EVENT, **NO_QUERY, **PATH}, "headers.content-length"))


def test_the_event_of_a_form_is_base64_as_at_aws(both):
    compare(*events(both, "POST", "/echo/", "a=1&b=2", [("Content-Type", "application/x-www-form-urlencoded")]),
            without({**EVENT, **NO_QUERY, **PATH, "body": "row 13", "isBase64Encoded": "row 13"}, "headers.content-length"))


def test_the_event_of_repeated_keys_headers_and_cookies(both):
    compare(*events(both, "GET", "/echo/?k=1&k=2", headers=[("X-A", "1"), ("X-A", "2"), ("Cookie", "a=1")]),
            {**EVENT, **EMPTY, **PATH, "queryStringParameters.k": "row 13", "headers.x-a": "row 13",
             "headers.cookie": "row 13", "cookies": "row 13"})


def test_the_event_of_an_encoded_path(both):
    compare(*events(both, "GET", "/echo/a%20b"),
            {**EVENT, **EMPTY, **NO_QUERY, **PATH})


def test_a_binary_body_reaches_only_our_handler(both):
    original, ours = both.request("POST", "/echo/", b"\xff\xfe", {"Content-Type": "application/octet-stream"})
    assert ours.status == 200
    compare({"status": original.status}, {"status": ours.status}, {"status": "row 13"})


@pytest.mark.parametrize("path", ["/digits/12", "/orders/", "/orders/a/b"])
def test_paths_lead_to_the_same_functions(both, path):
    original, ours = both.get(path)
    assert original.status == ours.status == 200


@pytest.mark.parametrize("path", ["/digits/x", "/nothing", "/orders"])
def test_an_unknown_path_is_404_here(both, path):
    original, ours = both.get(path)
    assert seen(ours) == {"status": 404, "body": '{"message":"Not Found"}'}
    compare(seen(original), seen(ours), {"status": "row 12", "body": "row 12"})


@pytest.mark.parametrize("method, allowed", [
    ("PATCH", {"status": "row 12"}), ("OPTIONS", {}), ("PUT", {}), ("DELETE", {}), ("HEAD", {}),
])
def test_methods_reach_the_handler(both, method, allowed):
    original, ours = both.request(method, "/echo/")
    assert ours.status == 200
    compare({"status": original.status}, {"status": ours.status}, allowed)


def answers(both, result):
    return both.request("POST", "/answer", json.dumps(result), {"Content-Type": "application/json"})


@pytest.mark.parametrize("result, allowed", [
    ({"statusCode": 200, "body": "x"}, {"content-type": "no content type in a result"}),
    ({"statusCode": 404, "body": "gone", "headers": {"Content-Type": "text/html"}}, {}),
    ({"statusCode": 201, "body": "ü", "headers": {"content-type": "application/json", "X-Own": "1"}}, {}),
    ({"statusCode": "202", "body": ""}, {"content-type": "no content type in a result"}),
    ({"statusCode": 302, "body": "", "headers": {"Location": "/x", "content-type": "text/plain"}}, {}),
    ({"statusCode": 200, "body": "", "headers": {"Set-Cookie": "a=1", "content-type": "text/plain"}}, {}),
    ({"body": "x"}, {"content-type": "row 15", "body": "row 15"}),  # No status: the whole is the body, as at AWS.
    ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True},
     {"content-type": "no content type in a result", "body": "row 14"}),
    ({"statusCode": 200, "body": "x", "cookies": ["a=1"]},
     {"content-type": "no content type in a result", "set-cookie": "row 14"}),
])
def test_results_become_responses(both, result, allowed):
    names = ("content-type", "x-own", "location", "set-cookie", "content-length")
    original, ours = answers(both, result)
    allowed = {**allowed, **({"content-length": allowed["body"]} if "body" in allowed else {})}
    compare(seen(original, *names), seen(ours, *names), allowed)


def test_an_error_is_answered_as_aws_does(both):
    original, ours = both.get("/fails")
    assert seen(ours) == {"status": 500, "body": '{"message":"Internal Server Error"}'}
    compare(seen(original), seen(ours), {"status": "failures", "body": "failures"})
    for one in (both.original, both.ours):
        wait_until(lambda one=one: "as it was meant to" in one.log(), what="the error in the log")


def test_a_timeout_is_answered_as_aws_does(both):
    original, ours = both.get("/slow")
    assert seen(ours) == {"status": 500, "body": '{"message":"Internal Server Error"}'}
    compare(seen(original), seen(ours), {"status": "failures", "body": "failures"})


def test_the_status_has_the_same_shape_and_words(both):
    original, ours = (response.json["lambda handlers"] for response in both.get("/smyth/api/status"))
    assert list(original) == list(ours)
    for name in original:
        assert len(original[name]["processes"]) == len(ours[name]["processes"])
        for slot in ours[name]["processes"]:
            assert set(slot) >= {"state", "task_counter"} and slot["state"] in ("cold", "warm", "working")


def test_what_is_printed_is_in_the_log_of_both(both):
    both.get("/orders/printed")
    for one in (both.original, both.ours):
        wait_until(lambda one=one: "counted /orders/printed" in one.log(), what="the line in the log")
