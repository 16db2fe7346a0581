"""Servers in a folder of their own, ended after the test whatever happens in it."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from local.servers import process
from local.servers import registry as servers


@contextmanager
def stack_in_a_folder() -> Iterator[Path]:
    """A stack's folder with nothing in it; its servers are stopped and it is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="datamesh-")) / ".local"
    before = os.environ.get("DATAMESH_LOCAL")
    os.environ["DATAMESH_LOCAL"] = str(folder)
    try:
        yield folder
    finally:
        servers.stop_all()
        if before is None:
            del os.environ["DATAMESH_LOCAL"]
        else:
            os.environ["DATAMESH_LOCAL"] = before
        shutil.rmtree(folder.parent)


def kill(name: str) -> None:
    """Ends a server as a power cut does, its children too."""
    pid = process.alive(name)
    assert pid, f"{name} should run before it is killed"
    family = [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]
    for member in reversed(family):
        with suppress(psutil.NoSuchProcess):  # a server's children come and go
            member.send_signal(signal.SIGKILL)
    while process.alive(name):
        time.sleep(0.01)
