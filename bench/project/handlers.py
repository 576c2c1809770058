"""The handlers that are measured: the guide's, silent, printing a line, and as it stands there."""

import time

IMPORT_STARTED = time.perf_counter()
COUNT = 0


def order_handler(event, context):
    global COUNT
    COUNT += 1
    return {"statusCode": 200, "body": f"Orders requests: {COUNT}"}


def printing_handler(event, context):
    print("an order")
    return order_handler(event, context)


def guide_handler(event, context):
    global COUNT
    COUNT += 1
    print(event, context)
    return {"statusCode": 200, "body": f"Orders requests: {COUNT}"}


def holding_handler(event, context):
    """Keeps its environment busy for as long as the query says; answers how long its import took."""
    time.sleep(float(event.get("queryStringParameters", {}).get("hold", 0)))
    return {"statusCode": 200, "body": str(IMPORT_SECONDS)}


time.sleep(0.01)  # An import that takes its time.
IMPORT_SECONDS = time.perf_counter() - IMPORT_STARTED
