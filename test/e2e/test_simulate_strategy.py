"""`smyth simulate` with strategies of the user's own, which are asked in Python."""

import csv
import subprocess

import pytest

from harness.server import clean_environ, write_files

CONFIG = """
    [handlers.api]
    handler_path = "app.handler"
    concurrency = 4
    overflow = "queue"
    strategy_generator_path = "mine.last"
    [handlers.api.simulate]
    rate = 1
    duration = "100ms"
    init = "1s"
    """

MINE = """
    from smyth.runner.strategy import round_robin
    from smyth.types import SmythHandlerState

    def last(name, processes):
        while True:
            idle = [slot for slot in processes[name] if slot.state != SmythHandlerState.WORKING]
            yield idle[-1] if idle else processes[name][0]

    def turns(name, processes):
        yield from round_robin(name, processes)

    def fails(name, processes):
        for _ in range(3):
            yield processes[name][0]
        raise LookupError("no more ideas")
    """


@pytest.fixture
def simulate(binary, home, tmp_path):
    project = tmp_path / "project"
    write_files(project, {"smyth.toml": CONFIG, "mine.py": MINE, "app.py": "def handler(event, context): pass\n"})

    def run(*arguments):
        done = subprocess.run([binary, "simulate", *arguments], cwd=project, text=True, capture_output=True, timeout=40,
                              env=clean_environ(home))
        run.rows = []
        if (project / "calls.csv").exists():
            with (project / "calls.csv").open() as calls:
                run.rows = sorted(csv.DictReader(calls), key=lambda row: int(row["call"]))
            (project / "calls.csv").unlink()
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_strategy_of_ones_own_chooses(simulate):
    code, output, errors = simulate("--as-configured", "--constant", "1", "--for", "100s", "--calls", "calls.csv")
    assert code == 0 and errors == "note: the strategy is asked in Python for each call: it is slow\n"
    assert "\nstrategy: of your own, asked in Python for each call (given: smyth.toml)\n" in output
    # One a second, and each is done before the next: the last slot serves all, but for those of its init.
    environments = [row["environment"] for row in simulate.rows]
    assert len(environments) == 99 and set(environments[2:]) == {"1"}


@pytest.mark.parametrize("mine", ["mine:turns", "mine.turns"])
def test_it_chooses_as_the_built_in_one_that_does_the_same(simulate, mine):
    arguments = ["--rate", "30", "--for", "60s", "--concurrency", "6", "--life", "none", "--calls", "calls.csv"]
    code, output, _ = simulate(*arguments, "--strategy", mine)
    assert code == 0 and f"(given: {mine})" in output
    rows = simulate.rows
    assert simulate(*arguments, "--strategy", "round_robin")[0] == 0
    # Where all are busy, both are throttled.
    assert len(rows) > 1_500 and rows == simulate.rows


def test_a_strategy_that_fails_ends_the_simulation(simulate):
    code, output, errors = simulate("--constant", "1", "--for", "1h", "--strategy", "mine:fails")
    assert (code, output) == (1, "")
    assert "error: the strategy of `api` failed: " in errors and "LookupError: no more ideas" in errors
    code, output, errors = simulate("--constant", "1", "--for", "1h", "--strategy", "mine:nothing")
    assert (code, output) == (1, "") and "nothing" in errors


def test_a_strategy_needs_slots_and_a_project(simulate, binary, home, tmp_path):
    assert simulate("--strategy", "mine:last", "--concurrency", "none")[::2] == (
        2, "error: `--strategy mine:last` needs slots to choose from\nhint: say how many: `--concurrency 10`\n")
    done = subprocess.run([binary, "simulate", "api", "--rate", "1", "--duration", "1s", "--strategy", "mine:last"],
                          cwd=tmp_path, text=True, capture_output=True, env=clean_environ(home))
    assert (done.returncode, done.stderr) == (
        2, "error: `mine:last` is no strategy of smyth's, and there is no configuration\n"
           "hint: one of your own is asked in the project's Python: name the configuration with `--config`\n")


def test_strategies_are_compared_in_a_grid(simulate):
    code, output, _ = simulate("--rate", "5", "--for", "60s", "--strategy", "first_warm,mine:last")
    assert code == 0 and "\nfirst_warm " in output and "\nmine:last " in output
