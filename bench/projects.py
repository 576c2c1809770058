"""Projects for the programs to serve: the same handlers, with each program's configuration."""

import shutil
import sys
from pathlib import Path

from servers import ROOT, WORK

HANDLERS = [ROOT / "bench" / "project" / name for name in ("handlers.py", "boto3_handlers.py", "handlers.mjs")]


def path_of(handler):
    return handler if "." in handler else f"handlers.{handler}"


def make_project(name, functions, more=None):
    """A new folder with handlers.py and a configuration. functions: {name: (handler, concurrency)}; a
    handler of another module is named with it.

    The function NAME answers below /NAME/. `more`, {name: lines}, is for smyth's configuration alone.
    """
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for handlers in HANDLERS:
        shutil.copy(handlers, folder)
    (folder / "pyproject.toml").write_text("".join(
        f'[tool.smyth.handlers.{function}]\n'
        f'handler_path = "{path_of(handler)}"\n'
        f'url_path = "/{function}/{{path:path}}"\n'
        f'concurrency = {concurrency}\n'
        f'{(more or {}).get(function, "")}\n'
        for function, (handler, concurrency) in functions.items()))
    (folder / "serverless.yml").write_text(
        "service: bench\n"
        f"provider: {{name: aws, runtime: python3.{sys.version_info[1]}}}\n"
        "plugins: [serverless-offline]\n"
        "functions:\n" + "".join(
            f"  {function}:\n"
            f"    handler: {path_of(handler)}\n"
            f"    events: [{{httpApi: {{path: '/{function}/{{path+}}', method: any}}}}]\n"
            for function, (handler, _) in functions.items()))
    return Path(folder)
