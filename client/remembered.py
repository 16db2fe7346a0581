"""The outputs of a stack of this machine, remembered until its state changes.

Pulumi derives a key from the passphrase each time, and takes longer to say the outputs than Trino to answer. Only the
stack in `.local` is remembered, in that private folder, which has the passphrase of its state too.
"""

import hashlib
import json
import os
import urllib.parse
from contextlib import suppress
from pathlib import Path
from typing import Any

from client.private import write_private

_FILE = "outputs.json"


def state(stack: str | None) -> str | None:
    """A digest of the state of `stack`, or of the selected one; None if it is not in the folder of the local stack."""
    folder, name = os.environ.get("DATAMESH_LOCAL"), stack or os.environ.get("PULUMI_STACK")
    backend = urllib.parse.unquote(os.environ.get("PULUMI_BACKEND_URL", ""))
    if not folder or not name or backend != f"file://{folder}/state":
        return None
    try:
        content = Path(folder, "state/.pulumi/stacks/datamesh", f"{name}.json").read_bytes()
    except OSError:
        return None
    return hashlib.sha256(f"{name}\n".encode() + content).hexdigest()


def recall(state: str) -> dict[str, Any] | None:
    """The outputs that belong to this state; None where they are not known."""
    try:
        found = json.loads(_file().read_bytes())
        return found["outputs"] if found["state"] == state else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # Pulumi is asked then


def keep(state: str, outputs: dict[str, Any]) -> None:
    """Remembers the outputs of this state, in the place of another's; where the disk has no room, nothing."""
    with suppress(OSError):
        write_private(_file(), json.dumps({"state": state, "outputs": outputs}))


def _file() -> Path:
    return Path(os.environ["DATAMESH_LOCAL"], _FILE)
