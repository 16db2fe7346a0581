"""A dry run of the stack on AWS, with every optional part, without AWS: `make preview STACK=dev-check`."""

import os
import shutil
import tempfile
from pathlib import Path

import psutil

from local import paths
from local.prepare import engine
from local.stack import children, environment

STACK = "dev-check"
SETTINGS = Path(__file__).with_name("dev-check.yaml")
_PREFIX = "check-"
"""Of the folder in the cache, before the number of the process."""
AGAIN = f"Type `make preview STACK={STACK}` to try again."


def preview() -> None:
    """Shows what `pulumi up` would make on AWS; nothing is made, and nothing stays."""
    paths.machine()
    found = engine.ensure()
    for left in paths.private(paths.cache()).glob(f"{_PREFIX}*"):  # of one that was killed
        if not psutil.pid_exists(int(left.name.split("-")[1])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=paths.cache()))
    try:
        settings = folder / f"Pulumi.{STACK}.yaml"
        shutil.copy(SETTINGS, settings)
        shutil.copy(paths.checkout() / "Pulumi.yaml", folder)
        variables = environment.throwaway(found, folder, STACK)
        # the engine writes its salt beside the Pulumi.yaml that it finds: in the checkout, a file of that name is yours
        init = ["pulumi", "--cwd", str(folder), "stack", "init", STACK, "--no-select"]
        children.run(init, variables, "The stack could not be made", AGAIN, quiet=True)
        preview = ["pulumi", "preview", "--stack", STACK, "--config-file", str(settings), "--non-interactive"]
        children.run(preview, variables, "The program could not be previewed", AGAIN)
    finally:
        shutil.rmtree(folder)
