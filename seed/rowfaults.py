"""Records that do not fit their file's header, and dates and times in any form but ISO 8601's."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow
import pyarrow.csv
from pyarrow import compute

from seed.rowfile import Block, RowFile, blocks_without, lines, records

SHOWN = 10
"""Faults named of one file."""

DATE = r"^\d{4}-\d\d-\d\d$"
TIME = r"^\d\d:\d\d(:\d\d(\.\d{1,6})?)?$"
TIMESTAMP = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"
TIMESTAMP_WITH_ZONE = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)? ?(Z|[+-]\d\d(:?\d\d)?)?)?$"
ISO = {
    "date": (DATE, "a date as 2024-12-31"),
    "time without time zone": (TIME, "a time as 23:59:59"),
    "timestamp without time zone": (TIMESTAMP, "a time as 2024-12-31 23:59:59, without a zone"),
    "timestamp with time zone": (TIMESTAMP_WITH_ZONE, "a time as 2024-12-31T23:59:59Z or …+01:00; without a zone: UTC"),
}
"""PostgreSQL's types whose text COPY would guess at -> the only form taken, and how to say so."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a record of a file: its number, from 1, the column where it is in one, and why."""

    number: int
    column: str
    said: str
    whole: bool = True
    """It has as many fields as the header."""


def guessed(block: Block, header: list[str], types: dict[str, str]) -> bool:
    """Whether a column of these types of PostgreSQL has a date or time that is not in the one form taken.

    Also when the records have not as many fields as the header: `faults` says what is wrong.
    """
    names = [name for name in header if types.get(name) in ISO]
    if not names:
        return False
    try:
        table = pyarrow.csv.read_csv(
            pyarrow.py_buffer(block.data),
            read_options=pyarrow.csv.ReadOptions(column_names=header, block_size=max(len(block.data), 1)),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=b'"' in block.data),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=names, column_types=dict.fromkeys(names, pyarrow.string()), strings_can_be_null=False
            ),
        )
    except pyarrow.ArrowInvalid:
        return True
    match = compute.get_function("match_substring_regex")
    return any(
        False
        in match.call([table[name]], compute.MatchSubstringOptions(f"^$|{ISO[types[name]][0]}")).unique().to_pylist()
        for name in names
    )


def faults(file: RowFile, types: dict[str, str]) -> list[Fault]:
    """The first records that have not as many fields as the header, or a date in another form than ISO 8601's."""
    found: list[Fault] = []
    header = file.header
    forms = [(at, name, *ISO[types[name]]) for at, name in enumerate(header) if types.get(name) in ISO]
    for number, (_, row) in enumerate(records(file), 1):
        if len(row) != len(header):
            said = "is empty" if not row else f"has {len(row)} fields, the first line has {len(header)}"
            found.append(Fault(number, "", said, whole=False))
        else:
            found += [
                Fault(number, name, f"{row[at]!r} is not {wanted}")
                for at, name, form, wanted in forms
                if row[at] and not re.match(form, row[at])
            ]
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]


def candidates(file: RowFile, found: list[Fault]) -> tuple[Iterable[Block], list[int]]:
    """The records that may be at fault beside those that are: all that are whole, up to the last of ten found.

    Also which records in front of the last one are left out.
    """
    left_out = sorted({fault.number for fault in found if not fault.whole})
    end = found[-1].number if len(found) >= SHOWN else None
    return (blocks_without(file, left_out, end) if found else file.blocks()), left_out


def number_in_file(position: int, left_out: list[int]) -> int:
    """The number of the record that is at this position, from 1, where others in front of it are left out."""
    for number in left_out:
        position += number <= position
    return position


def merged(found: list[Fault], more: Iterable[Fault]) -> list[Fault]:
    """The first faults of both, the one found first where there are two of a value."""
    each = {(fault.number, fault.column): fault for fault in [*more, *found]}
    return [each[at] for at in sorted(each)][:SHOWN]


def located(file: RowFile, found: list[Fault]) -> list[str]:
    """Faults as a person reads them, with the lines of their records."""
    where = lines(file, {fault.number for fault in found})
    columns = {fault.column: f", column {fault.column}" if fault.column else "" for fault in found}
    return [f"{file.name}, {file.unit} {where[fault.number]}{columns[fault.column]}: {fault.said}" for fault in found]
