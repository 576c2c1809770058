"""The types that hooks are written with.

An event or context function is `async def f(request, smyth_handler, process)` (a plain `def` works too);
a strategy is a generator function `f(handler_name, processes)`.
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import (
    Any, Awaitable, Callable, Dict, Iterator, List, MutableMapping, Optional, Pattern, Protocol, Union,
)

from smyth_runtime.request import Request

LambdaEvent = MutableMapping[str, Any]
EventData = Dict[str, Any]
ContextData = Dict[str, Any]
LambdaResponse = Dict[str, Any]
Environ = Dict[str, str]


class SmythHandlerState(str, Enum):
    """What a slot does. Equal to its word: `process.state == "warm"`."""

    COLD = "cold"
    WORKING = "working"
    WARM = "warm"

    def __str__(self) -> str:
        return self.value

    # One text in every version of Python: 3.12 and older disagree about format() of such an enum.
    __format__ = str.__format__


class RunnerProcessProtocol(Protocol):
    """A slot of a function, as hooks see it."""

    name: str  #: "orders:0"
    state: SmythHandlerState
    task_counter: int  #: Invocations given to the slot since the server's start.
    last_used_timestamp: float  #: Unix time of the last one; 0 if there was none.


LambdaHandler = Callable[[LambdaEvent, Any], Any]
EventDataCallable = Callable[
    [Request, "SmythHandler", RunnerProcessProtocol], Union[Awaitable[Any], Any]
]
ContextDataCallable = Callable[
    [Optional[Request], "SmythHandler", RunnerProcessProtocol],
    Union[Awaitable[ContextData], ContextData],
]
StrategyGenerator = Callable[
    [str, Dict[str, List[RunnerProcessProtocol]]], Iterator[RunnerProcessProtocol]
]


def _any_path() -> "Pattern[str]":
    return re.compile("")


@dataclass
class SmythHandler:
    """A configured function, as hooks see it."""

    name: str
    lambda_handler_path: str
    url_path: "Pattern[str]" = field(default_factory=_any_path)
    event_data_function: Optional[EventDataCallable] = None
    context_data_function: Optional[ContextDataCallable] = None
    strategy_generator: Optional[StrategyGenerator] = None
    timeout: Optional[float] = None  #: Seconds; None: no limit.
    log_level: str = "INFO"
    concurrency: int = 1
    env_overrides: Optional[Environ] = None
    url_template: str = ""  #: `url_path` as configured; empty: none.
