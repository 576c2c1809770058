"""`smyth simulate` reads a trace as it comes: never all of it is in memory."""

import json
import os
import re
import subprocess
from pathlib import Path

from harness.server import BINARY, IS_SANITIZED

SECONDS = 4 if IS_SANITIZED else 40  # Of 100,000 calls each, in 2.6 MB.


def test_a_long_trace_takes_no_more_memory_than_a_short_one(tmp_path):
    pipe = tmp_path / "calls.csv"
    os.mkfifo(pipe)
    second = "".join(f"@.{i:05d},orders,0.0021,0.3501\n" for i in range(100_000))
    with subprocess.Popen([BINARY, "simulate", "--trace", pipe, "--account", "none", "--json"], text=True,
                          stdout=subprocess.PIPE) as program:
        with pipe.open("w") as file:
            written = file.write("time,function,duration,init\n")
            for i in range(SECONDS):
                written += file.write(second.replace("@", str(i)))
            most_kib = int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{program.pid}/status").read_text()).group(1))
        report = json.loads(program.stdout.read())
    assert program.returncode == 0
    assert report["all"]["calls"] == SECONDS * 100_000
    # AddressSanitizer's own memory says nothing of ours.
    assert IS_SANITIZED or (written > 100_000_000 and most_kib < 32 * 1024)
