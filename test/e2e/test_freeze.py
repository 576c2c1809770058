"""Between two invocations an environment stands still, as on Lambda (lambda-environments.md, freeze and thaw)."""

import re
import shutil
import time

import pytest

from harness import processes
from harness.processes import wait_until

APP = """
import threading, time
count = 0

def work():
    global count
    while True:
        count += 1
        time.sleep(0.001)

def handler(event, context):
    if count == 0:
        threading.Thread(target=work, daemon=True).start()
        time.sleep(0.05)
    return count
"""

CONFIG = '[handlers.work]\nhandler_path = "app.handler"\n'
PROVIDED = '[handlers.work]\nruntime = "provided.al2023"\n'


def test_a_thread_does_not_go_on_between_invocations(server):
    one = server({"smyth.toml": CONFIG, "app.py": APP})
    first = one.invoke("work").json
    time.sleep(0.5)
    assert one.invoke("work").json - first < 50  # A few steps before the freeze and after the thaw.


def test_it_does_with_freeze_turned_off(server):
    one = server({"smyth.toml": CONFIG + "freeze = false\n", "app.py": APP})
    first = one.invoke("work").json
    wait_until(lambda: one.invoke("work").json - first > 100, what="the thread's work")


def test_it_does_for_a_debugger(server):
    one = server({"smyth.toml": CONFIG, "app.py": APP}, "--no-timeout")
    first = one.invoke("work").json
    wait_until(lambda: one.invoke("work").json - first > 100, what="the thread's work")


def test_a_frozen_environment_uses_no_processor_time(server):
    one = server({"smyth.toml": CONFIG, "app.py": APP.replace("time.sleep(0.001)", "pass")})
    one.invoke("work")
    [pid] = [pid for pid in one.descendants() if state(pid) == "T"] or wait_until(
        lambda: [pid for pid in one.descendants() if state(pid) == "T"], what="a frozen environment")
    before = ticks(pid)
    time.sleep(0.2)
    assert ticks(pid) == before


TICKING_NODE = """
let count = 0;
setInterval(() => { count += 1; }, 1);
exports.handler = async () => (await new Promise((go) => setTimeout(go, 20)), count);
"""
TICKING_PROGRAM = """
#!/bin/bash
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
(while sleep 0.001; do echo -n x >>/tmp/ticks; done) &
while true; do
  curl -sS --dump-header /tmp/head --output /dev/null "$api/invocation/next"
  id=$(tr -d '\\r' </tmp/head | sed -n 's/^lambda-runtime-aws-request-id: //Ip')
  sleep 0.02
  curl -sS --output /dev/null --data-binary "$(wc -c </tmp/ticks)" "$api/invocation/$id/response"
done
"""


@pytest.mark.parametrize("runtime", [
    pytest.param("nodejs22.x", marks=pytest.mark.skipif(not shutil.which("node"), reason="there is no Node here")),
    "provided.al2023"])
def test_timers_of_node_and_children_of_programs_stand_still_too(server, runtime):
    config = f'[handlers.work]\nruntime = "{runtime}"\nhandler_path = "index.handler"\n'
    one = server({"smyth.toml": config, "index.js": TICKING_NODE, "bootstrap": TICKING_PROGRAM})
    first = one.invoke("work").json
    assert first > 0
    time.sleep(0.5)
    assert 0 < one.invoke("work").json - first < 70  # While it served, and a few steps beside.


def fields(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def state(pid):
    return fields(pid)[0] if processes.is_alive(pid) else ""


def ticks(pid):
    return int(fields(pid)[11]) + int(fields(pid)[12])


LEFT = """
import asyncio, concurrent.futures, os, socket, subprocess, sys, threading, time

pool = concurrent.futures.ThreadPoolExecutor(2)
loop = asyncio.new_event_loop()
kept = []

async def later():
    await asyncio.sleep(100)

def handler(event, context):
    if event == "thread":
        threading.Thread(target=time.sleep, args=(100,), name="uploader", daemon=True).start()
    elif event == "child":
        subprocess.Popen(["sleep", "98"])
    elif event == "nameless":  # As every child is in the instant of its exec.
        kept.append(subprocess.Popen([""], executable="/bin/sh", stdin=subprocess.PIPE))
    elif event == "task":
        async def start():
            kept.append(asyncio.get_running_loop().create_task(later()))
        loop.run_until_complete(start())
    elif event == "socket":
        listener = socket.create_server(("127.0.0.1", 0))
        one = socket.create_connection(listener.getsockname())
        other, _ = listener.accept()
        other.sendall(b"1234567")
        kept.extend((listener, one, other))
        time.sleep(0.01)
    elif event == "nothing":
        list(pool.map(str, range(3)))  # Its threads wait for work.
        subprocess.run(["true"])
        asyncio.run(asyncio.sleep(0))
        listener = socket.create_server(("127.0.0.1", 0))
        kept.extend((listener, socket.create_connection(listener.getsockname()), listener.accept()))
        time.sleep(0.01)
    return os.getpid()
"""


@pytest.mark.parametrize(["event", "what"], [
    ("thread", "thread `uploader`"),
    ("child", "child process [0-9]+ `sleep 98`"),
    ("nameless", "child process [0-9]+ `sh`"),
    ("task", "asyncio task `later`"),
    ("socket", "socket to 127.0.0.1:[0-9]+ with 7 bytes unread"),
])
def test_what_the_freeze_cuts_short_is_told_once(server, event, what):
    one = server({"smyth.toml": CONFIG, "app.py": LEFT})
    for _ in range(3):
        one.invoke("work", event)
    warning = f"warning: `work:0` is frozen while this still runs: {what}\n"
    wait_until(lambda: len(re.findall(warning, one.log())) == 1, what=f"{warning} once in {one.log()}")
    assert one.log().count("still runs") == 1

    one.write("app.py", LEFT + "\n# changed\n")  # Other code, another warning.
    wait_until(lambda: one.invoke("work", event) and len(re.findall(warning, one.log())) == 2,
               what="a second warning")


def test_what_only_waits_for_the_next_request_is_not_told(server):
    one = server({"smyth.toml": CONFIG, "app.py": LEFT})
    for _ in range(3):
        one.invoke("work", "nothing")
    assert "still runs" not in one.log()


def test_nothing_is_told_where_nothing_is_frozen(server):
    one = server({"smyth.toml": CONFIG + "freeze = false\n", "app.py": LEFT})
    one.invoke("work", "thread")
    one.invoke("work", "thread")
    assert "still runs" not in one.log()


NODE = """
const { spawn } = require('node:child_process');
exports.handler = async (event) => {
  if (event === 'timer') setTimeout(() => {}, 100000);
  if (event === 'child') spawn('sleep', ['97']);
  return 1;
};
"""


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node here")
@pytest.mark.parametrize(["event", "what"], [("timer", "a timer"), ("child", "a child process")])
def test_what_the_freeze_cuts_short_in_node(server, event, what):
    config = '[handlers.work]\nruntime = "nodejs22.x"\nhandler_path = "index.handler"\n'
    one = server({"smyth.toml": config, "index.js": NODE})
    one.invoke("work", "nothing")
    assert "still runs" not in one.log()
    one.invoke("work", event)
    one.invoke("work", event)
    warning = f"warning: `work:0` is frozen while this still runs: {what}"
    wait_until(lambda: one.log().count(warning) == 1, what=f"{warning} once in {one.log()}")


PROGRAM = """
#!/usr/bin/env python3
import http.client, json, os, socket, subprocess, time
api, base = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"]), "/2018-06-01/runtime/invocation/"
kept = [subprocess.Popen(["sleep", "95"])]  # Of its init.
while True:
    api.request("GET", base + "next")
    response = api.getresponse()
    event = json.load(response)
    if event == "child":
        kept.append(subprocess.Popen(["sleep", "96"]))
    elif event == "children":
        kept.extend(subprocess.Popen(["sleep", "97"]) for _ in range(7))
    elif event in ("socket", "nothing"):
        listener = socket.create_server(("127.0.0.1", 0))
        kept.extend((listener, socket.create_connection(listener.getsockname()), listener.accept()[0]))
        if event == "socket":
            kept[-1].sendall(b"1234567")
        else:
            subprocess.run(["true"])
            subprocess.Popen(["true"])  # Nobody waits for it.
        time.sleep(0.01)
    api.request("POST", base + response.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", str(os.getpid()))
    api.getresponse().read()
"""
SHELL = """
#!/bin/bash
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
while true; do
  event=$(curl -sS --dump-header /tmp/head "$api/invocation/next" | cat)
  id=$(tr -d '\\r' </tmp/head | sed -n 's/^lambda-runtime-aws-request-id: //Ip')
  if [ "$event" = '"child"' ]; then sleep 96 & fi
  echo 1 | curl -sS --output /dev/null --data-binary @- "$api/invocation/$id/response"
done
"""


@pytest.mark.parametrize(["program", "event", "what"], [
    pytest.param(PROGRAM, "child", "child process [0-9]+ `sleep 96`", id="child"),
    pytest.param(PROGRAM, "children", "(child process [0-9]+ `sleep 97`, ){5}2 more child processes", id="children"),
    pytest.param(PROGRAM, "socket", "socket to 127.0.0.1:[0-9]+ with 7 bytes unread", id="socket"),
    pytest.param(SHELL, "child", "child process [0-9]+ `sleep 96`", id="shell"),
])
@pytest.mark.parametrize("who", ["server", "server_of_nobody"])
def test_what_the_freeze_cuts_short_in_a_program(request, who, program, event, what):
    one = request.getfixturevalue(who)({"smyth.toml": PROVIDED, "bootstrap": program})
    for _ in range(3):
        one.invoke("work", event)
        wait_until(lambda: stands_still(one), what="the freeze")
    warning = f"warning: `work:0` is frozen while this still runs: {what}\n"
    wait_until(lambda: len(re.findall(warning, one.log())) == 1, what=f"{warning} once in {one.log()}")
    assert one.log().count("still runs") == 1


@pytest.mark.parametrize("program", [PROGRAM, SHELL], ids=["program", "shell"])
def test_what_a_program_needs_for_itself_is_not_told(server, program):
    one = server({"smyth.toml": PROVIDED, "bootstrap": program})
    for _ in range(30):
        one.invoke("work", "nothing")
        wait_until(lambda: stands_still(one), what="the freeze")
    assert "still runs" not in one.log()


def stands_still(one):
    return any(state(pid) == "T" for pid in one.descendants())
