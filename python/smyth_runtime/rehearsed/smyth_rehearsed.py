"""The handler of smyth_runtime.rehearsal: a module with state, a result of the usual shape."""

from smyth_runtime.rehearsal import END, End

COUNT = 0


def handler(event, _context):
    global COUNT
    COUNT += 1
    if event == END:
        raise End
    return {"statusCode": 200, "body": f"Requests: {COUNT}"}
