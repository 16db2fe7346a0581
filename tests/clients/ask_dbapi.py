"""trino-python-client: its DB-API."""

from login import AUTHORITY, HOST, PASSWORD, PORT, USER, report
from trino.auth import BasicAuthentication
from trino.dbapi import connect

connection = connect(
    host=HOST,
    port=int(PORT),
    http_scheme="https",
    user=USER,
    auth=BasicAuthentication(USER, PASSWORD),
    verify=AUTHORITY,
    catalog="sales",
    schema="public",
)


def rows(statement: str) -> list[list[object]]:
    return connection.cursor().execute(statement).fetchall()


report(
    tables=[str(name) for (name,) in rows("SHOW TABLES")],
    orders=rows("SELECT count(*) FROM orders")[0][0],
    leads=lambda: rows("SELECT * FROM marketing.public.leads"),
)
