"""The context object and the process around the handler."""

import json
import os
import subprocess
import time
import unittest

from environment_server import ARN, PYTHON, REQUEST_ID, EnvironmentTest


class Context(EnvironmentTest):
    def test_attributes(self):
        environment = self.environment("""
            NAMES = ["function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb",
                     "aws_request_id", "log_group_name", "log_stream_name", "client_context"]
            def handler(event, context):
                values = [getattr(context, name) for name in NAMES]
                shown = set(NAMES) - set(vars(context))
                identity = context.identity
                return [values, list(shown), identity.cognito_identity_id,
                        identity.cognito_identity_pool_id, hasattr(context, "nonsense")]
        """)
        self.assertEqual(environment.result(), [
            ["orders", "$LATEST", ARN, "128", REQUEST_ID, "/aws/lambda/orders",
             "2026/01/02/[$LATEST]0123", None], [], None, None, False])

    def test_client_context_and_identity(self):
        environment = self.environment("""
            def handler(event, context):
                client = context.client_context
                return [client.custom, client.env, client.client and client.client.app_title,
                        client.client and client.client.installation_id,
                        context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id]
        """)
        self.assertEqual(environment.result(
            client_context=json.dumps({"custom": {"a": 1}, "env": {"b": "2"},
                                       "client": {"app_title": "shop"}}),
            identity=json.dumps({"cognitoIdentityId": "me", "cognitoIdentityPoolId": "pool"})),
            [{"a": 1}, {"b": "2"}, "shop", None, "me", "pool"])
        self.assertEqual(environment.result(client_context='{"custom": null}')[:4],
                         [None, None, None, None])
        error = environment.error(client_context="{")
        self.assertEqual(error["errorType"], "Runtime.LambdaContextUnmarshalError")
        self.assertTrue(error["errorMessage"].startswith("Unable to parse Client Context JSON: "))

    def test_the_time_that_is_left(self):
        environment = self.environment("""
            def handler(event, context):
                return context.get_remaining_time_in_millis()
        """)
        now = int(time.time() * 1000)
        left = environment.result(deadline=now + 6000)
        self.assertTrue(5000 < left <= 6000, left)
        self.assertEqual(environment.result(deadline=now - 10), 0)
        self.assertEqual(environment.result(deadline=0), 900_000)
        left = environment.result(deadline=now + 6000, context={"timeout": 2.5})
        self.assertTrue(1500 < left <= 2500, left)

    def test_smyth(self):
        environment = self.environment("def handler(event, context): return context.smyth")
        for state, count in (("cold", 0), ("warm", 1), ("warm", 2)):
            self.assertEqual(environment.result(task_counter=count, last_used=1.5), {
                "process": {"name": "orders:0", "state": state, "task_counter": count,
                            "last_used_timestamp": 1.5},
                "handler": {"name": "orders", "smyth_handler_config": {"concurrency": 2}}})

    def test_smyth_tells_of_the_present_configuration(self):
        environment = self.environment("""
            kept = []
            def handler(event, context):
                kept.append(context)
                return [each.smyth["handler"]["smyth_handler_config"] for each in kept]
        """)
        environment.call()
        environment.send("N", b'{"concurrency": 3, "timeout": 7.5}')
        self.assertEqual(environment.result(), [{"concurrency": 2}, {"concurrency": 3, "timeout": 7.5}])

    def test_what_a_context_function_returned(self):
        environment = self.environment("""
            def handler(event, context):
                return [context.function_name, context.function_version, context.team, context.smyth]
        """)
        self.assertEqual(
            environment.result(context={"name": "other", "version": "7", "team": ["a"], "smyth": {"b": 1}}),
            ["other", "7", ["a"], {"b": 1}])
        self.assertEqual(environment.error()["errorMessage"],
                         "'LambdaContext' object has no attribute 'team'")

    def test_nothing_is_left_of_an_invocation(self):
        environment = self.environment("""
            def handler(event, context):
                seen = getattr(context, "mine", None), context.function_name
                context.mine = event
                context.function_name = "changed"
                return seen
        """)
        self.assertEqual(environment.result(1), [None, "orders"])
        self.assertEqual(environment.result(2), [None, "orders"])


class Process(EnvironmentTest):
    def test_variables_are_those_of_the_function_alone(self):
        environment = self.environment("""
            import os, subprocess
            def handler(event, context):
                child = subprocess.run(["/usr/bin/env"], capture_output=True, text=True).stdout
                lines = dict(line.split("=", 1) for line in child.splitlines())
                return [dict(os.environ), lines]
        """, environ={"COLOUR": "grün", "EMPTY": ""})
        version = ".".join(self.zygote.about["version"].split(".")[:2])
        expected = {"PATH": os.environ["PATH"], "COLOUR": "grün", "EMPTY": "",
                    "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}"}
        mine, childs = environment.result()
        self.assertEqual(mine, expected)
        self.assertEqual({name: childs[name] for name in expected}, expected)
        self.assertLessEqual(set(childs) - set(expected), {"_", "PWD", "SHLVL"})

    def test_the_trace_id_of_each_invocation(self):
        environment = self.environment("""
            import os, subprocess
            def handler(event, context):
                command = ["sh", "-c", "printf %s \\"$_X_AMZN_TRACE_ID\\""]
                return [os.environ.get("_X_AMZN_TRACE_ID"), subprocess.check_output(command).decode()]
        """)
        for trace in ("Root=1", "Root=2", "Root=2"):
            self.assertEqual(environment.result(trace_id=trace), [trace, trace])
        self.assertEqual(environment.result(), [None, ""])

    def test_folder_path_and_arguments(self):
        other = self.folder / "start"
        other.mkdir()
        library = self.write("library/extra.py", "VALUE = 5").parent
        environment = self.environment("""
            import os, sys, extra
            def handler(event, context):
                return [os.getcwd(), sys.path[:3], sys.argv, "" in sys.path, extra.VALUE]
        """, cwd=str(other), sys_path=[str(self.folder), str(other)],
            environ={"PYTHONPATH": str(library)})
        self.assertEqual(environment.result(), [
            str(other), [str(self.folder), str(other), str(library)], ["app.handler"], False, 5])

    def test_the_time_zone(self):
        app = """
            import time
            def handler(event, context):
                return time.strftime("%H", time.localtime(0))
        """
        self.assertEqual(self.environment(app, environ={"TZ": "UTC-5"}).result(), "05")
        self.assertEqual(self.environment(app, environ={"TZ": ":UTC"}).result(), "00")

    def test_a_module_of_the_project_wins_over_what_was_loaded_early(self):
        program = "import sys; print(*sys.modules)"
        plain = subprocess.check_output([PYTHON, "-c", program], text=True).split()
        names = [name for name in ("socket", "logging", "traceback", "resource") if name not in plain]
        self.assertTrue(names)
        for name in names:
            self.write(f"{name}.py", f"VALUE = 'my {name}'")
        environment = self.environment(f"""
            import {", ".join(names)}
            def handler(event, context): return [{", ".join(f"{name}.VALUE" for name in names)}]
        """)
        self.assertEqual(environment.result(), [f"my {name}" for name in names])

    def test_the_package_smyth_is_there(self):
        environment = self.environment("""
            from smyth.types import SmythHandlerState
            def handler(event, context): return SmythHandlerState.WARM
        """)
        self.assertEqual(environment.result(), "warm")


if __name__ == "__main__":
    unittest.main()
