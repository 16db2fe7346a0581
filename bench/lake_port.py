"""The port that `bench.lake` publishes: a table of its own in the database of sales, whose contract is in no file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg2.extensions import connection as Connection

from client.stack import Stack
from mesh.contracts.kept import Kept
from mesh.contracts.model import Column, Table
from mesh.names import LAKE, PUBLICATIONS, DomainName
from publish import ledger
from publish.lake import Lake
from publish.ports import Port, in_lake
from publish.publication import prepare, publish

DOMAIN = DomainName("sales")
"""In whose database and lake the measured port is."""
NAME = "bench_port"
COLUMNS = (
    ("id", "bigint"),
    ("name", "varchar(100)"),
    ("email", "varchar(254)"),
    ("orders", "bigint"),
    ("revenue", "numeric(14, 2)"),
    ("changed", "timestamptz"),
)


def port(changed_at: str | None = None) -> Port:
    """The port that is measured; its contract is in no file."""
    columns = tuple(
        Column(name=name, logical_type="string", physical_type=kind, required=True, mask=None, description=name)
        for name, kind in COLUMNS
    )
    return Port(
        DOMAIN, Table(name=NAME, columns=columns, key=("id",), kept=Kept(changed_at=changed_at), description=NAME)
    )


@contextmanager
def source(stack: Stack, rows: int) -> Iterator[Callable[[str], None]]:
    """A table of so many rows in the database of sales, and who runs statements there; both are gone afterwards."""
    connection = stack.connect(DOMAIN, "admin")
    connection.autocommit = True

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    listed = ", ".join(f"{name} {kind} NOT NULL" for name, kind in COLUMNS)
    run(f"CREATE TABLE {NAME} ({listed}, PRIMARY KEY (id))")
    try:
        run(
            f"INSERT INTO {NAME} SELECT n, 'Customer ' || n, 'c' || n || '@example.com', n % 50, n * 1.01, "
            f"now() - interval '2 days' FROM generate_series(1, {rows}) n"
        )
        run(f"GRANT SELECT ON {NAME} TO {DOMAIN.trino_user}; ANALYZE {NAME}")
        yield run
    finally:
        run(f"DROP TABLE {NAME}")
        connection.close()


def published(lake: Lake, of: Port, session: Connection) -> ledger.Publication | None:
    """Publishes as `make publish` does."""
    return publish(lake, of, prepare(lake, [of])[of.table.name], session)


def drop(lake: Lake) -> None:
    """Takes the measured port out of the lake."""
    lake.run(f"DROP TABLE {port().lake}")
    lake.run(f"DROP VIEW {in_lake(DOMAIN, port().dated_name, LAKE)}")
    lake.run(f"DELETE FROM {in_lake(DOMAIN, PUBLICATIONS)} WHERE port = '{NAME}'")
