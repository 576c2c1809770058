"""Saved files: the next request runs the new code, what it does not concern goes on, and nothing fails."""

import os
import re
import shutil
import threading
import time

import pytest

from harness.processes import wait_until
from harness.server import Background

COUNTER = """
COUNT = 0

def handler(event, context):
    global COUNT
    COUNT += 1
    return [VERSION, COUNT]
"""


def module(version):
    return f"VERSION = {version!r}\n" + COUNTER


def function(name, **settings):
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return f'[handlers.{name}]\nhandler_path = "{name}.handler"\nurl_path = "/{name}"\n{lines}'


TWO = {"smyth.toml": function("a") + function("b"), "a.py": module("a1"), "b.py": module("b1")}


def test_only_the_functions_that_imported_the_file_change(server):
    one = server({**TWO, "common.py": "NAME = 'c1'\n", "a.py": "from common import NAME as VERSION\n" + COUNTER})
    assert [one.get("/a").json, one.get("/b").json] == [["c1", 1], ["b1", 1]]
    one.write("common.py", "NAME = 'c2'\n")
    assert [one.get("/a").json, one.get("/b").json] == [["c2", 1], ["b1", 2]]
    one.write("b.py", module("b2"))
    assert [one.get("/a").json, one.get("/b").json] == [["c2", 2], ["b2", 1]]


def save_in_place(path, text):
    path.write_text(text)


def save_by_rename(path, text):
    other = path.with_name(f".{path.name}.tmp")
    other.write_text(text)
    os.replace(other, path)


def save_with_backup(path, text):
    os.rename(path, f"{path}~")  # As vim does with `backupcopy=no`.
    path.write_text(text)


def save_by_delete(path, text):
    path.unlink()
    path.write_text(text)


def save_keeping_the_time(path, text):
    before = path.stat()
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("save", [save_in_place, save_by_rename, save_with_backup, save_by_delete, save_keeping_the_time])
def test_the_next_request_runs_the_new_code_however_it_was_saved(server, save):
    one = server(TWO)
    assert one.get("/a").json == ["a1", 1]
    for version in range(10, 20):  # All of one size, within one second: only the content tells them apart.
        save(one.folder / "a.py", module(f"{version}"))
        assert one.get("/a").json == [f"{version}", 1]
        assert one.get("/a").json == [f"{version}", 2]


def test_a_hundred_quick_edits_are_each_served_at_once(server):
    one = server(TWO)
    for version in range(100, 200):
        (one.folder / "a.py").write_text(module(f"{version}"))
        assert one.get("/a").json[0] == f"{version}"
    assert one.get("/b").json == ["b1", 1]


def test_an_edit_before_the_first_request_and_during_a_cold_start_counts(server):
    one = server({**TWO, "a.py": "import time\ntime.sleep(0.3)\n" + module("old")})
    first = Background(one.get, "/a")
    time.sleep(0.15)  # In the middle of its import.
    one.write("a.py", module("new"))
    assert one.get("/a").json[0] == "new"
    assert first.result().status == 200
    assert one.get("/a").json[0] == "new"


def test_what_is_imported_late_counts_too(server):
    one = server({"smyth.toml": function("a"), "late.py": "NAME = 1\n",
                  "a.py": "def handler(event, context):\n    import late\n    return late.NAME\n"})
    for number in range(1, 8):
        (one.folder / "late.py").write_text(f"NAME = {number}\n")
        assert one.get("/a").json == number


def test_a_package_below_the_project_counts_in_all_depths(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "shop.orders.api.handler"\nurl_path = "/a"\n',
                  "shop/__init__.py": "", "shop/orders/__init__.py": "from shop.orders.deep.er import VERSION\n",
                  "shop/orders/deep/__init__.py": "", "shop/orders/deep/er.py": "VERSION = 1\n",
                  "shop/orders/api.py": "from shop.orders import VERSION\ndef handler(e, c): return VERSION\n"})
    assert one.get("/a").json == 1
    one.write("shop/orders/deep/er.py", "VERSION = 2\n")
    assert one.get("/a").json == 2
    one.write("shop/orders/deep/__init__.py", "raise_nothing = 1\n")
    assert one.get("/a").json == 2


def test_a_new_module_in_a_new_folder_is_found(server):
    one = server({"smyth.toml": function("a"), "a.py": "try:\n    from new.thing import V\nexcept ImportError:\n    V = 0\n"
                                                       "def handler(event, context): return V\n"})
    assert one.get("/a").json == 0
    one.write("new/__init__.py", "")
    one.write("new/thing.py", "V = 1\n")
    one.write("a.py", "from new.thing import V\ndef handler(event, context): return V\n")
    assert one.get("/a").json == 1
    one.write("new/thing.py", "V = 2\n")
    assert one.get("/a").json == 2


def test_a_file_that_does_not_load_leaves_the_old_serving_and_says_so_until_mended(server):
    one = server(TWO)
    assert one.get("/a").json == ["a1", 1]
    one.write("a.py", "VERSION = (\n")
    for count in (2, 3):
        response = one.get("/a")
        assert response.json == ["a1", count]
        assert "SyntaxError" in response.header("Smyth-Reload-Error") or "a.py" in response.header("Smyth-Reload-Error")
    assert one.invoke("a", {}).header("Smyth-Reload-Error")
    assert one.get("/b").header("Smyth-Reload-Error") is None
    one.wait_for_log(r"a\.py")
    one.write("a.py", "import nothing_of_that_name\n" + module("a2"))
    response = one.get("/a")
    assert response.json[0] == "a1" and "nothing_of_that_name" in response.header("Smyth-Reload-Error")
    one.write("a.py", module("a3"))
    response = one.get("/a")
    assert (response.json, response.header("Smyth-Reload-Error")) == (["a3", 1], None)


def test_a_bad_file_costs_no_request_when_more_environments_are_needed_than_are_warm(server, gate):
    text = "from gate import hold\ndef handler(event, context):\n    if event.get('gate'):\n        hold(event['gate'])\n    return 'old'\n"
    one = server({"smyth.toml": function("a", concurrency=3), "a.py": text})
    assert one.invoke("a", {}).json == "old"
    one.write("a.py", "oops(\n")
    door = gate()
    held = Background(one.invoke, "a", {"gate": str(door)})
    door.wait_entered()
    more = [Background(one.invoke, "a", {}) for _ in range(3)]  # No slot but the first has code that loads.
    time.sleep(0.3)
    assert one.states("a").count("warm") == 0
    door.open()
    assert [call.result().json for call in [held, *more]] == ["old"] * 4
    assert all(call.result().header("Smyth-Reload-Error") for call in more)


def test_a_bad_file_at_the_start_is_an_error_until_it_is_mended(server):
    one = server({**TWO, "a.py": "oops(\n"})
    assert one.get("/a").status == 500
    assert one.get("/b").json == ["b1", 1]
    one.write("a.py", module("a2"))
    assert one.get("/a").json == ["a2", 1]


def test_a_deleted_file_leaves_the_old_serving(server):
    one = server(TWO)
    assert one.get("/a").json == ["a1", 1]
    (one.folder / "a.py").unlink()
    assert one.get("/a").json == ["a1", 2]
    one.write("a.py", module("a2"))
    assert one.get("/a").json == ["a2", 1]


def test_in_flight_finishes_on_the_old_while_the_next_runs_the_new(server, gate):
    one = server({"smyth.toml": function("a"), "a.py": "from gate import hold\n" + module("old").replace(
        "    return", "    if event.get('queryStringParameters'):\n        hold(event['queryStringParameters']['gate'])\n    return")})
    door = gate()
    held = Background(one.get, f"/a?gate={door}")
    door.wait_entered()
    one.write("a.py", module("new"))
    assert one.get("/a").json == ["new", 1]  # Though concurrency is 1: the old one counts in no slot.
    assert not held.is_done()
    door.open()
    assert held.result().json == ["old", 1]
    assert one.get("/a").json == ["new", 2]


def test_all_slots_are_renewed(server, gate):
    text = "from gate import hold\ndef handler(event, context):\n    hold(event['gate'])\n    return VERSION\n"
    one = server({"smyth.toml": function("a", concurrency=3), "a.py": "VERSION = 1\n" + text})
    for version in (1, 2):
        door = gate(f"door{version}")
        calls = [Background(one.invoke, "a", {"gate": str(door)}) for _ in range(3)]
        door.wait_entered(3)
        door.open()
        assert [call.result().json for call in calls] == [version] * 3
        one.write("a.py", "VERSION = 2\n" + text)


def test_editors_files_and_folders_that_hold_no_code_of_the_project_change_nothing(server):
    one = server(TWO)
    assert one.get("/a").json == ["a1", 1]
    for name in (".a.py.swp", ".a.py.swx", "a.py~", "#a.py#", ".#a.py", "4913", "a.py.tmp", "a.py.orig", "notes.txt",
                 ".git/index", ".git/a.py", ".venv/lib/a.py", "node_modules/a.py", "__pycache__/a.cpython-311.pyc",
                 ".idea/a.py"):
        one.write(name, "VERSION = 'wrong'\n")
    assert one.get("/a").json == ["a1", 2]


def test_touching_or_reading_a_file_renews_nothing_that_matters(server):
    one = server(TWO)
    one.get("/a")
    (one.folder / "a.py").read_text()
    assert one.get("/a").json == ["a1", 2]


def test_the_configuration_changes_only_what_it_names(server):
    one = server(TWO)
    assert [one.get("/a").json, one.get("/b").json] == [["a1", 1], ["b1", 1]]
    one.write("smyth.toml", function("a", concurrency=3) + function("b") + function("c"))
    one.write("c.py", module("c1"))
    assert one.get("/c").json == ["c1", 1]
    assert len(one.states("a")) == 3
    assert [one.get("/a").json, one.get("/b").json] == [["a1", 2], ["b1", 2]]
    one.write("smyth.toml", function("a", concurrency=3) + function("b", env='{ X = "1" }').replace('"/b"', '"/bb"'))
    assert [one.get("/c").status, one.get("/b").status] == [404, 404]
    assert one.invoke("c", {}).status == 404
    assert one.get("/bb").json == ["b1", 1]  # Other variables need a new environment.
    assert one.get("/a").json == ["a1", 3]
    assert sorted(one.status()) == ["a", "b"]


def test_a_changed_timeout_holds_from_the_next_request_on(server):
    one = server({"smyth.toml": function("a", timeout=5), "a.py": "import time\ndef handler(e, c):\n    time.sleep(0.4)\n    return 1\n"})
    assert one.get("/a").text == "1"
    one.write("smyth.toml", function("a", timeout=0.2))
    assert one.get("/a").status == 500
    one.write("smyth.toml", function("a", timeout=5))
    assert one.get("/a").text == "1"


def test_the_context_of_a_warm_environment_tells_of_the_present_limits(server):
    one = server({"smyth.toml": function("a", timeout=5), "a.py": """
        import os
        def handler(event, context):
            config = context.smyth["handler"]["smyth_handler_config"]
            return [os.getpid(), config["timeout"], config["concurrency"]]
        """})
    pid, *limits = one.get("/a").json
    assert limits == [5, 1]
    one.write("smyth.toml", function("a", timeout=7, concurrency=2))
    assert one.get("/a").json == [pid, 7, 2]
    assert one.get("/a").json == [pid, 7, 2]


def test_a_changed_env_reaches_hooks_too(server):
    def config(stage):
        return f'env_file = "vars"\nenv = {{ STAGE = "{stage}" }}\n' + function(
            "a", event_data_function_path='"hooks.event"')

    one = server({"smyth.toml": config("one"), "vars": "OTHER=1\n", "a.py": "def handler(event, context):\n    return event\n",
                  "hooks.py": "import os\ndef event(request, handler, process):\n"
                              "    return [os.environ['STAGE'], os.environ['OTHER'], os.getpid()]\n"})
    stage, other, pid = one.get("/a").json
    assert (stage, other) == ("one", "1")
    one.write("smyth.toml", config("one").replace("[handlers.a]", "port = 9000\n[handlers.a]"))
    assert one.get("/a").json == ["one", "1", pid]
    one.write("smyth.toml", config("two"))
    assert one.get("/a").json[:2] == ["two", "1"]
    one.write("vars", "OTHER=2\n")
    assert one.get("/a").json[:2] == ["two", "2"]


def test_a_changed_setting_of_the_server_is_said_once_and_waits_for_the_next_start(server):
    one = server({**TWO, "smyth.toml": "port = 8080\n" + TWO["smyth.toml"]}, "--log-level", "WARNING")
    one.write("smyth.toml", "port = 8080\n" + function("a", concurrency=2) + function("b"))
    one.get("/a")
    assert one.log() == ""  # The command line's port and level are no change of the file.
    one.write("smyth.toml", "port = 9090\n" + function("a", concurrency=3) + function("b"))
    one.get("/a")
    one.write("smyth.toml", "port = 9090\n" + function("a", concurrency=4) + function("b"))
    assert one.get("/a").status == 200 and len(one.states("a")) == 4
    assert one.log() == "warning: changed, and used from the next start on: `port`\n"


def test_a_wrong_configuration_leaves_the_old_and_says_where(server):
    one = server(TWO)
    one.get("/a")
    one.write("smyth.toml", function("a", concurency=3) + function("b"))
    wait_until(lambda: one.get("/a").status == 200 and re.search(r"^error: .*concurency.*smyth\.toml:4", one.log(), re.M),
               what="the mistake in the log")
    assert one.get("/a").json[0] == "a1" and len(one.states("a")) == 1
    one.write("smyth.toml", function("a", concurrency=2) + function("b"))
    one.get("/a")
    assert len(one.states("a")) == 2


def test_a_changed_env_file_counts(server):
    one = server({"smyth.toml": 'env_file = ".env"\n' + function("a"), ".env": "X=1\n",
                  "a.py": "import os\ndef handler(event, context): return os.environ['X']\n"})
    assert one.get("/a").text == "1"
    one.write(".env", "X=2\n")
    assert one.get("/a").text == "2"


@pytest.mark.parametrize("arguments, setting", [(["--no-reload"], ""), ([], "reload = false\n")])
def test_without_reload_the_old_code_stays(server, arguments, setting):
    one = server({**TWO, "smyth.toml": setting + TWO["smyth.toml"]}, *arguments)
    assert one.get("/a").json == ["a1", 1]
    one.write("a.py", module("a2"))
    assert one.get("/a").json == ["a1", 2]


@pytest.mark.alone
def test_under_load_no_request_fails_and_no_answer_is_stale(server):
    one = server({"smyth.toml": function("a", concurrency=4), "a.py": module(0)})
    assert one.get("/a").status == 200
    saved, bad, done, count = [0], [], threading.Event(), [0]

    def load():
        with one.connect() as connection:
            while not done.is_set():
                least = saved[0]  # What was saved before the request is sent.
                response = connection.request("GET", "/a")
                count[0] += 1
                if response.status != 200 or response.json[0] < least:
                    bad.append((least, response))

    clients = [Background(load) for _ in range(16)]
    for version in range(1, 41):
        save_by_rename(one.folder / "a.py", module(version))
        saved[0] = version
        time.sleep(0.02)
    done.set()
    for client in clients:
        client.result()
    assert bad == [] and count[0] > 80  # Twice as many requests as saves, on the slowest machine.
    assert one.get("/a").json[0] == 40


def test_a_whole_folder_replaced_counts(server):
    one = server({"smyth.toml": '[handlers.a]\nhandler_path = "pack.a.handler"\nurl_path = "/a"\n',
                  "pack/__init__.py": "", "pack/a.py": module("old"),
                  "other/__init__.py": "", "other/a.py": module("new")})
    assert one.get("/a").json == ["old", 1]
    shutil.rmtree(one.folder / "pack")
    os.rename(one.folder / "other", one.folder / "pack")
    assert one.get("/a").json == ["new", 1]
    one.write("pack/a.py", module("newer"))
    assert one.get("/a").json == ["newer", 1]


def test_what_lies_outside_the_project_counts_when_it_is_loaded_from_there(server):
    one = server({"project/smyth.toml": function("a") + function("b"), "project/b.py": module("b1"),
                  "project/a.py": "from beside import NAME as VERSION\n" + COUNTER,
                  "work/beside.py": "from linked.inner import NAME\n", "shared/inner.py": "NAME = 'one'\n"},
                 "--config", "../project/smyth.toml", cwd="work")
    (one.folder / "project/linked").symlink_to(one.folder / "shared")
    assert [one.get("/a").json, one.get("/b").json] == [["one", 1], ["b1", 1]]
    one.write("shared/inner.py", "NAME = 'two'\n")
    assert [one.get("/a").json, one.get("/b").json] == [["two", 1], ["b1", 2]]
    one.write("work/beside.py", "NAME = 'three'\n")
    assert [one.get("/a").json, one.get("/b").json] == [["three", 1], ["b1", 3]]
