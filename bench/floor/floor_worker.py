"""The floor's worker: a handler that answers events, one a line, on the descriptor that argv[1] names."""

import json
import socket
import sys

COUNT = 0


def order_handler(event, context):
    global COUNT
    COUNT += 1
    return {"statusCode": 200, "body": f"Orders requests: {COUNT}"}


def serve(descriptor):
    server = socket.socket(fileno=descriptor)
    for line in server.makefile("rb"):
        result = order_handler(json.loads(line), None)
        server.sendall(json.dumps(result).encode() + b"\n")


serve(int(sys.argv[1]))
