"""Hooks of the functions in pyproject.toml."""

from smyth.context import generate_context_data
from smyth.event import generate_api_gw_v2_event_data


def sync_event(request, smyth_handler, process):
    return {"kind": "sync", "method": request.method, "slot": process.name, "function": smyth_handler.name}


async def async_event(request, smyth_handler, process):
    event = await generate_api_gw_v2_event_data(request, smyth_handler, process)
    event["kind"] = "async"
    return event


async def request_event(request, smyth_handler, process):
    """All that hooks are promised of a request."""
    return {
        "method": request.method,
        "path": request.url.path,
        "query": request.url.query,
        "scheme": request.url.scheme,
        "header": request.headers.get("X-Thing"),
        "header_count": len(request.headers.getlist("x-thing")),
        "query_params": dict(request.query_params),
        "query_list": request.query_params.getlist("a"),
        "path_params": request.path_params,
        "client": request.client.host,
        "body": (await request.body()).decode(),
        "json": await request.json() if request.headers.get("content-type") == "application/json" else None,
        "process": [process.name, process.state, process.task_counter, type(process.last_used_timestamp).__name__],
        "handler": [smyth_handler.name, smyth_handler.timeout, smyth_handler.concurrency,
                    smyth_handler.lambda_handler_path],
    }


async def extra_context(request, smyth_handler, process):
    context = await generate_context_data(request, smyth_handler, process)
    context["tenant"] = request.headers.get("x-tenant") if request else "direct"
    context["name"] = "renamed"
    context["version"] = "42"
    return context


def bad_event(request, smyth_handler, process):
    if request.query_params.get("fail"):
        raise LookupError("no event today")
    return {"fine": True}


def bad_context(request, smyth_handler, process):
    if request is None or request.query_params.get("fail"):
        raise LookupError("no context today")
    return {}


def slow_event(request, smyth_handler, process):
    import time

    time.sleep(float(request.query_params.get("seconds", "0")))
    return {"fine": True}


event_lambda = lambda request, smyth_handler, process: {"kind": "lambda", "slot": process.name}  # noqa: E731


def _closure(kind):
    def inner(request, smyth_handler, process):
        return {"kind": kind, "slot": process.name}

    return inner


event_closure = _closure("closure")


def last_slot(handler_name, processes):
    """Always the last slot, busy or not."""
    while True:
        yield processes[handler_name][-1]


def third_fails(handler_name, processes):
    """Serves two requests, then raises; made anew it serves two more."""
    yield processes[handler_name][0]
    yield processes[handler_name][0]
    raise LookupError("no process today")


def ends_after_one(handler_name, processes):
    yield processes[handler_name][0]
