"""Path patterns of the configuration as regular expressions, which users of the original may look at."""

import re

_CONVERTERS = {
    "str": "[^/]+",
    "path": ".*",
    "int": "[0-9]+",
    "float": r"[0-9]+(\.[0-9]+)?",
    "uuid": "[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}",
}


def compiled_path(template: str) -> "re.Pattern[str]":
    """Matches what the configured path pattern matches; what the original shows as `url_path`."""
    pattern, end = "^", 0
    for match in re.finditer(r"{(\w+)(?::(\w+))?}", template):
        converter = _CONVERTERS.get(match.group(2) or "str", "[^/]+")
        pattern += re.escape(template[end:match.start()]) + f"(?P<{match.group(1)}>{converter})"
        end = match.end()
    return re.compile(pattern + re.escape(template[end:]) + "$")
