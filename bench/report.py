"""The measurements as a page: the bars first, then all figures, then the machine."""

import os
import platform
import re
import sys
from datetime import date
from pathlib import Path


def progress(text):
    """One line that the next one overwrites, on a terminal; else a line of its own."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
    elif text:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def seconds(value):
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1e3:.2f} ms" if value >= 1e-3 else f"{value * 1e6:.0f} µs"


def measured_value(bar, value):
    if bar.unit == "s":
        return seconds(value)
    if bar.unit == "":
        return f"{value:,.0f}"
    return f"{value:.2f} {bar.unit}"


FIGURES = {
    "rate": lambda value: f"{value:,.0f} requests/s",
    "p50": lambda value: f"p50 {seconds(value)}",
    "p99": lambda value: f"p99 {seconds(value)}",
    "time": seconds,
    "worst": lambda value: f"slowest {seconds(value)}",
    "used": lambda value: f"{value * 1e3:.3f} ms of processor time at rest",
    "memory": lambda value: f"{value:.1f} MiB",
    "requests": lambda value: f"of {value:,.0f} requests",
    "failed": lambda value: f"{value:,.0f} failed",
    "stale": lambda value: f"{value:,.0f} stale",
    "bad": lambda value: f"{value:,.0f} bad",
}


def figure(name, value):
    return FIGURES[name](value) if name in FIGURES else f"{name} {value:.1f} M/s"


def machine():
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpuinfo, re.MULTILINE)
    memory = int(re.search(r"^MemTotal: +(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE).group(1))
    return (f"{os.cpu_count()} cores ({model.group(1) if model else platform.machine()}), "
            f"{memory / 2**20:.0f} GiB, Linux {platform.release().split('-')[0]}, "
            f"Python {platform.python_version()}")


def busy(load):
    if load < 0.3:
        return ""
    return f"Other programs were running (load average {load:.1f}): only the ratios mean something.\n"


def markdown(measured, options):
    """(the page, how many bars were missed or not measured)"""
    bars, figures, missed = [], [], 0
    for row, medians, missing in measured:
        for bar in row.bars:
            try:
                value = bar.figure(medians)
            except (KeyError, ZeroDivisionError):
                bars.append(f"| {row.work} | {bar.text} | not measured | – |")
                missed += 1
                continue
            met = bar.is_met(value)
            missed += not met
            bars.append(f"| {row.work} | {bar.text} | {measured_value(bar, value)} | {'yes' if met else '**no**'} |")
        for program in row.measures:
            if program in medians:
                text = ", ".join(figure(name, value) for name, value in medians[program].items())
            else:
                text = f"not measured: {missing.get(program, 'no reason known')}"
            figures.append(f"| {row.work} | {program} | {text} |")
    return f"""# Benchmarks

Made by `make bench` (`bench/run.py --write`) on {date.today().isoformat()}: {machine()}.
{busy(options.load_before)}Medians of {options.rounds} rounds, in which the programs took turns; wrk ran for {options.seconds} s each. Servers and clients
shared cores 0-1 (as by `taskset -c 0-1`), or core 0 alone where the row says so. smyth ran with its default
settings: request lines (into a file), output capture, limits, host check, reload. The floor
(`bench/floor`) is a program that does the least a request needs: figures are ratios to it because absolute
times say more about the machine. "Best case" of Smyth 0.7.1 is with its reloader off.

## What smyth is held to

| work | bar | measured | met |
| --- | --- | --- | --- |
{chr(10).join(bars)}

## All figures

| work | program | median |
| --- | --- | --- |
{chr(10).join(figures)}
""", missed
