"""An execution environment: imports the handler, then serves one invocation after another.

    start  -> Interpreter.adopt -> load_handler -> ready | failed
    invoke -> Layout -> ContextMaker -> handler -> result | error
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import signal
import struct
import sys
import time
from typing import Any, Callable, NoReturn

from smyth_runtime import errors, frames, result
from smyth_runtime.context import ContextMaker
from smyth_runtime.debugger import Debugger
from smyth_runtime.errors import Fault
from smyth_runtime.handler import load_handler
from smyth_runtime.interpreter import Interpreter
from smyth_runtime.invocations import Layout
from smyth_runtime.leftovers import Leftovers
from smyth_runtime.linux_mounts import enter_mounts
from smyth_runtime.linux_process import join_group
from smyth_runtime.log import RequestId, adopt_format, failure_json, set_up_logging
from smyth_runtime.output import Output
from smyth_runtime.project_modules import LoadedModules, roots_of, watch_project
from smyth_runtime.trace import TraceVariable

_ANSWER = struct.Struct("<IBBHII")  # Head, peak memory, length of the modules' text.
_QUICK = 0.0005  # Seconds: an invocation in which memory cannot have grown by much.


class Environment:
    """One process's state between invocations.

    Made by the zygote, so that what all environments have in common is in memory that they share;
    `begin` makes it one of them.
    """

    def __init__(self, plain_modules: frozenset[str]) -> None:
        self._interpreter = Interpreter(plain_modules)
        self._socket = frames.FrameSocket()
        self._loaded = LoadedModules()
        self._project = watch_project((), self._loaded)
        self._output = Output()
        self._request_id = RequestId()
        set_up_logging(self._request_id)
        self._debugger = Debugger(self._socket, self._output, self._clock_stood)
        self._trace = TraceVariable()
        self._leftovers = Leftovers()
        self.renew()
        os.register_at_fork(after_in_child=self._socket.abandon)

    def renew(self) -> None:
        """Knows nothing of a function and its invocations, and has no socket."""
        self._socket.fd = -1
        self._project.renew(())
        self._request_id.current = ""
        self._trace.set(b"")
        self._layout = Layout()
        self._contexts = ContextMaker()
        self._leftovers.renew()
        self._context: Any = None  # Of the running invocation.
        self._peak_kib = 0
        self._unasked = 0  # Answers since the peak was asked for.
        self._logs_json = False

    def run(self, frame_fd: int) -> NoReturn:
        """Serves on the socket `frame_fd`; never returns."""
        self.live(lambda: self.serve(frame_fd))

    def live(self, life: Callable[[], NoReturn]) -> NoReturn:
        """Whatever `life` raises ends the process."""
        try:
            life()
        except ConnectionError:
            os._exit(0)  # The server is gone.
        except BaseException as error:
            self._leave(error)

    def serve(self, frame_fd: int) -> NoReturn:
        """As `run`, but raises what ends the environment and is no Exception of the handler."""
        self._socket.fd = frame_fd
        spec = _decoded(self._socket.receive()[frames.HEAD.size:])
        self._begin(spec)
        handler = self._init(spec["handler"])
        if "snapshot_restore_py" in sys.modules:  # Whoever has hooks has imported it.
            self._tried(_run_hooks)
        self._answer(frames.READY, b"")
        self._invocations(handler)

    def initialise(self, frame_fd: int, enter: Callable[[dict[str, Any]], None],
                   prepare: Callable[[], str]) -> tuple[dict[str, Any], Any]:
        """The first half of a life, for a snapshot: what it was started with, and the handler.

        `enter` gives it its mounts; `prepare` is called when all is loaded, and says what there is
        that must not be shared.
        """
        self._socket.fd = frame_fd
        spec = _decoded(self._socket.receive()[frames.HEAD.size:])
        self._begin(spec, enter)
        handler = self._init(spec["handler"])
        shared = self._tried(prepare)
        if shared and self._socket.fd >= 0:
            self._socket.send(_left(shared))
        loaded = list(self._loaded.lines)
        self._answer(frames.READY, b"")
        self._loaded.lines[:] = loaded  # Each that goes on from here has loaded it too.
        return spec, handler

    def go_on(self, frame_fd: int, handler: Any, restore: Callable[[dict[str, Any]], None]) -> NoReturn:
        """The second half, in a process that was forked from the snapshot; it has a socket of its own."""
        self._socket.fd = frame_fd
        spec = _decoded(self._socket.receive()[frames.HEAD.size:])
        if "group" in spec:
            join_group(spec["group"])
        self._contexts.function(spec)
        self._tried(lambda: restore(spec))
        self._answer(frames.READY, b"")
        self._invocations(handler)

    def _begin(self, spec: dict[str, Any], enter: Callable[[dict[str, Any]], None] = enter_mounts) -> None:
        if "group" in spec:
            join_group(spec["group"])
        if "mounts" in spec:
            enter(spec["mounts"])
        self._interpreter.adopt(spec)
        self._project.renew(roots_of(spec))
        self._contexts.function(spec)
        self._logs_json = adopt_format(os.environ, spec["log_level"])
        self._debugger.install()

    def _init(self, path: str) -> Any:
        """The handler."""
        return self._tried(lambda: load_handler(path))

    def _tried(self, part: Callable[[], Any]) -> Any:
        """What a part of init returns; its failure is reported and ends the process."""
        try:
            return part()
        except Exception as error:
            self._fail(error, frames.FAILED)
            os._exit(1)

    def _invocations(self, handler: Any) -> NoReturn:
        self._leftovers.begin()
        receive, answer, clock = self._socket.receive, self._answer, time.monotonic
        encode = result.encode
        layout, make, set_trace_id = self._layout, self._contexts.make, self._trace.set
        while True:
            frame = receive()
            if frame[5] != frames.INVOKE:
                if frame[5] == frames.CONFIG:
                    self._contexts.configure(_decoded(frame[frames.HEAD.size:]))
                continue
            (_, _, _, _, deadline, counter, last_used, _, request_id, _, arn, _, client_context, _,
             identity, _, trace_id, _, extra) = layout.fields(frame)
            began = clock()
            self._request_id.current = request_id = request_id.decode()
            set_trace_id(trace_id)
            try:
                event = _decoded(frame[layout.end:])
                self._context = context = make(
                    deadline, counter, last_used, request_id, arn, client_context, identity, extra)
                document = encode(handler(event, context))
            except Exception as error:
                self._fail(error, frames.ERROR)
            else:
                answer(frames.RESULT, document, clock() - began < _QUICK)

    def _answer(self, kind: int, document: bytes, is_quick: bool = False) -> None:
        socket = self._socket
        if socket.fd < 0:  # A process that the handler has forked came back here.
            self._output.flush()
            os._exit(0)
        if self._debugger.session is not None:
            self._debugger.finish()
        self._output.flush()
        self._unasked += 1
        if not is_quick or self._unasked > 50:
            self._unasked = 0
            self._peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        left = self._leftovers.found(is_quick) if kind != frames.READY else ""
        modules = self._loaded.drain().encode("utf-8", "surrogateescape") if self._loaded.lines else b""
        size = len(document) + len(modules) + _ANSWER.size - 4
        head = _ANSWER.pack(size, frames.VERSION, kind, 0, self._peak_kib, len(modules))
        if left:
            socket.send(_left(left))
        socket.send(head + modules + document)

    def _fail(self, error: Exception, kind: int) -> None:
        request_id = self._request_id.current
        self._debugger.finish()
        if isinstance(error, Fault) and error.hint:
            self._output.report(error.hint)
        document = errors.document(error, request_id)
        self._output.report(failure_json(document) if self._logs_json else errors.log_text(error))
        if self._socket.fd < 0:
            os._exit(1)  # A process that the handler has forked.
        self._answer(kind, document)

    def _clock_stood(self, seconds: float) -> None:
        """The time in a debugger does not count against the deadline."""
        values = getattr(self._context, "__dict__", {})
        if values.get("_epoch_deadline_time_in_ms"):
            values["_epoch_deadline_time_in_ms"] += int(seconds * 1000)

    def _leave(self, error: BaseException) -> NoReturn:
        """Ends the process as Python ends for `error`, which is no Exception: the server names it."""
        code: Any = 1
        self._debugger.finish()
        if isinstance(error, SystemExit):
            code = error.code
        else:
            self._output.report(errors.log_text(error))
        if code is None:
            code = 0
        if not isinstance(code, int):
            self._output.report(f"{code}\n")
            code = 1
        atexit._run_exitfuncs()
        self._output.flush()
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(code & 0xFF)


def _run_hooks() -> None:
    """Of a function that has SnapStart, but no snapshot (beside extensions): as if there were one."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        from smyth_runtime.snap_start import after_restore, before_snapshot

        before_snapshot()
        after_restore()


def _left(text: str) -> bytes:
    document = text.encode("utf-8", "replace")
    return _ANSWER.pack(len(document) + _ANSWER.size - 4, frames.VERSION, frames.LEFT, 0, 0, 0) + document


_scan = json.JSONDecoder().scan_once
_loads = json.loads  # Whatever a handler puts in its place.


def _decoded(text: bytes) -> Any:
    try:
        return _scan(text.decode(), 0)[0]
    except (StopIteration, ValueError):
        pass
    try:
        return _loads(text)  # White space before it, or a lone surrogate.
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
