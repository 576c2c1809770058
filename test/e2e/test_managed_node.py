"""Managed Instances with Node: our bootstrap serves several invocations at once in one environment.

Reference: lambda-node.md, "Managed Instances".
"""

import base64
import shutil
import time

import pytest

from harness.processes import wait_until
from harness.server import Background, at_once

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node here")

CONFIG = """
[handlers.app]
runtime = "nodejs22.x"
handler_path = "index.handler"
per_environment_concurrency = %d
concurrency = %d
timeout = %s
"""

INDEX = """
import fs from 'node:fs';
import { threadId } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
let running = 0, most = 0;
export const handler = async (event, context) => {
  most = Math.max(most, running += 1);
  try {
    for (const line of event.lines ?? []) {
      console.log(line);
      await sleep(20);
    }
    if (event.sleep) await sleep(event.sleep);
    const more = event.code && await eval(`(async () => { ${event.code} })()`);
    return { pid: process.pid, thread: threadId, id: context.awsRequestId, most, more };
  } finally {
    running -= 1;
  }
};
"""


@pytest.fixture
def start(server):
    def make(each=4, concurrency=1, timeout=20, index=INDEX, more=""):
        return server({"smyth.toml": CONFIG % (each, concurrency, timeout) + more, "index.mjs": index})

    return make


def results(responses):
    for response in responses:
        assert response.status == 200 and response.header("X-Amz-Function-Error") is None, response
    return [response.json for response in responses]


def result(one, **event):
    return results([one.invoke("app", event)])[0]


def test_several_invocations_run_at_once_in_one_environment(start):
    one = start(each=4)
    result(one)
    began = time.monotonic()
    answers = results(at_once(4, one.invoke, "app", {"sleep": 700}))
    assert time.monotonic() - began < 1.4
    assert len({answer["pid"] for answer in answers}) == 1
    assert max(answer["most"] for answer in answers) == 4  # They share the module's state.
    assert len({answer["id"] for answer in answers}) == 4
    began = time.monotonic()
    results(at_once(5, one.invoke, "app", {"sleep": 400}))  # A fifth has to wait.
    assert time.monotonic() - began >= 0.8


def test_a_second_environment_serves_what_the_first_has_no_room_for(start):
    one = start(each=2, concurrency=2)
    pids = [answer["pid"] for answer in results(at_once(4, one.invoke, "app", {"sleep": 1500}))]
    assert sorted(pids.count(each) for each in set(pids)) == [2, 2]


def test_each_worker_thread_has_a_module_of_its_own(start):
    one = start(each=4, more='env = { AWS_LAMBDA_NODEJS_WORKER_COUNT = "2" }\n')
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:  # The second one may begin later.
        answers = results(at_once(4, one.invoke, "app", {"sleep": 300}))
        threads = [answer["thread"] for answer in answers]
        if len(set(threads)) == 2:
            break
    assert sorted(threads.count(each) for each in set(threads)) == [2, 2]
    assert len({answer["pid"] for answer in answers}) == 1


def test_a_hundred_in_a_row_and_at_once(start):
    one = start(each=8)
    answers = results([one.invoke("app", {}) for _ in range(100)]) + results(at_once(50, one.invoke, "app", {}))
    assert len({answer["pid"] for answer in answers}) == 1
    assert len({answer["id"] for answer in answers}) == 150


def test_what_is_logged_belongs_to_the_invocation_that_logs_it(start):
    one = start(each=3)
    result(one)

    def tail(name):
        response = one.invoke("app", {"lines": [f"{name} {count}" for count in range(5)]}, {"X-Amz-Log-Type": "Tail"})
        return response.json["id"], base64.b64decode(response.header("X-Amz-Log-Result")).decode()

    for name, background in [(name, Background(tail, name)) for name in ("red", "green", "blue")]:
        request_id, text = background.result()
        lines = [line.split("\t") for line in text.splitlines() if "\tINFO\t" in line]
        assert [line[1:] for line in lines] == [[request_id, "INFO", f"{name} {count}"] for count in range(5)], text


def test_the_context_and_the_variables_are_those_of_managed_instances(start):
    one = start(each=3)
    found = result(one, code="""
        const { AWS_LAMBDA_MAX_CONCURRENCY, AWS_LAMBDA_INITIALIZATION_TYPE, AWS_EXECUTION_ENV, _X_AMZN_TRACE_ID } = process.env;
        return { context, left: context.getRemainingTimeInMillis(), variables: [AWS_LAMBDA_MAX_CONCURRENCY,
          AWS_LAMBDA_INITIALIZATION_TYPE, AWS_EXECUTION_ENV, _X_AMZN_TRACE_ID ?? null] };""")["more"]
    assert found["variables"] == ["3", "lambda-managed-instances", "AWS_Lambda_nodejs22.x", None]
    context = found["context"]
    assert (context["functionName"], context["functionVersion"], context["memoryLimitInMB"]) == ("app", "$LATEST", "128")
    assert context["invokedFunctionArn"].endswith(":function:app")
    assert context["xRayTraceId"].startswith("Root=1-")
    assert 15_000 < found["left"] <= 20_000


def test_an_error_is_that_of_one_invocation_alone(start):
    one = start(each=2)
    slow = Background(result, one, sleep=600)
    response = one.invoke("app", {"code": "throw new RangeError('no');"})
    assert response.header("X-Amz-Function-Error") == "Unhandled"
    assert (response.json["errorType"], response.json["errorMessage"]) == ("RangeError", "no")
    assert response.json["trace"][0] == "RangeError: no"
    pid = slow.result()["pid"]
    response = one.invoke("app", {"code": "return 1n;"})
    assert response.json["errorMessage"] == "Unable to stringify response body"
    assert result(one)["pid"] == pid


def test_a_timeout_answers_the_caller_and_lets_the_code_run_on(start, tmp_path):
    one = start(each=2, timeout=1)
    done = tmp_path / "done"
    pid = result(one)["pid"]
    late = one.invoke("app", {"sleep": 1600, "code": f"fs.writeFileSync({str(done)!r}, '')"})
    assert late.json["errorType"] == "Sandbox.Timedout"
    assert result(one)["pid"] == pid
    wait_until(done.exists, what="the end of the late one")
    assert {answer["pid"] for answer in results(at_once(2, one.invoke, "app", {"sleep": 300}))} == {pid}


@pytest.mark.parametrize("code, kind, message", [
    ("setImmediate(() => { throw new TypeError('lost'); }); await sleep(5000);", "TypeError", "lost"),
    ("Promise.reject(new Error('forgotten')); await sleep(5000);", "Runtime.UnhandledPromiseRejection", "Error: forgotten"),
    ("process.exit(7);", "Runtime.ExitError", "exit status 7"),
    ("process.kill(process.pid, 'SIGKILL'); await sleep(5000);", "Runtime.ExitError", "signal: killed"),
])
def test_what_ends_the_environment_fails_all_that_run_in_it(start, code, kind, message):
    one = start(each=2)
    pid = result(one)["pid"]
    other = Background(one.invoke, "app", {"sleep": 10_000})
    time.sleep(0.3)
    for response in (one.invoke("app", {"code": code}), other.result()):
        assert response.json["errorType"] == kind and message in response.json["errorMessage"], response
    assert result(one)["pid"] != pid


@pytest.mark.parametrize("index, kind", [
    ("export const handler = ;", "Runtime.UserCodeSyntaxError"),
    ("export const other = 1;", "Runtime.HandlerNotFound"),
    ("throw new EvalError('never');", "EvalError"),
    ("export const handler = (event, context, callback) => callback(null, 1);", "Runtime.CallbackHandlerDeprecated"),
])
def test_an_error_of_init_is_that_of_each_invocation(start, index, kind):
    one = start(each=2, index=index)
    for response in at_once(2, one.invoke, "app", {}):
        assert response.header("X-Amz-Function-Error") == "Unhandled"
        assert response.json["errorType"] == kind, response
    one.write("index.mjs", INDEX)
    assert result(one)["most"] == 1


def test_a_stream_arrives_whole_and_what_any_function_returns_is_its_result(start):
    one = start(each=2, index="""
        export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
          stream.write('first ');
          stream.end(context.awsRequestId.length.toString());
        });""")
    assert [response.text for response in at_once(2, one.invoke, "app", {})] == ["first 36"] * 2
    one.write("index.mjs", "export const handler = (event) => event.n + 1;\n")
    assert one.invoke("app", {"n": 41}).json == 42


def test_changed_code_runs_in_another_environment(start):
    one = start(each=2)
    before = result(one)["pid"]
    one.write("index.mjs", INDEX.replace("{ pid:", "{ isNew: true, pid:"))
    answers = results(at_once(2, one.invoke, "app", {"sleep": 200}))
    assert all(answer["isNew"] and answer["pid"] != before for answer in answers)


def test_events_and_results_of_six_megabytes_pass(start):
    one = start(each=2, index="export const handler = async (event) => event;")
    text = "ü" * 2_900_000
    assert one.invoke("app", f'"{text}"'.encode()).json == text
