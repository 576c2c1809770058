"""Forking, reaping, and what is left behind: a real zygote."""

import json
import os
import signal
import time
import unittest

from environment_server import EnvironmentTest, Zygote, text
from hooks_server import request


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(pids, seconds=2.0):
    until = time.monotonic() + seconds
    while any(map(is_there, pids)):
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return True


LEAVES_BEHIND = """
    import os, signal, time

    def spawn(levels, report):
        # A daemon, as they are made: two forks and a session of its own.
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                if levels:
                    spawn(levels - 1, report)
                os.write(report, b"%d " % os.getpid())
                os.close(report)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                while True:
                    time.sleep(1)
            os._exit(0)

    def handler(event, context):
        read, write = os.pipe()
        spawn(event, write)
        os.close(write)
        pids = b""
        while True:
            piece = os.read(read, 100)
            if not piece:
                break
            pids += piece
        return [int(pid) for pid in pids.split()]
"""


class Forking(EnvironmentTest):
    def test_it_says_which_python_it_is(self):
        self.assertTrue(os.access(self.zygote.about["executable"], os.X_OK))
        self.assertRegex(self.zygote.about["version"], r"^3\.\d+\.\d+$")

    def test_a_child_has_its_own_group_and_only_its_descriptors(self):
        environment = self.environment("""
            import os
            def handler(event, context):
                fds = {}
                for name in os.listdir("/proc/self/fd"):
                    try:
                        fds[int(name)] = os.readlink(f"/proc/self/fd/{name}").partition(":")[0]
                    except OSError:
                        pass
                return [os.getpid(), os.getpgid(0), fds]
        """)
        pid, group, fds = environment.result()
        self.assertEqual((pid, group), (environment.pid, environment.pid))
        self.assertEqual(sorted(fds.values()), ["/dev/null", "pipe", "pipe", "socket"])
        self.assertEqual([fds["0"], fds["1"], fds["2"]], ["/dev/null", "pipe", "pipe"])

    def test_what_pythonpath_names_is_for_handlers_alone(self):
        self.write("theirs/json.py", "raise SystemExit('not for the zygote')")
        self.write("theirs/orders_library.py", "NAME = 'theirs'")
        zygote = Zygote(PYTHONPATH=f"{self.folder}/theirs")
        self.addCleanup(zygote.close)
        self.write("app.py", """
            from orders_library import NAME
            def handler(event, context): return NAME
        """)
        environment = zygote.fork()
        environment.start(self.folder, environ={"PYTHONPATH": f"{self.folder}/theirs"})
        self.assertEqual(environment.answer().kind, "Y")
        self.assertEqual(environment.result(), "theirs")

    def test_random_numbers_differ(self):
        app = "import random\ndef handler(event, context): return random.random()"
        self.assertNotEqual(self.environment(app).result(), self.environment(app).result())

    def test_signals_and_the_collector_are_as_in_a_new_process(self):
        environment = self.environment("""
            import gc, signal
            def handler(event, context):
                names = ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGCHLD", "SIGUSR1"]
                handlers = [signal.getsignal(getattr(signal, name)) for name in names]
                return [gc.isenabled(), all(each == signal.SIG_DFL for each in handlers),
                        list(signal.pthread_sigmask(signal.SIG_BLOCK, []))]
        """)
        self.assertEqual(environment.result(), [True, True, []])

    def test_an_interrupt_is_for_the_server_but_reaches_the_handlers_children(self):
        environment = self.environment("""
            import os, signal, subprocess, sys
            def handler(event, context):
                os.kill(os.getpid(), signal.SIGINT)
                child = subprocess.run(["sh", "-c", "kill -INT $$"])
                return child.returncode
        """)
        self.assertEqual(environment.result(), -signal.SIGINT)


class Hooks(EnvironmentTest):
    def test_the_hooks_process_is_forked_too(self):
        self.write("app.py", """
            def event(request, smyth_handler, process):
                print("hook", end="")
                return {"process": process.name}
        """)
        hooks = self.zygote.fork("h")
        self.addCleanup(self._end, hooks)
        hooks.start(self.folder)
        self.assertEqual(hooks.answer().kind, "Y")
        head = {"id": [1, 2], "timeout": 5, "request": request(), "process": {
            "name": "orders:0", "state": "working", "task_counter": 0, "last_used_timestamp": 0,
            "idle_since": 0},
            "function": {"name": "orders", "handler_path": "app.handler", "timeout": 6, "concurrency": 2,
                         "event_function": "app.event", "context_function": "", "strategy": ""}}
        hooks.send("H", text(json.dumps(head)))
        answer = hooks.answer()
        self.assertEqual(answer.kind, "h")
        self.assertIn(b'{"process": "orders:0"}', answer.document)
        self.assertIn(str(self.folder / "app.py").encode(), answer.document)
        self.assertEqual(hooks.output(), "hook")


class Ends(unittest.TestCase):
    setUp = EnvironmentTest.setUp
    write = EnvironmentTest.write

    def begin(self, app):
        self.zygote = Zygote()
        self.addCleanup(self.zygote.close)
        self.write("app.py", app)
        return self.another()

    def another(self):
        environment = self.zygote.fork()
        environment.start(self.folder)
        self.assertEqual(environment.answer().kind, "Y")
        return environment

    def test_the_way_it_ended_is_told(self):
        environment = self.begin("""
            import os, sys
            def handler(event, context):
                if event == "segfault":
                    os.kill(os.getpid(), 11)
                os._exit(event)
        """)
        environment.invoke(7)
        self.assertEqual(self.zygote.exit_of(environment), 7 << 8)
        environment = self.another()
        environment.invoke("segfault")
        self.assertEqual(self.zygote.exit_of(environment) & 0x7F, signal.SIGSEGV)
        environment = self.another()
        environment.socket.close()
        self.assertEqual(self.zygote.exit_of(environment), 0)

    def test_what_a_dead_environment_leaves_behind_is_killed_at_once(self):
        environment = self.begin(LEAVES_BEHIND)
        bystander = self.another()
        pids = environment.result(4)
        self.assertEqual(len(pids), 5)
        self.assertTrue(all(map(is_there, pids)))
        os.kill(environment.pid, signal.SIGKILL)
        self.assertEqual(self.zygote.exit_of(environment), signal.SIGKILL)
        self.assertTrue(gone(pids))
        self.assertEqual(len(bystander.result(0)), 1)

    def test_orphans_stay_below_their_environment_while_it_lives(self):
        environment = self.begin(LEAVES_BEHIND)
        daemon, = environment.result(0)
        with open(f"/proc/{daemon}/stat") as file:
            self.assertEqual(int(file.read().rpartition(")")[2].split()[1]), environment.pid)

    def test_without_the_server_nothing_is_left(self):
        environment = self.begin(LEAVES_BEHIND)
        pids = [self.zygote.process.pid, environment.pid, *environment.result(3)]
        self.zygote.close()
        self.assertTrue(gone(pids, 1.0))

    def test_without_the_zygote_no_environment_is_left(self):
        environment = self.begin(LEAVES_BEHIND)
        self.zygote.process.kill()
        self.assertTrue(gone([environment.pid], 1.0))

    def test_what_a_terminal_sends_leaves_the_zygote_alone(self):
        environment = self.begin("def handler(event, context): return event")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            self.zygote.process.send_signal(number)
        self.assertEqual(environment.result(1), 1)
        self.assertEqual(self.another().result(2), 2)


if __name__ == "__main__":
    unittest.main()
