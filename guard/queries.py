"""The queries that a change must not break: files that somebody keeps, output ports, and panels of the dashboards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from guard.findings import CouldNotRunError
from k8s.grafana import dashboards
from mesh.contracts.model import Contract, Table
from mesh.names import DomainName
from mesh.sql import quoted

_BEGINS = {TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.L_PAREN}
_ENDS = {TokenType.SEMICOLON}


@dataclass(frozen=True)
class Query:
    """A query as both sides have it. `old` or `new` is None where a side has none, both in a file without any."""

    name: str
    domain: str | None
    """In whose PostgreSQL it is asked; None: in Trino."""
    old: str | None
    new: str | None
    keeps_text: bool = True
    """Whether those who ask it keep asking the old text; a dashboard is made anew by each `make up`."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Its texts, each once."""
        return tuple(dict.fromkeys(text for text in (self.old, self.new) if text))


def kept(before: Path, after: Path) -> Iterator[Query]:
    """The queries of files that are there now: examples/*.sql and queries/*.sql are Trino's, queries/<domain>/*.sql
    PostgreSQL's. Files that are gone are asked by nobody any more. Raises CouldNotRunError for a file that is no SQL.
    """
    patterns = ("examples/*.sql", "queries/*.sql", "queries/*/*.sql")
    for file in sorted(file for pattern in patterns for file in after.glob(pattern) if file.is_file()):
        name = file.relative_to(after)
        domain = name.parts[1] if len(name.parts) == 3 else None
        new = statements(file, domain)
        old = statements(before / name, domain) if (before / name).is_file() else []
        if not new:
            yield Query(name.as_posix(), domain, None, None)
        for number, text in enumerate(new):
            label = name.as_posix() + (f", query {number + 1}" if len(new) > 1 else "")
            yield Query(label, domain, old[number] if number < len(old) else None, text)


def statements(file: Path, domain: str | None) -> list[str]:
    """The queries of a file, each as it is written there; other statements are left out."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        tokens = sqlglot.tokenize(text, read="postgres" if domain else "trino")
    except (SqlglotError, UnicodeDecodeError) as error:
        raise CouldNotRunError(f"{file.name} cannot be read as SQL: {str(error).splitlines()[0]}") from None
    found, open_ = [], []
    for token in tokens:
        if token.token_type in _ENDS:
            found.append(open_)
            open_ = []
        else:
            open_.append(token)
    return [
        text[each[0].start : each[-1].end + 1] for each in (*found, open_) if each and each[0].token_type in _BEGINS
    ]


def ports(before: Contract, after: Contract) -> Iterator[Query]:
    """A query for each table and view of both sides: the columns that both have, by their names in the contract."""
    now = {table.name: table for table in after.tables}
    for table in before.tables:
        if table.name in now and (text := _port(table, now[table.name])):
            yield Query(f"{table.kind} {table.name}", before.domain, text, text)


def _port(old: Table, new: Table) -> str | None:
    there = {column.name for column in new.columns}
    shared = [quoted(column.name) for column in old.columns if column.name in there]
    return " ".join(("SELECT", ", ".join(shared), "FROM", f"public.{quoted(old.name)}")) if shared else None


def panels(before: Mapping[DomainName, Contract], after: Mapping[DomainName, Contract]) -> Iterator[Query]:
    """The queries of the dashboards, of the domains that both sides have, by board and title."""
    both = before.keys() & after.keys()
    old, new = (_panels({domain: side[domain] for domain in sorted(both)}) for side in (before, after))
    for place in sorted(old.keys() | new.keys()):
        board, domain, title = place
        name = f"dashboard {board}, panel {title}"
        yield Query(name, domain or None, old.get(place), new.get(place), keeps_text=False)


def _panels(contracts: Mapping[DomainName, Contract]) -> dict[tuple[str, str, str], str]:
    boards = [dashboards.overview(contracts, None, monthly_usd=0)]  # the lake's charts follow its contract
    boards += [dashboards.domain_dashboard(each, identifier="", region="") for each in contracts.values()]
    return {
        (str(board["title"]), _domain(panel), str(panel["title"])): text
        for board in boards
        for panel in board["panels"]
        for target in panel.get("targets", ())
        if (text := target.get("rawSql") or target.get("rawSQL"))
    }


def _domain(panel: Mapping[str, Any]) -> str:
    source = panel["datasource"]
    return "" if source == dashboards.TRINO else str(source["uid"]).removeprefix("postgresql-")
