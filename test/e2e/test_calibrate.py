"""smyth calibrate: constants of environments' lives from recorded calls."""

import os
import random
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

from harness.server import IS_SANITIZED, REPOSITORY, clean_environ


@pytest.fixture
def calibrate(binary, home, tmp_path):
    def run(*arguments, text=None):
        return subprocess.run([binary, "calibrate", *arguments], cwd=tmp_path, env=clean_environ(home), input=text,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)

    return run


def record(path, idle=700, life=4000, calls=200, seed=1):
    """One environment at a time, which ends after so long without a call, or when it is so old."""
    rng = random.Random(seed)
    now, born, free = 0.0, None, None
    lines = ["time,duration,cold"]
    for _ in range(calls):
        now += rng.expovariate(1 / 300)
        now = max(now, free or 0)
        cold = born is None or now - free >= idle or free - born >= life or now - born >= life
        if cold:
            born = now
        free = now + 1
        lines.append(f"{now:.3f},1,{int(cold)}")
    path.write_text("\n".join(lines) + "\n")


def test_a_profile_holds_the_constants_that_were_found(calibrate, tmp_path):
    record(tmp_path / "calls.csv")
    done = calibrate("calls.csv", "--output", "profile.toml")
    assert done.returncode == 0, done
    found = dict(re.findall(r"(\w+)=(\d+)s", done.stdout.splitlines()[0]))
    assert 650 <= int(found["function_idle"]) <= 750 or 650 <= int(found["surplus_idle"]) <= 750
    assert "calls.csv" in done.stdout
    profile = (tmp_path / "profile.toml").read_text()
    assert f"made = {datetime.now(timezone.utc):%Y-%m-%d}\n" in profile
    for name, seconds in found.items():
        assert f"{name} = {seconds}\n" in profile
    assert sorted(os.listdir(tmp_path)) == ["calls.csv", "profile.toml"]


def test_each_record_is_foretold_by_the_others(calibrate, tmp_path):
    record(tmp_path / "a.csv", calls=60, seed=1)
    record(tmp_path / "b.csv", calls=60, seed=2)
    done = calibrate("a.csv", "b.csv", "--leave-one-out")
    assert done.returncode == 0, done
    assert done.stdout.count("a.csv") == 2 and "function_idle=" in done.stdout.splitlines()[-2]


def test_logs_say_which_calls_were_cold(calibrate):
    line = "2026-01-01T{:02}:{:02}:00Z REPORT RequestId: a\tDuration: 900.00 ms\tMemory Size: 128 MB{}\n"
    cold = "\tInit Duration: 100.00 ms"
    text = "".join(line.format(minute // 60, minute % 60, cold if minute % 60 == 0 else "")
                   for minute in range(0, 600, 12))
    done = calibrate("-", text=text)
    assert done.returncode == 0, done
    assert re.search(r"^standard input|^- ", done.stdout, re.M)


@pytest.mark.parametrize("text, arguments, error", [
    ("time,duration,cold\n0,1,1\n-1,1,0\n", [], "`-1` is negative (calls.csv:3:1)"),
    ("time,duration\n0,1\n", [], "call 1 does not say if it was cold (calls.csv)"),
    ("time,duration,cold\n0,1,1\n", [], "no call is cold after the first 25 minutes of a trace"),
    ("time,duration,cold\n0,1,1\n2000,1,1\n", ["--leave-one-out"], "`--leave-one-out` needs two traces"),
    ("time,duration,cold\n0,1,1\n2000,1,1\n", ["--early-reuse", "soon"], "--early-reuse"),
])
def test_a_bad_record_is_exit_code_2_and_leaves_nothing(calibrate, tmp_path, text, arguments, error):
    (tmp_path / "calls.csv").write_text(text)
    done = calibrate("calls.csv", "--output", "profile.toml", *arguments)
    assert done.returncode == 2 and error in done.stderr, done
    assert done.stdout == "" and not (tmp_path / "profile.toml").exists()


def test_a_profile_that_cannot_be_written_is_exit_code_1(calibrate, tmp_path):
    record(tmp_path / "calls.csv", calls=60)
    done = calibrate("calls.csv", "--output", "nowhere/profile.toml")
    assert done.returncode == 1 and "error: cannot write `nowhere/profile.toml`" in done.stderr, done
    assert done.stdout == "", "found out before the search"
    done = calibrate("calls.csv", "--output", "/dev/full")
    assert done.returncode == 1 and "error: cannot write `/dev/full`: No space left on device" in done.stderr, done


@pytest.mark.skipif(IS_SANITIZED, reason="minutes of work there; the unit test is the same")
def test_a_days_record_of_lambda_is_foretold_by_five_others(calibrate):
    data = Path(os.environ.get("SMYTH_DATA") or REPOSITORY.parent / "shared" / "data")
    files = sorted(str(file) for file in (data / "aws-2020").glob("??-??.csv"))
    if not files:
        pytest.skip("there is no recorded data: set SMYTH_DATA to its folder")
    done = calibrate(*files, "--early-reuse", "150ms", "--leave-one-out")
    assert done.returncode == 0, done
    error, right = re.search(r"off by ([\d.]+) % .* warm: ([\d.]+) %", done.stdout.splitlines()[-1]).groups()
    assert float(error) <= 5.5 and float(right) >= 99.1
