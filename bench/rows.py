"""What is measured: each row is a piece of work, the programs that do it, and the bars that smyth is held to.

A measurement gives figures by name (times in seconds, memory in MiB); a bar compares medians of all
rounds. "others: with 2" says that the others were given less work than smyth.
"""

from dataclasses import dataclass, field
from typing import Callable

from measure_core import core_benchmark
from measure_load import under_load
from measure_memory import environment_memory, idle_memory
from measure_reload import reload_under_load, reloads
from measure_start import later_cold_start, start
from projects import make_project
from servers import Floor, Original, OriginalCommand, ServerlessOffline, Smyth

SMYTH = Smyth.name
FLOOR = Floor.name
ORIGINAL = Original.name
COMMAND = OriginalCommand.name
SERVERLESS = ServerlessOffline.name
THEIRS = {FLOOR: "the floor's", ORIGINAL: "Smyth 0.7.1's best case", SERVERLESS: "serverless-offline's"}


@dataclass
class Bar:
    """What smyth must reach. The figure is of the medians, {program: {figure: median}}."""

    text: str
    figure: Callable
    limit: float
    at_least: bool = True
    unit: str = "×"

    def is_met(self, value):
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass
class Row:
    key: str
    work: str
    measures: dict  # program -> function that measures it once
    bars: list = field(default_factory=list)
    cores: str = "both"  # where everything runs: "both" (0-1) or "one" (0)


def rate_over(other, factor):
    return Bar(f"requests/s ≥ {factor} × {THEIRS[other]}",
               lambda m: m[SMYTH]["rate"] / m[other]["rate"], factor)


def time_under(what, other, factor):
    return Bar(f"{what} ≤ {factor} × {THEIRS[other]}",
               lambda m: m[SMYTH][what] / m[other][what], factor, at_least=False)


def at_most(text, figure, limit, unit):
    return Bar(text, lambda m: m[SMYTH][figure], limit, at_least=False, unit=unit)


def none_bad():
    return Bar("no bad answer", lambda m: m[SMYTH]["bad"], 0, at_least=False, unit="")


def millions(what, benchmark, limit):
    return Bar(f"{what}: ≥ {limit} M/s", lambda m: m[SMYTH][benchmark], limit, unit="M/s")


def orders(concurrency, handler="order_handler"):
    return make_project(f"orders-{handler}-{concurrency}", {"orders": (handler, concurrency)})


def functions(name, count, concurrency):
    return make_project(name, {f"function_{i}": ("order_handler", concurrency) for i in range(count)})


def floor_with(workers):
    return lambda project: Floor(project, workers)


def one_connection(options, pinned=False):
    project = orders(2)
    measures = {
        SMYTH: under_load(Smyth, project, "/orders/1", 1, options.seconds),
        FLOOR: under_load(floor_with(1), project, "/orders/1", 1, options.seconds),
    }
    bars = [rate_over(FLOOR, 0.8), time_under("p50", FLOOR, 1.25), none_bad()]
    if pinned:
        return Row("warm1-pinned", "the same, everything on one core", measures, bars, cores="one")
    measures[ORIGINAL] = under_load(Original, project, "/orders/1", 1, options.seconds)
    measures[COMMAND] = under_load(OriginalCommand, project, "/orders/1", 1, options.seconds)
    measures[SERVERLESS] = under_load(ServerlessOffline, project, "/orders/1", 1, options.seconds)
    bars += [rate_over(ORIGINAL, 5), rate_over(SERVERLESS, 2)]
    return Row("warm1", "one connection, warm, the guide's handler without its print", measures, bars)


def many_connections(concurrency, options):
    project = orders(concurrency)
    measures = {
        SMYTH: under_load(Smyth, project, "/orders/1", 16, options.seconds, environments=concurrency),
        FLOOR: under_load(floor_with(concurrency), project, "/orders/1", 16, options.seconds),
        ORIGINAL: under_load(Original, project, "/orders/1", 16, options.seconds),
        SERVERLESS: under_load(ServerlessOffline, project, "/orders/1", 16, options.seconds),
    }
    return Row(f"warm16x{concurrency}", f"16 connections, concurrency {concurrency}", measures,
               [rate_over(FLOOR, 0.8), time_under("p99", FLOOR, 1.5), rate_over(ORIGINAL, 15),
                rate_over(SERVERLESS, 3), none_bad()])


def printing(options):
    def measure(handler):
        return under_load(Smyth, orders(2, handler), "/orders/1", 16, options.seconds)
    silent = "smyth, silent"
    return Row("print", "a handler that prints one line, 16 connections, concurrency 2", {
        SMYTH: measure("printing_handler"), silent: measure("order_handler"),
        "smyth, the guide's print(event, context)": measure("guide_handler"),
    }, [Bar("requests/s ≥ 0.85 × the silent one's",
            lambda m: m[SMYTH]["rate"] / m[silent]["rate"], 0.85), none_bad()])


def invoke(options):
    project = orders(2)
    path = "/2015-03-31/functions/orders/invocations"
    return Row("invoke", "Invoke (`RequestResponse`), one kept connection", {
        SMYTH: under_load(Smyth, project, path, 1, options.seconds, body="{}"),
        FLOOR: under_load(floor_with(1), project, "/orders/1", 1, options.seconds, body="{}"),
    }, [time_under("p50", FLOOR, 1.25), none_bad()])


def server_start(options):
    two = functions("start-2", 2, 1)
    return Row("start", "exec until it answers the status, 20 functions (others: with 2)", {
        SMYTH: start(Smyth, functions("start-20", 20, 1), times=5), ORIGINAL: start(Original, two),
        COMMAND: start(OriginalCommand, two), SERVERLESS: start(ServerlessOffline, two),
    }, [at_most("≤ 20 ms", "time", 0.020, "s")])


def first_request(options):
    project, path = orders(2), "/orders/1"
    return Row("first", "first request right after the start (cold)", {
        SMYTH: start(Smyth, project, path, times=5), ORIGINAL: start(Original, project, path),
        SERVERLESS: start(ServerlessOffline, project, path),
    }, [at_most("≤ 80 ms", "time", 0.080, "s"), none_bad()])


def cold_start(options):
    return Row("cold", "a later cold start (slot 2 and on), over the handler's own import time",
               {SMYTH: later_cold_start}, [at_most("≤ 6 ms", "time", 0.006, "s"), none_bad()])


def idle(options):
    two = functions("idle-2", 2, 5)
    return Row("idle", "memory (sum of PSS), idle, 20 functions × concurrency 5 (others: with 2)", {
        SMYTH: idle_memory(Smyth, functions("idle-20", 20, 5)), ORIGINAL: idle_memory(Original, two),
        SERVERLESS: idle_memory(ServerlessOffline, two),
    }, [at_most("≤ 40 MiB", "memory", 40, "MiB")])


def environments(options):
    return Row("environment", "memory of each further warm environment (hello world)",
               {SMYTH: environment_memory}, [at_most("≤ 2 MiB", "memory", 2, "MiB")])


def reload(options):
    return Row("reload", "save a handler → first answer of the new code", {
        SMYTH: reloads(Smyth, 20), COMMAND: reloads(OriginalCommand, 2),
    }, [at_most("≤ 20 ms", "time", 0.020, "s"), none_bad()])


def reload_load(options):
    return Row("reload-load", "100 saves under load at 16 connections: requests failed or stale",
               {SMYTH: reload_under_load}, [none_bad()])


def core(options):
    return Row("core", "core: one warm invocation (arrival, completion) through `handle()`",
               {SMYTH: core_benchmark},
               [millions("8 environments", "invocation/first_warm/8", 25),
                millions("1,000 environments", "invocation/first_warm/1000", 12)], cores="one")


ROWS = {
    "warm1": one_connection,
    "warm1-pinned": lambda options: one_connection(options, pinned=True),
    "warm16x2": lambda options: many_connections(2, options),
    "warm16x8": lambda options: many_connections(8, options),
    "print": printing,
    "invoke": invoke,
    "start": server_start,
    "first": first_request,
    "cold": cold_start,
    "idle": idle,
    "environment": environments,
    "reload": reload,
    "reload-load": reload_load,
    "core": core,
}
