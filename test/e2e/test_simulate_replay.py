"""What `smyth run --record` writes, decided again and played as traffic: issue 5, sections 1 and 3."""

import csv
import json
import re
import selectors
import socket

import pytest

from harness.simulate import number
from harness.wire import request_bytes

FILES = {
    "smyth.toml": """
        [handlers.api]
        handler_path = "app.handler"
        url_path = "/api/{what}"
        concurrency = 4
        queue_limit = 4
        timeout = 0.1
        memory_size = 512
        [handlers.other]
        handler_path = "app.handler"
        url_path = "/other/{what}"
        """,
    "app.py": """
        import os, time
        def handler(event, context):
            what = event["pathParameters"]["what"]
            if what == "crash":
                os._exit(1)
            if what == "slow":
                time.sleep(9)
            if what == "error":
                raise ValueError(what)
            return what
        """,
}


def length_of_answer(data):
    """How long the answer is that these bytes begin with; None if its head is not whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    found = re.search(rb"content-length: *(\d+)", data[:end], re.I)
    return end + 4 + int(found.group(1))


def ask(one, targets, connections):
    """Asks for all of them, in order, over so many connections at once; how often each status came."""
    statuses = {}
    waiting = iter([request_bytes(f"127.0.0.1:{one.port}", "GET", target) for target in targets])
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", one.port), timeout=10)
            selector.register(connection, selectors.EVENT_READ, bytearray())
            connection.sendall(next(waiting))
        while selector.get_map():
            for key, _ in selector.select(timeout=20):
                more = key.fileobj.recv(65_536)
                assert more, "the server has closed a connection"
                key.data.extend(more)
                if length_of_answer(key.data) != len(key.data):
                    continue
                status = int(key.data[9:12])
                statuses[status] = statuses.get(status, 0) + 1
                key.data.clear()
                request = next(waiting, None)
                if request is None:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                else:
                    key.fileobj.sendall(request)
    return statuses


@pytest.fixture
def small(server, tmp_path):
    """A record of some calls, with an error, a crash and a timeout."""
    one = server(FILES, "--record", str(tmp_path / "small.smyth"))
    for target in ("/api/a", "/api/b", "/api/error", "/api/crash", "/api/c", "/api/slow", "/other/a", "/api/d"):
        one.get(target)
    assert one.stop() == 0
    return tmp_path / "small.smyth"


def test_twenty_thousand_requests_are_decided_as_they_were(server, simulate, tmp_path):
    """Issue 5, section 3, the row `live = simulated`."""
    record = tmp_path / "recorded.smyth"
    one = server(FILES, "--quiet", "--record", str(record))
    kinds = {500: "crash", 900: "slow", 333: "error"}
    targets = ["/api/" + next((kind for each, kind in kinds.items() if i % each == each - 1), "a")
               for i in range(20_000)]
    ask(one, targets[:-100], 8)  # Four run, four wait.
    ask(one, targets[-100:], 20)
    assert one.stop() == 0
    code, output, errors = simulate("--replay", record)
    assert (code, errors) == (0, "")
    assert output.startswith(f"{record}: 2 functions in ")
    assert number(output, "calls") == 20_000
    assert number(output, "succeeded") + number(output, "failed") + number(output, "throttled") == 20_000
    crashes = int(re.search(r"^failed .* function error, .* timeout, (\d+) crash$", output, re.M).group(1))
    assert 20 < crashes <= 40, output  # Some of those that would crash are throttled.
    assert re.search(r"^throttled .* queue full", output, re.M), output
    assert number(output, "cold starts") >= crashes, "each crash is followed by one"
    decisions = len(re.findall("^  ", record.read_text(), re.M))
    assert number(output, "decisions") == decisions > 40_000
    found = re.search(r"^decisions .* all the same: ([0-9a-f]{16})$", output, re.M)
    whole = json.loads(simulate("--replay", record, "--json")[1])
    assert (whole["same"], whole["decision_hash"]) == (True, found.group(1))
    assert (whole["calls"], whole["outcomes"]["crash"], whole["decisions"]) == (20_000, crashes, decisions)
    # The same traffic where nothing limits it but Lambda itself.
    code, output, errors = simulate("--trace", record)
    assert (code, errors, number(output, "calls"), number(output, "throttled")) == (0, "", 20_000, 0)


def test_a_decision_that_is_another_is_shown(simulate, small):
    text = small.read_text()
    wrong = re.sub(r"^(  deliver .*environment=)\d+", r"\g<1>77", text, count=1, flags=re.M)
    line = next(i for i, (a, b) in enumerate(zip(text.splitlines(), wrong.splitlines()), 1) if a != b)
    small.write_text(wrong)
    code, output, errors = simulate("--replay", small)
    assert code == 1
    found = re.search(r"\ninput (\d+) at ([\d.]+) s, line (\d+): ready environment=0\.0\n  recorded: (.*)\n  decided:  (.*)\n$",
                      output)
    assert found and int(found.group(3)) == line
    assert wrong.splitlines()[line - 1] == "  " + found.group(4)
    assert text.splitlines()[line - 1] == "  " + found.group(5)
    assert errors == (f"error: input {found.group(1)} of `{small}` is decided otherwise than it is recorded\n"
                      "hint: it was recorded by another version of smyth, or changed since\n")
    code, output, _ = simulate("--replay", small, "--json")
    difference = json.loads(output)["difference"]
    assert (code, difference["line"], difference["recorded"]) == (1, line, found.group(4))


def test_a_record_that_is_damaged_is_misused(simulate, small, tmp_path):
    text = small.read_text()
    hint = "hint: give what `smyth run --record FILE` has written, from its first line on\n"
    for wrong, message in [(text[:-5], r"line \d+ of the record: it ends too early"),
                           (text[text.index("\n") + 1:], "line 1 of the record: this is no record: .*"),
                           ("", "the record is empty"),
                           (text.replace(" arrive function", " arrives function", 1), r"line \d+ of the record: `arrives` is no input")]:
        small.write_text(wrong)
        code, output, errors = simulate("--replay", small)
        assert (code, output) == (2, "") and errors.endswith(hint)
        assert re.match(rf"error: {small}: {message}\n", errors), errors
    assert simulate("--replay", tmp_path / "absent") == (
        2, "", f"error: cannot read `{tmp_path}/absent`: No such file or directory\n")
    assert simulate("--replay", tmp_path) == (2, "", f"error: `{tmp_path}` is a folder\nhint: name a file\n")


@pytest.mark.parametrize(("arguments", "named"), [
    (["--rate", "5"], "--rate"), (["api"], "api"), (["--trace", "x.csv"], "--trace"), (["--life", "none"], "--life"),
    (["--as-configured"], "--as-configured"), (["--seed", "1"], "--seed"), (["--config", "x.toml"], "--config"),
    (["--reserved", "1..5"], "--reserved"), (["--html", "x.html"], "--html"),
])
def test_a_record_is_all_that_is_asked(simulate, arguments, named):
    code, output, errors = simulate("--replay", "x.smyth", *arguments)
    assert (code, output) == (2, "")
    assert errors == (f"error: `{named}` has no place beside `--replay`\nhint: a record holds all that is decided by; "
                      "as traffic, to ask what would be if: `--trace FILE`\n")


def test_a_record_comes_from_standard_input(simulate, small):
    with small.open() as text:
        code, output, _ = simulate("--replay", "-", stdin=text)
    assert code == 0 and output.startswith("-: 2 functions in ")


# --- As traffic ---

def calls_of(file):
    """The rows of --calls, in the order of arrival."""
    with file.open() as text:
        return sorted(csv.DictReader(text), key=lambda row: int(row["call"]))


def test_recorded_calls_are_played_with_the_lengths_that_they_had(simulate, small, tmp_path):
    code, output, errors = simulate("--trace", small, "--calls", "calls.csv")
    assert (code, errors) == (0, "")
    assert output.startswith(f"2 functions\ncalls of {small} for ")
    assert number(output, "calls") == 8
    assert re.search(r"^function 0 +7 +1 ", output, re.M) and re.search(r"^function 1 +1 +1 ", output, re.M)
    arrivals = [int(time) / 1e9 for time in re.findall(r"^(\d+) arrive ", small.read_text(), re.M)]
    rows = calls_of(tmp_path / "calls.csv")
    assert [float(row["time_s"]) for row in rows] == arrivals
    # The one that never returned ran until its timeout.
    assert abs(float(rows[5]["run_s"]) - 0.1) < 0.02, rows[5]


def test_recorded_calls_meet_other_limits(simulate, small):
    # Their functions have the names of the configuration, in its order.
    names = ["--life", "none", "--for", "1h"]
    assert re.search(r"^one: ", simulate("one", "--trace", small, *names)[1])
    code, output, _ = simulate("one", "two", "--trace", small, *names, "--init", "10s")
    assert code == 0 and re.search(r"^one +7 +\d ", output, re.M) and re.search(r"^two +1 +1 ", output, re.M)
    cold = number(output, "cold starts")
    # All of the first function's calls came within the init that is asked for.
    assert cold == 8
    assert number(simulate("one", "two", "--trace", small, "--duration", "5s", *names)[1], "cold starts") > 2
    assert number(simulate("one", "two", "--trace", small, "--reserved", "0", *names)[1], "throttled") == 8


def test_a_record_that_is_cut_is_no_traffic(simulate, small):
    small.write_text(small.read_text()[:-5])
    code, output, errors = simulate("--trace", small)
    assert (code, output) == (2, "")
    assert re.match(rf"error: {small}: line \d+ of the record: it ends too early\n", errors)
