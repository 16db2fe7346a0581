"""What is worth knowing about contracts and is no breach: access that ends soon, and joins with pseudonyms."""

from collections.abc import Iterator, Mapping
from datetime import date

from mesh.contracts.model import Column, Contract, Table
from mesh.names import DomainName
from mesh.pseudonyms import pseudonym
from mesh.sql import quoted

SOON = 14
"""Days before the end of an access from which on it is told."""


def notes(contracts: Mapping[DomainName, Contract], today: date) -> Iterator[str]:
    """One text for each access that ends soon or has ended, and for each domain whose e-mails others show masked."""
    for domain, contract in contracts.items():
        for table in contract.tables:
            yield from _endings(domain, table, today)
    current = {domain: contract.on(today) for domain, contract in contracts.items()}
    for reader in contracts:
        yield from _joins(current, reader)


def _endings(domain: DomainName, table: Table, today: date) -> Iterator[str]:
    for publication in table.published:
        if publication.until is None or (publication.until - today).days > SOON:
            continue
        what = f"{domain}.{table.name} for {publication.consumer}"
        days = (publication.until - today).days
        if days < 0:
            yield f"{what}: access ended on {publication.until}; `make up` takes it away, or write another `until`"
        else:
            left = "today is the last day" if days == 0 else f"{days} more day{'s' if days > 1 else ''}"
            yield f"{what}: access ends after {publication.until} ({left})"


def _joins(contracts: Mapping[DomainName, Contract], reader: DomainName) -> Iterator[str]:
    """How a domain joins its own e-mails, which it sees in clear, with the pseudonyms that others show it."""
    own = [f"{table.name}.{column.name}" for table, column in _emails(contracts[reader])]
    others = [
        f"{domain}.{table.name}.{column.name}"
        for domain, contract in contracts.items()
        for table, column in _emails(contract)
        if domain != reader and reader in table.consumers
    ]
    if own and others:
        column = own[0].partition(".")[2]
        yield (
            f"{reader} sees pseudonyms in {', '.join(others)}, and its own e-mails in clear ({', '.join(own)}): "
            f"a join of the two is empty, unless its own side is {pseudonym(quoted(column), 'trino')}"
        )


def _emails(contract: Contract) -> Iterator[tuple[Table, Column]]:
    for table in contract.tables:
        for column in table.columns:
            if column.mask == "email":
                yield table, column
