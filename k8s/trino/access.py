"""Who may see what in Trino: people, groups, passwords and the rules that Trino's file access control reads.

All of it is text made from plain values. The first rule that fits decides, and where none fits Trino says no.
Groups carry the rights; a person only belongs to groups.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mesh.contracts.model import Column, Contract
from mesh.names import DomainName
from mesh.people import GRAFANA, TRINO_WORKER, Person

ADMINS = "admins"

_DIGEST = 64
"""Hexadecimal digits of a SHA-256."""
_SHORTEST = 16
"""With fewer of them, two e-mails of a large mesh could be taken for one."""
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")


def groups(people: Iterable[Person]) -> str:
    """Trino's group file: a line `group:user,user` for the administrators, each domain's analysts and Grafana."""
    members: dict[str, list[str]] = {GRAFANA: [GRAFANA]}
    for person in people:
        if person.admin:
            members.setdefault(ADMINS, []).append(person.name)
        for domain in person.domains:
            members.setdefault(_analysts(domain), []).append(person.name)
    return "".join(f"{group}:{','.join(sorted(members[group]))}\n" for group in sorted(members))


def passwords(hashes: Mapping[str, str]) -> str:
    """Trino's password file: a line `user:hash` for each; `hashes` are bcrypt, cost 8 or more as Trino asks."""
    for user, value in hashes.items():
        match = _BCRYPT.fullmatch(value)
        if not match or int(match[1]) < 8:
            raise ValueError(f"the password of {user} is not hashed by bcrypt with a cost of 8 or more")
    return "".join(f"{user}:{hashes[user]}\n" for user in sorted(hashes))


def rules(
    domains: Iterable[DomainName],
    contracts: Mapping[str, Contract],
    people: Iterable[Person],
    glue: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The file access control, to be written as JSON.

    `contracts` by domain name; `glue` names a domain's Glue database where it is not the domain's identifier.
    """
    mesh = sorted(domains, key=lambda domain: domain.name)
    lake = {domain.name: domain.identifier for domain in mesh} | dict(glue or {})
    databases = _any(domain.identifier for domain in mesh)
    every = ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP"]
    everyone = _any([_analysts(domain.name) for domain in mesh] + [GRAFANA])
    readers = {
        domain.name: [_analysts(reader) for reader in [domain.name, *contracts[domain.name].consumers]] + [GRAFANA]
        for domain in mesh
    }
    return {
        "catalogs": [
            {"group": ADMINS, "allow": "all"},
            {"group": everyone, "catalog": "system|lake", "allow": "read-only"},
            *({"group": _any(readers[d.name]), "catalog": d.identifier, "allow": "read-only"} for d in mesh),
        ],
        "schemas": [{"group": ADMINS, "owner": True}, {"owner": False}],
        "tables": [
            # No GRANT_SELECT on a domain's database: publishing is the contract's part, not that of a view of theirs.
            {"group": ADMINS, "catalog": databases, "privileges": every},
            {"group": ADMINS, "privileges": [*every, "GRANT_SELECT"]},
            {"group": everyone, "catalog": "system", "schema": "jdbc", "privileges": ["SELECT"]},
            {"group": everyone, "catalog": "lake", "schema": "events", "privileges": ["SELECT"]},
            *(rule for domain in mesh for rule in _own_tables(domain, lake[domain.name])),
            *(rule for domain in mesh for rule in _published_tables(domain, contracts[domain.name])),
            *(rule for domain in mesh for rule in _grafana_tables(domain, contracts[domain.name])),
        ],
        # `<catalog>.system.query` sends raw SQL to the database, past every mask. Hence no GRANT_EXECUTE there either.
        "functions": [
            {"group": ADMINS, "catalog": databases, "privileges": ["EXECUTE"]},
            {"group": ADMINS, "privileges": ["EXECUTE", "GRANT_EXECUTE", "OWNERSHIP"]},
            {"catalog": "system", "schema": "builtin", "privileges": ["EXECUTE", "GRANT_EXECUTE"]},
        ],
        "procedures": [{"group": ADMINS, "privileges": ["EXECUTE", "GRANT_EXECUTE"]}],
        # One of them would let a reader rewrite the lake's files (ALTER TABLE ... EXECUTE optimize).
        "catalog_session_properties": [{"group": ADMINS, "allow": True}, {"allow": False}],
        "queries": [
            {"group": ADMINS, "allow": ["execute", "kill", "view"]},
            {"group": everyone, "allow": ["execute"]},
        ],
        "impersonation": [],
        # The only section that knows no groups.
        "system_information": [
            {
                "user": _any([TRINO_WORKER, *(person.name for person in people if person.admin)]),
                "allow": ["read", "write"],
            }
        ],
    }


def _own_tables(domain: DomainName, lake_schema: str) -> list[dict[str, Any]]:
    """A domain's own analysts read all of it in clear. Comes before what is published to other groups of theirs."""
    mine = {"group": _analysts(domain.name), "privileges": ["SELECT"]}
    return [
        {**mine, "catalog": domain.identifier, "schema": "public"},
        {**mine, "catalog": "lake", "schema": re.escape(lake_schema)},
    ]


def _published_tables(domain: DomainName, contract: Contract) -> list[dict[str, Any]]:
    return [
        {
            "group": _any(_analysts(consumer) for consumer in table.consumers),
            "catalog": domain.identifier,
            "schema": "public",
            "table": table.name,
            "privileges": ["SELECT"],
            "columns": [{"name": column.name, "mask": mask(column)} for column in table.personal],
        }
        for table in contract.tables
        if table.consumers
    ]


def _grafana_tables(domain: DomainName, contract: Contract) -> list[dict[str, Any]]:
    """Only what the contract describes: of other tables nobody has said which columns are personal.

    E-mails are there as fingerprints, so that dashboards can join on them; other personal columns are not there.
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
    expression = fingerprint(column)
    return {"name": column.name, "mask": expression} if expression else {"name": column.name, "allow": False}


def fingerprint(column: Column) -> str | None:
    """The SQL expression by which an e-mail can be joined and not read; None where a column is no e-mail or too short.

    The SHA-256 of the lower-case value in hexadecimal, cut to the column's width, of its own type, NULL where it is
    NULL. It keeps addresses out of sight and out of results. It does not make them anonymous: whoever already has a
    list of addresses can compute theirs and see who is there, and one person has the same fingerprint everywhere.
    Columns of different widths below 64 do not join.
    """
    kind = _text_type(column.physical_type)
    width = int((re.findall(r"\d+", kind) or [_DIGEST])[0])
    if column.mask != "email" or width < _SHORTEST:
        return None
    name = f'"{column.name}"'
    digest = f"lower(to_hex(sha256(to_utf8(lower(CAST({name} AS varchar))))))"
    return f"if({name} IS NOT NULL, CAST(substr({digest}, 1, {min(width, _DIGEST)}) AS {kind}))"


def mask(column: Column) -> str:
    """The SQL expression that outsiders get for a personal column: of its own type, NULL where it is NULL."""
    name = f'"{column.name}"'
    shown = {
        "email": f"'***' || coalesce(regexp_extract({name}, '@[^@]*$'), '')",
        "phone": f"'***' || if(length({name}) > 6, substr({name}, -2), '')",
        "name": f"substr({name}, 1, 1) || '***'",
    }
    if column.mask not in shown:
        return "NULL"
    return f"if({name} IS NOT NULL, CAST({shown[column.mask]} AS {_text_type(column.physical_type)}))"


def _text_type(physical_type: str) -> str:
    """Trino's type for a PostgreSQL text type; a mask must give exactly the column's own."""
    match = re.fullmatch(r"(?i)(char|character|varchar|character varying)\s*\((\d+)\)", physical_type.strip())
    if not match:
        return "varchar"
    return f"{'varchar' if 'var' in match[1].lower() else 'char'}({match[2]})"


def _analysts(domain: str) -> str:
    return f"{domain}-analysts"


def _any(names: Iterable[str]) -> str:
    """A regular expression for one of `names`, none of which has a special character. Trino matches it whole."""
    return "|".join(sorted(names))
