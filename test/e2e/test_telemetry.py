"""Extensions that subscribe to Lambda's Telemetry API. Facts: docs/reference/lambda-telemetry.md."""

import json
import sys

import pytest

from harness.processes import wait_until
from harness.server import at_once

# An extension that does what the variable WATCH says: `protocol`, `types`, `schema`, `timeout_ms`, and how it
# listens: `well`, `slow` (every answer takes 0.2 s), `silent` (it never answers) or `dead` (nobody listens). If it
# `waits`, it is done with init and invocation when it has heard that the runtime is. What it hears goes, a line each, to
# `heard/NAME.PID`; what its subscriptions were answered to `answers/NAME.PID`.
WATCH = """
    #!/usr/bin/env python3
    import http.client, http.server, json, os, socketserver, threading, time

    wanted = json.loads(os.environ["WATCH"])
    name = os.path.basename(__file__)
    for folder in ("heard", "answers"):
        os.makedirs(folder, exist_ok=True)
    heard = open(f"heard/{name}.{os.getpid()}", "a", buffering=1)
    runtime_is_ready, runtime_is_done = threading.Semaphore(0), threading.Semaphore(0)


    def keep(record):
        heard.write(json.dumps(record) + "\\n")
        if record["type"] == "platform.initRuntimeDone":
            runtime_is_ready.release()
        if record["type"] == "platform.runtimeDone":
            runtime_is_done.release()


    class Posts(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if wanted.get("how") == "silent":
                time.sleep(1000)
            if wanted.get("how") == "slow":
                time.sleep(0.2)
            for record in json.loads(body):
                keep(record)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass


    class Lines(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                keep(json.loads(line))


    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True


    def call(method, path, headers, body=None):
        connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode(), response.headers


    is_http = wanted.get("protocol", "HTTP") == "HTTP"
    server = Server(("127.0.0.1", 0), Posts if is_http else Lines)
    port = server.server_address[1]
    if wanted.get("how") == "dead":
        server.server_close()
    else:
        threading.Thread(target=server.serve_forever, daemon=True).start()

    _, _, head = call("POST", "/2020-01-01/extension/register", {"Lambda-Extension-Name": name},
                      json.dumps({"events": ["INVOKE", "SHUTDOWN"]}))
    me = {"Lambda-Extension-Identifier": head["Lambda-Extension-Identifier"]}
    usual = {
        "schemaVersion": wanted.get("schema", "2022-12-13"),
        "types": wanted.get("types", ["platform", "function", "extension"]),
        "buffering": {"timeoutMs": wanted.get("timeout_ms", 25), "maxItems": 1000},
        "destination": {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{port}/records"} if is_http
                       else {"protocol": "TCP", "port": port},
    }
    time.sleep(wanted.get("late", 0))
    asked = wanted.get("asked") or [["/2022-07-01/telemetry", {}]]


    def ask(path, changes, headers=me):
        body = changes if isinstance(changes, str) else json.dumps({**usual, **changes})
        status, text, _ = call("PUT", path, headers, body)
        with open(f"answers/{name}.{os.getpid()}", "a") as answers:
            answers.write(json.dumps([status, text]) + "\\n")


    for path, changes in asked:
        ask(path, changes)
    for headers in wanted.get("strangers", []):
        ask("/2022-07-01/telemetry", {}, headers)
    print(f"{name} watches", flush=True)
    if wanted.get("waits"):
        runtime_is_ready.acquire()
    while True:
        event = json.loads(call("GET", "/2020-01-01/extension/event/next", me)[1])
        if event["eventType"] == "SHUTDOWN":
            break
        if wanted.get("waits"):
            runtime_is_done.acquire()
        if wanted.get("after_init"):
            ask("/2022-07-01/telemetry", {})
"""
APP = """
    import os
    import time

    print("the module runs")


    def handler(event, context):
        print(event["say"])
        for _ in range(event.get("lines", 0)):
            print("x" * 1000)
        time.sleep(event.get("sleep", 0))
        return os.getpid()
"""


def table(wanted, more=""):
    variable = json.dumps(json.dumps(wanted))
    return ('[handlers.run]\nhandler_path = "app.handler"\ntimeout = 20\n'
            f'layers = ["layer"]\nenv = {{ WATCH = {variable} }}\n{more}')


@pytest.fixture
def watched(server):
    def start(more="", app=APP, names=("watch",), **wanted):
        files = {f"layer/extensions/{name}": WATCH for name in names}
        return server({"smyth.toml": table(wanted, more), "app.py": app, **files})

    return start


def records(one, name="watch"):
    """What the extension has heard, by its processes."""
    return [[json.loads(line) for line in path.read_text().splitlines()]
            for path in sorted((one.folder / "heard").glob(f"{name}*"))]


def heard(one, name="watch"):
    return [record for process in records(one, name) for record in process]


def kinds(found):
    return [record["type"] for record in found]


def of_kind(found, kind):
    return [record["record"] for record in found if record["type"] == kind]


def answers(one):
    return [json.loads(line) for path in (one.folder / "answers").iterdir() for line in path.read_text().splitlines()]


def stop(one):
    assert one.stop() == 0


@pytest.mark.parametrize("protocol", ["HTTP", "TCP"])
def test_an_extension_hears_of_all_that_happens(watched, protocol):
    one = watched(protocol=protocol, waits=True)
    assert one.invoke("run", {"say": "hello"}).status == 200
    wait_until(lambda: "working" not in one.states("run"))
    assert kinds(heard(one))[-1] == "platform.runtimeDone"
    stop(one)
    found = heard(one)
    wanted = ["platform.initStart", "platform.telemetrySubscription", "extension", "function", "platform.extension",
              "platform.initRuntimeDone", "platform.initReport", "platform.start", "function", "platform.runtimeDone",
              "platform.report"]
    # The extension's own lines and the module's come by pipes of their own.
    assert sorted(kinds(found)) == sorted(wanted), kinds(found)
    assert [kind for kind in kinds(found) if kind != "extension"][-5:] == wanted[-5:]
    assert kinds(found)[0] == "platform.initStart"
    assert of_kind(found, "function") == ["the module runs", "hello"]
    assert of_kind(found, "extension") == ["watch watches"]
    assert of_kind(found, "platform.telemetrySubscription") == [
        {"name": "watch", "state": "Subscribed", "types": ["platform", "function", "extension"]}]
    assert of_kind(found, "platform.extension") == [{"name": "watch", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}]
    assert [span["name"] for span in of_kind(found, "platform.report")[0]["spans"]] == ["extensionOverhead"]
    times = [record["time"] for record in found]
    assert times == sorted(times)


def test_records_have_lambdas_members(watched):
    one = watched(more="memory_size = 256\n", types=["platform"])
    assert one.invoke("run", {"say": "hello"}).status == 200
    stop(one)
    found = {record["type"]: record["record"] for record in heard(one)}
    start = found["platform.initStart"]
    assert start.keys() >= {"initializationType", "phase", "runtimeVersion", "functionName", "functionVersion", "instanceId",
                            "instanceMaxMemory"}
    assert (start["initializationType"], start["phase"], start["instanceMaxMemory"]) == ("on-demand", "init", 256 << 20)
    assert found["platform.initRuntimeDone"] == {"initializationType": "on-demand", "phase": "init", "status": "success"}
    report = found["platform.initReport"]
    assert (report["phase"], report["status"]) == ("init", "success") and report["metrics"]["durationMs"] > 0
    identity = found["platform.start"]["requestId"]
    assert found["platform.start"]["version"] == "$LATEST"
    done = found["platform.runtimeDone"]
    assert (done["requestId"], done["status"]) == (identity, "success")
    assert done["metrics"]["durationMs"] > 0 and done["metrics"]["producedBytes"] > 0
    assert [span["name"] for span in done["spans"]] == ["responseLatency", "responseDuration", "runtimeOverhead"]
    report = found["platform.report"]
    assert (report["requestId"], report["status"]) == (identity, "success")
    assert report["metrics"].keys() == {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB",
                                        "initDurationMs"}


def test_only_the_types_that_it_asked_for(watched):
    one = watched(types=["function"])
    assert one.invoke("run", {"say": "hello"}).status == 200
    stop(one)
    assert kinds(heard(one)) == ["function", "function"]


@pytest.mark.parametrize("schema, is_object", [("2022-07-01", False), ("2022-12-13", True), ("2025-01-29", True)])
def test_lines_of_json_are_objects_but_in_the_oldest_schema(watched, schema, is_object):
    one = watched('log_format = "json"\n', types=["function"], schema=schema)
    assert one.invoke("run", {"say": '{"level": "INFO", "a": 1}'}).status == 200
    stop(one)
    lines = of_kind(heard(one), "function")
    said = {"level": "INFO", "a": 1}
    assert lines == ["the module runs", said if is_object else json.dumps(said)]


def test_what_comes_between_invocations_waits_for_the_next(watched):
    one = watched()
    assert one.invoke("run", {"say": "one"}).status == 200
    wait_until(lambda: "working" not in one.states("run"))
    with pytest.raises(AssertionError):
        wait_until(lambda: "platform.report" in kinds(heard(one)), 0.3)
    assert one.invoke("run", {"say": "two", "sleep": 0.2}).status == 200
    found = kinds(heard(one))
    assert found.count("platform.report") == 1
    assert found.index("platform.report") < len(found) - found[::-1].index("platform.start")


def test_environments_hear_of_themselves_alone(watched):
    one = watched(more="concurrency = 2\n", types=["platform", "function"])
    pids = {answer.json for answer in at_once(2, one.invoke, "run", {"say": "who", "sleep": 0.4})}
    assert len(pids) == 2
    stop(one)
    both = records(one)
    assert [kinds(process).count("platform.start") for process in both] == [1, 1]
    assert [of_kind(process, "function") for process in both] == [["the module runs", "who"]] * 2
    assert len({of_kind(process, "platform.start")[0]["requestId"] for process in both}) == 2


def test_several_extensions_each_have_their_subscription(watched):
    one = watched(names=("early", "late"), types=["function", "platform"])
    assert one.invoke("run", {"say": "hello"}).status == 200
    stop(one)
    for name in ("early", "late"):
        assert of_kind(heard(one, name), "function") == ["the module runs", "hello"]
        subscribed = of_kind(heard(one, name), "platform.telemetrySubscription")
        assert sorted(record["name"] for record in subscribed) == ["early", "late"]


def test_a_slow_subscriber_is_told_what_it_misses(watched):
    one = watched(how="slow", types=["platform", "function"])
    assert one.invoke("run", {"say": "much", "lines": 3000}).status == 200
    assert one.invoke("run", {"say": "enough", "sleep": 2}).status == 200
    stop(one)
    found = heard(one)
    dropped = of_kind(found, "platform.logsDropped")
    assert dropped and all(record["reason"].startswith("Some logs were dropped") for record in dropped)
    lines = [line for line in of_kind(found, "function") if line == "x" * 1000]
    missed = sum(record["droppedRecords"] for record in dropped)
    assert missed > 0 and sum(record["droppedBytes"] for record in dropped) > 1000 * missed
    assert 3000 - len(lines) <= missed <= 3000 - len(lines) + 20, "no more than platform records besides"


@pytest.mark.parametrize("how", ["dead", "silent"])
def test_a_subscriber_that_takes_nothing_holds_up_nobody(watched, how):
    one = watched(how=how)
    for number in range(20):
        answer = one.invoke("run", {"say": "hello", "lines": 100})
        assert answer.status == 200 and answer.header("X-Amz-Function-Error") is None
    assert heard(one) == []
    stop(one)


def test_a_reset_environment_subscribes_anew(watched):
    one = watched(more="concurrency = 1\n", app=APP.replace('time.sleep(event.get("sleep", 0))', 'event.get("end") and os._exit(1)'))
    assert one.invoke("run", {"say": "one", "end": True}).header("X-Amz-Function-Error") == "Unhandled"
    assert one.invoke("run", {"say": "two"}).status == 200
    stop(one)
    before, after = sorted(records(one), key=lambda found: found[0]["time"])
    assert of_kind(before, "function") == ["the module runs", "one"]
    assert of_kind(before, "platform.runtimeDone")[0]["status"] == "error"
    assert of_kind(after, "function") == ["the module runs", "two"]
    assert of_kind(after, "platform.initStart")[0]["phase"] == "invoke"


# --- What is refused ---


def test_what_a_subscription_may_not_say(watched):
    wrong = [
        ("{", "the body must be a JSON object"),
        ({"schemaVersion": "2021-03-18"}, "schemaVersion must be one of 2022-07-01, 2022-12-13, 2025-01-29"),
        ({"types": []}, "types must be a list of platform, function, extension"),
        ({"types": ["logs"]}, "types may be platform, function, extension"),
        ({"buffering": {"maxItems": 999}}, "buffering.maxItems must be a whole number between 1000 and 10000"),
        ({"buffering": {"maxBytes": 1}}, "buffering.maxBytes must be a whole number between 262144 and 1048576"),
        ({"buffering": {"timeoutMs": 24}}, "buffering.timeoutMs must be a whole number between 25 and 30000"),
        ({"destination": {"protocol": "HTTP", "URI": "http://example.com:80/"}},
         "the host of destination.URI must be sandbox.localdomain"),
        ({"destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:9001"}}, "port 9001 is Lambda's own"),
        ({"destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:80/\r\nX-Evil: 1"}},
         "destination.URI has a character that must be encoded"),
        ({"destination": {"protocol": "TCP", "port": 70_000}}, "destination.port must be a number between 1 and 65535"),
        (json.dumps({"padding": "x" * 100_000}), "the body is too large"),
    ]
    path = "/2022-07-01/telemetry"
    one = watched(asked=[[path, body] for body, _ in wrong] + [[path, {}], [path, {}]])
    assert one.invoke("run", {"say": "hello"}).status == 200
    stop(one)
    told = answers(one)
    assert [(status, json.loads(text)) for status, text in told[:len(wrong)]] == [
        (400, {"errorType": "ValidationError", "errorMessage": words}) for _, words in wrong]
    assert told[len(wrong)] == [200, '"OK"']
    assert told[len(wrong) + 1][0] == 400, "a second time"
    assert "platform.report" in kinds(heard(one))


def test_who_may_not_subscribe(watched):
    unknown = "00000000-0000-4000-8000-000000000000"
    one = watched(strangers=[{}, {"Lambda-Extension-Identifier": unknown}, {"Lambda-Extension-Identifier": "me"}],
                  after_init=True)
    assert one.invoke("run", {"say": "hello", "sleep": 0.1}).status == 200
    stop(one)
    own, *strangers, late = answers(one)
    assert own == [200, '"OK"']
    assert [(status, json.loads(text)["errorType"]) for status, text in strangers] == [
        (403, "Extension.MissingExtensionIdentifier"), (403, "Extension.UnknownExtensionIdentifier"),
        (403, "Extension.InvalidExtensionIdentifier")]
    assert (late[0], json.loads(late[1])) == (403, {"errorType": "Telemetry.SubscriptionClosed",
                                                    "errorMessage": "Telemetry API subscription is closed"})


def test_the_older_api_is_not_there(watched):
    one = watched(asked=[["/2020-08-15/logs", {"schemaVersion": "2021-03-18"}]])
    assert one.invoke("run", {"say": "hello"}).status == 200
    [[status, text]] = answers(one)
    assert (status, json.loads(text)) == (202, {"errorType": "Logs.NotSupported",
                                                "errorMessage": "Logs API is not supported"})


# --- Internal extensions ---

# A runtime that is its own extension, and keeps what it hears in `heard/inner`.
INNER = """
    import http.client, json, os, socketserver, threading

    class Lines(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                heard.write(line.decode())

    def call(method, path, headers={}, body=None):
        connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.read(), response.headers

    def listen():
        while True:
            call("GET", "/2020-01-01/extension/event/next", me)

    os.makedirs("heard", exist_ok=True)
    heard = open("heard/inner", "w", buffering=1)
    server = socketserver.TCPServer(("127.0.0.1", 0), Lines)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _, head = call("POST", "/2020-01-01/extension/register", {"Lambda-Extension-Name": "inner"}, '{"events": []}')
    me = {"Lambda-Extension-Identifier": head["Lambda-Extension-Identifier"]}
    call("PUT", "/2022-07-01/telemetry", me, json.dumps({
        "schemaVersion": "2022-12-13", "types": ["platform", "function"], "buffering": {"timeoutMs": 25},
        "destination": {"protocol": "TCP", "port": server.server_address[1]}}))
    threading.Thread(target=listen, daemon=True).start()
    while True:
        _, head = call("GET", "/2018-06-01/runtime/invocation/next")
        print("served", flush=True)
        call("POST", f"/2018-06-01/runtime/invocation/{head['Lambda-Runtime-Aws-Request-Id']}/response", {}, "1")
"""


def test_an_internal_extension_may_subscribe_too(server):
    one = server({"smyth.toml": f'[handlers.run]\ncommand = ["{sys.executable}", "program.py"]\nfreeze = false\n',
                  "program.py": INNER})
    assert one.invoke("run", {}).status == 200
    wanted = ["platform.initStart", "platform.telemetrySubscription", "platform.extension", "platform.initRuntimeDone",
              "platform.initReport", "platform.start", "function", "platform.runtimeDone", "platform.report"]
    wait_until(lambda: len(heard(one, "inner")) == len(wanted), what="as many records")
    found = kinds(heard(one, "inner"))
    assert sorted(found) == sorted(wanted) and found[-5:] == wanted[-5:], found
