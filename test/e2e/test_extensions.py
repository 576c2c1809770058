"""Extensions (docs/reference/lambda-environments.md, 2.1 and 2.2): external ones from a layer's `extensions/`,
internal ones, their part in init, invocations and the shutdown phase. Each is a real program of its own that
speaks the public API."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from harness import processes
from harness.processes import wait_until
from harness.server import clean_environ

# An extension that writes what it hears to the folder JOURNAL, and does what its variables say.
AGENT = f"""#!{sys.executable}
import http.client, json, os, sys, threading, time

name = os.path.basename(__file__)
BASE = "/2020-01-01/extension"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
identifier = None

def api(method, what, body=None, **headers):
    if identifier:
        headers["Lambda-Extension-Identifier"] = identifier
    connection.request(method, BASE + what, body, {{key.replace("_", "-"): text for key, text in headers.items()}})
    answer = connection.getresponse()
    return answer, answer.read()

def note(what):
    with open(os.path.join(os.environ["JOURNAL"], name), "a") as journal:
        journal.write(what + "\\n")

def steps(phase):
    # The user's code for this phase, if there is any.
    exec(os.environ.get(f"{{name.upper()}}_{{phase}}", ""), globals())

steps("START")
answer, body = api("POST", "/register", json.dumps({{"events": os.environ.get(name.upper(), "INVOKE,SHUTDOWN").split(",")}}),
                   Lambda_Extension_Name=name)
identifier = answer.headers["Lambda-Extension-Identifier"]
note(body.decode())
steps("INIT")
while True:
    answer, body = api("GET", "/event/next")
    event = json.loads(body)
    note(body.decode())
    print("heard", event["eventType"], flush=True)
    if event["eventType"] == "SHUTDOWN":
        steps("SHUTDOWN")
        sys.exit(0)
    steps("INVOKE")
"""

APP = """
import json, os, signal, sys, time
def handler(event, context):
    scope = {**globals(), "event": event, "context": context}
    exec((event or {}).get("code", ""), scope)
    return scope.get("result")
"""
NODE = """
exports.handler = async (event) => event;
"""
PROGRAM = f"""#!{sys.executable}
import http.client, json, os, sys, time
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

def api(method, path, body=None, headers={{}}):
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer, answer.read()

exec(os.environ.get("PROGRAM_INIT", ""), globals())
while True:
    answer, body = api("GET", "/2018-06-01/runtime/invocation/next")
    event = json.loads(body)
    result = None
    exec((event or {{}}).get("code", ""), globals())
    api("POST", f"/2018-06-01/runtime/invocation/{{answer.headers['Lambda-Runtime-Aws-Request-Id']}}/response",
        json.dumps(result))
"""

TABLES = {
    "python": 'handler_path = "app.handler"\n',
    "node": 'runtime = "nodejs22.x"\ncode = "js"\nhandler_path = "index.handler"\n',
    "program": 'runtime = "provided.al2023"\ncode = "bin"\n',
}
RUNTIMES = ["python", "program",
            pytest.param("node", marks=pytest.mark.skipif(not shutil.which("node"), reason="no Node"))]


@pytest.fixture
def extended(server, tmp_path):
    """A server of one function `run` with the extensions that are named, and `read` for their journals."""

    def make(runtime="python", names=("agent",), table="timeout = 10\n", **environ):
        journal = tmp_path / "journal"
        journal.mkdir(exist_ok=True)
        variables = {"JOURNAL": str(journal), **environ}
        lines = "".join(f"{name} = {json.dumps(text)}\n" for name, text in variables.items())
        layers = 'layers = ["layer"]\n' if names else ""
        files = {"smyth.toml": f"[handlers.run]\n{TABLES[runtime]}{layers}{table}\n[handlers.run.env]\n{lines}",
                 "app.py": APP, "js/index.js": NODE, "bin/bootstrap": PROGRAM,
                 **{f"layer/extensions/{name}": AGENT for name in names}}
        started = server(files)

        def read(name="agent"):
            path = Path(journal, name)
            return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

        started.journal, started.read = journal, read
        return started

    return make


def kinds(events):
    return [event.get("eventType", "registered") for event in events]


# --- Their life ---


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_an_extension_hears_of_each_invocation_and_of_the_end(extended, runtime):
    server = extended(runtime)
    first = server.invoke("run", {})
    assert first.status == 200 and first.header("X-Amz-Function-Error") is None, first.text
    second = server.invoke("run", {})
    wait_until(lambda: len(server.read()) == 3, 5, "two events")
    registered, one, two = server.read()
    assert registered["functionName"] == "run" and registered["functionVersion"] == "$LATEST"
    assert one["requestId"] == first.header("x-amzn-RequestId")
    assert two["requestId"] == second.header("x-amzn-RequestId")
    assert one["invokedFunctionArn"].endswith(":function:run")
    assert one["tracing"]["type"] == "X-Amzn-Trace-Id" and one["tracing"]["value"].startswith("Root=1-")
    assert 8_000 < one["deadlineMs"] - time.time() * 1000 < 10_500
    asked = time.time()
    assert server.stop() == 0
    last = server.read()[-1]
    assert (last["eventType"], last["shutdownReason"]) == ("SHUTDOWN", "spindown")
    assert 0 < last["deadlineMs"] - asked * 1000 < 2_100
    assert not processes.descendants(server.pid)


def test_an_extension_writes_to_the_functions_log_until_its_end(extended):
    server = extended(AGENT_INIT="print('up', flush=True)", AGENT_SHUTDOWN="print('bye', flush=True)")
    server.run("result = 1")
    assert server.stop() == 0
    for words in ("up", "heard INVOKE", "heard SHUTDOWN", "bye"):
        assert f"run:0/agent {words}" in server.log() or f"{words}\n" in server.log(), server.log()


def test_variables_of_an_extension_are_those_of_lambda(extended):
    server = extended(AGENT_INIT="note(json.dumps(dict(os.environ)))", OWN="mine")
    server.run("result = 1")
    seen = server.read()[1]
    assert seen["OWN"] == "mine"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "run"
    for name in ("_HANDLER", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
                 "LAMBDA_TASK_ROOT", "AWS_XRAY_DAEMON_ADDRESS"):
        assert name not in seen, name


def test_the_runtime_starts_when_all_have_registered(extended):
    server = extended(names=("agent", "slow"), SLOW_START="time.sleep(0.3); note(json.dumps({'at': time.time()}))")
    server.write("app.py", "import time\nstarted = time.time()\ndef handler(event, context): return started\n")
    started = server.invoke("run", {}).json
    assert started > server.read("slow")[0]["at"]


def test_init_is_over_when_all_ask_for_an_event(extended):
    server = extended(AGENT_INIT="time.sleep(0.4)")
    begun = time.monotonic()
    server.run("result = 1")
    assert time.monotonic() - begun > 0.4


@pytest.mark.alone
@pytest.mark.parametrize("runtime", ["python", "program"])
def test_an_environment_is_busy_until_its_extensions_are_done(extended, runtime):
    server = extended(runtime, AGENT_INVOKE="time.sleep(0.4)", table="timeout = 10\nconcurrency = 1\n")
    server.invoke("run", {})
    begun = time.monotonic()
    server.invoke("run", {})
    waited = time.monotonic() - begun
    assert 0.3 < waited < 0.8  # For the first one's end; its own answer does not wait for the extension.


def test_an_extension_that_wants_no_events_holds_nobody_up(extended):
    server = extended(AGENT="SHUTDOWN")
    for _ in range(3):
        server.run("result = 1")
    assert kinds(server.read()) == ["registered"]
    assert server.stop() == 0
    assert kinds(server.read()) == ["registered", "SHUTDOWN"]


def test_extensions_stand_still_between_invocations(extended):
    ticks = """
def tick():
    while True:
        note(json.dumps({"at": time.time()}))
        time.sleep(0.02)
threading.Thread(target=tick, daemon=True).start()
"""
    server = extended(AGENT_INIT=ticks)
    server.run("result = 1")
    time.sleep(0.1)
    before = len(server.read())
    time.sleep(0.3)
    assert len(server.read()) == before
    server.run("import time; time.sleep(0.2)")
    assert len(server.read()) > before


# --- What goes wrong ---


def error_of(server, code=""):
    response = server.invoke("run", {"code": code})
    assert response.status == 200 and response.header("X-Amz-Function-Error") == "Unhandled", response.text
    return response.json["errorType"], response.json["errorMessage"].partition(" Error: ")[2]


def test_a_crash_during_an_invocation_is_extension_crash(extended):
    server = extended(AGENT_INVOKE="os._exit(3)")
    assert error_of(server, "time.sleep(5)") == ("Extension.Crash", "exit status 3")
    assert error_of(server, "time.sleep(5)") == ("Extension.Crash", "exit status 3")  # In its next life, too.
    server = extended(AGENT_INVOKE="os.kill(os.getpid(), 9)")
    assert error_of(server, "time.sleep(5)") == ("Extension.Crash", "signal: killed")


@pytest.mark.parametrize("phase, code, wanted", [
    ("START", "sys.exit(4)", ("Extension.Crash", "exit status 4")),
    ("INIT", "sys.exit(0)", ("Extension.Crash", "exit code 0")),
    ("INIT", "api('POST', '/init/error', '{}', Lambda_Extension_Function_Error_Type='Agent.None'); sys.exit(5)",
     ("Extension.InitError", "exit status 5")),
    ("INIT", "api('POST', '/exit/error', '{}', Lambda_Extension_Function_Error_Type='Agent.Lost'); time.sleep(30)",
     ("Extension.ExitError", "Agent.Lost")),
])
def test_what_ends_init_has_its_type(extended, phase, code, wanted):
    server = extended(**{f"AGENT_{phase}": code})
    assert error_of(server) == wanted
    server.wait_for_log(re.escape(wanted[0]))


def test_a_file_that_cannot_be_started_is_a_launch_error(extended):
    server = extended()
    path = Path(server.folder, "layer/extensions/agent")
    path.chmod(0o644)
    kind, words = error_of(server)
    assert kind == "Extension.LaunchError"
    assert re.fullmatch(r"fork/exec \S+/extensions/agent: permission denied", words)  # As it sees its layers.


def test_after_a_timeout_extensions_hear_why_and_begin_anew(extended):
    server = extended(table="timeout = 0.5\n")
    assert server.invoke("run", {"code": "time.sleep(5)"}).json["errorType"] == "Sandbox.Timedout"
    assert server.run("result = 1") == 1
    expected = ["registered", "INVOKE", "SHUTDOWN", "registered", "INVOKE"]
    wait_until(lambda: kinds(server.read()) == expected, 5, "its events")
    assert server.read()[2]["shutdownReason"] == "timeout"


@pytest.mark.parametrize("runtime", ["python", "program"])
def test_after_a_crash_of_the_runtime_extensions_hear_of_a_failure(extended, runtime):
    server = extended(runtime)
    response = server.invoke("run", {"code": "import os; os._exit(1)"})
    assert response.json["errorType"] == "Runtime.ExitError"
    wait_until(lambda: kinds(server.read())[-1] == "SHUTDOWN", 5, "the end")
    assert server.read()[-1]["shutdownReason"] == "failure"


def test_a_timeout_counts_the_extensions(extended):
    server = extended(table="timeout = 0.5\nconcurrency = 1\n", AGENT_INVOKE="time.sleep(30)")
    assert server.run("result = 7") == 7  # It has its answer.
    assert server.run("result = 8") == 8  # From the environment's next life.
    wait_until(lambda: kinds(server.read()) == ["registered", "INVOKE"] * 2, 5, "its events")


def test_memory_of_extensions_counts(extended):
    server = extended(table="timeout = 10\nmemory_size = 200\n",
                      AGENT_INVOKE="kept = bytearray(300 << 20); time.sleep(5)")
    response = server.invoke("run", {"code": "time.sleep(5)"})
    assert response.json["errorType"] == "Extension.Crash"
    assert response.json["errorMessage"].endswith("signal: killed")
    server.wait_for_log("run:0/agent .*its memory passed `memory_size`")


# --- The end ---


def test_the_runtime_gets_sigterm_where_there_are_extensions(extended):
    code = """
import signal, os, sys
def told(*_):
    open(os.path.join(os.environ["JOURNAL"], "runtime"), "w").write("told")
    sys.exit(0)
signal.signal(signal.SIGTERM, told)
"""
    server = extended()
    server.run(code)
    assert server.stop() == 0
    assert Path(server.journal, "runtime").read_text() == "told"
    assert kinds(server.read())[-1] == "SHUTDOWN"


@pytest.mark.skipif(not shutil.which("node"), reason="no Node")
def test_node_gets_sigterm_where_there_are_extensions(extended):
    server = extended("node")
    server.write("js/index.js", """
        import fs from "node:fs";
        process.on("SIGTERM", () => {
          fs.writeFileSync(process.env.JOURNAL + "/runtime", "told");
          process.exit(0);
        });
        export const handler = async () => process.env.AWS_LAMBDA_RUNTIME_API;
        """)
    server.write("js/package.json", '{"type": "module"}')
    wait_until(lambda: str(server.invoke("run", {}).json).startswith("127.0.0.1:"), 5, "the new code")
    assert server.stop() == 0
    assert Path(server.journal, "runtime").read_text() == "told"


def test_an_invocation_from_the_command_line_has_a_shutdown_phase(extended, binary, home):
    server = extended()
    done = subprocess.run([binary, "invoke", "--once", "run"], cwd=server.folder, env=clean_environ(home), capture_output=True,
                          text=True, timeout=20, check=True)
    assert done.stdout.strip() == "null"
    assert kinds(server.read()) == ["registered", "INVOKE", "SHUTDOWN"]


def test_an_extension_that_does_not_end_is_killed_after_two_seconds(extended):
    server = extended(AGENT_SHUTDOWN="time.sleep(30)")
    server.run("result = 1")
    begun = time.monotonic()
    server.signal(signal.SIGINT)
    assert server.wait(5) == 0
    assert 1.8 < time.monotonic() - begun < 3
    assert not processes.descendants(server.pid)


@pytest.mark.alone
def test_the_second_signal_waits_for_no_extension(extended):
    server = extended(AGENT_SHUTDOWN="time.sleep(30)")
    server.run("result = 1")
    server.signal(signal.SIGINT)
    wait_until(lambda: kinds(server.read())[-1] == "SHUTDOWN", 5, "the end")
    begun = time.monotonic()
    server.signal(signal.SIGINT)
    assert server.wait(5) == 0
    assert time.monotonic() - begun < 1


def test_idle_environments_end_with_a_shutdown_phase(extended):
    server = extended(table="timeout = 10\nmax_idle = 0.3\n")
    server.run("result = 1")
    wait_until(lambda: kinds(server.read())[-1] == "SHUTDOWN", 5, "the end")
    assert server.read()[-1]["shutdownReason"] == "spindown"
    wait_until(lambda: not [line for line in server.descendants() if "agent" in str(line)], 5, "no process")


def test_changed_code_ends_environments_with_a_shutdown_phase(extended):
    server = extended()
    server.run("result = 1")
    server.write("app.py", "def handler(event, context): return 'new'\n")
    wait_until(lambda: server.invoke("run", {}).json == "new", 5, "the new code")
    wait_until(lambda: "SHUTDOWN" in kinds(server.read()), 5, "the end of the old")


# --- Internal ones ---

INTERNAL = """
import threading
def inside(name, events):
    own = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    own.request("POST", "/2020-01-01/extension/register", json.dumps({"events": events}), {"Lambda-Extension-Name": name})
    answer = own.getresponse()
    return own, answer.status, json.loads(answer.read()), answer.headers["Lambda-Extension-Identifier"]

def follow(own, identifier):
    while True:
        own.request("GET", "/2020-01-01/extension/event/next", headers={"Lambda-Extension-Identifier": identifier})
        with open(os.path.join(os.environ["JOURNAL"], "inside"), "a") as journal:
            journal.write(own.getresponse().read().decode() + "\\n")

own, status, body, identifier = inside("inside", ["INVOKE"])
refused = inside("other", ["SHUTDOWN"])[1:3]
threading.Thread(target=follow, args=(own, identifier), daemon=True).start()
import signal
def told(*_):
    open(os.path.join(os.environ["JOURNAL"], "runtime"), "w").write("told")
    os._exit(0)
signal.signal(signal.SIGTERM, told)
"""


@pytest.mark.alone
def test_an_internal_extension_hears_of_invocations_and_ends_with_the_runtime(extended):
    server = extended("program", names=(), PROGRAM_INIT=INTERNAL)
    assert server.run("result = [status, refused[0], refused[1]['errorType']]") == [
        200, 403, "Extension.InvalidEventType"]
    assert server.run("result = inside('late', [])[1:3]") == [
        403, {"errorMessage": "Extension registration closed already", "errorType": "Extension.RegistrationClosed"}]
    wait_until(lambda: kinds(server.read("inside")) == ["INVOKE", "INVOKE"], 5, "two events")
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 1
    assert Path(server.journal, "runtime").read_text() == "told"


@pytest.mark.alone
def test_a_runtime_that_does_not_end_is_killed_in_time_for_the_extensions(extended):
    server = extended("program", PROGRAM_INIT="import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
                      AGENT_SHUTDOWN="note(json.dumps({'eventType': 'left', 'ms': event['deadlineMs'] - time.time() * 1000}))")
    server.run("result = 1")
    begun = time.monotonic()
    assert server.stop() == 0
    assert 0.55 < time.monotonic() - begun < 1.2
    assert 1_200 < server.read()[-1]["ms"] <= 1_400


@pytest.mark.alone
def test_beside_internal_ones_alone_a_runtime_has_half_a_second(extended):
    ignores = "\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    server = extended("program", names=(), PROGRAM_INIT=INTERNAL + ignores)
    server.run("result = 1")
    begun = time.monotonic()
    assert server.stop() == 0
    assert 0.45 < time.monotonic() - begun < 1


def test_a_handler_of_our_own_bootstrap_has_internal_ones_beside_external_ones(extended):
    server = extended(AGENT="SHUTDOWN")
    server.write("app.py", "import http.client, json, os\n" + textwrap.dedent(INTERNAL) + APP)
    result = wait_until(lambda: server.invoke("run", {"code": "result = [status, refused[0]]"}).json, 5, "the new code")
    assert result == [200, 403]
    wait_until(lambda: kinds(server.read("inside")) == ["INVOKE"], 5, "its event")
    server.run("result = 1")
    wait_until(lambda: kinds(server.read("inside")) == ["INVOKE"] * 2, 5, "its event")


def test_without_extensions_the_runtime_gets_no_sigterm(extended):
    init = INTERNAL.replace('inside("inside", ["INVOKE"])', "(None, 0, {}, None)") \
        .replace("threading.Thread(target=follow", "(lambda *_, **__: threading.Thread())(follow") \
        .replace('inside("other", ["SHUTDOWN"])[1:3]', "(0, {})").replace(".start()", "")
    server = extended("program", names=(), PROGRAM_INIT=init)
    server.run("result = 1")
    assert server.stop() == 0
    assert not Path(server.journal, "runtime").exists()


# --- Clients that break the rules ---


def test_rules_that_an_extension_breaks_harm_nobody(extended):
    server = extended("program", names=(), PROGRAM_INIT=INTERNAL)
    code = """
import urllib.request, urllib.error
def ask(method, what, body=None, **headers):
    request = urllib.request.Request(f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension{what}", body,
                                     {key.replace("_", "-"): text for key, text in headers.items()}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return [answer.status, ""]
    except urllib.error.HTTPError as error:
        text = error.read()
        return [error.status, json.loads(text)["errorType"] if text.startswith(b"{") else ""]
known = dict(Lambda_Extension_Identifier=identifier)
result = [
    ask("GET", "/event/next"),
    ask("GET", "/event/next", Lambda_Extension_Identifier="none"),
    ask("GET", "/event/next", Lambda_Extension_Identifier="00000000-0000-4000-8000-000000000000"),
    ask("POST", "/register", b"x" * 100_000, Lambda_Extension_Name="big"),
    ask("POST", "/init/error", b"{}", **known),
    ask("POST", "/init/error", b"{}", Lambda_Extension_Function_Error_Type="A.B", **known),
    ask("PUT", "/register"),
    ask("GET", "/nothing"),
]
"""
    assert server.run(code) == [
        [403, "Extension.MissingExtensionIdentifier"], [403, "Extension.InvalidExtensionIdentifier"],
        [403, "Extension.UnknownExtensionIdentifier"], [403, "InvalidRequestFormat"],
        [403, "Extension.MissingHeader"], [403, "Extension.InvalidExtensionState"], [405, ""], [404, ""]]
    assert server.run("result = 1") == 1


def test_an_address_takes_a_thousand_clients_and_serves_on(extended):
    server = extended("program", names=(), PROGRAM_INIT=INTERNAL)
    host, _, port = server.run("result = os.environ['AWS_LAMBDA_RUNTIME_API']").partition(":")
    # Its own connection holds a request: one that rests would make room for others.
    wait_until(lambda: server.states("run") == ["warm"], 5, "the end of the invocation")
    clients = []
    try:
        for _ in range(1000):
            clients.append(socket.create_connection((host, int(port)), timeout=5))
            clients[-1].sendall(b"GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: ")
        assert server.run("result = 2") == 2
    finally:
        for client in clients:
            client.close()
    assert server.run("result = 3") == 3
