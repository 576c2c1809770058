"""`RunnerProcess`: a slot of a function, as hooks see it."""

from dataclasses import dataclass

from smyth.types import SmythHandlerState


@dataclass(eq=False)
class RunnerProcess:
    """A snapshot to read. Setting an attribute changes nothing in the server."""

    name: str
    state: SmythHandlerState = SmythHandlerState.COLD
    task_counter: int = 0
    last_used_timestamp: float = 0.0
    idle_since: float = 0.0  # On the server's own clock; 0: it is not idle.

    def is_alive(self) -> bool:
        """Whether a process stands behind the slot."""
        return self.state != SmythHandlerState.COLD
