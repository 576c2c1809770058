"""The original and ours, each serving one copy of test/compat/project."""

import os
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from harness.processes import wait_until
from harness.server import BINARY, REPOSITORY, Server, clean_environ
from harness.wire import Connection

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(scope="session")
def original_python():
    """The interpreter that has Smyth from PyPI and the applications."""
    named = os.environ.get("SMYTH_ORIGINAL_PYTHON")
    if named:
        return named
    return subprocess.run([REPOSITORY / "scripts" / "venv", "original", "python3", "test/compat/requirements.txt"],
                          check=True, capture_output=True, text=True).stdout.strip()


def _environ(home, python):
    return clean_environ(home, VIRTUAL_ENV=str(Path(python).parent.parent), SHELL_SAYS="shell", BOTH="shell", STAGE="shell",
                         PYTHONUNBUFFERED="1")


class Original:
    """`python -m smyth` of the original. It watches its folder and restarts by itself."""

    def __init__(self, folder, python, environ, stderr):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.stderr = Path(stderr)
        with open(stderr, "wb") as talk:
            self.process = subprocess.Popen(
                [python, "-m", "smyth", "--host", "127.0.0.1", "--port", str(self.port)], cwd=folder, env=environ,
                stdin=subprocess.DEVNULL, stdout=talk, stderr=talk, start_new_session=True)
        wait_until(self._is_up, 30, "the original serves")

    def _is_up(self):
        try:
            with urllib.request.urlopen(f"{self.url}/smyth/api/status", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            assert self.process.poll() is None, self.log()
            return False

    def log(self):
        return self.stderr.read_text(errors="replace")

    def request(self, method, target, body=None, headers=()):
        with Connection(self.port, timeout=60) as connection:
            return connection.request(method, target, body, headers)

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Both:
    """The same asked of both; what they answer as a pair."""

    def __init__(self, original, ours):
        self.original, self.ours = original, ours

    def request(self, method, target, body=None, headers=()):
        return tuple(one.request(method, target, body, headers) for one in (self.original, self.ours))

    def get(self, target, headers=()):
        return self.request("GET", target, headers=headers)

    def invoke(self, name, body=b"{}", headers=()):
        return self.request("POST", f"/2015-03-31/functions/{name}/invocations", body, headers)


def _start_both(python, home, folder, configuration=None):
    environ = _environ(home, python)
    for name in "ab":
        shutil.copytree(PROJECT, folder / name)
        if configuration:
            (folder / name / "pyproject.toml").write_text(configuration)
    # The folders have names of one length, so that no answer differs by them alone.
    original = Original(folder / "a", python, environ, folder / "original.log")
    ours = Server(folder / "b", stderr=folder / "ours.log", environ=environ)
    yield Both(original, ours)
    try:
        assert ours.stop() == 0
    finally:
        ours.close()
        original.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    assert BINARY.exists(), f"{BINARY} is not built: run `make`, or set SMYTH_BINARY"
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def both(original_python, home, tmp_path_factory):
    """Both, for all tests."""
    yield from _start_both(original_python, home, tmp_path_factory.mktemp("compat"))


@pytest.fixture
def fresh_both(original_python, home, tmp_path):
    """Both as just started, with one function: the original takes a second for each when it restarts."""
    yield from _start_both(original_python, home, tmp_path,
                           '[tool.smyth.handlers.edited]\nhandler_path = "edited.handler"\nurl_path = "/edited"\n')
