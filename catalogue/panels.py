"""The charts of Grafana's dashboards, asked as Grafana asks them: their own queries, with Grafana's own logins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import new_type, register_type

from catalogue.model import Chart, Gap
from catalogue.product import Source
from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack
from client.trino import ask
from commands.contract_result import reason
from k8s.grafana import dashboards
from mesh.contracts.model import Contract, Table
from mesh.names import GRAFANA, DomainName

ROLE = "grafana"
_KINDS: Mapping[str, Literal["bar", "time"]] = {"barchart": "bar", "timeseries": "time"}
_TIMES = (1082, 1114, 1184)
"""PostgreSQL's numbers of date, timestamp and timestamptz."""


@dataclass(frozen=True)
class Panel:
    """A panel that is a chart of the mesh's data."""

    domain: str
    """Whose dashboard it is on; empty: on that of the mesh."""
    title: str
    description: str
    kind: Literal["bar", "time"]
    unit: str
    query: str
    trino: bool
    """Whether Trino answers it, and not the domain's database."""


def of(contracts: Mapping[DomainName, Contract], events: Table) -> list[Panel]:
    """The charts of the mesh's dashboard, then those of each domain. Metrics of AWS are none."""
    found = list(_charts("", dashboards.overview(contracts, events, monthly_usd=0)))
    for domain, contract in contracts.items():
        found += _charts(domain, dashboards.domain_dashboard(contract, identifier="", region=""))
    return found


def _charts(domain: str, board: Mapping[str, Any]) -> Iterator[Panel]:
    for panel in board["panels"]:
        if panel["type"] in _KINDS and panel["datasource"] != dashboards.CLOUDWATCH:
            (target,) = panel["targets"]
            trino = panel["datasource"] == dashboards.TRINO
            yield Panel(
                domain=domain,
                title=panel["title"],
                description=panel["description"],
                kind=_KINDS[panel["type"]],
                unit=panel["fieldConfig"]["defaults"]["unit"],
                query=target["rawSQL" if trino else "rawSql"],
                trino=trino,
            )


def from_trino(stack: Stack, asked: Sequence[Panel]) -> Iterator[Chart | Gap]:
    """The charts that Trino answers. Raises SilentError."""
    for panel in asked:
        source = Source(server="Trino", login=GRAFANA, query=panel.query)
        try:
            answer = ask(stack, panel.query, GRAFANA)
        except SilentError:
            raise
        except CommandError as error:
            yield Gap(kind="question", place=panel.title, why=str(error))
        else:
            yield _chart(panel, answer.names, answer.rows, source)


def from_database(stack: Stack, domain: DomainName, asked: Sequence[Panel]) -> Iterator[Chart | Gap]:
    """The charts that a domain's database answers, as Grafana's role in it."""
    if not asked:
        return
    try:
        connection = stack.connect(domain, ROLE)
    except CommandError as error:
        yield Gap(kind="server", place=domain, why=str(error))
        return
    try:
        connection.autocommit = True  # a chart that fails does not end the others
        # Python has no years before 1 and after 9999: times stay the texts of the server.
        register_type(new_type(_TIMES, "TEXT_OF_TIME", lambda text, _: text), connection)
        for panel in asked:
            yield _answered(connection, panel, stack.domains[domain].database, domain.grafana_user)
    except psycopg2.Error as error:  # the connection is lost
        yield Gap(kind="server", place=domain, why=reason(error))
    finally:
        connection.close()


def _answered(connection: Connection, panel: Panel, database: str, login: str) -> Chart | Gap:
    source = Source(server="PostgreSQL", login=login, place=database, query=panel.query)
    with connection.cursor() as cursor:
        try:
            cursor.execute(panel.query)
            rows = cursor.fetchall()
        except psycopg2.Error as error:
            if connection.closed:
                raise
            return Gap(kind="question", place=f"{panel.domain}: {panel.title}", why=reason(error))
        return _chart(panel, [column.name for column in cursor.description or []], rows, source)


def _chart(panel: Panel, names: Sequence[str], rows: Sequence[tuple[Any, ...]], source: Source) -> Chart:
    label, number = names
    return Chart(
        title=panel.title,
        description=panel.description,
        kind=panel.kind,
        unit=panel.unit,
        columns=(label, number),
        rows=tuple((_label(text), float(value)) for text, value in rows if value is not None),
        domain=panel.domain,
        source=source,
    )


def _label(value: Any) -> str:
    """A label, or a time to the second."""
    return str(value).partition(".")[0] if hasattr(value, "isoformat") else str(value)
