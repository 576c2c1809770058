"""The hooks of examples/strategies do what their comments say."""

import json
from pathlib import Path

import pytest
from hooks_server import HooksServer, request, slot

PROJECT = Path(__file__).resolve().parents[2] / "examples" / "strategies"


@pytest.fixture
def server():
    server = HooksServer(PROJECT)
    yield server
    server.close()


def test_never_the_same_twice(server):
    last = None
    for _ in range(20):
        server.choose("shop.hooks.never_the_same_twice", [slot(n) for n in range(3)])
        chosen = server.answer().slot
        assert chosen != last
        last = chosen


def test_mostly_warm(server):
    chosen = []
    for _ in range(20):
        server.choose("shop.hooks.mostly_warm", [slot(0, "warm", last=1), slot(1, "cold")])
        chosen.append(server.answer().slot)
    assert [number for number, one in enumerate(chosen, 1) if one == 1] == [10, 20]


def test_the_event_is_a_queues(server):
    server.prepare("shop.hooks.sqs_event", body=b'{"to": "ann"}', request=request("POST", "/mail"))
    assert json.loads(server.answer().event["Records"][0]["body"]) == {"to": "ann"}


@pytest.mark.parametrize("http, tenant", [
    (request(headers=[["X-Tenant", "acme"]]), "acme"), (request(), "nobody"), (None, "nobody"),
])
def test_the_context_has_a_tenant(server, http, tenant):
    server.prepare(context="shop.hooks.context_with_tenant", request=http)
    assert server.answer().context["tenant"] == tenant
