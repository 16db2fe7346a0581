"""A dry run of the stack on AWS, with every optional part, without AWS: `make preview STACK=dev-check`."""

import shutil
import tempfile
from pathlib import Path

from local import paths
from local.prepare import engine
from local.stack import children, environment

STACK = "dev-check"
SETTINGS = Path(__file__).with_name("dev-check.yaml")
AGAIN = f"Type `make preview STACK={STACK}` to try again."


def preview() -> None:
    """Shows what `pulumi up` would make on AWS; nothing is made, and nothing stays."""
    paths.machine()
    found = engine.ensure()
    folder = Path(tempfile.mkdtemp(prefix="datamesh-check-"))
    try:
        settings = folder / SETTINGS.name
        shutil.copy(SETTINGS, settings)
        variables = environment.throwaway(found, folder, STACK)
        file = ["--config-file", str(settings)]
        init = ["pulumi", "stack", "init", STACK, "--no-select"]
        children.run(init, variables, "The stack could not be made", AGAIN, quiet=True)
        preview = ["pulumi", "preview", "--stack", STACK, *file, "--non-interactive"]
        children.run(preview, variables, "The program could not be previewed", AGAIN)
    finally:
        shutil.rmtree(folder)
        (paths.checkout() / f"Pulumi.{STACK}.yaml").unlink(missing_ok=True)  # the engine's salt
