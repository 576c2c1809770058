"""`_X_AMZN_TRACE_ID`, which is another for each invocation."""

from __future__ import annotations

import os
from typing import Any

from smyth_runtime.linux_process import libc

_NAME = b"_X_AMZN_TRACE_ID"
_START = len(_NAME) + 1
_SIZE_MAX = 512


class TraceVariable:
    """Sets the variable for Python and for C, whose own setenv would keep every value for good.

    putenv(3) takes the string itself into the environment: what is written into it later is the new
    value. Made by the zygote: a string of C costs an environment more memory than its size.
    """

    def __init__(self) -> None:
        self._variables: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
        self._value: bytes | None = None
        self._string = _make_string()
        # A slice of a ctypes array is assigned byte by byte, of a memoryview at once.
        self._bytes = memoryview(self._string).cast("B") if self._string is not None else None

    def set(self, value: bytes) -> None:
        if value == self._value and self._variables.get(_NAME) is self._value:
            return
        # The handler may have set or removed the variable: then C has another string.
        is_ours = self._value is not None and self._variables.get(_NAME) is self._value
        self._value = None
        if not value:
            self._variables.pop(_NAME, None)
            os.unsetenv(_NAME)
        elif self._bytes is None or len(value) >= _SIZE_MAX:
            os.environ[_NAME.decode()] = value.decode("utf-8", "surrogateescape")
        else:
            self._bytes[_START:_START + len(value) + 1] = value + b"\0"
            if not is_ours:
                libc.putenv(self._string)
            self._variables[_NAME] = self._value = value


def _make_string() -> Any:
    if libc is None:
        return None
    import ctypes

    return ctypes.create_string_buffer(_NAME + b"=", _START + _SIZE_MAX)
