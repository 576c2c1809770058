def handler(event, context):
    name = event["pathParameters"]["name"]
    print(f"greeting {name}")
    return {"greeting": f"hello {name}"}
