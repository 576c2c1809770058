"""Plays the server to a real zygote and its environments."""

import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

PYTHON = os.environ.get("SMYTH_TEST_PYTHON", sys.executable)
PACKAGES = Path(__file__).resolve().parents[2] / "python"
REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:orders"
_HEAD = struct.Struct("<IBBH")
# As src/runtime/frame.h has it.
_PROGRAM = ("import os\nimport sys\n"
            "own = [os.path.abspath(path) for path in os.environ.get('PYTHONPATH', '').split(os.pathsep)]\n"
            "sys.path[:] = [sys.argv[1]] + [path for path in sys.path if path and path not in own]\n"
            "from smyth_runtime.zygote import main\nmain(int(sys.argv[2]))\n")


def frame(kind: str, body: bytes = b"") -> bytes:
    return _HEAD.pack(len(body) + 4, 1, ord(kind), 0) + body


def text(value: "str | bytes") -> bytes:
    encoded = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<I", len(encoded)) + encoded


class Answer(NamedTuple):
    kind: str
    peak_kib: int
    modules: List[Tuple[int, int, str]]  # mtime_ns, size, path
    document: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.document)


class Forker:
    """The socket to a process that forks others for the server."""

    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._indices = 0
        self._processes: List[Process] = []
        self._ends: Dict[bytes, int] = {}  # Wait statuses, by place.

    def fork(self, role: str = "e", more: Sequence[int] = ()) -> "Process":
        ours, theirs = socket.socketpair()
        output, their_output = os.pipe()
        self._indices += 1
        place = struct.pack("<II", self._indices, 7)
        socket.send_fds(self._socket, [frame("K", place + role.encode())],
                        [their_output, theirs.fileno(), *more])
        theirs.close()
        os.close(their_output)
        kind, body = self.told()
        while kind == "X":
            self._ends[body[:8]] = struct.unpack_from("<I", body, 8)[0]
            kind, body = self.told()
        assert kind == "Z" and body[:8] == place, (kind, body)
        pid, = struct.unpack_from("<I", body, 8)
        assert pid, body[12:]
        process = Process(pid, place, ours, output)
        self._processes.append(process)
        return process

    def told(self, seconds: float = 10) -> Tuple[str, bytes]:
        self._socket.settimeout(seconds)
        message = self._socket.recv(4096)
        if not message:
            raise EOFError
        size, version, kind, zero = _HEAD.unpack_from(message)
        assert (size, version, zero) == (len(message) - 4, 1, 0), message
        return chr(kind), message[8:]

    def exit_of(self, process: "Process", seconds: float = 5) -> int:
        """The wait status of `process`."""
        while process.place not in self._ends:
            kind, body = self.told(seconds)
            assert kind == "X", (kind, body)
            self._ends[body[:8]] = struct.unpack_from("<I", body, 8)[0]
        process.is_reaped = True
        return self._ends[process.place]

    def close(self) -> None:
        for process in self._processes:
            process.close()
        self._socket.close()


class Zygote(Forker):
    """A zygote and the sockets to it."""

    def __init__(self, **environ: str) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        super().__init__(ours)
        self.process = subprocess.Popen(
            [PYTHON, "-c", _PROGRAM, str(PACKAGES), str(theirs.fileno())],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
            env={**os.environ, **environ} if environ else None)
        theirs.close()
        kind, body = self.told()
        assert kind == "Y", kind
        self.about = json.loads(body[8:])

    def snapshot(self) -> Tuple["Process", Forker]:
        """A process that becomes a snapshot, and what then forks from it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        process = self.fork("s", [theirs.fileno()])
        theirs.close()
        return process, Forker(ours)

    def close(self) -> None:
        super().close()
        self.process.wait(5)


class Process:
    """A forked child: its end of the frame socket, and its output."""

    def __init__(self, pid: int, place: bytes, frames: socket.socket, output: int) -> None:
        self.pid, self.place, self.socket = pid, place, frames
        self.left: List[str] = []
        self.is_reaped = False  # Its end has been told.
        self._output = output
        self._written = b""  # Of its output, read and not yet asked for.
        os.set_blocking(output, False)

    def send(self, kind: str, body: bytes = b"") -> None:
        self.socket.sendall(frame(kind, body))

    def start(self, folder: Path, handler: str = "app.handler", **more: Any) -> None:
        """Sends a StartSpec."""
        environ = {"PATH": os.environ["PATH"], **more.pop("environ", {})}
        self.send("S", json.dumps({
            "name": "orders:0", "function": "orders", "handler": handler, "arn": ARN,
            "log_group": "/aws/lambda/orders", "log_stream": "2026/01/02/[$LATEST]0123",
            "log_level": "INFO", "version": "$LATEST", "memory": 128, "timeout": 6,
            "cwd": str(folder), "project": str(folder), "sys_path": [str(folder)],
            "environ": environ, "config": {"concurrency": 2}, **more}).encode())

    def invoke(self, event: Any = None, *, raw: Optional[bytes] = None, deadline: int = 0,
               task_counter: int = 1, last_used: float = 0.0, request_id: str = REQUEST_ID,
               arn: str = ARN, client_context: str = "", identity: str = "", trace_id: str = "",
               context: Any = None) -> None:
        body = struct.pack("<qQd", deadline, task_counter, last_used)
        for value in (request_id, arn, client_context, identity, trace_id,
                      "" if context is None else json.dumps(context)):
            body += text(value)
        self.send("I", body + (json.dumps(event).encode() if raw is None else raw))

    def call(self, event: Any = None, **more: Any) -> Answer:
        self.invoke(event, **more)
        return self.answer()

    def result(self, event: Any = None, **more: Any) -> Any:
        answer = self.call(event, **more)
        assert answer.kind == "R", (answer, self.output())
        return answer.value

    def error(self, event: Any = None, **more: Any) -> Dict[str, Any]:
        answer = self.call(event, **more)
        assert answer.kind == "E", answer
        return answer.value

    def last_error(self, event: Any = None, **more: Any) -> Dict[str, Any]:
        """The same of a process that ends by it."""
        answer = self.call(event, **more)
        assert answer.kind == "L", answer
        return answer.value

    def answer(self, seconds: float = 10) -> Answer:
        until = time.monotonic() + seconds
        size, version, kind, zero = _HEAD.unpack(self._exactly(8, until))
        assert (version, zero) == (1, 0)
        body = self._exactly(size - 4, until)
        if chr(kind) == "W":  # What still runs, before the answer.
            self.left.append(body[8:].decode())
            return self.answer(seconds)
        if chr(kind) not in "YFREL":
            return Answer(chr(kind), 0, [], body)
        peak, length = struct.unpack_from("<II", body)
        modules = []
        for line in body[8:8 + length].decode().splitlines():
            mtime, bytes_, path = line.split(" ", 2)
            modules.append((int(mtime), int(bytes_), path))
        return Answer(chr(kind), peak, modules, body[8 + length:])

    def output(self) -> str:
        """What has been written since this was last asked. An answer comes after what it caused."""
        while self._drain():
            pass
        written, self._written = self._written, b""
        return written.decode("utf-8", "surrogateescape")

    def _drain(self) -> bool:
        try:
            piece = os.read(self._output, 1 << 20)
        except BlockingIOError:
            return False
        self._written += piece
        return bool(piece)

    def output_until(self, part: str, seconds: float = 5) -> str:
        until, seen = time.monotonic() + seconds, ""
        while part not in seen:
            ready = select.select([self._output], [], [], until - time.monotonic())[0]
            more = self.output() if ready else ""
            assert more, f"{part!r} was not written: {seen!r}"
            seen += more
        return seen

    def has_ended(self, seconds: float = 5) -> bool:
        """Whether its end of the frame socket closes."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) == b""
        except socket.timeout:
            return False
        except ConnectionError:
            return True

    def close(self) -> None:
        self.socket.close()
        if self._output >= 0:
            os.close(self._output)
            self._output = -1

    def _exactly(self, size: int, until: float) -> bytes:
        pieces = bytearray()
        while len(pieces) < size:
            ready = select.select([self.socket, self._output], [], [], until - time.monotonic())[0]
            if self._output in ready and self._drain():
                continue  # As the server does: its output first.
            if self.socket not in ready:
                raise TimeoutError(self.output())
            piece = self.socket.recv(min(size - len(pieces), 1 << 20))
            assert piece, f"the environment has ended: {self.output()}"
            pieces += piece
        return bytes(pieces)


class EnvironmentTest(unittest.TestCase):
    """A project in a new folder, and one zygote for the tests of a class."""

    zygote: Zygote

    @classmethod
    def setUpClass(cls) -> None:
        cls.zygote = Zygote()
        cls.addClassCleanup(cls.zygote.close)

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(os.path.realpath(folder.name))

    def write(self, path: str, content: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(content), encoding="utf-8")
        return file

    def begin(self, app: Optional[str] = None, **more: Any) -> Process:
        """An environment that has been told to start; `app` is the content of app.py."""
        if app is not None:
            self.write("app.py", app)
        process = self.zygote.fork()
        self.addCleanup(self._end, process)
        process.start(self.folder, **more)
        return process

    def environment(self, app: Optional[str] = None, **more: Any) -> Process:
        """An environment that is ready."""
        process = self.begin(app, **more)
        answer = process.answer()
        self.assertEqual(answer.kind, "Y", answer)
        self.ready = answer
        return process

    def _end(self, process: Process) -> None:
        process.close()
        if not process.is_reaped:  # Its socket is closed: it ends.
            self.zygote.exit_of(process)
