"""One publication of a port: what has changed in the source goes into the lake, as one snapshot.

It can be killed at any point and repeated: the table of changes says from which snapshot it was made, so that the next
run knows whether it was brought in.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from client.servers import lost
from client.trino import RefusedError
from mesh.names import PUBLICATIONS
from mesh.sql import literal
from publish import ledger, statements
from publish.errors import NotPublishedError
from publish.evolution import alterations
from publish.lake import Lake
from publish.ports import Port
from publish.state import State, Tables, snapshot, states, tables
from publish.statements import ADDED, CHANGED, LATE, MOMENT, REMOVED

OVERLAP = timedelta(hours=1)
"""By so much rows are compared that `changedAt` says are older than the last publication: of transactions that took
long."""
_EVOLVING = "Its columns have changed; its rows have not been compared since."
"""What a table says of itself meanwhile."""


@dataclass(frozen=True)
class Staged:
    """What the table of changes holds."""

    counts: dict[str, int]
    as_of: datetime
    base: int
    twice: str | None
    """A key that is there twice, or missing in part."""
    digest: str | None
    """That of the source's rows at that moment."""

    @property
    def rows(self) -> int:
        """The differences."""
        return sum(count for op, count in self.counts.items() if op != MOMENT)


def prepare(lake: Lake, ports: Sequence[Port]) -> dict[str, State | NotPublishedError]:
    """Makes what is not there yet of these ports of a domain, and does the rest of what was killed.

    Returns how the lake has them, by name, or why it cannot. Another publication of the domain must not be under way.
    """
    there = settled(lake, ports)
    missing = [port for port in ports if port.table.name not in there]
    if PUBLICATIONS not in there:
        ledger.create(lake)
    found: dict[str, State | NotPublishedError] = {}
    for port in missing:
        try:
            lake.run(statements.create(port))
        except RefusedError as error:
            found[port.table.name] = NotPublishedError(f"{port.title} was not published: {error}")
    able = [port for port in ports if port.table.name not in found]
    return {**found, **states(lake, able, tables(lake, able) if missing else there)}


def publish(
    lake: Lake, port: Port, now: State | NotPublishedError, session: Connection | None = None, *, whole: bool = False
) -> ledger.Publication | None:
    """Publishes a port, which the lake has as `now` says; None where nothing has changed.

    `session` is one of the domain's database, which is asked first whether anything is different. `whole` compares all
    rows, whatever `changedAt` or that says. Raises NotPublishedError, and what asking Trino raises.
    """
    if isinstance(now, NotPublishedError):
        raise now
    if now.last not in (None, now.snapshot):
        ledger.strike(lake, port)  # what a rollback that was killed has left
    now, whole = _evolved(lake, port, now, whole)
    known = now.digest if session and not whole else None
    told = _told(session, port, known)
    noted = None
    if known is None or told != known:
        since = None if whole or not port.kept.changed_at else _since(lake, port)
        noted = _brought(lake, port, _changes(lake, port, since, now, sure=told is not None))
    if not now.dated or now.comment != port.comment:
        lake.run(statements.dated(port))
    if now.comment != port.comment:
        lake.run(f"COMMENT ON TABLE {port.lake} IS {literal(port.comment)}")
    return noted


def _told(session: Connection | None, port: Port, known: str | None) -> str | None:
    """What PostgreSQL says that is like `known`; None where that is of other columns or code, or it says nothing."""
    difference = statements.Difference(port)
    if session is None or known is None or not known.startswith(difference.mark()):
        return None
    try:
        with session.cursor() as cursor:
            cursor.execute(difference.digest())
            (told,) = cursor.fetchone() or (None,)
    except psycopg2.Error as error:
        if lost(error):
            raise
        return None  # Trino asks the same table, and its message says what is wrong
    return f"{difference.mark()}{told}"


def _brought(lake: Lake, port: Port, found: Staged | None) -> ledger.Publication | None:
    """Brings staged changes in."""
    if found is None:
        return None
    lake.run(statements.merge(port))
    noted = _note(lake, port, found)
    lake.run(f"DROP TABLE {port.changes}")
    return noted


def settled(lake: Lake, ports: Sequence[Port]) -> Tables:
    """Does the rest of publications of these ports that were killed; the tables that there are."""
    there = tables(lake, ports)
    if PUBLICATIONS in there:
        ledger.complete(lake, there[PUBLICATIONS])
    for port in ports:
        if port.changes_name in there:
            _settle(lake, port, there)
    return there


def _settle(lake: Lake, port: Port, there: Tables) -> None:
    """Does the rest of a publication that was killed, or drops what it had prepared."""
    if port.table.name in there:
        found, now = _staged(lake, port, there[port.changes_name]), snapshot(lake, port)
        if found.rows and now in (made for made, *_ in _following(lake, port, found.base)):
            if PUBLICATIONS not in there:
                ledger.create(lake)
            _note(lake, port, found, again=True)
    lake.run(f"DROP TABLE {port.changes}")


def _evolved(lake: Lake, port: Port, now: State, whole: bool) -> tuple[State, bool]:
    """Brings the table's columns to those of the contract; the second value is whether to compare all rows.

    All are compared after such a change too: until they are, the table's description is not the contract's.
    """
    if now.key and _today(port, now.key) != set(port.table.key):
        raise NotPublishedError(
            f"{port.title} has another key by its contract, {port.by_key}, than in the lake: {now.comment}\n"
            "Nothing was published. Give the port another name: its past stays under this one."
        )
    orders = alterations(port, now.columns)
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


def _changes(lake: Lake, port: Port, since: datetime | None, now: State, *, sure: bool = False) -> Staged | None:
    """The changes, in a table of their own; None where there are none, and then no table either.

    `sure`: there are some.
    """
    difference = statements.Difference(port, since)
    if not sure and not lake.rows(difference.any()):
        return None
    lake.run(difference.stage(now.snapshot))
    found = _staged(lake, port, (statements.DIGEST,))
    if not found.counts.get(LATE) and not found.twice and found.rows:
        return found
    lake.run(f"DROP TABLE {port.changes}")
    if found.twice:
        raise NotPublishedError(
            f"{port.title} has rows without a key of their own ({', '.join(port.table.key)}: {found.twice}), against "
            "its contract: nothing was published.\nType `make contracts`: it counts them."
        )
    # Without rows, the source went back to what it was between the two looks; or rows changed that say they did not.
    return _changes(lake, port, None, now) if found.counts.get(LATE) or (sure and since) else None


def _since(lake: Lake, port: Port) -> datetime | None:
    last = ledger.last(lake, port)
    return last.astimezone(UTC) - OVERLAP if last else None


def _staged(lake: Lake, port: Port, columns: Collection[str]) -> Staged:
    rows: list[tuple[Any, ...]] = lake.rows(statements.staged(port, columns))
    ((as_of, digest),) = [(moment, digest) for _, _, moment, _, digest, _ in rows if moment]
    return Staged({op: count for op, count, *_ in rows}, as_of, rows[0][3], rows[0][5], digest)


def _note(lake: Lake, port: Port, found: Staged, *, again: bool = False) -> ledger.Publication:
    """Writes down which moment of the source the snapshot shows that has these changes."""
    ((made, committed_at, files),) = _following(lake, port, found.base)
    counts = [found.counts.get(op, 0) for op in (ADDED, CHANGED, REMOVED)]
    each = ledger.Publication(made, found.as_of, committed_at, *counts, digest=found.digest, files=int(files))
    ledger.note(lake, port, each, again=again)
    return each


def _following(lake: Lake, port: Port, base: int) -> list[tuple[Any, ...]]:
    """The snapshot that was made of `base`, when, and the number of its files; no row where there is none.

    After a rollback there may be several, of which the present one is meant, whatever the clock said.
    """
    files = " + ".join(f"CAST(element_at(summary, 'total-{kind}-files') AS bigint)" for kind in ("data", "delete"))
    rows = lake.rows(
        f"SELECT snapshot_id, committed_at, {files} FROM {port.metadata('snapshots')} WHERE parent_id = {base}"
    )
    if len(rows) < 2:
        return rows
    now = snapshot(lake, port)
    return [row for row in rows if row[0] == now]
