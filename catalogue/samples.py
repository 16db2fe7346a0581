"""One row of each product as each kind of reader sees it: asked of Trino with that person's own login.

What a reader may see is left to the server. Contracts only say who is asked, and which columns a refused reader tries
again.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from catalogue.model import Gap
from catalogue.product import Cell, Sample, Source
from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack
from client.trino import RefusedError, ask
from commands.verify_readers import Reader
from mesh.contracts.model import Column, Contract, Table
from mesh.names import EVENTS, GRAFANA, DomainName
from mesh.sql import quoted

LONGEST = 200
"""Characters of a value; the rest is `…`."""
_DENIED = "Access Denied"
_ORDERED = ("integer", "number", "date", "timestamp", "string", "boolean")
_AS_TEXT = ("date", "time", "timestamp")
"""Types whose values Python cannot always hold: years before 1 and after 9999."""


@dataclass(frozen=True)
class Seen:
    """A sample, and the id of its product."""

    product: str
    sample: Sample


@dataclass(frozen=True)
class Asked:
    """A reader of one product, before it was asked."""

    product: str
    """Its id."""
    table: Table
    place: str
    """Of the table in Trino."""
    reader: Literal["owner", "consumer", "outsider", "grafana"]
    domain: str
    person: str


def readers(contract: Contract, domains: Sequence[DomainName], schema: str) -> Iterator[Asked]:
    """Whom to ask for a row of each product of a contract, in the order of the page.

    `contract` is that of today, without ended publications; `schema` is its catalog and schema in Trino, each quoted.
    """
    for table in contract.tables:
        product, place = f"{contract.domain}.{table.name}", f"{schema}.{quoted(table.name)}"
        if contract.domain == EVENTS:
            for domain in domains[:1]:
                yield Asked(product, table, place, "owner", domain, domain.analyst)
        else:
            own = DomainName(contract.domain)
            yield Asked(product, table, place, "owner", own, own.analyst)
            for consumer in table.consumers:
                yield Asked(product, table, place, "consumer", consumer, consumer.analyst)
            for outsider in [each for each in domains if each not in (own, *table.consumers)][:1]:
                yield Asked(product, table, place, "outsider", outsider, outsider.analyst)
        yield Asked(product, table, place, "grafana", "", GRAFANA)


def seen(stack: Stack, asked: Iterable[Asked]) -> Iterator[Seen | Gap]:
    """The row that each reader sees; a Gap where the server gave no answer. Raises SilentError."""
    for each in asked:
        found = _sample(stack, each)
        yield found if isinstance(found, Gap) else Seen(each.product, found)


def _sample(stack: Stack, asked: Asked) -> Sample | Gap:
    columns = asked.table.columns
    try:
        rows, refusal = _rows(stack, asked, columns), None
    except RefusedError as error:
        if _DENIED not in str(error):
            return _gap(asked, error)
        refusal, rows = _said(error), []
        some = [column for column in columns if Reader(asked.person, "", (asked.domain,)).reads(column)]
        if 0 < len(some) < len(columns):
            try:
                rows, columns = _rows(stack, asked, some), tuple(some)
            except RefusedError as again:
                refusal = _said(again)
    except SilentError:
        raise
    except CommandError as error:
        return _gap(asked, error)
    return Sample(
        reader=asked.reader,
        domain=asked.domain,
        person=asked.person,
        cells=tuple(_cells(asked, columns, rows[0])) if rows else (),
        refusal=refusal,
        source=Source(
            server="Trino", login=asked.person, place=asked.place, query=_query(asked.table, asked.place, columns)
        ),
    )


def _rows(stack: Stack, asked: Asked, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    return ask(stack, _query(asked.table, asked.place, columns), asked.person).rows


def _query(table: Table, place: str, columns: Sequence[Column]) -> str:
    """The first row. All readers get the same one: the order is that of columns that all of them see in clear."""
    listed = ", ".join(
        f"CAST({quoted(column.name)} AS varchar)" if column.logical_type in _AS_TEXT else quoted(column.name)
        for column in columns
    )
    by = order(table)
    return " ".join(("SELECT", listed, "FROM", place, *(["ORDER BY", ", ".join(by)] if by else []), "LIMIT 1"))


def order(table: Table) -> list[str]:
    """The columns to order by: rows that every consumer may see come first, then those of the lowest key."""
    filters = [f"({publication.rows})" for publication in table.published if publication.rows]
    first = [f"CASE WHEN {' AND '.join(filters)} THEN 0 ELSE 1 END"] if filters else []
    closed = {column.name for column in table.personal}
    clear = [column.name for column in table.columns if column.name not in closed and column.logical_type in _ORDERED]
    keys = table.key if table.key and not closed & set(table.key) else clear
    return [*first, *map(quoted, keys)]


def _cells(asked: Asked, columns: Sequence[Column], row: Sequence[Any]) -> Iterator[Cell]:
    """A cell for each column of the product; those that were not asked for are closed."""
    values = {column.name: value for column, value in zip(columns, row, strict=True)}
    for column in asked.table.columns:
        masked = column.mask is not None and asked.reader != "owner"
        if column.name not in values:
            yield Cell(kind="closed", masked=masked)
        elif values[column.name] is None:
            yield Cell(kind="null", masked=masked)
        else:
            yield Cell(kind="value", text=text(values[column.name]), masked=masked)


def text(value: Any) -> str:
    """A value that Trino's client returned, as a text of at most LONGEST characters."""
    if isinstance(value, bool):
        said = str(value).lower()
    elif isinstance(value, bytes):
        said = value.hex()
    elif isinstance(value, list | dict | tuple):
        said = json.dumps(value, ensure_ascii=False, default=str)
    else:
        said = str(value)
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"


def _said(error: RefusedError) -> str:
    """The server's words, without ours before them."""
    text = str(error)
    return text[text.index(_DENIED) :]


def _gap(asked: Asked, error: CommandError) -> Gap:
    who = asked.domain or asked.person
    return Gap(kind="question", place=f"{asked.product}, as {who}", why=str(error))
