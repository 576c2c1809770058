import json


def checkout(event, context):
    """Tells which environment has served, and what the context function has added."""
    return {
        "order": event["pathParameters"]["order"],
        "served_by": context.smyth["process"]["name"],
        "tenant": context.tenant,
    }


def mailer(event, context):
    """A function that AWS would call with messages of a queue; here a POST brings one."""
    recipients = [json.loads(record["body"])["to"] for record in event["Records"]]
    print("mail to", ", ".join(recipients))
    return {"sent": len(recipients)}
