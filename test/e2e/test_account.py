"""The limits of an account, by real boto3 and by HTTP (docs/reference/lambda-environments.md, "Concurrency")."""

import json
import time

import pytest

from harness.processes import wait_until
from harness.server import Background

APP = """
import os
from gate import hold

INIT = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]

def handler(event, context):
    if event.get("ran"):
        open(event["ran"], "a").write("x")
    if event.get("gate"):
        hold(event["gate"])
    return INIT
"""


def config(functions, account=None):
    """`functions`: the lines of each one's table, by its name; `account`: those of the account's."""
    text = "" if account is None else f"[account]\n{account}\n"
    for name, lines in functions.items():
        text += f'[handlers.{name}]\nhandler_path = "app.handler"\nurl_path = "/{name}"\ntimeout = 30\n{lines}\n'
    return {"smyth.toml": text, "app.py": APP}


def held(one, name, door):
    """An invocation that runs until the door opens."""
    call = Background(one.invoke, name, {"gate": str(door)})
    door.wait_entered()
    return call


def refusal(client, name):
    with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
        client.invoke(FunctionName=name, Payload=b"{}")
    response = caught.value.response
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert headers["x-amzn-errortype"] == "TooManyRequestsException"
    assert (response["Type"], response["Error"]["Message"]) == ("User", "Rate Exceeded.")
    return response["Reason"]


def is_refused_by_http(one, name):
    response = one.get(f"/{name}")
    return (response.status, response.body) == (503, b'{"message":"Service Unavailable"}')


def test_reserved_concurrency_needs_no_account_and_no_slots(server, gate):
    one = server(config({"orders": "concurrency = 5\nreserved_concurrency = 1"}))
    door = gate()
    call = held(one, "orders", door)
    assert refusal(one.client(), "orders") == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert is_refused_by_http(one, "orders")
    one.wait_for_log("`orders` is throttled: `reserved_concurrency` is 1")
    door.open()
    assert call.result().status == 200
    assert one.invoke("orders", {}).status == 200
    assert one.states("orders") == ["warm"] + ["cold"] * 4


def test_reserved_zero_is_an_off_switch(server, tmp_path):
    ran = tmp_path / "ran"
    off = {"orders": "reserved_concurrency = 0"}
    one = server(config(off))
    client = one.client()
    assert refusal(client, "orders") == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert is_refused_by_http(one, "orders")
    answer = client.invoke(FunctionName="orders", InvocationType="Event", Payload=json.dumps({"ran": str(ran)}))
    assert answer["StatusCode"] == 202
    assert one.states("orders") == ["cold"] and not ran.exists()
    # The event was not refused: it runs as soon as it may.
    (one.folder / "smyth.toml").write_text(config({"orders": "reserved_concurrency = 1"})["smyth.toml"])
    wait_until(ran.exists, what="the event runs")
    wait_until(lambda: one.states("orders") == ["warm"], what="the event has run")
    assert one.invoke("orders", {}).status == 200


def test_functions_share_what_the_account_has_left(server, gate):
    one = server(config({"orders": "concurrency = 2", "mails": "concurrency = 2"}, "concurrency = 2"))
    doors = [gate("one"), gate("two")]
    calls = [held(one, name, door) for name, door in zip(("orders", "mails"), doors)]
    assert refusal(one.client(), "orders") == "ConcurrentInvocationLimitExceeded"
    assert refusal(one.client(), "mails") == "ConcurrentInvocationLimitExceeded"
    assert is_refused_by_http(one, "mails")
    one.wait_for_log("`mails` is throttled: the account's `concurrency`")
    for door, call in zip(doors, calls):
        door.open()
        assert call.result().status == 200
    assert one.invoke("orders", {}).status == 200


def test_new_environments_come_at_a_rate(server, gate):
    one = server(config({"orders": "concurrency = 3"}, "scaling_rate = 1"))
    door = gate()
    call = held(one, "orders", door)
    assert refusal(one.client(), "orders") == "ConcurrentInvocationLimitExceeded"
    door.open()
    assert call.result().status == 200
    assert one.invoke("orders", {}).status == 200  # In the environment that is there.
    assert one.states("orders") == ["warm", "cold", "cold"]


@pytest.mark.parametrize("table, account, reason", [
    ("", "concurrency = 3\nrequest_rate = 1", "FunctionInvocationRateLimitExceeded"),
    ("reserved_concurrency = 3", "concurrency = 103\nrequest_rate = 1", "ReservedFunctionInvocationRateLimitExceeded"),
])
def test_requests_come_at_a_rate(server, table, account, reason):
    one = server(config({"orders": table}, account))
    client = one.client()  # To make one takes longer than a request may.
    assert one.invoke("orders", {}).status == 200  # Warm, so that three more take no time.
    time.sleep(1)
    assert [one.invoke("orders", {}).status for _ in range(3)] == [200] * 3
    assert refusal(client, "orders") == reason
    time.sleep(1)
    assert one.invoke("orders", {}).status == 200


def test_provisioned_environments_are_there_before_anybody_asks(server):
    one = server(config({"orders": "concurrency = 3\nprovisioned_concurrency = 2"}))
    wait_until(lambda: one.states("orders") == ["warm", "warm", "cold"], what="two are warm")
    assert one.counters("orders") == [0, 0, 0]
    assert one.invoke("orders", {}).json == "provisioned-concurrency"


def test_beyond_the_provisioned_ones_start_those_on_demand(server, gate):
    one = server(config({"orders": "concurrency = 2\nprovisioned_concurrency = 1"}))
    wait_until(lambda: one.states("orders") == ["warm", "cold"], what="one is warm")
    door = gate()
    call = held(one, "orders", door)
    assert one.invoke("orders", {}).json == "on-demand"
    door.open()
    assert call.result().json == "provisioned-concurrency"


def test_a_provisioned_environment_that_dies_is_replaced(server):
    app = APP.replace("    return INIT", "    if event.get('die'):\n        os._exit(3)\n    return INIT")
    one = server({**config({"orders": "provisioned_concurrency = 1"}), "app.py": app})
    wait_until(lambda: one.states("orders") == ["warm"], what="it is warm")
    assert one.invoke("orders", {"die": True}).json["errorType"] == "Runtime.ExitError"
    wait_until(lambda: one.states("orders") == ["warm"], what="another is warm")
    assert one.invoke("orders", {}).json == "provisioned-concurrency"


def test_an_account_may_come_and_go_while_the_server_runs(server, gate):
    functions = {"orders": "concurrency = 2"}
    one = server(config(functions))
    door = gate()
    call = held(one, "orders", door)

    def write(account):
        (one.folder / "smyth.toml").write_text(config(functions, account)["smyth.toml"])

    write("concurrency = 1")
    wait_until(lambda: one.invoke("orders", {}).status == 429, what="the account refuses")
    write(None)
    wait_until(lambda: one.invoke("orders", {}).status == 200, what="nobody refuses")
    door.open()
    assert call.result().status == 200


def test_an_idle_environment_ends_and_a_new_one_starts(server):
    one = server(config({"orders": "max_idle = 0.3"}))
    assert one.invoke("orders", {}).status == 200
    assert one.states("orders") == ["warm"]
    wait_until(lambda: one.states("orders") == ["cold"], what="it is cold again")
    assert one.invoke("orders", {}).status == 200



# Answers, works on for a while as extensions and loggers do, and only then asks for the next.
RUNTIME = """
import http.client, os, time

host = os.environ["AWS_LAMBDA_RUNTIME_API"]
connection = http.client.HTTPConnection(host)
while True:
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    response = connection.getresponse()
    response.read()
    invocation = response.headers["Lambda-Runtime-Aws-Request-Id"]
    connection.request("POST", f"/2018-06-01/runtime/invocation/{invocation}/response", str(os.getpid()))
    connection.getresponse().read()
    time.sleep(LINGER)
"""


def foreign(linger, lines):
    return {"runtime.py": RUNTIME.replace("LINGER", str(linger)),
            "smyth.toml": f'[handlers.a]\ncommand = ["python3", "runtime.py"]\ntimeout = 30\n{lines}\n'}


@pytest.mark.parametrize("lines", [
    "concurrency = 3",
    'concurrency = 1\noverflow = "throttle"',
    "concurrency = 3\nreserved_concurrency = 2",
])
@pytest.mark.alone
def test_a_fast_client_meets_one_environment(server, lines):
    def meets_one():
        one = server(foreign(0.001, lines))
        with one.connect() as connection:
            answers = [connection.request("POST", "/2015-03-31/functions/a/invocations", b"{}") for _ in range(20)]
        return ({answer.status for answer in answers} == {200} and len({answer.body for answer in answers}) == 1
                and one.states("a")[1:] in ([], ["cold", "cold"]))

    # On a busy machine the program's `next` may come more than 5 ms late; without the wait each of 20 would.
    assert any(meets_one() for _ in range(4))


def test_one_that_takes_its_time_is_not_waited_for(server):
    one = server(foreign(0.5, "concurrency = 3"))
    pids = {one.invoke("a", {}).json for _ in range(2)}
    assert len(pids) == 2 and one.counters("a")[:2] == [1, 1]
