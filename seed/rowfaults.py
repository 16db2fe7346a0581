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

_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?"
_ZONE = r" ?(?:Z|[+-]\d\d(?::?\d\d)?)?"
_ONE = {
    "date": (_DATE, "a date as 2024-12-31"),
    "time without time zone": (_TIME, "a time as 23:59:59"),
    "time with time zone": (_TIME + _ZONE, "a time as 23:59:59Z or …+01:00; without a zone: UTC"),
    "timestamp without time zone": (f"{_DATE}(?:[T ]{_TIME})?", "a time as 2024-12-31 23:59:59, without a zone"),
    "timestamp with time zone": (
        f"{_DATE}(?:[T ]{_TIME}{_ZONE})?",
        "a time as 2024-12-31T23:59:59Z or …+01:00; without a zone: UTC",
    ),
}
_RANGES = {
    "date": "date", "ts": "timestamp without time zone", "tstz": "timestamp with time zone",
}  # fmt: skip
_BETWEEN = r'[{}\[\](),"\\ ]*'
_NUMBER = ("^(?i:null|[^ni])*$", "a number: NaN and infinity are none that Trino could show")

_NO_NUMBERS = tuple(re.compile(word + rb'(?=[,}"\s]|\Z)') for word in (rb"nan", rb"inf(?:inity)?"))
"""In lower case, and seldom there: each begins with letters that are found fast."""


def _several(form: str, more: str) -> str:
    """Several of a form within brackets, quotes and commas, of which the server knows where they belong."""
    each = f"(?:{form}|(?i:{more}))"
    return f"^{_BETWEEN}(?:{each}(?:{_BETWEEN.replace('*', '+')}{each})*{_BETWEEN})?$"


NUMBERS = dict.fromkeys(("numeric", "numeric[]"), _NUMBER)
ISO = {kind: (f"^{form}$", said) for kind, (form, said) in _ONE.items()}
ISO |= {f"{kind}[]": (_several(form, "null"), f"of {said}, each") for kind, (form, said) in _ONE.items()}
ISO |= {
    f"{name}{sort}": (_several(_ONE[kind][0], "null|empty|-?infinity"), f"from and to {_ONE[kind][1]}")
    for name, kind in _RANGES.items()
    for sort in ("range", "range[]", "multirange")
}
"""PostgreSQL's types whose text COPY would guess at -> the only form taken, and how to say so."""
FORMS = ISO | NUMBERS


@dataclass(frozen=True)
class Fault:
    """What is wrong with a record of a file: its number, from 1, the column where it is in one, and why."""

    number: int
    column: str
    said: str
    whole: bool = True
    """It has as many fields as the header."""


def guessed(block: Block, header: list[str], types: dict[str, str]) -> bool:
    """Whether a column of these types of PostgreSQL has a date, a time or a number that is not in the one form taken.

    Also when the records have not as many fields as the header: `faults` says what is wrong.
    """
    names = [name for name in header if types.get(name) in ISO]
    if numbers := [name for name in header if types.get(name) in NUMBERS]:
        data = block.data.lower()
        names += numbers if any(word.search(data) for word in _NO_NUMBERS) else []
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
        in match.call([table[name]], compute.MatchSubstringOptions(f"^$|{FORMS[types[name]][0]}")).unique().to_pylist()
        for name in names
    )


def faults(file: RowFile, types: dict[str, str]) -> list[Fault]:
    """The first records that have not as many fields as the header, or a date in another form than ISO 8601's."""
    found: list[Fault] = []
    header = file.header
    forms = [(at, name, *FORMS[types[name]]) for at, name in enumerate(header) if types.get(name) in FORMS]
    for number, (_, row) in enumerate(records(file), 1):
        row = row or [""] * (len(header) == 1)  # an empty line is the one value that is missing, as COPY writes it
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
