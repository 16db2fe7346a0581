"""Trino's rules for what the lake keeps of the domains, under both names of its catalog: pure functions of contracts.

A table `t` has others beside it, `t$files` or `t$snapshots`, with the least and greatest values of columns. Rules name
tables in full, so that these are the owners' alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from k8s.trino.masks import mask, pseudonymous
from mesh.contracts.lake_types import lake_type
from mesh.contracts.model import Column, Contract, Table
from mesh.names import ADMINS, DATED, GRAFANA, ICEBERG, LAKE, PUBLICATIONS, PUBLISHER, DomainName
from mesh.sql import literal

PLACES = f"{ICEBERG}|{LAKE}"
"""The catalog whose rules Trino asks, and the one that leads to it, which lists what may be read there."""
HIDDEN = ("$path", "$partition", "$file_modified_time")
"""Columns that every table of Iceberg has unseen: of which file, and of which part of the table, a row is."""
EVERY = ("SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP")
TELLING = ("added", "changed", "removed", "digest")
"""Columns of the table of publications that say what happened to rows, and by which their values could be guessed."""
_READ: dict[str, Any] = {"privileges": ["SELECT"]}
READ_ALONE: dict[str, Any] = {**_READ, "filter": "TRUE"}
"""Rules of this kind let everybody write files anew and expire snapshots (ALTER TABLE ... EXECUTE) who may see a table.
Trino refuses it where a table has a row filter, whatever that lets through."""


def publishing(contracts: Mapping[DomainName, Contract]) -> dict[str, list[dict[str, Any]]]:
    """By section of the rules, the rights of the publisher, who alone writes there, and what they leave to others.

    It reads ports in clear, and asks a database what has changed by one statement of its own.
    """
    kept = {domain: contract.kept for domain, contract in sorted(contracts.items()) if contract.kept}
    sources = "|".join(domain.identifier for domain in kept)
    schemas = "|".join(domain.identifier for domain in sorted(contracts))
    own, nobody_else = {"group": PUBLISHER, "catalog": ICEBERG}, {"catalog": ICEBERG}
    return {
        "catalogs": [
            {"group": PUBLISHER, "catalog": PLACES, "allow": "all"},
            *([{"group": PUBLISHER, "catalog": sources, "allow": "read-only"}] if kept else []),
        ],
        "schemas": [{**nobody_else, "owner": False}],
        "tables": [
            {**own, "schema": schemas, "privileges": list(EVERY)},
            {"group": PUBLISHER, "catalog": LAKE, "schema": schemas, "table": f".+{DATED}", "privileges": list(EVERY)},
            *(
                {"group": PUBLISHER, "catalog": domain.identifier, "schema": "public", "table": _any(listed), **_READ}
                for domain, listed in kept.items()
            ),
            {"group": ADMINS, **nobody_else, **READ_ALONE},
        ],
        "functions": [
            *([{"group": PUBLISHER, "catalog": sources, "privileges": ["EXECUTE"]}] if kept else []),
        ],
        "procedures": [{**own, "privileges": ["EXECUTE"]}, {**nobody_else, "privileges": []}],
        "catalog_session_properties": [{**own, "allow": True}, {**nobody_else, "allow": False}],
        "queries": [{"group": PUBLISHER, "allow": ["execute"]}],
    }


def reading(domain: DomainName, contract: Contract) -> Iterator[dict[str, Any]]:
    """Other domains that may read a port read its history too, all snapshots through the masks of today."""
    schema = {"schema": domain.identifier, **_READ}
    read: dict[str, list[str]] = {}
    for table in contract.kept:
        readers = [publication.consumer.analysts for publication in table.published if publication.rows is None]
        place = {"catalog": PLACES, "table": table.name, **schema, **READ_ALONE}
        if readers:
            yield {"group": "|".join(sorted(readers)), **place, "columns": _columns(table, _for_others)}
        yield {"group": GRAFANA, **place, "columns": _columns(table, _for_grafana)}
        # The view asks its table as whoever asks it: masked there, and not again.
        yield {"group": "|".join(sorted([*readers, GRAFANA])), "catalog": LAKE, "table": table.name + DATED, **schema}
        for reader in (*readers, GRAFANA):
            read.setdefault(reader, []).append(table.name)
    for reader, names in sorted(read.items()):
        listed = ", ".join(literal(name) for name in names)
        columns = [{"name": name, "allow": False} for name in (*TELLING, *HIDDEN)]
        place = {"catalog": PLACES, "table": PUBLICATIONS, **schema}
        yield {"group": reader, **place, "filter": f"port IN ({listed})", "columns": columns}


def _columns(table: Table, shown: Any) -> list[dict[str, Any]]:
    """Personal columns under all names that they ever had; what once was a column, and what is none, is closed."""
    closed = [*(table.kept.former if table.kept else ()), *HIDDEN]
    return [
        *(shown(named) for column in table.personal for named in _names(column)),
        *({"name": name, "allow": False} for name in closed),
    ]


def _names(column: Column) -> Iterator[Column]:
    for name in (column.name, *column.renamed_from):
        yield replace(column, name=name)


def _for_others(column: Column) -> dict[str, Any]:
    return {"name": column.name, "mask": mask(column, lake_type(column.physical_type))}


def _for_grafana(column: Column) -> dict[str, Any]:
    expression = pseudonymous(column, lake_type(column.physical_type))
    return {"name": column.name, "mask": expression} if expression else {"name": column.name, "allow": False}


def _any(listed: Iterable[Table]) -> str:
    return "|".join(sorted(table.name for table in listed))
