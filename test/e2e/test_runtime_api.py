"""Programs of a user's own that speak Lambda's Runtime API: a shell script with curl, and one that tests steer."""

import base64
import json
import os
import re
import shutil
import signal
import sys
import textwrap
import time

import pytest

from harness import processes
from harness.processes import wait_until
from harness.server import Background, at_once

# A bootstrap as the guide has it: curl and a shell.
SHELL = """
    #!/bin/bash
    set -euo pipefail
    api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
    head=$(mktemp)
    echo "started $_HANDLER in $PWD"
    while true; do
      event=$(curl -sS --dump-header "$head" "$api/invocation/next")
      id=$(tr -d '\\r' <"$head" | sed -n 's/^lambda-runtime-aws-request-id: //Ip')
      echo "serving $event"
      curl -sS --output /dev/null --data-binary "{\\"version\\": 1,  \\"event\\": $event}" "$api/invocation/$id/response"
    done
"""
SHELL_TABLE = '[handlers.sh]\nruntime = "provided.al2023"\ncode = "bin"\nurl_path = "/sh"\nconcurrency = 2\n'

# A client of the API that does what its event says: `code` is run with `api(method, path, body, headers)`.
PROGRAM = """
    import http.client, json, os, sys, time
    address = os.environ["AWS_LAMBDA_RUNTIME_API"]
    BASE = "/2018-06-01/runtime/"
    connection = http.client.HTTPConnection(address)
    count = 0

    def api(method, path, body=None, headers={}):
        connection.request(method, BASE + path, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode(), dict(response.getheaders())

    while True:
        _, text, head = api("GET", "invocation/next")
        identity = head["Lambda-Runtime-Aws-Request-Id"]
        event = json.loads(text)
        count += 1
        result = "null"
        if isinstance(event, dict) and "code" in event:
            scope = dict(globals())
            exec(event["code"], scope)
            if "result" in scope:
                result = json.dumps(scope["result"])
            if scope.get("is_answered"):
                continue
        api("POST", f"invocation/{identity}/response", result)
"""
TABLE = f'[handlers.run]\ncommand = ["{sys.executable}", "program.py"]\nurl_path = "/run"\ntimeout = 10\n'


@pytest.fixture
def shell(server):
    """A server of the shell's bootstrap."""
    assert shutil.which("curl")
    return server({"smyth.toml": SHELL_TABLE, "bin/bootstrap": SHELL, "bin/data.txt": "1\n"})


@pytest.fixture
def one(server):
    return server({"smyth.toml": TABLE, "program.py": PROGRAM})


# --- A shell script ---


def test_a_shell_script_serves(shell):
    response = shell.invoke("sh", {"a": 1})
    assert (response.status, response.body) == (200, b'{"version": 1,  "event": {"a": 1}}')
    assert response.header("X-Amz-Function-Error") is None
    shell.wait_for_log(rf"sh:0.*started sh in {shell.folder}/bin$")
    line = shell.wait_for_log(".*serving .*").group(0)
    assert "sh:0" in line and response.header("x-amzn-RequestId") in line
    assert shell.get("/sh?x=1").json["event"]["rawQueryString"] == "x=1"
    assert "warning" not in shell.log()


def test_a_rebuilt_bootstrap_is_met_by_the_next_request(shell):
    bootstrap = shell.folder / "bin/bootstrap"
    assert shell.invoke("sh", 1).json["version"] == 1
    for version in range(2, 6):
        # As linkers do it: a new file in the place of the old one.
        new = shell.folder / "new"
        new.write_text(bootstrap.read_text().replace(f'version\\": {version - 1}', f'version\\": {version}'))
        new.chmod(0o755)
        if version % 2:
            new.rename(bootstrap)
        else:
            shutil.copy(new, bootstrap)
        assert shell.invoke("sh", 1).json["version"] == version
    wait_until(lambda: sorted(shell.states("sh")) == ["cold", "warm"])


def test_what_a_program_writes_beside_its_code_starts_it_not_anew(shell):
    shell.invoke("sh", 1)
    wait_until(lambda: shell.states("sh") == ["warm", "cold"])
    (shell.folder / "bin/data.txt").write_text("2\n")
    shell.invoke("sh", 1)
    assert sorted(shell.counters("sh")) == [0, 2]


def test_two_shell_scripts_at_once(server):
    slow = SHELL.replace('echo "serving $event"', "sleep 0.4")
    one = server({"smyth.toml": SHELL_TABLE, "bin/bootstrap": slow})
    for _ in range(2):
        assert at_once(2, lambda: one.invoke("sh", 5).json["event"]) == [5, 5]
    assert one.counters("sh") == [2, 2]


# The same, which does what its event says.
STEERED = SHELL.replace('echo "serving $event"', """case $event in
        '"fail"') curl -sS --output /dev/null --data-binary '{"errorType": "Shell.Error"}' "$api/invocation/$id/error"; continue ;;
        '"exit"') exit 3 ;;
        '"sleep"') sleep 30 ;;
        '"pid"') event=$$ ;;
      esac""")


@pytest.fixture
def steered(server):
    table = SHELL_TABLE.replace("concurrency = 2", "concurrency = 1\ntimeout = 2")
    return server({"smyth.toml": table, "bin/bootstrap": STEERED})


def pid_of(steered):
    return steered.invoke("sh", "pid").json["event"]


def test_a_shell_script_may_fail_exit_and_take_too_long(steered):
    pid = pid_of(steered)
    failed = steered.invoke("sh", "fail")
    assert (failed.header("X-Amz-Function-Error"), failed.text) == ("Unhandled", '{"errorType": "Shell.Error"}')
    assert pid_of(steered) == pid
    assert steered.invoke("sh", "exit").json["errorMessage"].endswith("Runtime exited with error: exit status 3")
    pid = pid_of(steered)
    assert steered.invoke("sh", "sleep").json["errorType"] == "Sandbox.Timedout"
    assert pid_of(steered) != pid


def test_a_shell_script_that_cannot_begin_says_so(server):
    begin = """curl -sS --output /dev/null --data-binary '{"errorType": "Shell.Init"}' "$api/init/error"; exit 1"""
    one = server({"smyth.toml": SHELL_TABLE, "bin/bootstrap": SHELL.replace('echo "started $_HANDLER in $PWD"', begin)})
    assert one.invoke("sh", 1).text == '{"errorType": "Shell.Init"}'


# Curl sends chunks as they come. It can send no trailers: a failure in the middle is an end in the middle.
STREAMING = SHELL.replace('echo "serving $event"', """(echo -n '["first", '; sleep 0.4; echo '"last"]') |
        timeout $event curl -sS --output /dev/null --write-out "curl has %{http_code}\\n" --upload-file - --request POST \\
          --header "Lambda-Runtime-Function-Response-Mode: streaming" "$api/invocation/$id/response" || echo "curl is gone"
      continue""")


def test_a_shell_script_streams_its_answer_and_fails_in_the_middle(server):
    one = server({"smyth.toml": SHELL_TABLE.replace("concurrency = 2", "concurrency = 1"), "bin/bootstrap": STREAMING})
    assert one.invoke("sh", 9).json == ["first", "last"]
    cut = one.invoke("sh", 0.2)
    assert cut.header("X-Amz-Function-Error") == "Unhandled"
    assert cut.json["errorType"] == "Runtime.TruncatedResponse"
    assert one.invoke("sh", 9).json == ["first", "last"]
    said = ["has 202", "is gone", "has 202"]
    wait_until(lambda: re.findall("curl (.*)", one.log()) == said, what=f"{said} in {one.log()}")
    assert one.log().count("started sh") == 1


def test_a_hundred_in_a_row_need_one_shell_script(steered):
    assert len({pid_of(steered) for _ in range(100)}) == 1


@pytest.mark.parametrize("files, error, text", [
    ({}, "Runtime.InvalidEntrypoint", "no such file or directory"),
    ({"bin/bootstrap": "not executable\n"}, "Runtime.InvalidEntrypoint", "permission denied"),
    ({"bin/bootstrap": "#!/no/such/shell\n"}, "Runtime.InvalidEntrypoint", "no such file or directory"),
])
def test_a_bootstrap_that_cannot_run_is_the_invocations_error(server, files, error, text):
    one = server({"smyth.toml": SHELL_TABLE, "bin/other": "", **files})
    if "#!" not in files.get("bin/bootstrap", ""):
        one.wait_for_log(f"^warning: `sh` cannot start: there is no executable file `{one.folder}/bin/bootstrap`$")
    response = one.invoke("sh", {})
    assert (response.status, response.header("X-Amz-Function-Error")) == (200, "Unhandled")
    identity = response.header("x-amzn-RequestId")
    assert response.json["errorType"] == error
    assert response.json["errorMessage"].startswith(f"RequestId: {identity} Error: ") and text in response.json["errorMessage"]
    one.write("bin/bootstrap", SHELL)
    assert one.invoke("sh", 1).json["event"] == 1


def test_a_missing_folder_is_the_invocations_error(server):
    one = server({"smyth.toml": SHELL_TABLE.replace('"bin"', '"nowhere"')})
    assert one.invoke("sh", {}).json["errorType"] in ("Runtime.InvalidWorkingDir", "Runtime.InvalidEntrypoint")


# --- The API, from a program's view ---


def test_the_event_comes_with_its_headers(one):
    context = base64.b64encode(b'{"custom": {"a": "1\\r\\nX-Evil: 1"}}').decode()
    response = one.invoke("run", {"code": "result = [text, head]"}, {
        "X-Amz-Client-Context": context, "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"})
    text, head = response.json
    assert text == '{"code": "result = [text, head]"}'
    assert head["Lambda-Runtime-Aws-Request-Id"] == response.header("x-amzn-RequestId")
    assert abs(int(head["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time() - 10) < 5
    assert head["Lambda-Runtime-Invoked-Function-Arn"] == "arn:aws:lambda:eu-central-1:123456789012:function:run"
    assert head["Lambda-Runtime-Trace-Id"].startswith("Root=1-5759e988-bd862e3fe1be46a994272793;")
    assert json.loads(head["Lambda-Runtime-Client-Context"]) == {"custom": {"a": "1\r\nX-Evil: 1"}}
    assert "X-Evil" not in head


ECHO = """
    import http.client, os
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        response = connection.getresponse()
        path = f"/2018-06-01/runtime/invocation/{response.headers['Lambda-Runtime-Aws-Request-Id']}/response"
        connection.request("POST", path, response.read())
        connection.getresponse().read()
"""


def test_events_and_results_are_passed_on_byte_for_byte(server):
    one = server({"smyth.toml": TABLE, "program.py": ECHO})
    for raw in (b"{}", b'{"a" : 1.0E+2,"a":2}', b'"\xc3\xab"', b"12345678901234567890", b"[ ]", b'"' + b"x" * 3_000_000 + b'"'):
        assert one.invoke("run", raw).body == raw


def test_an_error_is_passed_on_byte_for_byte(one):
    document = '{"errorType" : "Custom.Öh",\\n "errorMessage":"m","more":[1.0]}'
    text = f"""
document = '{document}'.encode()
posted = api("POST", f"invocation/{{identity}}/error", document, {{"Lambda-Runtime-Function-Error-Type": "X.y"}})
is_answered = True
assert posted[:2] == (202, '{{"status":"OK"}}\\n'), posted
"""
    response = one.invoke("run", {"code": text})
    assert (response.status, response.header("X-Amz-Function-Error")) == (200, "Unhandled")
    assert response.body == document.replace("\\n", "\n").encode()
    assert one.run("result = count") == 2
    assert one.request("GET", "/run").status == 200


def test_rules_that_a_program_breaks_harm_nobody(one):
    one.invoke("run", {"code": textwrap.dedent("""
        os.environ["FOUND"] = json.dumps([
            api("POST", "invocation/00000000-0000-4000-8000-000000000000/response", "1")[:2],
            api("POST", "init/error", "{}")[0],
            api("GET", "invocation/next")[1] == text,
            api("DELETE", "invocation/next")[0],
            api("GET", "nothing")[0],
            api("POST", f"invocation/{identity}/response", '"first"')[:2],
            api("POST", f"invocation/{identity}/response", '"second"')[0],
            api("POST", f"invocation/{identity}/error", "third")[0],
        ])
        is_answered = True
        """)})
    assert json.loads(one.run("result = os.environ['FOUND']")) == [
        [400, '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}'], 403, True, 405, 404,
        [202, '{"status":"OK"}\n'], 400, 400]
    assert one.run("result = count") == 3


def test_a_streamed_answer_arrives_whole(one):
    text = """
def parts():
    for number in range(100):
        yield b'"' if number in (0, 99) else b"x" * 1000
connection.request("POST", f"{BASE}invocation/{identity}/response", parts(), {
    "Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked",
    "Trailer": "Lambda-Runtime-Function-Error-Type"}, encode_chunked=True)
assert connection.getresponse().read() == b'{"status":"OK"}\\n'
is_answered = True
"""
    assert one.run(text) == "x" * 98_000


@pytest.mark.alone
def test_the_caller_has_its_answer_before_the_program_is_ready_again(one):
    began = time.monotonic()
    response = one.invoke("run", {"code": 'api("POST", f"invocation/{identity}/response", "1")\nis_answered = True\ntime.sleep(1)'})
    assert response.json == 1 and time.monotonic() - began < 0.8
    assert one.run("result = count") == 2
    assert time.monotonic() - began > 1


def test_an_end_after_the_answer_leaves_the_answer(one):
    response = one.invoke("run", {"code": 'api("POST", f"invocation/{identity}/response", "1")\nos._exit(1)'})
    assert response.json == 1
    assert one.run("result = count") == 1


def test_a_program_that_ends_while_idle_is_started_anew(one):
    pid = one.run("result = os.getpid()")
    wait_until(lambda: one.states("run") == ["warm"])
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: one.states("run") == ["cold"])
    assert one.run("result = count") == 1


@pytest.mark.load  # Init has ten seconds.
def test_a_program_that_never_asks_times_out_with_the_function(server):
    one = server({"smyth.toml": TABLE.replace("timeout = 10", "timeout = 1"), "program.py": "import time\ntime.sleep(60)\n"})
    response = Background(one.invoke, "run", {}).result(15)
    assert response.json["errorType"] == "Sandbox.Timedout"


def test_children_of_a_program_end_with_it(one):
    one.run("import subprocess\nfor own in (False, True):\n"
            "    subprocess.Popen(['sleep', '1234'], start_new_session=own)\n")
    one.invoke("run", {"code": "os._exit(1)"})
    wait_until(lambda: not any("1234" in processes.command_of(pid) for pid in one.descendants()))


# --- The end of the server ---


@pytest.mark.alone
@pytest.mark.parametrize("is_busy", [False, True])
def test_sigterm_ends_all_within_a_second(one, is_busy):
    one.run("result = 1")
    if is_busy:
        Background(one.invoke, "run", {"code": "print('at it', flush=True)\ntime.sleep(30)"})
        one.wait_for_log("at it")
    began = time.monotonic()
    one.signal(signal.SIGTERM)
    assert one.wait() == 0
    assert time.monotonic() - began < 1.2
    wait_until(lambda: processes.marked(one.mark) == [], 0.5, "nothing left")


@pytest.mark.parametrize("is_busy", [False, True])
def test_after_kill_9_of_the_server_nothing_is_left(one, is_busy):
    one.run("import subprocess, signal\nsignal.signal(15, signal.SIG_IGN)\n"
            "subprocess.Popen(['sleep', '60'], start_new_session=True)")
    wait_until(lambda: one.states("run") == ["warm"])  # All of it stands still.
    if is_busy:
        Background(one.invoke, "run", {"code": "print('at it', flush=True)\ntime.sleep(60)"})
        one.wait_for_log("at it")
    below = one.descendants()
    assert len(below) >= 3
    one.signal(signal.SIGKILL)
    one.wait()
    wait_until(lambda: not any(map(processes.is_alive, below)), 1, "all processes dead")
    wait_until(lambda: processes.marked(one.mark) == [], 1, "nothing left")


def test_output_has_slot_and_id(one):
    response = one.invoke("run", {"code": "print('to stdout', flush=True)\nprint('to stderr', file=sys.stderr)\nresult = 1"})
    for text in ("to stdout", "to stderr"):
        line = one.wait_for_log(f".*{text}").group(0)
        assert "run:0" in line and response.header("x-amzn-RequestId") in line


def test_the_tail_has_what_was_written_before_the_answer(one):
    tail = one.tail_of("print('one', flush=True)\nresult = 1")
    assert re.fullmatch(r"START RequestId: (\S+) Version: \$LATEST\none\nEND RequestId: \1\nREPORT RequestId: \1\t.*\n", tail)
