"""Another Trino beside the stack's, from its files, for what is compared with it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from client.stack import Stack
from local.servers import descriptors, process, trino

SERVER = "trino-coordinator"
"""The stack's own."""


@contextmanager
def second_trino(stack: Stack, name: str, change: Callable[[Path], object]) -> Iterator[Stack]:
    """The stack with this server in the place of its own; `change` is given its folder of files first.

    It keeps no log of queries: the stack has one, for its own Trino. Raises LocalError where Trino does not run here.
    """
    known = descriptors.required(SERVER, "Trino server")
    with tempfile.TemporaryDirectory() as folder:
        etc = Path(folder, "etc")
        shutil.copytree(known["mounts"][trino.ETC], etc)
        (etc / "event-listener.properties").unlink()
        change(etc)
        ports = {port: process.free_port(known["host"]) for port in (trino.HTTP, trino.HTTPS)}
        pod = trino.Pod(
            mounts={place: Path(source) for place, source in known["mounts"].items()} | {trino.ETC: etc},
            env={
                key: Path(value["file"]) if isinstance(value, dict) else value
                for key, value in known["env"].items()
                if not key.startswith("QUERY_LOG_")
            },
            ports=ports,
            host=known["host"],
        )
        try:
            trino.apply(name, pod)
            url = urlsplit(stack.trino.url)._replace(netloc=f"{known['host']}:{ports[trino.HTTPS]}").geturl()
            yield replace(stack, trino=replace(stack.trino, url=url))
        finally:
            trino.delete(name)
