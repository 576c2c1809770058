"""What handlers write: all of it arrives, in order, whatever they do to their streams."""

import json
import re
import unittest

from environment_server import REQUEST_ID, EnvironmentTest


class Writing(EnvironmentTest):
    def test_all_ways_to_write_in_order(self):
        environment = self.environment("""
            import ctypes, logging, os, subprocess, sys
            def handler(event, context):
                print("print", "two")
                sys.stderr.write("stderr\\n")
                os.write(1, b"native 1\\n")
                sys.stdout.buffer.write(b"bytes\\n")
                os.write(2, b"native 2\\n")
                logging.warning("logged")
                ctypes.CDLL(None).printf(b"printf")
                subprocess.run(["echo", " child"])
                print("no end", end="")
        """)
        environment.result()
        self.assertRegex(environment.output(), (
            r"^print two\nstderr\nnative 1\nbytes\nnative 2\n\[WARNING\]\t.*\tlogged\nprintf child\n"
            r"no end$"))

    def test_nothing_is_lost_when_the_process_dies(self):
        for death in ("os._exit(0)", "os.kill(os.getpid(), 9)", "ctypes.string_at(8)", "sys.exit(1)"):
            environment = self.environment(f"""
                import ctypes, os, sys
                def handler(event, context):
                    print("whole line")
                    ctypes.CDLL(None).printf(b"native ")
                    print("x", end="")
                    {death}
            """)
            environment.invoke()
            self.assertTrue(environment.has_ended())
            self.assertTrue(environment.output().startswith("whole line\nnative x"), death)

    def test_a_segfault_says_where(self):
        environment = self.environment("""
            import ctypes
            def handler(event, context):
                ctypes.string_at(8)
        """)
        environment.invoke()
        self.assertRegex(environment.output_until("in handler\n"),
                         r'(?s)Segmentation fault.*app.py", line 4 in handler\n')

    def test_a_long_line_is_whole(self):
        environment = self.environment("""
            def handler(event, context):
                print("x" * 3_000_000 + "end")
        """)
        environment.result()
        output = environment.output()
        self.assertEqual((len(output), output[-5:]), (3_000_004, "xend\n"))

    def test_text_that_is_no_utf_8(self):
        environment = self.environment(r"""
            import os
            def handler(event, context):
                print("gr\xfc\xdf \ud800 " + os.fsdecode(b"\xff"))
                os.write(1, b"\xff\n")
        """)
        environment.result()
        self.assertEqual(environment.output(), "grüß \\ud800 \\udcff\n\udcff\n")

    def test_a_signal_handler_that_runs_while_a_line_is_written(self):
        environment = self.environment("""
            import signal
            signal.signal(signal.SIGALRM, lambda *_: None)
            def handler(event, context):
                signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
                for _ in range(20):
                    print("x" * 200_000)
                signal.setitimer(signal.ITIMER_REAL, 0)
        """)
        environment.result()
        self.assertEqual({len(line) for line in environment.output().split()}, {200_000})

    def test_a_descriptor_that_does_not_block(self):
        environment = self.environment("""
            import os
            os.set_blocking(1, False)
            def handler(event, context):
                print("x" * 1_000_000)
        """)
        environment.result()
        self.assertEqual(len(environment.output()), 1_000_001)


class Json(EnvironmentTest):
    VARIABLES = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}

    def test_records_have_the_members_that_aws_writes(self):
        environment = self.environment("""
            import logging
            logging.getLogger("at.init").warning("loaded")
            def handler(event, context):
                logging.debug("a %s", "b", extra={"order": 17, "odd": {1, }})
                print("plain")
                try:
                    raise KeyError("x")
                except KeyError:
                    logging.exception("failed")
                raise ValueError("grüß")
        """, environ=self.VARIABLES)
        environment.error()
        lines = environment.output().splitlines()
        self.assertEqual(lines.pop(2), "plain")
        loaded, debug, failed, end = (json.loads(line) for line in lines)
        for record in (loaded, debug, failed, end):
            self.assertRegex(record.pop("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(loaded, {"level": "WARNING", "message": "loaded", "logger": "at.init"})
        self.assertEqual(debug, {"level": "DEBUG", "message": "a b", "logger": "root",
                                 "requestId": REQUEST_ID, "order": 17, "odd": "{1}"})
        self.assertEqual(list(failed)[:3], ["level", "message", "logger"])
        self.assertEqual((failed["errorType"], failed["errorMessage"]), ("KeyError", "'x'"))
        self.assertIn("in handler", failed["stackTrace"][0])
        self.assertRegex(failed["location"], r"app\.py:handler:\d+$")
        self.assertEqual((end["log_level"], end["errorType"], end["errorMessage"], end["requestId"]),
                         ("ERROR", "ValueError", "grüß", REQUEST_ID))
        self.assertIn("app.py", "".join(end["stackTrace"]))

    def test_a_level_of_awss_is_the_root_loggers(self):
        for named, shown in (("TRACE", [10, 20, 30, 50]), ("WARN", [30, 50]), ("FATAL", [50])):
            environment = self.environment("""
                import logging
                def handler(event, context):
                    for level in (10, 20, 30, 50):
                        logging.log(level, level)
            """, environ={**self.VARIABLES, "AWS_LAMBDA_LOG_LEVEL": named})
            environment.result()
            self.assertEqual([int(json.loads(line)["message"]) for line in environment.output().splitlines()], shown)

    def test_what_json_cannot_carry_is_text(self):
        environment = self.environment("""
            import logging
            class Mute:
                def __str__(self):
                    raise RuntimeError
            circle = []
            circle.append(circle)
            def handler(event, context):
                logging.warning("a", extra={"circle": circle})
                logging.warning("b", extra={"mute": Mute()})
                logging.warning("two\\nlines")
        """, environ=self.VARIABLES)
        environment.result()
        circle, mute, two = (json.loads(line) for line in environment.output().splitlines())
        self.assertEqual((circle["message"], circle["circle"]), ("a", "[[...]]"))
        self.assertEqual(mute["mute"], "<unprintable Mute object>")
        self.assertEqual(two["message"], "two\nlines")


class Replaced(EnvironmentTest):
    def test_streams_that_a_handler_puts_in_place_are_flushed(self):
        environment = self.environment("""
            import io, os, sys
            sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(os.dup(1), "w")))
            sys.stderr = open(os.dup(2), "w")
            def handler(event, context):
                print("out")
                print("err", file=sys.stderr)
        """)
        environment.result()
        self.assertEqual(environment.output(), "out\nerr\n")

    def test_whatever_becomes_of_them_the_result_stands(self):
        for deed in ("os.close(1)", "os.close(2)", "os.close(0)", "sys.stdout.close()",
                     "sys.stdout = sys.stderr = None", "sys.stdout = object()",
                     "sys.stdout.buffer.close()", "sys.stdout.detach()", "del sys.stdout"):
            environment = self.environment(f"""
                import os, sys
                def handler(event, context):
                    if event == 1:
                        {deed}
                    if event == 3:
                        raise ValueError
                    return event
            """)
            with self.subTest(deed):
                self.assertEqual(environment.result(1), 1)
                self.assertEqual(environment.result(2), 2)
                self.assertEqual(environment.error(3)["errorType"], "ValueError")

    def test_an_error_is_logged_where_the_handler_hid_its_own_output(self):
        environment = self.environment("""
            import os, sys
            sys.stdout = sys.stderr = open(os.devnull, "w")
            def handler(event, context):
                raise ValueError("seen")
        """)
        environment.error()
        self.assertIn("[ERROR] ValueError: seen\n", environment.output())

    def test_standard_input_is_empty(self):
        environment = self.environment("""
            import sys
            def handler(event, context):
                return sys.stdin.read()
        """)
        self.assertEqual(environment.result(), "")


class Logging(EnvironmentTest):
    LINE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"

    def test_level_time_and_request_id(self):
        environment = self.environment("""
            import logging
            logging.getLogger("init").info("early")
            def handler(event, context):
                logging.getLogger("orders").info("order %d", event)
                logging.debug("hidden")
        """)
        environment.result(7)
        self.assertRegex(environment.output(), (
            rf"^\[INFO\]\t{self.LINE}\t\tearly\n\[INFO\]\t{self.LINE}\t{REQUEST_ID}\torder 7\n$"))

    def test_the_functions_level(self):
        for level, words in (("DEBUG", ["debug", "info", "error"]), ("ERROR", ["error"]),
                             ("nonsense", ["info", "error"])):
            environment = self.environment("""
                import logging
                def handler(event, context):
                    for level in (logging.DEBUG, logging.INFO, logging.ERROR):
                        logging.log(level, logging.getLevelName(level).lower())
            """, log_level=level)
            environment.result()
            self.assertEqual(re.findall(r"\t(\w+)$", environment.output(), re.M), words)

    def test_a_traceback_and_a_formatter_of_ones_own(self):
        environment = self.environment("""
            import logging
            def handler(event, context):
                try:
                    1 / 0
                except ZeroDivisionError:
                    logging.exception("went wrong")
                logging.basicConfig(level="DEBUG", format="never")
                for handler in logging.getLogger().handlers:
                    handler.setFormatter(logging.Formatter("%(aws_request_id)s %(message)s"))
                logging.info("one")
                logging.info("two")
        """)
        environment.result(request_id="id")
        self.assertRegex(environment.output(), (
            r"(?s)^\[ERROR\]\t[^\n]*\tid\twent wrong\nTraceback \(most recent call last\):\n.*"
            r"\nZeroDivisionError: division by zero\nid one\nid two\n$"))

    def test_standard_output_that_was_redirected_takes_the_log_too(self):
        environment = self.environment("""
            import contextlib, io, logging
            def handler(event, context):
                with contextlib.redirect_stdout(io.StringIO()) as text:
                    logging.warning("inside")
                return text.getvalue().endswith("inside\\n")
        """)
        self.assertTrue(environment.result())


if __name__ == "__main__":
    unittest.main()
