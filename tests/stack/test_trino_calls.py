"""The lake's connector on this machine: the calls that Trino's classes can make, and a partitioned table."""

import re
import struct
import zipfile
from collections.abc import Iterator

import pytest

from local import paths
from local.prepare import fetch
from tests.stack.checkout import Checkout, Door
from tests.trino_calls import GLUE_READS, GLUE_WRITES, ICEBERG_READS, ICEBERG_WRITES, LEFT_OUT, S3

_UTF8, _REFERENCES, _WIDE = 1, {10, 11}, {5, 6}
_SIZES = {3: 5, 4: 5, 5: 9, 6: 9, 7: 3, 8: 3, 9: 5, 10: 5, 11: 5, 12: 5, 15: 4, 16: 3, 17: 5, 18: 5, 19: 3, 20: 3}
"""Bytes of an entry of a class's constants by its tag: The Java Virtual Machine Specification, 4.4."""


def calls(jar: str, client: str, plugin: str = "hive") -> set[str]:
    """The methods of the class `client` that the classes of a jar of the connector call."""
    path = fetch.trino() / "plugin" / plugin / f"io.trino_{jar}-{paths.trino_version()}.jar"
    with zipfile.ZipFile(path) as classes:
        files = [name for name in classes.namelist() if name.endswith(".class")]
        return {m for name in files for owner, m in _references(classes.read(name)) if owner == client}


def _references(code: bytes) -> Iterator[tuple[str, str]]:
    """Class and name of every method that a class file refers to."""
    (count,) = struct.unpack_from(">H", code, 8)
    entries: dict[int, tuple[int, int]] = {}
    at, index = 10, 1
    while index < count:
        entries[index] = (code[at], at + 1)
        at += 3 + struct.unpack_from(">H", code, at + 1)[0] if code[at] == _UTF8 else _SIZES[code[at]]
        index += 2 if entries[index][0] in _WIDE else 1

    def text(entry: int) -> str:
        start = entries[struct.unpack_from(">H", code, entries[entry][1])[0]][1]
        return code[start + 2 : start + 2 + struct.unpack_from(">H", code, start)[0]].decode()

    for tag, start in entries.values():
        if tag in _REFERENCES:
            owner, name = struct.unpack_from(">HH", code, start)
            yield text(owner), text(name)


def test_the_list_of_calls_to_glue_is_that_of_the_pinned_trino():
    found = calls("trino-hive", "software/amazon/awssdk/services/glue/GlueClient") - {"builder"}
    found = {re.sub("Paginator$", "", name) for name in found}
    listed = GLUE_READS | GLUE_WRITES | LEFT_OUT.keys() | {"GetDatabases"}
    assert found == {name[0].lower() + name[1:] for name in listed}


def test_the_list_of_calls_of_iceberg_to_glue_is_that_of_the_pinned_trino():
    found = calls("trino-iceberg", "software/amazon/awssdk/services/glue/GlueClient", "iceberg")
    found = {re.sub("Paginator$", "", name) for name in found}
    listed = ICEBERG_READS | ICEBERG_WRITES | {"GetDatabases", "CreateDatabase", "DeleteDatabase"}
    assert found == {name[0].lower() + name[1:] for name in listed}
    assert listed - ICEBERG_READS - ICEBERG_WRITES - {"GetDatabases"} <= LEFT_OUT.keys()
    own = "software/amazon/awssdk/services/s3/S3Client"
    assert not calls("trino-iceberg", own, "iceberg"), "it reads and writes through the same file system"
    assert calls("trino-filesystem-s3", own, "iceberg") == calls("trino-filesystem-s3", own)


def test_the_list_of_calls_to_s3_is_that_of_the_pinned_trino():
    found = calls("trino-filesystem-s3", "software/amazon/awssdk/services/s3/S3Client")
    assert {re.sub("Paginator$", "", name) for name in found - {"builder", "close"}} == S3.keys()


TABLE = "lake.events.visits"
MAKE = f"""\
CREATE TABLE {TABLE} WITH (partitioned_by = ARRAY['day']) AS
SELECT * FROM (VALUES (1, 'home', '2026-11-01'), (2, 'shop', '2026-11-02')) AS t (visit_id, page, day)"""


def test_a_partitioned_table_of_the_lake_is_read_back_by_analysts_and_changed_by_the_administrator(
    mesh: Checkout, door: Door
):
    read = f"SELECT visit_id, page, day FROM {TABLE} WHERE day >= '2026-11-02' ORDER BY visit_id"
    try:
        door.rows("admin", MAKE)
        door.rows("admin", f"INSERT INTO {TABLE} VALUES (3, 'cart', '2026-11-02'), (4, 'home', '2026-11-03')")
        second, third = "2026-11-02", "2026-11-03"
        assert door.rows("sales-analyst", read) == [(2, "shop", second), (3, "cart", second), (4, "home", third)]
        days = door.rows("marketing-analyst", 'SELECT day FROM lake.events."visits$partitions" ORDER BY day')
        assert days == [("2026-11-01",), (second,), (third,)]
        door.rows("admin", f"ANALYZE {TABLE}")
        door.rows("admin", f"DELETE FROM {TABLE} WHERE day = '2026-11-03'")
        assert door.rows("sales-analyst", f"SELECT count(*) FROM {TABLE}") == [(3,)]
        with pytest.raises(RuntimeError, match="Access Denied"):
            door.rows("sales-analyst", f"DELETE FROM {TABLE}")
    finally:
        door.rows("admin", f"DROP TABLE IF EXISTS {TABLE}")
