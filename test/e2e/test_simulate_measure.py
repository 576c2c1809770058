"""`smyth simulate --measure`: the handlers' own durations and inits, seen by running them."""

import json
import re
import signal
import subprocess
import time

import pytest

from harness.server import clean_environ, write_files

CONFIG = """
    [handlers.api]
    handler_path = "app.handler"
    concurrency = 3
    memory_size = 512
    timeout = 2
    [handlers.api.simulate]
    rate = 20
    duration = "9s"
    init = "9s"
    [handlers.picky]
    handler_path = "app.picky"
    [handlers.flaky]
    handler_path = "app.flaky"
    [handlers.crash]
    handler_path = "app.crash"
    [handlers.broken]
    handler_path = "app.nothing"
    """

APP = """
    import os, time
    time.sleep(0.05)
    def note(event):
        with open(os.path.join(os.path.dirname(__file__), "calls"), "a") as calls:
            calls.write(f"{os.getpid()}\\n")
    def handler(event, context):
        note(event)
        print("OUTPUT")
        time.sleep(event.get("sleep", 0.01))
    def picky(event, context):
        return event["order"]
    COUNT = 0
    def flaky(event, context):
        global COUNT
        COUNT += 1
        if COUNT % 2 == 0:
            raise ValueError("even")
    def crash(event, context):
        global COUNT
        COUNT += 1
        if COUNT == 4:
            os._exit(1)
    """


@pytest.fixture
def project(tmp_path):
    write_files(tmp_path / "project", {"smyth.toml": CONFIG, "app.py": APP})
    return tmp_path / "project"


@pytest.fixture
def simulate(binary, home, project):
    """Runs `smyth simulate` to its end: its code, its output, and what it complains of."""

    def run(*arguments):
        done = subprocess.run([binary, "simulate", *arguments], cwd=project, text=True, capture_output=True,
                              timeout=40, env=clean_environ(home))
        return done.returncode, done.stdout, done.stderr

    return run


def measured(output, name):
    """(warm, median warm, inits, median init, errors, invocations); lengths in seconds."""
    length = r"([\d.]+) (us|ms|s)"
    found = re.search(rf"^{name}: warm calls (\d+) \(median {length}, p99 {length}\), "
                      rf"inits (\d+) \(median {length}, p99 {length}\), errors (\d+) of (\d+) \(measured here with the event ",
                      output, re.M)
    assert found, output
    scale = {"us": 1e-6, "ms": 1e-3, "s": 1}
    group = found.group
    return (int(group(1)), float(group(2)) * scale[group(3)], int(group(6)), float(group(7)) * scale[group(8)],
            int(group(11)), int(group(12)))


def test_a_handler_is_run_and_its_durations_and_inits_are_simulated(simulate, project):
    code, output, errors = simulate("api", "--rate", "50", "--for", "1h", "--measure")
    assert (code, errors) == (0, "")
    assert output.startswith("api: 512 MiB, duration measured, init measured\n50 calls/s for 1 h")
    warm, median, inits, init, failed, invocations = measured(output, "api")
    assert (warm, inits, failed, invocations) == (20, 6, 0, 26)
    assert 0.01 <= median < 0.2 and 0.05 <= init < 1
    p50 = re.search(r"^  warm +([\d.]+) ms", output, re.M)
    assert 10 <= float(p50.group(1)) < 200
    environments = (project / "calls").read_text().split()
    assert len(environments) == 26 and len(set(environments)) == 6, "five of one call each, and one of 21"


def test_it_is_run_as_often_as_is_said_with_the_event_that_is_given(simulate, project):
    (project / "event.json").write_text('{"sleep": 0.1}')
    arguments = ["api", "--rate", "1", "--for", "1h", "--measure", "4", "--event", "event.json", "--json"]
    code, output, errors = simulate(*arguments)
    assert (code, errors) == (0, "")
    found = json.loads(output)
    [constant] = [constant for constant in found["constants"] if constant["name"] == "api"]
    assert constant["origin"] == "measured"
    assert constant["source"] == "measured here with the event `event.json`"
    assert constant["value"].startswith("warm calls 4 ") and ", inits 2 " in constant["value"]
    assert 100 <= found["all"]["latency_ms"]["warm"]["p50"]["value"] < 200
    assert len((project / "calls").read_text().split()) == 6


def test_what_is_typed_wins_over_what_is_measured(simulate):
    code, output, _ = simulate("api", "--rate", "1", "--for", "1h", "--measure", "2", "--init", "3s", "--duration", "2s")
    assert code == 0 and output.startswith("api: 512 MiB, duration 2s, init 3s\n")


def test_a_grid_is_measured_once(simulate, project):
    code, output, _ = simulate("api", "--rate", "50", "--for", "10m", "--measure", "2", "--reserved", "1..3")
    assert code == 0 and len(output.splitlines()) >= 4
    assert len((project / "calls").read_text().split()) == 4


def test_a_handler_that_fails_each_time_is_not_measured(simulate):
    hint = ("hint: how long it takes to fail says nothing: give it an event that it can work with, "
            "`--event FILE`\n")
    code, output, errors = simulate("picky", "--rate", "1", "--measure", "3")
    assert (code, output) == (1, "")
    assert errors.startswith("error: `picky` fails each time: {") and "KeyError" in errors and errors.endswith(hint)
    code, _, errors = simulate("broken", "--rate", "1", "--measure", "3")
    assert code == 1 and "Runtime.HandlerNotFound" in errors
    assert simulate("picky", "--rate", "1", "--for", "1h", "--measure", "3", "--event", '{"order": 1}')[0] == 0


def test_failures_now_and_then_are_the_share_of_errors(simulate):
    code, output, _ = simulate("flaky", "--rate", "5", "--for", "1h", "--measure", "20")
    assert code == 0
    assert measured(output, "flaky")[4:] == (10, 26)
    share = float(re.search(r"^errors +[\d,]+ +([\d.]+) %", output, re.M).group(1))
    assert abs(share - 100 * 10 / 26) < 2
    # A crash costs an environment; the init of the next is no part of its duration.
    code, output, _ = simulate("crash", "--rate", "5", "--for", "1h", "--measure", "8", "--errors", "0")
    warm, median, _, _, failed, invocations = measured(output, "crash")
    assert (failed, invocations) == (2, 11) and warm < 8 and median < 0.04
    assert not re.search("^errors", output, re.M)


@pytest.mark.parametrize(("arguments", "message"), [
    (["api", "--event", "{}"], "error: `--event` is of `--measure`\nhint: add `--measure`\n"),
    (["--measure", "api"], "error: `api` is no number for --measure"),
    (["api", "--measure", "0"], "error: `0` is no number for --measure"),
    (["apu", "--measure"], "error: unknown function `apu`"),
    (["api", "--measure", "--event", "nowhere.json"], "error: the event `nowhere.json` is no file and no JSON: "),
])
def test_what_cannot_be_measured(simulate, arguments, message):
    code, output, errors = simulate(*arguments)
    assert (code, output) == (2, "") and errors.startswith(message), errors


def test_without_a_configuration_there_is_no_handler(binary, home, tmp_path):
    done = subprocess.run([binary, "simulate", "api", "--rate", "1", "--measure"], cwd=tmp_path, text=True,
                          capture_output=True, env=clean_environ(home))
    assert (done.returncode, done.stderr) == (2, "error: `--measure`, but there is no configuration\n"
                                                 "hint: name it with `--config`: its handlers are run\n")


def test_an_interrupt_ends_the_measurement(binary, home, project):
    command = [binary, "simulate", "api", "--rate", "1", "--measure", "500"]
    with subprocess.Popen(command, cwd=project, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=clean_environ(home)) as one:
        until = time.monotonic() + 10
        while not (project / "calls").exists() and time.monotonic() < until:
            time.sleep(0.01)
        one.send_signal(signal.SIGINT)
        assert one.communicate(timeout=10) == ("", "")
        assert one.returncode == 130
