"""The server that lives through the whole suite, servers of a test's own, and the check after each test."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import processes
from harness.gate import GATE_MODULE, Gate
from harness.processes import wait_until
from harness.server import BINARY, IS_SANITIZED, Server, clean_environ, write_files

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(autouse=True)
def _no_test_hangs(request):
    """An alarm ends a test that waits for ever."""
    seconds = 240 if request.node.get_closest_marker("load") else 60

    def ring(*_):
        raise TimeoutError(f"the test runs for more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def binary():
    assert BINARY.exists(), f"{BINARY} is not built: run `make`, or set SMYTH_BINARY"
    return str(BINARY)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A home folder without AWS credentials."""
    return tmp_path_factory.mktemp("home")


class Whole:
    """What of the shared server must be the same after each test."""

    def __init__(self, server):
        self.server = server
        # The hooks process and the first two environments are started here, so that the cost of each
        # further environment is known exactly.
        assert server.get("/hooked/sync").status == 200
        self.base_processes = len(server.descendants()) - self.warm_count()
        assert server.run("return 1") == 1
        first_fds, first_count = self.settled_descriptors(), self.warm_count()
        assert server.run("return 1", function="single") == 1
        self.fds_each = self.settled_descriptors() - first_fds
        assert self.warm_count() == first_count + 1
        self.base_fds = first_fds - self.fds_each * first_count
        self.rss_kib = processes.resident_kib(server.pid)

    def settled_descriptors(self):
        """Counts until connections of before are closed: the same number ten times running."""
        counts = []

        def is_settled():
            counts.append(processes.descriptor_count(self.server.pid))
            return len(counts) >= 10 and len(set(counts[-10:])) == 1

        wait_until(is_settled, what="a steady number of descriptors")
        return counts[-1]

    def slots(self):
        return [slot for function in self.server.status().values() for slot in function["processes"]]

    def warm_count(self):
        return sum(slot["state"] == "warm" for slot in self.slots())

    def check(self, name):
        server = self.server
        server.close_clients()
        assert server.process.poll() is None, f"the shared server has ended during {name}: {server.log()[-3000:]}"
        wait_until(lambda: all(slot["state"] != "working" for slot in self.slots()),
                   what=f"no slot of the shared server `working` after {name}")
        wait_until(lambda: len(server.descendants()) == self.base_processes + self.warm_count(),
                   what=f"one process for each warm slot and no other ({len(server.descendants())} there, "
                        f"{self.base_processes} + {self.warm_count()} expected)")
        # The connection that asks for the status is one of the descriptors while it closes.
        wait_until(lambda: processes.descriptor_count(server.pid)
                   == self.base_fds + self.fds_each * self.warm_count(),
                   what=f"descriptors as before ({processes.descriptor_count(server.pid)} there, {self.base_fds} "
                        f"+ {self.fds_each} x {self.warm_count()} expected)")
        rss_kib = processes.resident_kib(server.pid)
        # A test may send some events of 6 MB; what stays of them must not add up.
        assert IS_SANITIZED or rss_kib < self.rss_kib + 65_536, f"{name}: memory grew from {self.rss_kib} to {rss_kib} KiB"
        answer = server.get("/echo/after?a=1")
        assert (answer.status, answer.json["event"]["rawPath"]) == (200, "/echo/after")


@pytest.fixture(scope="session")
def _shared_whole(binary, home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(PROJECT, folder / "project")
    write_files(folder / "project", {"gate.py": GATE_MODULE})
    server = Server(folder / "project", stderr=folder / "log", environ=clean_environ(home, SMYTH_TEST_MARK=f"{folder}/",
                                           SMYTH_TEST_FOLDER=str(tmp_path_factory.getbasetemp())))
    yield Whole(server)
    try:
        assert server.stop() == 0
        assert processes.marked(str(folder)) == []
    finally:
        server.close()


@pytest.fixture
def shared(_shared_whole):
    """The server of test/e2e/project that lives through the whole suite: tests leave it as it was."""
    return _shared_whole.server


@pytest.fixture(autouse=True)
def whole(request, _shared_whole):
    yield
    _shared_whole.check(request.node.name)


@pytest.fixture
def server(binary, home, tmp_path):
    """Starts servers of the test's own: `server({"pyproject.toml": ..., "app.py": ...}, "--no-reload")`.

    Afterwards each must stop cleanly and leave nothing behind, unless the test has ended it itself.
    """
    started = []
    numbers = itertools.count()

    def start(files, *arguments, environ=None, cwd=None, parent=tmp_path, **options):
        number = next(numbers)
        folder = parent / f"project{number}"
        folder.mkdir(exist_ok=True)
        write_files(folder, {"gate.py": GATE_MODULE, **files})
        # What a variable names below /tmp is there for handlers, too: the tests' own folders are.
        variables = clean_environ(home, SMYTH_TEST_MARK=f"{folder}/", SMYTH_TEST_FOLDER=str(tmp_path.parent))
        variables.update(environ or {})
        variables = {name: value for name, value in variables.items() if value is not None}
        one = Server(folder, *arguments, stderr=tmp_path / f"log{number}", environ=variables,
                     cwd=folder / cwd if cwd else None, **options)
        one.mark = f"{folder}/"  # With an end: `project1` is no part of `project10/`.
        started.append(one)
        return one

    yield start
    try:
        for one in started:
            if one.process.poll() is None:
                assert one.stop() == 0, one.log()[-3000:]
            wait_until(lambda: processes.marked(one.mark) == [], 1.5,
                       f"nothing left of the server ({processes.marked(one.mark)} are)")
    finally:
        for one in started:
            one.close()


NOBODY = 65534


@pytest.fixture
def public_folder():
    """One that every user may enter; pytest's own are the tester's alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def server_of_nobody(public_folder, server):
    """As `server`, by a user without privileges: nothing of root's own may be needed."""
    if os.getuid() != 0:
        pytest.skip("all tests run as a user other than root")
    path = os.pathsep.join(filter(_is_open_to_nobody, os.environ["PATH"].split(os.pathsep)))
    if not shutil.which("python3", path=path):
        pytest.skip("there is no Python outside of root's folders")
    program = shutil.copy(BINARY, public_folder / "smyth")

    def start(files, *arguments):
        one = server(files, *arguments, parent=public_folder, binary=program, user=NOBODY,
                     environ={"HOME": str(public_folder), "VIRTUAL_ENV": None, "PATH": path})
        assert Path(f"/proc/{one.pid}").stat().st_uid == NOBODY
        return one

    return start


def _is_open_to_nobody(folder):
    command = ["test", "-x", folder]
    return subprocess.run(command, user=NOBODY, group=NOBODY, extra_groups=[]).returncode == 0


@pytest.fixture
def gate(tmp_path):
    """Gates for handlers: `gate("a")` may be given to hold() of the module `gate`."""
    made = []

    def make(name="gate"):
        made.append(Gate(tmp_path / name))
        return made[-1]

    yield make
    for one in made:
        one.open()  # Whatever the test's fate, no handler waits for ever.


@pytest.fixture
def simulate(binary, home, tmp_path):
    """Runs `smyth simulate` to its end: its code, its output, and what it complains of."""

    def run(*arguments, cwd=tmp_path, **options):
        done = subprocess.run([binary, "simulate", *map(str, arguments)], cwd=cwd, text=True, capture_output=True,
                              timeout=50, env=clean_environ(home), **options)
        return done.returncode, done.stdout, done.stderr

    return run
