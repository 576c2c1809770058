"""Several questions at once, and the inverse one: grids and `--find` of `smyth simulate`."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest

from harness.server import IS_SANITIZED, clean_environ
from harness.terminal import Terminal


# Two Erlangs: B(1) = 66.7 %, B(2) = 40 %, B(3) = 21.1 %, B(4) = 9.5 %.
TWO_ERLANGS = ["--rate", "20", "--duration", "exponential:100ms", "--for", "20m"]


def rows(output):
    """The lines of the points, as lists of words."""
    lines = output.split("\n\n")[0].splitlines()
    return [re.split(r" {2,}", line.strip()) for line in lines[1:]]


def test_a_grid_has_a_line_for_each_point_and_the_points_differ(simulate):
    code, output, errors = simulate(*TWO_ERLANGS, "--reserved", "1..4", "--memory", "128,512")
    assert (code, errors) == (0, "")
    assert output.split()[:2] == ["memory", "reserved"]
    points = rows(output)
    assert [row[:2] for row in points] == [[memory, str(n)] for memory in ("128", "512") for n in range(1, 5)]
    throttled = [float(row[3].split()[0]) for row in points[:4]]
    assert throttled == pytest.approx([66.7, 40.0, 21.1, 9.5], abs=2)
    assert points[0][2:6] == points[4][2:6], "memory changes nothing but the price"


def test_each_point_of_a_grid_as_json_is_what_the_question_alone_gives(simulate):
    """docs/reference/simulate-json.md, "A grid"."""
    code, output, errors = simulate(*TWO_ERLANGS, "--reserved", "0,2", "--arch", "x86_64,arm64", "--json")
    assert (code, errors) == (0, "")
    grid = json.loads(output)
    assert list(grid) == ["schema", "complete", "asked", "points"]
    assert (grid["schema"], grid["complete"], grid["asked"]) == ("smyth-simulate-grid-1", True, 4)
    assert all(list(point) == ["values", "is_front", "findings"] for point in grid["points"])
    assert [point["values"] for point in grid["points"]] == [
        {"arch": arch, "reserved": reserved} for arch in ("x86_64", "arm64") for reserved in ("0", "2")]
    assert [point["is_front"] for point in grid["points"]] == [False, False, False, True], "dearer, or serve nobody"
    _, alone, _ = simulate(*TWO_ERLANGS, "--reserved", "2", "--arch", "arm64", "--json")
    assert grid["points"][3]["findings"] == json.loads(alone)


def test_a_search_as_json_has_the_number_and_its_findings(simulate):
    """docs/reference/simulate-json.md, "A search"."""
    code, output, _ = simulate(*TWO_ERLANGS, "--find", "reserved", "--until", "throttled < 30%", "--json")
    assert code == 0
    found = json.loads(output)
    _, alone, _ = simulate(*TWO_ERLANGS, "--reserved", "3", "--json")
    assert found.pop("findings") == json.loads(alone)
    assert found == {"schema": "smyth-simulate-find-1", "complete": True, "option": "reserved", "is_enough": True,
                     "number": 3, "tried": [0, 1, 2, 4, 3],
                     "conditions": [{"text": "throttled < 30%", "holds": True, "is_sure": True}]}
    code, output, _ = simulate("--rate", "20", "--duration", "100ms", "--for", "1m", "--account", "50", "--find",
                               "reserved", "--until", "p50 < 50ms", "--json")
    assert code == 1
    assert (json.loads(output)["is_enough"], json.loads(output)["number"]) == (False, 50)


def test_points_that_provision_more_than_they_reserve_are_left_out(simulate):
    code, output, errors = simulate(*TWO_ERLANGS, "--reserved", "2,4", "--provisioned", "0..4/2")
    assert (code, errors) == (0, "note: 1 points that provision more than they reserve are left out\n")
    assert [row[:2] for row in rows(output)] == [["2", "0"], ["2", "2"], ["4", "0"], ["4", "2"], ["4", "4"]]
    code, _, errors = simulate(*TWO_ERLANGS, "--reserved", "2,3", "--provisioned", "4,5")
    assert code == 2 and "provisions 4, but reserves only 2" in errors


def test_a_comparison_may_be_asked_for_by_name(simulate, tmp_path):
    (tmp_path / "calls.csv").write_text("time_ms,duration_ms\n0,80\n20,50\n300,80\n")
    arguments = ["--trace", "calls.csv", "--strategy", "first_warm,round_robin"]
    compared = simulate(*arguments, "--compare")
    assert compared == simulate(*arguments)
    assert [row[0] for row in rows(compared[1])] == ["first_warm", "round_robin"]
    for alone in (["--strategy", "first_warm"], ["--find", "reserved", "--until", "p99 < 1s"]):
        assert simulate("--trace", "calls.csv", *alone, "--compare") == (
            2, "", "error: `--compare`, but no option has several values\n"
            "hint: write a list, such as `--strategy first_warm,round_robin`, or `--reserved 20..80/10`\n")


def test_the_points_that_nothing_beats_are_marked(simulate):
    _, output, _ = simulate(*TWO_ERLANGS, "--arch", "x86_64,arm64")
    points = rows(output)
    assert "*" not in points[0], "as fast, but dearer"
    assert points[1][-1] == "*"


# KiB. By a small program, since what a process has before it becomes another counts as well.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_the_points_of_a_grid_share_the_lengths_of_a_file(binary, home, tmp_path):
    """A million lengths are 8 MB: 40 points of their own would have some hundreds."""
    (tmp_path / "lengths").write_text("1ms\n" * 1_000_000)
    peak = subprocess.check_output([sys.executable, "-c", PEAK, binary, "simulate", "--rate", "1", "--duration",
                                    "file:lengths", "--for", "1m", "--memory", "128..167"],
                                   cwd=tmp_path, env=clean_environ(home))
    assert IS_SANITIZED or int(peak) < 64 * 1024


def test_the_same_grid_gives_the_same_lines_on_one_thread_and_on_four(simulate):
    arguments = [*TWO_ERLANGS, "--strategy", "first_warm,round_robin", "--reserved", "2,4", "--replications", "2"]
    assert simulate(*arguments, "--threads", "1") == simulate(*arguments, "--threads", "4")


def test_the_least_number_that_is_enough_is_found(simulate):
    code, output, errors = simulate(*TWO_ERLANGS, "--find", "reserved", "--until", "throttled < 30%")
    assert (code, errors) == (0, "")
    assert output.startswith("reserved: 3 is the least that is enough\n  throttled < 30%: 2")
    assert "tried: 0, 1, 2, 4, 3\n" in output
    code, output, _ = simulate(*TWO_ERLANGS, "--init", "2s", "--life", "ttl:1s", "--find", "provisioned", "--until",
                               "p99 < 1s and cold < 1%")
    assert code == 0
    assert 4 <= int(re.match(r"provisioned: (\d+) is the least", output).group(1)) <= 9


def test_a_number_that_throttles_is_told_where_the_conditions_say_nothing_of_it(simulate):
    """Those that one serves of two Erlangs are as fast as any; two of three are not among them."""
    code, output, errors = simulate(*TWO_ERLANGS, "--find", "reserved", "--until", "p99 < 1s")
    assert code == 0
    assert output.startswith("reserved: 1 is the least that is enough\n  p99 < 1s: 4")
    assert re.search(r"^  throttled: 6[5-8]\.\d % \(.*\)$", output, re.MULTILINE)
    assert errors == ("note: calls are throttled, which have no latency and cost nothing: add `and throttled < 0.1%` to "
                      "`--until`\n")
    code, output, errors = simulate(*TWO_ERLANGS, "--find", "reserved", "--until", "p99 < 1s and throttled < 70%")
    assert (code, errors) == (0, "")
    assert "throttled:" not in output


def test_what_is_never_enough_ends_with_what_was_reached(simulate):
    code, output, errors = simulate("--rate", "20", "--duration", "100ms", "--for", "1m", "--account", "50", "--find",
                                    "reserved", "--until", "p50 < 50ms")
    assert (code, errors) == (1, "")
    assert output.startswith("reserved: 50 is not enough\n  p50 < 50ms: 100 ms, not met\n")


@pytest.mark.parametrize(("arguments", "message"), [
    (["--find", "provisoned", "--until", "p99 < 1s"],
     "error: `provisoned` is no value of --find\nhint: did you mean `provisioned`?\n"),
    (["--find", "reserved"], "error: `--find` needs `--until`\n"
     "hint: say when it is enough: `--until 'p99 < 300ms and throttled < 0.1%'`\n"),
    (["--until", "p99 < 1s"], "error: `--until` is of `--find`\nhint: add `--find provisioned`\n"),
    (["--find", "reserved", "--reserved", "5", "--until", "p99 < 1s"],
     "error: `--find reserved` and `--reserved` both say it\nhint: leave one of them out\n"),
    (["--find", "reserved", "--until", "p98 < 1s"], "error: `p98` for --until is no figure\nhint: did you mean `p90`?\n"),
    (["--find", "reserved", "--until", "p99 < soon"], "error: `soon` is no length of time for --until\n"
     "hint: write it with a unit: `80ms`, `1.5s`, `10m`, `2h`, `7d`\n"),
    (["--reserved", "5..1"], "error: `5..1` for --reserved goes backwards\nhint: write `1..5/1`\n"),
    (["--reserved", "1,,2"], "error: `1,,2` for --reserved has an empty value\nhint: write `1,5,10`, or `20..200/20`\n"),
    (["--memory", "128..10240"],
     "error: `128..10240` for --memory is more than 10000 values\nhint: take longer steps: `20..200/20`\n"),
    (["--strategy", "first_warm,newst"], "error: `newst` is no value of --strategy\nhint: did you mean `newest`?\n"),
    (["--reserved", "1,2", "--calls", "calls.csv"], "error: `--calls` is of one simulation, not of several\n"
     "hint: ask for one value of each option\n"),
    (["--find", "reserved", "--until", "p99 < 1s", "--html", "page.html"],
     "error: `--find` has no page for `--html`\nhint: ask for a grid, or for the number that it finds\n"),
])
def test_what_cannot_be_asked_is_an_error_with_a_hint(simulate, arguments, message):
    assert simulate("--rate", "1", "--duration", "1s", *arguments) == (2, "", message)


def test_a_page_that_cannot_be_written_is_found_out_before_the_simulation(simulate):
    assert simulate("--rate", "5000", "--duration", "1s", "--for", "365d", "--reserved", "1,2", "--html", "nowhere/page.html") == (
        1, "", "error: cannot write `nowhere/page.html`: No such file or directory\n"
        "hint: name a file in a folder that you may write to\n")


def test_an_interrupt_ends_a_simulation_with_what_is_known_so_far(binary, home, tmp_path):
    program = subprocess.Popen([binary, "simulate", "--rate", "5000", "--duration", "10ms", "--for", "365d"], cwd=tmp_path,
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environ(home))
    time.sleep(1)
    program.send_signal(signal.SIGINT)
    output, _ = program.communicate(timeout=20)
    assert program.returncode == 130
    assert "NOT COMPLETE" in output
    assert re.search(r"^calls +[1-9]", output, re.MULTILINE)


@pytest.mark.parametrize("source", ["--trace", "--from-logs"])
def test_an_interrupt_ends_one_that_waits_for_a_pipe(binary, home, tmp_path, source):
    program = subprocess.Popen([binary, "simulate", source, "-", "--duration", "10ms"], cwd=tmp_path, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=clean_environ(home))
    time.sleep(1)
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=20) == 130
    program.communicate()


def test_output_that_cannot_be_written_is_an_error(binary, home, tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run([binary, "simulate", *TWO_ERLANGS], cwd=tmp_path, text=True, stdout=full,
                              stderr=subprocess.PIPE, env=clean_environ(home), timeout=40)
    assert (done.returncode, done.stderr) == (1, "error: cannot write the output: No space left on device\n")


def test_runs_are_added_until_the_intervals_are_narrow(simulate):
    _, output, errors = simulate(*TWO_ERLANGS, "--reserved", "2", "--life", "none", "--precision", "50%")
    assert errors == ""
    assert re.search(r", seed 1, \d+ replications$", output, re.MULTILINE), "two cold starts a run are few"
    assert simulate("--rate", "1", "--duration", "1s", "--precision", "much") == (
        2, "", "error: `much` is no share for --precision\nhint: write `0.01` or `1%`\n")


def test_a_terminal_is_told_how_far_it_is_and_ctrl_c_ends_it(binary, home, tmp_path):
    with Terminal(tmp_path, clean_environ(home)) as terminal:
        terminal.run([binary, "simulate", "--rate", "5000", "--duration", "10ms", "--for", "30d"])
        terminal.wait_for(r"\d+ %  \d+ calls", seconds=20)
        terminal.type("\x03")
        assert terminal.wait(20) == 130
        terminal.wait_for("NOT COMPLETE")
