"""A client of the Debug Adapter Protocol, as an IDE is one."""

import json
import socket


class DapClient:
    """Attached to a debug adapter. What comes unasked (events) is kept until somebody waits for it."""

    def __init__(self, port, seconds=20.0):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._input = self._socket.makefile("rb")
        self._number = 0
        self._unread = []

    def close(self):
        self._input.close()
        self._socket.close()

    def send(self, command, **arguments):
        """Asks, and returns the number of the question for answer_to()."""
        self._number += 1
        body = json.dumps({"seq": self._number, "type": "request", "command": command,
                           "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        return self._number

    def answer_to(self, number):
        answer = self._wait_for(lambda message: message.get("request_seq") == number)
        assert answer["success"], answer
        return answer.get("body", {})

    def ask(self, command, **arguments):
        return self.answer_to(self.send(command, **arguments))

    def event(self, name):
        """The body of the next event of this name."""
        return self._wait_for(lambda message: message.get("event") == name).get("body", {})

    def attach(self, configuration, breakpoints):
        """What an IDE does first, for the user's launch configuration; `breakpoints`: lines, by file."""
        self.ask("initialize", clientID="test", adapterID="debugpy", linesStartAt1=True,
                 columnsStartAt1=True, pathFormat="path")
        attached = self.send("attach", **configuration)  # Answered only after configurationDone.
        self.event("initialized")
        for path, lines in breakpoints.items():
            body = self.ask("setBreakpoints", source={"path": str(path)},
                            breakpoints=[{"line": line} for line in lines])
            assert all(one["verified"] for one in body["breakpoints"]), body
        self.ask("configurationDone")
        self.answer_to(attached)

    def _wait_for(self, is_wanted):
        for at, message in enumerate(self._unread):
            if is_wanted(message):
                return self._unread.pop(at)
        while not is_wanted(message := self._read()):
            self._unread.append(message)
        return message

    def _read(self):
        size = 0
        while (line := self._input.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        message = self._input.read(size)
        assert message, "the adapter has closed the connection"
        return json.loads(message)
