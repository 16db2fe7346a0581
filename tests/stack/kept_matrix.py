"""Who may read what the lake keeps, as a table: each snapshot and each metadata table, under both catalogs' names.

The table is `accounts` of own_domain.py, with a past that SETUP makes: an e-mail and a telephone that had other names,
and an address that is no column any more. It is for marketing, and was for sales until 2020.
"""

from collections.abc import Iterator, Sequence

from tests.stack.access_matrix import FALSE, NONE, OK, OWN, TRUE, Expected, No, cannot
from tests.stack.published_matrix import PEOPLE

TABLE = f"iceberg.{OWN}.accounts"
CATALOGS = ("lake", "iceberg")
EARLIER = ("holder_email", "tel", "address", "born")
NOW = ("mail", "phone", "born")
METADATA = (
    "snapshots", "files", "partitions", "manifests", "all_manifests", "history", "properties", "refs", "entries",
    "all_entries", "metadata_log_entries",
)  # fmt: skip
HIDDEN = ("$path", "$partition", "$file_modified_time")
SELECT = "select from table {}"
VALUES = {
    "holder_email": "'alice@example.com'", "mail": "'alice@example.com'", "born": "DATE '1990-01-01'",
    "tel": "'+33 1 2345 6701'", "phone": "'+33 1 2345 6701'", "address": "'1 Main Street'",
}  # fmt: skip

SETUP = (
    f"DROP TABLE IF EXISTS {TABLE}",
    f"""CREATE TABLE {TABLE} AS SELECT * FROM (VALUES
        (BIGINT '1', 'alice@example.com', '+33 1 2345 6701', DATE '1990-01-01', '1 Main Street', DECIMAL '10.00'),
        (2, 'bob@example.com', NULL, DATE '1980-02-02', '2 Side Street', 20.00))
        t (account_id, holder_email, tel, born, address, balance)""",
    f"INSERT INTO {TABLE} VALUES (3, 'carol@example.com', '12345', DATE '2000-03-03', '3 High Street', 30.00)",
    f"ALTER TABLE {TABLE} RENAME COLUMN holder_email TO mail",
    f"ALTER TABLE {TABLE} RENAME COLUMN tel TO phone",
    f"ALTER TABLE {TABLE} DROP COLUMN address",
    f"UPDATE {TABLE} SET balance = 31 WHERE account_id = 3",
)
"""What the publisher did."""
TEARDOWN = (f"DROP TABLE IF EXISTS {TABLE}",)
SNAPSHOTS = f'SELECT snapshot_id, committed_at FROM iceberg.{OWN}."accounts$snapshots" ORDER BY committed_at'

Row = tuple[str, *tuple[Expected, ...]]


def cells(owners: Expected, consumers: Expected, grafana: Expected, others: Expected) -> tuple[Expected, ...]:
    """One for each of PEOPLE."""
    by_person = {"both": consumers, "marketing-analyst": consumers, "sales-analyst": others, "grafana": grafana}
    return tuple(by_person.get(person, owners) for person in PEOPLE)


def matrix(snapshots: Sequence[tuple[object, ...]]) -> Iterator[Row]:
    """Every statement and what each of PEOPLE gets for it; `snapshots` is what SNAPSHOTS returns."""
    for catalog in CATALOGS:
        for number, (snapshot, committed_at) in enumerate(snapshots):
            last = number == len(snapshots) - 1
            moment = str(committed_at).replace(" UTC", "")
            for column in NOW if last else EARLIER:
                yield _values(catalog, f" FOR VERSION AS OF {snapshot}", column)
            if not last:
                yield _values(catalog, f" FOR TIMESTAMP AS OF TIMESTAMP '{moment} UTC'", EARLIER[0])
        for column in NOW:
            yield _values(catalog, "", column)
        for kind in METADATA:
            statement = f'SELECT * FROM {catalog}.{OWN}."accounts${kind}"'
            # of a table that has lost a column Trino 476 cannot show these
            fails = No('"type" is null') if kind.endswith("entries") and kind != "metadata_log_entries" else OK
            yield _owners_alone(catalog, statement, f"accounts${kind}", fails)
        for hidden in HIDDEN:
            yield _owners_alone(catalog, f'SELECT "{hidden}" FROM {catalog}.{OWN}.accounts', "accounts")
    yield from _writing()
    first, last = snapshots[0][0], snapshots[-1][0]
    changes = f"table_changes('{OWN}', 'accounts', {first}, {last})"
    denied = cannot("execute function iceberg.system.table_changes")
    # Closed to the owners too. A table whose columns have changed has none for admin.
    none = No("not yet supported by the table_changes function")
    yield f"SELECT * FROM TABLE(iceberg.system.{changes})", none, *[denied] * (len(PEOPLE) - 1)
    found = "SELECT table_name FROM {}.information_schema.tables WHERE table_name = 'accounts'"
    for catalog in CATALOGS:
        seen = f"SELECT 1 FROM ({found.format(catalog)}) HAVING count(*) = 1"
        yield seen, *cells(OK, OK, OK, NONE)


def _values(catalog: str, when: str, column: str) -> Row:
    """Whether a clear value is found: by the owners; others find a mask, or no such column."""
    # Not in WHERE: Trino 476 hands that to the connector, which fails on a column that has another name by now.
    statement = f"SELECT count_if({column} = {VALUES[column]}) > 0 FROM {catalog}.{OWN}.accounts{when}"
    denied = cannot(SELECT.format(TABLE))
    masked: Expected = denied if column == "address" else FALSE
    email = column in ("mail", "holder_email")
    return statement, *cells(TRUE, masked, FALSE if email else denied, denied)


def _owners_alone(catalog: str, statement: str, table: str, owners: Expected = OK) -> Row:
    denied = cannot(SELECT.format(f"iceberg.{OWN}.{table}"))
    return statement, *cells(owners, denied, denied, denied)


def _writing() -> Iterator[Row]:
    """Nobody but the publisher writes, whoever owns the data, by whatever name."""
    for catalog in CATALOGS:
        name = f"{catalog}.{OWN}.accounts"
        for statement in (
            f"INSERT INTO {name} (account_id) VALUES 9",
            f"DELETE FROM {name}",
            f"UPDATE {name} SET balance = 0",
            f"DROP TABLE {name}",
            f"ALTER TABLE {name} ADD COLUMN x int",
            f"COMMENT ON TABLE {name} IS 'x'",
        ):
            yield statement, *[No("Access Denied")] * len(PEOPLE)
        for procedure in ("optimize", "expire_snapshots(retention_threshold => '0s')", "remove_orphan_files"):
            refused = No("ALTER TABLE EXECUTE is not supported for table with (row filter|column masks)")
            yield f"ALTER TABLE {name} EXECUTE {procedure}", *cells(refused, refused, refused, No("."))
    for statement in (
        f"CREATE TABLE iceberg.{OWN}.mine AS SELECT 1 AS x",
        f"CREATE VIEW iceberg.{OWN}.mine AS SELECT * FROM {TABLE}",
        f"DROP SCHEMA iceberg.{OWN} CASCADE",
        f"CALL iceberg.system.rollback_to_snapshot('{OWN}', 'accounts', 1)",
        "SET SESSION iceberg.expire_snapshots_min_retention = '0s'",
    ):
        yield statement, *[No("Access Denied")] * len(PEOPLE)
