"""`.local/env`: what a shell needs so that plain `pulumi` and the examples work against the local stack."""

import os
import secrets
import shlex
import urllib.parse
from pathlib import Path
from typing import Any

from local import paths, records
from local.paths import LocalError
from local.prepare import kubernetes_plugin
from local.prepare.engine import Engine
from local.servers import process
from local.stack import stackfile

STACK = "local"
QUIET = ["--yes", "--skip-preview", "--suppress-outputs", "--suppress-progress", "--non-interactive"]
"""How the engine updates a stack when a command of ours asks for it."""


def file() -> Path:
    """The file to source."""
    return paths.stack() / "env"


def passphrase() -> Path:
    """The file with what the secrets in the stack's state are encrypted with."""
    return paths.stack() / "passphrase"


def checkpoint() -> Path:
    """Where Pulumi keeps the resources of the stack."""
    return paths.state() / ".pulumi/stacks/datamesh" / f"{STACK}.json"


def latest() -> dict[str, Any]:
    """What Pulumi knows of the stack: `resources` and `pending_operations`. Raises DamagedError."""
    found = records.read(checkpoint(), checkpoint=dict) or {"checkpoint": {}}
    return found["checkpoint"].get("latest") or {}


def make(engine: Engine, context: str | None = None) -> dict[str, str]:
    """Makes folder, passphrase and env file as far as they lack; returns the environment for the stack's commands.

    `context` is the cluster's, "" without one; by default that of the stack's settings.
    """
    context = stackfile.kube_context() if context is None else context
    if os.pathsep in str(paths.checkout()):
        raise LocalError(f"{paths.checkout()} has a colon in its name, so nothing in it can be on PATH: move it.")
    paths.private(paths.state())
    paths.stack().chmod(0o700)
    if not passphrase().exists():
        if checkpoint().exists():
            raise LocalError(
                f"{passphrase()} is gone, and without it the secrets of the stack cannot be read.\n"
                "Put it back, or type `make down FORCE=1`, which removes the stack, then `make up`."
            )
        stackfile.forget_salt()
        process.write_private(passphrase(), secrets.token_urlsafe(32) + "\n")
    process.write_private(file(), script(engine, context))
    return variables(engine, context)


def folders(engine: Engine, context: str = "") -> list[str]:
    """What goes before everything else on PATH: for a cluster, Pulumi's own plugin."""
    ours = paths.checkout() / "local/bin"
    hosts = [ours / "language"] if engine.built else []
    plugin = kubernetes_plugin.folder() if context else ours / "kubernetes"
    return [str(folder) for folder in (paths.checkout() / ".venv/bin", ours, plugin, *hosts, engine.folder)]


def settings() -> dict[str, str]:
    """The variables by which `pulumi` and the examples find the stack."""
    return {
        "DATAMESH_LOCAL": str(paths.stack()),
        "PULUMI_BACKEND_URL": "file://" + urllib.parse.quote(str(paths.state())),
        "PULUMI_HOME": str(paths.stack() / "pulumi"),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase()),
        "PULUMI_STACK": STACK,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def variables(engine: Engine, context: str = "") -> dict[str, str]:
    """This process's environment as it is after sourcing the file."""
    present = {key: value for key, value in os.environ.items() if key != "PULUMI_CONFIG_PASSPHRASE"}
    path = [*folders(engine, context), *os.environ.get("PATH", os.defpath).split(os.pathsep)]
    return {**present, **settings(), "PATH": os.pathsep.join(dict.fromkeys(path))}


def throwaway(engine: Engine, folder: Path, stack: str) -> dict[str, str]:
    """The environment of a stack that lives in `folder` alone, in which it has a folder for its state."""
    (folder / "state").mkdir()
    kept = variables(engine) | {
        "DATAMESH_LOCAL": str(folder),
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_HOME": str(folder / "pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": "nothing is kept",
        "PULUMI_STACK": stack,
    }
    kept.pop("PULUMI_CONFIG_PASSPHRASE_FILE")
    return kept


def script(engine: Engine, context: str = "") -> str:
    """The text of the file, for any shell of the Bourne family, to be sourced any number of times."""
    lines = [
        "# Source this, then `pulumi` and the examples work on the local stack. Made by `make up`.",
        "unset PULUMI_CONFIG_PASSPHRASE  # it would win over the file",
        *(f"export {key}={shlex.quote(value)}" for key, value in settings().items()),
    ]
    for folder in reversed(folders(engine, context)):
        lines.append(f'case ":$PATH:" in *:{shlex.quote(folder)}:*) ;; *) PATH={shlex.quote(folder)}:$PATH ;; esac')
    return "\n".join([*lines, "export PATH", ""])
