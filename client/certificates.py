"""Certificates as files, for libraries that read them from files alone."""

import atexit
import functools
import os
import tempfile
from pathlib import Path


@functools.cache
def file(text: str) -> str:
    """The path of a file with this text, deleted when the program ends."""
    descriptor, path = tempfile.mkstemp(prefix="datamesh-", suffix=".pem")
    atexit.register(Path(path).unlink, missing_ok=True)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    return path
