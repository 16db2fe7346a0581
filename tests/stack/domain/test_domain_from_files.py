"""`make domain` from files of rows: types, keys, personal columns, and the same rows afterwards."""

import gzip
import hashlib
import re
import subprocess
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from commands import domain as command
from mesh.contracts.read import parse
from seed.rowfile import RowFile, records
from tests.sample import DOMAINS_FOLDER, NAMES
from tests.stack.domain.peoples_files import EVERY
from tests.stack.domain.rows_compared import rows_after_loading, rows_of
from tests.stack.domain.told import Make, told_of


def test_a_template_is_a_domain_with_rows_and_a_port(make: Make, project: Path):
    contract = make("--template=1")
    assert [(table.name, table.kind) for table in contract.tables] == [
        ("suppliers", "table"),
        ("invoices", "table"),
        ("supplier_invoices", "view"),
    ]
    assert '    Domain("finance", surroundings, on_aws),\n' in (project / "__main__.py").read_text()
    assert {path.name for path in (project / "domains/finance").iterdir()} == {
        *("schema.sql", "contract.yaml", "suppliers.csv", "invoices.csv")
    }
    assert not list(project.glob(".domain-*"))


@pytest.mark.parametrize("domain", ["sales", "marketing"])
def test_the_sample_is_rebuilt_from_its_own_rows(make: Make, domain: str):
    """But for lengths, which no row shows."""
    made = make("--from", DOMAINS_FOLDER / domain)
    sample = parse((DOMAINS_FOLDER / domain / "contract.yaml").read_text(), domain, NAMES, "contract.yaml")
    assert told_of(made) == {name: re.sub(r"varchar\(\d+\)", "text", told) for name, told in told_of(sample).items()}


@pytest.mark.parametrize("name", EVERY)
def test_files_as_people_have_them_become_a_domain_with_the_same_rows(
    make: Make, name: str, tmp_path: Path, project: Path, server: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "a folder, with a comma"
    folder.mkdir()
    for file, text in EVERY[name].files.items():
        (folder / file).write_text(text)
    contract = make("--from", folder)
    said = capsys.readouterr().out
    assert told_of(contract) == EVERY[name].columns
    assert tuple(table.name for table in contract.tables if table.kind == "view") == EVERY[name].ports
    assert all(each in said for each in EVERY[name].said), said
    loaded = rows_after_loading(server, project / "domains" / "finance")
    given = [sorted(rows_of(folder / file, loaded.types)) for file in sorted(EVERY[name].files)]
    assert sorted(given) == sorted(map(sorted, loaded.rows))


def test_a_parquet_file_has_the_types_that_it_says_and_a_gzip_those_of_its_values(
    make: Make, tmp_path: Path, project: Path
):
    moment = datetime(2024, 1, 1, 10)
    rows = pyarrow.table(
        {
            "Order ID": pyarrow.array([1, 2], pyarrow.int32()),
            "whole": pyarrow.array([1.0, 2.0]),
            "not a number": pyarrow.array([1.5, float("nan")]),
            "amount": pyarrow.array([Decimal("1.5"), None], pyarrow.decimal128(9, 3)),
            "nanoseconds": pyarrow.array([moment, None], pyarrow.timestamp("ns")),
            "zone": pyarrow.array([moment, None], pyarrow.timestamp("us", "Europe/Paris")),
            "code": pyarrow.array(["07", "13"]).dictionary_encode(),
            "nothing": pyarrow.array([None, None], pyarrow.int64()),
            "empty": pyarrow.array(["", None]),
        }
    )
    pyarrow.parquet.write_table(rows, tmp_path / "orders.parquet")
    (tmp_path / "codes.csv.gz").write_bytes(gzip.compress(b"code,name\n07,a\n13,b\n"))
    assert told_of(make("--from", tmp_path)) == {
        "codes.code": "text key",
        "codes.name": "text",
        "orders.order_id": "bigint key",
        "orders.whole": "double",
        "orders.not_a_number": "double",
        "orders.amount": "numeric(9, 3) ?",
        "orders.nanoseconds": "timestamp ?",
        "orders.zone": "timestamptz ?",
        "orders.code": "text -> codes.code",
        "orders.nothing": "bigint ?",
        "orders.empty": "text ?",
    }
    first = (project / "domains/finance/orders.csv").read_text().splitlines()[1]
    assert first == '1,1,1.5,1.500,2024-01-01 10:00:00.000000,2024-01-01 11:00:00.000000+0100,"07",,""'


def test_rows_of_a_large_file_stay_where_they_are_with_those_that_refer_to_them(
    make: Make, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "LARGEST_SAMPLE", 100)
    (tmp_path / "owners.csv").write_text("owner_id,Größe\n" + "".join(f"{at},{at * 7}\n" for at in range(40)))
    (tmp_path / "pets.csv").write_text("pet_id,owner_id\n1,3\n")
    (tmp_path / "beds.csv").write_text("bed_id,colour\n1,red\n")
    contract = make("--from", f"{tmp_path}/owners.csv,{tmp_path}/pets.csv,{tmp_path}/beds.csv")
    assert {path.name for path in (project / "domains/finance").glob("*.csv")} == {"beds.csv"}
    said = capsys.readouterr().out
    first = f"(echo owner_id,grosse; tail -n +2 {tmp_path}/owners.csv) | make load DOMAIN=finance TABLE=owners FILE=-"
    assert f"{first}\nmake load DOMAIN=finance TABLE=pets FILE={tmp_path}/pets.csv\n" in said
    assert {table.name: bool(table.quality) for table in contract.tables if table.kind == "table"} == {
        "owners": False, "pets": False, "beds": True
    }  # fmt: skip


def test_a_file_is_loaded_under_the_names_of_the_columns_by_the_command_that_is_said(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "a b.csv").write_bytes('\ufeffid,Prénom\r\n1,"Zoé\r\n"\r\n2,\r\n'.encode())
    make("--from", tmp_path / "a b.csv", "--rows=0")
    line = next(line for line in capsys.readouterr().out.splitlines() if "make load" in line)
    renamed = tmp_path / "renamed.csv"
    renamed.write_bytes(subprocess.run(["sh", "-c", line.partition(" | ")[0]], check=True, capture_output=True).stdout)
    assert RowFile(renamed, "renamed").header == ["id", "prenom"]
    assert [row for _, row in records(RowFile(renamed, "renamed"))] == [["1", "Zoé\r\n"], ["2", ""]]


def test_a_text_too_long_for_an_index_is_no_key(make: Make, tmp_path: Path):
    long = [hashlib.shake_256(bytes([at])).hexdigest(4_000) for at in range(6)]
    (tmp_path / "notes.csv").write_text("code,size\n" + "".join(f"{each},1\n" for each in long))
    (notes,) = make("--from", tmp_path / "notes.csv").tables
    assert not notes.key
