"""Clients: wrk for the figures, and connections of our own where each answer is looked at."""

import re
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
ANSWER = re.compile(rb"Orders requests: (\d+)")


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    rate: float  # Requests a second, good and bad.
    p50: float  # Seconds.
    p99: float
    requests: int
    bad: int  # Answers that are not 2xx, and connections that failed.


def run_wrk(port, path, connections, seconds, body=None):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if body is not None:
            script.write(f"wrk.method = 'POST'\nwrk.body = '{body}'\n")
            script.flush()
            command += ["-s", script.name]
        output = subprocess.run(command + [f"http://127.0.0.1:{port}{path}"], check=True,
                                stdout=subprocess.PIPE, text=True, timeout=seconds + 60).stdout
    return parse_wrk(output)


def parse_wrk(output):
    def percentile(which):
        told = re.search(rf"^ +{which}% +([\d.]+)(us|ms|s|m)$", output, re.MULTILINE)
        # Where no request came to its end, wrk tells no percentiles: nothing was as slow as that.
        return float(told.group(1)) * UNITS[told.group(2)] if told else float("inf")

    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    return Load(rate=float(re.search(r"^Requests/sec: +([\d.]+)", output, re.MULTILINE).group(1)),
                p50=percentile(50), p99=percentile(99),
                requests=int(re.search(r"(\d+) requests in", output).group(1)),
                bad=(int(refused.group(1)) if refused else 0) +
                    (sum(map(int, broken.groups())) if broken else 0))


class Connection:
    """One kept connection; a request is answered before the next is sent."""

    def __init__(self, port, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

    def send(self, path, method="GET", body=b""):
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        self.socket.sendall(head.encode() + b"\r\n" + body)

    def receive(self):
        """(status, body)"""
        while b"\r\n\r\n" not in self.unread:
            self._read()
        head, self.unread = self.unread.split(b"\r\n\r\n", 1)
        length = re.search(rb"^content-length: *(\d+)", head, re.MULTILINE | re.IGNORECASE)
        size = int(length.group(1)) if length else 0
        while len(self.unread) < size:
            self._read()
        body, self.unread = self.unread[:size], self.unread[size:]
        return int(head.split(b" ", 2)[1]), body

    def request(self, path, method="GET", body=b""):
        self.send(path, method, body)
        return self.receive()

    def _read(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.unread += data

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def bad_answers(port, path, connections, requests_each, environments):
    """Asks for counts over many connections at once; returns how many answers cannot be right.

    Each environment counts 1, 2, 3, …: of N environments' answers, each count comes from at most N of
    them, and a count never comes oftener than the one before.
    """
    answers = []

    def client():
        mine = []
        with Connection(port) as connection:
            for _ in range(requests_each):
                mine.append(connection.request(path))
        answers.extend(mine)

    threads = [threading.Thread(target=client) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [ANSWER.fullmatch(body) for status, body in answers if status == 200]
    counts = Counter(int(match.group(1)) for match in good if match)
    bad = connections * requests_each - sum(counts.values())
    allowed = environments
    for count in range(1, max(counts, default=0) + 1):
        bad += max(0, counts[count] - allowed)
        allowed = min(allowed, counts[count])
    return bad


def seconds_until(condition, limit=30):
    """How long it takes until condition() is true, asked again and again."""
    started = time.perf_counter()
    while time.perf_counter() - started < limit:
        if condition():
            return time.perf_counter() - started
    return limit
