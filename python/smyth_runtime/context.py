"""The context object: AWS's attributes, and `smyth` beside them."""

from __future__ import annotations

import json
import time
from typing import Any

from smyth_runtime.errors import Fault
from smyth_runtime.url_path import compiled_path

_loads = json.loads  # Whatever a handler puts in its place.
NO_LIMIT_MS = 900_000  # What is left of a function without a timeout: the longest that Lambda grants.


class LambdaContext:
    """What a handler is given beside the event. All that AWS gives is in `vars(context)` at once."""

    aws_request_id: str

    def __init__(self, attributes: dict[str, Any]) -> None:
        self.__dict__.update(attributes)

    def get_remaining_time_in_millis(self) -> int:
        deadline = self.__dict__["_epoch_deadline_time_in_ms"]
        if not deadline:
            return NO_LIMIT_MS
        return max(int(deadline - time.time() * 1000), 0)

    def log(self, message: Any) -> None:
        """Writes to the log as it stands."""
        print(message, end="", flush=True)

    def __getattr__(self, name: str) -> Any:
        if name == "smyth":  # Built when first asked for: few handlers do.
            self.smyth = _smyth(*self.__dict__["_smyth_values"])
            return self.smyth
        raise AttributeError(f"'LambdaContext' object has no attribute '{name}'")

    def __repr__(self) -> str:
        shown = ",".join(f"{name}={value}" for name, value in vars(self).items()
                         if not name.startswith("_"))
        return f"LambdaContext([{shown}])"


class _Record:
    """An object whose attributes are those of a JSON object; those that it lacks are None."""

    __slots__: tuple[str, ...] = ()
    _keys: dict[str, str] = {}  # Where the JSON names it otherwise.

    def __init__(self, values: dict[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(self._keys.get(name, name)))

    def __repr__(self) -> str:
        values = ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
        return f"{type(self).__name__}([{values}])"


class CognitoIdentity(_Record):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")
    _keys = {"cognito_identity_id": "cognitoIdentityId",
             "cognito_identity_pool_id": "cognitoIdentityPoolId"}


class Client(_Record):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code",
                 "app_package_name")


class ClientContext(_Record):
    __slots__ = ("custom", "env", "client")


class ContextMaker:
    """Makes each invocation's context from what holds for all, and its own."""

    def __init__(self) -> None:
        self._spec: dict[str, Any] = {}
        self._state = "cold"  # Of the process when it was given the invocation.
        self._attributes = {
            "aws_request_id": "",
            "log_group_name": "",
            "log_stream_name": "",
            "function_name": "",
            "memory_limit_in_mb": "",
            "function_version": "",
            "invoked_function_arn": "",
            "client_context": None,
            "identity": None,
            "tenant_id": None,
            "_epoch_deadline_time_in_ms": 0,
        }
        self._no_identity = CognitoIdentity({})
        self._arn = b""

    def function(self, spec: dict[str, Any]) -> None:
        """All further contexts are this function's."""
        self._spec = spec
        self._arn = spec["arn"].encode()
        attributes = self._attributes
        attributes["log_group_name"] = spec["log_group"]
        attributes["log_stream_name"] = spec["log_stream"]
        attributes["function_name"] = spec["function"]
        attributes["memory_limit_in_mb"] = str(spec["memory"])
        attributes["function_version"] = spec["version"]
        attributes["invoked_function_arn"] = spec["arn"]

    def configure(self, config: dict[str, Any]) -> None:
        """The function's configuration has changed in what needs no new environment."""
        self._spec = {**self._spec, "config": config}

    def make(self, deadline: int, task_counter: int, last_used: float, request_id: str, arn: bytes,
             client_context: bytes, identity: bytes, extra: bytes) -> LambdaContext:
        context = LambdaContext(self._attributes)
        values = context.__dict__
        values["aws_request_id"] = request_id
        values["_epoch_deadline_time_in_ms"] = deadline
        values["_smyth_values"] = (self._spec, self._state, task_counter, last_used)
        self._state = "warm"
        values["identity"] = (
            CognitoIdentity(_object(identity, "Cognito Identity")) if identity
            else self._no_identity)
        if arn != self._arn:
            values["invoked_function_arn"] = arn.decode()
        if client_context:
            values["client_context"] = _client_context(
                _object(client_context, "Client Context"))
        if extra:
            _add(values, _object(extra, "context function's"))
        return context


def _add(values: dict[str, Any], extra: dict[str, Any]) -> None:
    """What a user's context function has returned: keywords of the original's context, or attributes."""
    for name, value in extra.items():
        if name == "name":
            values["function_name"] = value
        elif name == "version":
            values["function_version"] = value
        elif name == "timeout":
            if isinstance(value, (int, float)):
                values["_epoch_deadline_time_in_ms"] = int((time.time() + value) * 1000)
        else:
            values[name] = value


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        value = _loads(text)
    except ValueError as error:
        raise Fault("Runtime.LambdaContextUnmarshalError",
                    f"Unable to parse {what} JSON: {error}") from None
    return value if isinstance(value, dict) else {}


def _client_context(values: dict[str, Any]) -> ClientContext:
    context = ClientContext(values)
    if context.client is not None:  # type: ignore[attr-defined]
        client = context.client  # type: ignore[attr-defined]
        context.client = Client(client if isinstance(client, dict) else {})
    return context


def _smyth(spec: dict[str, Any], state: str, task_counter: int, last_used: float) -> dict[str, Any]:
    """As the original: the process is told of as it was before this invocation."""
    config = spec.get("config") or {}
    if isinstance(config, str):
        config = _loads(config)
        if config.get("url_path"):
            config["url_path"] = compiled_path(config["url_path"]).pattern
    return {
        "process": {"name": spec["name"], "state": state, "task_counter": task_counter,
                    "last_used_timestamp": last_used},
        "handler": {"name": spec["function"], "smyth_handler_config": config},
    }
