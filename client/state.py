"""The resources in a stack's state, read with Pulumi and without secrets."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from client.errors import CommandError
from client.outputs import NO_SUCH_COMMAND, PROJECT

Resource = Mapping[str, Any]
_NO_STACK = "no stack named"
"""What Pulumi says of a stack that was never made."""


def export(stack: str) -> str | None:
    """What `pulumi stack export` prints; None for a stack that was never made. Raises CommandError."""
    run = subprocess.run(
        ["/usr/bin/env", "pulumi", "stack", "export", "--stack", stack, "--non-interactive"],
        cwd=PROJECT,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == NO_SUCH_COMMAND:
        raise CommandError("`pulumi` is not on PATH. Install it, then repeat the command.")
    if run.returncode != 0:
        if _NO_STACK in run.stderr:
            return None
        raise CommandError(f"cannot read the state of the stack {stack}: {' '.join(run.stderr.split())}")
    return run.stdout


def read_resources(stack: str) -> list[Resource]:
    """The resources of `stack` as its state has them, each with `type`, `id` and `inputs`; none before the first `up`.

    Raises CommandError when the state cannot be read.
    """
    text = export(stack)
    deployment = json.loads(text).get("deployment") if text else None
    resources = (deployment or {}).get("resources") or []  # null before the first `up`
    return [each for each in resources if not each.get("delete")]
