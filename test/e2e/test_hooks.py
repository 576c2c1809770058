"""Event functions, context functions and strategies of the user's own, in the running server."""

import os
import re
import subprocess
import sys
import time

import pytest

from harness.processes import wait_until
from harness.server import Background, at_once


def test_a_plain_event_function_makes_the_event(shared):
    assert shared.request("PUT", "/hooked/sync").json == {
        "kind": "sync", "method": "PUT", "slot": "hook_sync:0", "function": "hook_sync"}


def test_an_async_event_function_may_build_on_the_built_in_one(shared):
    event = shared.request("POST", "/hooked/async/7?a=1&a=2", "text", {"Content-Type": "text/plain", "X-A": "1"}).json
    assert event["kind"] == "async" and event["rawPath"] == "/hooked/async/7"
    assert event["pathParameters"] == {"id": "7"} and event["queryStringParameters"] == {"a": "1,2"}
    assert (event["body"], event["isBase64Encoded"], event["routeKey"]) == ("text", False, "ANY /hooked/async/{id}")
    assert event["requestContext"]["http"]["method"] == "POST" and event["headers"]["x-a"] == "1"


def test_the_request_is_as_much_of_starlettes_as_hooks_use(shared):
    seen = shared.request("POST", "/hooked/request/ann/x/y%20z?a=1&a=2&b=%C3%BC", '{"n": [1]}', [
        ("Content-Type", "application/json"), ("X-Thing", "one"), ("x-thing", "two")]).json
    assert seen.pop("process")[:2] == ["hook_request:0", "cold"]
    assert seen == {
        "method": "POST", "path": "/hooked/request/ann/x/y z", "query": "a=1&a=2&b=%C3%BC", "scheme": "http",
        "header": "one", "header_count": 2, "query_params": {"a": "2", "b": "ü"}, "query_list": ["1", "2"],
        "path_params": {"name": "ann", "rest": "x/y z"}, "client": "127.0.0.1", "body": '{"n": [1]}',
        "json": {"n": [1]}, "handler": ["hook_request", 2.5, 1, "app.same"],
    }


def test_the_process_is_as_the_status_has_it(shared):
    first = shared.get("/hooked/request/a/").json["process"]
    second = shared.get("/hooked/request/a/").json["process"]
    assert second[2] == first[2] + 1 and second[3] == "float"


def test_a_context_function_adds_to_the_context(shared):
    code = "return [context.tenant, context.function_name, context.function_version, context.smyth['process']['name']]"
    assert shared.request("POST", "/hooked/context", code, {"X-Tenant": "acme"}).json == \
        ["acme", "renamed", "42", "hook_context:0"]
    assert shared.run(code, function="hook_context")[0] == "direct"  # An Invoke has no request.


@pytest.mark.parametrize("kind, words", [("event", "LookupError: no event today"),
                                         ("context", "LookupError: no context today")])
def test_a_failing_hook_costs_one_request(shared, kind, words):
    assert shared.get(f"/hooked/bad_{kind}").status == 200
    counted = shared.counters(f"hook_bad_{kind}")
    response = shared.get(f"/hooked/bad_{kind}?fail=1")
    assert (response.status, response.text) == (500, '{"message":"Internal Server Error"}')
    request_id = shared.wait_for_log(rf"^hooks (\S+) \| {words}$").group(1)
    said = re.findall(rf"^hooks {request_id} \| (.*)$", shared.log(), re.MULTILINE)
    assert said[0] == "Traceback (most recent call last):" and said[-1] == words and len(said) > 2
    assert shared.states(f"hook_bad_{kind}") == ["warm"]  # The environment is unharmed.
    assert shared.get(f"/hooked/bad_{kind}").status == 200
    assert counted


def test_a_hook_has_the_functions_timeout(shared):
    assert shared.get("/hooked/slow?seconds=0.1").status == 200
    began = time.monotonic()
    response = shared.get("/hooked/slow?seconds=20")
    assert (response.status, response.text) == (500, '{"message":"Internal Server Error"}')
    assert 0.4 < time.monotonic() - began < 1.5
    assert shared.get("/hooked/slow?seconds=0").status == 200
    assert shared.get("/hooked/sync").status == 200


def test_a_strategy_chooses_the_slot(shared):
    served = [shared.request("POST", "/hooked/last", "return context.smyth['process']['name']").text for _ in range(3)]
    assert served == ["choose_last:2"] * 3
    assert shared.states("choose_last") == ["cold", "cold", "warm"]


def test_a_busy_choice_waits_for_that_very_slot(shared, gate):
    door = gate()
    held = Background(shared.request, "POST", "/hooked/last", f"from gate import hold; hold({str(door)!r}); return 1")
    door.wait_entered()
    second = Background(shared.request, "POST", "/hooked/last", "return context.smyth['process']['name']")
    time.sleep(0.1)
    assert not second.is_done() and shared.states("choose_last") == ["cold", "cold", "working"]
    door.open()
    assert held.result().text == "1" and second.result().text == "choose_last:2"


@pytest.mark.parametrize("function, served", [("two", 2), ("one", 1)])
def test_a_strategy_that_raised_or_ended_is_made_anew(shared, function, served):
    # Wherever it stands after other tests, a failure brings it to its beginning.
    wait_until(lambda: shared.request("POST", f"/hooked/{function}", "return 1").status == 500, what="a failure")
    statuses = [shared.request("POST", f"/hooked/{function}", "return 1").status for _ in range(2 * (served + 1))]
    assert statuses == ([200] * served + [500]) * 2
    assert shared.invoke(f"choose_{function}", {"code": "return 1"}).status == 200


def test_a_failing_strategy_is_a_service_exception_on_invoke(shared):
    wait_until(lambda: shared.request("POST", "/hooked/one", "return 1").status == 500, what="a failure")
    assert shared.invoke("choose_one", {"code": "return 1"}).json == 1
    response = shared.invoke("choose_one", {"code": "return 1"})
    assert (response.status, response.header("x-amzn-ErrorType")) == (500, "ServiceException")
    assert response.json["Type"] == "Service"


HOOKED = {
    "pyproject.toml": """
        [tool.smyth.handlers.one]
        handler_path = "app.one"
        url_path = "/one/{id:int}"
        concurrency = 3
        event_data_function_path = "hooks.event"
        context_data_function_path = "hooks.context"
        strategy_generator_path = "hooks.strategy"
        """,
    "app.py": "def one(event, context):\n    return [event, context.extra, context.smyth['process']['name']]\n",
    "hooks.py": """
        from smyth.context import generate_context_data
        from smyth.event import generate_api_gw_v2_event_data
        from smyth.exceptions import NoAvailableProcessError
        from smyth.runner.strategy import first_warm, round_robin
        from smyth.types import EventData, RunnerProcessProtocol, SmythHandler, SmythHandlerState, StrategyGenerator

        async def event(request, smyth_handler: SmythHandler, process: RunnerProcessProtocol) -> EventData:
            whole = await generate_api_gw_v2_event_data(request, smyth_handler, process)
            return {"id": request.path_params["id"], "path": whole["rawPath"], "version": 1}

        async def context(request, smyth_handler, process):
            data = await generate_context_data(request, smyth_handler, process)
            return {**data, "extra": process.state == SmythHandlerState.WARM}

        def strategy(handler_name, processes):
            turns = round_robin(handler_name, processes)
            while True:
                yield next(turns)
        """,
}


def test_hooks_need_no_starlette(server):
    """In an interpreter without a single package: `smyth.*` imports and the request are ours."""
    plain = os.path.realpath(sys._base_executable)
    found = subprocess.run([plain, "-c", "import starlette"], capture_output=True)
    if found.returncode == 0:
        pytest.skip(f"{plain} has Starlette")
    files = {**HOOKED, "pyproject.toml": f'[tool.smyth]\npython = "{plain}"\n' + "".join(
        line.strip() + "\n" for line in HOOKED["pyproject.toml"].splitlines())}
    one = server(files, environ={"VIRTUAL_ENV": None})
    assert [one.get(f"/one/{n}").json for n in range(4)] == [
        [{"id": str(n), "path": f"/one/{n}", "version": 1}, n == 3, f"one:{n % 3}"] for n in range(4)]


def test_a_hook_that_imports_starlette_gets_its_own(server):
    if subprocess.run([sys.executable, "-c", "import starlette"], capture_output=True).returncode:
        pytest.skip("no Starlette here")
    one = server({
        "pyproject.toml": '[tool.smyth.handlers.one]\nhandler_path = "app.one"\nurl_path = "/one"\n'
                          'event_data_function_path = "hooks.event"\n',
        "app.py": "def one(event, context):\n    return event\n",
        "hooks.py": "from starlette.datastructures import URL\nimport starlette\n"
                    "def event(request, handler, process):\n    return [URL('http://a/b').path, starlette.__file__]\n",
    })
    assert one.get("/one").json[0] == "/b" and "site-packages" in one.get("/one").json[1]


def test_a_changed_hook_serves_the_next_request(server):
    one = server(HOOKED)
    assert one.get("/one/1").json[0]["version"] == 1
    for version in range(2, 7):
        one.write("hooks.py", HOOKED["hooks.py"].replace('"version": 1', f'"version": {version}'))
        assert one.get("/one/1").json[0]["version"] == version


def test_a_hook_file_that_does_not_load_is_said_and_mended(server):
    one = server(HOOKED)
    assert one.get("/one/1").status == 200
    one.write("hooks.py", "def broken(:\n")
    assert one.get("/one/1").status == 500
    one.wait_for_log("SyntaxError")
    one.write("hooks.py", HOOKED["hooks.py"])
    assert one.get("/one/1").status == 200


def test_a_hooks_process_that_dies_is_replaced(server):
    one = server({**HOOKED, "hooks.py": HOOKED["hooks.py"] + """
        import os
        _plain = context
        async def context(request, smyth_handler, process):
            if request.query_params.get("die"):
                os._exit(1)
            return await _plain(request, smyth_handler, process)
        """})
    assert one.get("/one/1").status == 200
    assert one.get("/one/1?die=1").status == 500
    assert one.get("/one/1").status == 200


def test_without_hooks_there_is_no_hooks_process(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "a.a"\nurl_path = "/a"\n', "a.py": "def a(e, c): return 1\n"})
    before = len(one.descendants())
    one.get("/a")
    assert len(one.descendants()) == before + 1


def test_what_a_hook_prints_is_shown(server):
    one = server({**HOOKED, "hooks.py": HOOKED["hooks.py"] + "print('hooks imported')\n"})
    one.get("/one/1")
    one.wait_for_log("hooks imported")


def test_many_requests_through_hooks_are_all_answered_right(server):
    one = server(HOOKED)
    answers = at_once(24, one.get, "/one/5")
    assert {(answer.status, str(answer.json[0])) for answer in answers} == {
        (200, str({"id": "5", "path": "/one/5", "version": 1}))}
    assert sum(one.counters("one")) == 24


def test_a_slot_whose_hooks_run_is_working(shared):
    call = Background(shared.get, "/hooked/slow?seconds=0.3")
    wait_until(lambda: shared.states("hook_slow") == ["working"], 0.3, "the slot is taken first")
    assert call.result().status == 200
    assert shared.states("hook_slow") == ["warm"]


def test_handlers_and_hooks_may_stand_in_one_module(server):
    one = server({
        "smyth.toml": """
            [handlers.a]
            handler_path = "all.handler"
            url_path = "/a"
            event_data_function_path = "all.event"
            strategy_generator_path = "all.strategy"
            """,
        "all.py": """
            from smyth.types import EventData, SmythHandler, SmythHandlerState
            from smyth.event import generate_api_gw_v2_event_data
            from smyth.context import generate_context_data
            from smyth.runner.strategy import first_warm, round_robin

            STATE = []

            def handler(event, context):
                return [event, STATE]

            async def event(request, smyth_handler: SmythHandler, process) -> EventData:
                STATE.append(1)  # In the hooks process: the handler does not see it.
                return {"calls": len(STATE)}

            def strategy(handler_name, processes):
                yield from round_robin(handler_name, processes)
            """,
    })
    assert [one.get("/a").json for _ in range(2)] == [[{"calls": 1}, []], [{"calls": 2}, []]]
