"""Files that only their owner can read."""

import os
from pathlib import Path


def write_private(file: Path, content: str | bytes) -> None:
    """Replaces `file` in one step by one that only its owner can read; readers see the old or the new, never half.

    Its folder is there already. Raises OSError.
    """
    fresh = file.parent / f"..{file.name}.{os.getpid()}"  # no key of a Kubernetes object starts so
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content if isinstance(content, bytes) else content.encode())
    fresh.replace(file)
