"""What the kernel says about processes: children, memory, descriptors."""

import os
import time
from pathlib import Path


def wait_until(condition, seconds=3.0, what="the condition"):
    """Polls `condition` until it is true and returns its value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} has not come true within {seconds} s")
        time.sleep(0.005)


def _stat(pid):
    """State and parent of a process; None if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2:].split()
    return fields[0], int(fields[1])


def is_alive(pid):
    """Whether the process runs; a zombie does not."""
    found = _stat(pid)
    return found is not None and found[0] not in "ZX"


def descendants(pid):
    """All living processes below `pid`, in no order."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            found = _stat(int(entry))
            if found and found[0] not in "ZX":
                parents.setdefault(found[1], []).append(int(entry))
    below, todo = [], [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        below += children
        todo += children
    return below


def marked(text):
    """Living processes whose environment or command line holds `text`: whoever was left behind."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            known = Path(f"/proc/{entry}/environ").read_bytes() + Path(f"/proc/{entry}/cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in known and is_alive(int(entry)):
            found.append(int(entry))
    return found


def command_of(pid):
    """The words it was started with."""
    return Path(f"/proc/{pid}/cmdline").read_text(errors="surrogateescape").split("\0")[:-1]


def descriptor_count(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid):
    """Private and shared memory that the process has in use."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def pss_kib(pids):
    """Memory of several processes together; what they share counts once."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total
