"""The logs of functions: Lambda's lines and records, and the ways to read them."""

import base64
import json
import re
import signal
import subprocess
import time

import pytest

from harness.processes import wait_until
from harness.server import clean_environ

APP = """
import logging, os, sys, time
print("at import")

def handler(event, context):
    exec(event.get("code", "pass"), {"event": event, "context": context, "os": os, "time": time, "logging": logging})
    return os.environ["_X_AMZN_TRACE_ID"]
"""
# A runtime of the Runtime API, as short as can be; `then` runs between the answer and the next request.
PROGRAM = """
#!/usr/bin/env python3
import http.client, os, sys, time
server = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/invocation/"
hoard = []
while True:
    server.request("GET", base + "next")
    answer = server.getresponse()
    code = answer.read().decode().strip('"')
    id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    before, _, then = code.partition("|")
    exec(before)
    server.request("POST", base + id + "/response", answer.headers["Lambda-Runtime-Trace-Id"].join('""'))
    server.getresponse().read()
    exec(then)
"""
FOREIGN = {"smyth.toml": '[handlers.f]\nruntime = "provided.al2023"\ntimeout = 2\n', "bootstrap": PROGRAM}


def python(lines="", more=""):
    return {"smyth.toml": f'{more}[handlers.a]\nhandler_path = "app.handler"\n{lines}\n', "app.py": APP}


def invoke(one, name="a", code="pass", **options):
    """The answer of boto3, and the log that came with it."""
    event = code if name == "f" else {"code": code}
    answer = one.client().invoke(FunctionName=name, LogType="Tail", Payload=json.dumps(event), **options)
    return answer, base64.b64decode(answer["LogResult"]).decode()


def records(one, query=""):
    response = one.get(f"/smyth/api/logs{query}")
    assert response.status == 200, response
    return response.json["records"]


def texts(one, query=""):
    return [record["text"] for record in records(one, query)]


@pytest.fixture
def smyth(binary, home):
    """Runs the program to its end."""

    def run(*arguments, cwd):
        return subprocess.run([binary, *arguments], cwd=cwd, text=True, capture_output=True, timeout=20,
                              env=clean_environ(home))

    return run


# --- Text ---

def test_the_log_is_lambdas_line_by_line(server):
    one = server(python('memory_size = 256'))
    answer, _ = invoke(one, code="print('hello')")
    id = answer["ResponseMetadata"]["RequestId"]
    lines = "\n".join(texts(one)).splitlines()
    assert re.fullmatch(r"INIT_START Runtime Version: python:3\.\d+\.v1\tRuntime Version ARN: "
                        r"arn:aws:lambda:[a-z0-9-]+::runtime:[0-9a-f]{64}", lines[0])
    assert lines[1:5] == ["at import", f"START RequestId: {id} Version: $LATEST", "hello", f"END RequestId: {id}"]
    assert re.fullmatch(rf"REPORT RequestId: {id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
                        r"Max Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t", lines[5])
    assert len(lines) == 6


def test_a_failed_init_has_its_report(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "app.handler"\n', "app.py": "import nothing_of_that_name"})
    answer, tail = invoke(one)
    assert answer["FunctionError"] == "Unhandled"
    log = "\n".join(texts(one))
    assert re.search(r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\t"
                     r"Error Type: Runtime.ImportModuleError\nSTART ", log), log
    assert log.endswith("Status: error\tError Type: Runtime.ImportModuleError")
    assert "Init Duration" not in log.rpartition("REPORT RequestId")[2]


def test_the_init_after_a_timeout_is_a_part_of_the_invocation(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "app.handler"\ntimeout = 1\n',
                  "app.py": "import time\ntime.sleep(0.2)\n" + APP})
    _, tail = invoke(one, code="time.sleep(5)")
    assert re.search(r"Duration: 100\d\.\d\d ms\t.*Init Duration: \d+\.\d\d ms\tStatus: timeout\n\Z", tail), tail
    _, tail = invoke(one)
    duration, billed = map(float, re.search(r"\tDuration: (\S+) ms\tBilled Duration: (\d+) ms", tail).groups())
    assert 200 <= duration <= billed <= duration + 1 and "Init Duration" not in tail


def test_max_memory_used_is_measured(server):
    one = server(python('timeout = 20'))
    used = lambda tail: int(re.search(r"Max Memory Used: (\d+) MB", tail)[1])
    before = used(invoke(one)[1])
    assert 8 < before < 80
    with_more = used(invoke(one, code="bytearray(b'x') * (100 << 20)")[1])
    assert before + 90 < with_more < before + 125
    assert used(invoke(one)[1]) >= with_more  # The most since it started.
    child = "python3 -c \"b = b'x' * (150 << 20); print('there', flush=True); input()\""
    code = (f"import subprocess; p = subprocess.Popen({child!r}, shell=True, stdin=-1, stdout=-1); "
            "assert p.stdout.readline()")
    assert used(invoke(one, code=code)[1]) > with_more + 140


@pytest.mark.parametrize("how, status", [("time.sleep(5)", "timeout"), ("os._exit(3)", "error\tError Type: Runtime.ExitError")])
def test_the_report_says_how_it_failed(server, how, status):
    one = server(python("timeout = 1"))
    invoke(one, code=how)
    assert texts(one)[-1].endswith(f"\tStatus: {status}")


def test_an_error_of_the_handler_is_none_of_the_platforms(server):
    one = server(python())
    answer, tail = invoke(one, code="raise ValueError('wrong')")
    assert answer["FunctionError"] == "Unhandled" and "[ERROR] ValueError: wrong\n" in tail
    assert re.search(r"Init Duration: \S+ ms\t\n\Z", tail)


# --- Foreign runtimes ---

@pytest.mark.alone
def test_the_tail_of_a_program_waits_for_its_next_request(server):
    one = server(FOREIGN)
    invoke(one, "f")
    began = time.monotonic()
    answer, tail = invoke(one, "f", "print('one', flush=True)|time.sleep(0.2); print('two', flush=True)")
    assert time.monotonic() - began >= 0.2
    id = answer["ResponseMetadata"]["RequestId"]
    assert tail.splitlines()[:4] == [f"START RequestId: {id} Version: $LATEST", "one", "two", f"END RequestId: {id}"]
    duration = float(re.search(r"\tDuration: (\S+) ms", tail)[1])
    assert 200 <= duration < 1000
    # Who does not ask for the log has the answer at once.
    began = time.monotonic()
    one.invoke("f", "|time.sleep(0.5)")
    assert time.monotonic() - began < 0.4


def test_the_tail_of_a_program_that_asks_for_nothing_comes_with_the_timeout(server):
    one = server(FOREIGN)
    answer, tail = invoke(one, "f", "|time.sleep(10)")
    assert "FunctionError" not in answer and tail.endswith("Status: timeout\n")


def test_the_tail_of_a_program_that_ends_after_its_answer(server):
    one = server(FOREIGN)
    answer, tail = invoke(one, "f", "|os._exit(1)")
    assert "FunctionError" not in answer and tail.endswith("Status: error\tError Type: Runtime.ExitError\n")


def test_the_memory_of_a_program_is_measured(server):
    one = server(FOREIGN)
    used = lambda tail: int(re.search(r"Max Memory Used: (\d+) MB", tail)[1])
    before = used(invoke(one, "f")[1])
    assert 5 < before < 80
    assert before + 90 < used(invoke(one, "f", "hoard.append(b'x' * (100 << 20))")[1]) < before + 125


def test_the_memory_of_a_process_that_ends_is_measured(server):
    one = server({**python('[handlers.f]\nruntime = "provided.al2023"\n'
                           '[handlers.small]\nhandler_path = "app.handler"\nmemory_size = 128'),
                  "bootstrap": PROGRAM})
    used = lambda tail: int(re.search(r"Max Memory Used: (\d+) MB", tail)[1])
    for name in ("a", "f"):
        tail = invoke(one, name, "b'x' * (100 << 20); os._exit(1)")[1]
        assert 100 < used(tail) < 150 and "Runtime.ExitError" in tail
    tail = invoke(one, "small", "bytearray(b'x') * (300 << 20); time.sleep(1)")[1]
    assert used(tail) == 128 and "Runtime.ExitError" in tail


def test_the_init_of_a_provisioned_environment_has_its_report(server):
    one = server(python("provisioned_concurrency = 1"))
    report = lambda: [text for text in texts(one) if text.startswith("INIT_REPORT")]
    wait_until(report, what="its init is over")
    assert re.fullmatch(r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\t", report()[0].rstrip("\n"))
    assert "Init Duration" not in invoke(one)[1]


# --- JSON ---

def test_all_is_json_with_awss_members(server):
    one = server(python(more='log_format = "JSON"\nsystem_log_level = "DEBUG"\n'))
    answer, tail = invoke(one, code="logging.warning('careful', extra={'order': 17}); logging.debug('not shown')")
    id = answer["ResponseMetadata"]["RequestId"]
    lines = [json.loads(line) for line in tail.splitlines()]
    assert [line.get("type") for line in lines] == ["platform.start", None, "platform.runtimeDone", "platform.report"]
    assert lines[1].pop("timestamp")
    assert lines[1] == {"level": "WARNING", "message": "careful", "logger": "root", "requestId": id, "order": 17}
    assert list(lines[0]) == ["time", "type", "record"]
    assert lines[0]["record"]["tracing"]["value"].startswith("Root=1-")
    metrics = lines[3]["record"]["metrics"]
    assert metrics["billedDurationMs"] >= metrics["durationMs"] + metrics["initDurationMs"]
    assert metrics["memorySizeMB"] == 128 and metrics["maxMemoryUsedMB"] > 5
    assert [record["type"] for record in records(one)] == [
        "platform.initStart", "function", "platform.initRuntimeDone", "platform.initReport", "platform.start",
        "function", "platform.runtimeDone", "platform.report"]


def test_a_console_of_node_writes_json_too(server):
    one = server({"smyth.toml": 'log_format = "json"\napplication_log_level = "WARN"\n'
                                '[handlers.a]\nruntime = "nodejs20.x"\nhandler_path = "index.handler"\n',
                  "index.mjs": "export const handler = async () => { console.info('i'); console.warn('w', 1); };"})
    answer, tail = invoke(one)
    lines = [json.loads(line) for line in tail.splitlines()]
    assert [line.get("message") for line in lines] == [None, "w 1", None]
    assert (lines[1]["level"], lines[1]["requestId"]) == ("WARN", answer["ResponseMetadata"]["RequestId"])


def test_levels_leave_out_what_is_below_them(server):
    one = server(python('log_format = "json"\napplication_log_level = "ERROR"\nsystem_log_level = "WARN"'))
    code = ("logging.warning('w'); logging.error('e'); print('plain text'); "
            "print('{\"level\": \"fatal\", \"message\": \"f\"}'); print('{\"level\": \"info\"}'); os._exit(1)")
    _, tail = invoke(one, code=code)
    lines = [json.loads(line) for line in tail.splitlines()]
    assert [line.get("message") or line["record"]["status"] for line in lines] == ["e", "f", "error", "error"]
    one.wait_for_log('"message": "e"')
    assert "plain text" not in one.log()


def test_an_error_is_one_line_of_json(server):
    one = server(python('log_format = "json"'))
    _, tail = invoke(one, code="raise ValueError('wrong')")
    error = next(line for line in map(json.loads, tail.splitlines()) if "log_level" in line)
    assert (error["log_level"], error["errorType"], error["errorMessage"]) == ("ERROR", "ValueError", "wrong")


# --- History ---

def test_the_history_is_asked_for_by_function_request_and_number(server):
    files = python()
    files["smyth.toml"] += '[handlers.b]\nhandler_path = "app.handler"\n'
    one = server(files)
    ids = [invoke(one, name, f"print('{name}{n}')")[0]["ResponseMetadata"]["RequestId"]
           for n in range(2) for name in "ab"]
    lines = [text for text in texts(one, "?function=b") if len(text) == 2]
    assert lines == ["b0", "b1"]
    assert texts(one, f"?request_id={ids[2]}")[:2] == [f"START RequestId: {ids[2]} Version: $LATEST", "a1"]
    assert [record["environment"] for record in records(one, f"?request_id={ids[3]}")] == ["b:0"] * 3
    last = records(one)[-1]["sequence"]
    assert [record["sequence"] for record in records(one, f"?after={last - 2}")] == [last - 1, last]
    assert [record["sequence"] for record in records(one, "?tail=2")] == [last - 1, last]
    assert one.get("/smyth/api/logs?tail=x").status == 400


def test_the_logs_are_guarded_as_the_status_is(server):
    one = server(python())
    assert one.get("/smyth/api/logs", {"Origin": "http://evil.example"}).status == 403
    assert one.get("/smyth/api/logs", {"Host": "evil.example"}).status == 421
    assert one.request("POST", "/smyth/api/logs").status == 405


def test_the_history_is_bounded(server):
    one = server(python("timeout = 30"))
    invoke(one, code="os.write(1, (b'x' * 65535 + b'\\n') * 800)")
    kept = []
    after, more = 0, True
    while more:
        page = one.get(f"/smyth/api/logs?after={after}").json
        kept += [len(record["text"]) for record in page["records"]]
        after, more = page["last"], page["more"]
    assert 30 << 20 < sum(kept) <= 32 << 20 and len(kept) < 520


# --- smyth logs, smyth run --report ---

def test_smyth_logs_prints_them(smyth, server):
    one = server(python())
    answer, _ = invoke(one, code="print('hello')")
    id = answer["ResponseMetadata"]["RequestId"]
    done = smyth("logs", "a", "--port", str(one.port), cwd=one.folder)
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z a:0 "
    assert all(re.match(stamp, line) for line in lines) and len(lines) == 6
    assert re.fullmatch(f"{stamp}hello", lines[3]) and f" REPORT RequestId: {id}\t" in lines[5]
    done = smyth("logs", "--port", str(one.port), "--json", "--tail", "2", cwd=one.folder)
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["function", "platform.report"]
    done = smyth("logs", "--port", str(one.port), "--request-id", "nobody's", cwd=one.folder)
    assert (done.returncode, done.stdout) == (0, "")
    done = smyth("logs", "aa", cwd=one.folder)
    assert done.returncode == 2 and "did you mean `a`" in done.stderr


def test_smyth_logs_follows(binary, server):
    one = server(python())
    invoke(one, code="print('before')")
    follower = subprocess.Popen([binary, "logs", "--follow", "--tail", "2", "--port", str(one.port)], cwd=one.folder,
                                stdout=subprocess.PIPE, text=True,
                                # Tests that run in the background ignore it, and so would this.
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        assert follower.stdout.readline().endswith(" before\n")
        for n in range(3):
            invoke(one, code=f"print('line {n}')")
            while not follower.stdout.readline().endswith(f" line {n}\n"):
                pass
        follower.send_signal(signal.SIGINT)
        assert follower.wait(5) == -signal.SIGINT
    finally:
        follower.kill()
        follower.stdout.close()
        follower.wait()


def test_the_terminal_shows_the_reports_that_are_asked_for(server):
    quiet, loud = server(python()), server(python(), "--report")
    for one in (quiet, loud):
        invoke(one)
    wait_until(lambda: "REPORT RequestId: " in loud.log(), what="the report")
    for line in ("INIT_START ", "START RequestId: ", "END RequestId: "):
        assert f"\n{line}" in loud.log()
    assert "RequestId" not in quiet.log()


# --- X-Ray ---

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.mark.parametrize("name", ["a", "f", "n"])
def test_a_trace_goes_through_and_one_is_made(server, name):
    files = python()
    files["smyth.toml"] += ('[handlers.f]\nruntime = "provided.al2023"\n'
                            '[handlers.n]\nruntime = "nodejs20.x"\nhandler_path = "index.handler"\n')
    files["bootstrap"] = PROGRAM
    files["index.mjs"] = "export const handler = async () => process.env._X_AMZN_TRACE_ID;"
    one = server(files)
    body = "" if name == "f" else {}
    given = one.invoke(name, body, {"X-Amzn-Trace-Id": TRACE, "X-Amz-Log-Type": "Tail"})
    assert given.json == TRACE
    assert given.header("X-Amzn-Trace-Id").lower() == TRACE.lower()
    tail = base64.b64decode(given.header("X-Amz-Log-Result")).decode()
    assert tail.endswith("\nXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 53995c3f42cd8ad8\tSampled: true\t\n")
    made = one.invoke(name, body, {"X-Amz-Log-Type": "Tail"})
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", made.json)
    assert "XRAY" not in base64.b64decode(made.header("X-Amz-Log-Result")).decode()
