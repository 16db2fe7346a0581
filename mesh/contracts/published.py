"""To whom a table is published: the customProperty `publishedTo`.

An entry is the name of a domain, or a mapping of the name and limits:
`{domain: marketing, until: 2027-06-30, rowFilter: "total_amount > 0"}`.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import combinations
from typing import Any

from open_data_contract_standard.model import SchemaObject

from mesh.contracts.document import Place
from mesh.contracts.filters import FilterColumn, FilterError, written
from mesh.contracts.model import Publication
from mesh.contracts.naming import physical
from mesh.contracts.pushdown import ADVICE, left_to_trino
from mesh.contracts.types import spelled
from mesh.names import DomainName

_KEYS = ("domain", "until", "rowFilter")


def publication_problems(
    entries: Any, table: SchemaObject, domain: str, domains: Collection[str]
) -> Iterator[tuple[Place, str]]:
    """What is wrong with the value of `publishedTo` of `table`, and where in it."""
    if not isinstance(entries, list | None):
        yield (), "must be a list of domains, e.g. [marketing]"
        return
    seen = set()
    for number, entry in enumerate(entries or []):
        limits = entry if isinstance(entry, dict) else {"domain": entry}
        consumer = limits.get("domain")
        if consumer == domain:
            yield (number,), f"names {domain} itself, whose analysts read the table anyway"
        elif not isinstance(consumer, str) or consumer not in domains:
            names = ", ".join(sorted(domains))
            yield (number,), f"names {consumer!r}, which is no domain of this mesh; there are {names}"
        elif consumer in seen:
            yield (number,), f"names {consumer} for the second time"
        else:
            seen.add(consumer)
        for key in limits.keys() - set(_KEYS):
            yield (number, str(key)), f"is not known here: there are {', '.join(_KEYS)}"
        if "until" in limits and _day(limits["until"]) is None:
            yield (number, "until"), "must be the last day of access, e.g. 2027-06-30"
        if "rowFilter" in limits and (problem := _filter_problem(limits["rowFilter"], table)):
            yield (number, "rowFilter"), problem
    if len(seen) == len(entries or []):
        yield from _together(entries or [], table)


def publications(entries: list[str | dict[str, Any]] | None, table: SchemaObject) -> tuple[Publication, ...]:
    """Entries without problems as plain data, by consumer."""
    columns = _filter_columns(table)
    read = [entry if isinstance(entry, dict) else {"domain": entry} for entry in entries or []]
    return tuple(
        Publication(
            consumer=DomainName(entry["domain"]),
            until=_day(entry.get("until")),
            rows=written(entry["rowFilter"], columns) if "rowFilter" in entry else None,
        )
        for entry in sorted(read, key=lambda entry: entry["domain"])
    )


def _filter_problem(predicate: Any, table: SchemaObject) -> str | None:
    if not isinstance(predicate, str):
        return "must be a predicate in SQL over the columns of this table"
    try:
        return _read_by_trino([predicate], table)
    except FilterError as error:
        return str(error)


def _together(entries: list[Any], table: SchemaObject) -> Iterator[tuple[Place, str]]:
    """What is wrong with filters that are right alone: whoever belongs to both consumers sees the rows of either."""
    filters = {
        number: entry["rowFilter"]
        for number, entry in enumerate(entries)
        if isinstance(entry, dict) and isinstance(entry.get("rowFilter"), str)
    }
    if any(_filter_problem(predicate, table) for predicate in filters.values()):
        return
    for (first, one), (second, other) in combinations(filters.items(), 2):
        if problem := _read_by_trino(dict.fromkeys((one, other)), table):
            consumers = f"{entries[first]['domain']} and {entries[second]['domain']}"
            yield (second, "rowFilter"), f"for an analyst of {consumers} together {problem}"


def _read_by_trino(predicates: Iterable[str], table: SchemaObject) -> str | None:
    """Why the rows of any of these predicates are not picked by PostgreSQL. Raises FilterError."""
    columns = _filter_columns(table)
    either = " OR ".join(f"({written(predicate, columns)})" for predicate in predicates)
    part = left_to_trino(either, {name: column.physical_type for name, column in columns.items()})
    if part is None:
        return None
    return f"has {part}. Trino would apply that itself, and tell how many rows it read, hidden ones too. {ADVICE}"


def _filter_columns(table: SchemaObject) -> dict[str, FilterColumn]:
    """The columns that a filter may name, by their names in the database."""
    return {
        physical(column): FilterColumn(str(column.physicalType), column.classification != "internal")
        for column in table.properties or []
        if column.physicalType and spelled(column.physicalType)
    }


def _day(value: Any) -> date | None:
    """A date of YAML, or one in quotes; None for anything else."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None
