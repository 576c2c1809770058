"""`breakpoint()` and pdb on a real terminal (a pseudo-terminal)."""

import json
import os
import pty
import re
import select
import sys
import time
import unittest
from pathlib import Path

from environment_server import PYTHON, EnvironmentTest

SERVER = str(Path(__file__).with_name("debugger_server.py"))
APP = """
    def handler(event, context):
        before = context.get_remaining_time_in_millis()
        print("before")
        x = 1
        breakpoint()
        y = x + 1
        print("after", y)
        return [event, y, before - context.get_remaining_time_in_millis() < 400]
"""


class User:
    """A user at the terminal that the server runs on."""

    def __init__(self, folder, grant, events):
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, SERVER, str(folder), grant, *events])
        self._folder = folder
        self.seen = ""

    def sees(self, text, seconds=10):
        """What stood before `text`; None if the server ends without it."""
        until = time.monotonic() + seconds
        while text not in self.seen:
            assert select.select([self._fd], [], [], until - time.monotonic())[0], self.seen
            try:
                self.seen += os.read(self._fd, 4096).decode()
            except OSError:
                return None
        before, _, self.seen = self.seen.partition(text)
        return before

    def types(self, text):
        os.write(self._fd, text.encode())

    def waits(self):
        """What the server noted."""
        self.sees("what is never written")
        os.waitpid(self.pid, 0)
        os.close(self._fd)
        return json.loads((self._folder / "log.json").read_text())


class Breakpoints(EnvironmentTest):
    def user(self, app=APP, grant="granted", events=("one",)):
        self.write("app.py", app)
        os.environ["SMYTH_TEST_PYTHON"] = PYTHON
        return User(self.folder, grant, events)

    def test_the_user_looks_around_and_continues(self):
        user = self.user(events=["one", "two"])
        for _ in range(2):
            user.sees("(Pdb)")
            user.types("p x + 40\n")
            user.sees("41")
            user.types("c\n")
        done = user.waits()
        self.assertEqual(done["told"], ["P", "p", True, "R", ["one", 2, True],
                                        "P", "p", True, "R", ["two", 2, True]])
        self.assertEqual(done["output"], "before\nafter 2\n" * 2)

    def test_time_at_the_prompt_does_not_count(self):
        user = self.user()
        user.sees("(Pdb)")
        time.sleep(0.5)
        user.types("c\n")
        self.assertEqual(user.waits()["told"][-1], ["one", 2, True])

    def test_the_end_of_input_continues(self):
        user = self.user()
        user.sees("(Pdb)")
        user.types("\x04")
        self.assertEqual(user.waits()["told"], ["P", "p", True, "R", ["one", 2, True]])

    def test_quitting_ends_the_invocation_and_nothing_else(self):
        user = self.user(events=["one", "two"])
        user.sees("(Pdb)")
        user.types("q\n")
        user.sees("(Pdb)")
        user.types("c\n")
        told = user.waits()["told"]
        self.assertEqual(told[:4], ["P", "p", True, "E"])
        self.assertEqual(told[4]["errorType"], "BdbQuit")
        self.assertEqual(told[5:], ["P", "p", True, "R", ["two", 2, True]])

    def test_stepping_past_the_end_gives_the_terminal_back(self):
        user = self.user()
        prompts = 0
        while user.sees("(Pdb)") is not None:
            prompts += 1
            user.types("n\n")
        self.assertGreater(prompts, 3)
        self.assertEqual(user.waits()["told"], ["P", "p", True, "R", ["one", 2, True]])

    def test_a_breakpoint_set_at_the_prompt_asks_for_the_terminal_again(self):
        user = self.user()
        user.sees("(Pdb)")
        user.types("b 8\n")
        user.sees("(Pdb)")
        user.types("c\n")
        user.sees("(Pdb)")
        user.types("p y * 50\n")
        user.sees("100")
        user.types("c\n")
        self.assertEqual(user.waits()["told"], ["P", "p", True, "P", "p", True, "R", ["one", 2, True]])

    def test_an_interrupt_at_the_prompt_is_no_end(self):
        user = self.user()
        user.sees("(Pdb)")
        for attempt in range(10):
            user.types("\x03")  # One that comes before readline waits is not noticed.
            try:
                user.sees("KeyboardInterrupt", 0.5)
                break
            except AssertionError:
                self.assertLess(attempt, 9)
        user.sees("(Pdb)")
        user.types("c\n")
        self.assertEqual(user.waits()["told"], ["P", "p", True, "R", ["one", 2, True]])

    def test_without_a_terminal_it_is_an_error_in_the_log(self):
        for call in ("breakpoint()", "__import__('pdb').set_trace()"):
            done = self.user(APP.replace("breakpoint()", call), grant="refused").waits()
            self.assertEqual(done["told"], ["P", "R", ["one", 2, True]])
            name = re.escape(call.replace("__import__('pdb')", "pdb"))
            self.assertRegex(done["output"], rf"before\n\[ERROR\] {name} goes on: .*\nafter 2\n")

    def test_set_trace_of_pdb_is_a_breakpoint(self):
        for call in ("import pdb; pdb.set_trace()", "from pdb import set_trace; set_trace(header='look here')"):
            user = self.user(APP.replace("breakpoint()", call), events=["one", "two"])
            for _ in range(2):
                if "header" in call:
                    user.sees("look here")
                stands_at = user.sees("(Pdb)")
                self.assertTrue("y = x + 1" in stands_at or call in stands_at, stands_at)  # Since 3.13 the latter.
                user.types("p x + 40\n")
                user.sees("41")
                user.sees("(Pdb)")
                user.types("c\n")
            done = user.waits()
            self.assertEqual(done["told"], ["P", "p", True, "R", ["one", 2, True],
                                            "P", "p", True, "R", ["two", 2, True]])
            self.assertEqual(done["output"], "before\nafter 2\n" * 2)

    def test_breakpoint_takes_the_header_of_set_trace(self):
        user = self.user(APP.replace("breakpoint()", "breakpoint(header='look here')"))
        user.sees("look here")
        user.sees("(Pdb)")
        user.types("c\n")
        self.assertEqual(user.waits()["told"][-1], ["one", 2, True])

    def test_post_mortem_shows_where_it_was_raised(self):
        for call, ways in (("pdb.post_mortem()", "cqn"), ("pdb.post_mortem(error.__traceback__)", "\x04"),
                           ("sys.last_traceback, sys.last_exc = error.__traceback__, error; pdb.pm()", "c")):
            user = self.user(f"""
                import sys
                def broken(divisor):
                    return 7 / divisor
                def handler(event, context):
                    try:
                        broken(0)
                    except ZeroDivisionError as error:
                        import pdb
                        {call}
                    return event
            """, events=list(ways))
            for way in ways:
                user.sees("(Pdb)")
                user.types("p divisor + 40\n")
                user.sees("40")
                user.sees("(Pdb)")
                user.types(way if way == "\x04" else way + "\n")
            told = []
            for way in ways:
                told += ["P", "p", True, "R", way]
            self.assertEqual(user.waits()["told"], told)

    def test_post_mortem_without_an_exception(self):
        user = self.user("import pdb\ndef handler(event, context):\n    pdb.post_mortem()\n")
        told = user.waits()["told"]
        self.assertEqual((told[0], told[1]["errorType"]), ("E", "ValueError"))

    def test_pdb_of_the_project_is_its_own(self):
        self.write("pdb.py", "def set_trace():\n    print('mine')\n")
        environment = self.environment("import pdb\ndef handler(event, context):\n    pdb.set_trace()\n")
        environment.result()
        self.assertEqual(environment.output(), "mine\n")

    def test_an_exception_while_debugging(self):
        user = self.user("""
            def handler(event, context):
                breakpoint()
                x = 1
                return x / 0
        """)
        user.sees("(Pdb)")
        user.types("n\n")
        user.sees("(Pdb)")
        user.types("c\n")
        told = user.waits()["told"]
        self.assertEqual(told[:4], ["P", "p", True, "E"])
        self.assertEqual(told[4]["errorType"], "ZeroDivisionError")


class Refusals(EnvironmentTest):
    """Without a terminal at all."""

    def test_a_terminal_that_cannot_be_opened_is_given_back(self):
        environment = self.environment("""
            import os
            def handler(event, context):
                breakpoint()
                return event
        """)
        environment.invoke(1)
        self.assertEqual(environment.answer().kind, "P")
        if os.isatty(0) or _has_terminal():
            self.skipTest("the tests run on a terminal")
        environment.send("C", b"1")
        self.assertEqual(environment.answer().kind, "p")
        self.assertEqual(environment.answer().value, 1)
        self.assertIn("[ERROR] breakpoint() goes on: the terminal cannot be used", environment.output())

    def test_threads_and_forked_processes_are_refused(self):
        environment = self.environment("""
            import os, threading
            def handler(event, context):
                thread = threading.Thread(target=breakpoint)
                thread.start()
                thread.join()
                pid = os.fork()
                if pid == 0:
                    breakpoint()
                    os._exit(9)
                return os.waitpid(pid, 0)[1] >> 8
        """)
        self.assertEqual(environment.result(), 9)
        self.assertEqual(environment.output().count("[ERROR] breakpoint() goes on: "), 2)

    def test_the_variable_that_turns_breakpoints_off(self):
        environment = self.environment("""
            def handler(event, context):
                breakpoint()
                return event
        """, environ={"PYTHONBREAKPOINT": "0"})
        self.assertEqual(environment.result(1), 1)
        self.assertEqual(environment.output(), "")


def _has_terminal():
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        return True
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
