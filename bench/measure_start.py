"""Starts: of the server, of its first environment, of a later one."""

import time
from statistics import median

from load import Connection
from projects import make_project
from servers import Smyth


def start(make_server, project, path=None, times=1):
    """From the start of the process until it answers; with a path, how long its first request takes."""
    def once():
        server = make_server(project)
        started = time.perf_counter()
        with server:
            with Connection(server.port) as connection:
                if path:
                    began = time.perf_counter()
                    status, _ = connection.request(path)
                    figure = time.perf_counter() - began
                else:
                    status, _ = connection.request("/smyth/api/status")
                    figure = time.perf_counter() - started
            return figure, status
    def measure():
        seen = [once() for _ in range(times)]
        bad = sum(status >= 500 for _, status in seen)
        return {"time": median(figure for figure, _ in seen), "bad": bad}
    return measure


def later_cold_start(name="hold", more="", rest=0.05, handler="holding_handler"):
    """Occupies the warm environment, so that the next request starts the next slot; less the import time
    that the handler tells.

    `rest` is how long the machine has between two starts, such as for a standby.
    """
    project = make_project(name, {"hold": (handler, 10)}, {"hold": more})
    with Smyth(project) as server:
        held, figures = [], []
        with Connection(server.port) as probe:
            probe.request("/hold/1")
            time.sleep(rest)
            for _ in range(9):
                holder = Connection(server.port)
                holder.send(f"/hold/1?hold={rest * 20 + 3}")
                held.append(holder)
                time.sleep(rest)  # It has arrived, and the machine is quiet.
                began = time.perf_counter()
                status, body = probe.request("/hold/1")
                taken = time.perf_counter() - began
                if status != 200:
                    return {"time": float("inf"), "bad": 1}
                figures.append(taken - float(body))
        for holder in held:
            holder.close()
        return {"time": median(figures), "worst": max(figures), "bad": 0}
