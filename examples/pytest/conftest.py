"""`smyth_url`: a server of this folder's functions, for the time of the test run.

Copy this file beside your pyproject.toml. SMYTH_BINARY names the program where `smyth` is not on PATH.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def smyth_url():
    # Port 0: any free one. --json: the first line of the output tells it, once the server accepts.
    # --with-parent: the server ends when its stdin closes, so that it outlives no test run, however
    # that ends.
    server = subprocess.Popen(
        [os.environ.get("SMYTH_BINARY", "smyth"), "run", "--port", "0", "--json", "--with-parent"],
        cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    if not line:
        pytest.exit(f"smyth has not started (exit code {server.wait()}); what it said stands above", 1)
    yield json.loads(line)["url"].rstrip("/")
    server.stdin.close()
    server.wait(timeout=10)
    server.stdout.close()
