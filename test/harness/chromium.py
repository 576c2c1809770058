"""A real browser without a window: Chromium, spoken to in its DevTools protocol over a pair of pipes."""

import json
import os
import shutil
import subprocess
import tempfile


def find():
    """The program, or None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Chromium:
    """One page. Use as a context: at its end the browser and its profile are gone."""

    def __enter__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="smyth-chromium-", ignore_cleanup_errors=True)
        their_read, self._write = os.pipe()
        self._read, their_write = os.pipe()

        def place_pipes():
            # The protocol wants descriptors 3 and 4; neither may be overwritten by the other.
            first, second = os.dup(their_read), os.dup(their_write)
            high = [os.dup2(one, number) for one, number in ((first, 50), (second, 51))]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            [find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={self._profile.name}", "about:blank"],
            preexec_fn=place_pipes, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(their_read)
        os.close(their_write)
        self._received = b""
        self._number = 0
        self.events = []
        self._session = None
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Accessibility"):
            self.command(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        os.close(self._write)
        os.close(self._read)
        self._process.kill()
        self._process.wait()
        self._profile.cleanup()

    def _receive(self):
        while b"\0" not in self._received:
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has ended"
            self._received += more
        message, _, self._received = self._received.partition(b"\0")
        return json.loads(message)

    def command(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            received = self._receive()
            if received.get("id") == self._number:
                assert "error" not in received, received
                return received["result"]
            self.events.append(received)

    def open(self, url):
        self.events.clear()
        self.command("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def evaluate(self, script):
        result = self.command("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def look(self, width, colours):
        """As a reader would see it with a window so wide, `light` or `dark`."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": colours}])

    def requested(self):
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        return [event for event in self.events if event.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")]

    def images(self):
        """Name and description of each picture as a screen reader has them."""
        nodes = self.command("Accessibility.getFullAXTree")["nodes"]
        return [(node["name"]["value"], node.get("description", {}).get("value", "")) for node in nodes
                if node.get("role", {}).get("value") in ("image", "img", "SvgRoot") and not node["ignored"]]
