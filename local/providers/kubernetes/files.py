"""Where ConfigMaps and Secrets are on this machine: `$DATAMESH_LOCAL/kubernetes/<namespace>/<kind>/<name>/<key>`."""

import base64
import binascii
import hashlib
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from local import paths
from local.providers.package import RefusedError
from local.providers.values import Properties
from local.servers import process


def folder(namespace: str, kind: str, name: str) -> Path:
    """The folder of an object; the kind is spelled as the API spells it."""
    return paths.stack() / "kubernetes" / namespace / kind.lower() / name


def contents(kind: str, known: Properties) -> dict[str, bytes]:
    """The files of a ConfigMap or Secret by key."""
    texts = known.get("data" if kind == "ConfigMap" else "stringData") or {}
    encoded = known.get("binaryData" if kind == "ConfigMap" else "data") or {}
    decoded = {key: _decoded(key, text) for key, text in encoded.items()}
    return decoded | {key: text.encode() for key, text in texts.items()}


def write(namespace: str, kind: str, name: str, files: Mapping[str, bytes]) -> None:
    """Gives the object these files, each replaced in one step, and no others."""
    place = paths.private(folder(namespace, kind, name))
    for key, content in files.items():
        process.write_private(place / key, content)
    for file in place.iterdir():
        if file.name not in files:
            file.unlink()
    process.write_private(_sum(place), _digest(place))


def whole(namespace: str, kind: str, name: str) -> bool:
    """Whether the object's files are those that were written."""
    place = folder(namespace, kind, name)
    if not _sum(place).is_file():  # an older version wrote it
        return place.is_dir() and all(file.stat().st_size for file in place.iterdir())
    return _sum(place).read_bytes() == _digest(place).encode()


def _digest(place: Path) -> str:
    found = sorted(place.iterdir()) if place.is_dir() else []
    texts = [hashlib.sha256(b"/".join((each.name.encode(), each.read_bytes()))).digest() for each in found]
    return hashlib.sha256(b"".join(texts)).hexdigest()


def _sum(place: Path) -> Path:
    return place.with_name(f".{place.name}.sum")


def remove(namespace: str, kind: str, name: str) -> None:
    """Removes the object's folder, and folders that are empty then."""
    place = folder(namespace, kind, name)
    _sum(place).unlink(missing_ok=True)
    if place.exists():
        shutil.rmtree(place)
    for parent in list(place.parents)[:3]:
        with suppress(OSError):  # not empty, or gone already
            parent.rmdir()


def _decoded(key: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise RefusedError(f"data: {key}: illegal base64 data") from error
