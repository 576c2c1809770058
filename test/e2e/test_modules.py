"""The shapes that users' code has: packages, names, callables, event loops, pools."""

import pytest

TABLE = '[handlers.{name}]\nhandler_path = "{path}"\nurl_path = "/{name}"\n'


def tables(**paths):
    return "".join(TABLE.format(name=name, path=path) for name, path in paths.items())


def test_paths_with_blanks_and_letters_of_all_kinds(server):
    folder = "mein projekt ü 😀"
    one = server({f"{folder}/smyth.toml": '[handlers.a]\nhandler_path = "módulo.handler"\nurl_path = "/ä/{x}"\n',
                  f"{folder}/módulo.py": "def handler(event, context): return [__file__, event['pathParameters']]\n"},
                 cwd=folder)
    file, parameters = one.get("/%C3%A4/%F0%9F%98%80").json
    assert file == str(one.folder / folder / "módulo.py") and parameters == {"x": "😀"}
    one.write(f"{folder}/módulo.py", "def handler(event, context): return 'new'\n")
    assert one.get("/%C3%A4/1").text == "new"


def test_packages_without_init_and_relative_imports(server):
    one = server({"smyth.toml": tables(a="space.sub.mod.handler"), "space/sub/other.py": "V = 1\n",
                  "space/sub/mod.py": "from . import other\nfrom .other import V\n"
                                      "def handler(event, context): return [V, __name__, __package__]\n"})
    assert one.get("/a").json == [1, "space.sub.mod", "space.sub"]
    one.write("space/sub/other.py", "V = 2\n")
    assert one.get("/a").json[0] == 2


def test_modules_named_as_those_of_the_standard_library_or_ours(server):
    names = ["test", "queue", "calendar", "errors", "context", "result", "frames", "handler", "environment", "log"]
    one = server({"smyth.toml": tables(**{name: f"{name}.handler" for name in names}),
                  **{f"{name}.py": f"def handler(event, context): return {name!r}\n" for name in names}})
    assert [one.get(f"/{name}").text for name in names] == names


@pytest.mark.parametrize("name, expected", [("instance", "K"), ("partial", "p"), ("decorated", "d"), ("anonymous", "l"),
                                            ("method", "m"), ("star", "s")])
def test_a_handler_is_anything_that_can_be_called(server, name, expected):
    one = server({"smyth.toml": tables(**{name: f"a.{name}"}), "a.py": """
        import functools

        class K:
            def __call__(self, event, context):
                return "K"
            def run(self, event, context):
                return "m"

        instance = K()
        method = K().run
        partial = functools.partial(lambda first, event, context: first, "p")

        @functools.wraps(print)
        def decorated(event, context):
            return "d"

        anonymous = lambda event, context: "l"

        def star(*arguments, **named):
            return "s" if len(arguments) == 2 and not named else "wrong"
        """})
    assert one.get(f"/{name}").text == expected


def test_a_handler_of_a_wrong_signature_says_so(server):
    one = server({"smyth.toml": tables(a="a.handler"), "a.py": "def handler(event): return 1\n"})
    error = one.invoke("a", {}).json
    assert error["errorType"] == "TypeError"
    assert error["errorMessage"] == "handler() takes 1 positional argument but 2 were given"


def test_event_loops_of_the_handlers_own(shared):
    assert shared.run("""
        import asyncio
        async def work():
            await asyncio.sleep(0.01)
            child = await asyncio.create_subprocess_exec("echo", "hi", stdout=asyncio.subprocess.PIPE)
            return (await child.communicate())[0].decode()
        return [asyncio.run(work()) for _ in range(2)]""") == ["hi\n", "hi\n"]


def test_pools_of_threads_and_processes(server):
    one = server({"smyth.toml": tables(a="a.handler") + "timeout = 20\n", "a.py": """
        import concurrent.futures, multiprocessing

        def double(n):
            return 2 * n

        def handler(event, context):
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                result = list(pool.map(double, [1, 2]))
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    result += pool.map(double, [3])
            return result
        """})
    assert one.invoke("a", {}).json == [2, 4, 6, 6]


def test_a_data_file_beside_the_module_is_found(server):
    one = server({"smyth.toml": tables(a="pack.a.handler"), "pack/data.json": "[1]", "pack/__init__.py": "", "pack/a.py": """
        import json, importlib.resources, pathlib
        BESIDE = json.loads((pathlib.Path(__file__).parent / "data.json").read_text())
        def handler(event, context):
            return [BESIDE, json.loads((importlib.resources.files("pack") / "data.json").read_text())]
        """})
    assert one.get("/a").json == [[1], [1]]


def test_exit_handlers_and_warnings_harm_nothing(server):
    one = server({"smyth.toml": tables(a="a.handler"), "a.py": """
        import atexit, sys, warnings
        atexit.register(print, "at exit")
        warnings.warn("a warning")
        sys.excepthook = None
        def handler(event, context):
            sys.stdout = None
            return 1
        """})
    assert [one.get("/a").text, one.get("/a").text] == ["1", "1"]
    one.wait_for_log("UserWarning: a warning")
