"""Between two invocations an environment stands still, as on Lambda (lambda-environments.md, freeze and thaw)."""

import time

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


def fields(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def state(pid):
    return fields(pid)[0] if processes.is_alive(pid) else ""


def ticks(pid):
    return int(fields(pid)[11]) + int(fields(pid)[12])
