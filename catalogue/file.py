"""The page of a stack on the disk: one file that only its owner reads, there whole or not at all."""

import hashlib
import os
import tempfile
from pathlib import Path

from client.outputs import PROJECT, local_folder
from commands.contract_history import LOCAL, state_of

_END = "<!-- made of {} -->\n"
"""The last line of a page that says which state of the mesh it shows."""


def place(stack: str) -> Path:
    """Where the page of a stack is; git leaves both folders out."""
    if stack == LOCAL:
        return local_folder() / "catalogue.html"
    return PROJECT / ".datamesh" / f"catalogue-{stack.replace('/', '-')}.html"


def write(path: Path, page: str, state: str | None) -> None:
    """Writes a page, which holds sample rows; `state` is what it was made of. Raises OSError."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    end = f"\n{_END.format(state)}" if state else "\n"
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # private from the start
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="xmlcharrefreplace") as file:
            file.write(page.rstrip("\n") + end)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def shows(path: Path, state: str) -> bool:
    """Whether the page is there and was made of `state`."""
    end = _END.format(state).encode()
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - len(end)))
            return file.read() == end
    except OSError:
        return False


def state(stack: str) -> str | None:
    """What the page of a local stack depends on, as a digest: resources, files of domains, and the page's own program.

    None for other stacks, whose resources are not in a file of this machine, and where there is none.
    """
    checkpoint = local_folder() / "state/.pulumi/stacks/datamesh" / f"{LOCAL}.json"
    if stack != LOCAL or not checkpoint.is_file():
        return None
    digest = hashlib.sha256(state_of(checkpoint).encode())
    for file in sorted(Path(__file__).parent.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]
