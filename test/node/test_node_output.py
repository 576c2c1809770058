"""What is written: AWS's lines, whole, in order, before the answer."""

import json
import re
import unittest

from environment_server import REQUEST_ID
from node_server import NodeTest

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class Lines(NodeTest):
    def test_console(self):
        environment = self.environment("""
            console.log('at start');
            export const handler = async () => {
                console.log('a %s', 'b', { c: 1 });
                console.debug('two\\nlines');
                for (const method of ['info', 'warn', 'error', 'trace', 'fatal']) console[method](method);
            };
        """)
        self.assertRegex(environment.output(), f"^{_TIME}\tundefined\tINFO\tat start\n$")
        environment.result()
        lines = re.sub(_TIME, "T", environment.output())
        self.assertEqual(lines, "".join(f"T\t{REQUEST_ID}\t{rest}\n" for rest in (
            "INFO\ta b { c: 1 }", "DEBUG\ttwo\nlines", "INFO\tinfo", "WARN\twarn", "ERROR\terror",
            "TRACE\ttrace", "FATAL\tfatal")))

    def test_levels(self):
        app = """
            export const handler = async () => {
                for (const name of ['debug', 'log', 'warn', 'error', 'fatal']) console[name](name);
            };
        """
        for more, shown in (({"log_level": "INFO"}, "debug log warn error fatal"),
                            ({"log_level": "WARNING"}, "warn error fatal"),
                            ({"log_level": "CRITICAL"}, "fatal"),
                            ({"environ": {"AWS_LAMBDA_LOG_LEVEL": "info"}}, "log warn error fatal")):
            with self.subTest(more):
                environment = self.environment(app, **more)
                environment.result()
                self.assertEqual(re.findall(r"\t(\w+)\n", environment.output()), shown.split())

    def test_json(self):
        environment = self.environment("""
            export const handler = async (event) => {
                console.info('a');
                console.warn({ b: 2 });
                console.error('c', new TypeError('d'));
                console.log({ big: 1n });
                throw new RangeError('e');
            };
        """, environ={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
        environment.error()
        records = [json.loads(line) for line in environment.output().splitlines()]
        for record in records:
            self.assertRegex(record.pop("timestamp"), f"^{_TIME}$")
            self.assertEqual(record.pop("requestId"), REQUEST_ID)
            record.pop("stackTrace", None)
        failed = records.pop()
        self.assertEqual((failed["level"], failed["message"]["errorType"], failed["message"]["errorMessage"]),
                         ("ERROR", "RangeError", "e"))
        self.assertIn(f"{self.folder}/app.mjs", str(failed["message"]["stackTrace"]))
        self.assertTrue(records[2].pop("message").startswith("c TypeError: d\n"))
        self.assertEqual(records, [
            {"level": "INFO", "message": "a"}, {"level": "WARN", "message": {"b": 2}},
            {"level": "ERROR", "errorType": "TypeError", "errorMessage": "d"},
            {"level": "INFO", "message": "{ big: 1n }"}])


class Streams(NodeTest):
    def test_the_order_is_that_of_writing(self):
        environment = self.environment("""
            import { execFileSync } from 'node:child_process';
            import { writeSync } from 'node:fs';
            export const handler = async () => {
                process.stdout.write('1\\n');
                console.table([2]);
                process.stderr.write('3\\n');
                execFileSync('echo', ['4'], { stdio: 'inherit' });
                console.dir('5');
                writeSync(1, '6\\n');
                process.stdout.write(new Uint8Array([0x37, 10]));
                process.stdout.write('OA==', 'base64');
            };
        """)
        environment.result()
        self.assertEqual(re.findall(r"^\d$|\b2\b|'5'", environment.output(), re.M),
                         ["1", "2", "3", "4", "'5'", "6", "7", "8"])

    def test_more_than_a_pipe_holds_comes_before_the_answer(self):
        environment = self.environment("""
            export const handler = async (size) => {
                console.log('x'.repeat(size));
                process.stdout.write('y'.repeat(size));
            };
        """)
        environment.result(1 << 20)
        written = environment.output()
        self.assertEqual((written.count("x"), written.count("y")), (1 << 20, 1 << 20))

    def test_a_child_that_makes_the_pipe_non_blocking(self):
        environment = self.environment("""
            import { spawnSync } from 'node:child_process';
            export const handler = async (size) => {
                spawnSync(process.execPath, ['-e', 'process.stdout.write("c")'], { stdio: 'inherit' });
                process.stdout.write('y'.repeat(size));
            };
        """)
        environment.result(1 << 20)
        self.assertEqual(environment.output().count("y"), 1 << 20)

    def test_what_streams_are_asked(self):
        environment = self.environment("""
            import { pipeline } from 'node:stream/promises';
            import { Readable, Stream } from 'node:stream';
            export const handler = async () => {
                const old = new Stream();
                old.pipe(process.stdout);
                old.emit('data', 'e');
                old.emit('end');
                await new Promise((resolve) => process.stdout.write('a', resolve));
                Readable.from(['b']).pipe(process.stdout);
                await pipeline(Readable.from(['c']), process.stderr, { end: false });
                await new Promise((resolve) => process.stderr.write('d', 'utf8', resolve));
                return [process.stdout.fd, process.stderr.fd, Boolean(process.stdout.isTTY)];
            };
        """)
        for _ in range(2):
            self.assertEqual(environment.result(), [1, 2, False])
            self.assertEqual(sorted(environment.output()), ["a", "b", "c", "d", "e"])

    def test_worker_threads(self):
        environment = self.environment("""
            import { Worker } from 'node:worker_threads';
            export const handler = async () => new Promise((resolve) => {
                new Worker("console.log('in a thread')", { eval: true }).on('exit', resolve);
            });
        """)
        self.assertEqual(environment.result(), 0)
        self.assertEqual(environment.output(), "in a thread\n")


if __name__ == "__main__":
    unittest.main()
