"""Plays the server to a real hooks process, over a socketpair."""

import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

PYTHON = os.environ.get("SMYTH_TEST_PYTHON", sys.executable)
PACKAGES = Path(__file__).resolve().parents[2] / "python"
_PROGRAM = "import sys; sys.path.append(sys.argv[2]); from smyth_runtime.hooks import main; main(int(sys.argv[1]))"


class Answer(NamedTuple):
    kind: str
    head: Dict[str, Any]
    texts: List[str]  # prepared: event, context, modules; chosen: modules.

    @property
    def error(self) -> str:
        assert not self.head["ok"], self
        return self.head["error"]

    @property
    def event(self) -> Any:
        assert self.head["ok"], self.head
        return json.loads(self.texts[0])

    @property
    def context(self) -> Any:
        assert self.head["ok"], self.head
        return json.loads(self.texts[1])

    @property
    def slot(self) -> int:
        assert self.head["ok"], self.head
        return self.head["slot"]

    @property
    def modules(self) -> List[str]:
        return [line.split(" ", 2)[2] for line in self.texts[-1].splitlines()]


def request(method: str = "GET", target: str = "/", **more: Any) -> Dict[str, Any]:
    return {"method": method, "target": target, "scheme": "http", "client": ["127.0.0.1", 50000],
            "server": ["127.0.0.1", 8080], "headers": [["Host", "localhost:8080"]], "path_params": {},
            **more}


def slot(number: int = 0, state: str = "warm", count: int = 0, last: float = 0, name: str = "orders") -> Dict[str, Any]:
    return {"name": f"{name}:{number}", "state": state, "task_counter": count, "last_used_timestamp": last,
            "idle_since": 0}


class HooksServer:
    def __init__(self, project: Path, **environ: str) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._ids = 0
        self.process = subprocess.Popen(
            [PYTHON, "-c", _PROGRAM, str(theirs.fileno()), str(PACKAGES)], pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        theirs.close()
        start = {"project": str(project), "cwd": str(project), "sys_path": [str(project)],
                 "environ": {"PATH": os.environ["PATH"], **environ}}
        self._send("S", json.dumps(start).encode())
        self.ready = self._frame(10)

    def prepare(self, event: str = "", context: str = "", body: bytes = b"", timeout: float = 5,
                request: Optional[Dict[str, Any]] = None, process: Optional[Dict[str, Any]] = None,
                **function: Any) -> int:
        head = {"id": self._next_id(), "timeout": timeout, "request": request,
                "process": process or slot(0, "working"),
                "function": self._function(event_function=event, context_function=context, **function)}
        self._send("H", self._text(json.dumps(head)) + body)
        return self._ids

    def choose(self, strategy: str, processes: List[Dict[str, Any]], **function: Any) -> int:
        head = {"id": self._next_id(), "timeout": 5, "processes": processes,
                "function": self._function(strategy=strategy, **function)}
        self._send("G", self._text(json.dumps(head)))
        return self._ids

    def is_alive(self, seconds: float) -> bool:
        """Whether the process says so within the time when it is asked."""
        self._send("A", b"")
        return not self.is_silent(seconds) and self._frame(1) == ("A", b"")

    def answer(self, seconds: float = 10) -> Answer:
        kind, body = self._frame(seconds)
        texts = []
        while body:
            size = struct.unpack_from("<I", body)[0]
            texts.append(body[4:4 + size].decode())
            body = body[4 + size:]
        head = json.loads(texts[0])
        assert head["id"][1] == 7
        return Answer(kind, head, texts[1:])

    def is_silent(self, seconds: float) -> bool:
        return not select.select([self._socket], [], [], seconds)[0]

    def close(self) -> str:
        """What the hooks have written."""
        self._socket.close()
        output = self.process.communicate(timeout=5)[0]
        return output.decode()

    def _function(self, **more: Any) -> Dict[str, Any]:
        return {"name": "orders", "handler_path": "app.handler", "timeout": 6, "concurrency": 2,
                "event_function": "", "context_function": "", "strategy": "", **more}

    def _next_id(self) -> List[int]:
        self._ids += 1
        return [self._ids, 7]

    @staticmethod
    def _text(value: str) -> bytes:
        encoded = value.encode()
        return struct.pack("<I", len(encoded)) + encoded

    def _send(self, kind: str, body: bytes) -> None:
        self._socket.sendall(struct.pack("<IBBH", len(body) + 4, 1, ord(kind), 0) + body)

    def _frame(self, seconds: float) -> Any:
        until = time.monotonic() + seconds
        size, version, kind, zero = struct.unpack("<IBBH", self._exactly(8, until))
        assert (version, zero) == (1, 0)
        return chr(kind), self._exactly(size - 4, until)

    def _exactly(self, size: int, until: float) -> bytes:
        pieces = b""
        while len(pieces) < size:
            self._socket.settimeout(max(until - time.monotonic(), 0.001))
            piece = self._socket.recv(size - len(pieces))
            assert piece, "the hooks process has ended"
            pieces += piece
        return pieces
