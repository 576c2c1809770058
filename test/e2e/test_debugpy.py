"""docs/debugging.md on debugpy: its files and its command verbatim, with a client in the place of the IDE."""

import json
import re
import shlex
import time

from harness.dap import DapClient
from harness.processes import wait_until
from harness.server import REPOSITORY, Background, free_port

PAGE = (REPOSITORY / "docs/debugging.md").read_text().partition("## An IDE: debugpy")[2]


def block(kind):
    """The page's only block of this kind."""
    found = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks of {kind} on the page"
    return found[0]


class Ide:
    """Attached as the page says, with a breakpoint at `return greeting`."""

    def __init__(self, port, file):
        configuration = json.loads(block("json").replace("5678", str(port)))
        assert (configuration["type"], configuration["request"]) == ("debugpy", "attach")
        self.client = DapClient(configuration["connect"]["port"])
        self.line = 1 + file.read_text().splitlines().index("    return greeting")
        self.client.attach(configuration, {file: [self.line]})

    def stops(self):
        """The thread and the innermost frame."""
        stopped = self.client.event("stopped")
        assert stopped["reason"] == "breakpoint"
        frame = self.client.ask("stackTrace", threadId=stopped["threadId"])["stackFrames"][0]
        assert (frame["name"], frame["line"]) == ("hello", self.line)
        return stopped["threadId"], frame["id"]

    def value(self, expression, frame):
        return self.client.ask("evaluate", expression=expression, frameId=frame, context="watch")["result"]

    def goes_on(self, thread):
        self.client.ask("continue", threadId=thread)

    def leaves(self):
        self.client.ask("disconnect")
        self.client.close()


def test_an_ide_attaches_and_stops_at_a_breakpoint(server):
    install, run = block("console").splitlines()
    assert install == "$ pip install debugpy"
    words = shlex.split(run.removeprefix("$ "))
    assert words[:2] == ["smyth", "run"]
    port = free_port()
    code = block("python").replace("5678", str(port))
    one = server({"smyth.toml": block("toml"), "app.py": code}, *words[2:])
    file = one.folder / "app.py"
    call = Background(one.get, "/hello")
    one.wait_for_log("waiting for the IDE", 20)
    ide = Ide(port, file)
    thread, frame = ide.stops()
    time.sleep(1.2)  # Longer than the function's timeout.
    assert not call.is_done()
    assert ide.value("greeting", frame) == "'hello'"
    ide.client.ask("setExpression", expression="greeting", value="'hello from the IDE'", frameId=frame)
    ide.goes_on(thread)
    assert (call.result().status, call.result().text) == (200, "hello from the IDE")
    ide.leaves()
    assert one.get("/hello").text == "hello"  # Nothing waits any more.
    assert one.slots("hello") == [("warm", 2)]

    file.write_text(code.replace('"hello"', '"new code"'))
    call = Background(one.get, "/hello")
    wait_until(lambda: one.log().count("waiting for the IDE") == 2, 20, "the new code to wait")
    ide = Ide(port, file)
    thread, frame = ide.stops()
    assert ide.value("greeting", frame) == "'new code'"
    ide.goes_on(thread)
    assert (call.result().status, call.result().text) == (200, "new code")
    ide.leaves()


def test_without_the_flag_a_wait_for_the_ide_is_a_timeout(server):
    code = block("python").replace("5678", str(free_port()))
    one = server({"smyth.toml": block("toml"), "app.py": code})
    assert one.get("/hello").status == 500
    one.wait_for_log(r"error: `hello:0` timed out after 1\.00 seconds")
