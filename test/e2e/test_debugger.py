"""breakpoint() in a handler, at a terminal and without one."""

import os
import re
import signal
import time

import pytest

from harness.processes import command_of, descendants, wait_until
from harness.server import BINARY, Background, clean_environ, write_files
from harness.terminal import Terminal
from harness.wire import Connection

FILES = {
    "smyth.toml": """
        [handlers.debugged]
        handler_path = "app.debugged"
        url_path = "/debugged"
        timeout = 0.5
        [handlers.with_pdb]
        handler_path = "app.with_pdb"
        url_path = "/with_pdb"
        timeout = 0.5
        [handlers.other]
        handler_path = "app.other"
        url_path = "/other"
        """,
    "app.py": """
        def debugged(event, context):
            answer = 6 * 7
            breakpoint()
            return [answer, context.get_remaining_time_in_millis() > 0]

        def with_pdb(event, context):
            import pdb
            answer = 6 * 7
            pdb.set_trace()
            try:
                answer / 0
            except ZeroDivisionError:
                pdb.post_mortem()
            return answer

        def other(event, context):
            print("output of the other")
            return "other"
        """,
}


class Session:
    """The server at a terminal, with a handler that has come to its breakpoint."""

    def __init__(self, terminal, folder, home, *arguments):
        self.terminal = terminal
        self.before = terminal.settings()
        terminal.run([str(BINARY), "run", "--port", "0", *arguments], clean_environ(home, TERM="dumb"))
        self.port = int(terminal.wait_for(r"http://127\.0\.0\.1:(\d+)").group(1))

    def get(self, path):
        with Connection(self.port) as connection:
            return connection.request("GET", path)

    def stop(self):
        self.terminal.type("\x03")
        assert self.terminal.wait() == 0
        assert self.terminal.settings() == self.before


@pytest.fixture
def session(tmp_path, home, binary):
    write_files(tmp_path / "project", FILES)
    with Terminal(tmp_path / "project") as terminal:
        yield Session(terminal, tmp_path / "project", home)


def test_the_handler_gets_the_terminal_with_its_timeout_paused(session):
    call = Background(session.get, "/debugged")
    session.terminal.wait_for(r"\(Pdb\) ")
    time.sleep(0.8)  # More than its timeout.
    session.terminal.type("p answer * 10\n")
    session.terminal.wait_for(r"^420$")
    session.terminal.type("answer = 43\n")
    session.terminal.type("c\n")
    response = call.result()
    assert response.status == 200 and response.json[0] == 43
    session.stop()


def test_pdb_by_its_own_name_has_the_terminal_too(session):
    call = Background(session.get, "/with_pdb")
    for number, word in enumerate(["answer = 43", "c", "p answer * 10", "c"], 1):
        wait_until(lambda: session.terminal.text.count("(Pdb) ") == number, what=f"prompt {number}")
        session.terminal.type(f"{word}\n")
    assert (call.result().status, call.result().text) == (200, "43")
    assert re.search("^430$", session.terminal.text, re.M)
    session.stop()


def test_the_others_serve_on_and_their_output_is_held_back(session):
    assert session.get("/other").text == "other"
    shown = session.terminal.wait_for("output of the other").end()
    call = Background(session.get, "/debugged")
    session.terminal.wait_for(r"\(Pdb\) ")
    assert [session.get("/other").text for _ in range(3)] == ["other"] * 3
    time.sleep(0.1)
    assert "output of the other" not in session.terminal.text[shown:]
    session.terminal.type("c\n")
    assert call.result().status == 200
    wait_until(lambda: session.terminal.text[shown:].count("output of the other") == 3, what="what was held back")
    session.stop()


def test_the_end_of_input_ends_the_debugger_and_gives_the_terminal_back(session):
    call = Background(session.get, "/debugged")
    session.terminal.wait_for(r"\(Pdb\) ")
    session.terminal.type("\x04")
    assert (call.result().status, call.result().text) == (200, "[42, true]")
    wait_until(lambda: session.terminal.foreground() == session.terminal.process.pid, what="the server in the foreground")
    assert session.get("/other").text == "other"
    session.stop()


def test_two_at_once_have_the_terminal_one_after_the_other(tmp_path, home, binary):
    write_files(tmp_path / "project", {**FILES, "smyth.toml": FILES["smyth.toml"].replace(
        "timeout = 0.5", "timeout = 0.5\nconcurrency = 2")})
    with Terminal(tmp_path / "project") as terminal:
        session = Session(terminal, tmp_path / "project", home)
        calls = [Background(session.get, "/debugged") for _ in range(2)]
        for number in (1, 2):
            wait_until(lambda: len(re.findall(r"\(Pdb\) ", terminal.text)) >= number, what=f"debugger {number}")
            time.sleep(0.7)
            terminal.type("c\n")
        assert [call.result().json[0] for call in calls] == [42, 42]
        session.stop()


def test_an_interrupt_at_the_debugger_ends_all(session):
    Background(session.get, "/debugged")
    session.terminal.wait_for(r"\(Pdb\) ")
    session.terminal.process.send_signal(2)
    assert session.terminal.wait(3) == 0
    assert session.terminal.settings() == session.before


def test_a_killed_server_leaves_the_terminal_as_it_was(session):
    Background(session.get, "/debugged")
    session.terminal.wait_for(r"\(Pdb\) ")
    wait_until(lambda: session.terminal.settings() != session.before, what="the line editor's settings")
    session.terminal.process.kill()
    wait_until(lambda: session.terminal.settings() == session.before, what="the settings of before")


def test_whoever_started_a_killed_server_has_the_terminal_again(tmp_path, home, binary):
    write_files(tmp_path, FILES)
    with Terminal(tmp_path) as terminal:
        before = terminal.settings()
        script = f"{BINARY} run --port 0; echo it has ended; sleep 0.5; read line; echo read $line"
        terminal.run(["sh", "-c", script], clean_environ(home, TERM="dumb"))
        port = int(terminal.wait_for(r"http://127\.0\.0\.1:(\d+)").group(1))
        Background(lambda: Connection(port).request("GET", "/debugged"))
        terminal.wait_for(r"\(Pdb\) ")
        wait_until(lambda: terminal.settings() != before, what="the line editor's settings")
        server, = [pid for pid in descendants(terminal.process.pid) if command_of(pid)[:2] == [str(BINARY), "run"]]
        os.kill(server, signal.SIGKILL)
        terminal.wait_for("it has ended")
        wait_until(lambda: terminal.foreground() == terminal.process.pid, what="the shell in the foreground")
        assert terminal.settings() == before
        terminal.type("a line\n")
        terminal.wait_for("^read a line$")
        assert terminal.wait() == 0


def test_a_handler_that_dies_in_the_debugger_gives_the_terminal_back(session):
    call = Background(session.get, "/debugged")
    session.terminal.wait_for(r"\(Pdb\) ")
    session.terminal.type("import os; os._exit(3)\n")
    assert call.result().status == 500
    assert session.get("/other").text == "other"
    session.stop()


def test_one_invocation_without_a_server_has_the_terminal_too(tmp_path, home, binary):
    write_files(tmp_path, FILES)
    with Terminal(tmp_path) as terminal:
        before = terminal.settings()
        terminal.run([str(BINARY), "invoke", "debugged", "--once"], clean_environ(home, TERM="dumb"))
        terminal.wait_for(r"\(Pdb\) ")
        time.sleep(0.8)  # More than its timeout.
        terminal.type("answer = 43\n")
        wait_until(lambda: terminal.text.count("(Pdb) ") == 2, what="the second prompt")
        terminal.type("c\n")
        terminal.wait_for(r"^\[43, true\]$")
        assert terminal.wait() == 0
        assert terminal.settings() == before


def test_without_a_terminal_it_is_an_error_in_the_log_and_no_hang(server):
    one = server(FILES)
    began = time.monotonic()
    assert one.get("/debugged").text == "[42, true]"  # The handler goes on.
    assert time.monotonic() - began < 2
    one.wait_for_log(r"(?i)breakpoint\(\).*terminal|terminal.*breakpoint\(\)")
    assert one.get("/other").text == "other"


def test_input_of_a_handler_finds_the_end_of_file(shared):
    error = shared.error_of("return input()")
    assert error["errorType"] in ("EOFError", "OSError")
