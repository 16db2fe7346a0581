"""Where ConfigMaps and Secrets are on this machine: `$DATAMESH_LOCAL/kubernetes/<namespace>/<kind>/<name>/<key>`."""

import base64
import binascii
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from local import paths
from local.providers.package import RefusedError
from local.providers.values import Properties


def folder(namespace: str, kind: str, name: str) -> Path:
    """The folder of an object; the kind is spelled as the API spells it."""
    return _root() / namespace / kind.lower() / name


def names(namespace: str, kind: str) -> list[str]:
    """The names of all objects of a kind that have a folder."""
    parent = folder(namespace, kind, "")
    return sorted(each.name for each in parent.iterdir()) if parent.is_dir() else []


def contents(kind: str, known: Properties) -> dict[str, bytes]:
    """The files of a ConfigMap or Secret by key."""
    texts = known.get("data" if kind == "ConfigMap" else "stringData") or {}
    encoded = known.get("binaryData" if kind == "ConfigMap" else "data") or {}
    return {key: _decoded(key, text) for key, text in encoded.items()} | {
        key: text.encode() for key, text in texts.items()
    }


def write(namespace: str, kind: str, name: str, files: Mapping[str, bytes]) -> None:
    """Gives the object these files, each replaced in one step, and no others."""
    place = folder(namespace, kind, name)
    paths.private(place)
    for key, content in files.items():
        replace(place / key, content)
    for file in place.iterdir():
        if file.name not in files:
            file.unlink()


def remove(namespace: str, kind: str, name: str) -> None:
    """Removes the object's folder, and folders that are empty then."""
    place = folder(namespace, kind, name)
    if place.exists():
        shutil.rmtree(place)
    for parent in list(place.parents)[:3]:
        with suppress(OSError):  # not empty, or gone: somebody else's business
            parent.rmdir()


def remove_namespace(namespace: str) -> None:
    """Removes everything of a namespace."""
    if (_root() / namespace).exists():
        shutil.rmtree(_root() / namespace)


def replace(file: Path, content: bytes) -> None:
    """Writes a file that only its owner can read; whoever reads it sees the old or the new, never half."""
    fresh = file.with_name(f"..{file.name}.{os.getpid()}")  # no key starts with two dots
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
    fresh.replace(file)


def encoded(text: str) -> str:
    """A text of `stringData` as it stands in `data`."""
    return base64.b64encode(text.encode()).decode()


def _decoded(key: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise RefusedError(f"data: {key}: illegal base64 data") from error


def _root() -> Path:
    return paths.stack() / "kubernetes"
