"""`smyth simulate`: what it tells of a simulation, in each of its forms."""

import json
import re
import subprocess

import pytest

from harness.server import BINARY, REPOSITORY

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
    document, row = page.split("## A row\n")

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
