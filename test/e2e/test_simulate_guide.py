"""docs/simulate.md: each of its sessions, typed as it stands there, prints what stands there.

But for hashes of decisions: they are others after every change to the scheduler, and nobody reads them.
"""

import os
import re
import subprocess

import pytest

from harness.server import BINARY, REPOSITORY, clean_environ

PAGE = (REPOSITORY / "docs/simulate.md").read_text()
SECTIONS = {section.partition("\n")[0]: section for section in re.split(r"^## ", PAGE, flags=re.M)[1:]}
WITH_SESSIONS = [heading for heading, section in SECTIONS.items() if "\n$ " in section]


def sessions(section):
    for kind, session in re.findall(r"^```(\w*)\n(.*?)^```$", section, re.M | re.S):
        if not kind:
            yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", session, re.M)


def without_ends(text):
    return [line.rstrip() for line in re.sub(r"^decisions: [0-9a-f]{16}$", "decisions:", text, flags=re.M).rstrip().splitlines()]


def test_the_page_answers_ten_questions():
    assert len([heading for heading in WITH_SESSIONS if heading.endswith("?")]) == 10


@pytest.mark.parametrize("heading", WITH_SESSIONS)
def test_a_session_prints_what_the_page_says(heading, home, tmp_path):
    environ = clean_environ(home)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "smyth").symlink_to(BINARY)
    environ["PATH"] = os.pathsep.join([str(folder), environ["PATH"]])
    project = tmp_path / "project"
    project.mkdir()
    for configuration in re.findall(r"^```toml\n(.*?)^```$", SECTIONS[heading], re.M | re.S):
        (project / "smyth.toml").write_text(configuration)
    steps = list(sessions(SECTIONS[heading]))
    assert steps
    for command, output in steps:
        done = subprocess.run(["bash", "-c", command], cwd=project, env=environ, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), done
        assert without_ends(done.stdout) == without_ends(output), command
