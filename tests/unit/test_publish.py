"""What a publication asks and writes, what expires, and which snapshot a moment means: without servers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from client.errors import CommandError
from mesh.contracts.kept import Kept
from mesh.contracts.model import Column, Contract, Table
from mesh.names import DomainName
from publish import asked, history, statements, upkeep
from publish.digest import digest_of
from publish.evolution import alterations
from publish.ledger import Publication
from publish.ports import Port, kept_ports
from publish.times import age, moment, shown

SALES = DomainName("sales")
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def column(name: str, kind: str = "text", **more: Any) -> Column:
    return Column(
        name=name, logical_type="string", physical_type=kind, required=False, mask=None, description="x", **more
    )


def port(*columns: Column, changed_at: str | None = None, key: tuple[str, ...] = ("id",), days: int = 30) -> Port:
    kept = Kept(days=days, changed_at=changed_at)
    listed = (column("id", "bigint"), *columns)
    return Port(SALES, Table(name="port", columns=listed, key=key, kept=kept, description="d"))


def published(*days_ago: float) -> list[Publication]:
    """Publications so many days before NOW, with the numbers 1, 2, 3 and so on as snapshots."""
    times = [NOW - timedelta(days=each) for each in days_ago]
    return [Publication(number, at, at, 1, 0, 0) for number, at in enumerate(times, 1)]


def test_rows_and_the_time_of_their_transaction_come_by_one_statement_of_postgresql():
    source = statements.Difference(port(column("c", "char(3)"))).source()
    assert source == (
        'WITH published_rows AS (SELECT "id"::bigint AS c0, "c"::text AS c1 FROM public."port") SELECT c0, c1, '
        "count(*) OVER (PARTITION BY c0) AS copies, NULL::timestamptz AS as_of FROM published_rows "
        "UNION ALL SELECT NULL, NULL, NULL, transaction_timestamp()"
    )
    whole = statements.Difference(port(column("c"))).stage(7)
    assert whole.count("system.query(") == 1 and "BIGINT '7' AS base" in whole


def test_with_a_column_of_changes_the_values_of_older_rows_stay_where_they_are():
    since = datetime(2026, 12, 1, 8, tzinfo=UTC)
    difference = statements.Difference(port(column("c"), column("at", "timestamptz"), changed_at="at"), since)
    recent = '("at" IS NULL OR "at" >= \'2026-12-01T08:00:00+00:00\')'
    assert f"{recent} AS recent" in difference.source()
    assert "SELECT c0, CASE WHEN recent THEN c1 END AS c1" in difference.source()
    assert statements.LATE in difference.stage(7)


def test_a_digest_is_of_all_values_and_told_by_the_statement_that_sends_the_rows():
    since = statements.Difference(port(column("c"), column("at", "timestamptz"), changed_at="at"), NOW)
    digest = digest_of(3)
    assert "record_send(ROW(c0, c1, c2))" in digest
    assert digest in since.source(digest=True) and digest in since.digest() and digest not in since.source()
    assert since.source(digest=True).replace("'", "''") in since.stage(7)
    assert since.digest().count("public.") == 1, "rows are read once"


def test_digests_of_other_columns_or_of_another_way_to_read_them_are_not_compared():
    marks = {
        statements.Difference(port(*columns, changed_at=changed_at, key=key), since).mark()
        for columns, changed_at, key, since in (
            ((column("c"),), None, ("id",), None),
            ((column("d"),), None, ("id",), None),
            ((column("c", "integer"),), None, ("id",), None),
            ((column("c"),), None, ("id", "c"), None),
            ((column("c"),), "c", ("id",), NOW),  # the same as the first
        )
    }
    assert len(marks) == 4


def test_names_and_texts_are_quoted_in_both_languages():
    odd = Port(SALES, Table(name="port", columns=(column("id", "bigint"), column('a"b')), key=("id",), kept=Kept()))
    assert '"a""b"::text' in statements.Difference(odd).source()
    assert '"a""b" = s.c1' in statements.merge(odd)
    assert "'it''s'" in statements.create_table("t", [("a", "bigint", "it's")], "")


def test_a_merge_writes_what_was_added_changed_or_removed_by_the_whole_key():
    text = statements.merge(port(column("b", "bigint"), column("c"), key=("id", "b")))
    assert 'l."id" = s.c0 AND l."b" = s.c1' in text and 'UPDATE SET "c" = s.c2' in text
    assert "MATCHED AND s.op = 'removed' THEN DELETE" in text


@pytest.mark.parametrize(
    ("there", "wanted", "orders"),
    [
        ({"id": "bigint", "c": "varchar"}, [column("c", "varchar(9)")], []),
        ({"id": "bigint"}, [column("c", "date")], ["ADD COLUMN \"c\" date COMMENT 'x'"]),
        ({"id": "bigint", "c": "date"}, [], ['DROP COLUMN "c"']),
        ({"id": "bigint", "old": "date"}, [column("c", "date", renamed_from=("mid", "old"))], ['"old" TO "c"']),
        ({"id": "bigint", "c": "integer"}, [column("c", "bigint")], ['"c" SET DATA TYPE bigint']),
        ({"id": "bigint", "c": "real"}, [column("c", "float")], ['"c" SET DATA TYPE double']),
        ({"id": "bigint", "c": "decimal(9,2)"}, [column("c", "numeric(12, 2)")], ["SET DATA TYPE decimal(12,2)"]),
        ({"id": "bigint", "c": "timestamp(6) with time zone"}, [column("c", "timestamptz")], []),
        ({"id": "bigint", "c": "integer"}, [column("d", "bigint", renamed_from=("c",))], ['"c" TO "d"', "bigint"]),
    ],
)  # fmt: skip
def test_a_changed_contract_changes_the_table(there: dict[str, str], wanted: list[Column], orders: list[str]):
    found = alterations(port(*wanted), there)
    assert len(found) == len(orders) and all(part in order for part, order in zip(orders, found, strict=True))


@pytest.mark.parametrize(
    ("there", "wanted"),
    [("bigint", "integer"), ("varchar", "bigint"), ("decimal(12,2)", "numeric(12, 3)"), ("date", "timestamptz")],
)
def test_a_type_that_iceberg_cannot_change_is_refused_with_what_to_do(there: str, wanted: str):
    with pytest.raises(CommandError, match=r"sales\.port\.c is .*nothing was published.*\n.*another name"):
        alterations(port(column("c", wanted)), {"id": "bigint", "c": there})


@pytest.mark.parametrize(
    ("days", "ages", "going"),
    [
        (30, [40, 35, 31, *range(20, 10, -1)], 3),
        (30, [40, 35, 31, *range(9, 0, -1)], 2),
        (30, [40] * 5, 0),
        (1, [*range(30, 0, -1)], 20),
        (30, [40, 39, 39 - 1e-5, *range(20, 10, -1)], 3),
        (30, [40, 30 + 1e-5, 30 - 1e-5, *range(20, 11, -1)], 1),
    ],
)  # fmt: skip
def test_what_is_old_expires_but_for_the_last_ten(days: int, ages: list[float], going: int):
    assert upkeep.expiring(published(*ages), days, NOW) == published(*ages)[:going]


def test_a_moment_means_the_last_snapshot_whose_source_is_not_younger():
    every = published(3, 2, 1)
    assert history.at(port(), every, NOW).snapshot == history.at(port(), every, None).snapshot == 3
    assert history.at(port(), every, every[1].as_of).snapshot == 2
    assert history.at(port(), every, every[1].as_of - timedelta(microseconds=1)).snapshot == 1


def test_a_moment_before_the_oldest_snapshot_and_a_port_without_any_are_one_message_each():
    with pytest.raises(CommandError, match=r"oldest snapshot is of 2026-11-28 09:00:00 UTC.\n.*keeps 30 days"):
        history.at(port(), published(3), NOW - timedelta(days=4))
    with pytest.raises(CommandError, match=r"never published: type `make publish PORT=sales\.port`"):
        history.at(port(), [], NOW)


def test_a_snapshot_can_be_named_by_its_number_or_a_moment():
    every = [Publication(1_234_567_890_123, NOW, NOW, 1, 0, 0)]
    assert history.target(port(), every, "1234567890123") == history.target(port(), every, "2026-12-01") == every[0]
    with pytest.raises(CommandError, match="no publication with the snapshot 9999999999999"):
        history.target(port(), every, "9999999999999")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-01", "2026-12-01 23:59:59 UTC"),
        ("2026-12-01 09:00", "2026-12-01 09:00:00 UTC"),
        ("2026-12-01T09:00:30+01:00", "2026-12-01 08:00:30 UTC"),
    ],
)
def test_a_moment_is_utc_unless_it_says_otherwise(text: str, meant: str):
    assert shown(moment(text, "AS_OF")) == meant


def test_what_is_no_moment_is_said_with_what_to_write():
    with pytest.raises(CommandError, match="AS_OF=nine is no moment: write 2026-12-01"):
        moment("nine", "AS_OF")


@pytest.mark.parametrize(("days", "told"), [(0, "0 seconds"), (0.1, "2 hours"), (1.5, "36 hours"), (3, "3 days")])
def test_an_age_is_told_in_its_largest_unit(days: float, told: str):
    assert age(NOW - timedelta(days=days), NOW) == told


def test_a_question_is_asked_of_the_lake_by_the_names_of_the_databases():
    ports = [port()]
    query = "SELECT * FROM sales.public.port p -- sales.publication\nJOIN x.y z ON p.id = z.id"
    (found,) = asked.named(query, ports)
    assert asked.over_lake(query, [asked.Shown(found, published(1)[0])]) == (
        "SELECT * FROM lake.sales.port FOR VERSION AS OF 1 p -- sales.publication\nJOIN x.y z ON p.id = z.id"
    )
    with pytest.raises(CommandError, match=r"the lake does not keep sales\.leads: let the contract say `keptInLake`"):
        asked.named("SELECT * FROM sales.public.leads", ports)
    with pytest.raises(CommandError, match="the query names no table"):
        asked.named("SELECT * FROM sales.publication.port", ports)


@pytest.mark.parametrize(
    "name", ['"sales"."public"."port"', "SALES.Public.PORT", 'sales.public."port"', "sales . public\n. port"]
)
def test_however_trino_lets_people_write_a_name_it_is_found(name: str):
    query = f"SELECT * FROM {name} p JOIN other.{name}x ON true"
    (found,) = asked.named(f"SELECT * FROM {name} p", [port()])
    assert found.title == "sales.port"
    assert asked.over_lake(query, [asked.Shown(found, published(1)[0])]) == (
        f"SELECT * FROM lake.sales.port FOR VERSION AS OF 1 p JOIN other.{name}x ON true"
    )


def test_a_domain_or_port_that_is_not_kept_is_refused_by_name():
    contracts = {SALES: Contract(domain="sales", tables=(port().table, Table(name="leads", columns=())))}
    assert [each.title for each in kept_ports(contracts)] == ["sales.port"]
    with pytest.raises(CommandError, match=r"PORT=sales\.leads is not kept in the lake: sales\.port is\."):
        kept_ports(contracts, port="sales.leads")
    with pytest.raises(CommandError, match="there is no domain 'x': there are sales"):
        kept_ports(contracts, domain="x")
