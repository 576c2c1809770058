"""The examples do what their READMEs say: the commands there are run, and their output compared."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.processes import wait_until
from harness.server import BINARY, CARGO_MIN, REPOSITORY, cargo_version, clean_environ

EXAMPLES = REPOSITORY / "examples"


def commands(readme):
    """The commands of a README's console blocks, each with the output that stands below it."""
    found = []
    for block in re.findall(r"```\w*\n(.*?)```", readme.read_text(), re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((re.sub(r"\s{2,}#.*", "", command), output.strip()))
    return found


def curls(name):
    return [(command, output) for command, output in commands(EXAMPLES / name / "README.md") if "curl" in command]


@pytest.fixture
def example(server, tmp_path):
    def start(name, **options):
        one_folder = tmp_path / "project0"
        shutil.copytree(EXAMPLES / name, one_folder)
        return server({}, **options)

    return start


def run(one, command):
    command = command.replace("localhost:8080", f"localhost:{one.port}").replace("curl", "curl -s")
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=20).stdout.strip()


def test_the_guides_commands_print_what_its_readme_says(example):
    one = example("guide")
    assert len(curls("guide")) >= 3
    for command, output in curls("guide"):
        found = run(one, command)
        assert found == output or not output, command
        assert found
    text = (one.folder / "smyth_test_app" / "handlers.py").read_text()
    (one.folder / "smyth_test_app" / "handlers.py").write_text(text.replace("Orders requests", "Orders counted"))
    assert one.get("/orders/").text == "Orders counted: 1"


def test_the_strategies_commands_print_what_their_readme_says(example):
    one = example("strategies")
    assert len(curls("strategies")) >= 2
    for command, output in curls("strategies"):
        slot = r'"served_by": "checkout:\d"'
        assert re.sub(slot, "", run(one, command)) == re.sub(slot, "", output), command
    served = [one.get("/checkout/1").json["served_by"] for _ in range(12)]
    assert all(one != other for one, other in zip(served, served[1:]))  # Never the same twice running.


def test_the_shell_bootstraps_commands_print_what_its_readme_says(example):
    one = example("provided-shell")
    assert len(curls("provided-shell")) >= 1
    for command, output in curls("provided-shell"):
        assert run(one, command) == output, command
    wait_until(lambda: "working" not in one.states("hello"))
    invoked = [output for command, output in commands(EXAMPLES / "provided-shell" / "README.md") if "invoke" in command]
    assert [one.invoke("hello", {}).text] == invoked
    bootstrap = one.folder / "function" / "bootstrap"
    bootstrap.write_text(bootstrap.read_text().replace("hello ${name", "good morning ${name"))
    assert one.get("/hello/ann").json == {"greeting": "good morning ann", "count": 1}


def test_the_official_clients_commands_print_what_their_readme_says(example):
    one = example("official-python", environ={"PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])})
    assert len(curls("official-python")) >= 3
    for command, output in curls("official-python"):
        assert run(one, command) == output, command
    one.wait_for_log("ValueError: no number: seven")


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_node_examples_commands_print_what_its_readme_says(example):
    one = example("node")
    assert len(curls("node")) >= 3
    for command, output in curls("node"):
        assert run(one, command) == output, command
    one.wait_for_log("RangeError: no number: seven")
    module = one.folder / "index.mjs"
    module.write_text(module.read_text().replace("return { order", "return { renewed: true, order"))
    assert one.get("/orders/7").json == {"renewed": True, "order": 7, "count": 1}


COMPILED = {"go": ("go",), "rust": ("cargo",), "java": ("mvn", "javac")}
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smyth-clients"


@pytest.fixture(scope="module", params=COMPILED)
def compiled(request, tmp_path_factory):
    """An example whose README says how it is built, built so; what takes long is kept for the next time."""
    name = request.param
    missing = [tool for tool in COMPILED[name] if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{missing[0]} is not installed")
    if name == "rust" and cargo_version() < CARGO_MIN:
        pytest.skip("cargo is too old for Lambda's crate")
    folder = tmp_path_factory.mktemp("compiled") / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("function", "target"))
    if name == "rust":
        (CACHE / "example-rust-target").mkdir(parents=True, exist_ok=True)
        (folder / "target").symlink_to(CACHE / "example-rust-target")
    steps = [command for command, _ in commands(folder / "README.md")]
    for command in steps[:steps.index("smyth run")]:
        subprocess.run(["nice", "-n", "19", "bash", "-c", command], cwd=folder, check=True)  # Other tests go on meanwhile.
    return name, folder


def test_the_compiled_examples_commands_print_what_their_readme_says(server, tmp_path, compiled):
    name, folder = compiled
    shutil.copytree(folder, tmp_path / "project0", ignore=shutil.ignore_patterns("target"))
    one = server({})
    assert len(curls(name)) >= 3
    for command, output in curls(name):
        assert run(one, command) == output, command
    one.wait_for_log("no number: seven")


def test_the_pytest_example_passes_as_it_stands(binary, home, tmp_path):
    shutil.copytree(EXAMPLES / "pytest", tmp_path / "project")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=tmp_path / "project",
                          env=clean_environ(home, SMYTH_BINARY=str(BINARY)), capture_output=True, text=True, timeout=50)
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout + done.stderr


def test_every_example_has_a_configuration_without_mistakes(server, tmp_path):
    for number, name in enumerate(sorted(os.listdir(EXAMPLES))):
        shutil.copytree(EXAMPLES / name, tmp_path / f"project{number}")
        assert server({}).get("/smyth/api/status").status == 200


def test_the_telemetry_extension_hears_what_its_readme_says(example):
    one = example("telemetry-extension")
    for command, output in curls("telemetry-extension"):
        assert run(one, command) == output, command
    assert one.stop() == 0
    heard = [json.loads(line) for line in (one.folder / "telemetry.jsonl").read_text().splitlines()]
    found = [record["type"] for record in heard]
    [wanted] = [output.split() for command, output in commands(EXAMPLES / "telemetry-extension" / "README.md")
                if "telemetry.jsonl" in command]
    # The extension and the runtime are ready in any order.
    assert sorted(found) == sorted(wanted) and found[-5:] == wanted[-5:], found


def test_the_extension_examples_commands_print_what_its_readme_says(example):
    one = example("extension")
    assert len(curls("extension")) == 2
    for command, output in curls("extension"):
        assert run(one, command) == output
    one.wait_for_log("invocation 2")
    assert one.stop() == 0
    shown = [line for line in (EXAMPLES / "extension" / "README.md").read_text().splitlines()
             if line.startswith("hello:0/audit")]
    said = [line for line in one.log().splitlines() if "hello:0/audit" in line]
    assert len(shown) == len(said) == 4
    for line, wanted in zip(said, shown):
        assert line.endswith(wanted)


@pytest.mark.parametrize("name", ["go", "java", "rust"])
def test_a_guide_builds_as_its_example_does(name):
    steps = [command for command, _ in commands(EXAMPLES / name / "README.md")]
    built = [command for command, _ in commands(REPOSITORY / "docs" / "guides" / f"{name}.md")]
    assert built and set(built) <= set(steps)
