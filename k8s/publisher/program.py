"""What the publisher's pod runs: the project's own packages and the contracts, as files of two ConfigMaps."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pulumi_kubernetes.core.v1 import KeyToPathArgsDict

from mesh.names import DomainName

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("client", "mesh", "publish")
"""All that `python -m publish publish` imports of the project."""


def code() -> dict[str, str]:
    """The text of each module, by its path within the project."""
    files = sorted(file for package in PACKAGES for file in (PROJECT / package).rglob("*.py"))
    return {file.relative_to(PROJECT).as_posix(): file.read_text(encoding="utf-8") for file in files}


def contracts(texts: Mapping[DomainName, str]) -> dict[str, str]:
    """The text of each domain's contract, by its path within the project."""
    return {f"domains/{domain}/contract.yaml": text for domain, text in sorted(texts.items())}


def key(path: str) -> str:
    """The key of a file in its ConfigMap, which can have no slash."""
    return path.replace("/", ".")


def items(files: Iterable[str]) -> list[KeyToPathArgsDict]:
    """Where each file of a ConfigMap is in the volume."""
    return [{"key": key(path), "path": path} for path in files]
