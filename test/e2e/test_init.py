"""The first phase of an environment: its limit, its failures, its second try."""

import re
import time

import pytest

from harness.processes import wait_until
from harness.server import Background

FUNCTION = '[handlers.a]\nhandler_path = "app.handler"\nurl_path = "/a"\ntimeout = 1\n'


def test_the_module_runs_once_in_each_environment(server, gate):
    one = server({"smyth.toml": FUNCTION + "concurrency = 2\n",
                  "app.py": "import os\nfrom gate import hold\nPID, RUNS = os.getpid(), []\nRUNS.append(1)\n"
                            "def handler(event, context):\n    hold(event['gate'])\n    return [PID == os.getpid(), RUNS]\n"})
    door = gate()
    calls = [Background(one.invoke, "a", {"gate": str(door)}) for _ in range(2)]
    door.wait_entered(2)
    door.open()
    assert [call.result().json for call in calls] == [[True, [1]]] * 2


@pytest.mark.alone
def test_init_does_not_count_against_the_functions_timeout(server):
    one = server({"smyth.toml": FUNCTION, "app.py": "import time\ntime.sleep(1.5)\ndef handler(event, context):\n"
                                                    "    return context.get_remaining_time_in_millis()\n"})
    assert 900 < one.invoke("a", {}).json <= 1000


def test_an_init_that_exits_is_tried_once_more(server, tmp_path):
    one = server({"smyth.toml": FUNCTION, "app.py": f"""
        import os
        mark = {str(tmp_path / 'mark')!r}
        if not os.path.exists(mark):
            open(mark, "w").close()
            os._exit(3)
        def handler(event, context):
            return "second try"
        """})
    assert one.invoke("a", {}).json == "second try"


def test_an_init_that_raises_is_tried_anew_by_the_next_invocation_alone(server, tmp_path):
    one = server({"smyth.toml": FUNCTION, "app.py": f"""
        with open({str(tmp_path / 'runs')!r}, "a") as file:
            file.write("x")
        raise LookupError("never")
        """})
    for count in (1, 2, 3):
        assert one.invoke("a", {}).json["errorType"] == "LookupError"
        assert (tmp_path / "runs").read_text() == "x" * count
        assert one.states("a") == ["cold"]


@pytest.mark.alone
def test_those_that_wait_behind_a_failing_init_all_get_its_error(server):
    one = server({"smyth.toml": FUNCTION, "app.py": "import time\ntime.sleep(0.2)\nimport nothing_of_that_name\n"})
    calls = [Background(one.invoke, "a", {}) for _ in range(4)]
    assert [call.result().json["errorType"] for call in calls] == ["Runtime.ImportModuleError"] * 4


@pytest.mark.load
def test_an_init_over_ten_seconds_is_stopped_and_tried_under_the_functions_timeout(server, tmp_path):
    one = server({"smyth.toml": FUNCTION + '[handlers.b]\nhandler_path = "slow.handler"\ntimeout = 1\n',
                  "app.py": f"""
        import os, time
        mark = {str(tmp_path / 'mark')!r}
        if not os.path.exists(mark):
            open(mark, "w").close()
            time.sleep(60)
        def handler(event, context):
            return "second try"
        """, "slow.py": "import time\ntime.sleep(60)\n"})
    began = time.monotonic()
    slow = Background(one.invoke, "b", {})
    assert one.invoke("a", {}).json == "second try"
    assert 10 <= time.monotonic() - began < 10.9
    document = slow.result().json
    assert 11 <= time.monotonic() - began < 12
    assert document["errorType"] == "Sandbox.Timedout" and "timed out after 1.00 seconds" in document["errorMessage"]
    wait_until(lambda: one.states("b") == ["cold"])
    assert re.search(r"b:0", one.log())
