"""Many provisioned environments of several runtimes: how long they take to start, and what they use at rest."""

import json
import time
from pathlib import Path

from load import Connection, seconds_until
from projects import make_project
from servers import Smyth, descendants

REST_SECONDS = 3
START_SECONDS_MAX = 60


def processor_seconds(pids):
    used = 0
    for pid in pids:
        try:
            used += sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
        except (OSError, IndexError):
            continue
    return used / 1e9


def warm_environments(port):
    with Connection(port) as connection:
        _, body = connection.request("/smyth/api/status")
    return sum(slot["state"] == "warm" for function in json.loads(body)["lambda handlers"].values()
               for slot in function["processes"])


def frozen(go_folder, count):
    """`count` environments each of Python, Node and Go. "used" is processor time of all but the server."""
    def measure():
        provisioned = f"provisioned_concurrency = {count}"
        project = make_project("frozen", {name: ("order_handler", count) for name in ("in_python", "in_node", "in_go")}, {
            "in_python": provisioned, "in_node": f'{provisioned}\nruntime = "nodejs20.x"',
            "in_go": f'{provisioned}\nruntime = "provided.al2023"\ncode = "{go_folder()}"'})
        began = time.perf_counter()
        with Smyth(project) as server:
            def all_warm():
                time.sleep(0.02)  # Asking takes the server's time, too.
                return warm_environments(server.port) == 3 * count
            seconds_until(all_warm, START_SECONDS_MAX)
            took = time.perf_counter() - began
            missing = 3 * count - warm_environments(server.port)
            time.sleep(1)
            family = [pid for pid in descendants(server.process.pid) if pid != server.process.pid]
            before = processor_seconds(family)
            time.sleep(REST_SECONDS)
            used = processor_seconds(family) - before
            bad = missing
            with Connection(server.port) as connection:
                for name in ("in_python", "in_node", "in_go"):
                    bad += connection.request(f"/{name}/1")[0] != 200
        return {"time": took, "used": used, "bad": bad}
    return measure
