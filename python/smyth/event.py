"""The two built-in event functions, for event functions that add to what they make.

Named in the configuration they never get here: the server makes the same events without asking Python.
"""

import base64
import os
import re
import time
from typing import Any, Dict, Iterable, Iterator, Tuple
from urllib.parse import unquote_to_bytes

from smyth.types import EventData, Request, RunnerProcessProtocol, SmythHandler

_ACCOUNT = "123456789012"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TEXT_TYPES = (b"application/json", b"application/xml", b"application/javascript")
# Between the client and the gateway alone (RFC 9110, 7.6.1): left out of the event.
_OF_CONNECTION = (b"connection", b"expect", b"keep-alive", b"proxy-connection", b"te", b"trailer",
                  b"transfer-encoding", b"upgrade")
# What the gateway writes itself, and cookies, which have a place of their own.
_REPLACED = (b"content-length", b"cookie", b"x-amzn-trace-id", b"x-forwarded-for", b"x-forwarded-port",
             b"x-forwarded-proto")


async def generate_api_gw_v2_event_data(
    request: Request, smyth_handler: SmythHandler, process: RunnerProcessProtocol
) -> EventData:
    """The event of API Gateway's HTTP API, payload 2.0."""
    # HTTP API cuts the path at a `?` that comes to light.
    path = _text(unquote_to_bytes(request.scope["raw_path"])).partition("?")[0]
    query = request.scope["query_string"]
    body = await request.body()
    route_key = _route_key(smyth_handler.url_template)
    cookies = [crumb for field in _values(request, b"cookie")
               for crumb in re.split("; *", _text(field)) if crumb]
    event: Dict[str, Any] = {
        "version": "2.0", "routeKey": route_key, "rawPath": path, "rawQueryString": _text(query),
    }
    if cookies:
        event["cookies"] = cookies
    event["headers"] = _headers(request, body)
    parameters = _joined(_query_pairs(query))
    if parameters:
        event["queryStringParameters"] = parameters
    event["requestContext"] = _request_context(request, path, route_key)
    if request.path_params:
        event["pathParameters"] = {name: str(value) for name, value in request.path_params.items()}
    is_text = _is_text(_first(request, b"content-type"), body)
    if body:
        event["body"] = body.decode("utf-8") if is_text else base64.b64encode(body).decode("ascii")
    event["isBase64Encoded"] = bool(body) and not is_text
    return event


async def generate_lambda_invocation_event_data(
    request: Request, smyth_handler: SmythHandler, process: RunnerProcessProtocol
) -> Any:
    """The request's body, which is JSON, is the event; an empty one is `{}`."""
    return await request.json() if await request.body() else {}


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _values(request: Request, name: bytes) -> Iterator[bytes]:
    return (value for key, value in request.headers.raw if key == name)


def _first(request: Request, name: bytes) -> bytes:
    return next((value for value in _values(request, name) if value), b"")


def _headers(request: Request, body: bytes) -> Dict[str, str]:
    headers = _joined((_text(name), _text(value)) for name, value in request.headers.raw
                      if name not in _OF_CONNECTION and name not in _REPLACED)
    forwarded_for = [_text(value) for value in _values(request, b"x-forwarded-for")]
    forwarded_for.append(request.client.host if request.client else "")
    headers["content-length"] = str(len(body))
    headers["x-amzn-trace-id"] = _text(_first(request, b"x-amzn-trace-id")) or _trace_id()
    headers["x-forwarded-for"] = ", ".join(forwarded_for)
    headers["x-forwarded-port"] = str(request.scope["server"][1] if request.scope["server"] else 80)
    headers["x-forwarded-proto"] = request.scope["scheme"]
    return headers


def _request_context(request: Request, path: str, route_key: str) -> Dict[str, Any]:
    now = time.time()
    utc = time.gmtime(now)
    domain = _text(_first(request, b"host"))
    return {
        "accountId": _ACCOUNT,
        "apiId": "smyth",
        "domainName": domain,
        "domainPrefix": _domain_prefix(domain),
        "http": {
            "method": request.method,
            "path": path,
            "protocol": f"HTTP/{request.scope['http_version']}",
            "sourceIp": request.client.host if request.client else "",
            "userAgent": _text(_first(request, b"user-agent")),
        },
        "requestId": base64.b64encode(os.urandom(11)).decode("ascii"),
        "routeKey": route_key,
        "stage": "$default",
        # In English whatever the locale, so not by strftime.
        "time": f"{utc.tm_mday:02}/{_MONTHS[utc.tm_mon - 1]}/{utc.tm_year}"
                f":{utc.tm_hour:02}:{utc.tm_min:02}:{utc.tm_sec:02} +0000",
        "timeEpoch": int(now * 1000),
    }


def _domain_prefix(domain: str) -> str:
    """The first label, without a port; an IPv6 address as a whole."""
    if domain.startswith("["):
        return domain[:domain.find("]") + 1]
    return re.split("[.:]", domain, maxsplit=1)[0]


def _route_key(template: str) -> str:
    """`ANY /orders/{path+}`: `path` becomes `+`, other converters are dropped."""
    if not template:
        return "$default"
    template = re.sub(r"{(\w+):path}", r"{\1+}", template)
    template = re.sub(r"{(\w+):\w+}", r"{\1}", template)
    return f"ANY {'' if template.startswith('/') else '/'}{template}"


def _joined(pairs: Iterable[Tuple[str, str]]) -> Dict[str, str]:
    values: Dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _query_pairs(query: bytes) -> Iterator[Tuple[str, str]]:
    for piece in query.replace(b"+", b" ").split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            yield _text(unquote_to_bytes(name)), _text(unquote_to_bytes(value))


def _is_text(content_type: bytes, body: bytes) -> bool:
    kind = content_type.partition(b";")[0].strip(b" \t").lower()
    if not (kind.startswith(b"text/") or kind in _TEXT_TYPES):
        return False  # API Gateway sends all else in base64, forms and untyped bodies too.
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _trace_id() -> str:
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()}"
