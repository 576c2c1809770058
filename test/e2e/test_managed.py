"""Managed Instances: several invocations at once in one environment, with Lambda's own client for Python."""

import re
import sys
import time

import pytest

from harness.server import at_once

CONFIG = f"""
[handlers.app]
command = ["{sys.executable}", "-m", "awslambdaric", "app.handler"]
per_environment_concurrency = %d
concurrency = %d
timeout = %s
"""

# The runtime is the parent of its workers: who has the same parent is in the same environment.
APP = """
    import os, signal, time

    def handler(event, context):
        exec(event.get("code", ""), globals())
        time.sleep(event.get("sleep", 0))
        return {"environment": os.getppid(), "worker": os.getpid(), "id": context.aws_request_id}
"""


@pytest.fixture
def start(server):
    def make(each=4, concurrency=1, timeout=20, app=APP):
        return server({"smyth.toml": CONFIG % (each, concurrency, timeout), "app.py": app})

    return make


def results(responses):
    for response in responses:
        assert response.status == 200 and response.header("X-Amz-Function-Error") is None, response
    return [response.json for response in responses]


def test_several_invocations_run_at_once_in_one_environment(start):
    one = start(each=4)
    began = time.monotonic()
    answers = results(at_once(4, one.invoke, "app", {"sleep": 1}))
    assert time.monotonic() - began < 6
    assert len({answer["environment"] for answer in answers}) == 1
    assert len({answer["worker"] for answer in answers}) == 4
    assert len({answer["id"] for answer in answers}) == 4
    # A fifth has to wait, warm ones have not.
    began = time.monotonic()
    results(at_once(5, one.invoke, "app", {"sleep": 0.7}))
    assert 1.4 <= time.monotonic() - began < 5


def test_max_memory_used_is_measured_of_short_invocations_too(start):
    one = start()
    results([one.invoke("app", {}) for _ in range(3)])
    log = [record["text"] for record in one.get("/smyth/api/logs").json["records"]]
    reports = [text for text in log if "REPORT RequestId" in text]
    assert len(reports) == 3
    assert all(int(re.search(r"Max Memory Used: (\d+) MB", text)[1]) > 5 for text in reports), reports


def test_a_second_environment_serves_what_the_first_has_no_room_for(start):
    one = start(each=2, concurrency=2)
    answers = results(at_once(4, one.invoke, "app", {"sleep": 1.5}))
    environments = [answer["environment"] for answer in answers]
    assert sorted(environments.count(each) for each in set(environments)) == [2, 2]


def test_a_hundred_in_a_row_and_at_once(start):
    one = start(each=4)
    answers = results([one.invoke("app", {}) for _ in range(100)])
    answers += results(at_once(50, one.invoke, "app", {}))
    assert len({answer["environment"] for answer in answers}) == 1
    assert len({answer["id"] for answer in answers}) == 150


def test_the_variables_are_those_of_managed_instances(start):
    one = start(each=3)
    answer = one.invoke("app", {"code": """
def handler(event, context):
    return [os.environ["AWS_LAMBDA_MAX_CONCURRENCY"], os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
"""})
    results([answer])
    code = "raise Exception([os.environ[name] for name in ('AWS_LAMBDA_MAX_CONCURRENCY', 'AWS_LAMBDA_INITIALIZATION_TYPE')])"
    response = one.invoke("app", {"code": code})
    assert response.json["errorMessage"] == "['3', 'lambda-managed-instances']"
    assert response.header("X-Amz-Function-Error") == "Unhandled"


def test_a_timeout_answers_the_caller_and_lets_the_code_run_on(start, tmp_path):
    one = start(each=2, timeout=1)
    done = tmp_path / "done"
    before = results([one.invoke("app", {})])[0]["environment"]
    late = one.invoke("app", {"code": f"time.sleep(2); open({str(done)!r}, 'w').close()"})
    assert late.json["errorType"] == "Sandbox.Timedout"
    assert re.search(r"Task timed out after 1.00 seconds", late.json["errorMessage"])
    # The other worker serves, and the one that was late does when it is done.
    assert results([one.invoke("app", {})])[0]["environment"] == before
    deadline = time.monotonic() + 8
    while not done.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert done.exists()
    answers = results(at_once(2, one.invoke, "app", {"sleep": 0.6}))
    assert {answer["environment"] for answer in answers} == {before}


def test_an_environment_that_dies_fails_what_runs_in_it_and_is_replaced(start):
    one = start(each=2)
    before = results([one.invoke("app", {})])[0]["environment"]
    crash = "os.kill(os.getppid(), signal.SIGKILL); time.sleep(5)"
    for response in at_once(2, one.invoke, "app", {"code": crash}):
        assert response.json["errorType"] == "Runtime.ExitError", response
    after = results([one.invoke("app", {})])[0]["environment"]
    assert after != before


def test_an_error_of_init_is_that_of_each_invocation(start):
    one = start(each=2, app="raise KeyError('no')")
    for response in at_once(2, one.invoke, "app", {}):
        assert response.json["errorType"] == "KeyError", response
        assert response.header("X-Amz-Function-Error") == "Unhandled"


def test_changed_code_runs_in_another_environment(start):
    one = start(each=2)
    before = results([one.invoke("app", {})])[0]["environment"]
    one.write("app.py", APP.replace("return {", "return {'new': True, "))
    answers = results(at_once(2, one.invoke, "app", {"sleep": 0.3}))
    assert all(answer["new"] and answer["environment"] != before for answer in answers)


def test_nothing_is_left_behind(start):
    one = start(each=3)
    results(at_once(3, one.invoke, "app", {"sleep": 0.2}))
    assert len(one.descendants()) >= 4
    one.stop()
    assert one.descendants() == []


OURS = """
[handlers.app]
handler_path = "app.handler"
per_environment_concurrency = 3
timeout = 1
"""
OURS_APP = """
    import os, tempfile, time

    def handler(event, context):
        mark = os.path.join(tempfile.gettempdir(), "mark")
        is_new = not os.path.exists(mark)
        open(mark, "w").close()
        time.sleep(event.get("sleep", 0))
        names = ("AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_INITIALIZATION_TYPE")
        return {"worker": os.getpid(), "is_new": is_new, "variables": [os.environ[name] for name in names]}
"""


def test_our_own_python_has_a_process_with_a_tmp_for_each(server):
    one = server({"smyth.toml": OURS, "app.py": OURS_APP})
    answers = results(at_once(3, one.invoke, "app", {"sleep": 0.4}))
    assert len({answer["worker"] for answer in answers}) == 3
    for answer in answers:
        assert (answer["is_new"], answer["variables"]) == (True, ["3", "lambda-managed-instances"])
    assert one.invoke("app", {"sleep": 5}).json["errorType"] == "Sandbox.Timedout"  # Ends the one that it meets.
    again = {answer["worker"] for answer in results(at_once(3, one.invoke, "app", {"sleep": 0.4}))}
    assert len(again & {answer["worker"] for answer in answers}) == 2


def test_too_many_at_once_are_refused_with_a_reason(server):
    with pytest.raises(Exception, match="per_environment_concurrency"):
        server({"smyth.toml": CONFIG % (64, 100, 3), "app.py": APP})
