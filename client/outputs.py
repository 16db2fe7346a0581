"""The outputs and the configuration of a stack, read with Pulumi."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from client import remembered
from client.errors import CommandError
from client.waiting import waiting

PROJECT = Path(__file__).resolve().parents[1]
_FILE = "DATAMESH_OUTPUTS"
"""The environment variable with a file of outputs, for a program that has no Pulumi: that on the cluster."""
_NO_SUCH_COMMAND = 127
"""The exit status of env(1) for a command that is not on PATH."""
_NO_STACK = "no stack named"
"""What Pulumi says of a stack that was never made."""
_OUTPUT = ("stack", "output", "--json", "--show-secrets")


class NoStackError(CommandError):
    """There is no stack of that name."""


def read_outputs(name: str | None = None) -> dict[str, Any]:
    """The outputs of the selected stack, or of the one called `name`, secrets in clear. Raises CommandError.

    Where DATAMESH_OUTPUTS names a file, and no stack is named, they are what the file holds.
    """
    if name is None and (file := os.environ.get(_FILE)):
        return _from_file(Path(file))
    before = remembered.state(name)
    if before and (known := remembered.recall(before)):
        return known
    outputs = json.loads(pulumi(name, f"cannot read the outputs of {called(name)}", *_OUTPUT))
    if before and remembered.state(name) == before:  # not in the middle of an update
        remembered.keep(before, outputs)
    return outputs


def _from_file(file: Path) -> dict[str, Any]:
    try:
        outputs = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        kind = type(error).__name__  # the text of a wrong file may hold passwords
        raise CommandError(f"{_FILE} names {file}, from which no outputs can be read: {kind}") from None
    if not isinstance(outputs, dict):
        raise CommandError(f"{_FILE} names {file}, which holds no object of outputs")
    return outputs


def local_folder() -> Path:
    """The folder of the stack `local`: that of the environment, which may be another checkout's, or this one's."""
    return Path(os.environ.get("DATAMESH_LOCAL") or PROJECT / ".local")


@contextmanager
def needed(name: str | None) -> Iterator[None]:
    """Makes one message of a missing output of the selected stack, or of the one called `name`."""
    try:
        yield
    except KeyError as error:
        raise CommandError(
            f"{called(name)} has no output {error}: it is not deployed, or only in part, or by an older version.\n"
            "Type `make up` for the local stack, `pulumi up --stack NAME` for another."
        ) from None


def read_configuration(name: str | None = None) -> dict[str, str]:
    """The configuration of the selected stack, or of the one called `name`, as texts by key. Raises CommandError."""
    config = json.loads(pulumi(name, f"cannot read the configuration of {called(name)}", "config", "--json"))
    return {key.removeprefix("datamesh:"): entry["value"] for key, entry in config.items() if "value" in entry}


def stack_name(name: str | None = None) -> str:
    """`name`, or that of the selected stack. Raises CommandError."""
    chosen = name or os.environ.get("PULUMI_STACK")
    return chosen or pulumi(None, "there is no selected stack", "stack", "--show-name").strip()


def pulumi(name: str | None, failed: str, *words: str) -> str:
    """Standard output of a Pulumi command on a stack.

    Raises CommandError, which begins with `failed`, when it fails; NoStackError for a stack that was never made.
    """
    with waiting("Asking Pulumi"):
        run = subprocess.run(
            ["/usr/bin/env", "pulumi", *words, "--non-interactive"],
            cwd=PROJECT,
            env=os.environ | ({"PULUMI_STACK": name} if name else {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode == _NO_SUCH_COMMAND:
        raise CommandError(
            "`pulumi` is not on PATH.\nType `source .local/env` to use the local stack (`make up` makes it), "
            "or install Pulumi to use another."
        )
    if run.returncode != 0:
        reason = " ".join(run.stderr.split()) or f"exit status {run.returncode}"
        kind = NoStackError if _NO_STACK in reason else CommandError
        raise kind(
            f"{failed}: {reason}\n"
            "Type `make up` and `source .local/env` for the local stack, `pulumi stack select NAME` for another."
        )
    return run.stdout


def called(name: str | None) -> str:
    """How a message names the stack called `name`, or the selected one."""
    return f"the stack {name}" if name else "the selected stack"
