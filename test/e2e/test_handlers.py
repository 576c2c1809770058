"""What a handler finds, and what it may do to its environment without harm to others."""

import os
import re
import time
from pathlib import Path

import pytest

from harness.processes import is_alive, wait_until
from harness.server import Background, clean_environ


# --- The context ---

@pytest.mark.alone
def test_the_context_is_awss(shared):
    found = shared.run("""
        c = context
        return {"name": c.function_name, "version": c.function_version, "arn": c.invoked_function_arn,
                "memory": c.memory_limit_in_mb, "id": c.aws_request_id, "group": c.log_group_name,
                "stream": c.log_stream_name, "client": c.client_context,
                "identity": [c.identity.cognito_identity_id, c.identity.cognito_identity_pool_id],
                "left": c.get_remaining_time_in_millis()}""", function="invoke_only")
    assert 2300 < found.pop("left") <= 2500
    assert re.fullmatch(r"[0-9a-f-]{36}", found.pop("id"))
    assert re.fullmatch(time.strftime("%Y/%m/%d", time.gmtime()) + r"/\[\$LATEST\][0-9a-f]{32}", found.pop("stream"))
    assert found == {
        "name": "invoke_only", "version": "$LATEST", "memory": "512", "group": "/aws/lambda/invoke_only",
        "arn": "arn:aws:lambda:eu-central-1:123456789012:function:invoke_only", "client": None,
        "identity": [None, None]}


def test_the_context_tells_which_process_serves(shared):
    smyth = shared.run("return context.smyth", function="round")
    assert smyth["process"]["name"] in ("round:0", "round:1", "round:2")
    assert set(smyth["process"]) == {"name", "state", "task_counter", "last_used_timestamp"}
    assert smyth["handler"]["name"] == "round"
    config = smyth["handler"]["smyth_handler_config"]
    assert (config["name"], config["concurrency"], config["timeout"]) == ("round", 3, 6)
    assert config["lambda_handler_path"] == "app.run"


def test_the_process_of_the_context_counts_and_knows_its_last_use(shared):
    first = shared.run("return context.smyth['process']", function="single")
    second = shared.run("return context.smyth['process']", function="single")
    assert second["task_counter"] == first["task_counter"] + 1
    assert abs(second["last_used_timestamp"] - time.time()) < 5


def test_without_a_timeout_much_time_remains(shared):
    assert shared.run("return context.get_remaining_time_in_millis()", function="no_limit") > 800_000


# --- The environment variables ---

LAMBDAS_OWN = {
    "AWS_LAMBDA_FUNCTION_NAME": "run", "_HANDLER": "app.run", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/run", "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000", "AWS_ACCESS_KEY_ID": "000000000000",
    "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test", "TZ": ":UTC", "STAGE": "test",
}


def test_the_variables_are_lambdas(shared):
    found = shared.run("import os; return dict(os.environ)")
    assert {name: found.get(name) for name in LAMBDAS_OWN} == LAMBDAS_OWN
    assert re.fullmatch(r"AWS_Lambda_python3\.\d+", found["AWS_EXECUTION_ENV"])
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", found["AWS_LAMBDA_LOG_STREAM_NAME"])
    assert found["AWS_ENDPOINT_URL_LAMBDA"] == shared.url
    assert found["LAMBDA_TASK_ROOT"] == str(shared.folder)
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}.*", found["_X_AMZN_TRACE_ID"])
    assert "AWS_LAMBDA_RUNTIME_API" not in found  # Whatever finds it would speak to nobody.


PRINTS = {"env.py": "import os\ndef show(event, context):\n    return {n: os.environ.get(n) for n in event}\n"}


def variables(server, *names, function="show"):
    return server.invoke(function, list(names)).json


def test_precedence_is_function_then_server_then_env_file_then_shell(server):
    one = server({
        **PRINTS,
        "smyth.toml": """
            env_file = ".env"
            [env]
            A = "server"
            B = "server"
            [handlers.show]
            handler_path = "env.show"
            env = { A = "function" }
            """,
        ".env": "A=file\nB=file\nC=file\n",
    }, environ=dict.fromkeys("ABCD", "shell"))
    assert variables(one, *"ABCD") == {"A": "function", "B": "server", "C": "file", "D": "shell"}


def test_who_the_function_is_never_comes_from_the_shell(server):
    hostile = dict.fromkeys(("AWS_LAMBDA_FUNCTION_NAME", "_HANDLER", "AWS_LAMBDA_FUNCTION_VERSION",
                             "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
                             "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_EXECUTION_ENV", "AWS_LAMBDA_RUNTIME_API"), "wrong")
    one = server({**PRINTS, "smyth.toml": '[handlers.show]\nhandler_path = "env.show"\n'}, environ=hostile)
    assert "wrong" not in variables(one, *hostile).values()
    told = server({**PRINTS, "smyth.toml": """
        [handlers.show]
        handler_path = "env.show"
        env = { AWS_LAMBDA_FUNCTION_NAME = "told" }
        """})
    assert variables(told, "AWS_LAMBDA_FUNCTION_NAME") == {"AWS_LAMBDA_FUNCTION_NAME": "told"}


KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.mark.parametrize("environ, expected", [
    ({}, ["000000000000", "test", "test"]),
    ({"AWS_PROFILE": "mine"}, [None, None, None]),
    ({"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}, ["key", "secret", None]),
])
def test_fake_credentials_never_mask_the_users_own(server, environ, expected):
    one = server({**PRINTS, "smyth.toml": '[handlers.show]\nhandler_path = "env.show"\n'}, environ=environ)
    assert [variables(one, *KEYS)[key] for key in KEYS] == expected


def test_a_credentials_file_is_enough(server, tmp_path):
    (tmp_path / "home" / ".aws").mkdir(parents=True)
    (tmp_path / "home" / ".aws" / "credentials").write_text("[default]\naws_access_key_id = x\n")
    one = server({**PRINTS, "smyth.toml": '[handlers.show]\nhandler_path = "env.show"\n'},
                 environ=clean_environ(tmp_path / "home"))
    assert set(variables(one, *KEYS).values()) == {None}


def test_the_endpoint_can_be_ones_own_or_none(server):
    own = {"AWS_ENDPOINT_URL_LAMBDA": "http://localhost:4566"}
    config = '[handlers.show]\nhandler_path = "env.show"\n'
    assert variables(server({**PRINTS, "smyth.toml": config}, environ=own), *own) == own
    off = server({**PRINTS, "smyth.toml": "lambda_endpoint = false\n" + config})
    assert variables(off, *own) == {"AWS_ENDPOINT_URL_LAMBDA": None}


def test_a_handlers_boto3_invokes_the_functions_here(shared):
    assert shared.run("""
        import boto3
        answer = boto3.client("lambda").invoke(FunctionName="same", Payload=b'{"from": "inside"}')
        return answer["Payload"].read().decode()""", function="no_limit") == '{"from": "inside"}'


def test_the_folder_of_the_configuration_is_first_on_the_path_and_the_start_is_the_working_directory(server):
    one = server({
        "pyproject.toml": '[tool.smyth.handlers.where]\nhandler_path = "where.where"\n',
        "where.py": """
            import os, sys
            def where(event, context):
                return [sys.path[:2], os.getcwd(), __file__, sys.executable]
            """,
        "below/deeper/file.txt": "",
    }, cwd="below/deeper")
    path, cwd, file, _ = one.invoke("where", {}).json
    assert path == [str(one.folder), str(one.folder / "below" / "deeper")]
    assert cwd == str(one.folder / "below" / "deeper")
    assert file == str(one.folder / "where.py")


def test_awss_form_of_a_handler_path_works(shared):
    assert shared.run("return context.function_name", function="invoke_only") == "invoke_only"


# --- Exits, crashes, threads, children ---

def test_endless_recursion_is_an_error_of_the_callers_alone(shared):
    error = shared.error_of("def f(): return f() + 1\nreturn f()", function="single")
    assert error["errorType"] == "RecursionError"
    assert shared.run("return 1", function="single") == 1
    deep = shared.error_of("import sys; sys.setrecursionlimit(10**9)\ndef f(): return f() + 1\nreturn f()", function="single")
    assert deep["errorType"] in ("Runtime.ExitError", "RecursionError", "MemoryError", "Sandbox.Timedout")
    assert shared.run("return 1", function="single") == 1


def test_an_exception_in_a_thread_leaves_the_result_standing(shared):
    assert shared.run("""
        import threading
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        return "standing" """) == "standing"
    shared.wait_for_log("ZeroDivisionError")


def test_a_thread_that_runs_on_harms_nothing(shared):
    assert shared.run("""
        import threading, time
        threading.Thread(target=time.sleep, args=(60,)).start()
        return 1""", function="single") == 1
    assert shared.run("return 2", function="single") == 2
    shared.error_of("import os; os._exit(1)", function="single")


@pytest.mark.parametrize("fds", ["[1]", "[1, 2]", "[0, 1, 2]"])
def test_closed_descriptors_leave_the_result_standing(shared, fds):
    assert shared.run(f"import os\nfor fd in {fds}: os.close(fd)\nreturn 'standing'", function="single") == "standing"
    assert shared.run("return 2", function="single") == 2
    shared.error_of("import os; os._exit(1)", function="single")


def test_closing_every_descriptor_costs_one_caller_at_most(shared):
    response = shared.invoke("single", {"code": "import os; os.closerange(0, 4096); return 1"})
    assert response.status == 200
    assert shared.run("return 2", function="single") == 2


def test_a_fork_in_the_handler_serves_nobody_twice(shared):
    assert shared.run("""
        import os
        pid = os.fork()
        if pid == 0:
            return "child"
        os.waitpid(pid, 0)
        return "parent" """, function="single") in ("parent", "child")
    assert shared.run("return 'next'", function="single") == "next"
    shared.error_of("import os; os._exit(1)", function="single")


def test_multiprocessing_and_subprocess_work(shared):
    assert shared.run("""
        import subprocess, multiprocessing
        with multiprocessing.get_context("fork").Pool(2) as pool:
            numbers = pool.map(abs, [-1, -2])
        return [numbers, subprocess.run(["echo", "hi"], capture_output=True, text=True).stdout]""") == [[1, 2], "hi\n"]


LEFT_BEHIND = """
import os, subprocess, time
child = subprocess.Popen(["sleep", "300"])                             # In the handler's own group.
session = subprocess.Popen(["sleep", "300"], start_new_session=True)   # setsid
middle = os.fork()                                                     # A daemon: two forks and setsid.
if middle == 0:
    os.setsid()
    if os.fork() == 0:
        with open({path!r}, "w") as file:
            file.write(str(os.getpid()))
        os.execvp("sleep", ["sleep", "300"])
    os._exit(0)
os.waitpid(middle, 0)
while not (os.path.exists({path!r}) and os.path.getsize({path!r})):
    time.sleep(0.002)
with open({path!r}, "a") as file:
    file.write(f" {{child.pid}} {{session.pid}}")
"""


def left_behind(path):
    pids = [int(word) for word in Path(path).read_text().split()]
    assert len(pids) == 3
    return pids


@pytest.mark.alone
@pytest.mark.parametrize("end", ["time.sleep(60)", "os._exit(1)", "os.kill(os.getpid(), 9)"])
def test_what_a_handler_leaves_behind_dies_with_its_environment(shared, tmp_path, end):
    code = LEFT_BEHIND.format(path=str(tmp_path / "pids")) + end
    began = time.monotonic()
    shared.error_of(code, function="quick")
    assert time.monotonic() - began < 1
    wait_until(lambda: not any(map(is_alive, left_behind(tmp_path / "pids"))), 1, "all children dead")


def test_what_a_handler_leaves_behind_dies_with_the_server(server, tmp_path):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "a.a"\n',
                  "a.py": "def a(event, context):\n    exec(event['code'])\n    return 1\n"})
    assert one.run(LEFT_BEHIND.format(path=str(tmp_path / "pids")), function="a") == 1
    pids = left_behind(tmp_path / "pids")
    assert all(map(is_alive, pids))
    below = one.descendants()
    one.process.kill()
    one.wait()
    wait_until(lambda: not any(map(is_alive, pids + below)), 1, "all processes dead")


def test_a_timeout_keeps_tmp_and_the_log_stream_but_no_globals(shared, tmp_path):
    mark = f"/tmp/smyth-test-{os.getpid()}"
    stream = shared.run(f"import builtins; builtins.kept = 1; open({mark!r}, 'w'); return context.log_stream_name",
                        function="quick")
    shared.error_of("import time; time.sleep(9)", function="quick")
    assert shared.run(f"""
        import builtins, os
        return [hasattr(builtins, "kept"), os.path.exists({mark!r}), context.log_stream_name]""",
                      function="quick") == [False, True, stream]
    assert not os.path.exists(mark)


def test_the_handlers_signals_umask_and_priority_are_as_usual(shared):
    found = shared.run("""
        import signal
        return [signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, signal.getsignal(signal.SIGINT) != signal.SIG_IGN,
                signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()]""")
    assert found == [True, True, True]


def test_no_environment_shares_random_numbers_with_another(server, gate):
    one = server({"smyth.toml": '[handlers.dice]\nhandler_path = "dice.dice"\nconcurrency = 3\nurl_path="/dice"\n',
                  "dice.py": "import random, uuid\nfrom gate import hold\n"
                             "def dice(event, context):\n    hold(event['gate'])\n    return [random.random(), str(uuid.uuid4())]\n"})
    door = gate()
    calls = [Background(one.invoke, "dice", {"gate": str(door)}) for _ in range(3)]
    door.wait_entered(3)
    door.open()
    found = [call.result().json for call in calls]
    assert len({number for number, _ in found}) == 3 and len({text for _, text in found}) == 3
