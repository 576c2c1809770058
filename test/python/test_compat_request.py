"""`Request` answers as Starlette's does. The values were taken from Starlette 1.x; where it is installed
the same questions are put to it."""

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from smyth_runtime.request import request_of  # noqa: E402

HEAD = {
    "method": "POST", "target": "/a%20b/%C3%BC?x=1&x=2&y=&z", "scheme": "http",
    "client": ["1.2.3.4", 5], "server": ["127.0.0.1", 8080], "path_params": {"id": 7},
    "headers": [["Host", "shop.localhost:81"], ["X-A", "1"], ["x-a", "2"],
                ["Cookie", 'a=1; b="x\\"y"; c']],
}


def make(body=b'{"a": 1}', **changes):
    return request_of({**HEAD, **changes}, body)


QUESTIONS = [
    ("r.method", "POST"),
    ("str(r.url)", "http://shop.localhost:81/a b/ü?x=1&x=2&y=&z"),
    ("r.url.path", "/a b/ü"),
    ("r.url.query", "x=1&x=2&y=&z"),
    ("(r.url.scheme, r.url.hostname, r.url.port, r.url.netloc)",
     ("http", "shop.localhost", 81, "shop.localhost:81")),
    ("str(r.base_url)", "http://shop.localhost:81/"),
    ("r.headers['X-a']", "1"),
    ("r.headers.getlist('X-A')", ["1", "2"]),
    ("'x-A' in r.headers", True),
    ("r.headers.get('nothing')", None),
    ("r.headers.raw[1]", (b"x-a", b"1")),
    ("dict(r.headers)['host']", "shop.localhost:81"),
    ("dict(r.query_params)", {"x": "2", "y": "", "z": ""}),
    ("r.query_params.getlist('x')", ["1", "2"]),
    ("r.query_params.multi_items()", [("x", "1"), ("x", "2"), ("y", ""), ("z", "")]),
    ("r.cookies", {"a": "1", "b": 'x"y', "": "c"}),
    ("(r.client.host, r.client.port)", ("1.2.3.4", 5)),
    ("r.path_params", {"id": 7}),
    ("asyncio.run(r.body())", b'{"a": 1}'),
    ("asyncio.run(r.json())", {"a": 1}),
    ("r['path']", "/a b/ü"),
]


@pytest.mark.parametrize("question, expected", QUESTIONS)
def test_an_attribute_of_the_request(question, expected):
    assert eval(question, {"r": make(), "asyncio": asyncio}) == expected


@pytest.mark.parametrize("question, expected", QUESTIONS)
def test_starlette_answers_the_same(question, expected):
    requests = pytest.importorskip("starlette.requests")
    ours = make()
    theirs = requests.Request(ours.scope, ours.receive)
    assert eval(question, {"r": theirs, "asyncio": asyncio}) == expected


def test_without_a_host_header_the_servers_address_is_the_url():
    assert str(make(headers=[], target="/x").url) == "http://127.0.0.1:8080/x"


def test_a_decoded_question_mark_does_not_end_the_path():
    assert make(target="/a%3Fb?q").url.query == "q"


def test_an_absolute_target_loses_its_host():
    assert make(target="http://elsewhere/x?y=http://z").url.path == "/x"


def test_a_form_is_read_awaited_or_entered():
    async def read():
        request = make(b"a=1&a=2&b=x+y", headers=[["Content-Type", "application/x-www-form-urlencoded"]])
        async with request.form() as form:
            return form.getlist("a"), (await request.form())["b"]

    assert asyncio.run(read()) == (["1", "2"], "x y")


def test_the_body_can_be_streamed():
    async def read():
        return b"".join([piece async for piece in make(b"abc").stream()])

    assert asyncio.run(read()) == b"abc"


def test_requests_are_told_apart_by_identity():
    first = make()
    assert first == first and first != make() and len({first, make()}) == 2
