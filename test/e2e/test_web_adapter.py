"""AWS's Lambda Web Adapter, unmodified: an external extension that asks for the function's events itself and turns them
into requests to a web server, which is the function's `bootstrap` and knows nothing of Lambda."""

import json
import shutil
import subprocess
import sys
import time

import pytest

from harness.processes import wait_until
from harness.server import REPOSITORY, free_port

APP = f"""#!{sys.executable}
import http.server, json, os, signal, sys

class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if "/fall" in self.path:
            os._exit(3)
        self.answer(200, json.dumps({{"path": self.path, "pid": os.getpid(),
                                     "context": json.loads(self.headers.get("x-amzn-lambda-context", "null"))}}).encode())

    def do_POST(self):
        self.answer(201, self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        print("served", self.path, flush=True)

def told(*_):
    print("told to end", flush=True)
    sys.exit(0)

signal.signal(signal.SIGTERM, told)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["AWS_LWA_PORT"])), App).serve_forever()
"""


@pytest.fixture(scope="module")
def layer():
    """Where the adapter is built. Only the first time does that take long."""
    if not shutil.which("cargo"):
        pytest.skip("cargo is not installed")
    done = subprocess.run([REPOSITORY / "scripts" / "client", "web_adapter"], stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def web(server, layer):
    return server({"smyth.toml": f"""
        [handlers.web]
        runtime = "provided.al2023"
        code = "bin"
        url_path = "/app/{{path:path}}"
        concurrency = 1
        timeout = 10
        layers = [{json.dumps(layer)}]
        env = {{ AWS_LWA_PORT = "{free_port()}" }}
        """, "bin/bootstrap": APP})


def test_a_web_server_answers_through_the_adapter(web):
    first = web.get("/app/hello?a=1&b=%20x")
    assert first.status == 200
    assert first.json["path"] == "/app/hello?a=1&b=%20x"
    assert first.json["context"]["env_config"]["function_name"] == "web"
    assert first.json["context"]["request_id"]
    posted = web.request("POST", "/app/orders", "text of it", {"Content-Type": "text/plain"})
    assert (posted.status, posted.text) == (201, "text of it")
    for number in range(20):
        assert web.get(f"/app/{number}").json["pid"] == first.json["pid"]


def test_it_ends_with_sigterm_as_on_lambda(web):
    assert web.get("/app/one").status == 200
    begun = time.monotonic()
    assert web.stop() == 0
    assert time.monotonic() - begun < 2
    assert "told to end" in web.log()


def test_a_web_server_that_falls_takes_its_environment_along(web):
    assert web.get("/app/fall").status == 500
    wait_until(lambda: web.get("/app/again").status == 200, 10, "the next environment")
