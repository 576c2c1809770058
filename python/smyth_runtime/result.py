"""A handler's result as JSON, written as AWS's Python runtime writes it."""

from __future__ import annotations

import json
import json.encoder
import math
import re
import sys
from typing import Any

from smyth_runtime.errors import Fault

RESULT_BYTES_MAX = 6 * 1024 * 1024 + 100
# From 3.12 on AWS's runtime writes characters as they are.
_IS_ASCII = sys.version_info < (3, 12)


_numbers: list[str] = []  # Decimals of the result that is being written, as text.
_PLACE = re.compile(r'"\\u0000number (\d+)\\u0000"')


def _default(value: Any) -> Any:
    if type(value).__name__ == "Decimal":  # What DynamoDB's numbers are; written digit by digit.
        if value.is_nan():
            return math.nan
        _numbers.append(str(value))
        return f"\0number {len(_numbers) - 1}\0"
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


# Bound once: handlers that put a faster `json.dumps` in place do not change what is sent.
_dumps, _loads = json.dumps, json.loads
_encoder = json.JSONEncoder(ensure_ascii=_IS_ASCII, default=_default)


def _make_chunks() -> Any:
    """The C encoder, kept from one result to the next: to make one costs as much as to use it."""
    encode = json.encoder.encode_basestring_ascii if _IS_ASCII else json.encoder.encode_basestring
    try:
        chunks = json.encoder.c_make_encoder(  # type: ignore[attr-defined, misc]
            {}, _default, encode, None, ": ", ", ", False, False, True)
        probe = {"a": [1, None, "\xe9"]}
        if "".join(chunks(probe, 0)) == _encoder.encode(probe):
            return chunks
    except (TypeError, AttributeError):
        pass  # Another implementation of Python, or a later one.
    return lambda value, _level: _encoder.iterencode(value)


_chunks = _make_chunks()


def encode(value: Any) -> bytes:
    """Raises Fault if it is no JSON, or too large."""
    global _chunks
    try:
        encoded = _filled("".join(_chunks(value, 0))).encode()
    except UnicodeEncodeError:  # A lone surrogate.
        encoded = _filled(_dumps(value, default=_default)).encode()
    except Exception as error:
        _numbers.clear()
        _chunks = _make_chunks()  # It remembers where it was, and would find circles there.
        encoded = _otherwise(value, error)
    if len(encoded) > RESULT_BYTES_MAX:
        raise Fault("Function.ResponseSizeTooLarge",
                    "Response payload size exceeded maximum allowed payload size "
                    f"({RESULT_BYTES_MAX} bytes).")
    return encoded


def _filled(text: str) -> str:
    """The text with its numbers put in."""
    if _numbers:
        text = _PLACE.sub(lambda match: _numbers[int(match[1])], text)
        _numbers.clear()
    return text


def _otherwise(value: Any, error: Exception) -> bytes:
    if isinstance(value, bytes):  # AWS passes bytes on as they are; here they must be JSON.
        try:
            _loads(value)
            return value
        except ValueError:
            pass
    hint = ""
    if hasattr(value, "cr_frame"):
        value.close()  # It is never awaited, and says so otherwise.
        hint = ("hint: Lambda calls handlers without `await`: write `def`, and `asyncio.run(...)` "
                "in it\n")
    raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}", hint=hint) from None
