"""Users' strategies, run by a real hooks process."""

import textwrap
import time

import pytest
from hooks_server import HooksServer, slot


@pytest.fixture
def start(tmp_path):
    servers = []

    def make(app):
        (tmp_path / "app.py").write_text(textwrap.dedent(app))
        servers.append(HooksServer(tmp_path))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def test_the_list_of_processes_is_live(start):
    server = start("""
        from smyth.types import SmythHandlerState
        def strategy(handler_name, processes):
            mine = processes[handler_name]
            while True:
                assert all(p.name.startswith(handler_name) for p in mine)
                yield next(p for p in mine if p.state == SmythHandlerState.WARM and p.state == "warm")
    """)
    for warm in (0, 1, 1, 0):
        server.choose("app.strategy", [slot(n, "warm" if n == warm else "working") for n in (0, 1)])
        assert server.answer().slot == warm


def test_concurrency_may_change_between_requests(start):
    server = start("""
        def strategy(handler_name, processes):
            while True:
                yield processes[handler_name][-1]
    """)
    for count in (1, 4, 2):
        server.choose("app.strategy", [slot(n) for n in range(count)])
        assert server.answer().slot == count - 1


def test_a_strategy_may_sort_its_list(start):
    server = start("""
        def strategy(handler_name, processes):
            while True:
                processes[handler_name].reverse()
                yield processes[handler_name][0]
    """)
    for _ in range(3):
        server.choose("app.strategy", [slot(n) for n in range(3)])
        assert server.answer().slot == 2


def test_the_generator_lives_from_request_to_request(start):
    server = start("""
        def strategy(handler_name, processes):
            count = 0
            while True:
                yield processes[handler_name][count % 2]
                count += 1
    """)
    chosen = []
    for _ in range(4):
        server.choose("app.strategy", [slot(0), slot(1)])
        chosen.append(server.answer().slot)
    assert chosen == [0, 1, 0, 1]


def test_a_generator_that_raised_is_made_anew(start):
    server = start("""
        from smyth.exceptions import NoAvailableProcessError
        def strategy(handler_name, processes):
            yield processes[handler_name][0]
            raise NoAvailableProcessError("all tired")
    """)
    for _ in range(2):
        server.choose("app.strategy", [slot(0)])
        assert server.answer().slot == 0
        server.choose("app.strategy", [slot(0)])
        error = server.answer().error
        assert "NoAvailableProcessError: all tired" in error and "smyth_runtime" not in error


def test_a_generator_that_ended_is_made_anew(start):
    server = start("""
        def strategy(handler_name, processes):
            yield processes[handler_name][1]
    """)
    for _ in range(2):
        server.choose("app.strategy", [slot(0), slot(1)])
        assert server.answer().slot == 1
        server.choose("app.strategy", [slot(0), slot(1)])
        assert "has ended" in server.answer().error


@pytest.mark.parametrize("code, words", [
    ("yield 'orders:0'", "yielded 'orders:0', which is no process of `orders`"),
    ("yield None", "yielded None"),
    ("return processes[handler_name][0]\n    yield", "has ended"),
    ("return processes[handler_name][0]", "returned RunnerProcess; a strategy is a generator function"),
])
def test_what_is_no_process_is_a_clear_error(start, code, words):
    server = start(f"def strategy(handler_name, processes):\n    {code}\n")
    server.choose("app.strategy", [slot(0)])
    assert words in server.answer().error


def test_an_async_strategy_is_a_clear_error(start):
    server = start("""
        async def strategy(handler_name, processes):
            yield processes[handler_name][0]
    """)
    server.choose("app.strategy", [slot(0)])
    assert "is async; a strategy is a plain generator" in server.answer().error


def test_a_strategy_that_hangs_is_left_and_made_anew(start):
    server = start("""
        import time
        ROUND = 0
        def strategy(handler_name, processes):
            global ROUND
            ROUND += 1
            if ROUND == 1:
                time.sleep(60)
            while True:
                yield processes[handler_name][0]
    """)
    server.choose("app.strategy", [slot(0)])
    assert server.is_silent(0.3)
    server.choose("app.strategy", [slot(0, name="other")], name="other")  # Others are not held up.
    assert server.answer(2).slot == 0
    wanted = server.choose("app.strategy", [slot(0)])
    answer = server.answer(2)
    assert answer.slot == 0 and answer.head["id"][0] == wanted


def test_a_strategy_that_was_left_says_nothing_later(start):
    server = start("""
        import time
        FIRST = True
        def strategy(handler_name, processes):
            global FIRST
            if FIRST:
                FIRST = False
                time.sleep(0.5)
            while True:
                yield processes[handler_name][0]
    """)
    server.choose("app.strategy", [slot(0)])
    time.sleep(0.1)
    server.choose("app.strategy", [slot(0)])
    assert server.answer(2).slot == 0
    assert server.is_silent(0.8)


def test_a_strategy_keeps_its_thread(start):
    server = start("""
        import sqlite3
        def strategy(handler_name, processes):
            db = sqlite3.connect(":memory:")  # May only be used by the thread that has made it.
            db.execute("create table n (x)")
            while True:
                db.execute("insert into n values (1)")
                yield processes[handler_name][db.execute("select count(*) from n").fetchone()[0] % 2]
    """)
    chosen = []
    for _ in range(3):
        server.choose("app.strategy", [slot(0), slot(1)])
        chosen.append(server.answer().slot)
    assert chosen == [1, 0, 1]


def test_a_strategy_may_hand_over_to_the_built_in_ones(start):
    server = start("""
        from smyth.runner.strategy import first_warm, round_robin
        def strategy(handler_name, processes):
            yield from (first_warm if handler_name == "orders" else round_robin)(handler_name, processes)
    """)
    server.choose("app.strategy", [slot(0, "warm", last=5), slot(1, "warm", last=9), slot(2, "cold")])
    assert server.answer().slot == 1
    server.choose("app.strategy", [slot(0, "warm", last=5), slot(1, "cold"), slot(2, "cold")], name="b")
    assert server.answer().slot == 1
