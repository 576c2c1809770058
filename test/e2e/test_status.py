"""The status page is true at every moment, in the original's words."""

import os
import signal

import pytest
from harness.processes import wait_until
from harness.server import Background

APP = """
import time
from gate import hold

def handler(event, context):
    if event.get("gate"):
        hold(event["gate"])
    return 1
"""


def config(**settings):
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return {"smyth.toml": f'[handlers.a]\nhandler_path = "app.handler"\n{lines}', "app.py": APP}


def test_the_words_and_the_shape_are_the_originals(server):
    one = server(config(concurrency=2))
    response = one.get("/smyth/api/status")
    assert response.header("content-type") == "application/json"
    assert list(response.json) == ["lambda handlers"] and list(response.json["lambda handlers"]) == ["a"]
    processes = response.json["lambda handlers"]["a"]["processes"]
    assert [(one["state"], one["task_counter"]) for one in processes] == [("cold", 0)] * 2


def test_cold_working_warm_are_told_as_they_come(server, gate):
    one = server(config(concurrency=3))
    first, second = gate("first"), gate("second")
    calls = [Background(one.invoke, "a", {"gate": str(first)})]
    first.wait_entered()
    assert one.states("a") == ["working", "cold", "cold"]
    calls.append(Background(one.invoke, "a", {"gate": str(second)}))
    second.wait_entered()
    assert one.states("a") == ["working", "working", "cold"]
    second.open()
    calls[1].result()
    assert one.states("a") == ["working", "warm", "cold"]
    first.open()
    calls[0].result()
    assert one.states("a") == ["warm", "warm", "cold"]
    assert one.counters("a") == [1, 1, 0]


def test_one_that_initialises_is_working(server, gate):
    door = gate()
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "app.handler"\n',
                  "app.py": f"from gate import hold\nhold({str(door)!r})\ndef handler(event, context):\n    return 1\n"})
    call = Background(one.invoke, "a", {})
    door.wait_entered()
    assert one.states("a") == ["working"]
    door.open()
    call.result()
    assert one.states("a") == ["warm"]


def test_the_counter_counts_what_the_slot_was_given_whatever_became_of_it(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "app.handler"\ntimeout = 0.2\n',
                  "app.py": "import os, time\ndef handler(event, context):\n    exec(event['code'])\n    return 1\n"})
    for number, code in enumerate(("pass", "1 / 0", "time.sleep(9)", "os._exit(1)", "pass"), 1):
        one.invoke("a", {"code": code})
        assert one.counters("a") == [number], code
    assert one.states("a") == ["warm"]
    one.invoke("a", {"code": "time.sleep(9)"})
    assert (one.states("a"), one.counters("a")) == (["cold"], [6])  # Reset: no process stands behind it.


def test_it_stands_under_the_configured_prefix(server):
    one = server({**config(), "smyth.toml": 'smyth_path_prefix = "/own/pages"\n' + config()["smyth.toml"]})
    assert "a" in one.get("/own/pages/api/status").json["lambda handlers"]
    assert one.get("/smyth/api/status").status == 404


def test_only_get_and_head_are_served(shared):
    assert shared.request("HEAD", "/smyth/api/status").status == 200
    response = shared.request("POST", "/smyth/api/status", "{}")
    assert response.status == 405 and "GET" in response.header("allow")


def test_functions_stand_in_the_order_of_the_file(server):
    names = ["zeta", "alpha", "mid"]
    one = server({"smyth.toml": "".join(f'[handlers.{name}]\nhandler_path = "app.handler"\n' for name in names), "app.py": APP})
    assert list(one.status()) == names


@pytest.mark.alone
def test_an_idle_death_shows_at_once(shared):
    pid = shared.run("import os; return os.getpid()", function="single")
    assert shared.states("single") == ["warm"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: shared.states("single") == ["cold"], 0.5, "the death in the status")
    assert shared.run("return 1", function="single") == 1
