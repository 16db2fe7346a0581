"""The log of Trino's queries, on this machine or in the cluster, and what of it is about a table."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from client.errors import CommandError
from client.outputs import local_folder
from client.stack import Stack
from mesh.names import NAMESPACE, SERVICES

FILE = "queries.jsonl"
"""With FILE.1 before it; `k8s/trino/query_log.py` writes both."""
_IN_POD = "/data/queries"
_PATIENCE = 60
"""Seconds for kubectl."""


@dataclass(frozen=True)
class Query:
    """A query that ended: who asked what of which tables, and what became of it."""

    time: str
    """UTC, to the second."""
    user: str
    state: str
    """FINISHED, REFUSED (by the rules of access) or FAILED."""
    rows: int
    tables: dict[str, list[str]]
    """Columns by `catalog.schema.table`; empty where the query was refused before it was understood."""
    sql: str
    message: str
    """Why it was refused or failed."""

    @property
    def platform(self) -> bool:
        """Whether a service asked, not a person."""
        return self.user in SERVICES

    def about(self, table: str) -> bool:
        """Whether it reads `table`: `orders`, `sales.orders` or `sales.public.orders`; of a refused one, names it."""
        parts = table.lower().split(".")
        if self.tables:
            return any(_same(name.lower().split("."), parts) for name in self.tables)
        optional = r"\.(?:\w+\.)?" if len(parts) == 2 else r"\."
        named = (
            rf"(?<![\w.]){optional.join(map(re.escape, parts))}(?!\w)" if len(parts) > 1 else rf"\b{re.escape(table)}\b"
        )
        return re.search(named, f"{self.sql} {self.message}".replace('"', ""), re.IGNORECASE) is not None


def _same(name: list[str], asked: list[str]) -> bool:
    return asked in (name, [name[0], name[-1]], [name[-1]])


def parse(lines: Iterable[str]) -> Iterator[Query]:
    """The queries in lines of the log; a line that was cut off while it was written is left out."""
    for line in lines:
        try:
            kept = json.loads(line)
            time = kept["time"][:19].replace("T", " ")
            yield Query(time, kept["user"], kept["state"], kept["rows"], kept["tables"], kept["sql"], kept["message"])
        except (ValueError, KeyError, TypeError):
            continue


def read(stack: Stack) -> list[Query]:
    """All queries that are kept. Raises CommandError when the log cannot be read."""
    trino = stack.trino
    forward = trino.port_forward or (
        trino.cluster and f"kubectl --context {shlex.quote(trino.cluster)} --namespace {NAMESPACE} port-forward "
    )
    return list(parse(_in_cluster(forward) if forward else _here()))


def _here() -> Iterator[str]:
    folder = local_folder() / "queries"
    if not folder.exists():
        raise CommandError(f"{folder} is missing: type `make up`")
    for file in (folder / f"{FILE}.1", folder / FILE):
        if file.exists():
            yield from file.read_text(encoding="utf-8", errors="replace").splitlines()


def _in_cluster(port_forward: str) -> list[str]:
    command = command_for(port_forward)
    if not shutil.which(command[0]):
        raise CommandError("`kubectl` is not on PATH. Install it, then repeat the command.")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise CommandError(f"the cluster did not answer within {_PATIENCE} s: check it, then repeat") from None
    if done.returncode:
        raise CommandError(f"the log of Trino's queries cannot be read: {' '.join(done.stderr.split())[:300]}")
    return done.stdout.splitlines()


def command_for(port_forward: str) -> list[str]:
    """The command that prints the log in the pod of Trino's coordinator, from the one that forwards Trino's port."""
    kubectl, found, _ = port_forward.partition(" port-forward ")
    if not found:
        raise CommandError(f"the stack reaches Trino by `{port_forward}`, which names no cluster to ask for the log")
    files = f"cat {_IN_POD}/{FILE}.1 {_IN_POD}/{FILE} 2>/dev/null || true"
    pod = ["exec", "deployment/trino-coordinator", "--container", "query-log", "--", "sh", "-c", files]
    return [*shlex.split(kubectl), *pod]
