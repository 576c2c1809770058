"""How many descriptors the server and the handlers may have, and what happens when there are no more."""

import resource
import time
from pathlib import Path

from harness.processes import descriptor_count, wait_until
from harness.server import at_once

APP = """
    import resource

    def handler(event, context):
        return resource.getrlimit(resource.RLIMIT_NOFILE)

    def event_of(request, handler, process):
        return resource.getrlimit(resource.RLIMIT_NOFILE)

    def echo(event, context):
        return event
    """


def project(count):
    functions = "".join(f"""
            [handlers.f{number}]
            handler_path = "app.handler"
            url_path = "/f{number}"
            concurrency = 4
            """ for number in range(count))
    return {"smyth.toml": functions, "app.py": APP}


def all_functions(server):
    """The answers to 16 connections that ask all 20 functions at the same time."""

    def ask(start):
        with server.connect() as connection:
            return [connection.request("GET", f"/f{(start + number) % 20}") for number in range(20)]

    starts = iter(range(16))
    return [response for responses in at_once(16, lambda: ask(next(starts))) for response in responses]


def test_the_server_takes_what_it_may_and_gives_handlers_what_lambda_gives(server):
    files = project(1)
    files["smyth.toml"] += """
            [handlers.hooked]
            handler_path = "app.echo"
            url_path = "/hooked"
            event_data_function_path = "app.event_of"
            """
    one = server(files, descriptors=(64, 2_048))
    assert resource.prlimit(one.pid, resource.RLIMIT_NOFILE) == (2_048, 2_048)
    assert one.get("/f0").json == one.get("/hooked").json == [1_024, 2_048]


def test_sixteen_connections_and_twenty_functions_need_few(server):
    one = server(project(20), descriptors=(256, 256))
    answers = all_functions(one)
    assert {response.status for response in answers} == {200}
    assert answers[0].json == [256, 256]


def ticks_used(pid):
    """Hundredths of a second of processor time, by the samples of the kernel's clock."""
    return sum(int(ticks) for ticks in Path(f"/proc/{pid}/stat").read_text().split()[13:15])


def test_where_there_are_no_more_the_server_says_so_and_serves_on(server):
    one = server(project(20), "--quiet", descriptors=(64, 64))
    statuses = [response.status for response in all_functions(one)]
    assert set(statuses) == {200, 500}
    one.wait_for_log(r"error: starting `f\d+:\d`: cannot make a \w+: Too many open files\n"
                     r"hint: raise the limit of open files: `ulimit -n")
    warm = [name for name, function in one.status().items()
            if any(slot["state"] == "warm" for slot in function["processes"])]
    assert 3 <= len(warm) < 20
    for name in warm:
        assert one.get(f"/{name}").status == 200
    used = ticks_used(one.pid)
    time.sleep(0.3)
    assert ticks_used(one.pid) - used <= 2, "it rests: one that does not uses thirty"
    wait_until(lambda: descriptor_count(one.pid) <= 64, what="no more than it may have")

    one.write("app.py", APP.replace("resource.getrlimit(resource.RLIMIT_NOFILE)", '"new code"'))
    answers = [one.get(f"/{name}") for name in warm]
    assert {response.status for response in answers} == {200}
    for response in answers:  # The new code where there is room for it beside the old, else the old.
        is_new, why = response.text == "new code", response.header("Smyth-Reload-Error")
        assert is_new == (why is None) and (is_new or why.endswith("Too many open files"))
