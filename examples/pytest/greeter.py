def greet(event, context):
    if "pathParameters" in event:
        return {"statusCode": 200, "body": f"Hello, {event['pathParameters']['name']}!"}
    if not event.get("name"):
        raise ValueError("whom?")
    return f"Hello, {event['name']}!"
