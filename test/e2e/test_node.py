"""Functions in Node, whose environments are processes of our bootstrap."""

import json
import os
import shutil
import signal
import time

import pytest

from harness import processes
from harness.processes import wait_until
from harness.server import at_once

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node here")

CONFIG = """
[handlers.count]
runtime = "nodejs22.x"
handler_path = "index.handler"
url_path = "/count"
concurrency = 2
timeout = 2
"""

INDEX = """
import { step } from './step.mjs';
let count = 0;
export const handler = async (event, context) => {
  if (event.exit !== undefined) process.exit(event.exit);
  if (event.fail) throw new RangeError(event.fail);
  if (event.reject) Promise.reject(new Error('forgotten'));
  if (event.throw) setImmediate(() => { throw new Error('too late'); });
  if (event.sleep) await new Promise((done) => setTimeout(done, event.sleep));
  console.log('counted', context.functionName);
  count += step;
  return { count, pid: process.pid, name: process.env.AWS_LAMBDA_FUNCTION_NAME, cwd: process.cwd() };
};
"""


@pytest.fixture
def node(server):
    return server({"smyth.toml": CONFIG, "index.mjs": INDEX, "step.mjs": "export const step = 1;\n"})


def count(node, **event):
    response = node.invoke("count", event)
    assert response.header("X-Amz-Function-Error") is None, response.text
    return response.json


def test_an_environment_keeps_its_state(node):
    found = [count(node) for _ in range(3)]
    assert [each["count"] for each in found] == [1, 2, 3]
    assert found[0]["name"] == "count"
    assert found[0]["cwd"] == str(node.folder)
    assert node.states("count") == ["warm", "cold"]
    node.wait_for_log(r"^count:0 \S+ \| \S+\t\S+\tINFO\tcounted count$")


def test_it_answers_http(node):
    response = node.get("/count")
    assert (response.status, response.json["count"]) == (200, 1)


def test_two_at_once_are_served_by_two(node):
    assert len({each["pid"] for each in at_once(2, count, node, sleep=300)}) == 2


def test_a_hundred_in_a_row_need_one(node):
    found = [count(node) for _ in range(100)]
    assert [each["count"] for each in found] == list(range(1, 101))
    assert len({each["pid"] for each in found}) == 1


def test_errors_are_as_awss_client_writes_them(node):
    response = node.invoke("count", {"fail": "too far"})
    assert response.header("X-Amz-Function-Error") == "Unhandled"
    document = response.json
    assert (document["errorType"], document["errorMessage"]) == ("RangeError", "too far")
    assert document["trace"][0] == "RangeError: too far"
    assert count(node)["count"] == 1  # The environment lives on.


@pytest.mark.parametrize("code, words", [(7, "exit status 7"), (0, "without providing a reason")])
def test_an_exit_is_the_callers_error_alone(node, code, words):
    count(node)
    document = node.invoke("count", {"exit": code}).json
    assert document["errorType"] in ("Runtime.ExitError", "Runtime.NodeJsExit"), document
    assert words in document["errorMessage"] or document["errorType"] == "Runtime.NodeJsExit"
    assert count(node)["count"] == 1


@pytest.mark.parametrize("way, kind", [("reject", "Runtime.UnhandledPromiseRejection"), ("throw", "Error")])
@pytest.mark.parametrize("pause", [0, 0.05])
def test_one_that_dies_of_an_error_serves_nobody_else(node, way, kind, pause):
    for _ in range(5):
        assert count(node)["count"] == 1
        assert node.invoke("count", {way: True, "sleep": 500}).json["errorType"] == kind
        time.sleep(pause)


def test_a_timeout_ends_the_environment(node):
    count(node)
    document = node.invoke("count", {"sleep": 60_000}).json
    assert document["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 2.00 seconds" in document["errorMessage"]
    assert count(node)["count"] == 1


@pytest.mark.parametrize("source, kind", [
    ("import './none.mjs';", "Error"),  # Only require() has Runtime.ImportModuleError there.
    ("import m from 'node:module'; m.createRequire(import.meta.url)('./none');", "Runtime.ImportModuleError"),
    ("export const other = 1;", "Runtime.HandlerNotFound"),
    ("export const handler = ;", "Runtime.UserCodeSyntaxError"),
])
def test_a_failed_init_is_reported(server, source, kind):
    node = server({"smyth.toml": CONFIG, "index.mjs": source})
    response = node.invoke("count", {})
    assert response.header("X-Amz-Function-Error") == "Unhandled"
    assert response.json["errorType"] == kind
    node.write("index.mjs", INDEX)
    node.write("step.mjs", "export const step = 5;\n")
    assert count(node)["count"] == 5


@pytest.mark.parametrize("name, text", [
    ("step.mjs", "export const step = 10;\n"), ("index.mjs", INDEX.replace("count = 0", "count = 9"))])
def test_a_saved_module_is_met_by_the_next_request(node, name, text):
    assert count(node)["count"] == 1
    node.write(name, text)
    assert count(node)["count"] == 10


def test_one_process_stands_by(node):
    count(node)

    def node_count():
        return sum(any("bootstrap.mjs" in word for word in processes.command_of(pid)) for pid in node.descendants())

    wait_until(lambda: node_count() == 2, what="one environment and one process that waits")
    there = set(node.descendants())
    pids = {answer["pid"] for answer in at_once(2, count, node, sleep=300)}
    assert len(pids) == 2 and pids <= there  # The one that waited is the second environment.
    wait_until(lambda: node_count() == 3, what="two environments and one process that waits")


def test_nothing_is_left_after_a_kill(node):
    count(node)
    below = node.descendants()
    node.signal(signal.SIGKILL)
    node.wait()
    wait_until(lambda: not any(processes.is_alive(pid) for pid in below), 1.0, "nothing left")


def test_where_there_is_no_node_the_caller_is_told(server):
    path = os.pathsep.join(
        folder for folder in os.environ["PATH"].split(os.pathsep) if not os.path.exists(os.path.join(folder, "node")))
    node = server({"smyth.toml": CONFIG, "index.mjs": INDEX}, environ={"PATH": path or "/nowhere"})
    document = node.invoke("count", {}).json
    assert document["errorType"] == "Runtime.InvalidEntrypoint"
    assert "fork/exec node: no such file or directory" in document["errorMessage"]
    assert json.dumps(document).count("RequestId") == 1


def test_the_node_of_the_nearest_package_runs(server):
    node = shutil.which("node")
    folders = os.environ["PATH"].split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if not os.path.exists(os.path.join(folder, "node")))
    one = server({"smyth.toml": CONFIG + 'code = "deep/er"\n', "deep/er/index.mjs": INDEX,
                  "deep/er/step.mjs": "export const step = Number(process.execArgv[0].at(-1));\n",
                  # As npm's package `node` has it; of two the nearer one counts.
                  "node_modules/node/bin/node": f"#!/bin/sh\nexec {node} --title=1 \"$@\"\n",
                  "deep/node_modules/node/bin/node": f"#!/bin/sh\nexec {node} --title=2 \"$@\"\n"},
                 environ={"PATH": path or "/nowhere"})
    assert count(one)["count"] == 2


def test_a_node_without_a_handler_is_a_mistake(server):
    with pytest.raises(AssertionError, match="function `count` has no `handler_path`"):
        server({"smyth.toml": '[handlers.count]\nruntime = "nodejs20.x"\n'})
