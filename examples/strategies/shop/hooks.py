"""Strategies, an event function and a context function of one's own.

They run beside the handlers, in one process of their own. Save this file and the next request uses it.
"""

import random
import uuid

from smyth.context import generate_context_data
from smyth.runner.strategy import first_warm
from smyth.types import EventData, RunnerProcessProtocol, SmythHandler


def never_the_same_twice(handler_name, processes):
    """Any slot but the one that served last: finds code that counts on its globals.

    A strategy is a generator that lives as long as the server: local variables are its memory. At each
    request it is asked for one process of `processes[handler_name]`, a list that is always up to date.
    """
    last = None
    while True:
        others = [slot for slot in processes[handler_name] if slot is not last]
        # A busy slot may be chosen too: the request then waits for that very one.
        free = [slot for slot in others if slot.state != "working"]
        last = random.choice(free or others)
        yield last


def mostly_warm(handler_name, processes):
    """As AWS does, but every tenth request meets a cold start where one can be had."""
    warm = first_warm(handler_name, processes)
    count = 0
    while True:
        count += 1
        cold = [slot for slot in processes[handler_name] if slot.state == "cold"]
        yield cold[0] if cold and count % 10 == 0 else next(warm)


async def sqs_event(
    request, smyth_handler: SmythHandler, process: RunnerProcessProtocol
) -> EventData:
    """Wraps the request's body into an event as SQS sends it. What is returned is the event, any JSON."""
    body = await request.body()
    return {
        "Records": [
            {
                "messageId": str(uuid.uuid4()),
                "body": body.decode(),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{smyth_handler.name}",
                "awsRegion": "eu-central-1",
            }
        ]
    }


async def context_with_tenant(request, smyth_handler, process):
    """Adds an attribute to the context: `context.tenant`. `request` is None for an Invoke."""
    context = await generate_context_data(request, smyth_handler, process)
    context["tenant"] = request.headers.get("x-tenant", "nobody") if request else "nobody"
    return context
