#!/usr/bin/env python3
"""Measures smyth beside a floor, the original and serverless-offline, interleaved, on this machine.

    make bench                       everything, at least five rounds
    bench/run.py --only warm1,invoke --rounds 3

Needs build/smyth and build/bench/floor (make bench builds them); installs the others below build/bench.
Every server and every client runs on cores 0-1, or on core 0 where a row says "one core".
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from statistics import median

from report import markdown, progress
from rows import COMMAND, ORIGINAL, ROWS, SERVERLESS
from servers import PYTHON, ROOT, WORK, NotMeasured

ORIGINAL_VERSION = "0.7.1"
CORES = {"both": {0, 1}, "one": {0}}


def install_original():
    folder = WORK.parent / "original"
    if not (folder / "bin" / "smyth-is-here").exists():
        subprocess.run([str(PYTHON), "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet",
                        "--disable-pip-version-check", f"smyth=={ORIGINAL_VERSION}"], check=True)
        (folder / "bin" / "smyth-is-here").touch()


def install_serverless():
    folder = WORK.parent / "serverless"
    if (folder / "node_modules" / ".bin" / "serverless").exists() or not has_node_18():
        return
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "bench" / "serverless" / "package.json", folder)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)


def has_node_18():
    try:
        version = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
        return int(version.lstrip("v").split(".")[0]) >= 18 and shutil.which("npm") is not None
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False


def measure_row(row, rounds):
    """{program: median figures}, {program: why not}. Programs take turns, in another order each round."""
    figures = {program: [] for program in row.measures}
    missing = {}
    os.sched_setaffinity(0, CORES[row.cores] & ALL_CORES or ALL_CORES)
    for number in range(rounds):
        programs = list(row.measures)
        if number % 2:
            programs.reverse()
        for program in programs:
            if program in missing:
                continue
            progress(f"{row.key}: round {number + 1} of {rounds}: {program}")
            try:
                figures[program].append(row.measures[program]())
            except NotMeasured as reason:
                missing[program] = str(reason)
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                missing[program] = f"failed: {error}"
    os.sched_setaffinity(0, ALL_CORES)
    medians = {}
    for program, seen in figures.items():
        if seen and program not in missing:
            # One bad answer in any round counts.
            medians[program] = {name: (max if name == "bad" else median)(one[name] for one in seen)
                                for name in seen[0]}
    return medians, missing


ALL_CORES = os.sched_getaffinity(0)


def main():
    parser = argparse.ArgumentParser(description="Measures smyth beside others; see bench/README.md.")
    parser.add_argument("--only", default="", help=f"rows to measure, of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=5, help="how often each program is measured (5)")
    parser.add_argument("--seconds", type=int, default=2, help="length of each run of wrk (2)")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    keys = options.only.split(",") if options.only else list(ROWS)
    unknown = set(keys) - set(ROWS)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    if options.write and (options.only or options.rounds < 5):
        parser.error("docs/benchmarks.md tells all rows, of at least five rounds")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # Servers are stopped on the way out.
    rows = [ROWS[key](options) for key in keys]
    programs = {program for row in rows for program in row.measures}
    if programs & {ORIGINAL, COMMAND}:
        install_original()
    if SERVERLESS in programs:
        install_serverless()
    options.load_before = os.getloadavg()[0]
    measured = [(row, *measure_row(row, options.rounds)) for row in rows]
    progress("")
    text, missed = markdown(measured, options)
    print(text)
    if options.write:
        (ROOT / "docs" / "benchmarks.md").write_text(text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
