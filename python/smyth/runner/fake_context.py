"""`FakeLambdaContext`: a context object for unit tests that call a handler directly."""

import os
import time
import uuid
from typing import Any, Optional


class FakeLambdaContext:
    """What AWS gives a handler beside the event. Further keywords become attributes.

    Handlers that `smyth` runs get the runtime's own context; this one needs no server.
    """

    def __init__(
        self, name: Optional[str] = None, version: Optional[str] = None,
        timeout: Optional[float] = None, **attributes: Any,
    ) -> None:
        region = os.environ.get("AWS_REGION", "eu-central-1")
        self.function_name = name or os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "Fake")
        self.function_version = version or os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.invoked_function_arn = (
            f"arn:aws:lambda:{region}:123456789012:function:{self.function_name}")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = os.environ.get(
            "AWS_LAMBDA_LOG_GROUP_NAME", f"/aws/lambda/{self.function_name}")
        self.log_stream_name = os.environ.get(
            "AWS_LAMBDA_LOG_STREAM_NAME",
            f"{time.strftime('%Y/%m/%d')}/[{self.function_version}]{uuid.uuid4().hex}")
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + (6 if timeout is None else timeout)
        for attribute, value in attributes.items():
            setattr(self, attribute, value)

    def get_remaining_time_in_millis(self) -> int:
        return max(int((self._deadline - time.monotonic()) * 1000), 0)
