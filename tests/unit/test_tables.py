"""Tables and CSV: any value is one line, a missing value is unlike every text, and a narrow terminal is kept."""

import csv
import io

import pytest

from client.tables import cell, columns, csv_line, table
from seed.rowfile import RowFile, records


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "none"),
        ("none", '"none"'),
        ("None", '"None"'),
        ("nonesuch", "nonesuch"),
        ("", '""'),
        (" left", '" left"'),
        ("two\nlines\r\n", '"two\\nlines\\r\\n"'),
        ("a\tb", "a\\tb"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\u202eright to left", "\\u202eright to left"),
        ("Élodie", "Élodie"),
        (12, "12"),
        (True, "True"),
    ],
)
def test_a_value_is_one_line_and_no_text_passes_for_a_missing_one(value: object, shown: str):
    assert cell(value) == shown
    (line,) = table(["x"], [[value]])[2:]
    assert line.strip() == shown and "\n" not in line


def test_columns_stay_aligned_with_wide_letters_and_numbers_on_the_right():
    lines = table(["name", "n"], [["日本", 1], ["Zoë", 200], ["e\u0301", None]])
    assert [columns(line) for line in lines] == [10] * 5
    assert lines[2] == "日本     1" and lines[3] == "Zoë    200"


@pytest.mark.parametrize("width", [20, 30, 45])
def test_a_narrow_terminal_cuts_the_widest_cells_and_no_line_wraps(width: int):
    lines = table(["id", "what"], [[1, "x" * 60], [2, "日" * 40]], width)
    assert max(map(columns, lines)) <= width and lines[2].endswith("…")
    assert "x" * 60 in "\n".join(table(["id", "what"], [[1, "x" * 60]])), "a file gets everything"


def test_csv_keeps_nothing_apart_from_an_empty_text_and_the_loader_reads_both(tmp_path):
    rows = [["plain", None, ""], ['a "word"', "two\nlines", " space "], ["1,5", "none", "None"]]
    text = csv_line(["a", "b", "c"]) + "".join(map(csv_line, rows))
    assert text.splitlines()[1] == 'plain,,""'
    assert list(csv.reader(io.StringIO(text)))[2:] == rows[1:]
    (tmp_path / "rows.csv").write_text(text)
    assert sum(1 for _ in records(RowFile(tmp_path / "rows.csv", "rows.csv"))) == len(rows)
