"""The two dispatch strategies, to be used within strategies of one's own.

Named in the configuration they never get here: the server decides by the same rules without asking
Python. Where every slot is busy they yield the one used least recently, and the request waits for it.
"""

from typing import Dict, Iterator, List, Sequence, Tuple

from smyth.types import RunnerProcessProtocol, SmythHandlerState


def first_warm(
    handler_name: str, processes: Dict[str, List[RunnerProcessProtocol]]
) -> Iterator[RunnerProcessProtocol]:
    """The warm slot whose use ended last, as AWS chooses; else the first cold one."""
    while True:
        slots = processes[handler_name]
        warm = [slot for slot in slots if slot.state == SmythHandlerState.WARM]
        cold = [slot for slot in slots if slot.state == SmythHandlerState.COLD]
        if warm:
            yield max(warm, key=_idle_since)
        elif cold:
            yield cold[0]
        else:
            yield _least_recently_used(slots)


def round_robin(
    handler_name: str, processes: Dict[str, List[RunnerProcessProtocol]]
) -> Iterator[RunnerProcessProtocol]:
    """The slot, cold or warm, that was not used for the longest time: one after another."""
    while True:
        slots = processes[handler_name]
        free = [slot for slot in slots if slot.state != SmythHandlerState.WORKING]
        yield _least_recently_used(free or slots)


def _idle_since(slot: RunnerProcessProtocol) -> Tuple[float, float]:
    return getattr(slot, "idle_since", 0.0), slot.last_used_timestamp  # Slots of users' tests have one.


def _last_used(slot: RunnerProcessProtocol) -> float:
    return slot.last_used_timestamp


def _least_recently_used(slots: Sequence[RunnerProcessProtocol]) -> RunnerProcessProtocol:
    return min(slots, key=_last_used)  # The first of equals: never used ones in their order.
