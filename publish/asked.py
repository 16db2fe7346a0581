"""A federated question asked of the lake: its output ports as they are kept, now or at an earlier moment."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from client.errors import CommandError
from client.stack import Stack
from mesh.names import LAKE
from publish import ledger
from publish.history import at
from publish.lake import Lake
from publish.ledger import Publication
from publish.ports import Port
from publish.times import age, shown

_NAMED = re.compile(
    r'(?<![\w".])("?)([a-z]\w*)\1\s*\.\s*("?)public\3\s*\.\s*("?)([a-z_]\w*)\4(?![\w"])', re.ASCII | re.IGNORECASE
)
"""A table of a domain's database in Trino's SQL, to which quotes and capitals in such names make no difference."""


@dataclass(frozen=True)
class Shown:
    """What the lake shows of a port."""

    port: Port
    publication: Publication

    def told(self, now: datetime) -> str:
        """From when it is, and how old that is."""
        as_of = self.publication.as_of
        return f"{self.port.title} is of {shown(as_of)}, {age(as_of, now)} ago"


def named(query: str, ports: Iterable[Port]) -> list[Port]:
    """The kept `ports` that a query names.

    Raises CommandError for a table of a domain that is not kept, and for a query that names no table of any.
    """
    kept = {(port.domain.identifier, port.table.name): port for port in ports}
    found = dict.fromkeys(_table(match) for match in _NAMED.finditer(query))
    if not found:
        raise CommandError("the lake has no answer: the query names no table as domain.public.table")
    if missing := [".".join(each) for each in found if each not in kept]:
        raise CommandError(
            f"the lake does not keep {', '.join(missing)}: let the contract say `keptInLake` (docs/lake.md), "
            "then type `make up` and `make publish`"
        )
    return [kept[each] for each in found]


def find(stack: Stack, ports: Iterable[Port], when: datetime | None) -> list[Shown]:
    """The publications of these ports that show the moment `when`, or the last ones.

    Raises CommandError for a port that has none.
    """
    found = []
    for port in ports:
        every = ledger.publications(Lake(stack, port.domain), port)
        found.append(Shown(port, at(port, every, when)))
    return found


def over_lake(query: str, shows: Iterable[Shown]) -> str:
    """The query over the lake's snapshots instead of the domains' databases."""
    by_name = {(each.port.domain.identifier, each.port.table.name): each.publication.snapshot for each in shows}

    def replaced(match: re.Match[str]) -> str:
        domain, name = _table(match)
        return f"{LAKE}.{domain}.{name} FOR VERSION AS OF {by_name[domain, name]}"

    return _NAMED.sub(replaced, query)


def _table(match: re.Match[str]) -> tuple[str, str]:
    return match[2].lower(), match[5].lower()
