"""Init, invocations, results and errors of a real environment."""

import json
import re
import unittest

from environment_server import REQUEST_ID, EnvironmentTest

GUIDE = """
    COUNT = 0

    def handler(event, context):
        global COUNT
        COUNT += 1
        return {"statusCode": 200, "body": f"Orders requests: {COUNT}"}
"""


class Invocations(EnvironmentTest):
    def test_a_warm_environment_keeps_its_state(self):
        environment = self.environment(GUIDE)
        for count in (1, 2, 3):
            self.assertEqual(environment.result({}), {
                "statusCode": 200, "body": f"Orders requests: {count}"})

    def test_a_child_without_a_command_line_has_the_name_of_its_program(self):
        environment = self.environment("""
            import subprocess

            def handler(event, context):
                global child
                child = subprocess.Popen([""], executable="/bin/sh", stdin=subprocess.PIPE, cwd="/")  # No posix_spawn.
                return child.pid
        """)
        self.assertEqual(environment.left, [])
        pid = environment.result({})
        self.assertEqual(environment.left, [f"child process {pid} `sh`"])

    def test_two_environments_share_nothing(self):
        first, second = self.environment(GUIDE), self.environment(GUIDE)
        for environment in (first, second, first):
            last = environment.result({})["body"]
        self.assertEqual(last, "Orders requests: 2")
        self.assertEqual(second.result({})["body"], "Orders requests: 2")

    def test_any_json_is_an_event_and_a_result(self):
        environment = self.environment("def handler(event, context): return event")
        for value in (None, True, 0, -1.5, "", "grüß \u2028 \U0001f600", [], {}, [[{"a": [None]}]]):
            self.assertEqual(environment.result(value), value)

    def test_an_event_may_have_white_space_around_it(self):
        environment = self.environment("def handler(event, context): return event")
        self.assertEqual(environment.result(raw=b' \n{"a": 1}\n'), {"a": 1})

    def test_frames_of_any_size(self):
        environment = self.environment("def handler(event, context): return event")
        for size in (1, 65_000, 65_536 - 150, 65_537, 200_000, 6_000_000):
            self.assertEqual(len(environment.result("x" * size)), size)

    def test_a_handler_may_replace_what_the_standard_library_offers(self):
        environment = self.environment("""
            import json, os

            def handler(event, context):
                if event == "break":
                    json.dumps = json.loads = os.read = os.write = lambda *_, **__: b"mine"
                if event == "fail":
                    raise ValueError("mine")
                return "\\ud800"
        """)
        self.assertEqual(environment.result("break"), "\ud800")
        self.assertEqual(environment.error("fail")["errorMessage"], "mine")
        self.assertEqual(environment.result(raw=b' "again" ', client_context='{"custom": {}}'), "\ud800")

    def test_an_error_may_use_any_name_for_its_own(self):
        environment = self.environment("""
            class Strange(Exception):
                __notes__ = None
                exceptions = {"first": 1}

            class Hostile(Exception):
                @property
                def exceptions(self):
                    raise KeyError("nobody asked")

            def handler(event, context):
                raise {"strange": Strange, "hostile": Hostile}[event]("said")
        """)
        for event, name in (("strange", "Strange"), ("hostile", "Hostile")):
            self.assertEqual(environment.error(event)["errorMessage"], "said")
            self.assertIn(f"[ERROR] {name}: said", environment.output())

    def test_texts_that_change_in_length(self):
        environment = self.environment("""
            import os
            def handler(event, context):
                return [event, context.aws_request_id, context.invoked_function_arn,
                        os.environ.get("_X_AMZN_TRACE_ID")]
        """)
        for number in (1, 12345, 3, 100):
            request_id, arn = "r" * number, "a" * (number // 2)
            trace = "t" * (number % 7)
            self.assertEqual(
                environment.result(number, request_id=request_id, arn=arn, trace_id=trace),
                [number, request_id, arn, trace or None])

    def test_a_frame_in_pieces_and_two_at_once(self):
        environment = self.environment("def handler(event, context): return event")
        environment.invoke("one")
        environment.invoke("two")
        self.assertEqual([environment.answer().value, environment.answer().value], ["one", "two"])

    def test_the_peak_of_memory_is_told(self):
        environment = self.environment("""
            def handler(event, context):
                return len(b"x" * event)
        """)
        before = environment.call(1).peak_kib
        self.assertGreater(before, 4_000)
        self.assertGreater(environment.call(50 << 20).peak_kib, before + 40_000)


class Results(EnvironmentTest):
    def test_they_are_written_as_aws_writes_them(self):
        environment = self.environment("""
            import sys
            from decimal import Decimal
            RESULTS = [float("nan"), [1, 2.5, Decimal("1.50"), Decimal(5), Decimal("nan")],
                       {"a": b"b"}, {1: (2, 3)}]
            def handler(event, context):
                return RESULTS[event]
        """)
        texts = [environment.call(number).document.decode() for number in range(4)]
        self.assertEqual(texts, ["NaN", "[1, 2.5, 1.50, 5, NaN]", '{"a": "b"}', '{"1": [2, 3]}'])

    def test_what_is_no_json_is_a_marshal_error_and_the_next_result_stands(self):
        environment = self.environment("""
            class Order: pass
            LOOP = []
            LOOP.append(LOOP)
            def handler(event, context):
                return {"order": Order(), "set": {1}, "loop": LOOP, "bytes": b"\\xff", "ok": "fine"}[event]
        """)
        for event, message in (("order", "Object of type Order is not JSON serializable"),
                               ("set", "Object of type set is not JSON serializable"),
                               ("loop", "Circular reference detected")):
            error = environment.error(event)
            self.assertEqual(error, {
                "errorMessage": f"Unable to marshal response: {message}",
                "errorType": "Runtime.MarshalError", "requestId": REQUEST_ID, "stackTrace": []})
        self.assertEqual(environment.error("bytes")["errorType"], "Runtime.MarshalError")
        self.assertEqual(environment.result("ok"), "fine")

    def test_a_lone_surrogate_is_written_escaped(self):
        environment = self.environment(r"""
            def handler(event, context): return "\ud800"
        """)
        self.assertEqual(environment.call().document, rb'"\ud800"')

    def test_an_async_handler_is_a_marshal_error_with_a_hint(self):
        environment = self.environment("async def handler(event, context): return 1")
        error = environment.error()
        self.assertEqual(error["errorType"], "Runtime.MarshalError")
        self.assertEqual(error["errorMessage"], "Unable to marshal response: "
                         "Object of type coroutine is not JSON serializable")
        output = environment.output()
        self.assertIn("hint: ", output)
        self.assertNotIn("never awaited", output)

    def test_a_result_over_six_mebibytes_is_refused(self):
        environment = self.environment("def handler(event, context): return 'x' * event")
        most = 6 * 1024 * 1024 + 100 - 2
        self.assertEqual(len(environment.result(most)), most)
        self.assertEqual(environment.error(most + 1), {
            "errorMessage": "Response payload size exceeded maximum allowed payload size "
                            "(6291556 bytes).",
            "errorType": "Function.ResponseSizeTooLarge"})


class Errors(EnvironmentTest):
    def test_an_exception_is_told_as_aws_tells_it_and_logged(self):
        environment = self.environment("""
            def divide(number):
                return number / 0

            def handler(event, context):
                return divide(event)
        """)
        path = self.folder / "app.py"
        self.assertEqual(environment.error(1), {
            "errorMessage": "division by zero",
            "errorType": "ZeroDivisionError",
            "requestId": REQUEST_ID,
            "stackTrace": [f'  File "{path}", line 6, in handler\n    return divide(event)\n',
                           f'  File "{path}", line 3, in divide\n    return number / 0\n']})
        self.assertEqual(environment.output(), (
            "[ERROR] ZeroDivisionError: division by zero\nTraceback (most recent call last):\n"
            f'  File "{path}", line 6, in handler\n    return divide(event)\n'
            f'  File "{path}", line 3, in divide\n    return number / 0\n'))

    def test_the_log_tells_what_led_to_it(self):
        environment = self.environment("""
            def handler(event, context):
                try:
                    {}["order"]
                except KeyError as error:
                    raise ValueError("no such order") from error
        """)
        self.assertEqual(len(environment.error()["stackTrace"]), 1)
        self.assertRegex(environment.output(), r"(?s)^\[ERROR\] ValueError: no such order\nTraceback.*"
                         r"line 6.*\nCaused by KeyError: 'order'\nTraceback.*line 4")

    def test_an_exception_without_text(self):
        environment = self.environment("""
            class Bad(Exception):
                def __str__(self): raise RuntimeError
            def handler(event, context): raise Bad if event else Exception
        """)
        self.assertEqual(environment.error(1)["errorMessage"], "<unprintable Bad object>")
        self.assertEqual(environment.error(0)["errorMessage"], "")
        self.assertIn("[ERROR] Exception\nTraceback", environment.output())

    def test_a_wrong_signature_shows_no_frame_of_ours(self):
        environment = self.environment("def handler(event): return 1")
        error = environment.error()
        self.assertEqual(error["errorMessage"], "handler() takes 1 positional argument but 2 were given")
        self.assertEqual(error["stackTrace"], [])

    def test_endless_recursion(self):
        environment = self.environment("def handler(event, context): return handler(event, context)")
        error = environment.error()
        self.assertEqual(error["errorType"], "RecursionError")
        self.assertRegex(error["stackTrace"][-1], r"Previous line repeated \d+ more times")
        self.assertEqual(environment.error()["errorType"], "RecursionError")

    def test_an_event_that_is_no_json(self):
        environment = self.environment("def handler(event, context): return 1")
        error = environment.error(raw=b"{")
        self.assertEqual(error["errorType"], "Runtime.UnmarshalError")
        self.assertTrue(error["errorMessage"].startswith("Unable to unmarshal input: Expecting "))

    def test_a_group_shows_its_parts(self):
        environment = self.environment("""
            def handler(event, context):
                raise ExceptionGroup("two", [ValueError("left"), KeyError("right")])
        """)
        error = environment.error()
        if error["errorType"] == "NameError":
            self.skipTest("this Python has no exception groups")
        self.assertEqual(error["errorMessage"], "two (2 sub-exceptions)")
        output = environment.output()
        self.assertIn("Part ValueError: left\n", output)
        self.assertIn("Part KeyError: 'right'\n", output)


class Init(EnvironmentTest):
    def failed(self, app=None, handler="app.handler", code=1):
        environment = self.begin(app, handler=handler)
        answer = environment.answer()
        self.assertEqual(answer.kind, "F", answer)
        self.assertTrue(environment.has_ended())
        self.output = environment.output()
        self.modules = [path for _, _, path in answer.modules]
        return answer.value

    def test_a_module_that_is_not_there(self):
        self.assertEqual(self.failed(), {
            "errorMessage": "Unable to import module 'app': No module named 'app'",
            "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []})
        self.assertEqual(self.output, "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': "
                         "No module named 'app'\nTraceback (most recent call last):\n")

    def test_a_module_that_lacks_an_import(self):
        error = self.failed("import inner", handler="app.handler")
        self.assertEqual(error["errorMessage"], "Unable to import module 'app': No module named 'inner'")
        self.assertIn("app.py\", line 1", self.output)
        self.assertEqual(self.modules, [str(self.folder / "app.py")])

    def test_a_missing_function(self):
        self.assertEqual(self.failed("x = 1"), {
            "errorMessage": "Handler 'handler' missing on module 'app'",
            "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []})

    def test_a_path_without_a_function(self):
        self.assertEqual(self.failed(handler="app")["errorMessage"],
                         "Bad handler 'app': not enough values to unpack (expected 2, got 1)")

    def test_a_built_in_module(self):
        self.assertEqual(self.failed(handler="sys.exit"), {
            "errorMessage": "Cannot use built-in module sys as a handler module",
            "errorType": "Runtime.BuiltInModuleConflict", "requestId": "", "stackTrace": []})

    def test_a_syntax_error(self):
        error = self.failed("x = 1\ndef handler(:\n    pass\n")
        self.assertEqual(error["errorType"], "Runtime.UserCodeSyntaxError")
        self.assertTrue(error["errorMessage"].startswith("Syntax error in module 'app': invalid syntax"))
        self.assertEqual(error["stackTrace"],
                         [f'  File "{self.folder / "app.py"}" Line 2\n    def handler(:\n'])
        self.assertEqual(self.modules, [str(self.folder / "app.py")])

    def test_a_module_that_raises(self):
        error = self.failed("raise ValueError('no')")
        self.assertEqual((error["errorType"], error["errorMessage"], error["requestId"]),
                         ("ValueError", "no", ""))
        frame = f'  File "{self.folder / "app.py"}", line 1, in <module>\n    raise ValueError(\'no\')\n'
        self.assertEqual(error["stackTrace"][-1], frame)
        self.assertIn("import_module", error["stackTrace"][0])
        self.assertEqual(self.output, "[ERROR] ValueError: no\nTraceback (most recent call last):\n" + frame)

    def test_a_module_that_exits(self):
        environment = self.begin("print('bye')\nraise SystemExit(3)")
        self.assertEqual(self.zygote.exit_of(environment) >> 8, 3)
        self.assertEqual(environment.output(), "bye\n")

    def test_both_ways_to_write_the_path(self):
        self.write("shop/__init__.py", "")
        self.write("shop/orders.py", "def create(event, context): return __name__")
        for handler in ("shop.orders.create", "shop/orders.create"):
            self.assertEqual(self.environment(handler=handler).result(), "shop.orders")


if __name__ == "__main__":
    unittest.main()
