"""What a domain's database says of its tables: columns, rows, size, freshness, and what its views are made of.

All of it is asked with the login that Trino uses, which only reads, in one transaction: so the figures agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import connection as Connection

from catalogue.model import Edge, Gap
from catalogue.product import Freshness, Source
from client.errors import CommandError
from client.servers import lost
from client.stack import Stack
from commands.contract_result import reason
from mesh.contracts.model import Column, Contract, Table
from mesh.contracts.types import with_zone
from mesh.names import DomainName
from mesh.sql import literal, quoted

ROLE = "trino"
PATIENCE = 30
"""Seconds for one question: a view can be slow, and the page has to come."""
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
ORDER BY c.relname, a.attnum"""
_VIEWS = """
SELECT DISTINCT v.relname, CASE t.relnamespace::regnamespace::text WHEN 'datamesh_definitions' THEN 'public'
    ELSE t.relnamespace::regnamespace::text END, t.relname
FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class v ON v.oid = r.ev_class
JOIN pg_class t ON t.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
WHERE v.relnamespace::regnamespace::text IN ('public', 'datamesh_definitions')
AND v.relkind IN ('v', 'm') AND t.oid <> v.oid
ORDER BY 1, 2, 3"""


@dataclass(frozen=True)
class Facts:
    """What a database, or the lake, said; empty where it did not answer."""

    domain: str
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The type by column, by table: all tables and views of the schema `public`."""
    rows: Mapping[str, tuple[int, Source]] = field(default_factory=dict)
    """By table."""
    bytes: Mapping[str, tuple[int, Source]] = field(default_factory=dict)
    """By table, without views."""
    files: Mapping[str, int] = field(default_factory=dict)
    """Of the lake, by table."""
    freshness: Mapping[str, Sequence[Freshness]] = field(default_factory=dict)
    """By table."""
    edges: Sequence[Edge] = ()
    gaps: Sequence[Gap] = ()


def facts(stack: Stack, contract: Contract) -> Facts:
    """What the database of a contract's domain says of it."""
    try:
        connection = stack.connect(contract.domain, ROLE)
    except CommandError as error:
        return Facts(contract.domain, gaps=[Gap(kind="server", place=contract.domain, why=str(error))])
    try:
        connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        return _Database(connection, contract, stack.domains[contract.domain].database).facts()
    except psycopg2.Error as error:
        return Facts(contract.domain, gaps=[Gap(kind="server", place=contract.domain, why=reason(error))])
    finally:
        connection.close()


class _Database:
    """One connection, and the questions about one contract."""

    def __init__(self, connection: Connection, contract: Contract, database: str) -> None:
        self._cursor = connection.cursor()
        self._contract = contract
        self._database = database
        self._login = DomainName(contract.domain).trino_user
        self._gaps: list[Gap] = []

    def facts(self) -> Facts:
        self._cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}s'")
        columns: dict[str, dict[str, str]] = {}
        for table, column, kind in self._all(_COLUMNS):
            columns.setdefault(table, {})[column] = kind
        there = [table for table in self._contract.tables if table.name in columns]
        for table in self._contract.tables:
            self._missing(table, columns)
        rows = {table.name: " ".join(("SELECT count(*) FROM", _place(table.name))) for table in there}
        sizes = {table.name: _size(table.name) for table in there if table.kind != "view"}
        return Facts(
            self._contract.domain,
            columns=columns,
            rows=self._numbers(rows),
            bytes=self._numbers(sizes),
            freshness={table.name: self._freshness(table, columns) for table in there},
            edges=self._edges(),
            gaps=self._gaps,
        )

    def _missing(self, table: Table, columns: Mapping[str, Mapping[str, str]]) -> None:
        place = f"{self._contract.domain}.{table.name}"
        if table.name not in columns:
            self._gaps.append(Gap(kind="table", place=place, why="the database does not have it"))
            return
        for column in table.columns:
            if column.name not in columns[table.name]:
                self._gaps.append(Gap(kind="column", place=f"{place}.{column.name}", why="the table does not have it"))

    def _numbers(self, queries: Mapping[str, str]) -> dict[str, tuple[int, Source]]:
        answers = self._answers({(name, ""): query for name, query in queries.items()})
        return {
            name: (int(answers[name, ""]), self._source(query))
            for name, query in queries.items()
            if answers.get((name, "")) is not None
        }

    def _freshness(self, table: Table, columns: Mapping[str, Mapping[str, str]]) -> list[Freshness]:
        latencies = {latency.column: latency for latency in table.latency}
        types = {f"{each.name}.{column.name}": column.physical_type for each in self._contract.tables
                 for column in each.columns}  # fmt: skip
        times = [column for column in table.columns if _is_time(column) and column.name in columns[table.name]]
        queries: dict[tuple[str, str], str] = {}
        for column in times:
            latency = latencies.get(column.name)
            newest = _newest(f"{table.name}.{column.name}", types)
            behind = _newest(latency.behind, types) if latency and latency.behind else "now() AT TIME ZONE 'UTC'"
            key = f"{table.name}.{column.name}"
            queries[key, "newest"] = " ".join(("SELECT", f"date_trunc('second', {newest})::text"))
            queries[key, "lag"] = " ".join(("SELECT", f"extract(epoch FROM {behind} - {newest})::double precision"))
        answers = self._answers(queries)
        return [
            Freshness(
                column=column.name,
                newest=answers.get((key, "newest")),
                lag=answers.get((key, "lag")),
                behind=latency.behind if (latency := latencies.get(column.name)) else None,
                allowed=latency.seconds if latency else None,
                source=self._source(queries[key, "newest"]),
            )
            for column in times
            if (key := f"{table.name}.{column.name}")
        ]

    def _edges(self) -> list[Edge]:
        def named(schema: str, table: str) -> str:
            return ".".join([self._contract.domain, *([] if schema == "public" else [schema]), table])

        source = self._source(_VIEWS.strip())
        return [
            Edge(source=named(schema, table), target=named("public", view), evidence=source)
            for view, schema, table in self._all(_VIEWS)
        ]

    def _answers(self, queries: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], Any]:
        """The one value of each query, by table or column and what is asked. All are asked at once, and one by one
        where that fails; one without an answer is a gap."""
        if not queries:
            return {}
        together = " ".join(("SELECT", ", ".join(f"({query})" for query in queries.values())))
        try:
            return dict(zip(queries, self._within(together)[0], strict=True))
        except psycopg2.Error as error:
            if lost(error):
                raise
        answers: dict[tuple[str, str], Any] = {}
        for (name, what), query in queries.items():
            try:
                ((answers[name, what],),) = self._within(query)
            except psycopg2.Error as error:
                if lost(error):
                    raise
                self._gaps.append(Gap(kind="question", place=f"{self._contract.domain}.{name}", why=reason(error)))
        return answers

    def _within(self, query: str) -> list[tuple[Any, ...]]:
        """The answer to a query; one that fails leaves the transaction as it was."""
        self._cursor.execute("SAVEPOINT question")
        try:
            return self._all(query)
        except psycopg2.Error as error:
            if not lost(error):
                self._cursor.execute("ROLLBACK TO question")
            raise

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        self._cursor.execute(query)
        return self._cursor.fetchall()

    def _source(self, query: str) -> Source:
        return Source(server="PostgreSQL", login=self._login, place=self._database, query=query)


def _is_time(column: Column) -> bool:
    return column.logical_type in ("date", "timestamp") and not column.mask


def _newest(element: str, types: Mapping[str, str]) -> str:
    """The newest value of a `table.column`, without a time zone, in UTC."""
    table, column = element.split(".")
    moment = "AT TIME ZONE 'UTC'" if with_zone(types[element]) else "::timestamp"
    return " ".join(("(SELECT", f"max({quoted(column)})", moment, "FROM", f"{_place(table)})"))


def _size(table: str) -> str:
    """A query for the bytes of a table with its indexes, and of all its partitions."""
    name = literal(_place(table))
    return " ".join(
        (
            *("SELECT coalesce((SELECT sum(pg_total_relation_size(relid)) FROM", f"pg_partition_tree({name})),"),
            f"pg_total_relation_size({name}))",
        )
    )


def _place(table: str) -> str:
    return f"public.{quoted(table)}"
