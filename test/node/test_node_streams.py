"""Streaming handlers: what they write is one whole result."""

import base64
import unittest

from node_server import NodeTest


class Streams(NodeTest):
    def streaming(self, body, **more):
        return self.environment(f"""
            import {{ pipeline }} from 'node:stream/promises';
            import {{ Readable }} from 'node:stream';
            export const handler = awslambda.streamifyResponse(async (event, stream, context) => {{
                {body}
            }});
        """, **more)

    def test_pieces_are_one_result(self):
        environment = self.streaming("""
            stream.setContentType('text/plain');
            stream.write('a');
            await new Promise((resolve) => setTimeout(resolve, 5));
            stream.write(Buffer.from([0xff]));
            stream.write({ c: 1 });
            stream.end('d');
        """)
        for _ in range(2):
            answer = environment.call()
            self.assertEqual((answer.kind, answer.document), ("R", b'a\xff{"c":1}d'))

    def test_pipelines(self):
        environment = self.streaming("""
            await pipeline(Readable.from(['x'.repeat(event), 'y']), stream);
        """)
        self.assertEqual(environment.call(100000).document, b"x" * 100000 + b"y")

    def test_a_stream_that_ends_after_the_handler(self):
        environment = self.streaming("setTimeout(() => stream.end(context.awsRequestId), 20);")
        self.assertEqual(environment.call(request_id="id-1").document, b"id-1")

    def test_a_prelude_makes_it_what_http_apis_return(self):
        environment = self.streaming("""
            const http = awslambda.HttpResponseStream.from(stream, {
                statusCode: 201, headers: { 'content-type': 'text/html' }, cookies: ['a=b'] });
            http.write('<p>\\u00e9');
            http.end();
        """)
        self.assertEqual(environment.result(), {
            "statusCode": 201, "headers": {"content-type": "text/html"}, "cookies": ["a=b"],
            "body": "<p>\u00e9", "isBase64Encoded": False})

    def test_a_prelude_and_bytes(self):
        environment = self.streaming("""
            const http = awslambda.HttpResponseStream.from(stream, {});
            http.write(Buffer.from([0, 0xfe]));
            http.end();
        """)
        self.assertEqual(environment.result(), {
            "statusCode": 200, "body": base64.b64encode(b"\0\xfe").decode(), "isBase64Encoded": True})

    def test_errors(self):
        for body, kind, message in (
                ("stream.write('a'); throw new RangeError('b');", "RangeError", "b"),
                ("stream.write('a'); stream.setContentType('x');", "Runtime.InvalidStreamingOperation",
                 "Cannot set content-type, too late."),
                ("stream.write('a');", "string", "Response stream is not finished."),
                ("stream.destroy(new TypeError('c'));", "TypeError", "c"),
                ("stream.end('x'.repeat(6291557));", "Function.ResponseSizeTooLarge", "Response payload")):
            with self.subTest(body):
                environment = self.streaming(body)
                error = environment.error()
                self.assertEqual(error["errorType"], kind)
                self.assertIn(message, error["errorMessage"])
                self.assertEqual(environment.error()["errorType"], kind)

    def test_an_end_that_comes_late(self):
        environment = self.environment("""
            let end;
            export const handler = awslambda.streamifyResponse(async (event, stream) => {
                if (event) await new Promise((resolve, reject) => { end = reject; });
                end(new Error('late'));
                stream.end('ok');
                return 'ignored';
            });
        """)
        self.assertEqual(environment.error(True)["errorMessage"], "Response stream is not finished.")
        environment.output()
        for _ in range(2):  # What the first has set off is over when the second is answered.
            self.assertEqual(environment.call(False).document, b"ok")
        self.assertRegex(environment.output(),
                         r"^(\S+\t\S+\tWARN\tStreaming handlers ignore return values.\n){2}$")

    def test_a_handler_that_is_not_async(self):
        environment = self.environment("""
            export const handler = awslambda.streamifyResponse((event, stream) => { stream.end(); });
        """)
        self.assertEqual(environment.error(), {
            "errorType": "string", "errorMessage": "Streaming does not support non-async handlers.",
            "trace": []})

    def test_without_the_global(self):
        environment = self.environment("export const handler = async () => typeof awslambda;",
                                       environ={"AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA": "true"})
        self.assertEqual(environment.result(), "undefined")


if __name__ == "__main__":
    unittest.main()
