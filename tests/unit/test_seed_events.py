"""The lake's events: a faulty file is one message with file, line, column and value."""

from dataclasses import replace
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from client.errors import CommandError
from seed.lake import events, fields, parquet
from tests.sample import EVENTS

HEADER = "event_id,customer_id,event_type,event_date\n"
LINE = "e1,1,signup,2024-01-02\n"


def read(folder: Path, content: str | bytes) -> list[tuple[object, ...]]:
    path = folder / "customer_events.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return events(EVENTS, path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "customer_events.csv is empty"),
        (HEADER.replace(",", ";"), "has `;` between the columns"),
        ((HEADER + LINE).encode("utf-16"), "is UTF-16"),
        ((HEADER + "é,1,x,2024-01-02\n").encode("latin-1"), "line 2: is not UTF-8"),
        (HEADER + "e1,1,signup\n", "line 2: has 3 fields"),
        (HEADER + "e1,one,signup,2024-01-02\n", "line 2, column customer_id: 'one' is no bigint"),
        (HEADER + "e1,1,signup,01/02/2024\n", "line 2, column event_date: '01/02/2024' is not a date"),
        (HEADER + LINE + ",1,signup,2024-01-02\n", "line 3, column event_id: has no value"),
        (HEADER + LINE + "e2,1,signup,2024-02-30\n", "line 3, column event_date: '2024-02-30' is no date"),
        (HEADER.replace("event_type", "type") + LINE, "there is no column 'type'"),
        (HEADER + 'e1,1,"signup,2024-01-02\n', "never closed"),
    ],
)
def test_a_faulty_file_is_one_message(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(CommandError) as refusal:
        read(tmp_path, content)
    assert said in str(refusal.value)


def test_faults_of_every_kind_are_named_together(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refusal:
        read(tmp_path, HEADER + "e1,1\ne2,one,signup,1/2/2024\ne3,1,,2024-01-02\n" + LINE + "e4,x,y,2024-01-02\n")
    places = [line.split(", ", 1)[1].split(": ")[0] for line in str(refusal.value).splitlines()]
    assert places == [
        "line 2",
        "line 3, column customer_id",
        "line 3, column event_date",
        "line 4, column event_type",
        "line 6, column customer_id",
    ]


def test_a_mark_carriage_returns_quotes_and_another_order_of_columns_are_read(tmp_path: Path) -> None:
    text = 'event_date,event_type,customer_id,event_id\r\n2024-01-02,"a ""b""\r\nc",1,e1\r\n'
    ((event, customer, kind, day),) = read(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert (event, customer, kind, str(day)) == ("e1", 1, 'a "b"\r\nc', "2024-01-02")


def test_a_file_without_rows_is_a_table_without_rows(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER) == []
    there = pyarrow.parquet.read_table(pyarrow.BufferReader(parquet(fields(EVENTS), [])))
    assert there.column_names == HEADER.strip().split(",") and there.num_rows == 0


@pytest.mark.parametrize(("at", "fits"), [("09:00:00.123", True), ("09:00:00.123456", False)])
def test_a_time_has_no_more_digits_than_trino_shows_of_it(tmp_path: Path, at: str, fits: bool) -> None:
    day = replace(EVENTS.columns[-1], physical_type="timestamp")
    path = tmp_path / "customer_events.csv"
    path.write_text(f"{HEADER}e1,1,signup,2024-01-02 {at}\n")
    table = replace(EVENTS, columns=(*EVENTS.columns[:-1], day))
    if fits:
        assert len(events(table, path)) == 1
        return
    with pytest.raises(CommandError, match="is no timestamp with at most three digits behind the second"):
        events(table, path)
