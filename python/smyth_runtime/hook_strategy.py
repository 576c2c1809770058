"""Users' strategies: a generator each, on a thread of its own."""

import queue
import threading
from typing import Any, Callable, Dict, Iterator, List, Optional

from smyth.runner.process import RunnerProcess
from smyth_runtime.hook_error import HookError
from smyth_runtime.hook_path import HookPaths
from smyth_runtime.hook_threads import THREADS_MAX, give_up
from smyth_runtime.hook_values import update_process

# Told with the error, or None, and the number of the slot.
Done = Callable[[Optional[BaseException], int], None]


class Strategies:
    """The strategies of all functions, and the live lists of processes that they look at."""

    def __init__(self, paths: HookPaths) -> None:
        self._paths = paths
        self._by_function: Dict[str, _Strategy] = {}
        self._slots: Dict[str, List[RunnerProcess]] = {}
        self._seen: Dict[str, List[RunnerProcess]] = {}  # What users get: theirs to sort.
        self._lost = 0

    def choose(self, head: Dict[str, Any], done: Done) -> None:
        """Asks the strategy of the function in `head`; `done` is called from its thread."""
        name, path = head["function"]["name"], head["function"]["strategy"]
        slots = self._update(name, head["processes"])
        strategy = self._by_function.get(name)
        if strategy is not None and (strategy.is_busy or strategy.path != path):
            # The server asks one thing at a time: a strategy that is busy has overrun its limit.
            self._abandon(strategy)
            strategy = None
        if strategy is None:
            strategy = _Strategy(name, path, self._seen, self._paths)
            self._by_function[name] = strategy
        strategy.ask(list(slots), done)

    def _update(self, name: str, heads: List[Dict[str, Any]]) -> List[RunnerProcess]:
        slots = self._slots.setdefault(name, [])
        del slots[len(heads):]
        slots += [RunnerProcess(head["name"]) for head in heads[len(slots):]]
        for process, head in zip(slots, heads):
            update_process(process, head)
        self._seen.setdefault(name, [])[:] = slots
        return slots

    def _abandon(self, strategy: "_Strategy") -> None:
        if strategy.is_busy:
            self._lost += 1
            if self._lost > THREADS_MAX:
                give_up(f"{THREADS_MAX} strategies")
        strategy.end()


class _Strategy:
    """One user's generator. It lives from request to request; raising or ending, it is made anew."""

    def __init__(self, name: str, path: str, seen: Dict[str, List[RunnerProcess]],
                 paths: HookPaths) -> None:
        self.path = path
        self.is_busy = False
        self._name = name
        self._seen = seen
        self._paths = paths
        self._generator: Optional[Iterator[Any]] = None
        self._is_ended = False
        self._asked: "queue.SimpleQueue[Any]" = queue.SimpleQueue()
        threading.Thread(target=self._serve, name=f"smyth-strategy-{name}", daemon=True).start()

    def ask(self, slots: List[RunnerProcess], done: Done) -> None:
        self.is_busy = True
        self._asked.put((slots, done))

    def end(self) -> None:
        """Ends the thread, at once or when the generator lets go of it; nothing more is told."""
        self._is_ended = True
        self._asked.put(None)

    def _serve(self) -> None:
        while True:
            asked = self._asked.get()
            if asked is None:
                return
            slots, done = asked
            failure: Optional[BaseException] = None
            slot = 0
            try:
                slot = self._choose(slots)
            except BaseException as error:
                failure = error
            if self._is_ended:
                return
            self.is_busy = False  # First: the answer may bring the next question.
            done(failure, slot)

    def _choose(self, slots: List[RunnerProcess]) -> int:
        if self._generator is None:
            self._generator = self._make()
        try:
            chosen = next(self._generator)
        except StopIteration:
            self._generator = None
            raise HookError(f"strategy `{self.path}` has ended: it must yield one process for each "
                            "request, as in `while True: yield ...`") from None
        except BaseException:
            self._generator = None
            raise
        for number, process in enumerate(slots):
            if process is chosen:
                return number
        raise HookError(f"strategy `{self.path}` yielded {chosen!r}, which is no process of "
                        f"`{self._name}`: yield one of processes[handler_name]")

    def _make(self) -> Iterator[Any]:
        made = self._paths.load(self.path)(self._name, self._seen)
        if not hasattr(made, "__next__"):
            if hasattr(made, "__await__") or hasattr(made, "__anext__"):
                getattr(made, "close", lambda: None)()
                raise HookError(f"strategy `{self.path}` is async; a strategy is a plain generator "
                                "function: `def` and `yield`")
            raise HookError(f"strategy `{self.path}` returned {type(made).__name__}; a strategy is a "
                            "generator function: it yields processes")
        return made
