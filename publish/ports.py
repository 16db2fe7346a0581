"""Output ports that their contracts keep in the lake, and the names of what belongs to each there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from client.errors import CommandError
from mesh.contracts.kept import Kept
from mesh.contracts.model import Contract, Table
from mesh.names import DATED, ICEBERG, PUBLISHER_TABLES, DomainName
from mesh.sql import quoted


@dataclass(frozen=True)
class Port:
    """A table or view of a domain that is kept in the lake."""

    domain: DomainName
    table: Table

    @property
    def title(self) -> str:
        """As people write it: `sales.customer_revenue`."""
        return f"{self.domain}.{self.table.name}"

    @property
    def kept(self) -> Kept:
        """How it is kept."""
        if self.table.kept is None:
            raise ValueError(f"{self.title} is not kept in the lake")
        return self.table.kept

    @property
    def lake(self) -> str:
        """Its table in the lake, in Trino's SQL."""
        return in_lake(self.domain, self.table.name)

    @property
    def changes_name(self) -> str:
        """The name of the table with the changes of the publication that is under way."""
        return f"{PUBLISHER_TABLES}changes_of_{self.table.name}"

    @property
    def changes(self) -> str:
        """That table, in Trino's SQL."""
        return in_lake(self.domain, self.changes_name)

    @property
    def dated_name(self) -> str:
        """The name of the view of its present rows with the moment of the source that they show."""
        return f"{self.table.name}{DATED}"

    @property
    def comment(self) -> str:
        """What its table says of itself, with the key by which its rows are kept."""
        return f"{self.table.description} {self.by_key}"

    @property
    def by_key(self) -> str:
        """The end of that."""
        return f"[key: {', '.join(sorted(self.table.key))}]"

    def metadata(self, kind: str) -> str:
        """One of Iceberg's tables about its table, such as `snapshots`."""
        return in_lake(self.domain, f"{self.table.name}${kind}")


def in_lake(domain: DomainName, name: str, catalog: str = ICEBERG) -> str:
    """A table of a domain in the lake, in Trino's SQL; people write the catalog LAKE."""
    return f"{quoted(catalog)}.{quoted(domain.identifier)}.{quoted(name)}"


def kept_ports(
    contracts: Mapping[DomainName, Contract], domain: str | None = None, port: str | None = None
) -> list[Port]:
    """The kept ports of all contracts, of one `domain`, or the one `port` (`sales.customer_revenue`).

    Raises CommandError for a domain or a port that is not there or not kept.
    """
    every = [Port(name, table) for name in sorted(contracts) for table in contracts[name].tables if table.kept]
    if domain is not None and domain not in contracts:
        raise CommandError(f"there is no domain {domain!r}: there are {_listed(contracts)}")
    if port is not None and port not in {each.title for each in every}:
        raise CommandError(
            f"PORT={port} is not kept in the lake: {_listed(each.title for each in every)} {_are(every)}.\n"
            "A table or view is kept whose contract says `keptInLake` (docs/lake.md)."
        )
    if domain is not None and port is not None and not port.startswith(f"{domain}."):
        raise CommandError(f"PORT={port} is not of DOMAIN={domain}: leave one of them out")
    return [each for each in every if domain in (None, each.domain) and port in (None, each.title)]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "no port"


def _are(ports: list[Port]) -> str:
    return "are" if len(ports) > 1 else "is"
