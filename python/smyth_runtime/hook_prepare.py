"""One `prepare`: the event function, then the context function, of one invocation."""

import asyncio
import functools
import inspect
import time
from typing import Any, Awaitable, Callable, Dict, List, Tuple

from smyth_runtime.hook_error import HookError
from smyth_runtime.hook_loops import HookLoops
from smyth_runtime.hook_path import HookPaths
from smyth_runtime.hook_threads import HookThreads
from smyth_runtime.hook_values import context_json, event_json, function_of, process_of
from smyth_runtime.request import request_of

NO_LIMIT = 365 * 86400.0


class Runner:
    """Where hooks run; one for the process."""

    def __init__(self) -> None:
        self.paths = HookPaths()
        self.threads = HookThreads()
        self.loops = HookLoops()


class Prepare:
    """Goes from thread to loop as its functions need it; calls `done` exactly once.

    `done(error, event, context)`: `error` is None, or what was raised.
    """

    def __init__(self, runner: Runner, head: Dict[str, Any], body: bytes,
                 done: Callable[[Any, str, str], None]) -> None:
        self._runner = runner
        self._done = done
        self._deadline = time.monotonic() + (head.get("timeout") or NO_LIMIT)
        self._results = {"event": "", "context": ""}
        function = head["function"]
        request = head.get("request")
        self._arguments = (
            request_of(request, body) if request else None,
            function_of(function), process_of(head["process"]),
        )
        self._steps: List[Tuple[str, str]] = []
        if function.get("event_function") and request:  # Else the payload of Invoke is the event.
            self._steps.append(("event", function["event_function"]))
        if function.get("context_function"):
            self._steps.append(("context", function["context_function"]))

    def advance(self) -> None:
        """Runs the next function where it belongs, or ends."""
        if not self._steps:
            self._done(None, self._results["event"], self._results["context"])
            return
        known = self._runner.paths.known(self._steps[0][1])
        if known is not None and _is_async(known):
            self._await(functools.partial(known, *self._arguments))
        else:
            self._runner.threads.run(self._call, self._deadline)

    def _call(self) -> None:
        try:
            function = self._runner.paths.load(self._steps[0][1])
            if _is_async(function):
                self._await(functools.partial(function, *self._arguments))
                return
            result = function(*self._arguments)
            if inspect.isawaitable(result):
                self._await(lambda: result)
                return
        except BaseException as error:  # sys.exit() in a hook fails the request, not the process.
            self._done(error, "", "")
            return
        self._take(result)

    def _await(self, make: Callable[[], Awaitable[Any]]) -> None:
        self._runner.loops.run(functools.partial(self._run, make))

    async def _run(self, make: Callable[[], Awaitable[Any]]) -> None:
        left = max(self._deadline - time.monotonic(), 0)
        try:
            error, result = await asyncio.wait_for(_guarded(make), left)
        except BaseException as raised:
            error, result = raised, None
        if isinstance(error, (asyncio.TimeoutError, asyncio.CancelledError)) and (
                time.monotonic() >= self._deadline):
            kind, path = self._steps[0]
            error = HookError(f"{kind} function `{path}` took longer than its limit")
        if error is not None:
            self._done(error, "", "")
        else:
            self._take(result)

    def _take(self, result: Any) -> None:
        kind, path = self._steps.pop(0)
        try:
            dump = event_json if kind == "event" else context_json
            self._results[kind] = dump(result, path)
        except BaseException as error:
            self._done(error, "", "")
            return
        self.advance()


async def _guarded(make: Callable[[], Awaitable[Any]]) -> Tuple[Any, Any]:
    try:
        return None, await make()
    except (SystemExit, KeyboardInterrupt) as error:  # In a task they would end the loop.
        return error, None


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None))
