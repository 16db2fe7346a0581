"""pandas: a whole table by its name."""

import pandas
from login import engine, report
from sqlalchemy import inspect

sales = engine("sales/public")
orders = pandas.read_sql_table("orders", sales, schema="public")
report(
    tables=inspect(sales).get_table_names("public"),
    orders=len(orders),
    leads=lambda: pandas.read_sql_table("leads", engine("marketing/public"), schema="public"),
)
