"""How the lake has the ports of a domain: read for all of them at once, before anything is published."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mesh.names import ICEBERG, PUBLICATIONS
from mesh.sql import literal, quoted
from publish import ledger
from publish.lake import Lake
from publish.ports import Port

AT_ONCE = 8
"""Ports that one statement is about: Trino plans every table of it, and allows 150 stages."""
_KEY = re.compile(r"\[key: ([^\]]*)\]$")
"""The end of what a table says of itself, with the names that the columns of its key had then."""

_SNAPSHOT, _COMMENT, _LAST = "current-snapshot-id", "comment", "last"

Tables = Mapping[str, Mapping[str, str]]
"""Of each table or view that is there: the types of its columns in Trino, by name."""


@dataclass(frozen=True)
class State:
    """A port's table in the lake as it is."""

    snapshot: int
    comment: str
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    """Their types in Trino, by name."""
    dated: bool = True
    """Whether the view of its rows with their moment is there."""
    last: int | None = None
    """The snapshot of the last publication that is written down; another than the present one after a rollback that was
    killed, and after files were written together."""
    digest: str | None = None
    """That of the rows of the present snapshot, where it is known."""

    @property
    def key(self) -> frozenset[str] | None:
        """The columns of its key, as it says itself."""
        noted = _KEY.search(self.comment)
        return frozenset(noted[1].split(", ")) if noted else None


def tables(lake: Lake, ports: Iterable[Port]) -> Tables:
    """The tables and views that are there of these ports, and that of the publications."""
    names = {PUBLICATIONS}.union(*({p.table.name, p.changes_name, p.dated_name} for p in ports))
    found: dict[str, dict[str, str]] = {}
    query = (
        f"SELECT table_name, column_name, data_type FROM {quoted(ICEBERG)}.information_schema.columns "
        f"WHERE table_schema = {literal(lake.domain.identifier)} "
        f"AND table_name IN ({', '.join(literal(name) for name in sorted(names))})"
    )
    for table, column, kind in lake.rows(query):
        found.setdefault(table, {})[column] = kind
    return found


def states(lake: Lake, ports: Sequence[Port], there: Tables) -> dict[str, State]:
    """By name, how the lake has these ports; `there` are all of them."""
    asked = [lake.rows(_question(lake, ports[n : n + AT_ONCE])) for n in range(0, len(ports), AT_ONCE)]
    found = {(port, kind): (value, digest) for rows in asked for port, kind, value, digest in rows}
    return {port.table.name: _state(port, found, there) for port in ports}


def snapshot(lake: Lake, port: Port) -> int:
    """The present snapshot of a port's table."""
    query = f"SELECT value FROM {port.metadata('properties')} WHERE key = {literal(_SNAPSHOT)}"
    return int(lake.rows(query)[0][0])


def _state(port: Port, found: Mapping[tuple[str, str], tuple[str, str | None]], there: Tables) -> State:
    name, none = port.table.name, (None, None)
    snapshot = int(found[name, _SNAPSHOT][0])
    published, digest = found.get((name, _LAST), none)
    last = int(published) if published is not None else None
    return State(
        snapshot=snapshot,
        comment=found.get((name, _COMMENT), none)[0] or "",
        columns=there[name],
        dated=port.dated_name in there,
        last=last,
        digest=digest if last == snapshot else None,
    )


def _question(lake: Lake, ports: Iterable[Port]) -> str:
    """Of rows with a port, what is told of it, and that."""
    parts = [
        f"SELECT {literal(port.table.name)} AS port, key, value, NULL AS digest FROM {port.metadata('properties')} "
        f"WHERE key IN ({literal(_SNAPSHOT)}, {literal(_COMMENT)})"
        for port in ports
    ]
    return " UNION ALL ".join([*parts, ledger.latest(lake, _LAST)])
