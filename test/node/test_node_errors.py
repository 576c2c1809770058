"""What fails: at the start, in an invocation, beside it."""

import json
import unittest

from node_server import NodeTest


class Init(NodeTest):
    def test_errors_that_the_runtime_names(self):
        for handler, file, app, kind, message in (
                ("gone.handler", "app.js", "", "Runtime.ImportModuleError", "Error: Cannot find module 'gone'"),
                ("app.handler", "app.js", "require('nowhere');", "Runtime.ImportModuleError",
                 "Error: Cannot find module 'nowhere'\nRequire stack:\n- {folder}/app.js"),
                ("app.handler", "app.js", "exports.other = 1;", "Runtime.HandlerNotFound",
                 "app.handler is undefined or not exported"),
                ("app.handler", "app.mjs", "export const handler = 5;", "Runtime.HandlerNotFound",
                 "app.handler is not a function"),
                ("app.a.b.c", "app.js", "exports.a = {};", "Runtime.HandlerNotFound",
                 "app.a.b.c is undefined or not exported"),
                ("app", "app.js", "", "Runtime.MalformedHandlerName", "Bad handler"),
                ("../app.handler", "app.js", "", "Runtime.MalformedHandlerName",
                 "'../app.handler' is not a valid handler name."),
                ("app.handler", "app.js", "exports.handler = async () => {\n  const = 1;\n};",
                 "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token '='"),
                ("app.handler", "app.mjs", "export const handler = async () => {\n  const = 1;\n};",
                 "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token '='"),
                ("app.handler", "app.js",
                 "exports.handler = async () => 1;"
                 "exports.handler[Symbol.for('aws.lambda.runtime.handler.streaming')] = 'request';",
                 "Runtime.MalformedStreamingHandler", "Only response streaming is supported.")):
            with self.subTest(kind, message=message):
                error = self.failed(app, file, handler=handler)
                self.assertEqual(set(error), {"errorType", "errorMessage", "trace"})
                self.assertEqual(error["errorType"], kind)
                start = message.format(folder=self.folder)
                self.assertEqual(error["errorMessage"][:len(start)], start)
                self.assertNotIn("smyth_runtime", "".join(error["trace"][1:]).replace(
                    "smyth_runtime/handler.mjs", "", 1))
                self.assertEqual(self.process.exit_code(), 129)
                self.assertIn(f'\tundefined\tERROR\tUncaught Exception \t{{"errorType":"{kind}"',
                              self.process.output())
                (self.folder / file).unlink()

    def test_where_a_syntax_error_is(self):
        self.write("fine.mjs", "export default 1;")
        self.write("broken.mjs", "import './fine.mjs';\n\nconst = 1;")
        for file, app in (("app.mjs", "import './broken.mjs'; import './fine.mjs';"),
                          ("app.cjs", "exports.a = 1;\n\nconst = 1;")):
            with self.subTest(file):
                trace = self.failed(app, file)["trace"]
                named = self.folder / ("broken.mjs" if file == "app.mjs" else file)
                self.assertIn(f"{named}:3", trace[0])
                self.assertEqual(trace[1], "const = 1;")
                (self.folder / file).unlink()

    def test_errors_that_the_module_throws(self):
        error = self.failed("""
            class Missing extends Error { name = 'Missing'; }
            throw new Missing('no table');
        """)
        self.assertEqual((error["errorType"], error["errorMessage"]), ("Missing", "no table"))
        self.assertIn(f"{self.folder}/app.mjs:3:", error["trace"][1])
        self.assertEqual(self.process.exit_code(), 129)

    def test_a_missing_package_of_an_es_module(self):
        error = self.failed("import 'nowhere';")  # As AWS: only what is required has the other name.
        self.assertEqual(error["errorType"], "Error")
        self.assertIn("Cannot find package 'nowhere'", error["errorMessage"])

    def test_a_rejection_that_nobody_handles(self):
        error = self.failed("""
            Promise.reject(new Error('lost'));
            await new Promise((resolve) => setTimeout(resolve, 1000));
            export const handler = async () => 1;
        """)
        self.assertEqual((error["errorType"], error["errorMessage"]),
                         ("Runtime.UnhandledPromiseRejection", "Error: lost"))
        self.assertEqual(self.process.exit_code(), 128)

    def test_an_await_that_never_ends(self):
        process = self.begin("await new Promise(() => {}); export const handler = async () => 1;")
        self.assertEqual(process.exit_code(), 13)

    def test_an_exit(self):
        process = self.begin("console.log('x'.repeat(100000)); process.exit(7);")
        self.assertTrue(process.output_until("x\n"))
        self.assertEqual(process.exit_code(), 7)


class Errors(NodeTest):
    def test_an_exception(self):
        environment = self.environment("""
            class OutOfStock extends Error { name = 'OutOfStock'; }
            export const handler = async () => {
                throw Object.assign(new OutOfStock('none left'), { item: 3, code: 'E1' });
            };
        """)
        error = environment.error()
        self.assertEqual(list(error), ["errorType", "errorMessage", "trace"])
        self.assertEqual((error["errorType"], error["errorMessage"]), ("OutOfStock", "none left"))
        self.assertRegex(error["trace"][0], "^(OutOfStock|Error): none left$")
        self.assertIn(f"{self.folder}/app.mjs:4:", error["trace"][1])
        self.assertNotIn("smyth_runtime", str(error["trace"]))
        log = environment.output()
        self.assertRegex(log, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t8476a536-e9f4-11e8-9739-2dfe598c3fcd"
                              r"\tERROR\tInvoke Error \t\{.*\}\n$")
        shown = json.loads(log.split("\t")[-1])
        self.assertEqual((shown["errorType"], shown["code"], shown["item"]), ("OutOfStock", "E1", 3))
        self.assertEqual(shown["stack"], error["trace"])

    def test_what_is_no_error(self):
        environment = self.environment("export const handler = async (event) => { throw eval(event); };")
        for source, kind, message in (("'text'", "string", "text"), ("5", "number", "5"),
                                      ("({a: 1})", "object", "[object Object]"),
                                      ("undefined", "string", "handled")):
            with self.subTest(source):
                self.assertEqual(environment.error(source),
                                 {"errorType": kind, "errorMessage": message, "trace": []})

    def test_results_that_are_no_json(self):
        environment = self.environment("""
            const circle = {};
            circle.self = circle;
            export const handler = async (event) => eval(event);
        """)
        for source, reason in (("1n", "BigInt"), ("circle", "circular"),
                               ("({toJSON() { throw new Error('own') }})", "own")):
            with self.subTest(source):
                error = environment.error(source)
                self.assertEqual((error["errorType"], error["errorMessage"]),
                                 ("Error", "Unable to stringify response body"))
                self.assertRegex(environment.output(), f"(?s)^hint: the result is no JSON: .*{reason}")

    def test_a_callback_with_what_is_no_json(self):
        environment = self.environment("""
            export const handler = (event, context, callback) => callback(null, 1n);
        """)
        self.assertEqual(environment.last_error()["errorMessage"], "Unable to stringify response body")
        self.assertEqual(environment.exit_code(), 129)  # It was noticed outside of the handler.

    def test_an_event_that_is_no_json(self):
        environment = self.environment("export const handler = async (event) => event;")
        self.assertEqual(environment.error(raw=b"{")["errorType"], "SyntaxError")
        self.assertEqual(environment.result(1), 1)

    def test_a_promise_that_is_never_settled(self):
        environment = self.environment("export const handler = async () => await new Promise(() => {});")
        for _ in range(2):
            error = environment.error()
            self.assertEqual(error["errorType"], "Runtime.NodeJsExit")
            self.assertIn("a Promise that was never settled", error["errorMessage"])

    def test_an_exception_outside_of_the_handler(self):
        environment = self.environment("""
            export const handler = async () => {
                setTimeout(() => { throw new Error('late'); }, 1);
                await new Promise((resolve) => setTimeout(resolve, 2000));
            };
        """)
        error = environment.last_error()
        self.assertEqual((error["errorType"], error["errorMessage"]), ("Error", "late"))
        self.assertEqual(environment.exit_code(), 129)
        self.assertIn("\tERROR\tUncaught Exception \t{", environment.output())

    def test_a_rejection_outside_of_the_handler(self):
        environment = self.environment("""
            export const handler = async () => {
                Promise.reject(new RangeError('lost'));
                await new Promise((resolve) => setTimeout(resolve, 2000));
            };
        """)
        error = environment.last_error()
        self.assertEqual((error["errorType"], error["errorMessage"]),
                         ("Runtime.UnhandledPromiseRejection", "RangeError: lost"))
        self.assertEqual(environment.exit_code(), 128)
        log = environment.output()
        self.assertIn("\tERROR\tUnhandled Promise Rejection \t{", log)
        self.assertEqual(json.loads(log.split("\t")[-1])["reason"]["errorType"], "RangeError")

    def test_an_exception_between_invocations(self):
        environment = self.environment("""
            export const handler = async () => {
                setTimeout(() => { throw new Error('after'); }, 20);
                return 1;
            };
        """)
        self.assertEqual(environment.result(), 1)
        self.assertEqual(environment.exit_code(), 129)
        self.assertTrue(environment.has_ended())  # No second answer was sent.
        self.assertRegex(environment.output(), r"^[^\n]*\tUncaught Exception \t[^\n]*after[^\n]*\n$")

    def test_an_exception_before_the_first_invocation(self):
        environment = self.environment("""
            setTimeout(() => { throw new Error('early'); }, 20);
            export const handler = async () => 1;
        """)
        self.assertEqual(environment.exit_code(), 129)
        self.assertRegex(environment.output(), r"^[^\n]*\tUncaught Exception \t[^\n]*early[^\n]*\n$")

    def test_an_answer_that_comes_late(self):
        environment = self.environment("""
            let earlier;
            export const handler = (event, context, callback) => {
                context.callbackWaitsForEmptyEventLoop = event !== 1;
                if (event < 3) { earlier = callback; return; }
                earlier(null, 'of an earlier one');
                if (event === 4) callback(null, event);
            };
        """)
        for early in (1, 2):  # The event loop is empty: both are answered.
            self.assertIsNone(environment.result(early))
            self.assertIsNone(environment.result(3))
            self.assertIn("already been reported as done", environment.output())
            self.assertIsNone(environment.result(early))
            self.assertEqual(environment.result(4), 4)

    def test_an_exit_in_an_invocation(self):
        environment = self.environment("""
            export const handler = async () => {
                process.stdout.write('o'.repeat(100000) + '\\n');
                process.stderr.write('e'.repeat(100000) + '\\n');
                process.exit(3);
            };
        """)
        environment.invoke()
        self.assertEqual(environment.output_until("e\n").count("o"), 100000)
        self.assertEqual(environment.exit_code(), 3)
        self.assertTrue(environment.has_ended())


if __name__ == "__main__":
    unittest.main()
