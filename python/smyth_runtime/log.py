"""The root logger as AWS's runtime sets it up: level, time, request id, message."""

from __future__ import annotations

import logging
import sys
import time

_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"


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


def set_up_logging(request_id: RequestId) -> None:
    logging.Formatter.converter = time.gmtime  # type: ignore[assignment]  # Of users' formatters too.
    handler = _Handler()
    handler.setFormatter(logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(request_id)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def set_level(level: str) -> None:
    """The root logger's level, by its name; INFO if there is none of that name."""
    if level != "INFO" and isinstance(logging.getLevelName(level), int):
        logging.getLogger().setLevel(level)
