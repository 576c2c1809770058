#!/usr/bin/env python3
"""Measures the Python side alone: memory and start of an environment, and an invocation's CPU time.

    bench/environments.py [PYTHON]    another interpreter than the one that runs this

An invocation is compared with the least that a worker can do: a line of JSON in, a line out.
"""

import json
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if len(sys.argv) > 1:
    os.environ["SMYTH_TEST_PYTHON"] = sys.argv[1]
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "test" / "python"))

from environment_server import ARN, PYTHON, REQUEST_ID, Zygote, frame, text

APP = """
COUNT = 0

def handler(event, context):
    global COUNT
    COUNT += 1
    return {"statusCode": 200, "body": f"Orders requests: {COUNT}"}
"""
LEAST = """
import json, socket, sys
from app import handler
connection = socket.socket(fileno=int(sys.argv[1]))
for line in connection.makefile("rb"):
    connection.sendall(json.dumps(handler(json.loads(line), None)).encode() + b"\\n")
"""
EVENT = json.dumps({
    "version": "2.0", "routeKey": "ANY /orders/{id}", "rawPath": "/orders/1", "rawQueryString": "",
    "headers": {"host": "localhost:8080", "user-agent": "bench"}, "pathParameters": {"id": "1"},
    "requestContext": {"accountId": "123456789012", "requestId": REQUEST_ID, "stage": "$default",
                       "http": {"method": "GET", "path": "/orders/1", "sourceIp": "127.0.0.1"}},
    "isBase64Encoded": False}).encode()


def pss_kib(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def cpu_us(pid):
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1000


def begin(zygote, folder):
    environment = zygote.fork()
    environment.start(folder)
    environment.answer()
    environment.result({})
    return environment


def measure_memory(folder):
    zygote, sums, pids = Zygote(), [], []
    for _ in range(20):
        pids.append(begin(zygote, folder).pid)
        sums.append(sum(map(pss_kib, [zygote.process.pid, *pids])))
    zygote.close()
    return sums[0], (sums[-1] - sums[9]) / 10


def measure_start(folder):
    zygote, times = Zygote(), []
    for _ in range(40):
        began = time.perf_counter()
        begin(zygote, folder).close()
        times.append((time.perf_counter() - began) * 1000)
    zygote.close()
    return statistics.median(times)


def invoke_frame(number):
    body = struct.pack("<qQd", int(time.time() * 1000) + 6000, number, 1.0)
    for value in (REQUEST_ID, ARN, "", "", f"Root=1-67891234-{number:024};Sampled=0", ""):
        body += text(value)
    return frame("I", body + EVENT)


def measure_invocations(folder, rounds=9, count=3000):
    zygote = Zygote()
    environment = begin(zygote, folder)
    ours, theirs = socket.socketpair()
    least = subprocess.Popen([PYTHON, "-c", LEAST, str(theirs.fileno())], pass_fds=[theirs.fileno()],
                             cwd=folder)
    theirs.close()
    environment.socket.settimeout(None)
    frames, lines = [invoke_frame(number) for number in range(100)], [EVENT + b"\n"] * 100
    took = {"smyth": [], "least": []}
    for _ in range(rounds):
        for name, pid, connection, messages in (
                ("smyth", environment.pid, environment.socket, frames),
                ("least", least.pid, ours, lines)):
            before = cpu_us(pid)
            for number in range(count):
                connection.send(messages[number % 100])
                connection.recv(1 << 16)
            took[name].append((cpu_us(pid) - before) / count)
    ours.close()
    least.wait()
    zygote.close()
    return statistics.median(took["smyth"]), statistics.median(took["least"])


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "app.py").write_text(APP)
        first, further = measure_memory(folder)
        print(f"memory (PSS): zygote and one environment {first} KiB, each further one {further:.0f} KiB")
        print(f"start: from fork to first answer {measure_start(folder):.1f} ms (median)")
        ours, least = measure_invocations(folder)
        print(f"invocation: {ours:.1f} us CPU, the least {least:.1f} us, ratio {ours / least:.2f}")


if __name__ == "__main__":
    main()
