"""How the name of a domain is spelled in each place, and which names are refused."""

import re
from dataclasses import dataclass

_SHAPE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_REFUSED = {
    "system": "it is Trino's own catalog",
    "jmx": "it is a catalog of Trino's own",
    "lake": "it is the catalog of the shared lake",
    "events": "it is the shared Glue database of the lake",
    "admin": "it is the name of the mesh's administrator",
    "postgres": "it is PostgreSQL's maintenance database and its usual superuser",
    "default": "it is the Glue database that AWS makes by itself and a reserved word of SQL",
    "public": "it is the schema in which every database keeps its tables",
    "information-schema": "it is the schema of SQL's own catalog",
}

DATABASE_SECRETS = ("admin", "trino")
"""Whose logins to a domain's database are kept in AWS Secrets Manager."""


class RefusedNameError(ValueError):
    """A name that some place cannot take; the message says why and what to write instead."""


@dataclass(frozen=True)
class DomainName:
    """The name of a domain, checked, in all its spellings.

    `name` is what people, AWS and Kubernetes use (`customer-care`). Raises RefusedNameError when it cannot be used.
    """

    name: str

    def __post_init__(self) -> None:
        if problem := refusal(self.name):
            raise RefusedNameError(f"'{self.name}' cannot be the name of a domain: {problem}")

    @property
    def identifier(self) -> str:
        """The spelling in PostgreSQL, Glue and as a Trino catalog: `customer_care`."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The prefix of environment variables: `CUSTOMER_CARE`."""
        return self.identifier.upper()

    @property
    def database(self) -> str:
        """The PostgreSQL database: `customer_care_db`."""
        return f"{self.identifier}_db"

    @property
    def analyst_user(self) -> str:
        """The PostgreSQL role of people: `customer_care_analyst`."""
        return f"{self.identifier}_analyst"

    @property
    def trino_user(self) -> str:
        """The PostgreSQL role of Trino: `customer_care_trino`."""
        return f"{self.identifier}_trino"

    @property
    def grafana_user(self) -> str:
        """The PostgreSQL role of Grafana, which reads no personal column: `customer_care_grafana`."""
        return f"{self.identifier}_grafana"


def refusal(name: str) -> str | None:
    """Why `name` cannot be a domain's name, or None when it can."""
    if not 2 <= len(name) <= 20:
        return f"it has {len(name)} characters, 2 to 20 are allowed"
    if not _SHAPE.fullmatch(name):
        return "write lower-case letters and digits, beginning with a letter, words joined by single hyphens"
    if name in _REFUSED:
        return _REFUSED[name]
    if name == "pg" or name.startswith("pg-"):
        return "PostgreSQL keeps names that begin with pg_ to itself"
    if name.startswith("rds"):
        return "Amazon RDS keeps names that begin with rds to itself"
    return None
