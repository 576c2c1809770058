def handler(event, context):
    return {"greeting": f"hello {event['pathParameters']['name']}"}
