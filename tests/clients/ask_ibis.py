"""ibis with its Trino backend."""

import ibis
from login import AUTHORITY, HOST, PASSWORD, PORT, USER, report
from trino.auth import BasicAuthentication

sales = ibis.trino.connect(
    user=USER,
    auth=BasicAuthentication(USER, PASSWORD),
    host=HOST,
    port=int(PORT),
    http_scheme="https",
    verify=AUTHORITY,
    database="sales",
    schema="public",
)
report(
    tables=sales.list_tables(),
    orders=int(sales.table("orders").count().execute()),
    leads=lambda: sales.table("leads", database="marketing.public"),
)
