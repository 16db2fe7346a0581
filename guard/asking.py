"""Asks every query of both sides, as far as its answer can differ; databases are made when the first one needs them."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property

from guard import databases, mesh_database, queries
from guard.databases import Pair
from guard.files import Files
from guard.findings import CouldNotRunError, Finding, Found
from guard.queries import Query
from guard.replay import Side, replay
from guard.scratch import Server
from mesh.names import EVENTS, DomainName


def replay_all(found: Found, before: Files, after: Files, base: str, start_server: Callable[[], Server]) -> None:
    """Notes what the queries of both sides find otherwise, and what the tables lack. Raises CouldNotRunError."""
    with ExitStack() as stack:
        asking = _Asking(stack, before, after, base, start_server)
        for domain in asking.domains:
            if asking.touched(domain) and domain in after.sources:
                found.add(domain, databases.CHECK, asking.pair(domain).findings)
        for query in _queries(before, after):
            asking.ask(found, query)


def _queries(before: Files, after: Files) -> list[Query]:
    asked = [*queries.kept(before.folder, after.folder), *queries.panels(before.contracts, after.contracts)]
    for domain in sorted(before.contracts.keys() & after.contracts.keys()):
        asked += queries.ports(before.contracts[domain], after.contracts[domain])
    return asked


class _Asking:
    def __init__(
        self, stack: ExitStack, before: Files, after: Files, base: str, start_server: Callable[[], Server]
    ) -> None:
        self._stack, self._before, self._after, self._base = stack, before, after, base
        self._start_server = start_server
        self._pairs: dict[DomainName, Pair] = {}
        self.domains = sorted({*before.sources, *after.sources})

    @cached_property
    def _server(self) -> Server:
        return self._start_server()

    def touched(self, domain: DomainName) -> bool:
        """Whether the change has to do with the domain's tables or its contract."""
        old, new = self._before.sources.get(domain), self._after.sources.get(domain)
        return (
            old is None
            or new is None
            or not databases.alike(old, new)
            or self._before.texts[domain] != self._after.texts[domain]
        )

    def pair(self, domain: DomainName) -> Pair:
        """The databases of a domain."""
        if domain not in self._pairs:
            old, new = self._before.sources.get(domain), self._after.sources.get(domain)
            made = self._pairs[domain] = databases.pair(self._server, old, new, self._base)
            self._stack.callback(self._server.drop, made.made)
        return self._pairs[domain]

    def ask(self, found: Found, query: Query) -> None:
        """One query, on both sides."""
        if not query.texts:
            self._note_none(found, query)
        elif query.domain is None:
            self._ask_mesh(found, query)
        elif query.domain not in self.domains:
            raise CouldNotRunError(f"{query.name}: there is no domain {query.domain}, and queries/<domain>/ is for one")
        else:
            self._ask_domain(found, query, DomainName(query.domain))

    def _note_none(self, found: Found, query: Query) -> None:
        """A file of which nothing is asked, among what is said of its domain: of the lake, where it is Trino's."""
        told = {*self._before.texts, *self._after.texts}
        text = "has no query, so nothing guards it: what begins with SELECT, WITH or VALUES is asked"
        for domain in [each for each in (query.domain, EVENTS, *sorted(told)) if each in told][:1]:
            found.add(domain, query.name, [Finding("note", query.name, text)])

    def _ask_domain(self, found: Found, query: Query, domain: DomainName) -> None:
        if self._cannot_differ(query, [domain]):
            found.add(domain, query.name, [])
            return
        pair = self.pair(domain)
        if pair.after is not None:
            sides = Side(pair.before) if pair.before else None, Side(pair.after)
            same = pair.same_rows
            found.add(domain, query.name, replay(self._server, query, *sides, self._base, same_rows=same))

    def _ask_mesh(self, found: Found, query: Query) -> None:
        catalogs = {catalog for text in query.texts for catalog in mesh_database.catalogs_read(text)}
        mine = [domain for domain in self.domains if domain.identifier in catalogs]
        blamed = [domain for domain in mine if self._differs(domain)] or mine or [EVENTS]
        if self._cannot_differ(query, mine) and not self._lake_differs():
            findings = []
        elif any(self.pair(domain).broken for domain in mine):
            return  # its tables cannot be made, which is told already
        else:
            same = all(self.pair(domain).same_rows for domain in mine)
            findings = list(replay(self._server, query, *self._meshes, self._base, same_rows=same))
        for domain in blamed:
            found.add(domain, query.name, findings)

    def _cannot_differ(self, query: Query, domains: list[DomainName]) -> bool:
        return query.old == query.new and not any(self._differs(domain) for domain in domains)

    def _differs(self, domain: DomainName) -> bool:
        """Whether the domain has other databases on the two sides."""
        return self.touched(domain) and self.pair(domain).before != self.pair(domain).after

    def _lake_differs(self) -> bool:
        return self._before.texts.get(EVENTS) != self._after.texts.get(EVENTS)

    @cached_property
    def _meshes(self) -> tuple[Side, Side]:
        """Where Trino's queries are asked, of both sides."""
        pairs = {domain: self.pair(domain) for domain in self.domains}
        old = {domain: pair.before for domain, pair in pairs.items() if pair.before}
        new = {domain: pair.after for domain, pair in pairs.items() if pair.after}
        return self._mesh(self._before, old), self._mesh(self._after, new)

    def _mesh(self, files: Files, own: dict[DomainName, str]) -> Side:
        name = self._server.make("mesh")
        self._stack.callback(self._server.drop, [name])
        # the lake's rows of the side that is there already: the same on both, as far as they fit
        rows = self._before.folder / "domains" / EVENTS
        return Side(name, mesh_database.fill(self._server, name, own, files.shared, rows))
