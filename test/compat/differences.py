"""What may differ between the original and ours, and by which line of docs/compatibility.md."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"


def named_on_the_page():
    """All that a difference may name: `row 13`, and the first cells of the other tables' rows."""
    names = set()
    for line in PAGE.read_text().splitlines():
        cell = re.match(r"\| ([^|]+) \|", line)
        if cell:
            name = cell.group(1).strip()
            names.add(f"row {name}" if name.isdigit() else name)
    return names


def compare(original, ours, allowed):
    """Compares two dicts key by key. `allowed` tells for each key that differs, why.

    A difference without a reason fails, and so does a reason without a difference: it would hide the next one.
    """
    known = named_on_the_page()
    for key, reason in allowed.items():
        assert reason in known, f"{reason!r} ({key}) is no line of docs/compatibility.md"
    missing = object()
    different = {key for key in {**original, **ours} if original.get(key, missing) != ours.get(key, missing)}
    unexplained = {key: (original.get(key, "absent"), ours.get(key, "absent")) for key in different - set(allowed)}
    assert not unexplained, f"(original, ours): {unexplained}"
    assert set(allowed) <= different, f"no difference any more: {set(allowed) - different}"


def flat(value, prefix=""):
    """A nested dict as one level: {"requestContext.http.method": "GET"}."""
    if not isinstance(value, dict) or not value:
        return {prefix.rstrip("."): value}
    result = {}
    for key, inner in value.items():
        result.update(flat(inner, f"{prefix}{key}."))
    return result


def seen(response, *headers):
    """What a client sees of a response."""
    return {"status": response.status, "body": response.text, **{name: response.header(name) for name in headers}}
