"""The programs that are measured, each started anew for each measurement.

A server is started in a project's folder, prints to a file, and is gone with all its descendants after
stop(). All run the same Python: the one that runs this.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
WORK = BUILD / "bench" / "work"
PYTHON = Path(sys._base_executable if hasattr(sys, "_base_executable") else sys.executable).resolve()
START_SECONDS_MAX = 60


class NotMeasured(Exception):
    """Why a program cannot be measured here."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment():
    """The environment variables of every server: this Python first on the PATH, no cloud account."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "PYTHON", "PYENV", "VIRTUAL_ENV", "SMYTH_"))}
    kept["PATH"] = f"{PYTHON.parent}:{kept['PATH']}"
    return kept


def descendants(pid):
    """The process and all that it started, as far as they live."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for process in found:
        found.extend(children.get(process, []))
    return found


class Server:
    """A running program. Use as a context manager."""

    name = ""

    def __init__(self, project):
        self.project = project
        self.port = 0
        self.process = None

    def command(self):
        raise NotImplementedError

    def wait_until_up(self):
        """Returns once a request is answered: most programs say nothing that could be relied on."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                    connection.settimeout(5)
                    connection.sendall(b"GET /smyth/api/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    if connection.recv(1):
                        return
            except OSError:
                pass
            time.sleep(0.002)
        raise NotMeasured(f"{self.name} does not start: see {self.log_path().relative_to(ROOT)}")

    def log_path(self):
        return WORK / f"{self.name.replace(' ', '-')}.log"

    def start(self):
        if not self.port:
            self.port = free_port()
        WORK.mkdir(parents=True, exist_ok=True)
        with open(self.log_path(), "wb") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.project, env=environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self.prints_port else log, stderr=log, start_new_session=True)
        self.wait_until_up()
        return self

    prints_port = False

    def stop(self):
        if self.process is None:
            return
        family = descendants(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            pass
        # The others leave processes behind (a reloader's child, workers); smyth must not, but this is
        # no test. Only what was ours a moment ago and still is the same program's group is ended.
        for pid in family:
            try:
                if os.getsid(pid) == self.process.pid:
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def memory_kib(self):
        """The sum of the proportional set sizes of the server and its descendants."""
        total = 0
        for pid in descendants(self.process.pid):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
        return total


class Floor(Server):
    name = "floor"
    prints_port = True

    def __init__(self, project, workers):
        super().__init__(project)
        self.workers = workers

    def command(self):
        binary = BUILD / "bench" / "floor"
        if not binary.exists():
            raise NotMeasured("the floor is not built: make bench")
        return [str(binary), "0", str(self.workers), str(PYTHON)]

    def wait_until_up(self):
        self.port = int(self.process.stdout.readline())
        time.sleep(0.3)  # Its workers start meanwhile.


class Smyth(Server):
    name = "smyth"
    prints_port = True

    def command(self):
        binary = BUILD / "smyth"
        if not binary.exists():
            raise NotMeasured("build/smyth is not built: make")
        return [str(binary), "run", "--port", "0", "--json"]

    def wait_until_up(self):
        line = self.process.stdout.readline()
        if not line:
            raise NotMeasured(f"smyth does not start: see {self.log_path().relative_to(ROOT)}")
        self.port = json.loads(line)["port"]


class RuntimeApiFloor(Floor):
    """The least server that speaks the Runtime API, with the command of its workers."""

    name = "floor of the Runtime API"

    def __init__(self, project, workers, client):
        super().__init__(project, workers)
        self.client = client

    def command(self):
        binary = BUILD / "bench" / "runtime_api_floor"
        if not binary.exists():
            raise NotMeasured("the floor is not built: make bench")
        return [str(binary), "0", str(self.workers), *self.client]

    def wait_until_up(self):
        self.port = int(self.process.stdout.readline())  # Its workers are up.


class Emulator(Server):
    """AWS's Runtime Interface Emulator with one client behind it, saying errors only: its best case."""

    name = "AWS's Runtime Interface Emulator"

    def __init__(self, project, binary, client):
        super().__init__(project)
        self.binary, self.client = binary, client

    def command(self):
        return [str(self.binary), "--log-level", "error", "--runtime-interface-emulator-address",
                f"127.0.0.1:{self.port}", "--runtime-api-address", f"127.0.0.1:{free_port()}", *self.client]


class Original(Server):
    """Smyth 0.7.1 with its reloader off and saying errors only: its best case."""

    name = "Smyth 0.7.1"

    def command(self):
        python = WORK.parent / "original" / "bin" / "python"
        if not python.exists():
            raise NotMeasured("Smyth 0.7.1 is not installed")
        return [str(python), "-c", f"""
import uvicorn
from smyth.utils import get_logging_config
uvicorn.run("smyth.server.app:create_app", factory=True, host="127.0.0.1", port={self.port},
            reload=False, timeout_keep_alive=900, lifespan="on",
            log_config=get_logging_config(log_level="ERROR", filter_path_prefix="/smyth"))
"""]


class OriginalCommand(Original):
    """Smyth 0.7.1 as its command line runs it."""

    name = "Smyth 0.7.1 as its command runs it"

    def command(self):
        python = Path(super().command()[0])
        return [str(python), "-m", "smyth", "--host", "127.0.0.1", "--port", str(self.port)]


class ServerlessOffline(Server):
    name = "serverless-offline"

    def command(self):
        program = WORK.parent / "serverless" / "node_modules" / ".bin" / "serverless"
        if not program.exists():
            raise NotMeasured("serverless-offline is not installed (it needs Node 18)")
        modules = self.project / "node_modules"
        if not modules.exists():
            modules.symlink_to(program.parent.parent)
        return [str(program), "offline", "--httpPort", str(self.port), "--lambdaPort", str(free_port()),
                "--noPrependStageInUrl"]
