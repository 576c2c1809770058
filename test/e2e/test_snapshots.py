"""SnapStart of Python: one init, from which environments go on (lambda-environments.md, 3.1; docs/runtimes.md)."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from harness.processes import is_alive, wait_until
from harness.server import Background, at_once

CONFIG = """
[handlers.snap]
handler_path = "app.handler"
snap_start = true
concurrency = 8
timeout = 5
"""
# What the official library is, which not every Python here has.
REGISTRY = """
_before, _after = [], []

def register_before_snapshot(function, *arguments, **named):
    _before.append((function, arguments, named))
    return function

def register_after_restore(function, *arguments, **named):
    _after.append((function, arguments, named))
    return function

def get_before_snapshot():
    return _before

def get_after_restore():
    return _after
"""
APP = """
import os, random, sys, time
from gate import hold
from snapshot_restore_py import register_after_restore, register_before_snapshot
print("at import")
init, before, after = os.getpid(), [], []

@register_before_snapshot
def note():
    before.append(os.getpid())

@register_after_restore
def note_again():
    print("restored")
    after.append(os.getpid())

def handler(event, context):
    if event.get("gate"):
        hold(event["gate"])
    given = {}
    exec(event.get("code", "pass"), globals(), given)
    return given.get("found", [init, os.getpid()])
"""


def project(config="", app=APP):
    return {"smyth.toml": CONFIG + config, "app.py": app, "snapshot_restore_py.py": REGISTRY}


def found(one, code, **event):
    """What `code` leaves in `found`."""
    response = one.invoke("snap", {"code": code, **event})
    assert response.header("X-Amz-Function-Error") is None, response.text
    return response.json


def held(one, gate, count, code="pass", name="gate"):
    """The results of `count` environments at once."""
    gates = gate(name)

    def call():
        return found(one, code, gate=str(gates))

    calls = [Background(call) for _ in range(count)]
    gates.wait_entered(count)
    gates.open()
    return [each.result() for each in calls]


def parent(pid):
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def test_one_init_is_all_environments(server, gate):
    one = server(project())
    results = held(one, gate, 5, "found = [init, before, after, os.getpid()]")
    assert len({init for init, *_ in results}) == 1
    assert len({pid for *_, pid in results}) == 5
    for init, before, after, pid in results:
        assert (before, after) == ([init], [pid])
        assert init != pid
    assert one.log().count("at import") == 1
    assert one.log().count("restored") == 5


def test_the_log_tells_of_init_and_restore_apart(server, gate):
    one = server(project(), "--report")
    held(one, gate, 2)
    wait_until(lambda: one.log().count("\nREPORT ") == 2, what="both reports")
    log = one.log()
    assert log.count("INIT_START ") == 1
    assert len(re.findall(r"^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\t$", log, re.MULTILINE)) == 1
    assert len(re.findall(r"^RESTORE_START Runtime Version: python:3\.\d+\.v1\tRuntime Version ARN: ", log,
                          re.MULTILINE)) == 2
    assert len(re.findall(r"^RESTORE_REPORT Restore Duration: \d+\.\d\d ms\t$", log, re.MULTILINE)) == 2
    assert log.index("INIT_START") < log.index("at import") < log.index("INIT_REPORT") < log.index("RESTORE_START")
    reports = re.findall(r"^REPORT .*$", log, re.MULTILINE)
    assert len(reports) == 2
    for report in reports:
        assert re.search(r"\tRestore Duration: \d+\.\d\d ms\tBilled Restore Duration: \d+ ms\t$", report), report
        assert "Init Duration" not in report


def test_records_in_json_say_what_lambda_says(server, gate):
    one = server(project('log_format = "json"\nsystem_log_level = "DEBUG"\n'), "--report")
    one.invoke("snap", {})
    one.wait_for_log('"type":"platform.report"')
    log = one.log()
    assert '"initializationType":"snap-start","phase":"snap-start"' in log
    for kind in ("initStart", "initRuntimeDone", "initReport", "restoreStart", "restoreRuntimeDone", "restoreReport"):
        assert log.count(f'"type":"platform.{kind}"') == 1, kind
    assert re.search(r'"restoreDurationMs":[0-9.]+,"billedRestoreDurationMs":\d+', log)


def test_a_change_has_another_init(server):
    one = server(project())
    first, _ = found(one, "pass")
    one.write("app.py", APP + "\n# changed\n")
    second = wait_until(lambda: (now := found(one, "pass")[0]) != first and now, what="another init")
    wait_until(lambda: not is_alive(first), what="the end of the first snapshot")
    assert is_alive(second)


def test_a_snapshot_outlives_its_environments(server):
    one = server(project("max_idle = 0.2\n"))
    init, pid = found(one, "pass")
    wait_until(lambda: not is_alive(pid), what="the end of the idle environment")
    assert is_alive(init)
    again, other = found(one, "pass")
    assert again == init and other != pid


def test_an_init_that_fails_is_run_again_for_the_next_event(server):
    app = "import os\nif not os.path.exists('ready'): raise ValueError('not yet')\n"
    one = server(project(app=app + APP))
    for _ in range(2):
        answer = one.invoke("snap", {})
        assert answer.header("X-Amz-Function-Error") == "Unhandled"
        assert answer.json["errorType"] == "ValueError"
    answers = at_once(4, one.invoke, "snap", {})
    assert {answer.json["errorType"] for answer in answers} == {"ValueError"}
    (one.folder / "ready").touch()
    assert found(one, "found = 1") == 1


def test_a_timeout_costs_the_environment_and_not_the_snapshot(server):
    one = server(project())
    one.write("smyth.toml", CONFIG.replace("timeout = 5", "timeout = 0.5"))
    init, pid = found(one, "open('/tmp/kept', 'w').close(); found = [init, os.getpid()]")
    answer = one.invoke("snap", {"code": "time.sleep(5)"})
    assert answer.json["errorType"] == "Sandbox.Timedout"
    again, other, files = found(one, "found = [init, os.getpid(), os.listdir('/tmp')]")
    assert again == init and other != pid
    assert "kept" in files


def test_environments_end_with_their_snapshot_and_others_come(server):
    one = server(project())
    init, pid = found(one, "pass")
    os.kill(init, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), what="the end of its environment")
    again, other = wait_until(lambda: one.invoke("snap", {}).json, what="an answer")
    assert again != init and other != pid


def test_one_that_is_killed_in_its_init_is_told(server, gate):
    held_init = gate("init")
    app = f"from gate import hold\nhold({str(held_init)!r})\n"
    one = server(project(app=app + APP))
    calls = [Background(one.invoke, "snap", {}) for _ in range(3)]
    held_init.wait_entered()
    snapshot, = [pid for pid in one.descendants() if parent(pid) != one.pid]
    os.kill(snapshot, signal.SIGKILL)
    held_init.open()
    # As an init that exits is: it is run once more, for the invocation.
    assert all(len(call.result().json) == 2 or "errorType" in call.result().json for call in calls)
    assert len(one.invoke("snap", {}).json) == 2


def test_nothing_is_left_of_a_killed_server(server, gate):
    one = server(project())
    held(one, gate, 3)
    processes = one.descendants()
    assert len(processes) >= 5  # The zygote, the snapshot, three environments.
    one.signal(signal.SIGKILL)
    one.wait()
    wait_until(lambda: not any(map(is_alive, processes)), what="no process of it")


@pytest.fixture(params=["server", "server_of_nobody"])
def anyones(request):
    """Root mounts as it likes, nobody in a user namespace, if at all."""
    return request.getfixturevalue(request.param)


def test_each_environment_has_a_copy_of_what_init_left_in_tmp(anyones):
    app = APP + """
import pathlib, tempfile
FOLDER = pathlib.Path(tempfile.gettempdir())
(FOLDER / "deep" / "er").mkdir(parents=True, exist_ok=True)
(FOLDER / "deep" / "er" / "file").write_text("of init")
"""
    files = project(app=app)
    one = anyones(files)
    code = """
import pathlib, tempfile
folder = pathlib.Path(tempfile.gettempdir())
mine = folder / "deep" / "er" / str(os.getpid())
mine.write_text("x")
time.sleep(0.5)
found = [(folder / "deep" / "er" / "file").read_text(), len(os.listdir(mine.parent))]
"""
    assert at_once(3, found, one, code) == [["of init", 2]] * 3


def test_code_that_can_only_be_read(anyones):
    one = anyones(project("isolate = true\n"))
    if "isolate" in one.log():
        pytest.skip("this user may not mount")
    answer = one.invoke("snap", {"code": f"open({str(one.folder / 'new')!r}, 'w')"})
    assert answer.json["errorType"] == "OSError"
    assert "Read-only file system" in answer.json["errorMessage"]


def test_more_memory_than_memory_size_ends_one_environment(anyones):
    one = anyones(project("memory_size = 128\n"))
    # Together they have more than one may have.
    pids = at_once(5, found, one, "kept = bytearray(60 << 20); time.sleep(0.5); found = os.getpid()")
    assert len(set(pids)) == 5
    answer = one.invoke("snap", {"code": "kept = bytearray(300 << 20); time.sleep(1)"})
    assert answer.json["errorType"] == "Runtime.ExitError"
    assert answer.json["errorMessage"].endswith("signal: killed")
    assert found(one, "found = 1") == 1
    assert one.log().count("at import") == 1


def test_it_stands_still_between_events(server):
    one = server(project())
    init, pid = found(one, "pass")

    def state():
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]

    wait_until(lambda: state() == "T", what="the freeze")
    assert found(one, "pass") == [init, pid]


def test_provisioned_environments_come_of_one_init(server):
    one = server(project("provisioned_concurrency = 3\n"))
    wait_until(lambda: one.log().count("restored") == 3, what="three environments")
    assert one.log().count("at import") == 1


def test_what_must_not_be_shared_is_told_once(server, gate):
    app = APP + """
import socket, threading
random.seed(1)
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=time.sleep, args=(100,), name="poller", daemon=True).start()
"""
    one = server(project(app=app))
    numbers = held(one, gate, 2, "found = random.random()")
    assert numbers[0] == numbers[1]
    warning = re.findall("^warning: the snapshot of .*$", one.log(), re.MULTILINE)
    assert len(warning) == 1
    for part in ("`snap`", "socket that listens at 127.0.0.1:", "thread `poller`", "the state of `random`"):
        assert part in warning[0]


def test_nothing_is_told_of_an_init_that_shares_nothing(server):
    one = server(project(app="import random, uuid, logging\n" + APP))
    found(one, "pass")
    assert "warning" not in one.log()


@pytest.mark.load  # It takes them.
def test_a_restore_has_ten_seconds(server):
    app = APP + "\nregister_after_restore(time.sleep, 60)\n"
    one = server(project(app=app))
    began = time.monotonic()
    answer = one.invoke("snap", {})
    assert 9 < time.monotonic() - began < 20
    assert answer.status == 408
    assert answer.header("x-amzn-ErrorType") == "SnapStartTimeoutException"


def test_a_hook_that_exits_is_told(server):
    app = APP + "\nregister_after_restore(os._exit, 3)\n"
    one = server(project(app=app))
    assert one.invoke("snap", {}).json["errorMessage"].endswith("exit status 3")
