"""Lambda's Invoke API, by real boto3 and on the wire."""

import base64
import json
import re

import pytest
from botocore.exceptions import ClientError

from harness.processes import wait_until
from harness.server import Background, lambda_client

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.fixture
def client(shared):
    return shared.client()


def call(client, code, function="run", **options):
    """The answer of an invocation with its payload read."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps({"code": code}), **options)
    answer["Payload"] = json.loads(answer["Payload"].read() or b"null")
    return answer


def test_the_answer_has_all_that_aws_answers(client, shared):
    answer = call(client, "return [context.aws_request_id, context.function_version]")
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert answer["Payload"] == [answer["ResponseMetadata"]["RequestId"], "$LATEST"]
    assert re.fullmatch(UUID, answer["Payload"][0])
    assert headers["content-type"] == "application/json"
    assert headers["x-amzn-remapped-content-length"] == "0"
    assert re.fullmatch(r"root=1-[0-9a-f]{8}-[0-9a-f]{24};.*", headers["x-amzn-trace-id"], re.IGNORECASE)
    assert "FunctionError" not in answer and "LogResult" not in answer


@pytest.mark.parametrize("name, qualifier, arn", [
    ("run", None, ARN + "run"),
    ("123456789012:function:run", None, ARN + "run"),
    ("123456789012:run", None, ARN + "run"),
    (ARN + "run", None, ARN + "run"),
    ("run", "$LATEST", ARN + "run:$LATEST"),
    ("run:$LATEST", None, ARN + "run:$LATEST"),
    (ARN + "run:$LATEST", "$LATEST", ARN + "run:$LATEST"),
    ("invoke_only", None, ARN + "invoke_only"),
])
def test_a_function_goes_by_many_names(client, name, qualifier, arn):
    options = {"Qualifier": qualifier} if qualifier else {}
    assert call(client, "return context.invoked_function_arn", name, **options)["Payload"] == arn


def test_colons_may_be_sent_encoded_or_not(shared):
    for name in ("run", "run%3A%24LATEST", "run:$LATEST", (ARN + "run").replace(":", "%3A"), ARN + "run"):
        assert shared.invoke(name, {"code": "return 1"}).json == 1


def raised(client, name, payload=b"{}", **options):
    with pytest.raises(ClientError) as caught:
        client.invoke(FunctionName=name, Payload=payload, **options)
    return caught.value


@pytest.mark.parametrize("name, options, error, status, message", [
    ("nothing", {}, "ResourceNotFoundException", 404, f"Function not found: {ARN}nothing.*"),
    ("run", {"Qualifier": "PROD"}, "ResourceNotFoundException", 404, f"Function not found: {ARN}run:PROD"),
    ("run:7", {}, "ResourceNotFoundException", 404, f"Function not found: {ARN}run:7"),
    ("run:PROD", {"Qualifier": "$LATEST"}, "InvalidParameterValueException", 400,
     "The derived qualifier from the function name does not match the specified qualifier."),
    (ARN.replace("central", "west") + "run", {}, "ResourceNotFoundException", 404,
     r"Functions from 'eu-west-1' are not reachable in this region \('eu-central-1'\)"),
    (ARN.replace("123456789012", "999999999999") + "run", {}, "AccessDeniedException", 403,
     r"User: .* is not authorized to perform: lambda:InvokeFunction on resource: .*999999999999:function:run.*"),
])
def test_boto3_raises_awss_own_exceptions(client, name, options, error, status, message):
    raise_ = raised(client, name, **options)
    assert type(raise_).__name__ in (error, "ClientError")
    if hasattr(client.exceptions, error):
        assert isinstance(raise_, getattr(client.exceptions, error))
    assert raise_.response["Error"]["Code"] == error
    assert raise_.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert re.fullmatch(message, raise_.response["Error"]["Message"])
    assert raise_.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == error
    assert re.fullmatch(UUID, raise_.response["ResponseMetadata"]["RequestId"])


def test_exception_classes_are_the_models(client):
    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.invoke(FunctionName="nothing")
    assert caught.value.response["Type"] == "User"
    with pytest.raises(client.exceptions.InvalidRequestContentException) as caught:
        client.invoke(FunctionName="run", Payload=b"{bad")
    assert caught.value.response["Error"]["Message"].startswith(
        "Could not parse request body into json: Could not parse payload into json:")


@pytest.mark.parametrize("payload", [b"{", b"nothing", b"{'a': 1}", b"[1,]", b"1 2", b"\xff", b"NaN", b'"\n"', b"01"])
def test_what_is_no_json_is_refused_before_it_runs(client, shared, payload):
    counted = sum(shared.counters("same"))
    assert raised(client, "same", payload).response["Error"]["Code"] == "InvalidRequestContentException"
    assert sum(shared.counters("same")) == counted


@pytest.mark.parametrize("payload", [b"[]", b"null", b"1.5", b'"x"', b"true", b' {"a": [1, {"b": null}]} ', b"",
                                     '{"ü": "😀"}'.encode(), b'"' + b"x" * 6_291_454 + b'"'])
def test_any_json_up_to_six_megabytes_is_an_event(client, payload):
    answer = client.invoke(FunctionName="same", Payload=payload)
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer
    assert json.load(answer["Payload"]) == json.loads(payload or b"{}")


@pytest.mark.parametrize("kind, size, limit", [("RequestResponse", 6_291_457, 6_291_456), ("Event", 1_048_577, 1_048_576)])
def test_too_large_payloads_are_413_with_awss_words(client, kind, size, limit):
    error = raised(client, "same", b'"' + b"x" * (size - 2) + b'"', InvocationType=kind)
    assert error.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert error.response["Error"]["Message"] == \
        f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"


def test_throttled_is_too_many_requests(client, shared, gate):
    door = gate()
    held = Background(shared.run, f"from gate import hold; hold({str(door)!r}); return 1", "throttled")
    door.wait_entered()
    with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
        client.invoke(FunctionName="throttled", Payload=b'{"code": "return 2"}')
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert (response["Type"], response["Error"]["Message"]) == ("User", "Rate Exceeded.")
    door.open()
    assert held.result() == 1


def test_an_event_waits_whatever_overflow_says(client, shared, gate, tmp_path):
    door, ran = gate(), tmp_path / "ran"
    held = Background(shared.run, f"from gate import hold; hold({str(door)!r}); return 1", "throttled")
    door.wait_entered()
    answer = call(client, f"open({str(ran)!r}, 'w')", "throttled", InvocationType="Event")
    assert (answer["StatusCode"], answer["Payload"]) == (202, None)
    assert "ExecutedVersion" not in answer and answer["ResponseMetadata"]["RequestId"]
    door.open()
    assert held.result() == 1
    wait_until(ran.exists, what="the event has run")


def test_an_events_failure_is_in_the_log_alone(client, shared):
    answer = call(client, "raise ValueError('in the background')", InvocationType="Event")
    assert (answer["StatusCode"], "FunctionError" in answer) == (202, False)
    shared.wait_for_log("in the background")


def test_a_failing_event_runs_once(client, shared, tmp_path):
    call(client, f"open({str(tmp_path / 'runs')!r}, 'a').write('x'); raise ValueError('once')", "single",
         InvocationType="Event")
    shared.wait_for_log("ValueError: once")
    assert shared.run("return 1", "single") == 1
    assert (tmp_path / "runs").read_text() == "x"


def test_a_full_queue_of_events_answers_429(server, gate):
    one = server({
        "pyproject.toml": '[tool.smyth.handlers.slow]\nhandler_path = "app.slow"\ntimeout = 30\n',
        "app.py": "from gate import hold\ndef slow(event, context):\n    if event.get('gate'):\n        hold(event['gate'])\n",
    })
    door = gate()
    one.invoke("slow", {"gate": str(door)}, {"X-Amz-Invocation-Type": "Event"})
    door.wait_entered()
    statuses = []
    with one.connect() as connection:
        for _ in range(150_000):
            statuses.append(connection.request("POST", "/2015-03-31/functions/slow/invocations", b"{}",
                                               {"X-Amz-Invocation-Type": "Event"}).status)
            if statuses[-1] != 202:
                break
    assert statuses[-1] == 429 and set(statuses[:-1]) == {202} and len(statuses) > 100
    door.open()
    wait_until(lambda: one.counters("slow") == [len(statuses)], 30, "all accepted events run")
    assert one.invoke("slow", {}).status == 200


def test_dry_run_checks_and_runs_nothing(client, shared):
    counted = sum(shared.counters("run"))
    answer = client.invoke(FunctionName="run", InvocationType="DryRun", Payload=b"{}")
    assert answer["StatusCode"] == 204 and answer["Payload"].read() == b""
    assert raised(client, "nothing", InvocationType="DryRun").response["Error"]["Code"] == "ResourceNotFoundException"
    assert sum(shared.counters("run")) == counted


def test_an_unknown_type_is_a_validation_error(shared):
    response = shared.invoke("run", {}, {"X-Amz-Invocation-Type": "Often"})
    assert (response.status, response.header("x-amzn-ErrorType")) == (400, "ValidationException")
    assert response.json["message"].startswith("1 validation error detected: Value 'Often' at 'invocationType'")


def test_the_client_context_reaches_the_handler(client):
    sent = {"client": {"installation_id": "i", "app_title": "t", "app_version_name": "n", "app_version_code": "c",
                       "app_package_name": "p"}, "custom": {"a": "1"}, "env": {"locale": "de"}}
    answer = call(client, """
        c = context.client_context
        return [c.client.installation_id, c.client.app_title, c.client.app_package_name, c.custom, c.env]""".replace("\n        ", "\n"),
                  ClientContext=base64.b64encode(json.dumps(sent).encode()).decode())
    assert answer["Payload"] == ["i", "t", "p", {"a": "1"}, {"locale": "de"}]
    assert call(client, "return context.client_context")["Payload"] is None


def test_a_bad_client_context_is_refused(client):
    assert raised(client, "run", ClientContext="!!").response["ResponseMetadata"]["HTTPStatusCode"] == 400


# --- LogType=Tail ---

def tail(answer):
    return base64.b64decode(answer["LogResult"]).decode()


def test_the_tail_holds_start_output_end_and_report(client):
    call(client, "return 1", "single")
    answer = call(client, "print('one'); import sys; print('two', file=sys.stderr); return 1", "single", LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    lines = tail(answer).splitlines()
    assert lines[:4] == [f"START RequestId: {request_id} Version: $LATEST", "one", "two", f"END RequestId: {request_id}"]
    assert re.fullmatch(rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
                        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\t", lines[4])
    assert len(lines) == 5


@pytest.mark.alone
def test_the_report_of_a_cold_start_has_the_init_duration(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "a.a"\nmemory_size = 512\n',
                  "a.py": "import time\ntime.sleep(0.1)\ndef a(event, context):\n    time.sleep(0.05)\n"})
    client = one.client()
    cold, warm = (tail(client.invoke(FunctionName="a", LogType="Tail")) for _ in range(2))
    report = re.search(r"Duration: (\S+) ms\tBilled Duration: (\d+) ms\tMemory Size: 512 MB\t"
                       r"Max Memory Used: \d+ MB\tInit Duration: (\S+) ms\t\n\Z", cold)
    duration, billed, init = (float(value) for value in report.groups())
    assert 50 <= duration < 150 and 100 <= init < 1000
    assert duration + init <= billed <= duration + init + 1
    assert "Init Duration" not in warm


@pytest.mark.parametrize("function, code, status", [
    ("quick", "import time; print('before'); time.sleep(5)", "Status: timeout"),
    ("single", "import os; print('before'); os._exit(1)", "Status: error\tError Type: Runtime.ExitError"),
])
def test_the_report_says_how_it_failed(client, function, code, status):
    answer = call(client, code, function, LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    lines = tail(answer).splitlines()
    assert lines[1] == "before" and lines[-1].endswith(status)


def test_the_tail_has_the_last_four_kilobytes(client):
    answer = call(client, "for n in range(1000): print(f'line {n}')", LogType="Tail")
    text = tail(answer)
    assert len(text) == 4096 and "START" not in text and "line 999\nEND" in text


def test_an_error_is_in_the_tail_with_its_traceback(client):
    text = tail(call(client, "raise ValueError('wrong')", LogType="Tail"))
    assert "[ERROR] ValueError: wrong" in text and "Traceback (most recent call last):" in text


# --- Function errors, exactly as AWS's Python runtime sends them ---

def failed(client, name, code="return 1"):
    answer = call(client, code, name)
    assert (answer["StatusCode"], answer["FunctionError"], answer["ExecutedVersion"]) == (200, "Unhandled", "$LATEST")
    return answer["Payload"], answer["ResponseMetadata"]["RequestId"]


def test_an_exception_is_message_type_id_and_stack(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "pack.app.a"\n', "pack/__init__.py": "",
                  "pack/app.py": "def a(event, context):\n    return inner()\n\ndef inner():\n    raise KeyError('ä')\n"})
    response = one.invoke("a", {})
    document = response.json
    assert list(document) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert document == {
        "errorMessage": "'ä'", "errorType": "KeyError", "requestId": response.header("x-amzn-RequestId"),
        "stackTrace": [f'  File "{one.folder}/pack/app.py", line 2, in a\n    return inner()\n',
                       f'  File "{one.folder}/pack/app.py", line 5, in inner\n    raise KeyError(\'ä\')\n'],
    }


def test_an_exception_class_of_ones_own_goes_by_its_name(client):
    document, _ = failed(client, "run", "class OutOfStock(Exception): pass\nraise OutOfStock(3, 'x')")
    assert (document["errorType"], document["errorMessage"]) == ("OutOfStock", "(3, 'x')")


def test_a_missing_module(client):
    assert failed(client, "no_module")[0] == {
        "errorMessage": "Unable to import module 'missing': No module named 'missing'",
        "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}


def test_a_missing_function(client):
    document, _ = failed(client, "no_function")
    assert document["errorType"] == "Runtime.HandlerNotFound"
    assert document["errorMessage"] == "Handler 'missing' missing on module 'app'"
    assert document["stackTrace"] == []


def test_a_syntax_error(client):
    document, _ = failed(client, "no_syntax")
    assert document["errorType"] == "Runtime.UserCodeSyntaxError"
    assert document["errorMessage"].startswith("Syntax error in module 'bad_syntax': ")
    assert 'bad_syntax.py" Line 1' in "".join(document["stackTrace"])


def test_a_module_that_raises(client):
    document, _ = failed(client, "raises")
    assert (document["errorType"], document["errorMessage"]) == ("RuntimeError", "not today")
    assert 'bad_import.py", line 3' in "".join(document["stackTrace"])


def test_a_module_that_exits(client):
    document, request_id = failed(client, "exits")
    assert document == {"errorType": "Runtime.ExitError",
                        "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status 7"}


@pytest.mark.parametrize("code, kind", [("return {1}", "set"), ("return object()", "object"), ("return [1j]", "complex")])
def test_what_is_no_json_cannot_be_marshalled(client, code, kind):
    document, _ = failed(client, "run", code)
    assert document["errorType"] == "Runtime.MarshalError"
    assert document["errorMessage"] == f"Unable to marshal response: Object of type {kind} is not JSON serializable"


def test_decimals_and_bytes_are_written_as_awss_encoder_does(client):
    assert call(client, "from decimal import Decimal; return [Decimal('1.50'), Decimal(3), b'x']")["Payload"] == [1.5, 3.0, "x"]


def test_a_coroutine_cannot_be_marshalled_and_the_log_says_why(client, shared):
    document, _ = failed(client, "coroutine")
    assert document["errorType"] == "Runtime.MarshalError"
    assert document["errorMessage"] == "Unable to marshal response: Object of type coroutine is not JSON serializable"
    shared.wait_for_log("(?i)hint: .*async")


@pytest.mark.parametrize("code, words", [
    ("import os; os._exit(3)", "Runtime exited with error: exit status 3"),
    ("import sys; sys.exit(1)", "Runtime exited with error: exit status 1"),
    ("import sys; sys.exit()", "Runtime exited without providing a reason"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
    ("import os; os.abort()", "Runtime exited with error: signal: aborted"),
])
def test_a_process_that_ends_is_an_exit_error(client, code, words):
    document, request_id = failed(client, "single", code)
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].startswith(f"RequestId: {request_id} Error: {words}")


def test_a_timeout_says_after_how_long(client):
    document, request_id = failed(client, "quick", "while True: pass")
    assert document == {"errorType": "Sandbox.Timedout",
                        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 0.30 seconds"}


def test_a_failing_hook_is_a_service_exception(client, shared):
    with pytest.raises(client.exceptions.ServiceException) as caught:
        client.invoke(FunctionName="hook_bad_context", Payload=b"{}")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    shared.wait_for_log("LookupError: no context today")


def test_the_region_is_the_servers(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "a.a"\n',
                  "a.py": "import os\ndef a(event, context):\n    return [context.invoked_function_arn, os.environ['AWS_REGION']]\n"},
                 environ={"AWS_REGION": "us-east-1"})
    answer = lambda_client(one.url).invoke(FunctionName="arn:aws:lambda:us-east-1:123456789012:function:a")
    assert json.load(answer["Payload"]) == ["arn:aws:lambda:us-east-1:123456789012:function:a", "us-east-1"]


def test_other_operations_and_methods_are_refused_clearly(client, shared):
    with pytest.raises(ClientError):
        client.list_functions()
    with pytest.raises(ClientError):
        client.invoke_with_response_stream(FunctionName="run", Payload=b'{"code": "return 1"}')
    response = shared.get("/2015-03-31/functions/run/invocations")
    assert response.status in (404, 405) and response.header("x-amzn-ErrorType")
