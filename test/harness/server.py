"""The real program, started for a test and watched from outside."""

import base64
import gc
import json
import os
import re
import resource
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import boto3
from botocore.config import Config

from harness import processes
from harness.processes import wait_until
from harness.wire import Connection

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("SMYTH_BINARY") or REPOSITORY / "build" / "smyth")
# Built with AddressSanitizer, whose own memory says nothing of ours.
IS_SANITIZED = BINARY.exists() and b"__asan_init" in BINARY.read_bytes()


CARGO_MIN = (1, 85)  # For the crate `lambda_runtime`.


def cargo_version():
    text = subprocess.run(["cargo", "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout
    return tuple(int(number) for number in text.split()[1].split(".")[:2])


def write_files(folder, files):
    """Writes `files`, a dict of relative path to text, below `folder`. Scripts (`#!`) are executable."""
    for name, text in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = textwrap.dedent(text).lstrip("\n")
        path.write_text(text)
        if text.startswith("#!"):
            path.chmod(0o755)


def clean_environ(home, **more):
    """What a server is started with: nothing of the tester's own AWS account or shell."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "TMPDIR", "ASAN_OPTIONS")
            if name in os.environ}
    environ = {**kept, "HOME": str(home), "VIRTUAL_ENV": sys.prefix, **more}
    return {name: value for name, value in environ.items() if value is not None}


def free_port():
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def lambda_client(url, **settings):
    """A real boto3 client that asks once: retries would hide wrong answers."""
    options = {"read_timeout": 30, "retries": {"total_max_attempts": 1, "mode": "standard"}, **settings}
    return boto3.client("lambda", endpoint_url=url, region_name="eu-central-1", aws_access_key_id="test",
                        aws_secret_access_key="test", config=Config(**options))


class Server:
    """A running `smyth run`. `stderr` is the file that its talk goes to, `user` a number, `descriptors` its
    soft and its hard limit."""

    def __init__(self, folder, *arguments, stderr, environ, cwd=None, with_parent=True, binary=BINARY, user=None,
                 descriptors=None):
        self.folder = Path(folder)
        self.stderr = Path(stderr)
        command = [str(binary), "run", "--port", "0", "--json", *arguments]
        options = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        if descriptors:
            options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)
        if with_parent:
            command.append("--with-parent")
        with open(self.stderr, "wb") as talk:
            self.process = subprocess.Popen(
                command, cwd=cwd or folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=talk, text=True, **options)
        self.pid = self.process.pid
        self._clients = []
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait(timeout=10)
            raise AssertionError(f"no start, exit code {code}: {self.log()}")
        self.started = json.loads(line)
        self.url = self.started["url"].rstrip("/")
        self.port = self.started["port"]

    # --- What it is asked ---

    def connect(self, **options):
        return Connection(self.port, **options)

    def request(self, method, target, body=None, headers=()):
        with self.connect() as connection:
            return connection.request(method, target, body, headers)

    def get(self, target, headers=()):
        return self.request("GET", target, headers=headers)

    def invoke(self, name, event=None, headers=()):
        """Invoke on the wire; the event is any value, bytes go as they are."""
        body = event if isinstance(event, bytes) else b"" if event is None else json.dumps(event).encode()
        return self.request("POST", f"/2015-03-31/functions/{name}/invocations", body, headers)

    def client(self, **settings):
        self._clients.append(lambda_client(self.url, **settings))
        return self._clients[-1]

    def close_clients(self):
        """Closes the connections that boto3 keeps."""
        if self._clients:
            while self._clients:
                self._clients.pop().close()
            gc.collect()  # A caught exception may hold a connection in a circle of references.

    def run(self, code, function="run", **event):
        """The result of `code`, the body of a handler, in the function that executes its event's text."""
        response = self.invoke(function, {"code": textwrap.dedent(code), **event})
        assert response.status == 200, response
        assert response.header("X-Amz-Function-Error") is None, response.text
        return response.json

    def error_of(self, code, function="run", **event):
        """The error document of `code`, which must fail."""
        response = self.invoke(function, {"code": textwrap.dedent(code), **event})
        assert response.status == 200, response
        assert response.header("X-Amz-Function-Error") == "Unhandled", response.text
        return response.json

    def tail_of(self, code, function="run"):
        """The log of an invocation, as `LogType=Tail` brings it."""
        response = self.invoke(function, {"code": textwrap.dedent(code)}, {"X-Amz-Log-Type": "Tail"})
        assert response.status == 200, response
        return base64.b64decode(response.header("X-Amz-Log-Result")).decode()

    def status(self):
        response = self.get("/smyth/api/status")
        assert response.status == 200
        return response.json["lambda handlers"]

    def states(self, function):
        return [slot["state"] for slot in self.status()[function]["processes"]]

    def counters(self, function):
        return [slot["task_counter"] for slot in self.status()[function]["processes"]]

    def slots(self, function):
        """The original's two keys of each slot; ours may have more."""
        return list(zip(self.states(function), self.counters(function)))

    # --- What is seen of it ---

    def log(self):
        return self.stderr.read_text(errors="surrogateescape")

    def wait_for_log(self, pattern, seconds=5.0):
        """The match of a regular expression in what the server said, at the latest after `seconds`."""
        return wait_until(lambda: re.search(pattern, self.log(), re.MULTILINE), seconds, f"{pattern!r} in the log")

    def descendants(self):
        return processes.descendants(self.pid)

    # --- What is written for it ---

    def write(self, name, text):
        write_files(self.folder, {name: text})

    # --- How it ends ---

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=5.0):
        """The exit code; -9 after SIGKILL."""
        return self.process.wait(timeout=seconds)

    def stop(self, seconds=5.0):
        """Closes its standard input, as a parent that dies does."""
        self.process.stdin.close()
        code = self.wait(seconds)
        self.process.stdout.close()
        return code

    def close(self):
        """Makes sure that it is gone, whatever the test has done."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream and not stream.closed:
                stream.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Background:
    """A call in a thread; `result()` gives what it returned or raises what it raised."""

    def __init__(self, function, *arguments, **options):
        self._value, self._error = None, None
        self._thread = threading.Thread(target=self._run, args=(function, arguments, options), daemon=True)
        self._thread.start()

    def _run(self, function, arguments, options):
        try:
            self._value = function(*arguments, **options)
        except BaseException as error:
            self._error = error

    def is_done(self):
        return not self._thread.is_alive()

    def result(self, seconds=20.0):
        self._thread.join(seconds)
        assert self.is_done(), "still running"
        if self._error:
            raise self._error
        return self._value


def at_once(count, function, *arguments, **options):
    """The results of `count` calls made at the same time."""
    calls = [Background(function, *arguments, **options) for _ in range(count)]
    return [call.result() for call in calls]
