"""Powertools for AWS Lambda: event handler, logger and typing of an HTTP API."""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

app = APIGatewayHttpResolver()
logger = Logger(service="shop")


@app.get("/powertools/items/<item>")
def read_item(item: str):
    event: APIGatewayProxyEventV2 = app.current_event
    return {"item": item, "q": event.query_string_parameters.get("q") if event.query_string_parameters else None,
            "thing": event.headers.get("x-thing"), "method": event.http_method, "path": event.path}


@app.post("/powertools/orders")
def create_order():
    return {"ordered": app.current_event.json_body["item"]}, 201


@app.get("/powertools/missing")
def missing():
    raise NotFoundError("no such thing")


@app.get("/powertools/html")
def html():
    return Response(status_code=200, content_type="text/html", body="<p>ü</p>", headers={"x-own": "1"})


@logger.inject_lambda_context
def handler(event, context):
    logger.info("called by %s", context.function_name)
    return app.resolve(event, context)
