"""The names that users import from `smyth`."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = Path(__file__).resolve().parents[2] / "python"
sys.path.insert(0, str(PACKAGES))

from smyth.event import generate_api_gw_v2_event_data, generate_lambda_invocation_event_data  # noqa: E402
from smyth.exceptions import DispatcherError, NoAvailableProcessError, SmythRuntimeError  # noqa: E402
from smyth.runner.fake_context import FakeLambdaContext  # noqa: E402
from smyth.runner.process import RunnerProcess  # noqa: E402
from smyth.runner.strategy import first_warm, round_robin  # noqa: E402
from smyth.types import SmythHandler, SmythHandlerState  # noqa: E402
from smyth_runtime.request import request_of  # noqa: E402


def slots(*states):
    return {"f": [RunnerProcess(f"f:{n}", SmythHandlerState(state), 0, last)
                  for n, (state, last) in enumerate(states)]}


def make_event(function=generate_api_gw_v2_event_data, body=b"", template="/orders/{path:path}", **changes):
    request = request_of({
        "method": "GET", "target": "/orders/a", "client": ["1.2.3.4", 5], "server": ["127.0.0.1", 8080],
        "headers": [["Host", "shop.localhost:81"], ["User-Agent", "test"]], "path_params": {"path": "a"},
        **changes}, body)
    handler = SmythHandler("f", "app.f", url_template=template)
    return asyncio.run(function(request, handler, RunnerProcess("f:0")))


@pytest.mark.parametrize("state, word", [("COLD", "cold"), ("WARM", "warm"), ("WORKING", "working")])
def test_a_state_is_its_word(state, word):
    member = SmythHandlerState[state]
    assert member == word and f"{member}" == str(member) == word and member is SmythHandlerState(word)


def test_exceptions_have_their_families():
    assert issubclass(NoAvailableProcessError, DispatcherError)
    assert issubclass(DispatcherError, SmythRuntimeError)


def test_first_warm_takes_the_warm_one_used_last():
    assert next(first_warm("f", slots(("warm", 3), ("warm", 7), ("warm", 5)))).name == "f:1"


def test_first_warm_takes_the_first_cold_one_where_none_is_warm():
    assert next(first_warm("f", slots(("working", 3), ("cold", 0), ("cold", 0)))).name == "f:1"


def test_round_robin_takes_the_one_not_used_for_longest():
    assert next(round_robin("f", slots(("warm", 3), ("warm", 2), ("working", 1)))).name == "f:1"
    assert next(round_robin("f", slots(("warm", 3), ("cold", 0), ("cold", 0)))).name == "f:1"


@pytest.mark.parametrize("strategy", [first_warm, round_robin])
def test_with_all_busy_the_request_waits_for_the_one_used_least_recently(strategy):
    assert next(strategy("f", slots(("working", 3), ("working", 2)))).name == "f:1"


def test_the_built_in_event_is_payload_2():
    event = make_event(
        method="PUT", target="/orders/a%20b?x=1&x=2&y=%C3%BC+z", path_params={"path": "a b"},
        headers=[["Host", "shop.localhost:81"], ["X-A", "1"], ["x-a", "2"], ["User-Agent", "test"],
                 ["Cookie", "a=1; b=2"], ["Content-Type", "text/plain"]], body="grüß".encode())
    http = event["requestContext"].pop("http")
    context = event.pop("requestContext")
    trace = event["headers"].pop("x-amzn-trace-id")
    assert event == {
        "version": "2.0", "routeKey": "ANY /orders/{path+}", "rawPath": "/orders/a b",
        "rawQueryString": "x=1&x=2&y=%C3%BC+z", "cookies": ["a=1", "b=2"],
        "headers": {"host": "shop.localhost:81", "x-a": "1,2", "user-agent": "test",
                    "content-type": "text/plain", "content-length": "6",
                    "x-forwarded-for": "1.2.3.4",
                    "x-forwarded-port": "8080", "x-forwarded-proto": "http"},
        "queryStringParameters": {"x": "1,2", "y": "ü z"}, "pathParameters": {"path": "a b"},
        "body": "grüß", "isBase64Encoded": False,
    }
    assert http == {"method": "PUT", "path": "/orders/a b", "protocol": "HTTP/1.1",
                    "sourceIp": "1.2.3.4", "userAgent": "test"}
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", trace)
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])
    assert (context["accountId"], context["stage"]) == ("123456789012", "$default")
    assert context["domainPrefix"] == "shop"


def test_what_is_absent_is_absent():
    event = make_event(path_params={})
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & set(event)
    assert event["isBase64Encoded"] is False and event["rawQueryString"] == ""


@pytest.mark.parametrize("kind, body, is_base64", [
    ("application/json", b"{}", False),
    ("text/html; charset=utf-8", b"x", False),
    ("text/plain", b"\xff", True),
    ("application/x-www-form-urlencoded", b"a=1", True),
    ("image/png", b"x", True),
    (None, b"x", True),
])
def test_which_bodies_are_base64(kind, body, is_base64):
    headers = [["Host", "x"]] + ([["Content-Type", kind]] if kind else [])
    assert make_event(headers=headers, body=body)["isBase64Encoded"] is is_base64


@pytest.mark.parametrize("template, key", [
    ("{path:path}", "ANY /{path+}"), ("/o/{n:int}/{s}", "ANY /o/{n}/{s}"), ("", "$default"),
])
def test_the_route_key_of_a_pattern(template, key):
    assert make_event(template=template)["routeKey"] == key


def test_the_invocation_event_is_the_body():
    assert make_event(generate_lambda_invocation_event_data, b"[1]") == [1]
    assert make_event(generate_lambda_invocation_event_data) == {}


def test_the_fake_context_serves_unit_tests_of_handlers():
    context = FakeLambdaContext(name="orders", timeout=3, extra=1)
    assert context.function_name == "orders" and context.extra == 1
    assert 2000 < context.get_remaining_time_in_millis() <= 3000


@pytest.mark.parametrize("code", [
    "from smyth.smyth import Smyth; Smyth()",
    "from smyth import Smyth; Smyth()",
    "from smyth.server.app import SmythStarlette; SmythStarlette(smyth=None)",
    "from smyth.server.app import create_app; create_app()",
])
def test_library_use_names_the_configuration_to_write(code):
    with pytest.raises(SmythRuntimeError, match=r"(?s)not available.*\[tool\.smyth\.handlers\.NAME\]"):
        exec(code, {})


def run_module(*arguments, **environ):
    return subprocess.run(
        [sys.executable, "-m", "smyth", *arguments], capture_output=True, text=True, timeout=10,
        env={**os.environ, "PYTHONPATH": str(PACKAGES), **environ})


def test_python_m_smyth_becomes_the_binary_with_the_same_arguments():
    done = run_module("run", "--port", "0", SMYTH_BINARY="/bin/echo")
    assert (done.returncode, done.stdout) == (0, "run --port 0\n")


def test_a_script_is_not_taken_for_the_binary(tmp_path):
    script = tmp_path / "smyth"
    script.write_text("#!/bin/sh\nexec python -m smyth\n")
    script.chmod(0o755)
    done = run_module(SMYTH_BINARY=str(script))
    assert done.returncode == 1 and done.stderr.startswith("error: SMYTH_BINARY is no executable")


def test_an_application_of_ones_own_is_refused_with_a_hint():
    done = run_module("run", "--port", "1", "etc.smyth_conf:app", SMYTH_BINARY="/bin/echo")
    assert done.returncode == 2
    assert "error: `run etc.smyth_conf:app`" in done.stderr and "[tool.smyth.handlers.NAME]" in done.stderr
