"""SnapStart's hooks and variables, with our bootstrap and with Lambda's own client (lambda-environments.md, 1.1, 3.1)."""

import sys

import pytest

OURS = f"""
python = "{sys.executable}"
[handlers.snap]
handler_path = "app.handler"
snap_start = true
"""
OFFICIAL = f"""
[handlers.snap]
command = ["{sys.executable}", "-m", "awslambdaric", "app.handler"]
snap_start = true
"""
APP = """
import os
from snapshot_restore_py import register_after_restore, register_before_snapshot

seen = ["init"]
register_before_snapshot(seen.append, "first before")
register_before_snapshot(seen.append, "second before")
register_after_restore(seen.append, "first after")

@register_after_restore
def second():
    seen.append("second after")

def handler(event, context):
    names = ("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME")
    return [seen, [os.environ.get(name) for name in names]]
"""
BOTH = pytest.mark.parametrize("config", [OURS, OFFICIAL], ids=["ours", "official"])


@BOTH
def test_the_hooks_run_once_between_init_and_the_first_event(server, config):
    one = server({"smyth.toml": config, "app.py": APP})
    order = ["init", "second before", "first before", "first after", "second after"]
    for _ in range(2):
        assert one.invoke("snap").json == [order, ["snap-start", None, None]]


@BOTH
def test_without_snap_start_no_hook_runs(server, config):
    one = server({"smyth.toml": config.replace("snap_start = true\n", ""), "app.py": APP})
    seen, (kind, group, stream) = one.invoke("snap").json
    assert (seen, kind, group) == (["init"], "on-demand", "/aws/lambda/snap")
    assert stream


@pytest.mark.parametrize(["hook", "kind"], [
    ("before_snapshot", "Runtime.BeforeSnapshotError"), ("after_restore", "Runtime.AfterRestoreError")])
def test_a_hook_that_fails_is_an_error_of_init(server, hook, kind):
    app = f"from snapshot_restore_py import register_{hook} as register\nregister(lambda: 1 / 0)\n"
    one = server({"smyth.toml": OURS, "app.py": app + "handler = print\n"})
    for _ in range(2):
        answer = one.invoke("snap")
        assert answer.header("X-Amz-Function-Error") == "Unhandled"
        assert answer.json["errorType"] == kind
        assert answer.json["errorMessage"] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("hook", ["before_snapshot", "after_restore"])
def test_the_official_client_reports_a_hook_that_fails(server, hook):
    app = f"from snapshot_restore_py import register_{hook} as register\nregister(lambda: 1 / 0)\n"
    one = server({"smyth.toml": OFFICIAL, "app.py": app + "handler = print\n"})
    answer = one.invoke("snap")
    assert answer.header("X-Amz-Function-Error") == "Unhandled"
    assert answer.json["errorType"] == "ZeroDivisionError"
