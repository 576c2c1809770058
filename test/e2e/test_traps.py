"""Facts of Lambda that implementers get wrong, mostly from the view of a program that asks for invocations.

docs/fidelity.md lists all thirty traps with their tests; here are those that no other file shows.
"""

import re
import sys

import pytest

from harness.processes import wait_until
from harness.server import Background

TABLE = """
[handlers.run]
{start}
url_path = "/run"
timeout = 10
memory_size = 256
env = {{ OWN = "1" }}
"""

# Speaks HTTP by hand, so that it sees every byte, and chooses how its answer is sent.
PROGRAM = """#!{python}
import json, os, socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
stream = socket.create_connection((host, int(port))).makefile("rwb")

def read():
    status, headers = int(stream.readline().split()[1]), {{}}
    while (line := stream.readline().strip()):
        name, value = line.decode().split(": ", 1)
        headers[name.lower()] = value
    return status, headers, stream.read(int(headers["content-length"]))

def post(path, head, body):
    stream.write(f"POST /2018-06-01/runtime/{{path}} HTTP/1.1\\r\\nHost: localhost\\r\\n{{head}}\\r\\n".encode() + body)
    stream.flush()
    return read()

def plain(path, body):
    return post(path, f"Content-Length: {{len(body)}}\\r\\n", body)

posted = []
while True:
    stream.write(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
    stream.flush()
    status, headers, body = read()
    event = json.loads(body)
    answer = f"invocation/{{headers['lambda-runtime-aws-request-id']}}/response"
    what = event.get("what")
    if what == "chunked":
        done = post(answer, "Transfer-Encoding: chunked\\r\\nTrailer: Lambda-Runtime-Function-Error-Type\\r\\n",
                    b'5\\r\\n"half\\r\\n4\\r\\ndone\\r\\n1\\r\\n"\\r\\n0\\r\\n\\r\\n')
    elif what == "size":
        done = plain(answer, b'"' + b"x" * (event["bytes"] - 2) + b'"')
    elif what == "stream":
        head = "".join(f"{{name}}: {{text}}\\r\\n" for name, text in event["headers"].items())
        pieces = [piece.encode() for piece in event["pieces"]]
        done = post(answer, head + "Transfer-Encoding: chunked\\r\\n",
                    b"".join(b"%x\\r\\n%s\\r\\n" % (len(piece), piece) for piece in pieces)
                    + b"0\\r\\n" + event.get("trailers", "").encode() + b"\\r\\n")
    elif what == "error as rust":
        body = event["document"].encode()
        done = post(answer.replace("/response", "/error"), "lambda-runtime-function-error-type: unhandled\\r\\n"
                    f"Content-Length: {{len(body)}}\\r\\n", body)
    elif what == "error":
        done = plain(answer.replace("/response", "/error"), b'{{"errorType": "E", "errorMessage": "m"}}')
    else:
        done = plain(answer, json.dumps({{"status": status, "headers": headers, "variables": dict(os.environ),
                                         "posted": posted}}).encode())
    posted.append(done[0])
"""


def program(server, start, name):
    return server({"smyth.toml": TABLE.format(start=start), name: PROGRAM.format(python=sys.executable)})


@pytest.fixture
def provided(server):
    return program(server, 'runtime = "provided.al2023"\ncode = "bin"', "bin/bootstrap")


def test_trap_06_a_response_has_at_most_six_mebibytes_and_a_hundred_bytes(provided):
    assert len(provided.invoke("run", {"what": "size", "bytes": 6_291_556}).body) == 6_291_556
    response = provided.invoke("run", {"what": "size", "bytes": 6_291_557})
    assert response.header("X-Amz-Function-Error") == "Unhandled"
    assert response.json["errorType"] == "Function.ResponseSizeTooLarge"
    assert provided.invoke("run", {}).json["status"] == 200


def test_trap_07_next_is_exactly_200_and_answers_exactly_202(provided):
    provided.invoke("run", {})
    assert provided.invoke("run", {"what": "error"}).json == {"errorType": "E", "errorMessage": "m"}
    found = provided.invoke("run", {}).json
    assert (found["status"], found["posted"]) == (200, [202, 202])


def test_trap_08_the_type_of_the_event_is_application_json_and_no_more(provided):
    assert provided.invoke("run", {}, {"Content-Type": "text/plain; charset=utf-8"}).json["headers"]["content-type"] == \
        "application/json"


def test_trap_09_a_buffered_answer_may_be_chunked_with_trailers_declared(provided):
    assert provided.invoke("run", {"what": "chunked"}).json == "halfdone"
    assert provided.invoke("run", {}).json["posted"] == [202]


STREAM = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Content-Type": "application/octet-stream",
          "Trailer": "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"}
STREAM_ERROR = ("Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n"
                "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJSdW50aW1lLlN0cmVhbUVycm9yIn0=\r\n")


@pytest.mark.parametrize("pieces, trailers", [(["begun"], STREAM_ERROR), (["begun", STREAM_ERROR + "\r\n"], "")])
def test_trap_10_an_error_within_a_stream_is_trailers_but_with_rust_text_of_the_body(provided, pieces, trailers):
    response = provided.invoke("run", {"what": "stream", "headers": STREAM, "pieces": pieces, "trailers": trailers})
    assert (response.status, response.header("X-Amz-Function-Error")) == (200, None)
    assert response.body == "".join(pieces).encode()
    assert provided.invoke("run", {}).json["posted"] == [202]


def test_trap_10_an_error_type_that_breaks_the_pattern_is_taken_and_its_document_passed_on(provided):
    document = '{"errorType": "&alloc::boxed::Box<dyn core::error::Error>",  "errorMessage": "no"}'
    response = provided.invoke("run", {"what": "error as rust", "document": document})
    assert (response.header("X-Amz-Function-Error"), response.text) == ("Unhandled", document)
    assert provided.invoke("run", {}).json["posted"] == [202]


def test_trap_12_what_rust_panics_without_is_there(provided):
    found = provided.invoke("run", {}).json
    assert re.fullmatch(r"\d{13}", found["headers"]["lambda-runtime-deadline-ms"])
    variables = found["variables"]
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "run"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"


def test_trap_15_a_provided_runtime_has_no_execution_environment(provided):
    variables = provided.invoke("run", {}).json["variables"]
    assert "AWS_EXECUTION_ENV" not in variables
    assert "_X_AMZN_TRACE_ID" not in variables  # A client sets it for each event; that of Java does not.
    assert variables["OWN"] == "1"


def test_trap_16_the_address_has_host_and_port_without_a_scheme(provided):
    assert re.fullmatch(r"127\.0\.0\.1:\d+", provided.invoke("run", {}).json["variables"]["AWS_LAMBDA_RUNTIME_API"])


ONCE = """
[handlers.run]
handler_path = "app.handler"
concurrency = 1
overflow = "throttle"
"""


def test_trap_29_what_begins_anew_for_an_event_keeps_its_request_id(server, tmp_path):
    # Lambda tries an event again that fails, under the same id. Here only an init that exits is tried once more.
    one = server({"smyth.toml": ONCE, "app.py": f"""
        import os
        mark = {str(tmp_path / 'mark')!r}
        if not os.path.exists(mark):
            open(mark, "w").close()
            os._exit(3)
        def handler(event, context):
            with open({str(tmp_path / 'ids')!r}, "a") as file:
                file.write(context.aws_request_id + "\\n")
            raise ValueError("no")
        """})
    accepted = one.invoke("run", {}, {"X-Amz-Invocation-Type": "Event"})
    assert accepted.status == 202
    one.wait_for_log("ValueError: no")
    assert (tmp_path / "ids").read_text().split() == [accepted.header("x-amzn-RequestId")]


def test_trap_30_what_a_poller_of_an_event_source_sends_is_answered_or_refused_and_never_kept(server, gate):
    one = server({"smyth.toml": ONCE, "app.py": """
        from gate import hold
        served = []
        def handler(event, context):
            served.extend(record["messageId"] for record in event["Records"])
            if "gate" in event["Records"][0]:
                hold(event["Records"][0]["gate"])
            return {"batchItemFailures": [{"itemIdentifier": served[-1]}], "served": served}
        """})

    def batch(name, **more):
        return one.invoke("run", {"Records": [{"messageId": name, "eventSource": "aws:sqs", **more}]})

    door = gate()
    held = Background(batch, "first", gate=str(door))
    door.wait_entered()
    refused = batch("second")
    assert (refused.status, refused.json["Reason"]) == (429, "ReservedFunctionConcurrentInvocationLimitExceeded")
    door.open()
    assert held.result().json["batchItemFailures"] == [{"itemIdentifier": "first"}]
    wait_until(lambda: one.states("run") == ["warm"], what="an idle environment")
    assert batch("third").json["served"] == ["first", "third"]
