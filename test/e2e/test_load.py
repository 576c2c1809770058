"""Much at once, and for long: each gets one right answer, and afterwards the server is as before."""

import json
import random
import shutil
import subprocess
import threading
import time

import pytest

from harness import processes
from harness.gate import Gate
from harness.processes import wait_until
from harness.server import IS_SANITIZED, Background, Server, at_once, clean_environ, write_files

pytestmark = pytest.mark.load

COUNT = """
COUNT = 0
def handler(event, context):
    global COUNT
    COUNT += 1
    return {"statusCode": 200, "body": str(COUNT)}
"""


def in_threads(count, function):
    """Calls `function(number)` in so many threads at once; their results."""
    calls = [Background(function, number) for number in range(count)]
    return [call.result(200) for call in calls]


@pytest.fixture(scope="module", autouse=True)
def long_calls(binary, home, tmp_path_factory):
    """Two invocations of 31 s, by HTTP and by Invoke, that run beside the module's other tests."""
    folder = tmp_path_factory.mktemp("long")
    write_files(folder, {
        "smyth.toml": """
            [handlers.long]
            handler_path = "app.handler"
            url_path = "/long"
            concurrency = 2
            timeout = 60
            """,
        "app.py": """
            import time

            def handler(event, context):
                began = time.monotonic()
                time.sleep(31)
                return time.monotonic() - began
            """,
    })
    one = Server(folder, stderr=folder / "log", environ=clean_environ(home))

    def call(method, path):
        with one.connect(timeout=70) as connection:
            return connection.request(method, path)

    yield [Background(call, "GET", "/long"),
           Background(call, "POST", "/2015-03-31/functions/long/invocations")]
    try:
        assert one.stop() == 0
    finally:
        one.close()


def test_fifty_handlers_that_call_another_by_boto3_all_answer(server):
    one = server({
        "smyth.toml": """
            [handlers.outer]
            handler_path = "app.outer"
            concurrency = 50
            timeout = 120
            [handlers.inner]
            handler_path = "app.inner"
            concurrency = 50
            timeout = 120
            """,
        "app.py": """
            import json, time
            from gate import hold

            def outer(event, context):
                import boto3
                hold(event["gate"])  # All fifty are inside at the same time.
                answer = boto3.client("lambda").invoke(FunctionName="inner", Payload=json.dumps({"n": event["n"]}))
                return json.load(answer["Payload"])

            def inner(event, context):
                time.sleep(0.2)
                return event["n"] * 2
            """,
    })
    door = Gate(one.folder / "door")

    def call(number):
        with one.connect(timeout=150) as connection:
            return connection.request("POST", "/2015-03-31/functions/outer/invocations",
                                      json.dumps({"n": number, "gate": str(door)})).json

    calls = [Background(call, number) for number in range(50)]
    door.wait_entered(50, 100)
    assert one.states("outer") == ["working"] * 50
    door.open()
    assert [call.result(120) for call in calls] == [2 * number for number in range(50)]
    assert one.states("outer") == ["warm"] * 50


def test_ten_thousand_requests_with_crashes_and_timeouts_get_one_right_answer_each(server, tmp_path):
    one = server({
        "smyth.toml": '[handlers.a]\nhandler_path = "app.handler"\nurl_path = "/a/{what}/{n:int}"\nconcurrency = 8\ntimeout = 0.25\n',
        "app.py": """
            import os, time
            LOG = os.open(os.environ["RUNS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            def handler(event, context):
                what, n = event["pathParameters"]["what"], event["pathParameters"]["n"]
                os.write(LOG, f"{n}\\n".encode())
                if what == "crash":
                    os._exit(1)
                if what == "sleep":
                    time.sleep(30)
                return {"statusCode": 200, "body": f"{n}"}
            """,
    }, "--quiet", environ={"RUNS": str(tmp_path / "runs")})
    expected = {"fine": 200, "crash": 500, "sleep": 500}
    choose = random.Random(7)
    kinds = [choose.choices(["fine", "crash", "sleep"], [90, 5, 5])[0] for _ in range(10_000)]
    wrong = []

    def client(number):
        with one.connect(timeout=60) as connection:
            for n in range(number, 10_000, 16):
                response = connection.request("GET", f"/a/{kinds[n]}/{n}")
                body = str(n) if kinds[n] == "fine" else '{"message":"Internal Server Error"}'
                if (response.status, response.text) != (expected[kinds[n]], body):
                    wrong.append((n, kinds[n], response))

    in_threads(16, client)
    assert wrong == []
    runs = sorted(int(line) for line in (tmp_path / "runs").read_text().split())
    assert runs == list(range(10_000))  # Each ran once.
    assert sum(one.counters("a")) == 10_000
    assert set(one.states("a")) <= {"warm", "cold"}
    warm = one.states("a").count("warm")
    wait_until(lambda: len(one.descendants()) <= warm + 2, what="no process too many")
    answers = at_once(8, one.get, "/a/fine/1")
    assert [(answer.status, answer.text) for answer in answers] == [(200, "1")] * 8


def test_a_thousand_connections_of_which_half_are_silent(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "app.handler"\nurl_path = "/a"\nconcurrency = 2\n', "app.py": COUNT},
                 "--quiet")
    connections = [one.connect(timeout=30) for _ in range(1_000)]
    for number, connection in enumerate(connections):
        if number % 4 == 1:
            connection.send(b"GET /a HTTP/1.1\r\nHost: loc")  # Half of a request, and no more.
        elif number % 2 == 0:
            connection.send_request("GET", "/a")
    for connection in connections[::2]:
        assert connection.read_response().status == 200
    began = time.monotonic()
    assert one.get("/a").status == 200 and time.monotonic() - began < 0.5
    assert sum(one.counters("a")) == 501
    for connection in connections:
        connection.close()
    before = len(one.descendants())
    wait_until(lambda: processes.descriptor_count(one.pid) < 60, 5, "the connections' descriptors closed")
    assert len(one.descendants()) == before


def test_two_hundred_functions_of_fifty_slots_are_configured_in_no_time(server):
    tables = "".join(f'[handlers.f{n}]\nhandler_path = "app.handler"\nurl_path = "/f{n}/{{rest:path}}"\nconcurrency = 50\n'
                     for n in range(200))
    began = time.monotonic()
    one = server({"smyth.toml": tables, "app.py": COUNT})
    assert time.monotonic() - began < 1
    assert [one.get(f"/f{n}/x").text for n in (0, 99, 199)] == ["1"] * 3
    assert len(one.status()) == 200 and len(one.states("f199")) == 50
    assert len(one.descendants()) <= 3 + 2
    assert IS_SANITIZED or processes.pss_kib([one.pid]) < 40 * 1024
    one.write("smyth.toml", tables.replace("concurrency = 50", "concurrency = 49"))
    assert one.get("/f0/x").text == "2" and len(one.states("f0")) == 49


def test_memory_is_flat_over_two_hundred_thousand_requests(server):
    if shutil.which("wrk") is None:
        pytest.skip("wrk is not installed")
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "app.handler"\nurl_path = "/a"\nconcurrency = 2\n', "app.py": COUNT})

    def work(requests):
        while requests > 0:
            done = subprocess.run(["wrk", "-t1", "-c16", "-d3s", f"{one.url}/a"], capture_output=True, text=True, check=True)
            assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, done.stdout
            requests -= int(done.stdout.split(" requests in")[0].split()[-1])

    work(20_000)
    pids = [one.pid, *one.descendants()]
    before, fds = processes.pss_kib(pids), processes.descriptor_count(one.pid)
    work(200_000)
    assert [one.pid, *one.descendants()] == pids
    assert IS_SANITIZED or processes.pss_kib(pids) < before + 2_048
    wait_until(lambda: processes.descriptor_count(one.pid) <= fds, what="descriptors as before")


def test_a_hundred_edits_under_load_fail_nothing_and_serve_nothing_stale(server):
    text = "def handler(event, context):\n    return VERSION\n"
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "app.handler"\nurl_path = "/a"\nconcurrency = 4\n',
                  "app.py": "VERSION = 0\n" + text}, "--quiet")
    one.get("/a")
    saved, bad, done = [0], [], threading.Event()

    def load():
        with one.connect() as connection:
            while not done.is_set():
                least = saved[0]
                response = connection.request("GET", "/a")
                if response.status != 200 or int(response.text) < least:
                    bad.append((least, response))

    clients = [Background(load) for _ in range(16)]
    for version in range(1, 101):
        (one.folder / "app.py").write_text(f"VERSION = {version}\n" + text)
        saved[0] = version
        time.sleep(0.05)
    done.set()
    for client in clients:
        client.result()
    assert bad == []


# The last, for its invocations run since the first. API Gateway gives up after 30 s; a server on one's own
# machine, where a debugger may be at work, does not.
def test_the_gateways_limit_of_thirty_seconds_is_not_imitated(long_calls):
    for call in long_calls:
        response = call.result(60)
        assert response.status == 200 and float(response.text) >= 31
        assert response.header("X-Amz-Function-Error") is None
