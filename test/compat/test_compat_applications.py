"""Applications from PyPI, unmodified: FastAPI through Mangum, Flask through apig-wsgi, Powertools."""

import json

import pytest
from differences import compare, seen

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NAMES = ("content-type", "x-own", "location")


@pytest.mark.parametrize("method, target, body, headers, status, expected", [
    ("GET", "/fastapi/items/7?q=x%20y", None, {"X-Thing": "t"}, 200, {"item": 7, "q": "x y", "thing": "t"}),
    ("GET", "/fastapi/items/seven", None, {}, 422, None),
    ("POST", "/fastapi/orders", '{"item": "tea", "count": 2}', JSON, 201, {"ordered": "tea", "count": 2}),
    ("POST", "/fastapi/orders", "{}", JSON, 422, None),
    ("GET", "/fastapi/error", None, {}, 418, {"detail": "a teapot"}),
    ("GET", "/fastapi/text", None, {}, 200, "GET /fastapi/text ü"),
    ("GET", "/fastapi/away", None, {}, 307, ""),
    ("GET", "/fastapi/none", None, {}, 404, {"detail": "Not Found"}),
    ("GET", "/flask/items/7?q=1", None, {"X-Thing": "t"}, 200, {"item": 7, "q": ["1"], "thing": "t"}),
    ("POST", "/flask/orders", '{"item": "tea"}', JSON, 201, {"ordered": "tea"}),
    ("POST", "/flask/form", "a=1&b=%C3%BC", FORM, 200, {"a": "1", "b": "ü"}),
    ("GET", "/flask/error", None, {}, 409, None),
    ("GET", "/flask/none", None, {}, 404, None),
    ("GET", "/powertools/items/7?q=x", None, {"X-Thing": "t"}, 200,
     {"item": "7", "q": "x", "thing": "t", "method": "GET", "path": "/powertools/items/7"}),
    ("POST", "/powertools/orders", '{"item": "tea"}', JSON, 201, {"ordered": "tea"}),
    ("GET", "/powertools/missing", None, {}, 404, {"statusCode": 404, "message": "no such thing"}),
    ("GET", "/powertools/html", None, {}, 200, "<p>ü</p>"),
])
def test_applications_answer_alike(both, method, target, body, headers, status, expected):
    original, ours = both.request(method, target, body, headers)
    assert ours.status == status, ours
    if isinstance(expected, dict):
        assert ours.json == expected
    elif expected is not None:
        assert ours.text == expected
    compare(seen(original, *NAMES), seen(ours, *NAMES), {})


def test_what_the_original_loses_arrives_here(both):
    """Repeated query keys, binary bodies, and several cookies: rows 13 and 14."""
    assert both.ours.request("GET", "/flask/items/1?q=1&q=2").json["q"] in (["1", "2"], ["1,2"])
    assert both.ours.request("POST", "/fastapi/bytes", b"\xff\x00\xfe").json == {"bytes": 3}
    image = both.ours.request("GET", "/flask/image")
    assert (image.body, image.header("content-type")) == (b"\x89PNG\r\n\xff\x00", "image/png")
    for application in ("fastapi", "flask"):
        answer = both.ours.request("GET", f"/{application}/cookies", headers={"Cookie": "a=sent"})
        assert answer.text == "sent"
        assert [cookie.split(";")[0] for cookie in answer.header_list("set-cookie")] == ["one=1", "two=2"]


def test_powertools_logs_its_json_lines(both):
    both.ours.request("GET", "/powertools/items/1")
    line = both.ours.wait_for_log(r'^.*"called by powertools".*$').group(0)
    record = json.loads(line.split(" | ", 1)[1])
    assert record["service"] == "shop" and record["function_name"] == "powertools"
    assert record["function_arn"] == "arn:aws:lambda:eu-central-1:123456789012:function:powertools"
