"""What `smyth simulate` prints."""

import re


def number(output, name):
    """The first number of a line of the table."""
    found = re.search(rf"^{re.escape(name)} +([\d,.]+)", output, re.MULTILINE)
    assert found, output
    return float(found.group(1).replace(",", ""))
