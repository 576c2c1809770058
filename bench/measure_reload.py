"""Reload: how soon the new code answers, and whether any request fails or gets old code meanwhile."""

import asyncio
import time
from statistics import median

from load import Connection, seconds_until
from projects import make_project
from servers import Smyth


def versioned(version):
    return (f"VERSION = {version}\n\n\ndef order_handler(event, context):\n"
            f"    return {{'statusCode': 200, 'body': f'Orders requests: {{VERSION}}'}}\n")


def save(project, version):
    with open(project / "handlers.py", "w") as file:
        file.write(versioned(version))


def reloads(make_server, times):
    """From the end of the save until an answer of the new code; and whether the first one was."""
    def measure():
        project = make_project("reload", {"orders": ("order_handler", 2)})
        save(project, 0)
        figures, stale = [], 0
        with make_server(project) as server:
            def answers(version):
                try:
                    with Connection(server.port, timeout=2) as connection:
                        return connection.request("/orders/1") == (200, b"Orders requests: %d" % version)
                except OSError:
                    return False
            seconds_until(lambda: answers(0))
            for version in range(1, times + 1):
                time.sleep(0.05)
                save(project, version)
                asked = []
                figures.append(seconds_until(lambda: asked.append(1) or answers(version)))
                stale += len(asked) > 1
        return {"time": median(figures), "bad": stale}
    return measure


def reload_under_load():
    """100 saves while 16 connections ask: each answer is of the code saved before it was asked for."""
    project = make_project("reload-load", {"orders": ("order_handler", 8)})
    save(project, 0)
    saved = 0
    figures = {"requests": 0, "failed": 0, "stale": 0}

    async def client(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while saved < 100:
            at_least = saved
            writer.write(b"GET /orders/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(size)
            figures["requests"] += 1
            if not head.startswith(b"HTTP/1.1 200"):
                figures["failed"] += 1
            elif int(body.rsplit(b" ", 1)[1]) < at_least:
                figures["stale"] += 1
        writer.close()

    async def guarded(port):
        try:
            await client(port)
        except (OSError, ValueError, IndexError, asyncio.IncompleteReadError):
            figures["failed"] += 1

    async def saves():
        nonlocal saved
        for version in range(1, 101):
            await asyncio.sleep(0.03)
            save(project, version)
            saved = version

    async def all_of_it(port):
        await asyncio.wait_for(asyncio.gather(saves(), *(guarded(port) for _ in range(16))), 120)

    with Smyth(project) as server:
        asyncio.run(all_of_it(server.port))
    return {"bad": figures["failed"] + figures["stale"], **figures}
