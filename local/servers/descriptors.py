"""What should run: one small file a server, with everything a restart needs and no secret value."""

import json
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from local import paths
from local.servers import process

Descriptor = dict[str, Any]  # "kind", "host", "port" and what that kind of server needs besides


def read(name: str) -> Descriptor | None:
    """The descriptor of the server `name`, None if no such server should run."""
    return json.loads(_file(name).read_text()) if _file(name).exists() else None


def required(name: str, what: str, *folders: Path) -> Descriptor:
    """The descriptor of the server `name`; ServerError, which calls it `what`, without descriptor or `folders`."""
    descriptor = read(name)
    if descriptor is None or not all(folder.exists() for folder in folders):
        raise process.ServerError(f"There is no {what} {name} in {paths.stack()}: type `make up` to make it again.")
    return descriptor


def write(name: str, descriptor: Descriptor) -> None:
    """Says that the server `name` should run."""
    process.write_private(_file(name), json.dumps(descriptor, indent=2, sort_keys=True) + "\n")


def locked(name: str) -> AbstractContextManager[None]:
    """Holds the lock of descriptor and data of the server `name`: one changes them at a time."""
    return process.locked(f"{name}.data")


def forget(name: str, *folders: Path) -> None:
    """Removes what is left of a server that was ended for good: descriptor, `folders`, log and record."""
    _file(name).unlink(missing_ok=True)
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
    process.forget(name)


def every() -> dict[str, Descriptor]:
    """All descriptors by server name."""
    files = sorted((paths.stack() / "servers").glob("[!.]*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


def _file(name: str) -> Path:
    return paths.stack() / "servers" / f"{name}.json"
