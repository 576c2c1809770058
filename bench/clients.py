"""What the rows on runtimes need beside smyth: Lambda's own clients and its emulator, kept below build/bench."""

import platform
import shutil
import stat
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

from servers import BUILD, PYTHON, ROOT, NotMeasured

EMULATOR_PACKAGE = "aws-sam-cli==1.170.0"  # Its wheel has the binary of AWS's Runtime Interface Emulator.
WORD_OF_MACHINE = {"x86_64": "x86_64", "aarch64": "arm64"}


def installed(what, command):
    try:
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotMeasured(f"{what} is not to be had: {error}") from error
    return done.stdout.strip()


@cache
def official_python():
    """The command that runs the guide's handler by `awslambdaric`."""
    python = installed("awslambdaric", ["scripts/venv", "bench", str(PYTHON), "bench/requirements.txt"])
    return [python, "-m", "awslambdaric", "handlers.order_handler"]


@cache
def packages():
    """The folder with boto3."""
    python = installed("boto3", ["scripts/venv", "bench", str(PYTHON), "bench/requirements.txt"])
    return installed("boto3", [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"])


@cache
def emulator():
    """AWS's Runtime Interface Emulator."""
    folder = BUILD / "bench" / "emulator"
    binary = folder / "aws-lambda-rie"
    if not binary.exists():
        folder.mkdir(parents=True, exist_ok=True)
        installed(EMULATOR_PACKAGE, [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                                     "--disable-pip-version-check", "--dest", str(folder), EMULATOR_PACKAGE])
        wheel = next(folder.glob("*.whl"))
        member = f"samcli/local/rapid/aws-lambda-rie-{WORD_OF_MACHINE[platform.machine()]}"
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(binary, "wb") as target:
            shutil.copyfileobj(source, target)
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
        wheel.unlink()
    return binary


@cache
def go_function():
    """The folder of a `bootstrap` in Go, with Lambda's own library."""
    if not shutil.which("go"):
        raise NotMeasured("go is not installed")
    return Path(installed("Go's function", ["scripts/client", "go"]))
