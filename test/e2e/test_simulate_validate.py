"""`scripts/validate`, with fewer calls and a seed of its own: `smyth simulate` against what is known and was recorded."""

import os
import subprocess
from pathlib import Path

import pytest

from harness.server import BINARY, IS_SANITIZED, REPOSITORY

pytestmark = pytest.mark.skipif(IS_SANITIZED, reason="minutes of work there, and the same figures")


def validate(*arguments):
    done = subprocess.run([REPOSITORY / "scripts/validate", "--binary", BINARY, "--seed", "1", *arguments], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_closed_forms_are_met_at_a_million_calls():
    assert "118 quantities, " in validate("--calls", "1e6", "closed")


def test_days_recorded_on_azure_and_lambda_are_met():
    data = Path(os.environ.get("SMYTH_DATA") or REPOSITORY.parent / "shared" / "data")
    if not data.is_dir():
        pytest.skip("there is no recorded data: set SMYTH_DATA to its folder")
    told = validate("--days", "30", "azure", "aws")
    assert "skipped" not in told and told.count("experiment_") == 20
