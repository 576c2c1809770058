"""What README.md and docs/guide.md tell a newcomer to write and to type, done as it stands there."""

import os
import re
import shlex
import subprocess
import sys

import pytest

from harness.server import BINARY, REPOSITORY, clean_environ


def section(page, heading):
    text = (REPOSITORY / page).read_text()
    return re.split(r"^## ", text.partition(f"## {heading}\n")[2], maxsplit=1, flags=re.M)[0]


def blocks(text, kind):
    found = re.findall(rf"^( *)```{kind}\n(.*?)^ *```", text, re.M | re.S)
    return [re.sub(rf"^{indent}", "", body, flags=re.M) for indent, body in found]


def type_in(server, home, commands):
    """Runs a shell's commands in the project, with the server's port in the place of 8080."""
    folder = home / "bin"
    folder.mkdir(exist_ok=True)
    if not (folder / "smyth").exists():
        (folder / "smyth").symlink_to(BINARY)
    environ = clean_environ(home)
    environ["PATH"] = os.pathsep.join([str(folder), os.path.dirname(sys.executable), environ["PATH"]])
    done = subprocess.run(
        commands.replace("8080", str(server.port)), shell=True, cwd=server.folder, env=environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 0, done
    return done.stdout


def told_and_typed(session):
    """Each `$ command` of a session, and what it prints there."""
    return [(command, output.strip()) for command, output in
            re.findall(r"^\$ (.*)\n((?:(?!\$).*\n)*)", session, re.M)]


def test_the_readmes_project_is_served(server, home):
    text = section("README.md", "In your own project")
    (configuration,), (handler, sdk) = blocks(text, "toml"), blocks(text, "python")
    one = server({"pyproject.toml": configuration, "shop/handlers.py": handler})
    address = re.search(r"<(http://\S+)>", text).group(1)
    assert type_in(one, home, f"curl -s {address}") == '{"asked for": "/orders/1"}'
    assert type_in(one, home, f"python -c {shlex.quote(sdk)}") == "b'{\"asked for\": null}'\n"
    one.write("shop/handlers.py", handler.replace("asked for", "new"))
    assert type_in(one, home, f"curl -s {address}") == '{"new": "/orders/1"}'


@pytest.fixture
def guide(server):
    text = section("docs/guide.md", "A project")
    (configuration,), (handler,) = blocks(text, "toml"), blocks(text, "python")
    return server({"pyproject.toml": configuration, "smyth_test_app/handlers.py": handler})


def test_the_guides_session_goes_as_printed(guide, home):
    (session,) = blocks(section("docs/guide.md", "Cold and warm"), "")
    steps = told_and_typed(session)
    assert len(steps) == 2
    for command, output in steps:
        assert type_in(guide, home, command.replace("curl", "curl -s")) == output


def test_the_guides_ways_to_call_a_function(guide, home):
    text = section("docs/guide.md", "Calling a function")
    (sdk,) = blocks(text, "python")
    answer = type_in(guide, home, "python -c " + shlex.quote(f"import boto3\n{sdk}\nprint('done')"))
    assert answer == "done\n" and guide.counters("order_handler") == [1, 0]
    command = re.search(r"`(smyth invoke [^`]*)`", text).group(1)
    assert type_in(guide, home, f"{command} --port 8080") == '{"statusCode": 200, "body": "Orders requests: 2"}\n'
    assert type_in(guide, home, f"{command} --once") == '{"statusCode": 200, "body": "Orders requests: 1"}\n'
    assert re.search(r"^order_handler:0 +warm +2$", type_in(guide, home, "smyth status --port 8080"), re.M)
