"""`smyth simulate`: calls a second, and how long a user waits for an answer."""

import json
import os
import subprocess
import time
from pathlib import Path

from servers import BUILD, PYTHON, ROOT, NotMeasured

# The model of SimFaaS: the newest idle environment serves, and one idle for ten minutes is gone.
SAME_MODEL = ["--rate", "0.9", "--duration", "exponential:1991ms", "--strategy", "newest", "--life", "ttl:600s",
              "--account", "none"]


def simulate(*options):
    """The findings, how long the whole process took, and its peak memory in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen([str(BUILD / "smyth"), "simulate", "--json", "--threads", "1", *options],
                               cwd="/", stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise NotMeasured(f"smyth simulate {' '.join(options)}: exit code {process.returncode}")
    return json.loads(output), took, usage.ru_maxrss / 1024


def calls_of_simulator():
    """Millions of calls a second by Google Benchmark, by load and reserved concurrency."""
    binary = BUILD / "bench" / "bench_simulate"
    if not binary.exists():
        raise NotMeasured("bench_simulate is not built")
    output = subprocess.run([str(binary), "--benchmark_format=json", "--benchmark_min_time=0.5"], check=True,
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return {benchmark["name"]: benchmark["items_per_second"] / 1e6 for benchmark in json.loads(output)["benchmarks"]}


def same_model():
    findings, took, _ = simulate(*SAME_MODEL, "--for", "300d")
    return {"calls/s": findings["all"]["calls"] / took / 1e6}


def simfaas():
    python = subprocess.run([str(ROOT / "scripts" / "venv"), "simfaas", str(PYTHON),
                             str(ROOT / "bench" / "simfaas_requirements.txt")],
                            check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    output = subprocess.run([python, str(ROOT / "bench" / "simfaas_calls.py")], check=True, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return {"calls/s": float(output) / 1e6}


def question(*options):
    def measure():
        _, took, memory = simulate(*options)
        return {"time": took, "memory": memory}
    return measure


def azure_sample():
    folder = Path(os.environ.get("SMYTH_DATA") or ROOT.parent / "shared" / "data") / "azure-2019"
    if not folder.is_dir():
        raise NotMeasured("no recorded data: set SMYTH_DATA")
    _, took, _ = simulate("--azure2019", str(folder / "100_inv.csv"), str(folder / "100_run.csv"), "--account", "none")
    return {"time": took}
