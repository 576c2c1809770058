"""Plays the server to a real Node process that runs our bootstrap."""

import os
import socket
import subprocess
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any, Optional

import environment_server

NODE = os.environ.get("SMYTH_TEST_NODE", "node")
BOOTSTRAP = Path(__file__).resolve().parents[2] / "node/smyth_runtime/bootstrap.mjs"
VERSION = tuple(map(int, subprocess.check_output([NODE, "--version"], text=True)[1:].split(".")))


class Process(environment_server.Process):
    """A Node process: descriptor 3 is the frame socket, 1 and 2 are one pipe."""

    def __init__(self, **environ: str) -> None:
        ours, theirs = socket.socketpair()
        output, their_output = os.pipe()
        fd = theirs.fileno()
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{fd}', "-", NODE, str(BOOTSTRAP)],
            pass_fds=[fd], stdin=subprocess.DEVNULL, stdout=their_output, stderr=their_output,
            env={"PATH": os.environ["PATH"], **environ})
        theirs.close()
        os.close(their_output)
        super().__init__(self.process.pid, b"", ours, output)

    def exit_code(self, seconds: float = 10) -> int:
        return self.process.wait(seconds)

    def close(self) -> None:
        super().close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class NodeTest(unittest.TestCase):
    """A project in a new folder."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(os.path.realpath(folder.name))

    def write(self, path: str, content: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(content), encoding="utf-8")
        return file

    def begin(self, app: Optional[str] = None, file: str = "app.mjs", **more: Any) -> Process:
        """A process that has been told to start; `app` is the content of `file`."""
        if app is not None:
            self.write(file, app)
        process = Process()
        self.addCleanup(process.close)
        process.start(self.folder, **more)
        return process

    def environment(self, app: Optional[str] = None, file: str = "app.mjs", **more: Any) -> Process:
        """An environment that is ready."""
        process = self.begin(app, file, **more)
        self.ready = process.answer()
        if self.ready.kind != "Y":
            self.fail((self.ready, process.output()))
        return process

    def failed(self, app: Optional[str] = None, file: str = "app.mjs", **more: Any) -> Any:
        """The document with which an environment fails to start; its process is `self.process`."""
        self.process = self.begin(app, file, **more)
        answer = self.process.answer()
        self.assertEqual(answer.kind, "F", answer)
        return answer.value
