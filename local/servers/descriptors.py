"""What should run: one small file a server, with everything a restart needs and no secret value."""

import json
from pathlib import Path
from typing import Any

from local import paths
from local.servers import process

Descriptor = dict[str, Any]  # "kind", "host", "port" and what that kind of server needs besides


def read(name: str) -> Descriptor | None:
    """The descriptor of the server `name`, None if no such server should run."""
    return json.loads(_file(name).read_text()) if _file(name).exists() else None


def write(name: str, descriptor: Descriptor) -> None:
    """Says that the server `name` should run."""
    process.write_private(_file(name), json.dumps(descriptor, indent=2, sort_keys=True) + "\n")


def remove(name: str) -> None:
    """Says that the server `name` should run no more."""
    _file(name).unlink(missing_ok=True)


def every() -> dict[str, Descriptor]:
    """All descriptors by server name."""
    files = sorted((paths.stack() / "servers").glob("[!.]*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


def _file(name: str) -> Path:
    return paths.stack() / "servers" / f"{name}.json"
