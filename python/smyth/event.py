"""The two built-in event functions, for event functions that add to what they make.

Named in the configuration they never get here: the server makes the same events without asking Python.
"""

import base64
import os
import re
import time
from typing import Any, Dict, Iterable, Iterator, Tuple
from urllib.parse import unquote_plus

from smyth.types import EventData, Request, RunnerProcessProtocol, SmythHandler

_ACCOUNT = "123456789012"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TEXT_TYPES = ("application/json", "application/xml", "application/javascript")


async def generate_api_gw_v2_event_data(
    request: Request, smyth_handler: SmythHandler, process: RunnerProcessProtocol
) -> EventData:
    """The event of API Gateway's HTTP API, payload 2.0."""
    path = request.scope["path"]
    route_key = _route_key(smyth_handler.url_template)
    headers = _joined((name, value) for name, value in request.headers.items() if name != "cookie")
    port = request.scope["server"][1] if request.scope["server"] else 80
    headers.setdefault("x-amzn-trace-id", _trace_id())
    headers.setdefault("x-forwarded-for", request.client.host if request.client else "")
    headers.setdefault("x-forwarded-port", str(port))
    headers.setdefault("x-forwarded-proto", request.scope["scheme"])
    query = request.scope["query_string"].decode("latin-1")
    cookies = [crumb for field in request.headers.getlist("cookie")
               for crumb in re.split(r"; *", field) if crumb]
    event: Dict[str, Any] = {
        "version": "2.0", "routeKey": route_key, "rawPath": path, "rawQueryString": query,
    }
    if cookies:
        event["cookies"] = cookies
    event["headers"] = headers
    if query:
        event["queryStringParameters"] = _joined(_query_pairs(query))
    event["requestContext"] = _request_context(request, path, route_key, headers)
    if request.path_params:
        event["pathParameters"] = {name: str(value) for name, value in request.path_params.items()}
    body = await request.body()
    is_text = _is_text(request.headers.get("content-type", ""), body)
    if body:
        event["body"] = body.decode("utf-8") if is_text else base64.b64encode(body).decode("ascii")
    event["isBase64Encoded"] = bool(body) and not is_text
    return event


async def generate_lambda_invocation_event_data(
    request: Request, smyth_handler: SmythHandler, process: RunnerProcessProtocol
) -> Any:
    """The request's body, which is JSON, is the event; an empty one is `{}`."""
    return await request.json() if await request.body() else {}


def _request_context(
    request: Request, path: str, route_key: str, headers: Dict[str, str]
) -> Dict[str, Any]:
    now = time.time()
    utc = time.gmtime(now)
    domain = headers.get("host") or request.url.netloc
    return {
        "accountId": _ACCOUNT,
        "apiId": "smyth",
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": f"HTTP/{request.scope['http_version']}",
            "sourceIp": request.client.host if request.client else "",
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": base64.b64encode(os.urandom(11)).decode("ascii"),
        "routeKey": route_key,
        "stage": "$default",
        # In English whatever the locale, so not by strftime.
        "time": f"{utc.tm_mday:02}/{_MONTHS[utc.tm_mon - 1]}/{utc.tm_year}"
                f":{utc.tm_hour:02}:{utc.tm_min:02}:{utc.tm_sec:02} +0000",
        "timeEpoch": int(now * 1000),
    }


def _route_key(template: str) -> str:
    """`ANY /orders/{path+}`: `path` becomes `+`, other converters are dropped."""
    if not template:
        return "$default"
    template = re.sub(r"{(\w+):path}", r"{\1+}", template)
    template = re.sub(r"{(\w+):\w+}", r"{\1}", template)
    return f"ANY /{template.lstrip('/')}"


def _joined(pairs: Iterable[Tuple[str, str]]) -> Dict[str, str]:
    values: Dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _query_pairs(query: str) -> Iterator[Tuple[str, str]]:
    for piece in query.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            yield unquote_plus(name), unquote_plus(value)


def _is_text(content_type: str, body: bytes) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    if not (kind.startswith("text/") or kind in _TEXT_TYPES):
        return False  # API Gateway sends all else in base64, forms and untyped bodies too.
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _trace_id() -> str:
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()}"
