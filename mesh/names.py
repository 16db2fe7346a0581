"""Names that several modules must spell alike, and the names that no domain can have."""

import re
from collections.abc import Iterable

ADMIN = "admin"
"""The administrator of every mesh: a person, and a login of each database."""
ADMINS = "admins"
"""Trino's group of administrators."""
GRAFANA = "grafana"
"""The dashboards' service user, and its group."""
GRAFANA_ADMIN = "grafana-admin"
"""The name of Grafana's `admin` for `make password`, because Trino has an `admin` too."""
TRINO_WORKER = "trino-worker"
"""The user with which a Trino worker shuts itself down; it may do nothing else."""
PUBLISHER = "publisher"
"""The service user that writes into the lake what it keeps, and its group; it may do nothing else.

To ask a database what has changed it hands SQL through to it, so of a domain that keeps a port it can read all that
Trino's own user reads there, in clear.
"""
SERVICES = (GRAFANA, PUBLISHER, TRINO_WORKER)
"""The users in Trino's password file that are programs."""
MASTER_USER = "dm_admin"
"""Master user of every database; Amazon RDS reserves `admin`."""
_SUPERUSERS = ("postgres", "rdsadmin")
"""Superusers that PostgreSQL and Amazon RDS make by themselves."""
DATABASE_SECRETS = ("admin", "trino")
"""The roles whose logins to a domain's database are in AWS Secrets Manager."""
ANALYST_USERS = "*_analyst"
"""A pattern for the PostgreSQL roles of all domains' analysts."""

ACCOUNT_REGION = "us-east-1"
"""The region in which AWS answers for a whole account, whatever the region of the mesh: bill, budgets, plan, IAM."""
NAMESPACE = "data-platform"
"""The platform's namespace in the cluster."""
LAKE = "lake"
"""Trino's catalog of the shared lake."""
ICEBERG = "iceberg"
"""Trino's catalog of what the lake keeps of the domains, as Iceberg; `lake` leads there."""
LAKE_PROPERTIES = ("write.metadata.delete-after-commit.enabled", "write.metadata.previous-versions-max")
"""Properties of Iceberg's tables that Trino does not know, and lets the publisher set."""
PUBLICATIONS = "publications"
"""A table beside those that the lake keeps of a domain: the publisher's own."""
PUBLISHER_TABLES = "publisher_"
"""What the names of the publisher's other tables begin with."""
DATED = "_as_of"
"""What the name of a view ends with, behind that of the kept table whose present rows it shows with their moment."""
EVENTS = "events"
"""The shared Glue database of the lake, and the name of the folders of its contract and files."""
NOTEBOOK_FILES = ("mesh.ipynb", "mesh_notebook.py", "mesh_pictures.py")
"""The notebook in `examples`, and the modules that it imports, which travel with it."""

_PATTERN = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

FIXED_CATALOGS = {
    LAKE: "it is the catalog of the shared lake",
    ICEBERG: "it is the catalog of what the lake keeps",
    "system": "it is Trino's system catalog",
    "jmx": "it is Trino's catalog of metrics",
}
"""Catalogs that belong to no domain, and why a domain cannot have that name."""

_REFUSED = FIXED_CATALOGS | {
    EVENTS: "it is the shared Glue database of the lake",
    ADMIN: "it is the name of the mesh's administrator",
    "postgres": "it is PostgreSQL's maintenance database and its usual superuser",
    "default": "it is Glue's default database and a reserved word of SQL",
    "public": "it is the schema in which every database keeps its tables",
    "information-schema": "it is the schema in which SQL servers describe themselves",
}


class RefusedNameError(ValueError):
    """A name that no domain can have; the message gives the reason and what to write instead."""


class DomainName(str):
    """The checked name of a domain (`customer-care`, as people, AWS and Kubernetes use it), and its other spellings.

    Raises RefusedNameError for a name that no domain can have.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> "DomainName":
        if problem := refusal(name):
            raise RefusedNameError(f"'{name}' cannot be the name of a domain: {problem}")
        return super().__new__(cls, name)

    @property
    def identifier(self) -> str:
        """The spelling in PostgreSQL, in Glue and as a Trino catalog: `customer_care`."""
        return self.replace("-", "_")

    @property
    def password_variable(self) -> str:
        """The environment variable with a server's password to the database: `CUSTOMER_CARE_DB_PASSWORD`."""
        return f"{self.identifier.upper()}_DB_PASSWORD"

    @property
    def database(self) -> str:
        """The PostgreSQL database: `customer_care_db`."""
        return f"{self.identifier}_db"

    @property
    def analyst(self) -> str:
        """The person that every domain has by default: `customer-care-analyst`."""
        return f"{self}-analyst"

    @property
    def analysts(self) -> str:
        """Trino's group of the domain's analysts: `customer-care-analysts`."""
        return f"{self}-analysts"

    @property
    def analyst_user(self) -> str:
        """The PostgreSQL role of the domain's analysts: `customer_care_analyst`."""
        return f"{self.identifier}_analyst"

    @property
    def trino_user(self) -> str:
        """The PostgreSQL role of Trino: `customer_care_trino`."""
        return f"{self.identifier}_trino"

    @property
    def grafana_user(self) -> str:
        """The PostgreSQL role of Grafana, which reads no personal column: `customer_care_grafana`."""
        return f"{self.identifier}_grafana"

    @property
    def lake_prefix(self) -> str:
        """The folder of the domain in the lake: `customer-care/`."""
        return f"{self}/"

    @property
    def uploads_prefix(self) -> str:
        """The folder of the lake into which the domain's analysts may write: `customer-care/uploads/`."""
        return f"{self.lake_prefix}uploads/"


def refusal(name: str) -> str | None:
    """Why `name` cannot be a domain's name, or None when it can."""
    if not 2 <= len(name) <= 20:
        return f"it has {len(name)} characters, 2 to 20 are allowed"
    if not _PATTERN.fullmatch(name):
        return "write lower-case letters and digits, beginning with a letter, words joined by single hyphens"
    if name in _REFUSED:
        return _REFUSED[name]
    if name == "pg" or name.startswith("pg-"):
        return "PostgreSQL reserves names that begin with pg_"
    if name.startswith("rds"):
        return "Amazon RDS reserves names that begin with rds"
    return None


def is_login_of_platform(name: str, domains: Iterable[DomainName]) -> bool:
    """Whether a login that is nobody's has this name: in Trino, in Grafana, or as a PostgreSQL role of these domains.

    `make password` and `make audit` would not tell the two apart.
    """
    roles = [role for each in domains for role in (each.analyst_user, each.trino_user, each.grafana_user)]
    return name in (*SERVICES, GRAFANA_ADMIN, MASTER_USER, *_SUPERUSERS, *roles)


def bucket(owner: str) -> str:
    """The name of the lake's bucket."""
    return f"datamesh-datalake-{owner}"


def boundary(owner: str) -> str:
    """The name of the policy that limits every role and user of the mesh."""
    return f"datamesh-{owner}-boundary"


def dashboard(owner: str) -> str:
    """The name of CloudWatch's dashboard."""
    return f"datamesh-{owner}"
