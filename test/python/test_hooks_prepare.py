"""Event and context functions, run by a real hooks process."""

import json
import re
import textwrap
import time

import pytest
from hooks_server import HooksServer, request


@pytest.fixture
def start(tmp_path):
    servers = []

    def make(**files):
        for name, content in files.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(content))
        servers.append(HooksServer(tmp_path, COLOUR="green"))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def test_it_says_that_it_is_ready(start):
    kind, body = start().ready
    assert kind == "Y" and len(body) == 8


def test_it_says_that_it_is_alive_while_hooks_sleep(start):
    server = start(app="""
        import time
        def event(request, smyth_handler, process):
            time.sleep(0.3)
            return 1
        async def blocking(request, smyth_handler, process):
            time.sleep(0.3)
            return 1
    """)
    server.prepare("app.event", request=request())
    server.prepare("app.blocking", request=request())
    assert server.is_alive(0.25)
    assert [server.answer().event, server.answer().event] == [1, 1]


def test_an_async_event_function_sees_request_function_and_process(start):
    server = start(app="""
        import os
        async def event(request, smyth_handler, process):
            return {"method": request.method, "path": request.url.path, "json": await request.json(),
                    "id": request.path_params["id"], "name": smyth_handler.name,
                    "path_of_handler": smyth_handler.lambda_handler_path, "timeout": smyth_handler.timeout,
                    "process": process.name, "state": process.state, "colour": os.environ["COLOUR"]}
    """)
    server.prepare("app.event", body=b'{"a": 1}', request=request(
        "POST", "/orders/7?x=1", path_params={"id": 7}))
    assert server.answer().event == {
        "method": "POST", "path": "/orders/7", "json": {"a": 1}, "id": 7, "name": "orders",
        "path_of_handler": "app.handler", "timeout": 6, "process": "orders:0", "state": "working",
        "colour": "green"}


def test_a_plain_event_function_reads_the_body_from_content(start):
    server = start(app="""
        def event(request, smyth_handler, process):
            return request.content.decode()
    """)
    server.prepare("app.event", body="grüß".encode(), request=request())
    assert server.answer().event == "grüß"


def test_both_functions_of_one_invocation_run_in_turn(start):
    server = start(app="""
        def event(request, smyth_handler, process):
            return [1]
        async def context(request, smyth_handler, process):
            return {"method": request.method}
    """)
    server.prepare("app.event", "app.context", request=request())
    answer = server.answer()
    assert (answer.event, answer.context) == ([1], {"method": "GET"})


def test_without_an_http_request_only_the_context_function_is_asked(start):
    server = start(app="""
        def event(*_):
            raise AssertionError
        def context(request, smyth_handler, process):
            return {"direct": request is None}
    """)
    server.prepare("app.event", "app.context", request=None)
    answer = server.answer()
    assert answer.texts[0] == "" and answer.context == {"direct": True}


def test_many_async_hooks_wait_at_once_and_answer_in_any_order(start):
    server = start(app="""
        import asyncio
        async def event(request, smyth_handler, process):
            await asyncio.sleep(float(request.query_params["s"]))
            return 1
    """)
    slow = server.prepare("app.event", request=request(target="/?s=1"))
    others = [server.prepare("app.event", request=request(target="/?s=0.2")) for _ in range(100)]
    begun = time.monotonic()
    heads = [server.answer().head["id"][0] for _ in range(101)]
    assert time.monotonic() - begun < 3
    assert heads[-1] == slow and sorted(heads[:-1]) == others


def test_a_plain_hook_that_hangs_blocks_no_other(start):
    server = start(app="""
        import time
        def hang(*_):
            time.sleep(60)
        def event(*_):
            return 1
        async def event2(*_):
            return 2
    """)
    for _ in range(10):
        server.prepare("app.hang", request=request())
    server.prepare("app.event", request=request())
    assert server.answer(2).event == 1
    server.prepare("app.event2", request=request())
    assert server.answer(2).event == 2


def test_an_async_hook_that_blocks_its_loop_blocks_no_other(start):
    server = start(app="""
        import time
        async def hang(*_):
            time.sleep(60)
        async def event(*_):
            return 1
    """)
    server.prepare("app.event", request=request())
    assert server.answer().event == 1
    server.prepare("app.hang", request=request())
    time.sleep(0.1)
    for _ in range(3):
        server.prepare("app.event", request=request())
        assert server.answer(3).event == 1


def test_a_loop_that_was_blocked_for_a_while_serves_again(start):
    server = start(app="""
        import asyncio, threading, time
        async def block(*_):
            time.sleep(1.2)
            return threading.get_ident()
        async def event(*_):
            return threading.get_ident()
    """)
    server.prepare("app.event", request=request())
    first = server.answer().event
    server.prepare("app.block", request=request())
    time.sleep(0.1)
    server.prepare("app.event", request=request())
    assert server.answer(3).event != first  # A spare one helped out.
    assert server.answer(3).event == first
    server.prepare("app.event", request=request())
    server.answer(3)
    server.prepare("app.event", request=request())
    assert server.answer(3).event == first


def test_an_async_hook_over_its_limit_is_cancelled(start):
    server = start(app="""
        import asyncio
        async def event(*_):
            try:
                await asyncio.sleep(60)
            finally:
                print("cancelled")
    """)
    server.prepare("app.event", request=request(), timeout=0.2)
    assert server.answer(2).error == "event function `app.event` took longer than its limit\n"
    assert "cancelled" in server.close()


def test_a_timeout_of_the_users_own_keeps_its_traceback(start):
    server = start(app="""
        import asyncio
        async def event(*_):
            await asyncio.wait_for(asyncio.sleep(9), 0.05)
    """)
    server.prepare("app.event", request=request())
    assert "in event" in server.answer().error


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_hook_that_raises_fails_with_the_users_frames_only(start, kind):
    server = start(app=f"""
        def inner():
            raise ValueError("no such order")
        {kind} event(*_):
            inner()
    """)
    server.prepare("app.event", request=request())
    error = server.answer().error
    assert error.endswith("ValueError: no such order\n")
    assert re.findall(r", in (\w+)", error) == ["event", "inner"]
    assert "smyth_runtime" not in error and "asyncio" not in error


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_sys_exit_fails_one_request(start, kind):
    server = start(app=f"""
        import sys
        {kind} leave(*_):
            sys.exit("bye")
        {kind} event(*_):
            return 1
    """)
    server.prepare("app.leave", request=request())
    assert "SystemExit: bye" in server.answer().error
    server.prepare("app.event", request=request())
    assert server.answer().event == 1


@pytest.mark.parametrize("path, words", [
    ("event", "is not a dotted path"),
    ("app.<lambda>", "a lambda or inner function"),
    ("app.f.<locals>.g", "a lambda or inner function"),
    ("nowhere.event", "no module named `nowhere`"),
    ("app.evnt", "`app` has no `evnt`; did you mean `event`?"),
    ("app.NUMBER", "is int, not a function"),
])
def test_a_path_that_leads_nowhere_is_told_in_one_line(start, path, words):
    server = start(app="""
        NUMBER = 1
        def event(*_):
            return 1
    """)
    server.prepare(path, request=request())
    error = server.answer().error
    assert words in error and error.count("\n") == 1


def test_a_lambda_with_a_name_and_a_method_are_functions_too(start):
    server = start(app="""
        event = lambda request, smyth_handler, process: 1
        class Events:
            @staticmethod
            async def of(request, smyth_handler, process):
                return 2
    """)
    server.prepare("app.event", request=request())
    assert server.answer().event == 1
    server.prepare("app.Events.of", request=request())
    assert server.answer().event == 2


def test_an_import_that_fails_inside_the_users_module_keeps_its_traceback(start):
    server = start(app="import no_such_thing\n")
    server.prepare("app.event", request=request())
    error = server.answer().error
    assert "app.py" in error and "No module named 'no_such_thing'" in error
    assert "importlib" not in error


def test_a_syntax_error_is_told_and_its_file_is_reported(start, tmp_path):
    server = start(app="def event(:\n")
    server.prepare("app.event", request=request())
    answer = server.answer()
    assert "SyntaxError" in answer.error
    assert str(tmp_path / "app.py") in answer.modules


def test_modules_of_the_project_are_reported_once_with_time_and_size(start, tmp_path):
    (tmp_path / "other.py").write_text("X = 1\n")
    server = start(app="""
        import json, other
        def event(*_):
            import late
            return 1
    """, late="Y = 1\n")
    server.prepare("app.event", request=request())
    answer = server.answer()
    assert sorted(answer.modules) == sorted(str(tmp_path / f"{name}.py") for name in ("app", "other", "late"))
    status = (tmp_path / "other.py").stat()
    assert f"{status.st_mtime_ns} {status.st_size} {tmp_path / 'other.py'}" in answer.texts[-1].splitlines()
    server.prepare("app.event", request=request())
    assert server.answer().modules == []


@pytest.mark.parametrize("value, words", [
    ("{'a': [1, {2}]}", "set is not JSON serializable (at ['a'][1])"),
    ("float('nan')", "not JSON"),
    ("b'x'", "bytes is not JSON serializable"),
])
def test_an_event_that_is_not_json_names_the_place(start, value, words):
    server = start(app=f"""
        def event(*_):
            return {value}
    """)
    server.prepare("app.event", request=request())
    assert words in server.answer().error


def test_a_context_must_be_a_dict(start):
    server = start(app="""
        def context(*_):
            return [1]
    """)
    server.prepare(context="app.context")
    assert server.answer().error == "context function `app.context` returned list; it must return a dict\n"


def test_a_context_may_hold_the_whole_function(start):
    server = start(app="""
        from dataclasses import asdict
        from smyth.context import generate_context_data
        async def context(request, smyth_handler, process):
            context = await generate_context_data(request, smyth_handler, process)
            return {**context, "all": asdict(smyth_handler)}
    """)
    server.prepare(context="app.context", url_path="/orders/{path:path}")
    context = server.answer().context
    assert context["smyth"]["process"]["name"] == "orders:0"
    assert context["smyth"]["handler"]["name"] == "orders"
    assert context["timeout"] == 6
    assert re.fullmatch(context["all"]["url_path"], "/orders/a/b").groupdict() == {"path": "a/b"}


def test_what_hooks_write_and_a_breakpoint_reach_the_output(start):
    server = start(app="""
        import sys
        def event(*_):
            print("to stdout")
            sys.stderr.write("to stderr\\n")
            breakpoint()
            return 1
    """)
    server.prepare("app.event", request=request())
    server.answer()
    output = server.close()
    assert "to stdout\n" in output and "to stderr\n" in output and "breakpoint() is ignored" in output


def test_a_missing_starlette_is_explained(start):
    server = start(app="""
        import sys
        sys.modules["starlette"] = None
        from starlette.requests import Request
    """)
    server.prepare("app.event", request=request())
    assert "hint: hooks need no Starlette" in server.answer().error


def test_it_ends_when_the_server_does_even_while_a_hook_hangs(start):
    server = start(app="""
        import time
        def event(*_):
            time.sleep(60)
    """)
    server.prepare("app.event", request=request())
    time.sleep(0.2)
    begun = time.monotonic()
    server.close()
    assert server.process.returncode == 0 and time.monotonic() - begun < 1


def test_too_many_hooks_that_never_return_end_the_process(start):
    server = start(app="""
        import time
        def event(*_):
            time.sleep(60)
    """)
    for _ in range(64):
        server.prepare("app.event", request=request(), timeout=0.05)
    time.sleep(0.5)
    server.prepare("app.event", request=request(), timeout=0.05)
    assert server.process.wait(5) == 1
