"""Lambda's own runtime interface client for Python, unmodified, as the `command` of a function."""

import base64
import json
import re
import sys
import time

import pytest

from harness.server import at_once

CONFIG = f"""
[handlers.app]
command = ["{sys.executable}", "-m", "awslambdaric", "app.handler"]
url_path = "/app"
timeout = %s
concurrency = %d
"""

APP = """
    import os, sys, time
    print("module loaded")
    COUNT = 0

    def handler(event, context):
        global COUNT
        COUNT += 1
        if "code" not in event:
            return {"event": event, "id": context.aws_request_id}
        scope = {"event": event, "context": context, **globals()}
        lines = "\\n".join("    " + line for line in event["code"].splitlines())
        exec(f"def body():\\n{lines}", scope)
        return scope["body"]()
"""


@pytest.fixture
def start(server):
    """A server whose function `app` runs by the client."""
    def make(app=APP, timeout=20, concurrency=1, more=""):
        return server({"smyth.toml": CONFIG % (timeout, concurrency) + more, "app.py": app})

    return make


@pytest.fixture
def one(start):
    return start()


def failed(one, code):
    response = one.invoke("app", {"code": code})
    assert (response.status, response.header("X-Amz-Function-Error")) == (200, "Unhandled"), response
    return response


def test_the_handler_has_event_and_context(one):
    event = {"text": "Zoë", "number": 0.1, "nested": [1, None]}
    response = one.invoke("app", event)
    assert response.json == {"event": event, "id": response.header("x-amzn-RequestId")}
    assert response.header("X-Amz-Function-Error") is None
    facts = one.run("""
        return [context.function_name, context.function_version, context.invoked_function_arn,
                context.memory_limit_in_mb, context.log_group_name, context.log_stream_name,
                context.get_remaining_time_in_millis(), context.client_context, context.identity.cognito_identity_id,
                os.environ["_HANDLER"], os.environ["LAMBDA_TASK_ROOT"], os.getcwd()]
        """, "app")
    assert facts[:5] == ["app", "$LATEST", "arn:aws:lambda:eu-central-1:123456789012:function:app", "128",
                         "/aws/lambda/app"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", facts[5])
    assert 15_000 < facts[6] <= 20_000
    assert facts[7:] == [None, None, "app", str(one.folder), str(one.folder)]


def test_the_http_front_serves_it_too(one):
    response = one.request("POST", "/app?a=1", json.dumps({"b": 2}), {"Content-Type": "application/json"})
    event = response.json["event"]
    assert (response.status, event["rawPath"], event["rawQueryString"], event["body"]) == (200, "/app", "a=1", '{"b": 2}')


def test_the_client_context_and_the_version_reach_it(one):
    context = base64.b64encode(json.dumps({"custom": {"a": "Zoë\r\n"}, "client": {"app_title": "t"}}).encode()).decode()
    code = "return [context.client_context.custom, context.client_context.client.app_title, context.invoked_function_arn]"
    response = one.invoke("app:$LATEST", {"code": code}, {"X-Amz-Client-Context": context})
    assert response.json == [{"a": "Zoë\r\n"}, "t", "arn:aws:lambda:eu-central-1:123456789012:function:app:$LATEST"]


def test_what_the_handler_raises_reaches_the_caller_as_the_client_sends_it(one):
    response = failed(one, "raise ValueError('Zoë \"\\\\\"')")
    assert list(response.json) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert response.json["errorMessage"] == 'Zoë "\\"'
    assert response.json["errorType"] == "ValueError"
    assert response.json["requestId"] == response.header("x-amzn-RequestId")
    # Python's own separators and escapes: nothing between has written it anew.
    assert response.body == json.dumps(response.json).encode()
    assert one.run("return COUNT", "app") == 2  # The environment lives on.


def test_a_very_long_traceback_is_an_error_like_others(one):
    code = "def down(n):\n    return down(n + 1)\nsys.setrecursionlimit(6000)\nreturn down(0)"
    assert failed(one, code).json["errorType"] == "RecursionError"
    assert one.run("return COUNT", "app") == 2


def test_a_result_that_is_no_json_is_the_clients_error(one):
    assert failed(one, "return object()").json["errorType"] == "Runtime.MarshalError"


def test_results_of_all_sizes_are_whole(one):
    for size in (0, 1, 16_000, 65_537, 5_000_000):
        assert one.run(f"return 'x' * {size}", "app") == "x" * size
    assert failed(one, "return 'x' * 7_000_000").json["errorType"] == "Function.ResponseSizeTooLarge"
    assert one.run("return 1", "app") == 1


def test_large_events_are_whole(one):
    assert one.run("return len(event['text'])", "app", text="x" * 5_900_000) == 5_900_000


@pytest.mark.parametrize("app, error", [
    ("import nothing_there\n", "Runtime.ImportModuleError"),
    ("handler = (\n", "Runtime.UserCodeSyntaxError"),
    ("other = 1\n", "Runtime.HandlerNotFound"),
    ("raise KeyError('at import')\n", "KeyError"),
])
def test_an_error_at_import_is_the_callers(start, app, error):
    one = start(app)
    for _ in range(2):  # It is tried anew at each invocation.
        response = one.invoke("app", {})
        assert (response.status, response.header("X-Amz-Function-Error")) == (200, "Unhandled"), response
        assert response.json["errorType"] == error
    one.write("app.py", APP)
    assert one.run("return COUNT", "app") == 1


@pytest.mark.parametrize("end, reason", [
    ("os._exit(0)", "Runtime exited without providing a reason"),
    ("os._exit(3)", "Runtime exited with error: exit status 3"),
    ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
])
def test_an_end_within_an_invocation_is_an_exit_error(one, end, reason):
    pid = one.run("return os.getpid()", "app")
    response = failed(one, end)
    identity = response.header("x-amzn-RequestId")
    assert response.json == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {identity} Error: {reason}"}
    assert one.run("return [COUNT, os.getpid() == %d]" % pid, "app") == [1, False]


def test_an_exit_at_import_is_an_exit_error(start):
    one = start("import os\nos._exit(7)\n")
    assert one.invoke("app", {}).json["errorMessage"].endswith("Error: Runtime exited with error: exit status 7")


def test_a_timeout_ends_the_process(start):
    one = start(timeout=1)
    pid = one.run("return os.getpid()", "app")
    began = time.monotonic()
    response = failed(one, "time.sleep(30)")
    assert 1 <= time.monotonic() - began < 2
    assert response.json == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {response.header('x-amzn-RequestId')} Error: Task timed out after 1.00 seconds"}
    assert one.run("return [COUNT, os.getpid() == %d]" % pid, "app") == [1, False]


@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_hundred_invocations_in_a_row_need_one_environment(start, concurrency):
    body = json.dumps({"code": "return os.getpid()"})
    # The client has five milliseconds to ask for the next event; on a busy machine it may miss them, and
    # then there are two for good.
    found = []
    while not (found and len(found[-1]) == 1) and len(found) < 4:
        with start(concurrency=concurrency).connect() as connection:
            found.append({connection.request("POST", "/2015-03-31/functions/app/invocations", body).json
                          for _ in range(100)})
    assert len(found[-1]) == 1, found


def test_two_at_once_have_an_environment_each(start):
    one = start(concurrency=2)
    for _ in range(3):
        found = at_once(2, one.run, "time.sleep(0.5)\nreturn os.getpid()", "app")
        assert len(set(found)) == 2
    assert sorted(one.counters("app")) == [3, 3]


def test_what_it_prints_is_shown_with_slot_and_id(one):
    response = one.invoke("app", {"code": "print('to stdout')\nprint('to stderr', file=sys.stderr)\nreturn 1"})
    identity = response.header("x-amzn-RequestId")
    one.wait_for_log(r"app:0.*module loaded")
    for text in ("to stdout", "to stderr"):
        assert one.wait_for_log(f".*{text}").group(0).count("app:0") == 1
        assert identity in one.wait_for_log(f".*{text}").group(0)


def test_the_tail_of_the_log_has_what_it_printed(one):
    tail = one.tail_of("print('one')\nprint('two')\nreturn 1", "app")
    assert re.fullmatch(r"START RequestId: (\S+) Version: \$LATEST\n(module loaded\n)?one\ntwo\nEND RequestId: \1\n"
                        r"REPORT RequestId: \1\t.*\n", tail), tail


def test_a_saved_module_is_met_by_the_next_request(one):
    assert one.run("return 1", "app") == 1
    for number in range(5):
        one.write("app.py", f"def handler(event, context):\n    return {number}\n")
        assert one.invoke("app", {}).json == number


def test_threads_of_a_handler_may_go_on_in_the_next_invocation(one):
    one.run("import threading\nthreading.Thread(target=lambda: (time.sleep(0.05), print('from a thread'))).start()\nreturn 1", "app")
    one.run("time.sleep(0.2)\nreturn 1", "app")
    one.wait_for_log("from a thread")
