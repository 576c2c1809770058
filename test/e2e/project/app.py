"""The functions of the server that lives through the whole suite."""

import base64
import json
import textwrap

COUNT = 0


def echo(event, context):
    """What the handler sees, as the body of the response."""
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"event": event, "request_id": context.aws_request_id,
                            "served_by": context.smyth["process"]["name"]}),
    }


def same(event, context):
    """The event as the result."""
    return event


def count(event, context):
    global COUNT
    COUNT += 1
    return {"statusCode": 200, "body": str(COUNT), "headers": {"served-by": context.smyth["process"]["name"]}}


def route(event, context):
    """Which function and which parameters a path has led to."""
    return {"function": context.function_name, "parameters": event.get("pathParameters"),
            "routeKey": event["routeKey"]}


def run(event, context):
    """Executes the text of the event: the body of a handler, which so stands in view of the test."""
    if "requestContext" in event:
        code = event["body"]
        if event["isBase64Encoded"]:
            code = base64.b64decode(code).decode()
    else:
        code = event["code"]
    scope = {}
    text = "def body(event, context):\n" + textwrap.indent(textwrap.dedent(code), "    ")
    exec(compile(text, "<test>", "exec"), scope)
    return scope["body"](event, context)


async def coroutine(event, context):
    return {"statusCode": 200}
