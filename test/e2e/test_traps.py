"""Facts of the Runtime API that implementers get wrong, from the view of a program that asks for them.

docs/fidelity.md lists all thirty traps with their tests; here are those that no other file shows.
"""

import re
import sys

import pytest

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
    assert variables["OWN"] == "1"


def test_trap_16_the_address_has_host_and_port_without_a_scheme(provided):
    assert re.fullmatch(r"127\.0\.0\.1:\d+", provided.invoke("run", {}).json["variables"]["AWS_LAMBDA_RUNTIME_API"])
