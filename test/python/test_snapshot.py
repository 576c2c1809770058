"""Snapshots: one init, and environments that are forked from it."""

import os
import signal
import unittest

from environment_server import EnvironmentTest

# What snapshot_restore_py is, which not every Python here has.
REGISTRY = '''
    _before, _after = [], []

    def register_before_snapshot(function, *arguments, **named):
        _before.append((function, arguments, named))
        return function

    def register_after_restore(function, *arguments, **named):
        _after.append((function, arguments, named))
        return function

    def get_before_snapshot():
        return _before

    def get_after_restore():
        return _after
'''


class Snapshots(EnvironmentTest):
    def snapshot(self, app, **more):
        """The process, and what forks from it, once it has said how its init went."""
        self.write("snapshot_restore_py.py", REGISTRY)
        self.write("app.py", app)
        process, forker = self.zygote.snapshot()
        self.addCleanup(self._end, process)
        self.addCleanup(forker.close)
        process.start(self.folder, **more)
        self.answer = process.answer()
        return process, forker

    def restored(self, forker, **more):
        process = forker.fork("r")
        process.start(self.folder, **more)
        self.ready = process.answer()
        self.assertEqual(self.ready.kind, "Y", (self.ready, process.output()))
        return process

    def test_init_runs_once_and_hooks_where_they_belong(self):
        process, forker = self.snapshot("""
            import os
            from snapshot_restore_py import register_after_restore, register_before_snapshot

            print("init")
            seen = [("init", os.getpid())]

            def note(what):
                seen.append((what, os.getpid()))

            register_before_snapshot(note, "first before")
            register_before_snapshot(note, "second before")
            register_after_restore(note, "first after")
            register_after_restore(note, "second after")

            def handler(event, context):
                return seen, context.log_stream_name
        """)
        self.assertEqual(self.answer.kind, "Y")
        self.assertEqual(process.output(), "init\n")
        for stream in ("one", "two"):
            environment = self.restored(forker, log_stream=stream)
            self.assertEqual([os.path.basename(path) for _, _, path in self.ready.modules],
                             ["app.py", "snapshot_restore_py.py"])
            seen, told = environment.result({})
            self.assertEqual(told, stream)
            self.assertEqual(seen, [[what, process.pid] for what in ("init", "second before", "first before")]
                             + [[what, environment.pid] for what in ("first after", "second after")])
            self.assertEqual(environment.output(), "")

    def test_an_environment_without_a_snapshot_runs_the_hooks_itself(self):
        self.write("snapshot_restore_py.py", REGISTRY)
        app = """
            from snapshot_restore_py import register_after_restore, register_before_snapshot

            seen = []
            register_after_restore(seen.append, "after")
            register_before_snapshot(seen.append, "before")

            def handler(event, context):
                return seen
        """
        environ = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
        self.assertEqual(self.environment(app, environ=environ).result({}), ["before", "after"])
        self.assertEqual(self.environment(app).result({}), [])

    def test_a_hook_that_fails(self):
        hook = """
            from snapshot_restore_py import register_{0} as register
            register(lambda: 1 / 0)
            handler = print
        """
        self.snapshot(hook.format("before_snapshot"))
        self.assertEqual((self.answer.kind, self.answer.value["errorType"]), ("F", "Runtime.BeforeSnapshotError"))
        _, forker = self.snapshot(hook.format("after_restore"))
        self.assertEqual(self.answer.kind, "Y")
        for _ in range(2):
            process = forker.fork("r")
            process.start(self.folder)
            failed = process.answer()
            self.assertEqual((failed.kind, failed.value["errorType"]), ("F", "Runtime.AfterRestoreError"))
            self.assertEqual(failed.value["errorMessage"], "ZeroDivisionError: division by zero")
            self.assertIn("[ERROR] Runtime.AfterRestoreError", process.output())
            self.assertEqual(os.WEXITSTATUS(forker.exit_of(process)), 1)

    def test_random_numbers_are_those_of_the_snapshot_and_others_are_not(self):
        process, forker = self.snapshot("""
            import os, random, ssl, uuid

            def handler(event, context):
                return random.random(), os.urandom(8).hex(), str(uuid.uuid4()), ssl.RAND_bytes(8).hex()
        """)
        self.assertEqual(process.left, [])
        one, other = self.restored(forker).result({}), self.restored(forker).result({})
        self.assertEqual(one[0], other[0])
        for mine, others in zip(one[1:], other[1:]):
            self.assertNotEqual(mine, others)

    def test_what_must_not_be_shared_is_told(self):
        process, forker = self.snapshot("""
            import os, random, socket, subprocess, threading, time

            TOKEN = os.environ["AWS_SESSION_TOKEN"]
            random.seed(7)
            listener = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(listener.getsockname())
            threading.Thread(target=time.sleep, args=(100,), name="poller", daemon=True).start()
            child = subprocess.Popen(["sleep", "100"])

            def handler(event, context):
                return child.pid, threading.active_count()
        """, environ={"AWS_SESSION_TOKEN": "a-token-of-some-length"})
        told, = process.left
        for part in (r"socket that listens at 127\.0\.0\.1:\d+", r"socket to 127\.0\.0\.1:\d+",
                     "thread `poller`", r"child process \d+ `sleep 100`", r"credentials in `app\.TOKEN`",
                     "the state of `random`"):
            self.assertRegex(told, part)
        environment = self.restored(forker)
        child, threads = environment.result({})
        self.assertEqual(threads, 1)

    def test_signals_and_processes_are_an_environments_own(self):
        _, forker = self.snapshot("""
            import os, signal, subprocess

            got = []
            signal.signal(signal.SIGTERM, lambda *_: got.append("term"))

            def handler(event, context):
                if event == "die":
                    os._exit(7)
                os.kill(os.getpid(), signal.SIGTERM)
                return got, subprocess.run(["true"]).returncode, os.getpgid(0) == os.getpid()
        """)
        one, other = self.restored(forker), self.restored(forker)
        self.assertEqual(one.result({}), [["term"], 0, True])
        other.invoke("die")
        self.assertEqual(os.WEXITSTATUS(forker.exit_of(other)), 7)
        self.assertEqual(one.result({}), [["term", "term"], 0, True])

    def test_an_event_loop_is_an_environments_own(self):
        _, forker = self.snapshot("""
            import asyncio, time

            loop = asyncio.new_event_loop()
            loop.run_until_complete(asyncio.sleep(0))

            async def work():
                await loop.run_in_executor(None, time.sleep, 0.05)  # Its end wakes the loop.

            def handler(event, context):
                began = time.monotonic()
                loop.run_until_complete(asyncio.sleep(1.5) if event == "wait" else work())
                return time.monotonic() - began
        """)
        one, other = self.restored(forker), self.restored(forker)
        other.invoke("wait")
        for _ in range(3):  # Were it the other's loop too, that would be woken.
            self.assertLess(one.result("work"), 1)
        self.assertGreater(other.answer().value, 1.4)

    def test_they_end_with_their_snapshot(self):
        process, forker = self.snapshot("handler = print")
        environment = self.restored(forker)
        os.kill(process.pid, signal.SIGKILL)
        self.assertEqual(self.zygote.exit_of(process), signal.SIGKILL)
        self.assertTrue(environment.has_ended())

    def test_an_environment_that_forks_does_not_speak_for_itself_twice(self):
        _, forker = self.snapshot("""
            import os

            def handler(event, context):
                pid = os.fork()
                if pid == 0:
                    return "child"
                os.waitpid(pid, 0)
                return "parent"
        """)
        environment = self.restored(forker)
        self.assertEqual([environment.result({}) for _ in range(2)], ["parent", "parent"])


if __name__ == "__main__":
    unittest.main()
