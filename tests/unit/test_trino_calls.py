"""Trino's rights in AWS are those for the calls of its connector, on its own resources, and no others."""

import pytest

from components.policies.services import KEPT
from tests.trino_calls import GLUE_READS, GLUE_WRITES, ICEBERG_READS, ICEBERG_WRITES, LEFT_OUT, S3
from tests.unit.iam import allows, grants
from tests.unit.iam_documents import BUCKET, GLUE, MACHINE, SALES, TRINO

CATALOG = f"{GLUE}:catalog"


def tables(*databases: str) -> set[str]:
    """What Glue asks for at a call about tables: the catalog, the database and its tables."""
    return {CATALOG, *(f"{GLUE}:{kind}" for name in databases for kind in (f"database/{name}", f"table/{name}/*"))}


def test_trino_may_make_each_of_its_calls_on_exactly_its_resources():
    wanted = {
        *((f"glue:{call}", arn) for call in GLUE_READS for arn in tables("events", "marketing", "sales")),
        *((f"glue:{call}", arn) for call in GLUE_WRITES for arn in tables("events")),
        *((f"glue:{call}", arn) for call in ICEBERG_WRITES for arn in tables("marketing", "sales")),
        # the one call that names no database
        *(("glue:GetDatabases", arn) for arn in (CATALOG, f"{GLUE}:database/*")),
        ("s3:ListBucket", BUCKET),
        ("s3:GetObject", f"{BUCKET}/*"),
        *(
            (action, f"{BUCKET}/{files}")
            for action in ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
            for files in ("events/*", KEPT)
        ),
    }
    assert set(grants(TRINO)) == wanted
    assert ICEBERG_READS <= GLUE_READS and ICEBERG_WRITES <= GLUE_WRITES
    assert set(S3.values()) == {action for action, _ in wanted if action.startswith("s3:")}


@pytest.mark.parametrize("call", sorted((GLUE_WRITES - ICEBERG_WRITES) | LEFT_OUT.keys()))
def test_trino_changes_nothing_in_a_domains_database_but_moves_its_tables(call: str):
    for arn in tables("sales") - {CATALOG}:
        assert not allows(TRINO, f"glue:{call}", arn), arn


def test_trino_writes_files_of_what_it_keeps_and_no_others_of_a_domain():
    kept = f"{BUCKET}/customer-care/lead_first_touch-703272a6f63a420f8261aab8aaad7263"
    for action in ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"):
        assert allows(TRINO, action, f"{kept}/data/x.parquet") and allows(TRINO, action, f"{kept}/metadata/x.avro")
        for other in ("customer-care/uploads/x.csv", "customer-care/leads/x.parquet", "workbench/a-b/x.parquet"):
            assert not allows(TRINO, action, f"{BUCKET}/{other}"), other


@pytest.mark.parametrize("document", [SALES, MACHINE], ids=["analyst", "workbench"])
def test_other_readers_read_partitioned_tables_and_change_none(document: dict):
    for call in ("BatchGetPartition", "GetPartitions", "GetTable"):
        assert allows(document, f"glue:{call}", f"{GLUE}:table/events/customer_events")
    for call in GLUE_WRITES | LEFT_OUT.keys():
        assert not any(allows(document, f"glue:{call}", arn) for arn in tables("events", "sales"))
