"""What a function may not have more of: memory, as Lambda limits it."""

import errno
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.processes import wait_until

APP = """
import subprocess, sys, time

kept = []

def handler(event, context):
    if event.get("child"):
        code = f"kept = bytearray({event['mib']} << 20); print(len(kept))"
        found = subprocess.run([sys.executable, "-c", code]).returncode
        time.sleep(0.2)  # The kernel may have killed it, and the server looks every 20 ms.
        return found
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
    """Root may make groups of the controllers, nobody may not: there the server does it by itself."""
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


# --- /tmp and the code ---

TMP_APP = """
import os, tempfile, time

def handler(event, context):
    if event.get("write"):
        with open(os.path.join(tempfile.gettempdir(), event["write"]), "w") as file:
            file.write("x")
    time.sleep(event.get("rest", 0))
    if event.get("exit"):
        os._exit(1)
    return {"tmp": tempfile.gettempdir(), "names": sorted(os.listdir(tempfile.gettempdir())), "pid": os.getpid()}
"""
TMP_NODE = """
const fs = require('node:fs');
exports.handler = async (event) => {
  if (event.write) fs.writeFileSync(`/tmp/${event.write}`, 'x');
  if (event.exit) process.exit(1);
  return { tmp: '/tmp', names: fs.readdirSync('/tmp') };
};
"""
TMP_BOOTSTRAP = BOOTSTRAP.partition("        mib =")[0] + """        event = json.load(event)
    if "write" in event:
        open(f"/tmp/{event['write']}", "w").close()
    if "exit" in event:
        os._exit(1)
    answer = json.dumps({"tmp": "/tmp", "names": os.listdir("/tmp")}).encode()
    urllib.request.urlopen(address + request + "/response", data=answer).read()
"""
MINE = f"smyth-mine-{os.getpid()}"  # Others have a /tmp, too.
TMP_CONFIGS = {
    "python": '[handlers.f]\nhandler_path = "app.handler"\n',
    "node": '[handlers.f]\nruntime = "nodejs20.x"\nhandler_path = "index.handler"\n',
    "program": '[handlers.f]\nruntime = "provided.al2023"\ncode = "code"\n',
}
TMP_FILES = {"app.py": TMP_APP, "index.js": TMP_NODE, "code/bootstrap": TMP_BOOTSTRAP}


@pytest.fixture(params=["python", "program", "node"])
def kind(request):
    if request.param == "node" and not shutil.which("node"):
        pytest.skip("there is no Node here")
    return request.param


def tmp_server(start, kind="python", more=""):
    return start({"smyth.toml": TMP_CONFIGS[kind] + more, **TMP_FILES})


def folders(pid):
    return glob.glob(f"{tempfile.gettempdir()}/smyth-tmp-{pid}-*")


def test_tmp_outlives_a_crash_and_no_environment(server, kind):
    one = tmp_server(server, kind)
    first = one.invoke("f", {"write": MINE}).json
    assert first["tmp"] == "/tmp" and MINE in first["names"]
    assert not os.path.exists(f"/tmp/{MINE}")
    assert one.invoke("f", {"exit": 1}).json["errorType"] == "Runtime.ExitError"
    assert MINE in one.invoke("f", {}).json["names"]
    for name, text in TMP_FILES.items():
        one.write(name, text + "\n")  # Its code has changed: another environment takes its place.
    wait_until(lambda: MINE not in one.invoke("f", {}).json["names"], what="a new environment's /tmp")


def test_two_environments_have_two(server):
    one = tmp_server(server, more="concurrency = 2\n")
    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(one.invoke, "f", {"write": name, "rest": 0.5}) for name in ("a", "b")]
        names = [{"a", "b"} & set(answer.result().json["names"]) for answer in answers]
    assert names == [{"a"}, {"b"}]


def test_nobody_has_a_tmp_of_his_own_too(server_of_nobody):
    one = tmp_server(server_of_nobody)
    assert MINE in one.invoke("f", {"write": MINE}).json["names"]
    assert not os.path.exists(f"/tmp/{MINE}")
    one.stop()
    assert not folders(one.pid)


def test_it_may_be_shared(server, kind):
    one = tmp_server(server, kind, 'tmp = "shared"\n')
    name = f"smyth-test-{os.getpid()}"
    try:
        assert name in one.invoke("f", {"write": name}).json["names"]
        assert os.path.exists(f"{tempfile.gettempdir()}/{name}")
    finally:
        os.unlink(f"{tempfile.gettempdir()}/{name}")


def test_nothing_of_it_is_left_of_a_killed_server(server, kind):
    one = tmp_server(server, kind)
    one.invoke("f", {"write": MINE})
    assert len(folders(one.pid)) == 1
    os.kill(one.pid, signal.SIGKILL)
    one.process.wait()
    wait_until(lambda: not folders(one.pid), what="no folder of the dead server")
    assert os.path.exists(one.folder / "app.py")  # What was bound into it is still there.


# --- The size of /tmp ---

FILL_APP = """
import os

def handler(event, context):
    if "exit" in event:
        os._exit(1)
    try:
        with open("/tmp/filled", "ab") as file:
            file.write(b"x" * (event.get("mib", 0) << 20))
    except OSError as error:
        return error.errno
    return os.path.getsize("/tmp/filled") >> 20
"""
FILL_NODE = """
const fs = require('node:fs');
exports.handler = async (event) => {
  if (event.exit) process.exit(1);
  try {
    fs.appendFileSync('/tmp/filled', Buffer.alloc((event.mib ?? 0) << 20));
  } catch (error) {
    return -error.errno;
  }
  return fs.statSync('/tmp/filled').size >> 20;
};
"""
FILL_BOOTSTRAP = BOOTSTRAP.partition("        mib =")[0] + """        event = json.load(event)
    if "exit" in event:
        os._exit(1)
    try:
        with open("/tmp/filled", "ab") as file:
            file.write(b"x" * (event.get("mib", 0) << 20))
        answer = os.path.getsize("/tmp/filled") >> 20
    except OSError as error:
        answer = error.errno
    urllib.request.urlopen(address + request + "/response", data=json.dumps(answer).encode()).read()
"""
FILL_FILES = {"app.py": FILL_APP, "index.js": FILL_NODE, "code/bootstrap": FILL_BOOTSTRAP}


def filled(start, kind="python", more=""):
    return start({"smyth.toml": TMP_CONFIGS[kind] + "timeout = 30\nephemeral_storage = 512\n" + more, **FILL_FILES})


def test_tmp_has_the_size_of_ephemeral_storage_and_outlives_a_crash(server, kind):
    one = filled(server, kind)
    assert one.invoke("f", {"mib": 300}).json == 300
    assert one.invoke("f", {"exit": 1}).json["errorType"] == "Runtime.ExitError"
    assert one.invoke("f", {}).json == 300
    assert one.invoke("f", {"mib": 300}).json == errno.ENOSPC
    assert one.invoke("f", {"exit": 1}).json["errorType"] == "Runtime.ExitError"
    assert one.invoke("f", {"mib": 300}).json == errno.ENOSPC
    one.stop()
    assert not folders(one.pid)


def test_nobodys_tmp_has_a_size_too(server_of_nobody):
    one = filled(server_of_nobody)
    assert one.invoke("f", {"mib": 300}).json == 300
    assert one.invoke("f", {"exit": 1}).json["errorType"] == "Runtime.ExitError"
    assert one.invoke("f", {"mib": 300}).json == errno.ENOSPC


def test_what_is_in_a_tmp_with_a_size_is_no_memory_of_the_function(anyones):
    one = filled(anyones, more="memory_size = 128\n")
    for part in range(1, 6):
        assert one.invoke("f", {"mib": 60}).json == 60 * part


# --- The share of the processors ---

BURN_APP = """
import os, subprocess, sys, time
from time import monotonic

CHILD = "import time; end = time.process_time() + {}\\nwhile time.process_time() < end: pass"

def handler(event, context):
    began, used = monotonic(), sum(os.times()[:4])
    if event.get("child"):
        subprocess.run([sys.executable, "-c", CHILD.format(event["seconds"])])
    else:
        end = time.process_time() + event["seconds"]
        while time.process_time() < end:
            pass
    return (sum(os.times()[:4]) - used) / (monotonic() - began)
"""


def burn_server(start, memory, more=""):
    config = f'[handlers.f]\nhandler_path = "app.handler"\nmemory_size = {memory}\ntimeout = 50\n' + more
    return start({"smyth.toml": config, "app.py": BURN_APP})


@pytest.mark.alone
def test_a_share_of_a_processor_is_that_of_the_memory(anyones):
    one = burn_server(anyones, 256, 'cpu = "proportional"\n[handlers.free]\nhandler_path = "app.handler"\ntimeout = 50\n')
    one.invoke("f", {"seconds": 0.01})
    share = 256 / 1769
    # What else runs on this machine can only take from it: the best of a few is what it has.
    found = max(one.invoke("f", {"seconds": 4 * share}).json for _ in range(3))
    assert found <= 1.1 * share
    # A machine that is busy gives nobody as much.
    assert found >= 0.9 * share or one.invoke("free", {"seconds": 0.2}).json < 3 * share


@pytest.mark.alone
def test_half_of_a_processor_is_not_more(anyones):
    one = burn_server(anyones, 885, 'cpu = "proportional"\n')
    one.invoke("f", {"seconds": 0.01})
    assert one.invoke("f", {"seconds": 1}).json <= 1.1 * 885 / 1769


@pytest.mark.alone
def test_what_is_called_before_it_is_frozen_has_no_more(server_of_nobody):
    one = burn_server(server_of_nobody, 885, 'cpu = "proportional"\n')
    one.invoke("f", {"seconds": 0.01})
    shares = []
    with one.connect() as kept:
        for _ in range(20):
            shares.append(kept.request("POST", "/2015-03-31/functions/f/invocations", b'{"seconds": 0.15}').json)
            time.sleep(0.0005)  # It is frozen a millisecond after its answer.
    # It may catch up on 25 ms, it is looked at every 10 ms, and that is also the unit of its times.
    assert max(shares) <= 0.8


@pytest.mark.alone
def test_a_childs_time_is_its_environments(anyones):
    one = burn_server(anyones, 256, 'cpu = "proportional"\n')
    one.invoke("f", {"seconds": 0.01})
    assert one.invoke("f", {"seconds": 0.3, "child": True}).json <= 1.2 * 256 / 1769


def test_the_groups_of_shares_go_with_their_environments(server):
    one = burn_server(server, 256, 'cpu = "proportional"\n')
    one.invoke("f", {"seconds": 0.05})
    if not groups(one.pid):
        pytest.skip("this user can make no groups")
    one.stop()
    assert not groups(one.pid)


def test_without_it_all_processors_are_its_own(server):
    one = burn_server(server, 128)
    assert one.invoke("f", {"seconds": 0.3}).json > 1.5 * 128 / 1769


# --- The number of processes ---

THREADS_APP = """
import resource, threading

def handler(event, context):
    go_on = threading.Event()
    threads = []
    try:
        while len(threads) < 800:
            threads.append(threading.Thread(target=go_on.wait))
            threads[-1].start()
    except RuntimeError:
        threads.pop()
    go_on.set()
    for thread in threads:
        thread.join()
    return [len(threads), resource.getrlimit(resource.RLIMIT_NPROC)]
"""


def test_a_user_has_at_most_742_processes_in_a_namespace_of_its_own(server_of_nobody):
    one = server_of_nobody({"smyth.toml": '[handlers.f]\nhandler_path = "app.handler"\ntimeout = 30\nconcurrency = 2\n',
                            "app.py": THREADS_APP})
    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(one.invoke, "f", {}) for _ in range(2)]
        for answer in answers:
            count, limit = answer.result().json
            assert limit == [742, 742]
            assert 700 < count < 742


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_that_root_has_no_limit_of_processes_is_said_at_level_debug(server, server_of_nobody, level):
    files = {"smyth.toml": '[handlers.f]\nhandler_path = "app.handler"\n', "app.py": "def handler(event, context): pass\n"}
    by_root = subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode == 0 and level == "DEBUG"
    by = server(files, "--log-level", level)
    if by_root:
        by.wait_for_log("no limit of 742 processes")
    for one in (server_of_nobody(files, "--log-level", level), *([] if by_root else [by])):
        one.invoke("f", {})  # All that is said at the start has been said.
        assert "no limit of 742 processes" not in one.log()


def test_isolated_code_can_only_be_read(anyones):
    code = """
        import os
        def handler(event, context):
            try:
                open(os.path.join(os.path.dirname(__file__), "made"), "w")
            except OSError as error:
                return error.strerror
    """
    config = '[handlers.{0}]\nhandler_path = "app.handler"\n'
    one = anyones({"smyth.toml": config.format("open") + config.format("closed") + "isolate = true\n", "app.py": code})
    one.folder.chmod(0o777)
    assert one.invoke("closed", {}).json == "Read-only file system"
    assert one.invoke("open", {}).json is None
    assert os.path.exists(one.folder / "made")
