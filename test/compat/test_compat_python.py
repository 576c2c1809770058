"""Context, variables and hooks: what the user's Python sees, on the original and on ours."""

import re
from pathlib import Path

from differences import compare, flat, named_on_the_page, seen

from harness.processes import wait_until

CONTEXT = {"log_stream_name": "log stream", "aws_request_id": "row 18", "invoked_function_arn": "row 18",
           "config.log_level": "a handler's `log_level`"}


def test_the_context(both):
    first, second = both.get("/context"), both.get("/context")
    compare(first[0].json, first[1].json, CONTEXT)
    compare(second[0].json, second[1].json, CONTEXT)


def test_the_variables(both):
    original, ours = (response.json for response in both.get("/variables"))
    environs = original.pop("environ"), ours.pop("environ")
    for found, one in ((original, both.original), (ours, both.ours)):
        for key in ("cwd", "path", "file"):
            found[key] = found[key].replace(str(one.folder), "PROJECT")
    compare(original, ours, {})
    named = {name: environ for name, environ in zip(("original", "ours"), environs)}
    picked = {program: {key: value for key, value in environ.items()
                        if key.startswith(("AWS_", "_HANDLER", "STAGE", "BOTH", "SHELL_SAYS", "LAMBDA_"))}
              for program, environ in named.items()}
    assert (picked["ours"]["STAGE"], picked["ours"]["BOTH"], picked["ours"]["SHELL_SAYS"]) == ("compat", "function", "shell")
    compare(picked["original"], picked["ours"], {
        "AWS_LAMBDA_RUNTIME_API": "environment variables", "AWS_ENDPOINT_URL_LAMBDA": "environment variables",
        "LAMBDA_TASK_ROOT": "environment variables", "AWS_LAMBDA_LOG_STREAM_NAME": "log stream",
        "STAGE": "`env`", "BOTH": "`env`"})


def test_hooks_and_a_strategy(both):
    for _ in range(4):
        original, ours = both.get("/hooked/7", {"X-Tenant": "acme"})
        compare(flat(original.json), flat(ours.json), {"event.timeout": "`timeout`"})
    assert ours.json["process"] == "hooked:2"


def test_the_request_that_hooks_see(both):
    original, ours = both.request("POST", "/request/ann/x/y?a=1&a=2&b=%C3%BC", '{"n": [1]}', [
        ("X-Thing", "1"), ("X-Thing", "2"), ("Cookie", "c=3; d=4"), ("Content-Type", "application/json")])
    compare(original.json, ours.json, {"path_params": "`request.path_params` of a hook"})
    assert ours.json["path_params"] == {"name": "ann", "rest": "x/y"}


def test_the_request_of_an_encoded_path(both):
    original, ours = both.request("POST", "/request/a%20b/%C3%BC", "1", {"X-Thing": "1"})
    compare(original.json, ours.json, {"path_params": "`request.path_params` of a hook"})


def test_a_hook_may_build_on_the_built_in_event(both):
    original, ours = both.get("/on_top?x=1")
    compare(original.json, ours.json, {})


def test_the_body_as_the_event(both):
    original, ours = both.request("POST", "/body_event", '{"a": [1, 2.5]}')
    compare(seen(original), seen(ours), {})


def test_invoke_runs_the_handler_with_the_same_event(both):
    original, ours = both.invoke("direct", b'{"n": 1}')
    assert original.status == ours.status == 200
    assert original.json == {"event": {"n": 1}}
    assert ours.json == {"statusCode": 200, "body": '{"event": {"n": 1}}', "headers": {"x-more": "1"}}
    compare(seen(original), seen(ours), {"body": "row 9"})


def test_an_unknown_function(both):
    original, ours = both.invoke("nobody")
    compare(seen(original), seen(ours), {"body": "Invoke's errors"})


def test_what_is_no_json(both):
    original, ours = both.invoke("direct", b"{bad")
    compare({"status": original.status}, {"status": ours.status}, {"status": "row 11"})


def test_event_and_dry_run(both):
    original, ours = both.invoke("event_type", b"{}", {"X-Amz-Invocation-Type": "Event"})
    compare(seen(original), seen(ours), {"status": "row 10", "body": "row 10"})
    original, ours = both.invoke("dry", b"{}", {"X-Amz-Invocation-Type": "DryRun"})
    compare(seen(original), seen(ours), {"status": "row 10", "body": "row 10"})
    wait_until((both.ours.folder / "event_type.runs").exists, what="the event has run")
    assert (both.original.folder / "dry.runs").exists() and not (both.ours.folder / "dry.runs").exists()


def test_a_change_of_the_code_is_served(fresh_both):
    both = fresh_both
    original, ours = both.get("/edited")
    compare(seen(original), seen(ours), {})
    for one in (both.original, both.ours):
        path = one.folder / "edited.py"
        path.write_text(path.read_text().replace("first", "second"))
    assert both.ours.request("GET", "/edited").text == "second"

    def is_renewed():
        try:
            return both.original.request("GET", "/edited").text == "second"
        except OSError:
            return False

    wait_until(is_renewed, 20, "the original serves the change")


def test_every_difference_is_of_the_page():
    page = named_on_the_page()
    assert {f"row {n}" for n in range(1, 26)} <= page
    for path in Path(__file__).parent.glob("test_compat_*.py"):
        for name in re.findall(r'": "(row \d+)"', path.read_text()):
            assert name in page
