"""`smyth simulate`: the warm-up that is left out, and what is known exactly beside what was simulated."""

import json
import re

import pytest

from harness.server import REPOSITORY

# Two Erlangs on three environments: B = 4/19.
QUESTION = ["api", "--rate", "20", "--duration", "exponential:100ms", "--for", "2h", "--account", "none"]


def test_the_closed_form_stands_beside_the_result(simulate):
    code, output, errors = simulate(*QUESTION, "--reserved", "3", "--life", "none", "--analytic")
    assert (code, errors) == (0, "")
    form = output[output.index("closed form: "):].splitlines()
    assert form[0] == "closed form: M/G/R/R (Erlang B)"
    assert form[1].split() == ["exact", "simulated"]
    assert re.fullmatch(r"throttled +21\.1 %  2[01]\.\d % \(.* - .*\)", form[2])
    assert re.fullmatch(r"  busy +1\.58  1\.\d+ \(.* - .*\)", form[3])
    assert len(form) == 4


def test_where_there_is_none_it_says_which_condition_is_not_met(simulate):
    _, output, _ = simulate("api", "--rate", "20", "--duration", "100ms", "--for", "10m", "--analytic")
    assert output.endswith("closed form: none\nnot met: limits of the account are on: `--account none`\n"
                           "not met: environments do not end by one idle limit: `--life none` or `--life ttl:600s`\n")
    assert simulate(*QUESTION, "--reserved", "2,3", "--analytic") == (
        2, "", "error: `--analytic` is of one simulation, not of several\nhint: ask for one value of each option\n")


def test_the_closed_form_is_in_the_json_as_documented(simulate):
    page = (REPOSITORY / "docs/reference/simulate-json.md").read_text()
    _, output, _ = simulate(*QUESTION, "--life", "ttl:1s", "--analytic", "--json")
    report = json.loads(output)
    form = report["closed_form"]
    assert [f"closed_form.{name}" in page for name in form] == [True, True, True]
    assert (form["model"], form["unmet"]) == ("M/M/inf, the most recently used first, with an idle limit", [])
    assert [value["name"] for value in form["values"]] == ["cold_share", "environments.mean", "busy.mean"]
    cold = form["values"][0]
    assert cold["simulated"] == report["all"]["cold_share"]
    assert cold["simulated"]["value"] == pytest.approx(cold["exact"], rel=0.05)
    _, output, _ = simulate(*QUESTION, "--json")
    assert "closed_form" not in json.loads(output)
    _, output, _ = simulate(*QUESTION, "--life", "none", "--reserved", "2,3", "--analytic", "--json")
    values = [point["findings"]["closed_form"]["values"][0] for point in json.loads(output)["points"]]
    assert [value["exact"] for value in values] == pytest.approx([0.4, 4 / 19])


def test_the_warm_up_is_found_and_told(simulate):
    """The beginning is as long as an idle limit, or a few of them."""
    question = ["api", "--rate", "5", "--duration", "exponential:2s", "--life", "ttl:10m", "--for", "10h"]
    _, output, errors = simulate(*question, "--warmup", "auto", "--json")
    assert errors == ""
    found = json.loads(output)
    assert found["has_warm_up"] and 60 <= found["warm_up_s"] <= 5_400
    assert found["length_s"] == 36_000 - found["warm_up_s"]
    assert json.loads(simulate(*question, "--warmup", f"{found['warm_up_s']}s", "--json")[1]) == found
    _, whole, _ = simulate(*question)
    assert "warm-up" not in whole
    _, output, _ = simulate(*question, "--warmup", "auto", "--replications", "2")
    assert re.search(r"^5 calls/s for 5\d\d min after a warm-up of \d+ (s|min), seed 1, 2 replications$", output, re.M)


def test_where_the_beginning_does_not_end_that_is_said(simulate, tmp_path):
    (tmp_path / "rising.csv").write_text("t,rate\n" + "".join(f"{60 * i},{i + 1}\n" for i in range(60)))
    code, output, _ = simulate("api", "--profile", "rising.csv", "--duration", "1s", "--warmup", "auto")
    assert code == 0
    assert output.splitlines()[2] == "NO WARM-UP: it is not steady in its second half yet, ask for a longer time"
    assert simulate("api", "--trace", "-", "--duration", "1s", "--warmup", "auto", input="time\n1\n") == (
        2, "", "error: `-` can be read only once\nhint: leave out `--warmup auto`\n")
    assert simulate("api", "--rate", "1", "--duration", "1s", "--warmup", "soon")[0] == 2
