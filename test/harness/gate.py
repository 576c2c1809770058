"""Handlers that wait until the test lets them go on, so that tests need not guess at times."""

from pathlib import Path

from harness.processes import wait_until

# For the files of a project: `from gate import hold` in a handler.
GATE_MODULE = '''
import os
import time


def hold(gate):
    """Says that it is here, then waits for the gate to open."""
    with open(f"{gate}.entered", "a") as file:
        file.write("x")
    while not os.path.exists(f"{gate}.open"):
        time.sleep(0.002)
'''


class Gate:
    """`str(gate)` is what hold() takes."""

    def __init__(self, path):
        self._path = Path(path)

    def __str__(self):
        return str(self._path)

    def entered_count(self):
        try:
            return len(Path(f"{self._path}.entered").read_text())
        except FileNotFoundError:
            return 0

    def wait_entered(self, count=1, seconds=8.0):
        wait_until(lambda: self.entered_count() >= count, seconds, f"{count} handlers at the gate")

    def open(self):
        Path(f"{self._path}.open").touch()
