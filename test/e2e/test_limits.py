"""What a function may not have more of: memory, as Lambda limits it."""

import glob
import os
import shutil
import signal
import sys

import pytest

from harness.processes import wait_until

APP = """
import subprocess, sys, time

kept = []

def handler(event, context):
    if event.get("child"):
        code = f"kept = bytearray({event['mib']} << 20); print(len(kept))"
        return subprocess.run([sys.executable, "-c", code]).returncode
    kept.append(bytearray(event["mib"] << 20))
    return len(kept)
"""
HUNGRY_AT_INIT = "kept = bytearray(300 << 20)\ndef handler(event, context): return 1\n"

NODE = """
const kept = [];
exports.handler = async (event) => {
  kept.push(Buffer.alloc(event.mib << 20, 1));
  await new Promise((go) => setTimeout(go, event.rest ?? 0));
  return kept.length;
};
"""
BOOTSTRAP = f"""#!{sys.executable}
import json, os, urllib.request
address = f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(address + "next") as event:
        request = event.headers["Lambda-Runtime-Aws-Request-Id"]
        mib = json.load(event)["mib"]
    kept = bytearray(mib << 20)
    urllib.request.urlopen(address + request + "/response", data=b"1").read()
"""

CONFIG = """
[handlers.python]
handler_path = "app.handler"
memory_size = 128
timeout = 10

[handlers.unlimited]
handler_path = "app.handler"

[handlers.at_init]
handler_path = "hungry.handler"
memory_size = 128
"""
NODE_CONFIG = '[handlers.node]\nruntime = "nodejs20.x"\nhandler_path = "index.handler"\nmemory_size = 256\n'
PROGRAM_CONFIG = '[handlers.program]\nruntime = "provided.al2023"\ncode = "code"\nmemory_size = 128\n'


@pytest.fixture(params=["server", "server_of_nobody"])
def anyones(request):
    """Root may make groups of the memory controller, nobody may not: there the server looks by itself."""
    return request.getfixturevalue(request.param)


def is_killed(response):
    assert response.status == 200
    assert response.header("X-Amz-Function-Error") == "Unhandled"
    request_id = response.header("x-amzn-RequestId")
    assert response.json == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"}
    return True


def test_more_memory_than_memory_size_is_the_end(anyones):
    one = anyones({"smyth.toml": CONFIG, "app.py": APP, "hungry.py": HUNGRY_AT_INIT})
    assert one.invoke("python", {"mib": 50}).json == 1
    assert is_killed(one.invoke("python", {"mib": 300}))
    one.wait_for_log("memory passed `memory_size` .128 MB.")
    assert one.invoke("python", {"mib": 50}).json == 1  # A new process, with memory of its own.
    assert one.invoke("unlimited", {"mib": 300}).json == 1


def test_a_childs_memory_is_its_environments(anyones):
    one = anyones({"smyth.toml": CONFIG, "app.py": APP, "hungry.py": HUNGRY_AT_INIT})
    assert is_killed(one.invoke("python", {"mib": 300, "child": True}))


def test_it_holds_during_init(anyones):
    one = anyones({"smyth.toml": CONFIG, "app.py": APP, "hungry.py": HUNGRY_AT_INIT})
    assert is_killed(one.invoke("at_init", {}))


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node here")
def test_it_holds_for_node(server):
    one = server({"smyth.toml": NODE_CONFIG, "index.js": NODE})
    assert one.invoke("node", {"mib": 20}).json == 1
    assert is_killed(one.invoke("node", {"mib": 400, "rest": 500}))


def test_it_holds_for_programs(server):
    one = server({"smyth.toml": PROGRAM_CONFIG, "code/bootstrap": BOOTSTRAP})
    assert one.invoke("program", {"mib": 20}).json == 1
    assert is_killed(one.invoke("program", {"mib": 300}))


def groups(pid):
    return glob.glob(f"/sys/fs/cgroup/**/smyth-{pid}-*", recursive=True)


def test_groups_go_with_their_environments(server):
    files = {"smyth.toml": CONFIG, "app.py": APP, "hungry.py": HUNGRY_AT_INIT}
    one = server(files)
    one.invoke("python", {"mib": 1})
    if not groups(one.pid):
        pytest.skip("this user can make no groups")
    one.invoke("python", {"mib": 300})
    wait_until(lambda: not groups(one.pid), what="no group of the dead environment")
    one.invoke("python", {"mib": 1})
    os.kill(one.pid, signal.SIGKILL)
    one.process.wait()
    assert groups(one.pid)
    other = server(files)
    other.invoke("python", {"mib": 1})
    wait_until(lambda: not groups(one.pid), what="no group of the dead server")
    other.stop()
    assert not groups(other.pid)
