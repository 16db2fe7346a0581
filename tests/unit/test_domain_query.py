"""The query that `make domain` prints is one that Trino takes, whatever things are called."""

from scaffold.model import Column, Draft, Table
from scaffold.report import example_query


def draft(table: str, column: str) -> Draft:
    columns = (Column(name=column, original=column, type="bigint", why=""),)
    return Draft(name="d", tables=(Table(name=table, origin="", columns=columns, rows=1, file=None),))


def test_names_that_are_words_of_sql_are_in_quotes():
    assert example_query(draft("order", "a"), {}, "group") == 'SELECT * FROM "group".public."order" LIMIT 10'
    keys = {("end", "bigint"): 'cube.public."table"'}
    assert example_query(draft("values", "end"), keys, "sales") == (
        'SELECT count(*) FROM sales.public."values" a JOIN cube.public."table" b ON a."end" = b."end"'
    )


def test_other_names_are_as_they_are():
    assert example_query(draft("invoices", "a"), {}, "sales") == "SELECT * FROM sales.public.invoices LIMIT 10"
