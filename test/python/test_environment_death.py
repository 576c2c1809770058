"""Handlers that end their process, and those that fork, start threads or break things."""

import os
import signal
import unittest

from environment_server import EnvironmentTest


class Deaths(EnvironmentTest):
    def status(self, app):
        environment = self.environment(app)
        environment.invoke()
        self.assertTrue(environment.has_ended())
        self.output = environment.output()
        return self.zygote.exit_of(environment)

    def test_exits_as_python_does(self):
        for code, status, output in (("", 0, ""), ("0", 0, ""), ("3", 3, ""), ("'why'", 1, "why\n"),
                                     ("256 + 7", 7, "")):
            self.assertEqual(self.status(f"""
                import sys
                def handler(event, context): sys.exit({code})
            """), status << 8)
            self.assertEqual(self.output, output)

    def test_at_once_even_with_threads_and_after_functions_for_the_exit(self):
        self.assertEqual(self.status("""
            import atexit, sys, threading
            atexit.register(print, "at exit")
            def handler(event, context):
                threading.Thread(target=threading.Event().wait).start()
                sys.exit(2)
        """), 2 << 8)
        self.assertEqual(self.output, "at exit\n")

    def test_other_base_exceptions_end_it_too(self):
        self.assertEqual(self.status("""
            class Stop(BaseException): pass
            def handler(event, context): raise Stop("now")
        """), 1 << 8)
        self.assertIn("[ERROR] Stop: now\nTraceback", self.output)
        self.assertEqual(self.status("def handler(event, context): raise KeyboardInterrupt"),
                         signal.SIGINT)

    def test_signals(self):
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM):
            self.assertEqual(self.status(f"""
                import os
                def handler(event, context): os.kill(os.getpid(), {int(number)})
            """) & 0x7F, number)

    def test_a_module_that_kills_its_process(self):
        environment = self.begin("import os; os._exit(5)")
        self.assertEqual(self.zygote.exit_of(environment), 5 << 8)


class Company(EnvironmentTest):
    def test_a_thread_that_raises_leaves_the_result_standing(self):
        environment = self.environment("""
            import threading
            def fail(): raise ValueError("in a thread")
            def handler(event, context):
                thread = threading.Thread(target=fail)
                thread.start()
                thread.join()
                return event
        """)
        self.assertEqual(environment.result(1), 1)
        self.assertIn("ValueError: in a thread", environment.output())

    def test_threads_run_on_between_invocations(self):
        environment = self.environment("""
            import threading
            done = threading.Event()
            def handler(event, context):
                if event == "start":
                    threading.Timer(0.02, done.set).start()
                    return None
                return done.wait(5)
        """)
        environment.result("start")
        self.assertIs(environment.result("wait"), True)

    def test_a_forked_child_ends_as_python_ends_and_says_nothing(self):
        for outcome, status in (("return 'child'", 0), ("raise ValueError('child')", 1),
                                ("sys.exit(3)", 3)):
            environment = self.environment(f"""
                import os, sys
                def handler(event, context):
                    pid = os.fork()
                    if pid == 0:
                        print("child")
                        {outcome}
                    return os.waitpid(pid, 0)[1] >> 8
            """)
            with self.subTest(outcome):
                self.assertEqual(environment.result(), status)
                self.assertEqual(environment.result(), status)
                self.assertNotIn("smyth_runtime", environment.output())

    def test_pools_of_processes(self):
        environment = self.environment("""
            import multiprocessing
            def square(number): return number * number
            def handler(event, context):
                with multiprocessing.get_context("fork").Pool(2) as pool:
                    return pool.map(square, event)
        """)
        self.assertEqual(environment.result([1, 2, 3]), [1, 4, 9])
        self.assertEqual(environment.result([4]), [16])

    def test_asyncio_and_children_within(self):
        environment = self.environment("""
            import asyncio
            async def run():
                process = await asyncio.create_subprocess_exec("echo", "hello", stdout=-1)
                return (await process.communicate())[0].decode()
            def handler(event, context): return asyncio.run(run())
        """)
        self.assertEqual(environment.result(), "hello\n")
        self.assertEqual(environment.result(), "hello\n")

    def test_the_sockets_are_not_inherited(self):
        environment = self.environment("""
            import subprocess
            def handler(event, context):
                return subprocess.check_output(["ls", "-l", "/proc/self/fd"], close_fds=False).decode()
        """)
        self.assertNotIn("socket:", environment.result())


if __name__ == "__main__":
    unittest.main()
