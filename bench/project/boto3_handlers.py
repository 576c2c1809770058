"""A handler with a client of AWS's, as many have one: most of its cold start is the import of boto3."""

import time

import boto3

CLIENT = boto3.client("s3", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")


def holding_handler(event, context):
    """Keeps its environment busy for as long as the query says; no time is taken off what is measured."""
    time.sleep(float(event.get("queryStringParameters", {}).get("hold", 0)))
    return {"statusCode": 200, "body": "0"}
