"""That the lake keeps a table: the customProperty `keptInLake`, and `renamedFrom` of a column.

`keptInLake` is true, or a mapping: `{keepDays: 90, changedAt: updated_at, formerColumns: [phone]}`.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from open_data_contract_standard.model import SchemaObject, SchemaProperty

from mesh.contracts.document import Place
from mesh.contracts.lake_types import unkeepable
from mesh.contracts.naming import is_identifier, physical
from mesh.contracts.properties import own_property
from mesh.contracts.types import family, postgresql, spelled
from mesh.names import DATED, EVENTS, PUBLICATIONS, PUBLISHER_TABLES

DAYS, MOST_DAYS = 30, 3650
_KEYS = ("keepDays", "changedAt", "formerColumns")
_INEXACT = ("array", "json")
_FLOATING = ("real", "double precision")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How the lake keeps a table. All names are those of the database."""

    days: int = DAYS
    """For how many days a snapshot can be read, 1 to 3,650."""
    changed_at: str | None = None
    """The column with the time of a row's last change; None where there is none, and all rows are compared."""
    former: tuple[str, ...] = ()
    """Columns that the table had once. Old snapshots have them, and nobody but the domain's own analysts sees them."""


def kept(table: SchemaObject) -> Kept | None:
    """How the lake keeps a table without problems; None where it does not."""
    value = own_property(table.customProperties, "keptInLake")[1]
    if value is None:
        return None
    given = value if isinstance(value, dict) else {}
    changed = given.get("changedAt")
    names = {str(column.name): physical(column) for column in table.properties or []}
    return Kept(
        days=given.get("keepDays", DAYS),
        changed_at=names[changed] if changed is not None else None,
        former=tuple(sorted(given.get("formerColumns") or [])),
    )


def renamed_from(column: SchemaProperty) -> tuple[str, ...]:
    """The former names of a column without problems, the newest first."""
    value = own_property(column.customProperties, "renamedFrom")[1]
    return (value,) if isinstance(value, str) else tuple(value or ())


def views(tables: Iterable[SchemaObject]) -> set[str]:
    """The names that the publisher's views of these tables have in the lake, where they are kept."""
    kept = (table for table in tables if own_property(table.customProperties, "keptInLake")[1] is not None)
    return {f"{physical(table)}{DATED}" for table in kept}


def kept_problems(table: SchemaObject, domain: str, taken: Collection[str]) -> Iterator[tuple[Place, str]]:
    """What is wrong with `keptInLake` and `renamedFrom` of a table of `domain`, and where in the table.

    `taken` are names of the publisher's views.
    """
    at, value = own_property(table.customProperties, "keptInLake")
    if value is None:
        yield from _renamed_without(table)
        return
    if domain == EVENTS:
        yield at, "must be left out: the shared table of events is in the lake already"
        return
    if value is not True and not isinstance(value, dict):
        yield at, f"must be true, or a mapping with some of {', '.join(_KEYS)}; leave it out if it is not kept"
        return
    given = value if isinstance(value, dict) else {}
    for key in given.keys() - set(_KEYS):
        yield (*at, str(key)), f"is not known here: there are {', '.join(_KEYS)}"
    days = given.get("keepDays", DAYS)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        yield (*at, "keepDays"), f"must be a number of days, 1 to {MOST_DAYS}"
    if "changedAt" in given and (problem := _changed_problem(given["changedAt"], table)):
        yield (*at, "changedAt"), problem
    if (name := physical(table)) in {PUBLICATIONS, *taken} or name.startswith(PUBLISHER_TABLES):
        yield at, f"cannot be of a table {name}: that is a name of the publisher's own in the lake"
    yield from _row_problems(table, at)
    yield from _column_problems(table, at)
    yield from _former_problems(table, given, at)


def _row_problems(table: SchemaObject, at: Place) -> Iterator[tuple[Place, str]]:
    """Rows are merged by key. And Trino reads all rows of a file before it filters them, and tells how many it read."""
    if not any(column.primaryKey for column in table.properties or []):
        yield at, "needs a key, by which rows are told apart: give a column primaryKey: true"
    published = own_property(table.customProperties, "publishedTo")[1]
    for entry in published if isinstance(published, list) else []:
        if isinstance(entry, dict) and "rowFilter" in entry:
            yield (
                at,
                "cannot be beside a rowFilter: in files Trino reads the hidden rows too, and tells how many there are. "
                "Publish a view that has those rows only, and keep that",
            )
            return


def _column_problems(table: SchemaObject, at: Place) -> Iterator[tuple[Place, str]]:
    for number, column in enumerate(table.properties or []):
        kind = column.physicalType
        if not kind or not spelled(kind):
            continue  # told already
        place = ("properties", number)
        if problem := unkeepable(kind):
            yield (*place, "physicalType"), f"is {kind}: {problem}"
        elif column.primaryKey and (family(kind) in _INEXACT or postgresql(kind) in _FLOATING):
            yield (*place, "physicalType"), f"is {kind}: a key of what the lake keeps has to be compared exactly"
        if column.primaryKey and not column.required:
            yield (*place, "primaryKey"), "must be required: true too, since the lake keeps rows by their key"


def _changed_problem(name: Any, table: SchemaObject) -> str | None:
    column = next((each for each in table.properties or [] if each.name == name), None)
    if column is None:
        return f"is {name}, which is no column of this table"
    kind = column.physicalType or ""
    if family(kind) != "timestamp" or not postgresql(kind).endswith("with time zone") or not column.required:
        return f"is {name}, which must be a timestamptz with required: true: without a zone nobody knows when it was"
    return None


def _former_problems(table: SchemaObject, given: dict[Any, Any], at: Place) -> Iterator[tuple[Place, str]]:
    """Former names that are no names, or are given twice: to two columns, or to one that is there."""
    taken = dict.fromkeys((physical(column) for column in table.properties or []), "the name of a column of today")
    former = given.get("formerColumns")
    if former is not None and not isinstance(former, list):
        yield (*at, "formerColumns"), "must be a list of names of columns, e.g. [phone]"
        former = None
    listed: list[tuple[Place, Any]] = [((*at, "formerColumns", n), each) for n, each in enumerate(former or [])]
    for number, column in enumerate(table.properties or []):
        inner, value = own_property(column.customProperties, "renamedFrom")
        place = ("properties", number, *inner)
        names = value if isinstance(value, list) else [] if value is None else [value]
        listed += [((*place, n) if isinstance(value, list) else place, each) for n, each in enumerate(names)]
    for place, name in listed:
        if not is_identifier(name):
            yield place, "must be the name that a column had in the database: lower-case letters, digits and _"
        elif name in taken:
            yield place, f"is {name}, which is {taken[name]}"
        else:
            taken[name] = "a former name already"


def _renamed_without(table: SchemaObject) -> Iterator[tuple[Place, str]]:
    for number, column in enumerate(table.properties or []):
        at, value = own_property(column.customProperties, "renamedFrom")
        if value is not None:
            yield ("properties", number, *at), "is for tables with keptInLake, whose history has the old name"
