"""`smyth simulate`: what it tells of a simulation, in each of its forms."""

import csv
import json
import re
import signal
import subprocess
import time
from collections import Counter
from decimal import Decimal

import pytest

from harness.processes import wait_until
from harness.server import BINARY, REPOSITORY
from harness.terminal import Terminal

QUESTION = ("simulate", "api", "--rate", "20", "--duration", "exponential:1s", "--init", "250ms", "--for", "10m",
            "--reserved", "22", "--errors", "1%")


def smyth(*arguments, code=0, cwd=None):
    done = subprocess.run([BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          cwd=cwd)
    assert done.returncode == code, done
    return done


@pytest.fixture(scope="module")
def report():
    return json.loads(smyth(*QUESTION, "--json", "--replications", "3").stdout)


def names_in(value, prefix=""):
    """All names of a document, `a.b` and `list[].c`; estimates are leaves."""
    if isinstance(value, dict) and set(value) != {"value", "low", "high"}:
        for name, inner in value.items():
            yield from names_in(inner, f"{prefix}{name}.") if isinstance(inner, (dict, list)) else [prefix + name]
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner, prefix.rstrip(".") + "[].")
    else:
        yield prefix.rstrip(".")


def test_the_page_has_all_names_of_the_report_and_no_other(report):
    page = (REPOSITORY / "docs/reference/simulate-json.md").read_text()
    sections = {section.partition("\n")[0]: section for section in re.split(r"^## ", page, flags=re.M)[1:]}
    document, row = sections["A simulation"], sections["A row"]

    def rows_of(text):
        return {name: what for names, what in re.findall(r"^\| (`.*?) \| (.*) \|$", text, re.M)
                for name in re.findall(r"`([^`]+)`", names)}

    expected = set()
    for name, what in rows_of(document).items():
        inner = re.findall(r"`([a-z_]+)(?:\[\])?`", what) if name in ("constants[]", "prices") else []
        if name in ("all", "functions[]", "runs[]"):
            continue
        expected |= {f"{name}.{one}" for one in inner if one not in ("documented", "measured", "assumed", "given")} \
            if inner else {name}
    expected_row = set()
    for name, what in rows_of(row).items():
        if name == "throttled_by_reason.REASON":
            expected_row |= {f"throttled_by_reason.{reason}" for reason in report["all"]["throttled_by_reason"]}
        elif name.startswith("latency_ms."):
            expected_row |= {f"{name}.{one}" for one in ("calls", "p50", "p90", "p99", "p99.9")}
        elif name in ("cost_usd", "month_usd"):
            expected_row |= {f"{name}.{one}" for one in ("requests", "compute", "init", "provisioned", "total")}
        else:
            expected_row.add(name)
    of_functions = {"name", "memory_mib"}
    top = {name: value for name, value in report.items() if name not in ("all", "functions", "runs")}
    assert set(names_in(top)) == expected
    rows = [*report["functions"], *(one for run in report["runs"] for one in run["functions"])]
    assert all(set(names_in(one)) == expected_row for one in rows)
    totals = [report["all"], *(run["all"] for run in report["runs"])]
    assert all(set(names_in(one)) == expected_row - of_functions for one in totals)
    assert all(set(run) == {"seed", "complete", "decision_hash", "length_s", "all", "functions"}
               for run in report["runs"])


def test_the_reports_figures_fit_each_other(report):
    row = report["all"]
    assert report["complete"] and report["length_s"] == 600 and len(report["runs"]) == 3
    assert row["calls"] == sum(run["all"]["calls"] for run in report["runs"])
    assert row["throttled"] == sum(row["throttled_by_reason"].values())
    assert row["throttled"] == row["throttled_by_reason"]["ReservedFunctionConcurrentInvocationLimitExceeded"] > 0
    assert row["served"] == row["calls"] - row["throttled"]
    assert row["cold_share"]["low"] <= row["cold"] / row["served"] <= row["cold_share"]["high"]
    assert row["latency_ms"]["warm"]["calls"] + row["latency_ms"]["cold"]["calls"] == row["answered"]
    environments = row["environments"]
    assert environments["busy_s"] + environments["idle_s"] == pytest.approx(
        environments["mean"]["value"] * row["elapsed_s"])
    assert row["month_usd"]["total"] == pytest.approx(row["cost_usd"]["total"] * 30 * 86_400 / row["elapsed_s"])
    assert row["billed_ms"] >= (row["init_s"] + row["run_s"]) * 1_000


def test_the_reports_bytes_are_the_same_with_any_number_of_threads():
    one, two = (smyth(*QUESTION, "--json", "--replications", "4", "--threads", threads).stdout for threads in "14")
    assert one == two
    assert one != smyth(*QUESTION, "--json", "--replications", "4", "--seed", "2").stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of one simulation, and its report."""
    folder = tmp_path_factory.mktemp("files")
    done = smyth(*QUESTION, "--json", "--calls", "calls.csv", "--csv", "series.csv", "--timeline", "timeline.json",
                 cwd=folder)
    assert sorted(one.name for one in folder.iterdir()) == ["calls.csv", "series.csv", "timeline.json"]
    return json.loads(done.stdout)["all"], folder


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_the_calls_file_has_a_row_for_each_call_that_was_answered(files):
    row, folder = files
    calls = rows_of(folder / "calls.csv")
    count = Counter(call["outcome"] for call in calls)
    assert count["throttled"] == row["throttled"] and count["function_error"] == row["errors"]
    assert len(calls) == row["answered"] + row["throttled"]
    assert len({call["call"] for call in calls}) == len(calls)
    assert {call["reason"] for call in calls if call["outcome"] == "throttled"} \
        == {"ReservedFunctionConcurrentInvocationLimitExceeded"}
    served = [call for call in calls if call["environment"]]
    assert sum(int(call["cold"]) for call in served) == row["cold"]
    assert {call["init_s"] for call in served if call["cold"] == "1"} == {"0.25"}
    assert sum(Decimal(call["run_s"]) for call in served) == Decimal(str(row["run_s"]))
    ends = [Decimal(call["time_s"]) + sum(Decimal(call[part] or 0) for part in ("wait_s", "init_s", "run_s"))
            for call in calls]
    assert ends == sorted(ends)


def test_the_series_adds_up_to_the_report(files):
    row, folder = files
    bins = rows_of(folder / "series.csv")
    times = [float(one["time_s"]) for one in bins]
    assert times == [float(i) for i in range(600)]
    for name in ("calls", "cold", "throttled", "errors"):
        assert sum(int(one[name]) for one in bins) == row[name], name
    assert max(int(one["environments_peak"]) for one in bins) == row["environments"]["peak"]
    assert max(int(one["busy_peak"]) for one in bins) == row["busy"]["peak"]
    assert sum(float(one["busy_mean"]) for one in bins) == pytest.approx(row["environments"]["busy_s"], rel=1e-4)


def test_the_timeline_covers_the_lives_of_the_environments(files):
    row, folder = files
    events = json.loads((folder / "timeline.json").read_text())["traceEvents"]
    seconds = Counter()
    for event in events:
        if event["ph"] == "X":
            seconds[event["name"]] += event["dur"] / 1e6
    assert set(seconds) == {"init", "busy", "idle"}
    assert seconds["init"] + seconds["busy"] == pytest.approx(row["environments"]["busy_s"])
    assert seconds["idle"] == pytest.approx(row["environments"]["idle_s"])
    named = {event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert named == {f"api:{slot}" for slot in range(row["environments"]["peak"])}


def test_a_long_timeline_is_cut_and_says_so(tmp_path):
    done = smyth("simulate", "api", "--rate", "100", "--duration", "10ms", "--for", "30m", "--timeline", "long.json",
                 cwd=tmp_path)
    assert re.search(r"^note: --timeline has the first 200000 spans, until [\d.]+ s$", done.stderr, re.M)
    trace = json.loads((tmp_path / "long.json").read_text())
    assert sum(event["ph"] == "X" for event in trace["traceEvents"]) == 200_000
    assert trace["otherData"]["cut"].startswith("the first 200000 spans, until ")


def explained(*arguments):
    return smyth("simulate", "api", "--duration", "1s", "--init", "500ms", *arguments).stdout.partition("\ncall ")[2]


def test_a_throttled_call_is_explained_by_its_limit():
    told = explained("--rate", "50", "--reserved", "2", "--for", "10s", "--explain", "3")
    assert re.match(r"3 of api at [\d.]+ s: throttled, reserved concurrency "
                    r"\(ReservedFunctionConcurrentInvocationLimitExceeded\)\n"
                    r"limit: reserved concurrency 2\n"
                    r"it found 2 environments: 0 busy, 2 initialising, 0 idle\n"
                    r"  #1      initialising for call 1 since [\d.]+ s; started at [\d.]+ s, 0 calls\n"
                    r"  #2      initialising for call 2 since ", told), told


def test_a_cold_call_is_explained_by_the_deaths_before_it(tmp_path):
    question = ("--rate", "0.05", "--for", "1h", "--life", "ttl:20s")
    smyth("simulate", "api", "--duration", "1s", "--init", "500ms", *question, "--calls", "c.csv", cwd=tmp_path)
    calls = rows_of(tmp_path / "c.csv")
    second = next(call for call in calls if call["cold"] == "1" and call["environment"] == "2")
    first = [call for call in calls if call["environment"] == "1"][-1]
    used = sum(float(first[part]) for part in ("time_s", "wait_s", "init_s", "run_s"))
    told = explained(*question, "--explain", second["call"])
    assert told.startswith(f"{second['call']} of api at {float(second['time_s']):.3f} s: cold in environment #2\n"
                           "it found 0 environments: 0 busy, 0 initialising, 0 idle\nended before, the last ones:\n"
                           f"  #1      at {used + 20:.3f} s, surplus_idle: idle for 20 s; last used at {used:.3f} s"), told


def test_bad_files_and_numbers_are_clear_errors_and_leave_nothing(tmp_path):
    def refused(*arguments):
        done = subprocess.run([BINARY, *QUESTION, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, cwd=tmp_path, timeout=30)
        assert re.match(r"error: .*\nhint: .*\n$", done.stderr), done
        return done.returncode, done.stderr.splitlines()[0]

    assert refused("--calls", "no/where.csv") == (1, "error: cannot write `no/where.csv`: No such file or directory")
    assert refused("--csv", ".") == (1, "error: cannot write `.`: Is a directory")
    assert refused("--calls", "/dev/full") == (1, "error: cannot write `/dev/full`: No space left on device")
    assert refused("--calls", "c.csv", "--explain", "0") == (2, "error: `0` is no number for --explain")
    assert refused("--explain", "99999999")[0] == 2
    assert subprocess.run([BINARY, *QUESTION, "--explain", "99999999"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, cwd=tmp_path, timeout=30).stdout == b""
    assert refused("--calls", "same", "--html", "./same") == (2, "error: two reports go into the same file `./same`")
    assert list(tmp_path.iterdir()) == []


def test_no_report_goes_where_the_findings_are_printed(tmp_path):
    def told(path, stdout):
        done = subprocess.run([BINARY, *QUESTION, "--calls", path], stdout=stdout, stderr=subprocess.PIPE, text=True,
                              cwd=tmp_path, timeout=30)
        return done.returncode, done.stderr.partition("\n")[0]

    error = (2, "error: `/dev/stdout` is where the findings are printed")
    assert told("/dev/stdout", subprocess.PIPE) == error
    with open(tmp_path / "both", "w") as file:
        assert told("both", file) == (2, "error: `both` is where the findings are printed")
    with Terminal(tmp_path) as terminal:
        terminal.run([BINARY, *QUESTION, "--calls", "/dev/stdout"])
        terminal.wait_for(re.escape(error[1]))
    assert told("/dev/null", subprocess.DEVNULL) == (0, "")


def test_a_simulation_that_is_killed_leaves_the_old_file(tmp_path):
    (tmp_path / "c.csv").write_text("old")
    process = subprocess.Popen([BINARY, "simulate", "api", "--rate", "1000", "--duration", "10ms", "--for", "30d",
                                "--calls", "c.csv"], cwd=tmp_path, stdout=subprocess.DEVNULL)
    wait_until(lambda: any(one.name.endswith(".tmp") and one.stat().st_size for one in tmp_path.iterdir()))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (tmp_path / "c.csv").read_text() == "old"


def test_an_interrupted_simulation_says_so(tmp_path):
    process = subprocess.Popen([BINARY, "simulate", "api", "--rate", "1000", "--duration", "10ms", "--for", "30d",
                                "--json", "--csv", "s.csv"], cwd=tmp_path, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    wait_until(lambda: any(one.name.endswith(".tmp") for one in tmp_path.iterdir()))
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    told, said = process.communicate(timeout=30)
    assert process.returncode == 130 and json.loads(told)["complete"] is False
    assert "note: interrupted: files end where the simulation did\n" in said
    bins = rows_of(tmp_path / "s.csv")
    assert sum(int(one["calls"]) for one in bins) == json.loads(told)["all"]["calls"] > 0
