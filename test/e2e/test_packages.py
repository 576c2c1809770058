"""What functions are packed in: layers at `/opt`, `.zip` files, and what of them is refused."""

import glob
import io
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from harness.processes import wait_until
from harness.server import BINARY, Background, clean_environ, write_files

LISTED = """
import importlib, os, subprocess, sys

def handler(event, context):
    if "import" in event:
        return importlib.import_module(event["import"]).VALUE
    if "run" in event:
        return subprocess.run(event["run"], capture_output=True, text=True).stdout
    if "write" in event:
        try:
            open(event["write"], "w").close()
        except OSError as error:
            return error.strerror
        return "written"
    return {"opt": sorted(os.listdir("/opt")), "path": sys.path, "environ": dict(os.environ), "cwd": os.getcwd()}
"""
BOOTSTRAP = f"""#!{sys.executable}
import json, os, urllib.request
address = f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(address + "next") as event:
        request = event.headers["Lambda-Runtime-Aws-Request-Id"]
    answer = {{"program": __file__, "environ": dict(os.environ), "opt": sorted(os.listdir("/opt"))}}
    urllib.request.urlopen(address + request + "/response", data=json.dumps(answer).encode()).read()
"""
NODE = "exports.handler = async (event) => require(event.name).value;\n"
TOOL = "#!/bin/sh\necho tool\n"
VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
CONFIG = '[handlers.f]\nhandler_path = "app.handler"\n'
LAYERS = {
    "one/python/first.py": "VALUE = 'one'\n",
    "one/python/both.py": "VALUE = 'one'\n",
    "one/bin/tool": TOOL,
    "two/python/both.py": "VALUE = 'two'\n",
    f"two/python/lib/{VERSION}/site-packages/packed.py": "VALUE = 'packed'\n",
    "two/lib/x": "",
}


def zip_of(files, modes=None):
    """The bytes of a .zip of these files: text by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = ((modes or {}).get(name) or (0o755 if text.startswith("#!") else 0o644)) << 16
            zipped.writestr(entry, text)
    return packed.getvalue()


def pack(folder, name, files, modes=None):
    (Path(folder) / name).write_bytes(zip_of(files, modes))


@pytest.fixture(params=["server", "server_of_nobody"])
def anyones(request):
    return request.getfixturevalue(request.param)


def test_a_layer_is_opt_and_only_of_its_function(anyones):
    config = CONFIG + 'layers = ["one"]\n[handlers.g]\nhandler_path = "app.handler"\n'
    one = anyones({"smyth.toml": config, "app.py": LISTED, **LAYERS})
    found = one.invoke("f", {}).json
    assert found["opt"] == ["bin", "python"]
    assert found["environ"]["PATH"].endswith(":/opt/bin")
    assert found["environ"]["LD_LIBRARY_PATH"] == "/opt/lib"
    assert found["path"].index("/opt/python") == found["path"].index(f"/opt/python/lib/{VERSION}/site-packages") + 1
    assert one.invoke("f", {"import": "first"}).json == "one"
    assert one.invoke("f", {"run": ["tool"]}).json == "tool\n"
    assert one.invoke("f", {"write": "/opt/python/made"}).json == "Read-only file system"
    assert one.invoke("g", {}).json["opt"] == sorted(os.listdir("/opt"))
    assert not os.path.exists(one.folder / "one/python/made")


def test_later_layers_win(server):
    one = server({"smyth.toml": CONFIG + 'layers = ["one", "two"]\n', "app.py": LISTED, **LAYERS})
    assert one.invoke("f", {}).json["opt"] == ["bin", "lib", "python"]
    assert [one.invoke("f", {"import": name}).json for name in ("first", "both", "packed")] == ["one", "two", "packed"]


def test_layers_and_code_may_be_zips(anyones, public_folder):
    for name in "one", "two":
        files = {file[4:]: text for file, text in LAYERS.items() if file.startswith(name)}
        pack(public_folder, f"{name}.zip", files)
    pack(public_folder, "code.zip", {"app.py": LISTED, "part/inner.py": "VALUE = 'inner'\n"})
    sources = [str(public_folder / f"{name}.zip") for name in ("one", "two")]
    one = anyones({"smyth.toml": CONFIG + f'layers = {json.dumps(sources)}\ncode = "{public_folder}/code.zip"\n'})
    assert [one.invoke("f", {"import": name}).json for name in ("first", "both", "part.inner")] == ["one", "two", "inner"]
    assert one.invoke("f", {"run": ["tool"]}).json == "tool\n"
    found = one.invoke("f", {}).json
    assert found["cwd"] == found["environ"]["LAMBDA_TASK_ROOT"] == found["path"][0]
    assert one.invoke("f", {"write": found["cwd"] + "/made"}).json == "Read-only file system"
    unpacked = glob.glob(f"{tempfile.gettempdir()}/smyth-tmp-{one.pid}-*")
    assert len(unpacked) == 1
    one.stop()
    assert not os.path.exists(unpacked[0])


def test_a_changed_zip_is_what_the_next_request_meets(server, tmp_path):
    pack(tmp_path, "code.zip", {"app.py": "def handler(event, context): return 1\n"})
    pack(tmp_path, "layer.zip", {"python/both.py": "VALUE = 1\n"})
    one = server({"smyth.toml": CONFIG + f'code = "{tmp_path}/code.zip"\nlayers = ["{tmp_path}/layer.zip", "two"]\n',
                  "two/a": "1"})
    assert one.invoke("f", {}).json == 1
    pack(tmp_path, "code.zip", {"app.py": "import both\ndef handler(event, context): return [2, both.VALUE]\n"})
    assert one.invoke("f", {}).json == [2, 1]
    pack(tmp_path, "layer.zip", {"python/both.py": "VALUE = 2\n"})
    assert one.invoke("f", {}).json == [2, 2]
    one.write("two/python/both.py", "VALUE = 3\n")
    assert one.invoke("f", {}).json == [2, 3]
    (tmp_path / "code.zip").write_bytes(b"PK")
    assert one.invoke("f", {}).json == [2, 3]
    one.wait_for_log(r"error: `code` of function `f`: `.*code.zip`: it is no .zip file")


@pytest.mark.parametrize("change", ["a saved file", "a changed configuration"])
def test_others_are_served_while_a_zip_is_unpacked(server, tmp_path, change):
    files = {f"{number % 100}/{number}.txt": "text " * 500 for number in range(2_000)}
    for name, value in ("one.zip", 1), ("two.zip", 2):
        pack(tmp_path, name, {**files, "app.py": f"def handler(event, context): return {value}\n"})
    config = CONFIG.replace(".f]", ".g]") + CONFIG + f'code = "{tmp_path}/code.zip"\n'
    shutil.move(tmp_path / "one.zip", tmp_path / "code.zip")
    one = server({"smyth.toml": config, "app.py": "def handler(event, context): return 'other'\n"})
    assert one.invoke("f").json == 1
    assert one.invoke("g").json == "other"
    if change == "a saved file":
        shutil.move(tmp_path / "two.zip", tmp_path / "code.zip")
    else:
        one.write("smyth.toml", config.replace("code.zip", "two.zip"))
    begun = time.monotonic()
    changed = Background(one.invoke, "f")
    waits = []
    while not changed.is_done():
        asked = time.monotonic()
        assert one.invoke("g").json == "other"
        waits.append(time.monotonic() - asked)
    assert changed.result().json == 2
    assert max(waits) < (time.monotonic() - begun) / 2, "it waited for the .zip of another function"


def test_a_function_that_is_added_is_there_when_its_zip_is(server, tmp_path):
    one = server({"smyth.toml": CONFIG, "app.py": "def handler(event, context): return 'other'\n"})
    added = CONFIG.replace(".f]", ".g]") + f'url_path = "/g"\nprovisioned_concurrency = 1\ncode = "{tmp_path}/code.zip"\n'
    one.write("smyth.toml", CONFIG + added)
    one.wait_for_log("error: `code` of function `g`: `.*code.zip`: no such file or folder")
    assert one.get("/g").status == one.invoke("g").status == 404
    assert one.invoke("f").json == "other"
    pack(tmp_path, "code.zip", {"app.py": "def handler(event, context): return 1\n"})
    assert one.get("/g").json == one.invoke("g").json == 1
    assert one.states("g") == ["warm"] + ["cold"] * (len(one.states("g")) - 1)
    assert "cannot start" not in one.log()


def test_a_changed_layer_outside_of_the_project(server, tmp_path):
    write_files(tmp_path, {"layer/python/both.py": "VALUE = 1\n"})
    one = server({"smyth.toml": CONFIG + f'layers = ["{tmp_path}/layer"]\n', "app.py": LISTED})
    assert one.invoke("f", {"import": "both"}).json == 1
    write_files(tmp_path, {"layer/python/both.py": "VALUE = 22\n"})
    assert one.invoke("f", {"import": "both"}).json == 22


def test_a_programs_layers(server):
    config = '[handlers.f]\nruntime = "provided.al2023"\nlayers = ["one", "two", "boot"]\ncode = "code"\n'
    one = server({"smyth.toml": config, **LAYERS, "boot/bootstrap": BOOTSTRAP, "code/x": ""})
    found = one.invoke("f", {}).json
    assert found["program"] == "/opt/bootstrap"
    assert found["opt"] == ["bin", "bootstrap", "lib", "python"]
    assert found["environ"]["PYTHONPATH"] == f"/opt/python/lib/{VERSION}/site-packages:/opt/python"
    assert "warning" not in one.log()
    one.write("code/bootstrap", BOOTSTRAP)
    one.write("smyth.toml", config + "timeout = 5\n")
    wait_until(lambda: one.invoke("f", {}).json["program"].endswith("code/bootstrap"), what="the code's own bootstrap")


def test_code_of_a_program_may_be_a_zip(server, tmp_path):
    pack(tmp_path, "code.zip", {"bootstrap": BOOTSTRAP})
    one = server({"smyth.toml": f'[handlers.f]\nruntime = "provided.al2023"\ncode = "{tmp_path}/code.zip"\n'})
    program = one.invoke("f", {}).json["program"]
    assert program.endswith("/bootstrap")
    assert stat.S_IMODE(os.stat(program).st_mode) == 0o555


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node here")
def test_a_layer_of_node(server):
    config = '[handlers.f]\nruntime = "nodejs20.x"\nhandler_path = "index.handler"\nlayers = ["layer"]\n'
    one = server({"smyth.toml": config, "index.js": NODE,
                  "layer/nodejs/node_modules/a/index.js": "exports.value = 'a';\n",
                  "layer/nodejs/node_modules/b/index.js": "exports.value = 'b';\n",
                  "layer/nodejs/node20/node_modules/b/index.js": "exports.value = 'b20';\n"})
    assert [one.invoke("f", {"name": name}).json for name in ("a", "b")] == ["a", "b20"]


def start_and_fail(home, folder):
    done = subprocess.run([BINARY, "run", "--port", "0"], cwd=folder, env=clean_environ(home), stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, timeout=20)
    assert done.returncode == 2
    return done.stderr


def duplicate():
    packed = io.BytesIO()
    with pytest.warns(UserWarning), zipfile.ZipFile(packed, "w") as zipped:
        for text in "ab":
            zipped.writestr("app.py", text)
    return packed.getvalue()


def encrypted():
    packed = bytearray(zip_of({"app.py": "x"}))
    packed[packed.index(b"PK\1\2") + 8] |= 1
    return bytes(packed)


ZEROS = "\0" * (30 << 20)
HOSTILE = {
    "leads out": (lambda: zip_of({"../app.py": "x"}), "its entry `../app.py` leads out of the folder"),
    "absolute": (lambda: zip_of({"/app.py": "x"}), "its entry `/app.py` leads out of the folder"),
    "link": (lambda: zip_of({"app": "/etc/passwd"}, {"app": stat.S_IFLNK | 0o777}), "its entry `app` is a link to `/etc/passwd`"),
    "bomb": (lambda: zip_of({f"{n}": ZEROS for n in range(9)}), "it has more than 262144000 bytes unpacked"),
    "twice": (duplicate, "its entry `app.py` stands in it twice"),
    "encrypted": (encrypted, "its entry `app.py` is encrypted"),
    "truncated": (lambda: zip_of({"app.py": "x" * 100})[:-30], "it is damaged: it ends too early"),
    "empty": (bytes, "it is no .zip file"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_zips_are_a_clear_error(home, tmp_path, kind):
    make, message = HOSTILE[kind]
    (tmp_path / "a.zip").write_bytes(make())
    for config, name in (('code = "a.zip"\n', "code"), ('layers = ["a.zip"]\n', "layers")):
        write_files(tmp_path, {"smyth.toml": CONFIG + config, "app.py": LISTED})
        text = start_and_fail(home, tmp_path)
        assert text.startswith(f"error: `{name}` of function `f`: `{tmp_path}/a.zip`: {message}"), text
    assert not os.path.exists(tmp_path.parent / "app.py")


def test_a_missing_layer_is_a_clear_error(home, tmp_path):
    write_files(tmp_path, {"smyth.toml": CONFIG + 'layers = ["none"]\n', "app.py": LISTED})
    assert start_and_fail(home, tmp_path) == (
        f"error: `layers` of function `f`: `{tmp_path}/none`: no such file or folder\n")


def test_a_function_for_another_machine_is_told_once(server):
    own, other = ("arm64", "x86_64") if platform.machine() == "aarch64" else ("x86_64", "arm64")
    config = '[handlers.{0}]\nhandler_path = "app.handler"\narchitectures = ["{1}"]\n'
    one = server({"smyth.toml": config.format("a", own) + config.format("b", other),
                  "app.py": "def handler(event, context): return 1\n"})
    for name in ("a", "b"):
        assert one.invoke(name, {}).json == 1
    one.write("app.py", "def handler(event, context): return 2\n")
    wait_until(lambda: one.invoke("b", {}).json == 2, what="the new code")
    [warning] = [line for line in one.log().splitlines() if line.startswith("warning: ")]
    assert warning.startswith(f"warning: `architectures` of `b` says `{other}`, but it runs on `{own}` here")
