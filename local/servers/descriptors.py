"""What should run: one small file a server, with everything a restart needs and no secret value."""

import json
import shutil
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from local import paths, records
from local.servers import process

Descriptor = dict[str, Any]  # "kind", "host", "port" and what that kind of server needs besides


def read(name: str) -> Descriptor | None:
    """The descriptor of the server `name`, None if no such server should run. Raises DamagedError."""
    return _read(_file(name))


def known(name: str) -> bool:
    """Whether there is a descriptor of the server `name`, and it is whole."""
    return name in every()


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
    """All descriptors by server name, without those that are damaged."""
    found: dict[str, Descriptor] = {}
    for file in sorted((paths.stack() / "servers").glob("[!.]*.json")):
        with suppress(records.DamagedError):
            found[file.stem] = _read(file) or {}
    return found


def damaged() -> list[str]:
    """The names of servers whose descriptor cannot be read."""
    return sorted({file.stem for file in (paths.stack() / "servers").glob("[!.]*.json")} - every().keys())


def _read(file: Path) -> Descriptor | None:
    return records.read(file, kind=str, host=str, port=int)


def _file(name: str) -> Path:
    return paths.stack() / "servers" / f"{name}.json"
