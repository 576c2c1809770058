"""Prints the event that the package `smyth` makes for each request of a file, one JSON object a line.

Used by src/front/api_gateway_python_test.cc. A line of the file: {"method", "target", "headers": [[name,
value]] as latin-1, "body": base64, "pattern", "params"}. The time stands still.
"""

import asyncio
import base64
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

import smyth.event  # noqa: E402
from smyth_runtime.request import request_of  # noqa: E402

smyth.event.time = SimpleNamespace(time=lambda: 1795555800.123, gmtime=time.gmtime)


async def main(path: str) -> None:
    for line in Path(path).read_text("utf-8").splitlines():
        given = json.loads(line)
        request = request_of({"method": given["method"], "target": given["target"], "scheme": "http",
                              "client": ["127.0.0.1", 50000], "server": ["localhost", 8080],
                              "headers": given["headers"], "path_params": given["params"]},
                             base64.b64decode(given["body"]))
        event = await smyth.event.generate_api_gw_v2_event_data(
            request, SimpleNamespace(url_template=given["pattern"]), SimpleNamespace())
        print(json.dumps(event))


asyncio.run(main(sys.argv[1]))
