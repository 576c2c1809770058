"""Threads for plain (not `async`) hooks: as many as are needed at once, up to a limit."""

import queue
import sys
import threading
import time
from os import _exit
from typing import Callable, Dict, NoReturn

THREADS_MAX = 64
Work = Callable[[], None]


def give_up(what: str) -> NoReturn:
    """Ends the process, since a thread cannot be ended. The server starts another at the next call."""
    print(f"hooks: {what} do not return; the hooks process starts anew", file=sys.stderr, flush=True)
    _exit(1)


class HookThreads:
    """Runs each piece of work at once while fewer than THREADS_MAX run, else as soon as one is free."""

    def __init__(self, on_lost: Callable[[str], None] = give_up) -> None:
        self._work: "queue.SimpleQueue[tuple[Work, float]]" = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._count = 0
        self._outstanding = 0  # Running or queued.
        self._deadlines: Dict[int, float] = {}  # Of what runs, by thread.
        self._on_lost = on_lost

    def run(self, work: Work, deadline: float) -> None:
        """Runs `work`, which must not raise, on a thread; past `deadline` nobody waits for it."""
        with self._lock:
            self._outstanding += 1
            is_full = self._outstanding > self._count
            if is_full and self._count < THREADS_MAX:
                self._count += 1
                threading.Thread(target=self._serve, name="smyth-hook", daemon=True).start()
            elif is_full and self._are_all_lost():
                self._on_lost(f"{THREADS_MAX} hooks")
        self._work.put((work, deadline))

    def _are_all_lost(self) -> bool:
        now = time.monotonic()
        return len(self._deadlines) == THREADS_MAX and max(self._deadlines.values()) < now

    def _serve(self) -> None:
        me = threading.get_ident()
        while True:
            work, deadline = self._work.get()
            self._deadlines[me] = deadline
            work()
            with self._lock:
                del self._deadlines[me]
                self._outstanding -= 1
            del work
