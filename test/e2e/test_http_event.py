"""The event of API Gateway's HTTP API, payload 2.0: every field, as it is made of what was sent."""

import base64
import re
import time

import pytest


def event_of(server, target, method="GET", body=None, headers=()):
    response = server.request(method, target, body, headers)
    assert response.status == 200, response
    return response.json["event"]


def test_the_event_is_exactly_this(shared):
    before = int(time.time() * 1000)
    event = event_of(shared, "/echo/a%20b/c?k=1&k=2&x=%C3%A4+b&empty=", "PATCH", '{"n": 1}', [
        ("Host", f"localhost:{shared.port}"), ("User-Agent", "test/1"), ("Content-Type", "application/json"),
        ("X-Thing", "one"), ("x-thing", "two"), ("Cookie", "a=1; b=2"), ("Accept", "*/*")])
    context = event["requestContext"]
    assert before - 1 <= context.pop("timeEpoch") <= int(time.time() * 1000) + 1
    moment = time.strptime(context.pop("time"), "%d/%b/%Y:%H:%M:%S +0000")
    assert abs(time.time() - time.mktime(moment) + time.timezone) < 86_400 + 5
    assert re.fullmatch(r"[\w=-]{15,36}", context.pop("requestId"))
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", event["headers"].pop("x-amzn-trace-id"))
    assert event == {
        "version": "2.0",
        "routeKey": "ANY /echo/{path+}",
        "rawPath": "/echo/a b/c",
        "rawQueryString": "k=1&k=2&x=%C3%A4+b&empty=",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "host": f"localhost:{shared.port}", "user-agent": "test/1", "content-type": "application/json",
            "x-thing": "one,two", "accept": "*/*", "content-length": "8", "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": str(shared.port), "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"k": "1,2", "x": "ä b", "empty": ""},
        "pathParameters": {"path": "a b/c"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "smyth",
            "domainName": f"localhost:{shared.port}",
            "domainPrefix": "localhost",
            "http": {"method": "PATCH", "path": "/echo/a b/c", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                     "userAgent": "test/1"},
            "routeKey": "ANY /echo/{path+}",
            "stage": "$default",
        },
        "body": '{"n": 1}',
        "isBase64Encoded": False,
    }


def test_what_there_is_not_is_absent(shared):
    event = event_of(shared, "/echo/")
    assert not {"cookies", "queryStringParameters", "body", "stageVariables", "multiValueHeaders"} & set(event)
    assert event["rawQueryString"] == "" and event["isBase64Encoded"] is False
    assert event["pathParameters"] == {"path": ""}
    assert "pathParameters" not in shared.request("POST", "/run", "return event").json


def test_the_time_is_utc(shared):
    context = event_of(shared, "/echo/")["requestContext"]
    expected = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(context["timeEpoch"] // 1000))
    assert context["time"] == expected


def test_each_request_has_an_id_of_its_own(shared):
    ids = {event_of(shared, "/echo/")["requestContext"]["requestId"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("content_type, body, expected", [
    ("text/plain", b"hi", "hi"),
    ("text/html; charset=utf-8", "ä".encode(), "ä"),
    ("application/json; charset=utf-8", b'"x"', '"x"'),
    ("application/xml", b"<a/>", "<a/>"),
    ("application/javascript", b"1", "1"),
    ("application/x-www-form-urlencoded", b"a=1", None),
    ("application/octet-stream", b"abc", None),
    ("application/json", b"\xff\xfe", None),  # Is no text, whatever it says.
    (None, b"abc", None),
])
def test_a_body_is_text_or_base64_by_its_type(shared, content_type, body, expected):
    headers = {"Content-Type": content_type} if content_type else {}
    event = event_of(shared, "/echo/", "POST", body, headers)
    if expected is None:
        assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, body)
    else:
        assert (event["isBase64Encoded"], event["body"]) == (False, expected)


def test_unusual_text_arrives_as_it_was_sent(shared):
    text = 'a"\\\n\t\x01\x7f ü 😀 \u2028 </script>'
    event = event_of(shared, "/echo/", "POST", text, {"Content-Type": "text/plain; charset=utf-8"})
    assert event["body"] == text


def test_the_path_is_decoded_and_the_query_kept_as_sent(shared):
    event = event_of(shared, "/echo/a%2Fb%C3%BC?x=%2F%26&y")
    assert event["rawPath"] == "/echo/a/bü"
    assert event["rawQueryString"] == "x=%2F%26&y"
    assert event["queryStringParameters"] == {"x": "/&", "y": ""}
    assert event["pathParameters"] == {"path": "a/bü"}


def test_forwarded_headers_tell_the_way(shared):
    headers = event_of(shared, "/echo/", headers={"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https",
                                                  "X-Amzn-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"})["headers"]
    assert headers["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-amzn-trace-id"] == "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"


@pytest.mark.parametrize("path, function, parameters, key", [
    ("/p/first/second", "first", {"id": "second"}, "ANY /p/first/{id}"),  # The first of the file wins.
    ("/p/12", "digits", {"n": "12"}, "ANY /p/{n}"),
    ("/p/12.5", "decimal", {"x": "12.5"}, "ANY /p/{x}"),
    ("/p/0123abcd-0123-4567-89ab-0123456789ab", "uuid", {"u": "0123abcd-0123-4567-89ab-0123456789ab"}, "ANY /p/{u}"),
    ("/p/word", "text", {"s": "word"}, "ANY /p/{s}"),
    ("/p/two/x/3", "two", {"a": "x", "b": "3"}, "ANY /p/two/{a}/{b}"),
    ("/p/rest/", "rest", {"path": ""}, "ANY /p/rest/{path+}"),
    ("/p/rest/a/b", "rest", {"path": "a/b"}, "ANY /p/rest/{path+}"),
    ("/p/plain/here", "plain", None, "ANY /p/plain/here"),
])
def test_paths_lead_to_functions(shared, path, function, parameters, key):
    assert shared.get(path).json == {"function": function, "parameters": parameters, "routeKey": key}


@pytest.mark.parametrize("path", [
    "/", "/p", "/p/", "/p/two/x/y", "/p/two/x/3/", "/p/plain/here/", "/p/plain/Here", "/echo",
    "/smyth", "/smyth/api", "/smyth/nothing",
])
def test_no_match_is_404(shared, path):
    response = shared.get(path)
    assert (response.status, response.text) == (404, '{"message":"Not Found"}')
    assert response.header("content-type") == "application/json"


def test_a_catch_all_without_slash_catches_all_but_the_servers_own_pages(server):
    one = server({
        "pyproject.toml": """
            [tool.smyth]
            smyth_path_prefix = "/own"
            [tool.smyth.handlers.all]
            handler_path = "app.all"
            url_path = "{path:path}"
            """,
        "app.py": """
            def all(event, context):
                return [event["rawPath"], event["pathParameters"]["path"], event["routeKey"]]
            """,
    })
    assert one.get("/").json == ["/", "/", "ANY /{path+}"]
    assert one.get("/smyth/api/status").json[0] == "/smyth/api/status"
    assert one.get("/a//b").json[1] == "/a//b"
    assert "lambda handlers" in one.get("/own/api/status").json
    assert one.invoke("all", {"rawPath": 1, "pathParameters": {"path": 2}, "routeKey": 3}).json == [1, 2, 3]
    assert one.invoke("none", {}).status == 404


def test_the_body_is_the_event_where_the_configuration_says_so(shared):
    answer = shared.request("POST", "/same", '{"statusCode": 201, "body": "x", "n": 1.0}')
    assert (answer.status, answer.text) == (201, "x")
    assert shared.request("POST", "/same", "[1, 2.50, 12345678901234567890]").text == "[1, 2.5, 12345678901234567890]"
    assert shared.request("POST", "/same").json == {}
    assert shared.request("POST", "/same", "{bad").status == 400


CHROME = [
    ("Connection", "keep-alive"), ("Cache-Control", "max-age=0"),
    ("sec-ch-ua", '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"'), ("sec-ch-ua-mobile", "?0"),
    ("sec-ch-ua-platform", '"Linux"'), ("Upgrade-Insecure-Requests", "1"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-User", "?1"), ("Sec-Fetch-Dest", "document"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"), ("Accept-Language", "de-DE,de;q=0.9,en;q=0.8"),
    ("Cookie", 'theme=dark; session="a,b=c"; empty='),
]


def test_a_browsers_page_load(shared):
    event = event_of(shared, "/echo/page?utm=a%26b", headers=CHROME)
    sent = {name.lower(): value for name, value in CHROME if name not in ("Cookie", "Connection")}
    assert {name: event["headers"].get(name) for name in sent} == sent
    assert event["cookies"] == ["theme=dark", 'session="a,b=c"', "empty="]
    assert event["queryStringParameters"] == {"utm": "a&b"}
    assert shared.get("/favicon.ico", CHROME).status == 404


def test_a_browsers_preflight_and_cross_origin_request_reach_the_handler(shared):
    origin = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "PUT"),
              ("Access-Control-Request-Headers", "content-type,x-own")]
    event = event_of(shared, "/echo/x", "OPTIONS", headers=origin)  # CORS is the handler's business.
    assert event["headers"]["origin"] == "https://app.example"
    assert event["headers"]["access-control-request-method"] == "PUT"


def test_a_browsers_upload_is_base64(shared):
    body = (b'------x\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
            b"\x89PNG\r\n\x00\xff\r\n------x--\r\n")
    event = event_of(shared, "/echo/upload", "POST", body, {"Content-Type": "multipart/form-data; boundary=----x"})
    assert event["isBase64Encoded"] and base64.b64decode(event["body"]) == body
