"""One publication of a port: what has changed in the source goes into the lake, as one snapshot.

It can be killed at any point and repeated: the table of changes says from which snapshot it was made, so that the next
run knows whether it was brought in.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mesh.names import PUBLICATIONS
from mesh.sql import literal
from publish import ledger, statements
from publish.errors import NotPublishedError
from publish.evolution import alterations
from publish.lake import Lake
from publish.ports import Port
from publish.statements import ADDED, CHANGED, LATE, MOMENT, REMOVED

OVERLAP = timedelta(hours=1)
"""By so much rows are compared that `changedAt` says are older than the last publication: of transactions that took
long."""
_EVOLVING = "Its columns have changed; its rows have not been compared since."
"""What a table says of itself meanwhile."""
_KEY = re.compile(r"\[key: ([^\]]*)\]$")
"""The end of what a table says of itself, with the names that the columns of its key had then."""


@dataclass(frozen=True)
class State:
    """A port's table in the lake as it is."""

    snapshot: int
    comment: str


@dataclass(frozen=True)
class Staged:
    """What the table of changes holds."""

    counts: dict[str, int]
    as_of: datetime
    base: int
    twice: str | None
    """A key that is there twice, or missing in part."""

    @property
    def rows(self) -> int:
        """The differences."""
        return sum(count for op, count in self.counts.items() if op != MOMENT)


def publish(lake: Lake, port: Port, whole: bool = False) -> ledger.Publication | None:
    """Publishes a port; None where nothing has changed. `whole` compares all rows, whatever `changedAt` says.

    Another publication of the domain must not be under way. Raises NotPublishedError, and what asking Trino raises.
    """
    tables = lake.tables()
    if PUBLICATIONS not in tables:
        ledger.create(lake)
    if port.table.name not in tables:
        lake.run(statements.create(port))
    settle(lake, port, tables)
    ledger.strike(lake, port)  # what a rollback that was killed has left
    now, whole = _evolved(lake, port, whole)
    found = _changes(lake, port, None if whole or not port.kept.changed_at else _since(lake, port), now)
    noted = None
    if found:
        lake.run(statements.merge(port))
        noted = _note(lake, port, found)
        lake.run(f"DROP TABLE {port.changes}")
    if port.dated_name not in tables or now.comment != port.comment:
        lake.run(statements.dated(port))
    if now.comment != port.comment:
        lake.run(f"COMMENT ON TABLE {port.lake} IS {literal(port.comment)}")
    return noted


def settle(lake: Lake, port: Port, tables: Collection[str]) -> None:
    """Does the rest of a publication that was killed, or drops what it had prepared, where it left something.

    `tables` are the names of the tables that there are.
    """
    if port.changes_name not in tables:
        return
    found, now = _staged(lake, port), state(lake, port).snapshot
    following = [snapshot for snapshot, _ in _following(lake, port, found.base)]
    if found.rows and now != found.base and following == [now]:
        _note(lake, port, found)
    lake.run(f"DROP TABLE {port.changes}")


def state(lake: Lake, port: Port) -> State:
    """What Iceberg says of the port's table."""
    found = dict(lake.rows(f"SELECT key, value FROM {port.metadata('properties')}"))
    return State(int(found["current-snapshot-id"]), found.get("comment", ""))


def _evolved(lake: Lake, port: Port, whole: bool) -> tuple[State, bool]:
    """Brings the table's columns to those of the contract; the second value is whether to compare all rows.

    All are compared after such a change too: until they are, the table's description is not the contract's.
    """
    now = state(lake, port)
    noted = _KEY.search(now.comment)
    if noted and _today(port, noted[1].split(", ")) != set(port.table.key):
        raise NotPublishedError(
            f"{port.title} has another key by its contract, {port.by_key}, than in the lake: {now.comment}\n"
            "Nothing was published. Give the port another name: its past stays under this one."
        )
    shown = lake.rows(f"SHOW COLUMNS FROM {port.lake}")
    orders = alterations(port, {name: kind for name, kind, *_ in shown})
    if orders:
        now = replace(now, comment=f"{_EVOLVING} {port.by_key}")
        lake.run(f"COMMENT ON TABLE {port.lake} IS {literal(now.comment)}")
    for order in orders:
        lake.run(order)
    return now, whole or now.comment != port.comment


def _today(port: Port, names: Iterable[str]) -> set[str]:
    """Names of columns, in the place of which those stand that their contract has renamed."""
    renamed = {old: column.name for column in port.table.columns for old in column.renamed_from}
    return {renamed.get(name, name) for name in names}


def _changes(lake: Lake, port: Port, since: datetime | None, now: State) -> Staged | None:
    """The changes, in a table of their own; None where there are none, and then no table either."""
    difference = statements.Difference(port, since)
    if not lake.rows(difference.any()):
        return None
    lake.run(difference.stage(now.snapshot))
    found = _staged(lake, port)
    if not found.counts.get(LATE) and not found.twice and found.rows:
        return found
    lake.run(f"DROP TABLE {port.changes}")
    if found.twice:
        raise NotPublishedError(
            f"{port.title} has rows without a key of their own ({', '.join(port.table.key)}: {found.twice}), against "
            "its contract: nothing was published.\nType `make contracts`: it counts them."
        )
    # Without rows, the source went back to what it was between the two looks.
    return _changes(lake, port, None, now) if found.counts.get(LATE) else None


def _since(lake: Lake, port: Port) -> datetime | None:
    last = ledger.last(lake, port)
    return last.astimezone(UTC) - OVERLAP if last else None


def _staged(lake: Lake, port: Port) -> Staged:
    rows: list[tuple[Any, ...]] = lake.rows(statements.staged(port))
    (as_of,) = [moment for _, _, moment, _, _ in rows if moment]
    return Staged({op: count for op, count, *_ in rows}, as_of, rows[0][3], rows[0][4])


def _note(lake: Lake, port: Port, found: Staged) -> ledger.Publication:
    """Writes down which moment of the source the snapshot shows that has these changes."""
    ((snapshot, committed_at),) = _following(lake, port, found.base)
    counts = [found.counts.get(op, 0) for op in (ADDED, CHANGED, REMOVED)]
    each = ledger.Publication(snapshot, found.as_of, committed_at, *counts)
    ledger.note(lake, port, each)
    return each


def _following(lake: Lake, port: Port, base: int) -> list[tuple[Any, ...]]:
    """The latest snapshot that was made of `base`, and when; no row where there is none."""
    query = f"SELECT snapshot_id, committed_at FROM {port.metadata('snapshots')} WHERE parent_id = {base}"
    return lake.rows(f"{query} ORDER BY committed_at DESC LIMIT 1")
