"""`Request`: what an event or context function is given for an HTTP request.

It answers as Starlette's `Request` does, without Starlette. A hook that wants the real one builds it from
this: `starlette.requests.Request(request.scope, request.receive)`.
"""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, AsyncIterator, Dict, Iterator, NamedTuple, Optional
from urllib.parse import parse_qsl, unquote

from smyth_runtime.multidict import FormData, Headers, QueryParams
from smyth_runtime.url import URL, url_of_scope


class Address(NamedTuple):
    """One end of the connection."""

    host: str
    port: int


class Request(Mapping):
    """One HTTP request, whole: the body has been read before the hook runs.

    As a mapping it is its ASGI scope (`request["path"]`). A plain (not `async`) hook reads the body
    from `content`, since it cannot await `body()`.
    """

    def __init__(self, scope: Dict[str, Any], content: bytes = b"") -> None:
        self.scope = scope
        self.content = content
        self.headers = Headers(scope["headers"])
        self.query_params = QueryParams(scope["query_string"])
        self.state = SimpleNamespace()
        self._json: Any = None
        self._is_parsed = False

    def __getitem__(self, key: str) -> Any:
        return self.scope[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scope)

    def __len__(self) -> int:
        return len(self.scope)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"

    @property
    def method(self) -> str:
        return self.scope["method"]

    @property
    def url(self) -> URL:
        """The URL asked for. `url.path` is decoded, `url.query` is as sent."""
        return url_of_scope(self.scope, self.scope["path"], self.scope["query_string"].decode("latin-1"))

    @property
    def base_url(self) -> URL:
        return url_of_scope(self.scope, "/", "")

    @property
    def path_params(self) -> Dict[str, Any]:
        """The values that the function's `url_path` pattern has matched."""
        return self.scope["path_params"]

    @property
    def client(self) -> Optional[Address]:
        return Address(*self.scope["client"]) if self.scope["client"] else None

    @property
    def cookies(self) -> Dict[str, str]:
        cookies: Dict[str, str] = {}
        for field in self.headers.getlist("cookie"):
            for crumb in field.split(";"):
                name, equals, value = crumb.partition("=")
                if not equals:
                    name, value = "", crumb
                name, value = name.strip(), value.strip()
                if name or value:
                    cookies[name] = _unquote_cookie(value)
        return cookies

    async def body(self) -> bytes:
        return self.content

    async def json(self) -> Any:
        if not self._is_parsed:
            self._json = json.loads(self.content)
            self._is_parsed = True
        return self._json

    def form(self, **_limits: Any) -> "_Form":
        """The fields of a urlencoded form: `await request.form()`, or `async with request.form() as f`."""
        return _Form(self)

    async def stream(self) -> AsyncIterator[bytes]:
        yield self.content
        yield b""

    async def receive(self) -> Dict[str, Any]:
        """The body as an ASGI message."""
        return {"type": "http.request", "body": self.content, "more_body": False}

    async def is_disconnected(self) -> bool:
        return False

    async def close(self) -> None:
        """Nothing is held open; there because users call it."""


class _Form:
    """Starlette's `form()` can be awaited and entered; so can this."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def _read(self) -> FormData:
        kind = self._request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/x-www-form-urlencoded":
            return FormData(parse_qsl(self._request.content.decode("utf-8", "replace"),
                                      keep_blank_values=True))
        if kind == "multipart/form-data":
            raise NotImplementedError(
                "form() reads urlencoded forms; for a multipart one install starlette and "
                "python-multipart and use starlette.requests.Request(request.scope, request.receive)")
        return FormData()

    def __await__(self) -> Any:
        return self._read().__await__()

    async def __aenter__(self) -> FormData:
        return await self._read()

    async def __aexit__(self, *_error: Any) -> None:
        return None


def _unquote_cookie(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    import http.cookies  # Rare, and slow to import.

    return http.cookies._unquote(value)  # type: ignore[attr-defined]


def request_of(head: Dict[str, Any], body: bytes) -> Request:
    """The request that the server describes in the head of a `prepare` frame."""
    target = head["target"]
    if "://" in target.partition("?")[0]:  # Absolute form, as proxies send it.
        target = "/" + target.partition("://")[2].partition("/")[2]
    raw_path, _, query = target.partition("?")
    return Request({
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": head["method"],
        "scheme": head.get("scheme") or "http",
        "path": unquote(raw_path),
        "raw_path": _bytes(raw_path),
        "query_string": _bytes(query),
        "root_path": "",
        "headers": [(_bytes(name).lower(), _bytes(value)) for name, value in head["headers"]],
        "client": tuple(head["client"]) if head.get("client") else None,
        "server": tuple(head["server"]) if head.get("server") else None,
        "path_params": dict(head.get("path_params") or {}),
        "state": {},
    }, body)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")
