"""SQLAlchemy: reflection of a whole schema, with views and comments, and a statement over what it found."""

from login import engine, report
from sqlalchemy import MetaData, func, inspect, select

sales = engine("sales/public")
found = MetaData()
found.reflect(sales, views=True)
orders = found.tables["orders"]
inspector = inspect(sales)
names = [column["name"] for column in inspector.get_columns("orders")]
assert names == [column.name for column in orders.columns], names
assert inspector.get_table_comment("orders") == {"text": orders.comment}
with sales.connect() as connection:
    count = connection.execute(select(func.count()).select_from(orders)).scalar_one()
report(list(found.tables), count, lambda: MetaData().reflect(engine("marketing/public"), only=["leads"]))
