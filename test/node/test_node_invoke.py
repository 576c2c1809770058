"""Invocations: how a handler is found, called, and answers."""

import json
import time
import unittest

from environment_server import ARN, REQUEST_ID
from node_server import VERSION, NodeTest


class Handlers(NodeTest):
    def test_where_a_handler_is(self):
        for handler, file, content in (
                ("app.handler", "app.mjs", "export const handler = async (event) => event + 1;"),
                ("app.handler", "app.js", "exports.handler = async (event) => event + 1;"),
                ("app.handler", "app.cjs", "exports.handler = async (event) => event + 1;"),
                ("api/v1/app.handler", "api/v1/app.js", "exports.handler = async (event) => event + 1;"),
                ("app.a.b", "app.js", "exports.a = {b: async (event) => event + 1};"),
                ("app.default", "app.mjs", "export default async (event) => event + 1;"),
                ("app.handler", "app/index.js", "exports.handler = async (event) => event + 1;"),
                ("app.handler", "node_modules/app/index.js", "exports.handler = async (e) => e + 1;"),
                ("app.handler", "app.mjs", "const one = await new Promise((r) => setTimeout(r, 5, 1));"
                                           "export const handler = async (event) => event + one;")):
            with self.subTest(file=file, handler=handler):
                written = self.write(file, content)
                self.assertEqual(self.environment(handler=handler).result(2), 3)
                written.unlink()
                if written.parent != self.folder:
                    written.parent.rmdir()

    def test_a_package_of_es_modules(self):
        self.write("package.json", '{"type": "module"}')
        self.write("shop/prices.js", "export const price = 3;")
        environment = self.environment("""
            import { price } from './shop/prices.js';
            export const handler = async () => price;
        """, file="app.js")
        self.assertEqual(environment.result(), 3)

    def test_a_file_between_installed_packages_is_of_no_package(self):
        self.write("package.json", '{"type": "module"}')
        self.write("node_modules/tool.js", "module.exports = { ['hand' + 'ler']: async () => 1 };")
        self.assertEqual(self.environment(handler="node_modules/tool.handler").result(), 1)

    def test_the_task_root_is_where_handlers_are_looked_for(self):
        self.write("build/app.js", "exports.handler = async () => process.cwd();")
        environment = self.environment(environ={"LAMBDA_TASK_ROOT": str(self.folder / "build")})
        self.assertEqual(environment.result(), str(self.folder))

    def test_results_of_async_handlers(self):
        environment = self.environment("export const handler = async (event) => eval(event);")
        for source, result in (("undefined", None), ("null", None), ("'\\u00e9\\ud800'", "\u00e9\ud800"),
                               ("[1, {a: undefined}]", [1, {}]), ("() => 1", None), ("new Date(0)",
                                "1970-01-01T00:00:00.000Z"), ("Promise.resolve(2)", 2),
                               ("({then: (resolve) => setTimeout(resolve, 5, 3)})", 3)):
            with self.subTest(source):
                self.assertEqual(environment.result(source), result)

    def test_what_is_like_a_promise(self):
        environment = self.environment("""
            export const handler = (event) => ({ then: (resolve) => { setTimeout(resolve, 5, event); } });
        """)
        self.assertEqual(environment.result(4), 4)

    def test_large_events_and_results(self):
        environment = self.environment("export const handler = async (event) => event;")
        for size in (1, 1 << 16, 6 * 1024 * 1024 - 2, 3):
            self.assertEqual(environment.result("x" * size), "x" * size)

    def test_a_result_that_is_too_large(self):
        environment = self.environment("""
            export const handler = async (size) => '\\u00e9'.repeat(size);
        """)
        self.assertEqual(environment.error(3145778), {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)."})
        self.assertEqual(len(environment.result(3145777)), 3145777)

    def test_a_frame_in_many_pieces_and_two_in_one(self):
        environment = self.environment("export const handler = async (event) => event;")
        whole = []
        environment.socket, real = type("", (), {"sendall": lambda _, data: whole.append(data)})(), \
            environment.socket
        environment.invoke("one")
        environment.invoke("two")
        environment.socket = real
        for byte in whole[0][:-1]:
            real.sendall(bytes([byte]))
            time.sleep(0.0002)
        real.sendall(whole[0][-1:] + whole[1])
        self.assertEqual([environment.answer().value for _ in range(2)], ["one", "two"])


class Callbacks(NodeTest):
    def test_the_ways_to_answer(self):
        environment = self.environment("""
            export const handler = (event, context, callback) => { eval(event); };
        """)
        for source, result in (("callback(null, 1)", 1),
                               ("callback(undefined, 2)", 2),
                               ("setTimeout(callback, 5, null, 3)", 3),
                               ("context.succeed(4)", 4),
                               ("context.done(null, 5)", 5),
                               ("setTimeout(context.succeed, 5, 6)", 6),
                               ("callback(null, 7); callback(null, 8)", 7),
                               ("context.succeed(9); throw new Error('late')", 9),
                               ("1", None)):
            with self.subTest(source):
                self.assertEqual(environment.result(source), result)

    def test_what_a_plain_function_returns_is_ignored(self):
        environment = self.environment("export const handler = () => 'ignored';")
        self.assertIsNone(environment.result())

    def test_a_callback_waits_for_the_event_loop(self):
        environment = self.environment("""
            export const handler = (waits, context, callback) => {
                context.callbackWaitsForEmptyEventLoop = waits;
                const begun = Date.now();
                setTimeout(() => {}, 120);
                const result = { toJSON: () => Date.now() - begun };
                callback(null, result);
            };
        """)
        self.assertGreaterEqual(environment.result(True), 115)
        self.assertLess(environment.result(False), 100)

    def test_errors(self):
        environment = self.environment("""
            export const handler = (event, context, callback) => { eval(event); };
        """)
        for source, kind, message in (
                ("callback(new RangeError('a'))", "RangeError", "a"),
                ("callback('text')", "string", "text"),
                ("callback(0)", "number", "0"),
                ("context.fail(new Error('b'))", "Error", "b"),
                ("context.fail()", "string", "handled"),
                ("context.done(new Error('c'))", "Error", "c"),
                ("throw new TypeError('d')", "TypeError", "d"),
                ("throw {name: 'N', message: 'm', stack: 's'}", "N", "m"),
                ("throw {toString() { throw 1 }}", "handled", None)):
            with self.subTest(source):
                error = environment.error(source)
                self.assertEqual(error["errorType"], kind)
                if message is not None:
                    self.assertEqual(error["errorMessage"], message)


class Context(NodeTest):
    def test_all_members(self):
        environment = self.environment("""
            export const handler = async (event, context) => ({
                ...context, remaining: context.getRemainingTimeInMillis(), keys: Object.keys(context),
                trace: process.env._X_AMZN_TRACE_ID, smyth: context.smyth,
            });
        """)
        result = environment.result(
            deadline=int(time.time() * 1000) + 3000, trace_id="Root=1-2-3", task_counter=4, last_used=1.5,
            client_context=json.dumps({"custom": {"a": 1}}), identity=json.dumps({"cognitoIdentityId": "x"}))
        self.assertTrue(2000 < result.pop("remaining") <= 3000)
        self.assertEqual(set(result.pop("keys")), {
            "callbackWaitsForEmptyEventLoop", "succeed", "fail", "done", "functionVersion", "functionName",
            "memoryLimitInMB", "logGroupName", "logStreamName", "clientContext", "identity",
            "invokedFunctionArn", "awsRequestId", "tenantId", "getRemainingTimeInMillis"})
        self.assertEqual(result, {
            "callbackWaitsForEmptyEventLoop": True, "functionVersion": "$LATEST", "functionName": "orders",
            "memoryLimitInMB": "128", "logGroupName": "/aws/lambda/orders",
            "logStreamName": "2026/01/02/[$LATEST]0123", "clientContext": {"custom": {"a": 1}},
            "identity": {"cognitoIdentityId": "x"}, "invokedFunctionArn": ARN, "awsRequestId": REQUEST_ID,
            "trace": "Root=1-2-3", "smyth": {
                "process": {"name": "orders:0", "state": "cold", "task_counter": 4,
                            "last_used_timestamp": 1.5},
                "handler": {"name": "orders", "smyth_handler_config": {"concurrency": 2}}}})

    def test_what_is_absent(self):
        environment = self.environment("""
            export const handler = async (event, context) => [
                context.clientContext === undefined, context.identity === undefined,
                process.env._X_AMZN_TRACE_ID ?? null, context.getRemainingTimeInMillis(),
                context.smyth.process.state];
        """)
        environment.call(trace_id="Root=1")
        self.assertEqual(environment.result(), [True, True, None, 900000, "warm"])

    def test_a_context_that_is_no_json(self):
        environment = self.environment("export const handler = async () => 1;")
        error = environment.error(client_context="{")
        self.assertEqual(error["errorType"], "Error")
        self.assertIn("Cannot parse ClientContext as json", error["errorMessage"])
        self.assertEqual(environment.result(), 1)

    def test_a_users_context_function(self):
        environment = self.environment("""
            export const handler = async (event, context) => [
                context.functionName, context.tenant, context.getRemainingTimeInMillis() > 1000];
        """)
        self.assertEqual(environment.result(
            deadline=int(time.time() * 1000) + 100,
            context={"name": "other", "tenant": "t", "timeout": 60}), ["other", "t", True])


class Trace(NodeTest):
    def test_the_variable_of_each_invocation(self):
        environment = self.environment("""
            import { execFileSync } from 'node:child_process';
            export const handler = async (event) => {
                const seen = [process.env._X_AMZN_TRACE_ID ?? null, { ...process.env }._X_AMZN_TRACE_ID ?? null,
                    '_X_AMZN_TRACE_ID' in process.env,
                    String(execFileSync('sh', ['-c', 'echo $_X_AMZN_TRACE_ID'])).trim()];
                eval(event);
                return seen;
            };
        """)
        for value, event in (("Root=1", ""), ("", ""), ("Root=2", "process.env._X_AMZN_TRACE_ID = 'own'"),
                             ("Root=3", "delete process.env._X_AMZN_TRACE_ID"),
                             ("Root=4", "process.env = { ...process.env, A: '1' }"), ("Root=5", ""), ("", "")):
            with self.subTest(value=value, event=event):
                self.assertEqual(environment.result(event, trace_id=value),
                                 [value or None, value or None, value != "", value])

    def test_it_is_none_of_the_processs_own(self):
        environment = self.environment("""
            process.report.excludeNetwork = true;
            export const handler = async () => Object.keys(process.report.getReport().environmentVariables);
        """)
        self.assertEqual(sorted(environment.result(trace_id="Root=1")), ["AWS_EXECUTION_ENV", "PATH"])

    def test_other_variables_are_the_processs_own(self):
        environment = self.environment("""
            export const handler = async () => {
                process.env.A = 1;
                process.env.TZ = 'Asia/Tokyo';
                const hours = new Date(0).getHours();
                delete process.env.B;
                return [process.env.A, hours, process.env.B ?? null, Object.keys(process.env).sort(),
                    Object.getOwnPropertyDescriptor(process.env, 'A').value, process.env.toString()];
            };
        """, environ={"B": "b"})
        self.assertEqual(environment.result(), [
            "1", 9, None, ["A", "AWS_EXECUTION_ENV", "PATH", "TZ"], "1", "[object Object]"])


class Adopted(NodeTest):
    def test_the_process_is_the_functions(self):
        self.write("layer/shared/index.js", "module.exports = 'of NODE_PATH';")
        environment = self.environment("""
            exports.handler = async () => [
                {...process.env}, process.cwd(), new Date(0).getHours(), require('shared')];
        """, file="app.js", environ={"TZ": "Asia/Tokyo", "A": "é", "NODE_PATH": str(self.folder / "layer")})
        variables, folder, hour, shared = environment.result()
        self.assertEqual(variables.pop("AWS_EXECUTION_ENV"), f"AWS_Lambda_nodejs{VERSION[0]}.x")
        self.assertEqual(set(variables), {"PATH", "TZ", "A", "NODE_PATH"})
        self.assertEqual((folder, hour, variables["A"], shared), (str(self.folder), 9, "é", "of NODE_PATH"))

    def test_the_frame_socket_is_not_inherited(self):
        environment = self.environment("""
            import { spawnSync } from 'node:child_process';
            export const handler = async () => {
                spawnSync('ls', ['-l', '/proc/self/fd'], { stdio: ['ignore', 'inherit', 'inherit'] });
            };
        """)
        environment.result()
        listed = environment.output()
        self.assertIn("2 -> pipe:", listed)
        self.assertNotIn("socket:", listed)

    def test_the_end_of_the_socket_ends_the_process(self):
        environment = self.environment("""
            process.on('exit', () => console.log('not called'));
            setInterval(() => {}, 1000);
            export const handler = async () => 1;
        """)
        environment.result()
        environment.socket.close()
        self.assertEqual(environment.exit_code(), 0)
        self.assertEqual(environment.output(), "")

    def test_timers_run_between_invocations(self):
        environment = self.environment("""
            let ticks = 0;
            setInterval(() => { ticks += 1; }, 5);
            process.on('SIGUSR2', () => console.log('signal'));
            export const handler = async () => ticks;
        """)
        first = environment.result()
        until = time.monotonic() + 5
        while environment.result() < first + 3 and time.monotonic() < until:
            time.sleep(0.01)
        self.assertGreater(environment.result(), first + 2)
        environment.process.send_signal(12)
        self.assertIn("signal", environment.output_until("signal"))


if __name__ == "__main__":
    unittest.main()
