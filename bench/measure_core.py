"""The scheduler by itself, measured by Google Benchmark."""

import json
import subprocess

from servers import BUILD, NotMeasured


def core_benchmark():
    binary = BUILD / "bench" / "bench_core"
    if not binary.exists():
        raise NotMeasured("bench_core is not built")
    output = subprocess.run([str(binary), "--benchmark_format=json"], check=True, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    figures = {}
    for benchmark in json.loads(output)["benchmarks"]:
        if "items_per_second" in benchmark:
            figures[benchmark["name"]] = benchmark["items_per_second"] / 1e6
    return figures
