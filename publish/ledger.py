"""The table `publications` of a domain: which snapshot of a port shows which moment of the source.

A row is a snapshot that a publication made. Iceberg's own time is that of the commit; `as_of` is the source's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from mesh.names import PUBLICATIONS
from mesh.sql import literal
from publish.digest import DIGEST
from publish.lake import Lake
from publish.ports import Port, in_lake
from publish.statements import ADDED, CHANGED, REMOVED, create_table

_COLUMNS = (
    ("port", "varchar", "The output port."),
    ("snapshot_id", "bigint", "The snapshot of its table: FOR VERSION AS OF reads it."),
    ("as_of", "timestamp(6) with time zone", "The time of the source's transaction whose rows the snapshot has."),
    ("published_at", "timestamp(6) with time zone", "When the snapshot was written: FOR TIMESTAMP AS OF goes by it."),
    (ADDED, "bigint", "Rows that were not in the snapshot before."),
    (CHANGED, "bigint", "Rows that had other values there."),
    (REMOVED, "bigint", "Rows of the snapshot before that are no more."),
    (DIGEST, "varchar", "By which the publisher finds out, without reading rows, that the source is still the same."),
)


@dataclass(frozen=True)
class Publication:
    """One row of the table."""

    snapshot: int
    as_of: datetime
    published_at: datetime
    added: int
    changed: int
    removed: int
    digest: str | None = None
    """That of the source's rows, after its mark; None where it is not known, or not asked."""
    files: int = 0
    """How many its table has with it, those of deletions too; this is not written down."""


def create(lake: Lake) -> None:
    """Makes the table."""
    lake.run(create_table(_table(lake), _COLUMNS, "Which snapshot of an output port shows which moment of the source."))


def complete(lake: Lake, columns: Collection[str]) -> None:
    """Gives the table, which has these columns, the one that it did not have in earlier versions."""
    for name, kind, text in _COLUMNS:
        if name not in columns:
            lake.run(f"ALTER TABLE {_table(lake)} ADD COLUMN IF NOT EXISTS {name} {kind} COMMENT {literal(text)}")


def publications(lake: Lake, port: Port) -> list[Publication]:
    """Those of a port whose snapshots can be read, the oldest first; none where it was never published."""
    if not {PUBLICATIONS, port.table.name} <= lake.tables():
        return []
    columns = ", ".join(name for name, _, _ in _COLUMNS[1:] if name != DIGEST)
    query = f"SELECT {columns} FROM {_table(lake)} WHERE {_readable(port)} ORDER BY as_of, published_at"
    return [Publication(*row) for row in lake.rows(query)]


def ports(lake: Lake) -> set[str]:
    """The names of all ports of the domain that were ever published."""
    return {name for (name,) in lake.rows(f"SELECT DISTINCT port FROM {_table(lake)}")}


def strike(lake: Lake, port: Port) -> None:
    """Takes the rows out whose snapshots are no more, or are none of the table's own past any more."""
    condition = f"port = {literal(port.table.name)} AND snapshot_id NOT IN ({_present(port)})"
    ((gone,),) = lake.rows(f"SELECT count(*) FROM {_table(lake)} WHERE {condition}")
    if gone:
        lake.run(f"DELETE FROM {_table(lake)} WHERE {condition}")


def _present(port: Port) -> str:
    return f"SELECT snapshot_id FROM {port.metadata('history')} WHERE is_current_ancestor"


def _readable(port: Port) -> str:
    return f"port = {literal(port.table.name)} AND snapshot_id IN ({_present(port)})"


def latest(lake: Lake, kind: str) -> str:
    """A query of rows with a port, `kind`, and of what was written down last of it the snapshot and the digest."""
    by = "max_by({}, published_at)"
    snapshot = f"CAST({by.format('snapshot_id')} AS varchar)"
    return f"SELECT port, {literal(kind)}, {snapshot}, {by.format(DIGEST)} FROM {_table(lake)} GROUP BY port"


def last(lake: Lake, port: Port) -> datetime | None:
    """The moment that the present rows of a port show; None where it was never published."""
    return lake.rows(f"SELECT max(as_of) FROM {_table(lake)} WHERE {_readable(port)}")[0][0]


def note(lake: Lake, port: Port, each: Publication, *, again: bool = False) -> None:
    """Writes a row; `again`: unless the snapshot has one, as an earlier run may have been killed after it wrote it."""
    digest = "CAST(NULL AS varchar)" if each.digest is None else literal(each.digest)
    values = (
        f"{literal(port.table.name)}, BIGINT '{each.snapshot}', {_time(each.as_of)}, {_time(each.published_at)}, "
        f"BIGINT '{each.added}', BIGINT '{each.changed}', BIGINT '{each.removed}', {digest}"
    )
    names = ", ".join(name for name, _, _ in _COLUMNS)
    if not again:
        lake.run(f"INSERT INTO {_table(lake)} ({names}) VALUES ({values})")
        return
    shown = ", ".join(f"n.{name}" for name, _, _ in _COLUMNS)
    lake.run(
        f"MERGE INTO {_table(lake)} p USING (VALUES ({values})) n ({names}) "
        f"ON p.port = n.port AND p.snapshot_id = n.snapshot_id WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({shown})"
    )


def _table(lake: Lake) -> str:
    return in_lake(lake.domain, PUBLICATIONS)


def _time(moment: datetime) -> str:
    return f"from_iso8601_timestamp_nanos({literal(moment.isoformat())})"
