"""Checks of what others than its owner see of a domain through Trino: each consumer, and Grafana.

What they should see follows from the contracts here, apart from the rules that Trino was given. Each table is read
once as the reader and once as `admin`, as counts and checksums: no row leaves the server. Rows that change in between
are no breach, so a difference is looked at again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import chain

from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack
from client.trino import RefusedError, ask
from commands.contract_result import Result, unable
from mesh.contracts.model import Column, Contract, Table
from mesh.contracts.types import trino
from mesh.names import ADMIN, GRAFANA, DomainName
from mesh.pseudonyms import DIGITS, pseudonym
from mesh.sql import literal, quoted

_SHAPES = {
    "email": f"^[0-9a-f]{{{DIGITS}}} *$",
    "phone": "(?s)^[*]{1,3}.{0,2} *$",
    "name": "(?s)^.?[*]{0,3} *$",
}
"""What every value of a masked column looks like, as a regular expression."""
_TRIES = 3
_AT_ONCE = 2
"""Tables that are read at a time: two queries leave room in Trino for others."""
_DENIED = "Access Denied"


@dataclass(frozen=True)
class Reader:
    """Somebody who reads a domain as others do: `name` logs in, `label` is what the report says."""

    name: str
    label: str
    domains: tuple[str, ...] = ()

    @property
    def grafana(self) -> bool:
        """Whether it is Grafana, which reads every table of a contract, of personal columns only e-mails."""
        return self.name == GRAFANA

    def rows(self, table: Table) -> str | None:
        """The rows of another domain's table that this reader sees, as a predicate; None: the table is not theirs."""
        if self.grafana:
            return "true" if any(map(self.reads, table.columns)) else None
        rows = [publication.rows or "true" for publication in table.published if publication.consumer in self.domains]
        return " OR ".join(f"({each})" for each in rows) or None

    def reads(self, column: Column) -> bool:
        """Whether this reader may name the column in a query."""
        return not self.grafana or column.mask in (None, "email")


def as_readers(stack: Stack, contract: Contract, catalog: str, today: date) -> Iterator[Result]:
    """The checks of one domain's catalog (a quoted name) as each of its consumers and as Grafana.

    Who belongs to several consumers has rules of their own, so one such person is tried for each set of consumers. A
    consumer whose access has ended before `today` must see nothing any more.
    """
    for consumer in contract.consumers:
        reader = _somebody(stack, consumer, contract.domain)
        if reader is None:
            why = f"nobody is an analyst of {consumer} and not of {contract.domain} too"
            yield unable(contract, "", "what is seen", f"as {consumer}", why)
        else:
            yield from _as_reader(stack, contract, catalog, reader, today)
    for reader in _of_several(stack, contract):
        yield from _as_reader(stack, contract, catalog, reader, today)
    yield from _as_reader(stack, contract, catalog, Reader(GRAFANA, GRAFANA), today)


def _somebody(stack: Stack, consumer: str, owner: str) -> Reader | None:
    """The person with the fewest domains who belongs to `consumer` and not to `owner`, as an administrator does."""
    people = [(name, own) for name, own in stack.people.items() if consumer in own and owner not in own]
    if not people:
        return None
    name, own = min(people, key=lambda person: (len(person[1]), person[0]))
    return Reader(name, consumer, own)


def _of_several(stack: Stack, contract: Contract) -> list[Reader]:
    """A person for each set of two or more consumers that somebody belongs to who is not of the domain itself."""
    found: dict[tuple[DomainName, ...], Reader] = {}
    for name, own in sorted(stack.people.items()):
        consumers = tuple(consumer for consumer in contract.consumers if consumer in own)
        if len(consumers) > 1 and contract.domain not in own:
            found.setdefault(consumers, Reader(name, " and ".join(consumers), own))
    return list(found.values())


def _as_reader(stack: Stack, contract: Contract, catalog: str, reader: Reader, today: date) -> Iterator[Result]:
    server = f"as {reader.label}"
    ended = {
        table.name: publication.until
        for table in contract.tables
        for publication in table.published
        if publication.consumer in reader.domains and publication.until and publication.until < today
    }
    contract = contract.on(today)
    try:
        there, listed = (_listed(stack, catalog, person) for person in (ADMIN, reader.name))
        seen = {table.name for table in contract.tables if reader.rows(table) is not None}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            read = pool.map(
                lambda table: list(_read(stack, contract, table, catalog, reader, str(reader.rows(table)))),
                [table for table in contract.tables if table.name in seen],
            )
            yield from chain.from_iterable(read)
        shown = {table.name for table in contract.tables} if reader.grafana else seen
        failure = _others(listed - shown, "is listed", ended)
        yield Result(contract.domain, "", "no other table is listed", server, failure)
        open_ = {name for name in there - seen if not _refused(stack, catalog, name, "1", reader)}
        failure = _others(open_, "can be read", ended)
        yield Result(contract.domain, "", "no other table can be read", server, failure)
    except SilentError:
        raise
    except CommandError as error:
        yield unable(contract, "", "what is seen", server, str(error))


def _others(names: Iterable[str], verb: str, ended: Mapping[str, date | None]) -> str | None:
    said = [
        f"{name} {verb}" + (f" though access ended on {ended[name]}: type `make up`" if name in ended else "")
        for name in sorted(names)
    ]
    return ", ".join(said) or None


def _listed(stack: Stack, catalog: str, person: str) -> set[str]:
    """The tables that a person is shown; none where the person may not know of the catalog."""
    query = ("SELECT table_name FROM", f"{catalog}.information_schema.tables", "WHERE table_schema = 'public'")
    try:
        return {table for (table,) in ask(stack, " ".join(query), person).rows}
    except RefusedError as refused:
        if _DENIED in str(refused):
            return set()
        raise


def _refused(stack: Stack, catalog: str, table: str, column: str, reader: Reader) -> bool:
    place = f"{catalog}.public.{quoted(table)}"
    try:
        ask(stack, " ".join(("SELECT", column, "FROM", place, "LIMIT 0")), reader.name)
    except RefusedError as refused:
        if _DENIED in str(refused):
            return True
        raise
    return False


def _read(stack: Stack, contract: Contract, table: Table, catalog: str, reader: Reader, rows: str) -> Iterator[Result]:
    """The checks of one table that the reader may read."""
    server, place = f"as {reader.label}", f"{catalog}.public.{quoted(table.name)}"
    columns = [column for column in table.columns if reader.reads(column)]
    try:
        results = [Result(contract.domain, table.name, "is read", server, "was not")]
        for _ in range(_TRIES):
            shown = ask(stack, _summary(columns, place, "true", masked=True), reader.name).rows[0]
            clear = ask(stack, _summary(columns, place, rows, masked=False)).rows[0]
            results = list(_compared(contract, table, columns, server, rows, shown, clear))
            if not any(result.failure for result in results):
                break
        yield from results
        for column in table.columns:
            if not reader.reads(column):
                open_ = not _refused(stack, catalog, table.name, quoted(column.name), reader)
                failure = "can be read" if open_ else None
                yield Result(contract.domain, table.name, f"{column.name} is closed", server, failure)
    except SilentError:
        raise
    except CommandError as error:
        yield unable(contract, table.name, "can be read", server, str(error))


def _summary(columns: Collection[Column], place: str, rows: str, masked: bool) -> str:
    """A query for the number of rows and, of each column, values, a checksum, and a second number.

    The second number is, as the reader sees the table (`masked`), that of values that do not look masked; for others
    the checksum of the pseudonyms.
    """
    parts = ["count(*)"]
    for column in columns:
        name = quoted(column.name)
        parts += [f"count({name})", f"to_hex(checksum({name}))"]
        if masked:
            parts.append(_unmasked(column))
        else:
            parts.append(_pseudonyms(column) if column.mask == "email" else "NULL")
    return " ".join(("SELECT", ", ".join(parts), "FROM", place, "WHERE", rows))


def _unmasked(column: Column) -> str:
    if column.mask is None:
        return "0"
    if column.mask == "hide":
        return f"count({quoted(column.name)})"
    text = f"CAST({quoted(column.name)} AS varchar)"
    return f"count_if(NOT regexp_like({text}, {literal(_SHAPES[column.mask])}))"


def _pseudonyms(column: Column) -> str:
    kind = trino(column.physical_type) or "varchar"
    return f"to_hex(checksum(CAST({pseudonym(quoted(column.name), 'trino', kind.startswith('char('))} AS {kind})))"


def _compared(
    contract: Contract, table: Table, columns: Collection[Column], server: str, rows: str, shown: tuple, clear: tuple
) -> Iterator[Result]:
    what = "all rows are seen" if rows in ("true", "(true)") else f"the rows that are seen: {rows}"
    failure = None if shown[0] == clear[0] else f"{shown[0]:,} rows, expected {clear[0]:,}"
    yield Result(contract.domain, table.name, what, server, failure)
    for at, column in enumerate(columns):
        here = slice(1 + 3 * at, 4 + 3 * at)
        what = f"{column.name} is {'masked' if column.mask else 'clear'}"
        yield Result(contract.domain, table.name, what, server, _difference(column, shown[here], clear[here]))


def _difference(column: Column, shown: tuple, clear: tuple) -> str | None:
    """What is wrong with a column, by three numbers as the reader sees it and three of the table itself."""
    values, checksum, unmasked = shown
    expected, original, pseudonyms = clear
    if column.mask is None:
        return None if checksum == original else "shows other values than the table has"
    if unmasked:
        return f"{unmasked:,} values are in clear, or not masked as the contract says ({column.mask})"
    if expected and column.mask != "hide" and checksum == original:
        return "shows the values of the table"
    if column.mask == "email" and (values, checksum) != (expected, pseudonyms):
        return "shows others than the pseudonyms of the table's e-mails"
    return None
