"""What the rehearsal in the zygote leaves for environments: nothing that can be told."""

import unittest

from environment_server import REQUEST_ID, EnvironmentTest, Zygote

APP = """
    import ctypes, logging, os, sys, time

    logging.getLogger().warning("imported")
    AT_START = {
        "variables": dict(os.environ),
        "trace": str(ctypes.PyDLL(None).getenv(b"_X_AMZN_TRACE_ID")),
        "rehearsed": [each for each in (*sys.modules, *sys.path, *sys.path_importer_cache)
                      if "rehears" in each],
        "finders": [type(each).__name__ for each in sys.meta_path if not isinstance(each, type)],
        "profile": str(sys.getprofile()),
        "zone": time.tzname[0],
    }

    def handler(event, context):
        return {**AT_START, "state": context.smyth["process"]["state"], "name": context.function_name}
"""


class First(EnvironmentTest):
    """The first environment does not wait for the rehearsal."""

    def test_it_knows_nothing_of_it(self):
        environment = self.environment(APP, environ={"OF_THE_FUNCTION": "1"})
        self.assertEqual(self.ready.modules[0][2], str(self.folder / "app.py"))
        self.assertEqual(len(self.ready.modules), 1)
        self.assertRegex(environment.output(), r"^\[WARNING\]\t[^\t]*\t\timported\n$")  # No request id.
        told = environment.result({})
        self.assertEqual(set(told["variables"]), {"PATH", "OF_THE_FUNCTION", "AWS_EXECUTION_ENV"})
        self.assertEqual(told["trace"], "0")
        self.assertEqual(told["rehearsed"], ["smyth_runtime.rehearsal"])
        self.assertEqual(told["finders"].count("PdbFinder"), 1)
        self.assertEqual((told["profile"], told["state"], told["name"]), ("None", "cold", "orders"))


class Rehearsal(First):
    """Those that it comes before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zygote.fork()

    def test_the_next_invocation_sees_its_own_variable_and_request(self):
        environment = self.environment("""
            import logging, os

            def handler(event, context):
                logging.error("in it")
                return [os.environ.get("_X_AMZN_TRACE_ID"), os.popen("echo $_X_AMZN_TRACE_ID").read()]
        """)
        for trace in ("Root=2", "", "Root=3"):
            self.assertEqual(environment.result({}, trace_id=trace), [trace or None, f"{trace}\n"])
            self.assertIn(f"\t{REQUEST_ID}\tin it\n", environment.output())

    def test_a_project_module_named_as_one_of_ours_or_its_modules_wins(self):
        self.write("logging.py", "WHOSE = 'the project'\n")
        self.write("smyth_rehearsed.py", "WHOSE = 'the project'\n")
        environment = self.environment("""
            import logging, smyth_rehearsed

            def handler(event, context):
                return [logging.WHOSE, smyth_rehearsed.WHOSE]
        """)
        self.assertEqual(environment.result({}), ["the project"] * 2)


class Variables(EnvironmentTest):
    """The server's, with which a zygote starts."""

    def first_of(self, **server):
        zygote = Zygote(**server)
        self.addCleanup(zygote.close)
        return zygote.fork()

    def test_they_may_be_long_and_name_a_time_zone(self):
        self.write("app.py", APP)
        environment = self.first_of(LONG="x" * 100_000, TZ="Asia/Tokyo")
        environment.start(self.folder, environ={"TZ": "Asia/Tokyo"})
        self.assertEqual(environment.answer().kind, "Y")
        told = environment.result({})
        self.assertEqual(told["zone"], "JST")
        self.assertNotIn("LONG", told["variables"])

    def test_its_search_path_takes_no_module_from_others(self):
        self.write("servers/logging.py", "raise SystemError('this is the server\'s')\n")
        self.write("app.py", "import logging\ndef handler(event, context): return logging.__name__\n")
        environment = self.first_of(PYTHONPATH=str(self.folder / "servers"))
        environment.start(self.folder)
        self.assertEqual(environment.answer().kind, "Y")
        self.assertEqual(environment.result({}), "logging")


if __name__ == "__main__":
    unittest.main()
