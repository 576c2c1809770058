"""Plays the server on a terminal: `debugger_server.py FOLDER granted|refused EVENT...`

Serves the events one after another and writes what happened, a JSON object, to FOLDER/log.json.
"""

import json
import os
import signal
import struct
import sys
import termios
import time
from pathlib import Path

from environment_server import Zygote


def serve(folder, grant, events):
    zygote = Zygote()
    environment = zygote.fork()
    environment.start(folder, environ=json.loads(os.environ.get("TEST_ENVIRON", "{}")))
    assert environment.answer().kind == "Y"
    told = []
    for event in events:
        environment.invoke(event, deadline=int(time.time() * 1000) + 60_000)
        while True:
            answer = environment.answer(30)
            told.append(answer.kind)
            if answer.kind == "P":
                environment.send("C", grant)
            elif answer.kind == "p":
                told.append(os.tcgetpgrp(0) == os.getpgrp() and
                            termios.tcgetattr(0)[3] == MODES)
            else:
                told.append(answer.value)
                break
    return {"told": told, "output": environment.output()}


signal.signal(signal.SIGTTOU, signal.SIG_IGN)
MODES = termios.tcgetattr(0)[3]
done = serve(Path(sys.argv[1]), b"1" if sys.argv[2] == "granted" else b"0", sys.argv[3:])
Path(sys.argv[1], "log.json").write_text(json.dumps(done))
