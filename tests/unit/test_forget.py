"""A person is named by no statement, refused while a source shows them, and found in every kind of file."""

import io
import zlib
from typing import Any
from unittest.mock import Mock

import pyarrow
import pyarrow.parquet
import pytest

from client.errors import CommandError
from client.kept import KeptTable
from client.lake_files import Version, versions
from k8s.trino.query_log import hidden
from mesh.names import PUBLISHER, DomainName
from publish import forget
from publish.files import FileError, has

EMAIL = "alice@example.com"


def avro(codec: bytes, *blocks: bytes) -> bytes:
    """A file of Avro with these blocks."""

    def number(value: int) -> bytes:
        value = (value << 1) ^ (value >> 63)
        parts = []
        while value > 0x7F:
            parts.append((value & 0x7F) | 0x80)
            value >>= 7
        return bytes([*parts, value])

    def text(value: bytes) -> bytes:
        return number(len(value)) + value

    mark = bytes(range(16))
    head = b"Obj\x01" + number(2) + text(b"avro.codec") + text(codec) + text(b"avro.schema") + text(b'"string"')
    head += number(0) + mark
    for block in blocks:
        packer = zlib.compressobj(wbits=-15)
        packed = packer.compress(block) + packer.flush() if codec == b"deflate" else block
        head += number(1) + text(packed) + mark
    return head


def parquet(**columns: Any) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.parquet", parquet(id=[1, 2], mail=["Alice@Example.com", None]), True),
        ("a.parquet", parquet(id=[1], mails=pyarrow.array([["x", EMAIL]])), True),
        ("a.parquet", parquet(id=[1], mail=["malice@example.com"]), False),
        ("a.parquet", parquet(id=[1], mail=pyarrow.array([None], pyarrow.string())), False),
        ("m.avro", avro(b"deflate", b"bob", b"\x22" + EMAIL.encode()), True),
        ("m.avro", avro(b"null", EMAIL.upper().encode()), True),
        ("m.avro", avro(b"deflate", b"bob" * 99), False),
        ("x.metadata.json", b'{"x": "Alice@example.com"}', True),
        ("x.stats", b"\x00\xff\x01", False),
    ],
)
def test_a_text_is_found_in_each_kind_of_file_whatever_its_case(name: str, data: bytes, found: bool):
    assert has(name, data, EMAIL) is found


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.parquet", b"PAR1"), ("m.avro", avro(b"zstandard", b"x")), ("m.avro", avro(b"deflate", b"x" * 99)[:-20])],
)
def test_a_file_that_cannot_be_understood_is_not_taken_for_clean(name: str, data: bytes):
    with pytest.raises(FileError):
        has(name, data, EMAIL)


@pytest.mark.parametrize(
    ("given", "lower"), [(" Alice@Example.COM ", EMAIL), ("ÉVA@x.fr", "éva@x.fr"), ("İ@x.tr", "i@x.tr")]
)
def test_the_address_comes_through_the_environment_in_lower_case(
    given: str, lower: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(forget.VARIABLE, given)
    assert forget.address() == lower


def test_without_the_variable_the_address_is_read_from_the_standard_input(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(forget.VARIABLE, raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("Alice@example.com\n"))
    assert forget.address() == EMAIL


@pytest.mark.parametrize("given", ["", "alice", "@example.com", "a b@example.com", "alice@"])
def test_what_is_no_address_is_refused(given: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(forget.VARIABLE, given)
    with pytest.raises(CommandError, match="make forget EMAIL="):
        forget.address()


def test_statements_name_the_person_by_the_pseudonym_which_the_log_of_queries_hides():
    assert forget.sought(EMAIL) == "ff8d9819fc0e12bf0d24892e45987e24"
    asked = f"/* make forget sales */ DELETE FROM t WHERE x = '{forget.sought(EMAIL)}'"
    kept = hidden(asked, PUBLISHER)
    assert kept == "/* make forget sales */ DELETE FROM t WHERE x = '***'"


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("varchar", "substr(lower(to_hex(sha256(to_utf8(lower(\"x\"))))), 1, 32) = 'ff8d9819fc0e12bf0d24892e45987e24'"),
        (
            "array(varchar)",
            'any_match("x", each -> substr(lower(to_hex(sha256(to_utf8(lower(each))))), 1, 32) '
            "= 'ff8d9819fc0e12bf0d24892e45987e24')",
        ),
        ("array(bigint)", "false"),
        ("bigint", "false"),
    ],
)
def test_a_persons_rows_are_told_by_texts_and_by_arrays_of_texts(kind: str, condition: str):
    assert forget._shows("x", kind, EMAIL) == condition


def version(folder: str, *, latest: bool = True, marker: bool = False) -> Version:
    return Version(f"{folder}data/x.parquet", "1", latest, marker, folder)


KEPT, KILLED = "sales/port-1/", "sales/publisher_changes_of_port-2/"
NEEDED, OLD = version(KEPT), version(KEPT, latest=False)
LEFT, MARKER = version(KILLED), version(KILLED, marker=True)


def test_files_that_a_killed_statement_has_left_and_old_versions_are_found_and_deleted(
    monkeypatch: pytest.MonkeyPatch,
):
    sales, table = DomainName("sales"), KeptTable(DomainName("sales"), "port", KEPT, {})
    deleted: list[set[Version]] = []
    monkeypatch.setattr(forget, "versions", lambda *_: [NEEDED, OLD, LEFT, MARKER])
    monkeypatch.setattr(forget, "kept_tables", lambda *_: [table])
    monkeypatch.setattr(forget, "read", lambda *_: parquet(mail=[EMAIL]))
    monkeypatch.setattr(forget, "delete", lambda _, going: deleted.append(set(going)))
    assert forget.find(Mock(), sales, [table], EMAIL) == forget.Found(("port",), (OLD, LEFT))
    assert forget._sweep(Mock(domain=sales), EMAIL) == [NEEDED.key], "who is still there is said"
    assert deleted == [{OLD, LEFT, MARKER}]


def test_files_of_people_are_none_of_the_lakes_whatever_their_folders_are_called():
    digits = "0123456789abcdef" * 2
    names = (f"sales/port-{digits}/data/x.parquet", f"sales/uploads/port-{digits}/mine.csv", "sales/uploads/mine.csv")
    listed = [{"Key": name, "VersionId": "1", "IsLatest": True} for name in names]
    stack = Mock()
    stack.s3.return_value.get_paginator.return_value.paginate.return_value = [{"Versions": listed}]
    assert [each.key for each in versions(stack, DomainName("sales"))] == [names[0]]
