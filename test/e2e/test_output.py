"""Whatever a handler writes, however it writes it, reaches the terminal with slot and request id, in order."""

import re
import time

import pytest

from harness.server import Background


def lines_of(server, request_id, last):
    """What the server has shown of an invocation, up to the line `last`."""
    server.wait_for_log(rf"^\S+ {request_id} \| {re.escape(last)}$")
    return re.findall(rf"^\S+ {request_id} \| (.*)$", server.log(), re.MULTILINE)


def shown(server, code, last="the end", function="run"):
    """The lines of an invocation that runs `code` and prints `last`."""
    request_id = server.run(f"{code}\nprint({last!r})\nreturn context.aws_request_id", function=function)
    return lines_of(server, request_id, last)


def test_all_ways_of_writing_arrive_in_the_order_of_the_writes(shared):
    assert shown(shared, """
import logging, os, subprocess, sys, ctypes
print("print")
print("to stderr", file=sys.stderr)
os.write(1, b"write(1)\\n")
os.write(2, b"write(2)\\n")
sys.stdout.write("half, ")
sys.stdout.write("whole\\n")
ctypes.CDLL(None).write(2, b"native\\n", 7)
subprocess.run(["echo", "a child"])
subprocess.run("echo a child to stderr >&2", shell=True)
print("last")
""") == ["print", "to stderr", "write(1)", "write(2)", "half, whole", "native", "a child", "a child to stderr",
         "last", "the end"]


def test_logging_is_as_on_aws(shared):
    lines = shown(shared, """
import logging
logging.debug("too low")
logging.info("info")
logging.getLogger("a.b").warning("warning %s", 7)
logging.getLogger().error("two\\nlines")
""")
    assert not any("too low" in line for line in lines)
    stamp = r"\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[0-9a-f-]{36}\t"
    assert re.fullmatch(r"\[INFO\]" + stamp + "info", lines[0])
    assert re.fullmatch(r"\[WARNING\]" + stamp + "warning 7", lines[1])
    assert re.fullmatch(r"\[ERROR\]" + stamp + "two", lines[2])


@pytest.mark.parametrize("level, expected", [("DEBUG", ["d", "i", "w"]), ("WARNING", ["w"])])
def test_the_functions_log_level_holds(server, level, expected):
    one = server({"smyth.toml": f'[handlers.a]\nhandler_path = "a.a"\nlog_level = "{level}"\n',
                  "a.py": "import logging\ndef a(event, context):\n"
                          "    logging.debug('d'); logging.info('i'); logging.warning('w'); print('the end')\n"
                          "    return context.aws_request_id\n"})
    lines = lines_of(one, one.invoke("a", {}).json, "the end")
    assert [line.split("\t")[-1] for line in lines[:-1]] == expected


def test_the_root_logger_has_one_handler_as_on_aws(shared):
    # basicConfig() does nothing where there is one: the user's format is not taken, as on AWS.
    assert shared.run("""
        import logging
        before = len(logging.getLogger().handlers)
        logging.basicConfig(level=logging.DEBUG)
        return [before, len(logging.getLogger().handlers)]""") == [1, 1]


def test_a_line_of_a_megabyte_arrives_whole(shared):
    request_id = shared.run("print('x' * 1_000_000 + 'y'); print('the end'); return context.aws_request_id")
    lines = lines_of(shared, request_id, "the end")
    assert "".join(lines[:-1]) == "x" * 1_000_000 + "y"


def test_what_has_no_newline_at_its_end_arrives(shared):
    request_id = shared.run("import sys; sys.stdout.write('no newline'); return context.aws_request_id")
    assert lines_of(shared, request_id, "no newline") == ["no newline"]


def test_what_is_no_utf_8_arrives_and_harms_nothing(shared):
    lines = shown(shared, r"import os; os.write(1, b'a\xff\xfeb\x00c\n')")
    assert lines[0].startswith("a") and "b" in lines[0] and lines[-1] == "the end"
    assert shown(shared, "print('ü 😀 \\ud800'.encode('utf-8', 'replace').decode())")[0] == "ü 😀 ?"


def test_a_lone_surrogate_does_not_break_print(shared):
    assert shown(shared, r"print('a\ud800b')")[-1] == "the end"


def test_ten_thousand_lines_arrive_in_order(shared):
    lines = shown(shared, "for n in range(10_000): print(n)")
    assert lines == [str(n) for n in range(10_000)] + ["the end"]


@pytest.mark.parametrize("death", ["os._exit(1)", "os.kill(os.getpid(), 9)", "import ctypes; ctypes.string_at(0)",
                                   "import sys; sys.exit(3)"])
def test_nothing_is_lost_when_the_process_dies(shared, death):
    code = f"""
import os
for n in range(2_000): print(n)
print("last words", context.aws_request_id)
os.write(2, b"no newline")
{death}"""
    response = shared.invoke("single", {"code": code})
    request_id = response.header("x-amzn-RequestId")
    shared.wait_for_log(rf"^\S+ {request_id} \| no newline")
    lines = re.findall(rf"^\S+ {request_id} \| (.*)$", shared.log(), re.MULTILINE)
    assert lines[:2_000] == [str(n) for n in range(2_000)]
    assert lines[2_000] == f"last words {request_id}"
    assert lines[2_001].startswith("no newline")  # Python may have said more before it died.


def test_nothing_is_lost_at_a_timeout(shared):
    response = shared.invoke("quick", {"code": "import time, sys; sys.stdout.write('before the end'); time.sleep(9)"})
    assert lines_of(shared, response.header("x-amzn-RequestId"), "before the end") == ["before the end"]


def test_what_a_module_prints_at_its_import_is_shown(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "a.a"\n',
                  "a.py": "import logging\nprint('imported')\nlogging.warning('while importing')\ndef a(e, c): return 1\n"})
    one.invoke("a", {})
    one.wait_for_log(r"^a:0.* \| imported$")
    one.wait_for_log(r"^a:0.* \| \[WARNING\]\t\S+Z\t\S*\twhile importing$")


def test_an_error_shows_its_traceback(shared):
    response = shared.invoke("run", {"code": "raise ValueError('seen in the log')"})
    request_id = response.header("x-amzn-RequestId")
    shared.wait_for_log(rf"^run:\d {request_id} \| .*ValueError: seen in the log")
    shared.wait_for_log(rf"^run:\d {request_id} \| .*Traceback")


def test_two_at_once_are_told_apart(shared, gate):
    door = gate()
    code = f"from gate import hold; print('in'); hold({str(door)!r}); print('out'); return context.smyth['process']['name']"
    calls = [Background(shared.invoke, "warm", {"code": code}) for _ in range(2)]
    door.wait_entered(2)
    door.open()
    for call in calls:
        response = call.result()
        request_id, slot = response.header("x-amzn-RequestId"), response.json
        shared.wait_for_log(rf"^{slot} {request_id} \| out$")
        assert re.findall(rf"^(\S+) {request_id} \| (.*)$", shared.log(), re.M) == [(slot, "in"), (slot, "out")]


@pytest.mark.alone
def test_a_flood_slows_itself_and_not_the_others(server, gate):
    one = server({"smyth.toml": '[handlers.flood]\nhandler_path = "a.flood"\ntimeout = 40\n'
                                '[handlers.quiet]\nhandler_path = "a.quiet"\n',
                  "a.py": "def flood(e, c):\n    for n in range(100):\n        print('x' * 500_000)\n"
                          "def quiet(e, c): return 1\n"})
    one.invoke("quiet", {})
    flood = Background(one.invoke, "flood", {})
    slowest = 0.0
    while not flood.is_done():
        began = time.monotonic()
        assert one.invoke("quiet", {}).json == 1
        slowest = max(slowest, time.monotonic() - began)
    assert flood.result().status == 200 and slowest < 0.5
