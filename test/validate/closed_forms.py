"""What is known exactly of queues and pools, as questions to `smyth simulate`.

The formulas and where they come from: docs/reference/simulation.md. Each row is a question, and the values
that its findings have to meet.
"""

from dataclasses import dataclass, field

ENDLESS = ["--account", "none", "--life", "none"]


@dataclass
class Row:
    name: str
    rate: float              # Calls a second.
    options: list[str]
    exact: dict[str, float] = field(default_factory=dict)  # By the path of an estimate in the JSON.
    counts: dict[str, int] = field(default_factory=dict)   # By the path of a whole number.
    warm_up: int = 200                                     # Seconds until it has forgotten how it began.
    least: int = 0                                         # Seconds after that, however few calls are wanted.


def erlang_b(load, servers):
    inverse = 1.0
    for j in range(1, servers + 1):
        inverse = 1 + inverse * j / load
    return 1 / inverse


def throttled():
    for load, servers in [(1, 1), (2, 2), (5, 5), (5, 8), (8, 10), (10, 10), (90, 100), (100, 100), (900, 1000),
                          (1000, 1000), (2016, 1000), (9500, 10000)]:
        share = erlang_b(load, servers)
        for law in ["exponential:1s", "1s"]:
            # Where all are busy and none takes longer than another, the order of a second is that of the next.
            least = 5_000 if law == "1s" and load > servers else 0
            yield Row(f"Erlang-B {load} on {servers}, {law}", load,
                      [*ENDLESS, "--reserved", str(servers), "--duration", law],
                      {"throttled_share": share, "busy.mean": load * (1 - share)}, least=least)


def busy():
    """The number of busy environments is Poisson distributed."""
    for load, percentiles in [(0.5, (0, 3, 4, 5)), (1.7919, (2, 6, 7, 9)), (10, (10, 18, 21, 24)),
                              (50, (50, 67, 73, 78)), (100, (100, 124, 132, 139)),
                              (1000, (1000, 1074, 1099, 1120))]:
        names = ("busy.p50", "busy.p99", "busy.p99.9", "busy.p99.99")
        yield Row(f"M/G/inf {load}", load, [*ENDLESS, "--duration", "exponential:1s"], {"busy.mean": load},
                  dict(zip(names, percentiles)))


def waits():
    for load, servers in [(0.5, 1), (8, 10), (90, 100), (950, 1000)]:
        blocked = erlang_b(load, servers)
        wait = blocked / (1 - load / servers * (1 - blocked))
        yield Row(f"Erlang-C {load} on {servers}", load,
                  [*ENDLESS, "--concurrency", str(servers), "--overflow", "queue", "--queue-limit", "10000000",
                   "--duration", "exponential:1s"],
                  {"wait_mean_ms": 1000 * wait / (servers - load)}, warm_up=5_000)


def one_environment():
    for rate, warm, cold, ttl, p, lost, environments in [
            (0.005, 2, 2.5, 600, .049787068, .010022990, .950711947),
            (0.001, 1, 3, 600, .548811636, .002093232, .452337154),
            (0.01, 0.5, 1.5, 300, .049787068, .005467809, .950485158),
            (1 / 600, 2, 2, 600, .367879441, .003322259, .633342750)]:
        yield Row(f"one environment, {rate:.4g}/s, idle {ttl} s", rate,
                  ["--account", "none", "--life", f"ttl:{ttl}s", "--reserved", "1", "--duration",
                   f"exponential:{warm}s", "--init", f"{cold - warm}s"],
                  {"cold_share": p, "throttled_share": lost, "environments.mean": environments}, warm_up=50 * ttl)


def one_with_queue():
    for duration, rate, init, ttl, wait in [("exponential:1s", .5, "exponential:10s", 0, 11),
                                            ("exponential:1s", .5, "exponential:10s", 5, 4.491926151),
                                            ("0.2s", 1, "1s", 2, .203804383),
                                            ("exponential:2s", .005, "0.5s", 600, .045123569)]:
        # An idle limit of zero is none: the least there is does as well.
        life = f"ttl:{ttl}s" if ttl else "ttl:1ns"
        yield Row(f"a queue before one, idle {ttl} s, {duration}", rate,
                  ["--account", "none", "--life", life, "--concurrency", "1", "--overflow", "queue", "--queue-limit",
                   "10000000", "--duration", duration, "--init", init],
                  {"wait_and_init_ms": 1000 * wait}, warm_up=max(1_000, 50 * ttl))


def most_recently_used():
    for rate, mean, ttl, reserved, cold, idle_and_busy in [
            (0.02, 2, 600, None, .024508207, 1.368866), (0.1, 2, 600, None, .007112761, 2.650489),
            (0.9, 1.991, 600, None, .001329307, 7.691934), (0.9, 1.991, 60, None, .016327344, 5.864228),
            (1, 2, 600, None, .001239826, 8.177502), (10, 0.1, 300, None, .000181068, 6.914247),
            (100, 0.1, 600, None, .000017990, 26.120533), (20, 1, 30, None, .003760595, 32.798039),
            (50, 1, 600, None, .000079822, 78.417299), (5, 1, 60, 8, 6.0e-9, 8.0)]:
        options = ["--account", "none", "--life", f"ttl:{ttl}s", "--duration", f"exponential:{mean}s"]
        if reserved:
            options += ["--reserved", str(reserved)]
        yield Row(f"most recently used, {rate}/s, {mean} s, idle {ttl} s", rate, options,
                  {"cold_share": cold, "environments.mean": idle_and_busy}, warm_up=50 * ttl)


def rows():
    for part in (throttled, busy, waits, one_environment, one_with_queue, most_recently_used):
        yield from part()
