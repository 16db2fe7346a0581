"""Which queries read products of more than one domain: those of the repository, of the dashboards, and of people."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from catalogue.model import Gap, Query
from catalogue.product import Source
from client.errors import CommandError
from client.outputs import PROJECT
from client.servers import SilentError
from client.stack import Stack
from client.trino import MARK, ask
from commands import queries as log
from commands.query import FEDERATED_QUERY, federated_query
from mesh.names import ADMIN

QUERIES = PROJECT / "examples"
"""The folder of the repository's queries: files of one query in Trino's SQL each."""
MOST = 20
"""Queries of people that are shown, those asked last."""


@dataclass
class _Asked:
    """How often people asked something."""

    people: set[str] = field(default_factory=set)
    times: int = 0
    last: str = ""

    def add(self, query: log.Query) -> None:
        self.people.add(query.user)
        self.times += 1
        self.last = max(self.last, query.time)


def crossing(stack: Stack, products: Mapping[str, str], panels: Mapping[str, str]) -> Iterator[Query | Gap]:
    """The queries that read more than one domain.

    `products` are the ids by address in Trino, `panels` the SQL of Trino's panels by title. Raises SilentError.
    """
    try:
        logged = [query for query in log.read(stack) if not query.platform and query.state == "FINISHED"]
    except CommandError as error:
        logged = []
        yield Gap(kind="question", place="log", why=str(error))
    files = dict(_files())
    found = [_repository(stack, products, name, texts, logged) for name, texts in files.items()]
    found += [_explained(stack, products, title, "dashboard", sql) for title, sql in panels.items()]
    known = {_flat(text) for texts in files.values() for text in texts}
    found += _of_people((query for query in logged if _flat(query.sql) not in known), products)
    yield from (each for each in found if isinstance(each, Gap) or crosses(each.reads))


def _repository(
    stack: Stack, products: Mapping[str, str], name: str, texts: Sequence[str], logged: Iterable[log.Query]
) -> Query | Gap:
    """A query of a file, in all its forms, and how often people asked it."""
    found = _explained(stack, products, name, "repository", texts[0])
    asked = _Asked()
    for query in logged:
        if _flat(query.sql) in {_flat(text) for text in texts}:
            asked.add(query)
    return found if isinstance(found, Gap) else replace(found, asked=asked.times, last=asked.last or None)


def _explained(
    stack: Stack, products: Mapping[str, str], name: str, kind: Literal["repository", "dashboard"], sql: str
) -> Query | Gap:
    """A query, and the products that it reads, by Trino's own plan of it."""
    explain = f"EXPLAIN (TYPE IO, FORMAT JSON) {sql}"
    try:
        ((plan,),) = ask(stack, explain).rows
    except SilentError:
        raise
    except CommandError as error:
        return Gap(kind="question", place=name, why=str(error))
    evidence = Source(server="Trino", login=ADMIN, query=explain)
    return Query(name=name, kind=kind, reads=_ids(tables_of(plan), products), asked=0, last=None, evidence=evidence)


def tables_of(plan: str) -> list[str]:
    """The tables that a query reads, as `catalog.schema.table`, by Trino's `EXPLAIN (TYPE IO, FORMAT JSON)`."""
    inputs = json.loads(plan)["inputTableColumnInfos"]
    places = [(each["table"]["catalog"], each["table"]["schemaTable"]) for each in inputs]
    return sorted({f"{catalog}.{place['schema']}.{place['table']}" for catalog, place in places})


def crosses(reads: Iterable[str]) -> bool:
    """Whether ids of products, or addresses of tables, are of more than one domain."""
    return len({each.partition(".")[0] for each in reads}) > 1


def _files() -> Iterator[tuple[str, list[str]]]:
    """Each file with its statement; of the federated query also what those ask who see one side of it in clear."""
    for file in sorted(QUERIES.glob("*.sql")):
        own = [federated_query([each]) for each in ("sales", "marketing")] if file == FEDERATED_QUERY else []
        texts = [file.read_text(encoding="utf-8"), *own]
        yield file.relative_to(PROJECT).as_posix(), [_bare(each) for each in texts]


def _of_people(logged: Iterable[log.Query], products: Mapping[str, str]) -> list[Query]:
    """What people asked by themselves, by the tables that it read. Their SQL is not shown: it may name somebody."""
    asked: dict[tuple[str, ...], _Asked] = {}
    for query in logged:
        if not query.sql.lstrip().upper().startswith(("EXPLAIN", MARK.upper())):
            reads = _ids(query.tables, products)
            if crosses(reads):
                asked.setdefault(reads, _Asked()).add(query)
    latest = sorted(asked.items(), key=lambda each: each[1].last, reverse=True)[:MOST]
    return [
        Query(
            name=", ".join(sorted(times.people)),
            kind="log",
            reads=reads,
            asked=times.times,
            last=times.last,
            evidence=Source(server="log", query="make audit"),
        )
        for reads, times in latest
    ]


def _ids(tables: Iterable[str], products: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the products at these addresses; Trino's own tables are left out."""
    own = [each for each in tables if each.split(".")[0] != "system" and each.split(".")[1] != "information_schema"]
    return tuple(sorted({products.get(each, each) for each in own}))


def _flat(sql: str) -> str:
    """A statement as one line, to compare it with others."""
    return " ".join(_bare(sql).split())


def _bare(sql: str) -> str:
    """A statement without whole lines of comment, and without a semicolon at its end."""
    lines = (line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip().removesuffix(";").rstrip()
