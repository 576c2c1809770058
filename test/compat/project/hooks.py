"""Hooks as users of the original write them."""

from smyth.context import generate_context_data
from smyth.event import generate_api_gw_v2_event_data
from smyth.exceptions import NoAvailableProcessError  # noqa: F401
from smyth.runner.strategy import first_warm, round_robin  # noqa: F401
from smyth.types import EventData, RunnerProcessProtocol, SmythHandler, SmythHandlerState, StrategyGenerator  # noqa: F401


async def event(request, smyth_handler: SmythHandler, process: RunnerProcessProtocol) -> EventData:
    return {
        "method": request.method,
        "is_cold": process.state == SmythHandlerState.COLD,
        "process": process.name,
        "counter": process.task_counter,
        "handler": smyth_handler.name,
        "timeout": smyth_handler.timeout,
        "concurrency": smyth_handler.concurrency,
        "path": smyth_handler.lambda_handler_path,
    }


async def context(request, smyth_handler, process):
    data = await generate_context_data(request, smyth_handler, process)
    data["extra"] = {"tenant": request.headers.get("x-tenant")}
    data["name"] = "renamed"
    data["timeout"] = 5
    return data


def backwards(handler_name, processes):
    """From the last slot to the first, again and again."""
    while True:
        yield from reversed(processes[handler_name])


async def request_event(request, smyth_handler, process):
    return {
        "method": request.method,
        "url.path": request.url.path,
        "url.query": request.url.query,
        "url.scheme": request.url.scheme,
        "header": request.headers["X-Thing"],
        "header_list": request.headers.getlist("x-thing"),
        "no_header": request.headers.get("x-none"),
        "query": dict(request.query_params),
        "query_list": request.query_params.getlist("a"),
        "query_items": [list(item) for item in request.query_params.multi_items()],
        "path_params": dict(request.path_params),
        "client": request.client.host,
        "body": (await request.body()).decode(),
        "json": await request.json(),
        "cookies": request.cookies,
    }


async def on_top(request, smyth_handler, process):
    event = await generate_api_gw_v2_event_data(request, smyth_handler, process)
    event["requestContext"]["authorizer"] = {"lambda": {"user": "ann"}}
    return {"path": event["rawPath"], "method": event["requestContext"]["http"]["method"],
            "context": event["requestContext"]["authorizer"], "query": event["rawQueryString"]}
