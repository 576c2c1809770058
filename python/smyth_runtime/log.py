"""The root logger as AWS's runtime sets it up: level, time, request id, message; as text or as JSON."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from typing import Any

_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
_JSON_TIME = "%Y-%m-%dT%H:%M:%SZ"
# Of AWS's levels those that Python calls otherwise.
_LEVELS = {"TRACE": "NOTSET", "WARN": "WARNING", "FATAL": "CRITICAL"}
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id"}


class _Handler(logging.Handler):
    """Writes to `sys.stdout` of that moment, a record in one piece."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
            sys.stdout.write(text if text.endswith("\n") else text + "\n")
        except Exception:
            self.handleError(record)


class RequestId(logging.Filter):
    """Adds the id of the running invocation to each record; empty during init."""

    def __init__(self) -> None:
        super().__init__()
        self.current = ""

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.current
        return True


class _JsonFormatter(logging.Formatter):
    """A record as AWS's runtime writes it in the JSON format; what `extra` brings stands beside it."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "timestamp": time.strftime(_JSON_TIME, time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            told["stackTrace"] = [
                line.rstrip("\n") for line in traceback.format_list(traceback.extract_tb(trace))]
            told["errorType"] = kind.__name__
            told["errorMessage"] = str(error)
            told["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        request_id = getattr(record, "aws_request_id", "")
        if request_id:
            told["requestId"] = request_id
        told.update((name, value) for name, value in vars(record).items() if name not in _OWN)
        return json_text(told)


_handler = _Handler()


def set_up_logging(request_id: RequestId) -> None:
    logging.Formatter.converter = time.gmtime  # type: ignore[assignment]  # Of users' formatters too.
    _handler.setFormatter(logging.Formatter(_TEXT, "%Y-%m-%dT%H:%M:%S"))
    _handler.addFilter(request_id)
    root = logging.getLogger()
    root.addHandler(_handler)
    root.setLevel(logging.INFO)


def set_level(level: str) -> None:
    """The root logger's level, by its name; INFO if there is none of that name."""
    if level != "INFO" and isinstance(logging.getLevelName(level), int):
        logging.getLogger().setLevel(level)


def adopt_format(environ: Any, level: str) -> bool:
    """The format and the level that the variables say, else text and `level`; whether it is JSON."""
    if environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() != "JSON":
        set_level(level)
        return False
    _handler.setFormatter(_JsonFormatter())
    named = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    set_level(_LEVELS.get(named, named) or level)
    return True


def json_text(told: dict[str, Any]) -> str:
    """One line; what JSON cannot carry stands as its text."""
    try:
        return json.dumps(told, ensure_ascii=False, default=str)
    except Exception:  # Circular, or a key that is no text, or a `__str__` that raises.
        return json.dumps({name: _shown(value) for name, value in told.items()}, ensure_ascii=False)


def _shown(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        return f"<unprintable {type(value).__name__} object>"


def failure_json(document: bytes) -> str:
    """An error document as the line of the log that tells of it."""
    told = {"timestamp": time.strftime(_JSON_TIME, time.gmtime()), "log_level": "ERROR"}
    told.update(json.loads(document))
    return json_text(told) + "\n"
