"""The command line: what it says, how it ends, what it leaves behind."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from harness import processes
from harness.processes import wait_until
from harness.server import REPOSITORY, Background, at_once, clean_environ, write_files
from harness.terminal import Terminal
from harness.wire import Connection

HELLO = {
    "smyth.toml": """
        [handlers.hello]
        handler_path = "app.hello"
        url_path = "/hello/{name}"
        concurrency = 2
        strategy_generator_path = "smyth.runner.strategy.round_robin"
        [handlers.inner]
        handler_path = "app.run"
        timeout = 1
        """,
    "app.py": """
        import os, signal, time
        def hello(event, context):
            return {"statusCode": 200, "body": "hello " + event["pathParameters"]["name"]}
        def run(event, context):
            print("running", event)
            exec(event.get("code", ""))
            return event
        """,
}


@pytest.fixture
def project(tmp_path):
    write_files(tmp_path / "project", HELLO)
    return tmp_path / "project"


@pytest.fixture
def smyth(binary, home):
    """Runs the program to its end."""

    def run(*arguments, cwd, text=None, **environ):
        return subprocess.run([binary, *arguments], cwd=cwd, input=text if text is not None else "", text=True,
                              capture_output=True, timeout=20, env=clean_environ(home, **environ))

    return run


def told(done, error, hint=None):
    """That the program has said `error: ...` and `hint: ...`, in the one voice of its messages."""
    assert re.search(rf"^error: .*{error}", done.stderr, re.M), done.stderr
    if hint:
        assert re.search(rf"^hint: .*{hint}", done.stderr, re.M), done.stderr
    for line in done.stderr.splitlines():
        if line.startswith(("error: ", "hint: ")):
            assert line[line.index(" ") + 1] == line[line.index(" ") + 1].lower() and not line.endswith(".")


# --- Help and version ---

def test_version_says_which(smyth, tmp_path):
    done = smyth("--version", cwd=tmp_path)
    assert done.returncode == 0 and re.fullmatch(r"smyth \d+\.\d+\.\d+\S*\n", done.stdout)


@pytest.mark.parametrize("command, flags", [
    ([], ["run", "invoke", "logs", "status", "simulate", "calibrate", "--version"]),
    (["run"], ["--host", "--port", "--log-level", "--quiet", "--config", "--json", "--with-parent", "--no-reload",
               "--no-timeout", "--record"]),
    (["invoke"], ["--event", "--log", "--once"]),
    (["logs"], []),
    (["status"], []),
    (["calibrate"], ["--output", "--early-reuse", "--leave-one-out"]),
    (["simulate"], ["--rate", "--duration", "--init", "--for", "--life", "--reserved", "--seed"]),
])
def test_help_names_every_flag_anywhere(smyth, tmp_path, command, flags):
    done = smyth(*command, "--help", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    for flag in flags:
        assert flag in done.stdout


@pytest.mark.parametrize("arguments", [["--nonsense"], ["run", "--prot", "1"], ["run", "--port", "many"],
                                       ["run", "--port", "70000"], ["frobnicate"], ["invoke"],
                                       ["run", "--log-level", "LOUD"]])
def test_a_misused_command_line_is_exit_code_2(smyth, project, arguments):
    done = smyth(*arguments, cwd=project)
    assert done.returncode == 2 and done.stdout == ""
    told(done, "")


@pytest.mark.parametrize("arguments, error, hint", [
    (["run", "--prot", "1"], "`smyth run` has no option `--prot`", "did you mean `--port`"),
    (["--quite"], "`smyth run` has no option `--quite`", "did you mean `--quiet`"),
    (["run", "--port", "many"], "`--port`: `many` is no port: 0 to 65535", "`smyth run --help`"),
    (["run", "--port"], "`--port` needs a value", "`smyth run --help`"),
    (["simulate", "--for", "1h", "--for", "2h"], "`--for` is there twice", "`smyth simulate --help`"),
    (["run", "app.main:app"], "`smyth run` takes no application: `app.main:app`", r"\[tool\.smyth\.handlers\.NAME\]"),
    (["invoke"], "`smyth invoke` needs the name of a function", "`smyth invoke --help`"),
    (["invoke", "a", "b"], "`smyth invoke` takes no `b`", "`smyth invoke --help`"),
    (["stauts"], "unknown command `stauts`", "did you mean `status`"),
    (["run", "--log-level", "LOUD"], "unknown log level `LOUD`", "DEBUG, INFO"),
])
def test_a_misused_command_line_is_told_in_our_words(smyth, project, arguments, error, hint):
    done = smyth(*arguments, cwd=project)
    assert done.returncode == 2 and done.stdout == ""
    told(done, error, hint)


# --- Start ---

def test_the_start_says_functions_and_addresses_in_under_a_screen(server):
    one = server(HELLO)
    one.wait_for_log(r"hello.*/hello/\{name\}.*2.*round_robin")
    one.wait_for_log(r"inner.*first_warm")
    one.wait_for_log(re.escape(one.url))
    assert len(one.log().splitlines()) < 24


def test_quiet_says_none_of_it(server):
    one = server(HELLO, "--quiet")
    assert one.get("/hello/ann").text == "hello ann"
    assert one.log() == ""


def test_json_is_one_line_once_it_accepts(server):
    one = server(HELLO)
    assert set(one.started) >= {"url", "port", "pid"}
    assert one.started["pid"] == one.process.pid
    assert one.started["url"].rstrip("/") == f"http://127.0.0.1:{one.started['port']}"


def test_plain_smyth_is_smyth_run(binary, project, home):
    process = subprocess.Popen([binary, "--port", "0", "--json"], cwd=project, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env=clean_environ(home), text=True)
    started = json.loads(process.stdout.readline())
    with socket.create_connection(("127.0.0.1", started["port"])):
        pass
    process.terminate()
    assert process.wait(5) == 0


@pytest.mark.alone
def test_with_parent_ends_it_when_its_stdin_closes(server):
    one = server(HELLO)
    began = time.monotonic()
    assert one.stop() == 0
    assert time.monotonic() - began < 1


def test_under_nohup_it_outlives_its_terminal(binary, project, home):
    process = subprocess.Popen(["nohup", binary, "--port", "0", "--json"], cwd=project, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environ(home), text=True)
    port = json.loads(process.stdout.readline())["port"]
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    with socket.create_connection(("127.0.0.1", port)):
        pass
    process.terminate()
    assert process.wait(5) == 0


def test_it_serves_without_standard_streams_and_without_a_home(binary, project, home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(["sh", "-c", 'exec "$0" run --port "$1" <&- >&- 2>&-', binary, str(port)], cwd=project,
                               env=clean_environ("/nonexistent"))

    def answer():
        try:
            with Connection(port) as connection:
                return connection.request("GET", "/hello/ann")
        except OSError:
            return None

    try:
        assert wait_until(answer, 8, "an answer").text == "hello ann"
    finally:
        process.terminate()
        assert process.wait(5) == 0


def test_without_it_a_closed_stdin_changes_nothing(server):
    one = server(HELLO, with_parent=False)
    one.process.stdin.close()
    time.sleep(0.2)
    assert one.get("/hello/ann").status == 200
    one.signal(signal.SIGTERM)
    assert one.wait() == 0


def test_a_taken_port_names_who_has_it(smyth, project, server):
    one = server(HELLO)
    done = smyth("run", "--port", str(one.port), cwd=project)
    assert done.returncode == 1
    told(done, f"{one.port}.*", "port")
    assert "smyth" in done.stderr and str(one.pid) in done.stderr


def test_no_configuration_is_said_and_what_to_write(smyth, tmp_path):
    done = smyth("run", cwd=tmp_path)
    assert done.returncode == 2
    told(done, "", "")
    assert "smyth.toml" in done.stderr and "pyproject.toml" in done.stderr


def test_a_pyproject_without_our_table_is_passed_over(tmp_path, server):
    write_files(tmp_path, {"project0/inner/pyproject.toml": "[project]\nname = 'x'\n"})
    one = server(HELLO, cwd="inner")
    assert one.get("/hello/ann").status == 200


def test_smyth_toml_wins_over_pyproject(server):
    one = server({**HELLO, "pyproject.toml": '[tool.smyth.handlers.other]\nhandler_path = "app.hello"\n'})
    assert set(one.status()) == {"hello", "inner"}


def test_config_names_another_file(server):
    one = server({"conf/own.toml": '[tool.smyth.handlers.x]\nhandler_path = "mod.x"\nurl_path = "/x"\n',
                  "conf/mod.py": "def x(event, context): return 'own'\n"}, "--config", "conf/own.toml")
    assert one.get("/x").text == "own"


MISTAKES = """
[tool.smyth]
prot = 1
port = "many"

[tool.smyth.handlers.a]
url_path = "/a/{id"

[tool.smyth.handlers.b]
handler_path = "app.hello"
concurrency = 0
stratgey_generator_path = "x"
timeout = -1
"""


def test_all_mistakes_are_reported_at_once_with_file_line_and_hint(smyth, tmp_path):
    (tmp_path / "pyproject.toml").write_text(MISTAKES.lstrip("\n"))
    done = smyth("run", "--port", "0", cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    for line, words in ((2, "prot"), (3, "port"), (6, "url_path|pattern"), (10, "concurrency"), (11, "stratgey"), (12, "timeout")):
        assert re.search(rf"^error: .*({words}).*pyproject\.toml:{line}\)", done.stderr, re.M), (words, done.stderr)
    assert re.search(r"^error: .*`a`.*handler_path|^error: .*handler_path.*`a`", done.stderr, re.M)
    assert re.search(r"^hint: .*`port`", done.stderr, re.M)
    assert re.search(r"^hint: .*`strategy_generator_path`", done.stderr, re.M)


def test_mistakes_in_the_env_file_are_reported_with_the_rest(smyth, tmp_path):
    (tmp_path / "smyth.toml").write_text('prot = 1\nenv_file = ".env"\n[handlers.a]\nhandler_path = "app.a"\n')
    done = smyth("run", cwd=tmp_path)
    assert done.returncode == 2
    told(done, r"`prot` \(.*smyth\.toml:1\)")
    told(done, r"env file `\.env`: No such file or directory \(.*smyth\.toml:2\)")
    (tmp_path / ".env").write_text("A=1\nB\n")
    done = smyth("run", cwd=tmp_path)
    assert done.returncode == 2
    told(done, r"`B` sets no variable \(.*\.env:2\)", "NAME=VALUE")


def test_two_functions_of_one_name_are_a_mistake_with_a_line(smyth, tmp_path):
    table = '[handlers.a]\nhandler_path = "app.a"\n'
    (tmp_path / "smyth.toml").write_text(table + table)
    done = smyth("run", cwd=tmp_path)
    assert done.returncode == 2
    told(done, r"smyth\.toml:3")


# --- Invoke and status ---

def test_invoke_calls_the_running_server(smyth, server):
    one = server({**HELLO, "smyth.toml": HELLO["smyth.toml"].replace("[handlers.hello]", "port = 0\n[handlers.hello]", 1)})
    files = one.folder
    (files / "event.json").write_text('{"from": "file"}')
    for arguments, text, expected in (
            (["--event", '{"a": 1}'], None, {"a": 1}), (["--event", "event.json"], None, {"from": "file"}),
            (["--event", "-"], '{"from": "stdin"}', {"from": "stdin"}), ([], None, {})):
        done = smyth("invoke", "inner", "--port", str(one.port), *arguments, cwd=files, text=text)
        assert (done.returncode, json.loads(done.stdout)) == (0, expected), done.stderr


def test_invoke_of_a_function_that_fails_is_exit_code_1(smyth, server):
    one = server(HELLO)
    done = smyth("invoke", "inner", "--port", str(one.port), "--event", '{"code": "1/0"}', cwd=one.folder)
    assert done.returncode == 1
    assert json.loads(done.stdout)["errorType"] == "ZeroDivisionError"


def test_invoke_log_shows_what_the_handler_wrote(smyth, server):
    one = server(HELLO)
    done = smyth("invoke", "inner", "--port", str(one.port), "--log", "--event", '{"x": 1}', cwd=one.folder)
    assert done.returncode == 0 and json.loads(done.stdout) == {"x": 1}
    assert "START RequestId" in done.stderr and "running {'x': 1}" in done.stderr and "REPORT" in done.stderr


def test_invoke_without_a_server_says_so(smyth, project):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = smyth("invoke", "inner", "--port", str(port), cwd=project)
    assert done.returncode == 1
    told(done, "", "run|--once")


def test_another_server_on_the_port_is_told_from_ours(smyth, project):
    def answer(listener):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            with client:
                client.recv(65_536)
                client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n<html>no\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=[listener], daemon=True).start()
        port = str(listener.getsockname()[1])
        for command in (["status"], ["invoke", "inner"]):
            done = smyth(*command, "--port", port, cwd=project)
            assert (done.returncode, done.stdout) == (1, "")
            told(done, rf"127\.0\.0\.1:{port} is no smyth", "`--port`")
            assert "html" not in done.stderr
        listener.shutdown(socket.SHUT_RDWR)


def test_invoke_once_needs_no_server_and_leaves_nothing(smyth, project):
    mark = str(project)
    done = smyth("invoke", "inner", "--once", "--event", '{"n": 7}', cwd=project, SMYTH_TEST_MARK=mark)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"n": 7}), done.stderr
    assert "running {'n': 7}" in done.stderr
    failed = smyth("invoke", "inner", "--once", "--event", '{"code": "os._exit(3)"}', cwd=project, SMYTH_TEST_MARK=mark)
    assert failed.returncode == 1 and json.loads(failed.stdout)["errorType"] == "Runtime.ExitError"
    slow = smyth("invoke", "inner", "--once", "--event", '{"code": "time.sleep(9)"}', cwd=project, SMYTH_TEST_MARK=mark)
    assert slow.returncode == 1 and json.loads(slow.stdout)["errorType"] == "Sandbox.Timedout"
    wait_until(lambda: processes.marked(mark) == [], 1.5, "nothing left behind")


def test_invoke_once_invokes_other_functions_on_the_projects_server_alone(smyth, project):
    code = "event.update(url=os.environ.get('AWS_ENDPOINT_URL_LAMBDA'))"
    for arguments, expected in (([], "http://127.0.0.1:8080"), (["--port", "9"], "http://127.0.0.1:9")):
        done = smyth("invoke", "inner", "--once", *arguments, "--event", json.dumps({"code": code}), cwd=project)
        assert json.loads(done.stdout)["url"] == expected, done.stderr
    write_files(project, {"smyth.toml": "lambda_endpoint = false\n" + HELLO["smyth.toml"]})
    done = smyth("invoke", "inner", "--once", "--event", json.dumps({"code": code}), cwd=project)
    assert json.loads(done.stdout)["url"] is None


def test_an_interrupted_invoke_once_has_no_result_and_leaves_nothing(binary, home, project, tmp_path):
    mark, here = str(project), tmp_path / "here"
    write_files(project, {"smyth.toml": HELLO["smyth.toml"].replace("timeout = 1", "timeout = 0")})
    process = subprocess.Popen(
        [binary, "invoke", "inner", "--once", "--event", json.dumps({"code": STUBBORN, "here": str(here)})],
        cwd=project, env=clean_environ(home, SMYTH_TEST_MARK=mark, SMYTH_TEST_FOLDER=str(tmp_path)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(here.exists)
    process.send_signal(signal.SIGINT)
    said, talk = process.communicate(timeout=2)
    assert (process.returncode, said) == (1, "") and "error: interrupted\n" in talk
    wait_until(lambda: processes.marked(mark) == [], 1.5, "nothing left behind")


@pytest.mark.parametrize("once", [[], ["--once"]])
def test_an_unknown_function_is_said_with_the_nearest(smyth, server, once):
    one = server(HELLO)
    done = smyth("invoke", "iner", "--port", str(one.port), *once, cwd=one.folder)
    assert done.returncode == 2
    told(done, r"unknown function `iner` \(.*smyth\.toml\)", "did you mean `inner`")


def test_a_bad_event_is_exit_code_2(smyth, project):
    done = smyth("invoke", "inner", "--once", "--event", "{bad", cwd=project)
    assert done.returncode == 2 and done.stdout == ""
    told(done, "")


def test_status_is_a_table_or_json(smyth, server):
    one = server(HELLO)
    one.get("/hello/ann")
    done = smyth("status", "--port", str(one.port), cwd=one.folder)
    assert done.returncode == 0 and re.search(r"hello.*warm", done.stdout, re.S)
    done = smyth("status", "--port", str(one.port), "--json", cwd=one.folder)
    first = json.loads(done.stdout)["lambda handlers"]["hello"]["processes"][0]
    assert (first["state"], first["task_counter"]) == ("warm", 1)


def test_status_without_a_server_is_exit_code_1(smyth, project):
    done = smyth("status", "--port", "1", cwd=project)
    assert done.returncode == 1
    told(done, "")


def test_status_of_a_server_that_does_not_answer_is_exit_code_1(smyth, server):
    one = server(HELLO)
    one.signal(signal.SIGSTOP)
    try:
        done = smyth("status", "--port", str(one.port), cwd=one.folder)
    finally:
        one.signal(signal.SIGCONT)
    assert done.returncode == 1
    told(done, "does not answer", "Ctrl-Z")


def test_status_of_a_port_that_takes_no_connection_is_exit_code_1(smyth, project):
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for other in (first, second):  # They fill the line of those who wait to be accepted.
            other.setblocking(False)
            other.connect_ex(deaf.getsockname())
        done = smyth("status", "--port", str(deaf.getsockname()[1]), cwd=project)
    assert done.returncode == 1
    told(done, "does not answer")


# --- The end ---

def test_a_log_that_has_reached_the_limit_of_its_size_ends_no_server(server):
    one = server(HELLO)
    written = len(one.log())
    resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (written + 10, resource.RLIM_INFINITY))
    for _ in range(3):
        assert one.get("/hello/ann").status == 200
    time.sleep(0.1)  # The log is written behind the answer.
    assert one.get("/hello/ann").status == 200
    assert len(one.log()) == written + 10


def test_signals_that_were_blocked_where_it_was_started_stop_it(server):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        one = server(HELLO)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    one.signal(signal.SIGTERM)
    assert one.wait(2) == 0


STUBBORN = """
try:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    open(event["here"], "w").close()
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass
finally:
    pass
"""


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("is_busy", [False, True])
def test_it_is_down_within_a_second_whatever_handlers_do(server, tmp_path, number, is_busy):
    one = server({**HELLO, "smyth.toml": HELLO["smyth.toml"].replace("timeout = 1", "timeout = 0")})
    one.get("/hello/ann")
    if is_busy:
        Background(one.invoke, "inner", {"code": STUBBORN, "here": str(tmp_path / "here")})
        wait_until((tmp_path / "here").exists)
    below = one.descendants()
    assert below
    began = time.monotonic()
    one.signal(number)
    assert one.wait() == 0
    assert time.monotonic() - began < 1.0
    assert not any(map(processes.is_alive, below))


def test_what_runs_may_end_within_the_grace_and_nothing_new_is_accepted(server, tmp_path):
    one = server({**HELLO, "smyth.toml": "shutdown_grace = 5\n" + HELLO["smyth.toml"].replace("timeout = 1", "timeout = 9")})
    here, go = tmp_path / "here", tmp_path / "go"
    call = Background(one.invoke, "inner", {
        "code": f"open({str(here)!r}, 'w')\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)"})
    wait_until(here.exists)
    one.signal(signal.SIGTERM)

    def is_refused():
        try:
            one.connect(timeout=0.5).close()
        except OSError:
            return True

    wait_until(is_refused, what="no new connections")
    go.touch()
    assert call.result().status == 200
    assert one.wait(1) == 0  # Done: it waits for no longer.


@pytest.mark.alone
def test_a_second_interrupt_kills_at_once(server, tmp_path):
    one = server({**HELLO, "smyth.toml": "shutdown_grace = 30\n" + HELLO["smyth.toml"].replace("timeout = 1", "timeout = 0")})
    Background(one.invoke, "inner", {"code": STUBBORN, "here": str(tmp_path / "here")})
    wait_until((tmp_path / "here").exists)
    below = one.descendants()
    one.signal(signal.SIGINT)
    time.sleep(0.3)
    assert one.process.poll() is None
    began = time.monotonic()
    one.signal(signal.SIGINT)
    one.wait()
    assert time.monotonic() - began < 0.5
    wait_until(lambda: not any(map(processes.is_alive, below)), 1)


def test_after_kill_9_of_the_server_nothing_is_left(server, tmp_path):
    one = server({**HELLO, "smyth.toml": HELLO["smyth.toml"].replace("timeout = 1", "timeout = 0")})
    one.get("/hello/ann")
    Background(one.invoke, "inner", {"code": STUBBORN, "here": str(tmp_path / "here")})
    wait_until((tmp_path / "here").exists)
    below = one.descendants()
    one.signal(signal.SIGKILL)
    one.wait()
    wait_until(lambda: not any(map(processes.is_alive, below)), 1, "all processes dead")
    wait_until(lambda: processes.marked(one.mark) == [], 1, "nothing left")


def test_the_death_of_every_process_below_harms_the_server_not(server):
    one = server(HELLO)
    assert one.get("/hello/ann").status == 200
    for pid in one.descendants():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait_until(lambda: one.get("/hello/ann").status == 200, 3, "it serves again")
    assert [one.get("/hello/ann").text for _ in range(4)] == ["hello ann"] * 4


@pytest.mark.alone
def test_an_interrupt_at_the_terminal_leaves_it_as_it_was(project, home, binary):
    with Terminal(project) as terminal:
        before = terminal.settings()
        terminal.run([binary, "run", "--port", "0"], clean_environ(home, TERM="xterm"))
        port = int(terminal.wait_for(r"http://127\.0\.0\.1:(\d+)").group(1))
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET /hello/ann HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b"hello ann" in client.recv(65536)
        began = time.monotonic()
        terminal.type("\x03")
        assert terminal.wait() == 0 and time.monotonic() - began < 1
        assert terminal.settings() == before
        assert "Traceback" not in terminal.text


def test_the_prompt_stands_on_a_line_of_its_own_after_an_interrupt(project, home, binary):
    with Terminal(project) as terminal:
        terminal.run([binary, "run", "--port", "0"], clean_environ(home, TERM="xterm"))
        terminal.wait_for(r"api/status")
        terminal.type("\x03")
        assert terminal.wait() == 0
        wait_until(lambda: terminal.text.endswith("^C\n"), what="a line's end behind ^C")


def test_no_color_wins(project, home, binary):
    with Terminal(project) as terminal:
        terminal.run([binary, "run", "--port", "0"], clean_environ(home, TERM="xterm", NO_COLOR="1"))
        terminal.wait_for(r"http://127\.0\.0\.1:\d+")
        terminal.type("\x03")
        assert terminal.wait() == 0
        assert "\x1b[" not in terminal.text


# --- python -m smyth, --no-timeout, --record ---

@pytest.mark.parametrize("command", [["run"], []])
def test_python_m_smyth_is_the_same_program(project, home, binary, command):
    environ = clean_environ(home, PYTHONPATH=str(REPOSITORY / "python"), SMYTH_BINARY=binary)
    process = subprocess.Popen([sys.executable, "-m", "smyth", *command, "--port", "0", "--json"], cwd=project,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, text=True)
    started = json.loads(process.stdout.readline())
    assert started["pid"] == process.pid  # It became the program.
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 0


def test_python_m_smyth_serves_no_applications(project, home, binary):
    environ = clean_environ(home, PYTHONPATH=str(REPOSITORY / "python"), SMYTH_BINARY=binary)
    done = subprocess.run([sys.executable, "-m", "smyth", "run", "app:app"], cwd=project, env=environ,
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 2
    told(done, "applications", "handlers")


def test_no_timeout_lets_a_debugger_take_its_time(server):
    one = server(HELLO, "--no-timeout")
    assert one.invoke("inner", {"code": "time.sleep(1.3)"}).header("X-Amz-Function-Error") is None


def test_a_record_replays_with_the_same_decisions_and_holds_no_payloads(server, smyth, tmp_path):
    record = tmp_path / "record"
    config = HELLO["smyth.toml"].replace("timeout = 1", "timeout = 0.3")
    one = server({**HELLO, "smyth.toml": config}, "--record", str(record))
    for _ in range(3):
        one.get("/hello/SECRETNAME")
    for event in ({"secret": "SECRETVALUE"}, {"code": "1/0"}, {"code": "os._exit(1)"}, {"code": "time.sleep(9)"}, {}):
        one.invoke("inner", event)
    at_once(6, one.get, "/hello/SECRETNAME")
    one.write("app.py", HELLO["app.py"].replace("hello ", "hallo "))
    one.get("/hello/SECRETNAME")
    one.write("smyth.toml", config.replace("concurrency = 2", "concurrency = 1"))
    one.get("/hello/SECRETNAME")
    assert one.stop() == 0
    text = record.read_text()
    assert "SECRET" not in text and "hello" not in text
    assert re.match(r"smyth-record \d+ seed=\d+\n", text)
    assert len(re.findall(r"^\d+ arrive ", text, re.M)) == 16
    done = smyth("simulate", "--replay", str(record), "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["inputs"] == len(re.findall(r"^\d+ ", text, re.M))
    # A record in which one decision is another one does not pass.
    wrong = re.sub(r"(deliver .*environment=)\d+", r"\g<1>77", text, count=1)
    assert wrong != text
    record.write_text(wrong)
    assert smyth("simulate", "--replay", str(record), cwd=tmp_path).returncode == 1


def test_a_record_on_a_full_disk_is_said_at_once_and_at_the_end(server):
    one = server(HELLO, "--record", "/dev/full")
    one.wait_for_log("record `/dev/full` ends here: No space left on device")
    for _ in range(100):
        assert one.get("/hello/ann").status == 200
    one.signal(signal.SIGTERM)
    assert one.wait() == 1
    assert one.log().count("ends here") == 1
    assert re.search("^error: the record `/dev/full` is not whole: No space left", one.log(), re.M)


def test_a_record_that_is_cut_short_is_said_and_the_server_goes_on(server, tmp_path):
    one = server(HELLO, "--quiet", "--record", str(tmp_path / "record"))
    resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
    for _ in range(200):
        assert one.get("/hello/ann").status == 200
    one.wait_for_log("record `.*/record` ends here: File too large")
    assert one.get("/hello/ann").status == 200
    one.signal(signal.SIGTERM)
    assert one.wait() == 1
    assert one.log().count("ends here") == 1


def test_record_into_nowhere_is_an_error(smyth, project):
    done = smyth("run", "--port", "0", "--record", "/nonexistent/folder/file", cwd=project)
    assert done.returncode == 1
    told(done, "/nonexistent/folder/file")


def test_a_python_that_is_none_is_said(smyth, project):
    (project / "smyth.toml").write_text('python = "/nonexistent/python"\n' + (project / "smyth.toml").read_text())
    done = smyth("run", "--port", "0", cwd=project)
    assert done.returncode == 2
    told(done, r"/nonexistent/python`: no such file \(.*smyth\.toml:1\)", r"\.venv/bin/python")


WHICH = {"smyth.toml": '[handlers.which]\nhandler_path = "which.which"\n',
         "which.py": "import sys\ndef which(event, context): return sys.prefix\n"}


def test_the_interpreter_is_the_configured_one(server):
    one = server({**WHICH, "smyth.toml": f'python = "{sys._base_executable}"\n' + WHICH["smyth.toml"]})
    assert one.invoke("which", {}).json == sys.base_prefix


def test_else_that_of_the_virtual_environment_in_use(server):
    assert server(WHICH).invoke("which", {}).json == sys.prefix


def test_else_that_of_a_virtual_environment_beside_the_configuration(server, tmp_path):
    folder = tmp_path / "project0" / ".venv"
    subprocess.run([sys._base_executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    assert server(WHICH, environ={"VIRTUAL_ENV": None}).invoke("which", {}).json == str(folder)


def test_else_python3_of_the_path(server):
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    assert server(WHICH, environ={"VIRTUAL_ENV": None, "PATH": path}).invoke("which", {}).json == sys.prefix


@pytest.mark.parametrize("arguments, setting", [(["--log-level", "ERROR"], ""), ([], 'log_level = "ERROR"\n')])
def test_the_log_level_holds_for_the_servers_own_talk(server, arguments, setting):
    one = server({**HELLO, "smyth.toml": setting + HELLO["smyth.toml"]}, *arguments)
    one.get("/hello/ann")
    one.invoke("inner", {"x": 1})
    one.wait_for_log("running {'x': 1}")  # A handler's output is no talk.
    assert "GET /hello/ann" not in one.log() and "hello.*round_robin" not in one.log()
