"""The tests' server is the one that plays to Python's environments: the frames are the same."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
