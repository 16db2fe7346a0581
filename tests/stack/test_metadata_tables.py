"""The tables of `system` that tools read show each person what that person may see, and nothing more."""

import pytest

from k8s.trino.access import METADATA
from tests.stack import access_matrix
from tests.stack.access_matrix import OWN
from tests.stack.checkout import Door

TABLES = "SELECT table_schema, table_name FROM {}.information_schema.tables"
CLOSED = {"sales-analyst": ("marketing",), f"{OWN}-analyst": ("sales", "marketing")}
"""Catalogs that exist and are not there for a person."""
PEOPLE = (f"{OWN}-analyst", *(person for person in access_matrix.PEOPLE if person != "admin"))


def visible(door: Door, person: str) -> set[tuple[object, ...]]:
    """Catalog, schema and name of every table that a person finds by the ordinary way."""
    catalogs = [catalog for (catalog,) in door.rows(person, "SHOW CATALOGS")]
    return {(catalog, *row) for catalog in catalogs for row in door.rows(person, TABLES.format(catalog))}


def test_every_metadata_table_of_this_trino_is_known_and_open(door: Door):
    tables = {name for (name,) in door.rows("admin", "SHOW TABLES FROM system.metadata")}
    assert tables == set(METADATA), "read at its source which filters a new one applies, then list it"


@pytest.mark.parametrize("table", METADATA)
@pytest.mark.parametrize("person", PEOPLE)
def test_a_metadata_table_names_only_catalogs_that_its_reader_sees(door: Door, person: str, table: str):
    seen = {catalog for (catalog,) in door.rows(person, "SHOW CATALOGS")}
    statement = f"SELECT DISTINCT catalog_name FROM system.metadata.{table}"
    assert {catalog for (catalog,) in door.rows(person, statement)} <= seen
    for hidden in CLOSED.get(person, ()):
        assert hidden not in seen
        assert door.rows(person, f"{statement} WHERE catalog_name = '{hidden}'") == []


def test_there_is_something_that_metadata_tables_could_show(door: Door):
    for table in set(METADATA) - {"materialized_views", "materialized_view_properties", "column_properties"}:
        catalogs = {catalog for (catalog,) in door.rows("admin", f"SELECT catalog_name FROM system.metadata.{table}")}
        assert {"lake"} <= catalogs, f"system.metadata.{table} would be empty for everybody"


@pytest.mark.parametrize("person", PEOPLE)
def test_comments_are_of_the_tables_that_their_reader_finds_otherwise(door: Door, person: str):
    statement = "SELECT catalog_name, schema_name, table_name FROM system.metadata.table_comments"
    found = {row for row in map(tuple, door.rows(person, statement)) if row[1] != "information_schema"}
    ordinary = {row for row in visible(door, person) if row[1] != "information_schema"}
    assert found == ordinary
    for row in {("sales", "public", "orders"), (OWN, "public", "payments")} - ordinary:
        by_name = " AND ".join(f"{key} = '{value}'" for key, value in zip(
            ("catalog_name", "schema_name", "table_name"), row, strict=True))  # fmt: skip
        assert door.rows(person, f"{statement} WHERE {by_name}") == [], "asked for by name"


@pytest.mark.parametrize("table", ["queries", "nodes", "tasks", "transactions", "optimizer_rule_stats"])
@pytest.mark.parametrize("person", PEOPLE)
def test_the_machine_room_stays_closed(door: Door, person: str, table: str):
    with pytest.raises(RuntimeError, match=f"Cannot select from table system.runtime.{table}"):
        door.rows(person, f"SELECT 1 FROM system.runtime.{table}")
