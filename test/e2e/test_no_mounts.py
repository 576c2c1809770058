"""What a function has where the system permits no mount namespace, and what the server says of it at its start."""

import shutil
import subprocess

import pytest

from harness.server import at_once

# In a namespace of users that allows no further one, and without the rights of root.
ENTER = "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all"
UNSHARE = ["unshare", "--user", "--map-root-user", "sh", "-c"]

APP = """
import os, tempfile, time
import lent

def handler(event, context):
    folder = tempfile.gettempdir()
    open(f"{folder}/{os.getpid()}", "w").close()
    open(f"{os.environ['LAMBDA_TASK_ROOT']}/made", "w").close()
    time.sleep(event.get("sleep", 0))
    if event.get("exit"):
        os._exit(1)
    return {"folder": folder, "names": len(os.listdir(folder)), "lent": lent.__file__, "path": os.environ["PATH"]}
"""
CONFIG = """
[handlers.f]
handler_path = "app.handler"
layers = ["layer"]
isolate = true
ephemeral_storage = 512
concurrency = 2

[handlers.g]
handler_path = "app.handler"
layers = ["layer"]
"""


@pytest.fixture
def one(server, binary, tmp_path):
    if not shutil.which("setpriv") or subprocess.run([*UNSHARE, f"{ENTER} true"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("there are no namespaces of users")
    program = tmp_path / "smyth"
    program.write_text(f"#!/bin/sh\nexec {' '.join(UNSHARE)} '{ENTER} {binary} \"$@\"' smyth \"$@\"\n")
    program.chmod(0o755)
    return server({"smyth.toml": CONFIG, "app.py": APP, "layer/python/lent.py": "", "layer/bin/tool": ""}, binary=program)


def test_what_cannot_be_had_is_said_once(one):
    for name in ("f", "g"):
        assert one.invoke(name, {}).status == 200
    warnings = [line for line in one.log().splitlines() if line.startswith("warning: ")]
    why = "and only variables name their folders: this system lets you make no mount namespace"
    assert warnings == [
        f"warning: the layers of `f` are not at `/opt`, {why}", f"warning: the layers of `g` are not at `/opt`, {why}",
        "warning: this system lets you make no mount namespace: environments share /tmp (each has a folder of its own in "
        "TMPDIR), and `isolate` and `ephemeral_storage` have no effect"]


def test_variables_name_layers_and_a_folder_of_each_environment_instead_of_tmp(one):
    found = [response.json for response in at_once(2, one.invoke, "f", {"sleep": 0.3})]
    assert len({each["folder"] for each in found}) == 2
    for each in found:
        assert each["folder"].startswith("/tmp/") and each["names"] == 1
        assert each["lent"] == f"{one.folder}/layer/python/lent.py"
        assert each["path"].endswith(f":{one.folder}/layer/bin")
    assert (one.folder / "made").exists()


def test_the_folder_outlives_a_crash_and_no_environment(one):
    first = one.invoke("g", {}).json
    assert one.invoke("g", {"exit": 1}).json["errorType"] == "Runtime.ExitError"
    last = one.invoke("g", {}).json
    assert (last["folder"], last["names"]) == (first["folder"], 2)
