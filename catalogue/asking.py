"""Everything that is asked of a running mesh for its catalogue, as many questions at a time as Trino has places for."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from catalogue import lake, lineage, panels, postgresql, samples
from catalogue.model import Chart, Gap, Query
from catalogue.postgresql import Facts
from catalogue.samples import Asked, Seen
from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack
from client.trino import forget_metadata
from commands.contracts import read
from mesh.contracts.model import Contract
from mesh.contracts.read import ContractError, read_shared_contract
from mesh.names import EVENTS, LAKE, DomainName
from mesh.sql import quoted

AT_ONCE = 4
"""Threads. Trino runs four queries of people at a time, and each thread asks as one person."""
TRINO = "Trino"
_DATABASE = "the database of "
Answer = Facts | Seen | Query | Chart | Gap


@dataclass(frozen=True)
class Mesh:
    """A running mesh, its contracts, and which of its servers were silent at the beginning."""

    stack: Stack
    contracts: dict[DomainName, Contract]
    shared: Contract
    """Of the lake."""
    today: date
    silences: tuple[Gap, ...]

    @property
    def current(self) -> dict[DomainName, Contract]:
        """The contracts of the domains, without publications that have ended."""
        return {domain: contract.on(self.today) for domain, contract in self.contracts.items()}

    def answers(self, server: str) -> bool:
        """Whether TRINO, or the database of a domain, was not silent."""
        return all(gap.place != server for gap in self.silences)

    def schema(self, contract: Contract) -> tuple[str, str]:
        """Where Trino has the tables of a contract: catalog and schema."""
        if contract.domain == EVENTS:
            return LAKE, self.stack.lake.events_table.split(".")[1]
        return self.stack.domains[contract.domain].catalog, "public"


@dataclass
class Answers:
    """What was answered."""

    facts: dict[str, Facts] = field(default_factory=dict)
    """By domain, and of the lake under `events`."""
    seen: list[Seen] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, answer: Answer) -> None:
        """Puts an answer to those of its kind."""
        match answer:
            case Facts():
                self.facts[answer.domain] = answer
                self.gaps += answer.gaps
            case Seen():
                self.seen.append(answer)
            case Query():
                self.queries.append(answer)
            case Chart():
                self.charts.append(answer)
            case Gap():
                self.gaps.append(answer)


def find(stack: Stack) -> Mesh:
    """The mesh of a stack; servers of a local one that do not run are started.

    Raises CommandError for a contract that cannot be used.
    """
    contracts = read(stack)
    try:
        shared = read_shared_contract()
    except ContractError as error:
        raise CommandError(str(error)) from None
    try:
        stack.revive()
        silences = []
    except SilentError as error:
        silences = _silences(stack, error)
    return Mesh(stack, contracts, shared, date.today(), tuple(silences))


def ask(mesh: Mesh) -> Answers:
    """Asks everything; what got no answer is among the gaps."""
    answers = Answers(gaps=list(mesh.silences))
    if mesh.answers(TRINO):
        for gap in _heard(mesh.stack, partial(_look_anew, mesh.stack)):
            answers.add(gap)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for found in pool.map(partial(_heard, mesh.stack), list(_questions(mesh))):
            for answer in found:
                answers.add(answer)
    return answers


def _look_anew(stack: Stack) -> Iterator[Gap]:
    """Lets Trino see tables as they are at this moment."""
    forget_metadata(stack)
    yield from ()


def _questions(mesh: Mesh) -> Iterator[Callable[[], Iterable[Answer]]]:
    """What each thread asks, one server or person after the other."""
    stack = mesh.stack
    drawn = panels.of(mesh.current, mesh.shared.tables[0])
    if mesh.answers(TRINO):
        asked = list(_readers(mesh))
        for person in dict.fromkeys(each.person for each in asked):
            yield partial(samples.seen, stack, [each for each in asked if each.person == person])
        on_trino = [panel for panel in drawn if panel.trino]
        yield partial(panels.from_trino, stack, on_trino)
        yield partial(lineage.crossing, stack, _addresses(mesh), {panel.title: panel.query for panel in on_trino})
        yield lambda: [lake.facts(stack, mesh.shared)]
    for domain, contract in mesh.contracts.items():
        if mesh.answers(domain):
            yield partial(lambda contract: [postgresql.facts(stack, contract)], contract)
            own = [panel for panel in drawn if panel.domain == domain and not panel.trino]
            yield partial(panels.from_database, stack, domain, own)


def _heard(stack: Stack, question: Callable[[], Iterable[Answer]]) -> list[Answer]:
    """The answers to a question, up to the first server that stays silent."""
    found: list[Answer] = []
    try:
        for answer in question():
            found.append(answer)
    except SilentError as error:
        found += _silences(stack, error)
    except CommandError as error:
        found.append(Gap(kind="server", place=TRINO, why=str(error)))
    return found


def _silences(stack: Stack, error: SilentError) -> list[Gap]:
    """A gap for each server that does not answer."""
    titles = [server.title for server in stack.servers() if not server.answers()]
    return [Gap(kind="server", place=title.removeprefix(_DATABASE), why=str(error)) for title in titles or [TRINO]]


def _readers(mesh: Mesh) -> Iterator[Asked]:
    """Everyone who is asked for a sample, of the domains that answer."""
    domains = list(mesh.contracts)
    for contract in (*mesh.current.values(), mesh.shared):
        if mesh.answers(contract.domain):
            yield from samples.readers(contract, domains, ".".join(map(quoted, mesh.schema(contract))))


def _addresses(mesh: Mesh) -> dict[str, str]:
    """The ids of products by their addresses in Trino."""
    return {
        ".".join((*mesh.schema(contract), table.name)): f"{contract.domain}.{table.name}"
        for contract in (*mesh.contracts.values(), mesh.shared)
        for table in contract.tables
    }
