"""What the lake keeps, and no contract says: columns of the past, and tables whose past stays for ever.

Whoever may read a port would read such columns in clear.

Trino's rules are for names. A column that was dropped or renamed is still in old snapshots, under its old name.
"""

from collections.abc import Iterable, Iterator, Mapping

from client.kept import KeptTable
from mesh.contracts.model import Contract, Table
from mesh.names import PUBLICATIONS, PUBLISHER_TABLES, DomainName


def unsaid(contracts: Mapping[DomainName, Contract], there: Iterable[KeptTable]) -> list[str]:
    """What to write into the contracts before an update, a line for each column of the past that is open without it."""
    ports = {(domain, table.name): table for domain, contract in contracts.items() for table in contract.tables}
    kept = [(ports[table.domain, table.name], table) for table in there if (table.domain, table.name) in ports]
    return [line for port, table in kept if port.kept for line in _of(port, table)]


def unkept(contracts: Mapping[DomainName, Contract], there: Iterable[KeptTable]) -> list[str]:
    """A line for each table that is kept, though the contract of its domain does not keep it any more."""
    kept = {(domain, table.name) for domain, contract in contracts.items() for table in contract.kept}
    return [
        f"The lake has the past of {table.domain}.{table.name}, which no contract keeps any more: it stays for ever. "
        f"`make expire DOMAIN={table.domain}` says how to give it up."
        for table in there
        if table.domain in contracts
        and (table.domain, table.name) not in kept
        and table.name != PUBLICATIONS
        and not table.name.startswith(PUBLISHER_TABLES)
    ]


def _of(port: Table, kept: KeptTable) -> Iterator[str]:
    now = {column.name for column in port.columns}
    renamed = {name for column in port.columns for name in column.renamed_from}
    closed = set(port.kept.former if port.kept else ())
    title = f"{kept.domain}.{kept.name}"
    for name, numbers in sorted(kept.columns.items()):
        if name in now and len(numbers) > 1:
            yield (
                f"{title} had another column {name} once, which old snapshots would show by the rule of today's: give "
                f"the new one another name"
            )
        elif name not in now | renamed | closed:
            yield (
                f"{title} has a column {name} in the lake, and its contract does not. Old snapshots keep it: write "
                f"formerColumns: [{name}] into keptInLake, which closes it to other domains, "
                f"or renamedFrom: {name} at the column that it is now, whose mask it gets"
            )
