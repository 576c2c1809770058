"""Handlers that tell what they see, in the one form of result that both programs take."""

import json
import os
import sys
import time

COUNT = 0


def _result(value, **more):
    return {"statusCode": 200, "body": json.dumps(value, default=str), **more}


def count(event, context):
    global COUNT
    COUNT += 1
    print("counted", event["rawPath"])
    return {"statusCode": 200, "body": f"Requests: {COUNT}"}


def who(event, context):
    return _result(context.smyth["process"]["name"])


def echo(event, context):
    return _result(event)


def same(event, context):
    return _result(event)


def context(event, context):
    smyth = context.smyth
    return _result({
        "function_name": context.function_name,
        "function_version": context.function_version,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "log_group_name": context.log_group_name,
        "log_stream_name": context.log_stream_name,
        "aws_request_id": context.aws_request_id,
        "invoked_function_arn": context.invoked_function_arn,
        "is_time_left": 1500 < context.get_remaining_time_in_millis() <= 3000,
        "process.name": smyth["process"]["name"],
        "process.state": smyth["process"]["state"],
        "process.task_counter": smyth["process"]["task_counter"],
        "process.last_used": smyth["process"]["last_used_timestamp"] > 0,
        "handler.name": smyth["handler"]["name"],
        "config.keys": sorted(smyth["handler"]["smyth_handler_config"]),
        "config.name": smyth["handler"]["smyth_handler_config"]["name"],
        "config.timeout": smyth["handler"]["smyth_handler_config"]["timeout"],
        "config.concurrency": smyth["handler"]["smyth_handler_config"]["concurrency"],
        "config.lambda_handler_path": smyth["handler"]["smyth_handler_config"]["lambda_handler_path"],
        "config.log_level": smyth["handler"]["smyth_handler_config"]["log_level"],
        "config.env_overrides": smyth["handler"]["smyth_handler_config"]["env_overrides"],
    })


def variables(event, context):
    return _result({"environ": dict(os.environ), "cwd": os.getcwd(), "path": sys.path[0] or os.getcwd(),
                    "version": sys.version, "executable": sys.prefix, "file": __file__})


def answer(event, context):
    return json.loads(event["body"])


def fails(event, context):
    raise ValueError("as it was meant to")


def slow(event, context):
    time.sleep(4)
    return _result("late")


def direct(event, context):
    with open(os.path.join(os.path.dirname(__file__), f"{context.function_name}.runs"), "a") as file:
        file.write("x")
    return _result({"event": event}, headers={"x-more": "1"})


def hooked(event, context):
    return _result({"event": event, "extra": context.extra, "name": context.function_name,
                    "left": context.get_remaining_time_in_millis() > 4000,
                    "process": context.smyth["process"]["name"]})
