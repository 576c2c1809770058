"""What goes wrong in the Python original, row by row: docs/compatibility.md has the table."""

import base64
import json
import os
import re
import signal
import subprocess
import time
import uuid

import pytest

from harness import processes
from harness.processes import wait_until
from harness.server import BINARY, IS_SANITIZED, Background, at_once
from harness.terminal import Terminal

APP = '''
import json, os, time
from gate import hold

COUNT = 0

def slow(event, context):
    """Waits at the gate that the query names."""
    global COUNT
    COUNT += 1
    gate = (event.get("queryStringParameters") or {}).get("gate")
    if gate:
        hold(gate)
    return {"statusCode": 200, "body": json.dumps([context.smyth["process"]["name"], COUNT, os.getpid()])}
'''


def config(**settings):
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    return f'[tool.smyth.handlers.slow]\nhandler_path = "app.slow"\nurl_path = "/slow"\n{lines}'


def project(**settings):
    return {"pyproject.toml": config(**settings), "app.py": APP}


def served_by(server, path="/slow"):
    response = server.get(path)
    assert response.status == 200, response
    return response.json[0]


def warm_all(server, gate, count):
    """All slots warm: `count` requests held at once."""
    door = gate(f"warm{count}")
    calls = [Background(server.get, f"/slow?gate={door}") for _ in range(count)]
    door.wait_entered(count)
    door.open()
    assert all(call.result().status == 200 for call in calls)


@pytest.mark.parametrize("overflow, while_busy", [("queue", None), ("throttle", 503)])
def test_row_01_all_busy_queues_or_throttles_and_serves_again_at_once(server, gate, overflow, while_busy):
    """When all processes are busy: a 500, and every later request of that handler is 500 until restart."""
    one = server(project(concurrency=1, overflow=overflow))
    door = gate()
    first = Background(one.get, f"/slow?gate={door}")
    door.wait_entered()
    if while_busy:
        refused = one.get("/slow")
        assert (refused.status, refused.text) == (while_busy, '{"message":"Service Unavailable"}')
        door.open()
    else:
        second = Background(one.get, "/slow")
        time.sleep(0.1)
        assert not second.is_done()
        door.open()
        assert second.result().json[:2] == ["slow:0", 2]
    assert first.result().json[:2] == ["slow:0", 1]
    assert one.get("/slow").status == 200


def test_row_02_two_at_once_never_get_the_same_process(server, gate):
    """Two simultaneous requests go to the same warm process while others are idle."""
    one = server(project(concurrency=4))
    warm_all(one, gate, 4)
    for attempt in range(5):
        door = gate(f"pair{attempt}")
        pair = [Background(one.get, f"/slow?gate={door}") for _ in range(2)]
        door.wait_entered(2)  # Both are inside at the same time.
        door.open()
        assert len({call.result().json[0] for call in pair}) == 2


@pytest.mark.parametrize("strategy", ["smyth.runner.strategy.first_warm", "hooks.first_warm", "hooks.own"])
def test_row_03_first_warm_takes_the_most_recently_used(server, gate, strategy):
    """`first_warm` takes the last warm one of the list."""
    one = server({**project(concurrency=3, strategy_generator_path=strategy), "hooks.py": """
        from smyth.runner.strategy import first_warm

        def own(handler_name, processes):
            yield from first_warm(handler_name, processes)
        """})
    doors = [gate(f"door{n}") for n in range(3)]
    calls = []
    for door in doors:
        calls.append(Background(one.get, f"/slow?gate={door}"))
        door.wait_entered()
    for last in (0, 2, 1):
        doors[last].open()
        assert calls[last].result().json[0] == f"slow:{last}"
    assert [served_by(one) for _ in range(3)] == ["slow:1"] * 3


def test_row_04_round_robin_skips_the_busy_and_the_dead(server, gate):
    """`round_robin` also picks busy and dead processes."""
    one = server(project(concurrency=3, strategy_generator_path="smyth.runner.strategy.round_robin"))
    door = gate()
    held = Background(one.get, f"/slow?gate={door}")
    door.wait_entered()
    assert [served_by(one) for _ in range(4)] == ["slow:1", "slow:2", "slow:1", "slow:2"]
    os.kill(one.get("/slow").json[2], signal.SIGKILL)  # Slot 1 dies while it is idle.
    wait_until(lambda: one.states("slow")[1] == "cold", what="slot 1 cold")
    assert [served_by(one) for _ in range(3)] == ["slow:2", "slow:1", "slow:2"]
    door.open()
    assert held.result().json[0] == "slow:0"


@pytest.mark.alone
def test_row_05_dead_processes_are_replaced_and_the_status_is_true(server):
    """Dead processes are never replaced and stay "warm" in the status."""
    one = server(project(concurrency=1))
    name, count, pid = one.get("/slow").json
    assert (name, count, one.states("slow")) == ("slow:0", 1, ["warm"])
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: one.states("slow") == ["cold"], 0.5, "the status tells of the death")
    name, count, successor = one.get("/slow").json
    assert (name, count, one.states("slow")) == ("slow:0", 1, ["warm"])
    assert successor != pid


@pytest.mark.alone
def test_row_06_a_crash_is_noticed_at_once(shared):
    """A crash costs its caller 1.0 s of polling."""
    shared.run("return 1")
    began = time.monotonic()
    error = shared.error_of("import os; os._exit(3)")
    assert time.monotonic() - began < 0.25
    assert error["errorType"] == "Runtime.ExitError"


def test_row_07_nested_calls_beyond_the_number_of_cores(server):
    """Total concurrency is capped at CPUs + 4; handlers that call handlers deadlock."""
    one = server({
        "pyproject.toml": """
            [tool.smyth.handlers.outer]
            handler_path = "app.outer"
            concurrency = 12
            timeout = 20
            [tool.smyth.handlers.inner]
            handler_path = "app.inner"
            concurrency = 12
            timeout = 20
            """,
        "app.py": """
            import json, os, time, urllib.request

            def outer(event, context):
                url = os.environ["AWS_ENDPOINT_URL_LAMBDA"] + "/2015-03-31/functions/inner/invocations"
                with urllib.request.urlopen(urllib.request.Request(url, json.dumps(event).encode())) as answer:
                    return {"inner": json.load(answer)}

            def inner(event, context):
                time.sleep(0.3)
                return event["n"]
            """,
    })
    results = at_once(12, one.invoke, "outer", {"n": 7})
    assert [result.json for result in results] == [{"inner": 7}] * 12


def test_row_08_an_invoke_leaves_the_http_route_alone(shared):
    """One boto3 Invoke breaks that handler's HTTP route for ever."""
    assert shared.get("/echo/before?a=1").json["event"]["queryStringParameters"] == {"a": "1"}
    answer = json.load(shared.client().invoke(FunctionName="echo", Payload=b'{"x": 1}')["Payload"])
    assert json.loads(answer["body"])["event"] == {"x": 1}
    assert shared.get("/echo/after?a=2").json["event"]["queryStringParameters"] == {"a": "2"}


def test_row_09_an_error_runs_the_handler_once(shared, tmp_path):
    """Invoke answers the body only; an error is 502, so boto3 retries and the handler runs five times."""
    whole = json.load(shared.client().invoke(
        FunctionName="run", Payload=b'{"code": "return {\'statusCode\': 201, \'body\': \'x\', \'more\': [1]}"}')["Payload"])
    assert whole == {"statusCode": 201, "body": "x", "more": [1]}
    code = f"open({str(tmp_path / 'runs')!r}, 'a').write('x'); raise ValueError('no')"
    eager = shared.client(retries={"max_attempts": 4, "mode": "legacy"})
    answer = eager.invoke(FunctionName="run", Payload=json.dumps({"code": code}))
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (tmp_path / "runs").read_text() == "x"


@pytest.mark.alone
def test_row_10_event_answers_at_once_and_dry_run_runs_nothing(shared, tmp_path, gate):
    """`Event` blocks, `DryRun` runs the handler."""
    door, client = gate(), shared.client()
    code = f"from gate import hold; hold({str(door)!r})"
    began = time.monotonic()
    answer = client.invoke(FunctionName="run", InvocationType="Event", Payload=json.dumps({"code": code}))
    assert answer["StatusCode"] == 202 and time.monotonic() - began < 0.5
    door.wait_entered()  # It runs all the same.
    door.open()
    code = f"open({str(tmp_path / 'dry')!r}, 'w')"
    answer = client.invoke(FunctionName="run", InvocationType="DryRun", Payload=json.dumps({"code": code}))
    assert answer["StatusCode"] == 204
    shared.run("return 1")
    assert not (tmp_path / "dry").exists()


def test_row_11_bad_json_is_400_and_any_json_is_legal(shared):
    """Bad JSON, empty payload, a JSON list: 500."""
    bad = shared.invoke("same", b"{not json")
    assert (bad.status, bad.header("x-amzn-ErrorType")) == (400, "InvalidRequestContentException")
    assert shared.invoke("same").json == {}
    for event in ([1, "a", None], "text", 7, None, True, 1.5):
        answer = shared.invoke("same", json.dumps(event).encode())
        assert (answer.status, answer.json) == (200, event)


def test_row_12_every_method_reaches_the_handler_and_unknown_paths_are_404(shared):
    """PATCH and OPTIONS: 405; unknown path: 500."""
    for method in ("PATCH", "OPTIONS", "PUT", "DELETE", "PURGE"):
        answer = shared.request(method, "/echo/x")
        assert answer.json["event"]["requestContext"]["http"]["method"] == method
    unknown = shared.get("/nowhere")
    assert (unknown.status, unknown.text) == (404, '{"message":"Not Found"}')
    assert unknown.header("content-type") == "application/json"


def test_row_13_the_event_is_whole(shared):
    """Binary body: 500; repeated query keys and headers collapse; no cookies, pathParameters, requestId, time."""
    event = shared.request("POST", "/echo/a/b?k=1&k=2&l=3", b"\xff\x00\xfe", [
        ("X-Many", "one"), ("X-Many", "two"), ("Cookie", "a=1; b=2"),
        ("Content-Type", "application/octet-stream")]).json["event"]
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\xff\x00\xfe").decode(), True)
    assert event["queryStringParameters"] == {"k": "1,2", "l": "3"}
    assert event["headers"]["x-many"] == "one,two"
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["pathParameters"] == {"path": "a/b"}
    assert event["requestContext"]["requestId"]
    assert abs(event["requestContext"]["timeEpoch"] / 1000 - time.time()) < 5


def test_row_14_base64_and_cookies_of_the_result_are_honoured(shared):
    """In the response base64 and cookies are ignored."""
    answer = shared.request("POST", "/run", """return {
        "statusCode": 200, "body": "/wD+", "isBase64Encoded": True, "cookies": ["a=1; Path=/", "b=2"]}""")
    assert answer.body == b"\xff\x00\xfe"
    assert answer.header_list("set-cookie") == ["a=1; Path=/", "b=2"]


def test_row_15_any_json_value_is_a_result_and_harms_nothing(server):
    """Any result but `{"statusCode", "body": str}` kills the process for good."""
    one = server({
        "pyproject.toml": """
            [tool.smyth.handlers.any]
            handler_path = "app.any"
            url_path = "/any"
            """,
        "app.py": """
            import json, os
            def any(event, context):
                return json.loads(event["body"])
            """,
    })
    pids = {processes.descendants(one.pid)[-1] for _ in range(1) if one.get("/any")}
    for value in ({"a": 1}, [1, 2], "text", 7, 1.5, True, None, {"statusCode": 204}, {"body": "x"}):
        answer = one.request("POST", "/any", json.dumps(value), {"Content-Type": "application/json"})
        assert answer.status == (204 if value == {"statusCode": 204} else 200), value
        if value not in ({"statusCode": 204}, "text", None):
            assert answer.json == value
    assert one.counters("any") == [10] and one.states("any") == ["warm"]
    assert pids


@pytest.mark.alone
def test_row_16_a_timeout_is_exact_and_cannot_be_caught(shared):
    """Timeout 0.5 = none; `except Exception` swallows the timeout; the half-done process stays warm."""
    shared.run("import builtins; builtins.half_done = True", function="quick")
    began = time.monotonic()
    error = shared.error_of("""
        import time
        while True:
            try:
                time.sleep(10)
            except BaseException:
                pass
        """, function="quick")
    assert 0.29 < time.monotonic() - began < 0.5
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith(" Error: Task timed out after 0.30 seconds")
    assert shared.states("quick")[0] == "cold"
    assert shared.run("import builtins; return hasattr(builtins, 'half_done')", function="quick") is False


@pytest.mark.parametrize("code, message", [
    ("import sys; sys.exit(4)", "Runtime exited with error: exit status 4"),
    ("import os; os._exit(0)", "Runtime exited without providing a reason"),
    ("import ctypes; ctypes.string_at(0)", "Runtime exited with error: signal: segmentation fault"),
])
def test_row_17_an_exit_costs_one_caller_and_the_slot_is_cold_again(shared, code, message):
    """`sys.exit`, `os._exit`, a segfault, an import error: that slot is dead for ever."""
    error = shared.error_of(code, function="single")
    assert error["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(rf"RequestId: [0-9a-f-]{{36}} Error: {message}.*", error["errorMessage"])
    assert shared.states("single") == ["cold"]
    assert shared.run("return 'again'", function="single") == "again"
    assert shared.invoke("no_module", {}).json["errorType"] == "Runtime.ImportModuleError"
    assert shared.invoke("no_module", {}).json["errorType"] == "Runtime.ImportModuleError"


def test_row_18_the_request_id_is_a_uuid_and_the_arn_is_valid(shared):
    """The request id is always 1234567890, the ARN malformed."""
    ids = {shared.run("return context.aws_request_id") for _ in range(3)}
    assert len(ids) == 3 and all(str(uuid.UUID(one)) == one for one in ids)
    assert shared.run("return context.invoked_function_arn") == \
        "arn:aws:lambda:eu-central-1:123456789012:function:run"


def test_row_19_logging_and_print_appear_with_environment_and_request_id(shared):
    """`logging` at INFO is lost; print has no request id."""
    request_id = shared.run("""
        import logging
        logging.getLogger("shop").info("sold %d", 3)
        print("printed nineteen")
        return context.aws_request_id""")
    shared.wait_for_log(rf"^run:\d {request_id} \| \[INFO\]\t\S+Z\t{request_id}\tsold 3$")
    shared.wait_for_log(rf"^run:\d {request_id} \| printed nineteen$")


@pytest.mark.parametrize("kind", ["lambda", "closure"])
def test_row_20_a_lambda_or_closure_serves_as_hook(shared, kind):
    """A lambda or closure as hook: the request hangs for ever."""
    assert shared.get(f"/hooked/{kind}").json == {"kind": kind, "slot": f"hook_{kind}:0"}


@pytest.mark.alone
def test_row_21_it_stops_within_a_second_and_leaves_the_terminal_as_it_was(server):
    """Shutdown hangs once a dead process was called; the terminal can be left broken."""
    one = server(project())
    os.kill(one.get("/slow").json[2], signal.SIGKILL)
    one.get("/slow")
    began = time.monotonic()
    one.signal(signal.SIGTERM)
    assert one.wait() == 0 and time.monotonic() - began < 1.0
    with Terminal(one.folder) as terminal:
        before = terminal.settings()
        terminal.run([str(BINARY), "run", "--port", "0"])
        terminal.wait_for(r"http://127\.0\.0\.1:\d+")
        terminal.type("\x03")
        assert terminal.wait() == 0
        assert terminal.settings() == before


def test_row_22_a_change_renews_what_it_concerns_and_a_bad_edit_harms_nothing(server):
    """Every .py change restarts everything; a bad edit takes the server down."""
    app = "COUNT = 0\ndef handler(event, context):\n    global COUNT\n    COUNT += 1\n    return f'{VERSION} {COUNT}'\n"
    one = server({
        "pyproject.toml": """
            [tool.smyth.handlers.a]
            handler_path = "a.handler"
            url_path = "/a"
            [tool.smyth.handlers.b]
            handler_path = "b.handler"
            url_path = "/b"
            """,
        "a.py": "VERSION = 'old'\n" + app,
        "b.py": "VERSION = 'b'\n" + app,
    })
    assert [one.get(path).text for path in ("/a", "/b")] == ["old 1", "b 1"]
    one.write("a.py", "VERSION = 'new'\n" + app)
    assert [one.get(path).text for path in ("/a", "/b")] == ["new 1", "b 2"]
    one.write("a.py", "VERSION = \n")
    assert [one.get(path).text for path in ("/a", "/b")] == ["new 2", "b 3"]


def test_row_23_help_needs_no_project_and_no_handlers_is_a_clear_error(binary, tmp_path):
    """`--help` fails outside a project; no `handlers` key: KeyError."""
    done = subprocess.run([binary, "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "run" in done.stdout
    (tmp_path / "pyproject.toml").write_text("[tool.smyth]\nport = 1\n")
    done = subprocess.run([binary, "run"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert re.search(r"^error: .*\n(?s:.*)^hint: .*handlers", done.stderr, re.M) and "Traceback" not in done.stderr


def test_row_24_processes_start_when_first_needed(server):
    """Idle: 35 MiB per process, all started whether used or not, ready after 1.6 s."""
    tables = "".join(f'[tool.smyth.handlers.f{n}]\nhandler_path = "app.slow"\nurl_path = "/f{n}"\nconcurrency = 5\n'
                     for n in range(20))
    one = server({"pyproject.toml": tables, "app.py": APP})
    assert len(one.descendants()) <= 2  # The zygote, and whatever watches over it.
    assert IS_SANITIZED or processes.pss_kib([one.pid, *one.descendants()]) < 40 * 1024
    before = len(one.descendants())
    one.get("/f7")
    assert len(one.descendants()) == before + 1


def test_row_25_limits_are_awss(shared):
    """Body and response of any size."""
    assert shared.request("POST", "/echo/x", b"x" * 6_300_000, {"Content-Type": "text/plain"}).status == 413
    large = "return 'x' * 6_291_600"
    error = shared.error_of(large, function="single")
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    answer = shared.request("POST", "/single", large)
    assert (answer.status, answer.text) == (500, '{"message":"Internal Server Error"}')
