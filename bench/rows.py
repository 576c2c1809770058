"""What is measured: each row is a piece of work, the programs that do it, and the bars that smyth is held to.

A measurement gives figures by name (times in seconds, memory in MiB); a bar compares medians of all
rounds. "others: with 2" says that the others were given less work than smyth.
"""

from dataclasses import dataclass, field
from typing import Callable

from clients import emulator, go_function, official_python, packages
from measure_core import core_benchmark
from measure_frozen import frozen
from measure_load import under_load
from measure_memory import environment_memory, idle_memory
from measure_reload import reload_under_load, reloads
from measure_simulate import azure_sample, calls_of_simulator, question, same_model, simfaas
from measure_start import later_cold_start, start
from projects import make_project
from servers import (Emulator, Floor, Original, OriginalCommand, RuntimeApiFloor, ServerlessOffline,
                     Smyth)

SMYTH = Smyth.name
FLOOR = Floor.name
ORIGINAL = Original.name
COMMAND = OriginalCommand.name
SERVERLESS = ServerlessOffline.name
CLIENT_FLOOR = RuntimeApiFloor.name
EMULATOR = Emulator.name
SIMFAAS = "SimFaaS 0.2.2"
PYTHON_RUNTIME = "smyth, its Python runtime"
NOT_FROZEN = "smyth, freeze = false"
NO_SNAPSHOT = "smyth, snap_start = false"
THEIRS = {CLIENT_FLOOR: "the floor's", EMULATOR: "the emulator's", PYTHON_RUNTIME: "Python's",
          FLOOR: "the floor's", ORIGINAL: "Smyth 0.7.1's best case", SERVERLESS: "serverless-offline's"}


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


def snap_start(options):
    def measure(setting):
        def once():  # boto3 is installed when the row is measured.
            more = f'env = {{ PYTHONPATH = "{packages()}" }}\nsnap_start = {setting}'
            return later_cold_start(f"snapstart-{setting}", more, 0.5, "boto3_handlers.holding_handler")
        return once
    return Row("snapstart", "SnapStart: first answer of a further environment whose handler imports boto3", {
        SMYTH: measure("true"), NO_SNAPSHOT: measure("false"),
    }, [at_most("≤ 15 ms", "time", 0.015, "s"), none_bad()])


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


def official_client(options):
    def measure(make_server):
        def once():  # The client is installed when the row is measured.
            return under_load(make_server, client_project(2), "/orders/1", 16, options.seconds)()
        return once
    return Row("official16x2", "Lambda's own Python client (awslambdaric), 16 connections, 2 environments", {
        SMYTH: measure(Smyth),
        CLIENT_FLOOR: measure(lambda project: RuntimeApiFloor(project, 2, official_python())),
    }, [rate_over(CLIENT_FLOOR, 0.8), none_bad()])


def official_client_alone(options):
    """Both are asked by Invoke, which is all that the emulator has."""
    def measure(make_server, function):
        def once():
            path = f"/2015-03-31/functions/{function}/invocations"
            return under_load(make_server, client_project(1), path, 1, options.seconds, body="{}")()
        return once
    return Row("official1", "Lambda's own Python client, one connection, Invoke", {
        SMYTH: measure(Smyth, "orders"),
        EMULATOR: measure(lambda project: Emulator(project, emulator(), official_python()), "function"),
    }, [rate_over(EMULATOR, 1.8), none_bad()])


def client_project(concurrency):
    words = ", ".join(f'"{word}"' for word in official_python())
    return make_project(f"official-{concurrency}", {"orders": ("order_handler", concurrency)},
                        {"orders": f"command = [{words}]"})


def node_runtime(options):
    node = make_project("node", {"orders": ("order_handler", 2)}, {"orders": 'runtime = "nodejs20.x"'})
    return Row("node16x2", "smyth's Node runtime, 16 connections, concurrency 2", {
        SMYTH: under_load(Smyth, node, "/orders/1", 16, options.seconds, environments=2),
        PYTHON_RUNTIME: under_load(Smyth, orders(2), "/orders/1", 16, options.seconds, environments=2),
    }, [rate_over(PYTHON_RUNTIME, 0.8), none_bad()])


def node_cold_start(options):
    def measure():
        return later_cold_start("hold-node", 'runtime = "nodejs20.x"', rest=0.3)
    return Row("node-cold", "a later cold start of Node with a standby, over the module's own import",
               {SMYTH: measure}, [at_most("≤ 25 ms", "time", 0.025, "s"), none_bad()])


def freeze(options):
    def measure(setting):
        project = make_project(f"freeze-{setting}", {"orders": ("order_handler", 1)},
                               {"orders": f"freeze = {setting}"})
        return under_load(Smyth, project, "/orders/1", 1, options.seconds)
    return Row("freeze", "one connection, environments frozen between requests, everything on one core", {
        SMYTH: measure("true"), NOT_FROZEN: measure("false"),
    }, [Bar("p50 ≤ 30 µs over that without freezing", lambda m: m[SMYTH]["p50"] - m[NOT_FROZEN]["p50"],
            30e-6, at_least=False, unit="s"), none_bad()], cores="one")


def many_frozen(options):
    return Row("frozen300", "100 environments each of Python, Node and Go, provisioned, frozen", {
        SMYTH: frozen(go_function, 100),
    }, [at_most("all started in ≤ 8 s", "time", 8, "s"),
        at_most("no processor time in 3 s", "used", 0, "s"), none_bad()])


def simulator(options):
    return Row("simulate", "smyth simulate: calls played, log-normal durations, an account's limits, all figures",
               {SMYTH: calls_of_simulator},
               [millions("3 environments", "calls/busy%:20/reserved:0", 20),
                millions("8 environments", "calls/busy%:180/reserved:0", 15),
                millions("1,000 environments", "calls/busy%:90000/reserved:1000", 8),
                millions("10,000 environments", "calls/busy%:950000/reserved:10000", 4)], cores="one")


def simulator_beside_simfaas(options):
    return Row("simulate-simfaas", "smyth simulate beside SimFaaS: the newest idle environment, idle limit 600 s, 0.9/s",
               {SMYTH: same_model, SIMFAAS: simfaas},
               [Bar("calls/s ≥ 200 × SimFaaS's", lambda m: m[SMYTH]["calls/s"] / m[SIMFAAS]["calls/s"], 200)],
               cores="one")


LAWS = ["--duration", "lognormal:p50=80ms,p99=900ms", "--init", "450ms"]


def small_question(options):
    return Row("simulate-small", "smyth simulate: a day at one call a second", {
        SMYTH: question("--rate", "1", "--for", "1d", *LAWS)}, [at_most("≤ 30 ms", "time", 0.03, "s")], cores="one")


def month(options):
    return Row("simulate-month", "smyth simulate: a month at 100 calls a second, 259 million", {
        SMYTH: question("--rate", "100", "--for", "30d", *LAWS)},
        [at_most("≤ 25 s", "time", 25, "s"), at_most("memory ≤ 64 MiB", "memory", 64, "MiB")], cores="one")


def azure(options):
    return Row("simulate-azure", "smyth simulate: a day of 100 functions of Azure's, 621,128 calls, read and played",
               {SMYTH: azure_sample}, [at_most("≤ 0.3 s", "time", 0.3, "s")], cores="one")


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
    "snapstart": snap_start,
    "idle": idle,
    "environment": environments,
    "reload": reload,
    "reload-load": reload_load,
    "official16x2": official_client,
    "official1": official_client_alone,
    "node16x2": node_runtime,
    "node-cold": node_cold_start,
    "freeze": freeze,
    "frozen300": many_frozen,
    "core": core,
    "simulate": simulator,
    "simulate-simfaas": simulator_beside_simfaas,
    "simulate-small": small_question,
    "simulate-month": month,
    "simulate-azure": azure,
}
