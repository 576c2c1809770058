COUNT = 0


def handler(event, context):
    global COUNT
    COUNT += 1
    order = event["pathParameters"]["id"]
    if not order.isdigit():
        raise ValueError(f"no number: {order}")
    return {"order": int(order), "count": COUNT, "memory": context.memory_limit_in_mb}
