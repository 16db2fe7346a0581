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
from mesh.names import ICEBERG, LAKE, NAMESPACE, SERVICES

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
        """Whether it reads `table`: `orders`, `sales.orders` or `sales.public.orders`; of a refused one, names it.

        What the lake keeps of `sales.orders`, `lake.sales.orders`, is `sales.orders` too.
        """
        asked = parts(table)
        if self.tables:
            return any(asked in _spellings(parts(name)) for name in self.tables)
        return re.search(_named(asked), f"{self.sql} {self.message}".replace('"', ""), re.IGNORECASE) is not None


def parts(table: str) -> list[str]:
    """The parts of a table's name, as Trino spells them: `customer-care.orders` is `customer_care.orders` there."""
    found = [part.replace("-", "_") for part in table.lower().split(".")]
    return [LAKE, *found[1:]] if len(found) > 1 and found[0] == ICEBERG else found


def spelled(part: str) -> str:
    """A pattern for one of the `parts`, with either of the spellings of a domain."""
    return re.escape(part).replace("_", "[-_]")


def _spellings(name: list[str]) -> list[list[str]]:
    """What a person may type for the table `name`: catalog, schema, table."""
    catalog, schema, table = name[0], name[-2], name[-1]
    return [name, [catalog, table], [table], *([[schema, table]] if catalog == LAKE else [])]


def _named(asked: list[str]) -> str:
    """A pattern for a table in the text of a statement, with any schema between its catalog and its name."""
    patterns = [spelled(part) for part in asked]
    if asked[0] == LAKE and len(asked) > 1:
        patterns[0] = f"(?:{LAKE}|{ICEBERG})"
    between = r"\s*\.\s*(?:\w+\s*\.\s*)?" if len(asked) == 2 else r"\s*\.\s*"
    before = rf"(?:\b(?:{LAKE}|{ICEBERG})\s*\.\s*|(?<![\w.]))" if len(asked) == 2 else r"(?<!\w)"
    return rf"{before}{between.join(patterns)}(?!\w)"


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
            yield from _lines(file.read_text(encoding="utf-8", errors="replace"))


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
    return _lines(done.stdout)


def _lines(text: str) -> list[str]:
    """Only a line feed ends one: a statement may hold what else Unicode counts as the end of a line."""
    return text.split("\n")


def command_for(port_forward: str) -> list[str]:
    """The command that prints the log in the pod of Trino's coordinator, from the one that forwards Trino's port."""
    kubectl, found, _ = port_forward.partition(" port-forward ")
    if not found:
        raise CommandError(f"the stack reaches Trino by `{port_forward}`, which names no cluster to ask for the log")
    files = f"cat {_IN_POD}/{FILE}.1 {_IN_POD}/{FILE} 2>/dev/null || true"
    pod = ["exec", "deployment/trino-coordinator", "--container", "query-log", "--", "sh", "-c", files]
    return [*shlex.split(kubectl), *pod]
