"""Trino's group file, password file and file-based access control: pure functions of contracts and people.

The first rule that matches decides; where none matches, Trino denies access. Rights belong to groups, people to groups.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from k8s.trino import kept
from k8s.trino.masks import mask, pseudonymous
from mesh.contracts.model import Column, Contract
from mesh.names import ADMINS, EVENTS, GRAFANA, ICEBERG, LAKE, PUBLISHER, TRINO_WORKER, DomainName
from mesh.people import Person

METADATA = (
    "analyze_properties", "catalogs", "column_properties", "materialized_view_properties", "materialized_views",
    "schema_properties", "table_comments", "table_properties",
)  # fmt: skip
"""Tables of `system.metadata` that SQLAlchemy, dbt and BI tools read. Each lists catalogs, schemas and tables through
the filters of these rules (`filterCatalogs`, `filterTables`), so it shows nothing more than `SHOW` does."""
LIMITS = ("query_max_.*", "query_priority", "required_workers_.*", "resource_overcommit", "retry_policy", "spill_.*")
"""Properties by which a session would lift the limits of `k8s/trino/limits.py`."""
PUSHDOWN = ("allow_pushdown_into_connectors",)
"""Without it Trino would apply row filters itself, and tell of hidden rows: see mesh/contracts/pushdown.py."""
_SELECT: dict[str, Any] = {"privileges": ["SELECT"]}
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")


def groups(people: Iterable[Person]) -> str:
    """Trino's group file: a line `group:user,user` for the administrators, each domain's analysts, and services."""
    members: dict[str, list[str]] = {GRAFANA: [GRAFANA], PUBLISHER: [PUBLISHER]}
    for person in people:
        if person.admin:
            members.setdefault(ADMINS, []).append(person.name)
        for domain in person.domains:
            members.setdefault(domain.analysts, []).append(person.name)
    return "".join(f"{group}:{','.join(sorted(members[group]))}\n" for group in sorted(members))


def passwords(hashes: Mapping[str, str]) -> str:
    """Trino's password file: a line `user:hash` for each.

    Raises ValueError for a hash that Trino refuses: it takes bcrypt with a cost of 8 or more.
    """
    for user, value in hashes.items():
        match = _BCRYPT.fullmatch(value)
        if not match or int(match[1]) < 8:
            raise ValueError(f"the password of {user} is not hashed by bcrypt with a cost of 8 or more")
    return "".join(f"{user}:{hashes[user]}\n" for user in sorted(hashes))


def rules(contracts: Mapping[DomainName, Contract], people: Iterable[Person]) -> dict[str, Any]:
    """The rules of a mesh with these domains and people, to be written as JSON."""
    mesh, people = sorted(contracts), sorted(people, key=lambda person: person.name)
    databases = _any(domain.identifier for domain in mesh)
    publisher = kept.publishing(contracts)
    everyone = _any([*(domain.analysts for domain in mesh), GRAFANA])
    readers = {
        domain: [*(reader.analysts for reader in (domain, *contracts[domain].consumers)), GRAFANA] for domain in mesh
    }
    return {
        "catalogs": [
            *publisher["catalogs"],
            {"group": ADMINS, "allow": "all"},
            {"group": everyone, "catalog": f"system|{LAKE}|{ICEBERG}", "allow": "read-only"},
            *({"group": _any(readers[d]), "catalog": d.identifier, "allow": "read-only"} for d in mesh),
        ],
        "schemas": [*publisher["schemas"], {"group": ADMINS, "owner": True}, {"owner": False}],
        "tables": [
            *publisher["tables"],
            # No GRANT_SELECT on a domain's database: the contract publishes tables, not a view by an administrator.
            {"group": ADMINS, "catalog": databases, "privileges": list(kept.EVERY)},
            {"group": ADMINS, "privileges": [*kept.EVERY, "GRANT_SELECT"]},
            {"group": everyone, "catalog": "system", "schema": "jdbc", "privileges": ["SELECT"]},
            {"group": everyone, "catalog": "system", "schema": "metadata", "table": _any(METADATA), **_SELECT},
            {"group": everyone, "catalog": LAKE, "schema": EVENTS, "privileges": ["SELECT"]},
            *(rule for domain in mesh for rule in _own_tables(domain)),
            *(rule for domain in mesh for rule in _published_tables(domain, contracts[domain], people)),
            *(rule for domain in mesh for rule in _grafana_tables(domain, contracts[domain])),
            *(rule for domain in mesh for rule in kept.reading(domain, contracts[domain])),
        ],
        # `<catalog>.system.query` sends raw SQL to the database, past every mask. Hence no GRANT_EXECUTE there either.
        "functions": [
            *publisher["functions"],
            {"group": ADMINS, "catalog": databases, "privileges": ["EXECUTE"]},
            {"group": ADMINS, "privileges": ["EXECUTE", "GRANT_EXECUTE", "OWNERSHIP"]},
            {"catalog": "system", "schema": "builtin", "privileges": ["EXECUTE", "GRANT_EXECUTE"]},
        ],
        "procedures": [*publisher["procedures"], {"group": ADMINS, "privileges": ["EXECUTE", "GRANT_EXECUTE"]}],
        # Such a property would let a reader rewrite the lake's files (ALTER TABLE ... EXECUTE optimize).
        "catalog_session_properties": [
            *publisher["catalog_session_properties"],
            {"group": ADMINS, "allow": True},
            {"allow": False},
        ],
        "system_session_properties": [
            {"group": ADMINS, "allow": True},
            {"property": _any([*LIMITS, *PUSHDOWN]), "allow": False},
            {"allow": True},
        ],
        "queries": [
            *publisher["queries"],
            {"group": ADMINS, "allow": ["execute", "kill", "view"]},
            {"group": everyone, "allow": ["execute"]},
        ],
        "impersonation": [],
        # The only section without groups.
        "system_information": [
            {
                "user": _any([TRINO_WORKER, *(person.name for person in people if person.admin)]),
                "allow": ["read", "write"],
            }
        ],
    }


def _own_tables(domain: DomainName) -> list[dict[str, Any]]:
    """A domain's analysts read all of it unmasked. These rules come before those for published tables, which mask."""
    own = {"group": domain.analysts}
    return [
        {**own, "catalog": domain.identifier, "schema": "public", **_SELECT},
        {**own, "catalog": kept.PLACES, "schema": domain.identifier, **kept.READ_ALONE},
    ]


def _published_tables(domain: DomainName, contract: Contract, people: Iterable[Person]) -> Iterator[dict[str, Any]]:
    """Other domains' analysts read what is published to them, with masks, and the rows that are meant for them.

    The first rule decides, and whoever belongs to several consumers sees what any of them sees: first come consumers
    of all rows, then people of several consumers with rows of their own, then each such consumer. Trino applies a
    filter before the masks, so that it compares clear values.
    """
    for table in contract.tables:
        select = {
            "catalog": domain.identifier,
            "schema": "public",
            "table": table.name,
            "privileges": ["SELECT"],
            "columns": [{"name": column.name, "mask": mask(column)} for column in table.personal],
        }
        every = [publication.consumer.analysts for publication in table.published if publication.rows is None]
        if every:
            yield {"group": _any(every), **select}
        some = {publication.consumer: publication.rows for publication in table.published if publication.rows}
        for consumers, names in _of_several(some, people).items():
            filters = dict.fromkeys(f"({some[consumer]})" for consumer in consumers)
            yield {"user": _any(names), "group": _any(c.analysts for c in consumers), **select} | {
                "filter": " OR ".join(filters)
            }
        for consumer, rows in some.items():
            yield {"group": consumer.analysts, **select, "filter": rows}


def _of_several(consumers: Iterable[DomainName], people: Iterable[Person]) -> dict[tuple[DomainName, ...], list[str]]:
    """The people that belong to two or more of `consumers`, by those that they belong to."""
    listed = list(consumers)
    found: dict[tuple[DomainName, ...], list[str]] = {}
    for person in people:
        own = tuple(consumer for consumer in listed if consumer in person.domains)
        if len(own) > 1:
            found.setdefault(own, []).append(person.name)
    return found


def _grafana_tables(domain: DomainName, contract: Contract) -> list[dict[str, Any]]:
    """Only tables of the contract: of others it is not known which columns are personal.

    E-mails are shown as pseudonyms, so that dashboards can join on them; other personal columns are denied.
    """
    return [
        {
            "group": GRAFANA,
            "catalog": domain.identifier,
            "schema": "public",
            "table": table.name,
            "privileges": ["SELECT"],
            "columns": [_for_grafana(column) for column in table.personal],
        }
        for table in contract.tables
    ]


def _for_grafana(column: Column) -> dict[str, Any]:
    expression = pseudonymous(column)
    return {"name": column.name, "mask": expression} if expression else {"name": column.name, "allow": False}


def _any(names: Iterable[str]) -> str:
    """A regular expression for one of `names`, which have no special characters. Trino matches the whole text."""
    return "|".join(sorted(names))
