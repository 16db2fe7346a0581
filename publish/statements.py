"""The statements of a publication in Trino's SQL: pure functions of a port."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mesh.contracts.lake_types import lake_type
from mesh.contracts.model import Column
from mesh.names import LAKE, LAKE_PROPERTIES, PUBLICATIONS
from mesh.sql import literal, quoted
from publish.columns import from_source, into_lake
from publish.digest import DIGEST, ROWS, digest_of
from publish.ports import Port, in_lake

ADDED, CHANGED, REMOVED, LATE, MOMENT = "added", "changed", "removed", "late", "moment"
"""What a row of the table of changes is. `late`: a row that is new, though it says that it is older than the last
publication, and whose values were not read. `moment`: not a row, but the time of the source's transaction."""

_PROPERTIES = (
    "format = 'PARQUET', format_version = 2, extra_properties = "
    f"MAP(ARRAY[{', '.join(map(literal, LAKE_PROPERTIES))}], ARRAY['true', '20'])"
)
"""Of each commit Iceberg keeps a file with all that is known of the table: the last ones are enough."""


def create(port: Port) -> str:
    """Makes the port's table in the lake, without rows."""
    columns = [(each.name, lake_type(each.physical_type), each.description) for each in port.table.columns]
    return create_table(port.lake, columns, port.comment)


def create_table(name: str, columns: Iterable[tuple[str, str, str]], comment: str) -> str:
    """Makes a table of the lake of `columns`, each with its type and what it is, if it is not there."""
    listed = ", ".join(f"{quoted(column)} {kind} COMMENT {literal(text)}" for column, kind, text in columns)
    return f"CREATE TABLE IF NOT EXISTS {name} ({listed}) COMMENT {literal(comment)} WITH ({_PROPERTIES})"


@dataclass(frozen=True)
class Difference:
    """What is different between the source and the lake, as a query of columns `op`, `as_of`, `c0`, `c1` and so on.

    Rows whose key is in the source more than once are among it, so that they are seen also where one is in the lake.
    `since`: only rows whose `changedAt` is not older are compared by their values; None: all of them.
    """

    port: Port
    since: datetime | None = None

    def any(self) -> str:
        """One row when there is a difference, and none when there is not."""
        return f"SELECT op FROM ({self._rows()}) WHERE op <> '{MOMENT}' LIMIT 1"

    def stage(self, base: int) -> str:
        """Writes the differences from the snapshot `base` into the table of changes, with one row for the moment.

        That has the digest of the source's rows.
        """
        return f"CREATE TABLE {self.port.changes} AS SELECT *, BIGINT '{base}' AS base FROM ({self._rows(digest=True)})"

    def digest(self) -> str:
        """The statement of PostgreSQL that tells the digest of the source's rows, and sends none of them."""
        return f"WITH {self._published()} {digest_of(len(self.port.table.columns))}"

    def mark(self) -> str:
        """How all digests begin that can be compared: those of the same columns, worked out by the same code."""
        whole = replace(self, since=None)
        return hashlib.sha256(f"{whole.any()}{whole.digest()}".encode()).hexdigest()[:16] + " "

    def _rows(self, *, digest: bool = False) -> str:
        columns = list(enumerate(self.port.table.columns))
        keys = [f"c{number}" for number, column in columns if column.name in self.port.table.key]
        key = keys[0]
        shown = ", ".join(f"coalesce(s.c{n}, l.c{n}) AS c{n}" if f"c{n}" in keys else f"s.c{n}" for n, _ in columns)
        differs = " OR ".join(f"s.c{n} IS DISTINCT FROM l.c{n}" for n, _ in columns if f"c{n}" not in keys) or "FALSE"
        new = f"CASE WHEN s.recent THEN '{ADDED}' ELSE '{LATE}' END" if self.since else f"'{ADDED}'"
        same = f"s.recent AND ({differs})" if self.since else differs
        return f"""
SELECT
    CASE WHEN s.as_of IS NOT NULL THEN '{MOMENT}' WHEN l.{key} IS NULL THEN {new}
        WHEN s.{key} IS NULL THEN '{REMOVED}' ELSE '{CHANGED}' END AS op,
    s.as_of{f", {literal(self.mark())} || s.digest AS digest" if digest else ""}, {shown}
FROM ({self._source(columns, digest=digest)}) s
FULL JOIN ({_lake(self.port, columns)}) l ON {" AND ".join(f"s.{each} = l.{each}" for each in keys)}
WHERE s.{key} IS NULL OR l.{key} IS NULL OR s.copies > 1 OR {same}"""

    def _source(self, columns: Sequence[tuple[int, Column]], *, digest: bool) -> str:
        """The source's rows and the time of its transaction; they belong together, as one statement reads both."""
        shown = ", ".join(f"{into_lake(column, f'c{number}')} AS c{number}" for number, column in columns)
        more = (", recent" if self.since else "") + (", digest" if digest else "")
        return (
            f"SELECT {shown}{more}, copies, CAST(as_of AS timestamp(6) with time zone) AS as_of FROM TABLE("
            f"{quoted(self.port.domain.identifier)}.system.query(query => {literal(self.source(digest=digest))}))"
        )

    def source(self, *, digest: bool = False) -> str:
        """The statement of PostgreSQL. `copies`: how many rows have the key of the row, whatever else is in them."""
        columns = self.port.table.columns
        keys = [f"c{number}" for number, each in enumerate(columns) if each.name in self.port.table.key]
        names = [f"c{number}" for number in range(len(columns))]
        shown = [f"CASE WHEN recent THEN {n} END AS {n}" if self.since and n not in keys else n for n in names]
        shown += ["recent"] if self.since else []
        nothing = ["NULL"] * len(shown)
        if digest:
            shown, nothing = [*shown, "NULL AS digest"], [*nothing, f"({digest_of(len(columns))})"]
        copies = f"count(*) OVER (PARTITION BY {', '.join(keys)}) AS copies"
        return (
            f"WITH {self._published()} SELECT {', '.join(shown)}, {copies}, NULL::timestamptz AS as_of FROM {ROWS} "
            f"UNION ALL SELECT {', '.join(nothing)}, NULL, transaction_timestamp()"
        )

    def _published(self) -> str:
        """The rows that are published, read once, so that rows and digest are of the same ones."""
        values = [f"{from_source(column)} AS c{number}" for number, column in enumerate(self.port.table.columns)]
        if self.since:
            stamp = quoted(str(self.port.kept.changed_at))
            values.append(f"({stamp} IS NULL OR {stamp} >= {literal(self.since.isoformat())}) AS recent")
        return f"{ROWS} AS (SELECT {', '.join(values)} FROM public.{quoted(self.port.table.name)})"


def _lake(port: Port, columns: Sequence[tuple[int, Column]]) -> str:
    return f"SELECT {', '.join(f'{quoted(column.name)} AS c{number}' for number, column in columns)} FROM {port.lake}"


def dated(port: Port) -> str:
    """The view of a port's present rows, each with the moment of the source that they show, for whoever may read both.

    The lake's own catalog makes it: a view that Iceberg's catalog makes has no form that the other can read.
    """
    publications = in_lake(port.domain, PUBLICATIONS, LAKE)
    columns = ", ".join(f"l.{quoted(column.name)}" for column in port.table.columns)
    return (
        f"CREATE OR REPLACE VIEW {in_lake(port.domain, port.dated_name, LAKE)} SECURITY INVOKER AS SELECT {columns}, "
        f"(SELECT max(as_of) FROM {publications} WHERE port = {literal(port.table.name)}) AS as_of "
        f"FROM {in_lake(port.domain, port.table.name, LAKE)} l"
    )


def staged(port: Port, columns: Collection[str]) -> str:
    """What the table of changes, which has these columns, holds: a row for each `op`.

    With its number, the moment, the base, the digest, and a key. The key, as text, is one that is there twice or
    missing in part; NULL where every row has a key of its own.
    """
    keys = [f"c{number}" for number, column in enumerate(port.table.columns) if column.name in port.table.key]
    missing = " OR ".join(f"{each} IS NULL" for each in keys)
    digest = "max(digest)" if DIGEST in columns else "NULL"  # it may be of an earlier version
    listed = ", ', ', ".join(f"coalesce(CAST({each} AS varchar), 'none')" for each in keys)
    twice = (
        f"SELECT max(found) FROM (SELECT concat('', {listed}) AS found FROM {port.changes} WHERE op <> '{MOMENT}' "
        f"GROUP BY {', '.join(keys)} HAVING count(*) > 1 OR {missing})"
    )
    return f"SELECT op, count(*), max(as_of), max(base), {digest}, ({twice}) FROM {port.changes} GROUP BY op"


def merge(port: Port) -> str:
    """Brings the changes into the port's table, as one snapshot."""
    numbered = list(enumerate(port.table.columns))
    on = " AND ".join(f"l.{quoted(c.name)} = s.c{number}" for number, c in numbered if c.name in port.table.key)
    others = [(number, c) for number, c in numbered if c.name not in port.table.key] or numbered
    update = ", ".join(f"{quoted(column.name)} = s.c{number}" for number, column in others)
    return f"""
MERGE INTO {port.lake} l USING (SELECT * FROM {port.changes} WHERE op <> '{MOMENT}') s ON {on}
WHEN MATCHED AND s.op = '{REMOVED}' THEN DELETE
WHEN MATCHED THEN UPDATE SET {update}
WHEN NOT MATCHED AND s.op <> '{REMOVED}' THEN INSERT ({", ".join(quoted(column.name) for _, column in numbered)})
    VALUES ({", ".join(f"s.c{number}" for number, _ in numbered)})"""
