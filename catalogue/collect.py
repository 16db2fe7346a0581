"""The catalogue of a running mesh: what its servers answered, put together with contracts, history and prices."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from catalogue import verdicts
from catalogue.asking import Answers, Mesh, ask, find
from catalogue.connections import connections
from catalogue.costs import cost
from catalogue.model import Catalogue, Domain, Gap
from catalogue.postgresql import Facts
from catalogue.products import product
from client.stack import Stack
from commands.contract_history import History, Outcome
from mesh.contracts.model import Contract
from mesh.names import ADMIN, EVENTS

_READERS = ("owner", "consumer", "outsider", "grafana")


def collect(stack: Stack, name: str) -> Catalogue:
    """The catalogue of the stack called `name`. What could not be asked is among its gaps.

    Raises CommandError for a contract that cannot be used.
    """
    asked_at = datetime.now(UTC)
    mesh = find(stack)
    return put_together(mesh, name, asked_at, ask(mesh), History(name).outcomes())


def put_together(mesh: Mesh, name: str, asked_at: datetime, answers: Answers, outcomes: Sequence[Outcome]) -> Catalogue:
    """The catalogue of a mesh, from all answers of its servers and all outcomes of its contracts' checks."""
    stack = mesh.stack
    lake = _domain(mesh, mesh.shared, answers, outcomes)
    domains = tuple(_domain(mesh, contract, answers, outcomes) for contract in mesh.contracts.values())
    estimated = cost(name, list(mesh.contracts), sum(len(contract.kept) for contract in mesh.contracts.values()))
    gaps = [*answers.gaps, *([estimated] if isinstance(estimated, Gap) else [])]
    person = next(iter(mesh.contracts)).analyst if mesh.contracts else ADMIN
    example = (domains[0] if domains else lake).products[0].address
    return Catalogue(
        stack=name,
        local=stack.is_local,
        asked_at=f"{asked_at:%Y-%m-%d %H:%M:%S}",
        address=urlsplit(stack.trino.url).netloc,
        person=person,
        domains=domains,
        lake=lake,
        edges=tuple(edge for facts in answers.facts.values() for edge in facts.edges),
        queries=tuple(answers.queries),
        charts=tuple(answers.charts),
        runs=verdicts.of(outcomes).runs,
        cost=None if isinstance(estimated, Gap) else estimated,
        connections=connections(stack, name, person, example),
        gaps=tuple(dict.fromkeys(gaps)),
    )


def _domain(mesh: Mesh, contract: Contract, answers: Answers, outcomes: Sequence[Outcome]) -> Domain:
    facts = answers.facts.get(contract.domain) or Facts(contract.domain)
    catalog, schema = mesh.schema(contract)
    named = {table.name for table in contract.tables}
    return Domain(
        name=contract.domain,
        owner=contract.owner,
        purpose=contract.purpose,
        address=_address(mesh, contract),
        catalog=catalog,
        people=tuple(sorted(who for who, own in mesh.stack.people.items() if _belongs(contract, own))),
        products=tuple(
            product(
                contract,
                table,
                f"{catalog}.{schema}",
                facts,
                sorted(
                    (each.sample for each in answers.seen if each.product == f"{contract.domain}.{table.name}"),
                    key=lambda sample: (_READERS.index(sample.reader), sample.domain),
                ),
                outcomes,
                mesh.today,
            )
            for table in contract.tables
        ),
        undocumented=tuple(sorted(facts.columns.keys() - named)),
    )


def _belongs(contract: Contract, own: Sequence[str]) -> bool:
    """Whether somebody with these domains reads a domain as its own; the lake is read by whoever has a domain."""
    return bool(own) if contract.domain == EVENTS else contract.domain in own


def _address(mesh: Mesh, contract: Contract) -> str:
    if contract.domain == EVENTS:
        return f"{mesh.stack.lake.bucket}/{mesh.stack.lake.events_prefix}"
    domain = mesh.stack.domains[contract.domain]
    return f"{domain.host}:{domain.port}"
