"""One pass over a file of rows: of each column, which kinds all of its values are, how many are missing, how long."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow
import pyarrow.csv
from pyarrow import compute

from scaffold.kinds import KINDS, RARE, impossible
from seed.rowfaults import faults, located
from seed.rowfile import Block, FaultyFileError, RowFile

FEW = 40
"""Different values that are kept of a column."""
_GIVEN_UP = 0.5
"""Once more than this part of the values is of another kind, a kind is looked for no more."""


@dataclass
class Misfits:
    """Values that are not of a kind: how many, and the first with the number of its record, from 1."""

    count: int = 0
    record: int = 0
    value: str = ""


@dataclass
class Profile:
    """A column of a file."""

    original: str
    rows: int = 0
    missing: int = 0
    longest: int = 0
    bytes: int = 0
    """Of the longest value, in UTF-8."""
    whole: int = 0
    """Most digits before the point, of numbers."""
    scale: int = 0
    """Most digits behind it."""
    least: str | None = None
    greatest: str | None = None
    """The first and last value in the order of text."""
    values: dict[str, int] | None = field(default_factory=dict)
    """Every different value and how often it is there; None where there are more than a few."""
    misfits: dict[str, Misfits] = field(default_factory=lambda: {kind: Misfits() for kind in KINDS})

    @property
    def present(self) -> int:
        """How many values there are."""
        return self.rows - self.missing

    def all_are(self, kind: str) -> bool:
        """Whether there are values, and all are of this kind."""
        return self.present > 0 and kind in self.misfits and not self.misfits[kind].count

    def share(self, kind: str) -> float:
        """Which part of the values is of this kind; 0 where it was given up."""
        return 1 - self.misfits[kind].count / self.present if kind in self.misfits and self.present else 0.0


def profile(file: RowFile) -> tuple[list[Profile], int]:
    """The columns of a file, and its bytes as CSV; all rows are read once, in pieces.

    Raises FaultyFileError for what the loader refuses too.
    """
    found = [Profile(name) for name in file.header]
    before = size = 0
    for block in file.blocks():
        size += len(block.data)
        rows = _table(file, block, len(found))
        for column, values in zip(found, rows.itercolumns(), strict=True):
            _look(column, values.combine_chunks(), before)
        before += rows.num_rows
    return found, size


def _table(file: RowFile, block: Block, width: int) -> pyarrow.Table:
    """The records as text; a field with nothing in it is null, `""` is an empty text."""
    names = [str(number) for number in range(width)]
    try:
        return pyarrow.csv.read_csv(
            pyarrow.py_buffer(block.data),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=max(len(block.data), 1)),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=b'"' in block.data, ignore_empty_lines=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.string()),
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=False,
            ),
        )
    except pyarrow.ArrowInvalid as error:
        found = located(file, faults(file, {}))
        raise FaultyFileError("\n".join(found) or f"{file.name}: {error}") from None


def _look(column: Profile, values: Any, before: int) -> None:
    column.rows += len(values)
    column.missing += values.null_count
    present = call("drop_null", values)
    if not len(present):
        return
    column.longest = max(column.longest, _most(call("utf8_length", present)))
    column.bytes = max(column.bytes, _most(call("binary_length", present)))
    limits = call("min_max", present).as_py()
    column.least = min(limits["min"], limits["min"] if column.least is None else column.least)
    column.greatest = max(limits["max"], limits["max"] if column.greatest is None else column.greatest)
    if column.values is not None:
        for each in call("value_counts", present):
            column.values[each["values"].as_py()] = (
                column.values.get(each["values"].as_py(), 0) + each["counts"].as_py()
            )
        if len(column.values) > FEW:
            column.values = None
    for kind, misfits in list(column.misfits.items()):
        wrong = call("coalesce", impossible(kind, values), pyarrow.scalar(False))
        count = call("sum", wrong).as_py() or 0
        if count and not misfits.count:
            at = call("index", wrong, options=compute.IndexOptions(pyarrow.scalar(True))).as_py()
            misfits.record, misfits.value = before + at + 1, values[at].as_py()
        misfits.count += count
        if misfits.count > _GIVEN_UP * column.present and kind not in RARE:
            del column.misfits[kind]
    if "decimal" in column.misfits:
        numbers = call("filter", present, call("invert", impossible("decimal", present)))
        column.whole = max(column.whole, _longest_without(numbers, r"^-|\..*$"))
        column.scale = max(column.scale, _longest_without(numbers, r"^-?[0-9]*\.?"))


def _longest_without(values: Any, pattern: str) -> int:
    options = compute.ReplaceSubstringOptions(pattern, "")
    return _most(call("utf8_length", call("replace_substring_regex", values, options=options)))


def _most(numbers: Any) -> int:
    return call("max", numbers).as_py() or 0


def call(name: str, *values: Any, options: Any = None) -> Any:
    """A function of Arrow by its name; pyarrow makes these only when it runs."""
    return compute.get_function(name).call(list(values), options)


def examples(columns: list[Profile]) -> Iterator[int]:
    """The records whose lines a message may name."""
    for column in columns:
        yield from (misfits.record for misfits in column.misfits.values() if misfits.count)
