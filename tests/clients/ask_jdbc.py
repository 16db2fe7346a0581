"""Trino's JDBC driver, as tools of Java use it: the metadata first, then a query."""

import os

import jpype
from login import AUTHORITY, HOST, PASSWORD, PORT, USER, report

options = ("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1")  # one compiler, for a short life
jpype.startJVM(*options, classpath=[os.environ["TRINO_JDBC"]])
person = jpype.JClass("java.util.Properties")()
person.setProperty("user", USER)
person.setProperty("password", PASSWORD)
url = f"jdbc:trino://{HOST}:{PORT}?SSL=true&SSLTrustStorePath={AUTHORITY}"
connection = jpype.JClass("io.trino.jdbc.TrinoDriver")().connect(url, person)


def ask(statement: str) -> int:
    rows = connection.createStatement().executeQuery(statement)
    rows.next()
    return int(rows.getLong(1))


def tables(catalog: str) -> list[str]:
    rows, names = connection.getMetaData().getTables(catalog, "public", "%", None), []
    while rows.next():
        names.append(str(rows.getString("TABLE_NAME")))
    return names


assert connection.getMetaData().getColumns("sales", "public", "orders", "order_id").next(), "no column is listed"
report(
    tables=tables("sales") + tables("marketing"),
    orders=ask("SELECT count(*) FROM sales.public.orders"),
    leads=lambda: ask("SELECT count(*) FROM marketing.public.leads"),
)
