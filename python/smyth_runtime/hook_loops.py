"""Event loops for `async` hooks: one that all share, and spare ones for while a hook blocks it."""

import asyncio
import threading
import time
from typing import Any, Callable, Coroutine, Dict, List

from smyth_runtime.hook_threads import give_up

LOOPS_MAX = 16
BLOCKED_AFTER = 0.5  # Seconds in which a loop has not begun what it was given.
LOST_AFTER = 20.0    # Twice as long as any hook may take.
Job = Callable[[], Coroutine[Any, Any, None]]


class _Loop:
    """An event loop on a thread of its own, and the jobs that it has not begun."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._tasks: "set[asyncio.Task[None]]" = set()  # A loop holds its tasks weakly.
        self.waiting: Dict[Job, float] = {}
        self.blocked_since = 0.0  # Of a loop that is blocked.
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._serve, name="smyth-hook-loop", daemon=True).start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        while True:
            try:
                self.loop.run_forever()
            except BaseException:  # sys.exit() in a task that a hook has made.
                continue

    def begin(self, job: Job) -> None:
        with self._lock:
            if self.waiting.pop(job, None) is None:
                return  # Another loop has taken it.
            self.blocked_since = 0.0
        task = self.loop.create_task(job())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class HookLoops:
    """Begins each job on the first loop that is not blocked."""

    def __init__(self, on_lost: Callable[[str], None] = give_up) -> None:
        self._lock = threading.Lock()
        self._loops: List[_Loop] = []
        self._on_lost = on_lost

    def run(self, job: Job) -> None:
        """Runs the coroutine that `job` makes; it must not raise."""
        self._place([job])

    def watch(self) -> bool:
        """Moves jobs away from loops that a hook blocks. Whether to call again soon."""
        now = time.monotonic()
        stranded: List[Job] = []
        with self._lock:
            for loop in self._loops:
                oldest = min(loop.waiting.values(), default=now)
                if now - oldest > BLOCKED_AFTER:
                    loop.blocked_since = loop.blocked_since or oldest
                    if self._can_place():
                        stranded += loop.waiting
                        loop.waiting.clear()
        if stranded:
            self._place(stranded)
        with self._lock:
            if len(self._loops) == LOOPS_MAX and all(
                loop.blocked_since and now - loop.blocked_since > LOST_AFTER for loop in self._loops
            ):
                self._on_lost(f"{LOOPS_MAX} async hooks")
            return any(loop.waiting for loop in self._loops)

    def _can_place(self) -> bool:
        return len(self._loops) < LOOPS_MAX or any(not loop.blocked_since for loop in self._loops)

    def _place(self, jobs: List[Job]) -> None:
        with self._lock:
            loop = next((loop for loop in self._loops if not loop.blocked_since), None)
            if loop is None and len(self._loops) < LOOPS_MAX:
                loop = _Loop(self._lock)
                self._loops.append(loop)
            loop = loop or self._loops[0]
            now = time.monotonic()
            for job in jobs:
                loop.waiting[job] = now
        for job in jobs:
            loop.loop.call_soon_threadsafe(loop.begin, job)
        # Asks the blocked ones whether they are free again.
        with self._lock:
            blocked = [other for other in self._loops if other.blocked_since]
        for other in blocked:
            other.loop.call_soon_threadsafe(other.__setattr__, "blocked_since", 0.0)
