COUNT = 0


def order_handler(event, context):
    global COUNT
    COUNT += 1
    print(event, context)
    return {"statusCode": 200, "body": f"Orders requests: {COUNT}"}


def product_handler(event, context):
    global COUNT
    COUNT += 1
    print(event, context)
    return {"statusCode": 200, "body": f"Products requests: {COUNT}"}
