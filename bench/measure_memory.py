"""Memory, as the sum of the proportional set sizes of a server and its descendants."""

import time

from load import Connection
from projects import make_project
from servers import Smyth


def idle_memory(make_server, project):
    def measure():
        with make_server(project) as server:
            time.sleep(2)  # What it starts by itself has started.
            return {"memory": server.memory_kib() / 1024}
    return measure


def environment_memory():
    project = make_project("memory", {f"function_{i}": ("order_handler", 5) for i in range(20)})
    with Smyth(project) as server, Connection(server.port) as connection:
        connection.request("/function_0/1")
        time.sleep(1)
        before = server.memory_kib()
        for i in range(1, 20):
            connection.request(f"/function_{i}/1")
        time.sleep(1)
        return {"memory": (server.memory_kib() - before) / 1024 / 19}
