"""Values of other people's data for a terminal: in columns, in one line each, and a missing value unlike every text."""

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence

MISSING = "none"
"""How a table shows NULL."""
_NARROWEST = 8
"""Columns of a terminal that a cell keeps."""


def cell(value: object) -> str:
    """A value in one line. A text that would pass for NULL, or for nothing, is in quotes."""
    if value is None:
        return MISSING
    mistaken = isinstance(value, str) and (value.strip().lower() in ("", MISSING) or value != value.strip())
    return f'"{flat(value)}"' if mistaken else flat(value)


def flat(value: object) -> str:
    """A text in one line: what would move the cursor or colour the screen is written out, as `\\n`."""
    return "".join(each if each.isprintable() else _written(each) for each in str(value))


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def table(names: Sequence[str], rows: Iterable[Sequence[object]], width: int | None = None) -> list[str]:
    """Aligned lines: names, a rule, and a line a row; numbers are on the right.

    Where they are wider than `width` columns, the widest cells are cut; None: nothing is cut.
    """
    rows = list(rows)
    heads = [flat(name) for name in names]
    cells = [[cell(value) for value in row] for row in rows]
    right = [not any(isinstance(row[at], str) for row in rows) for at in range(len(heads))]
    widths = _fitted([max(map(columns, each)) for each in zip(heads, *cells, strict=True)], width)
    lines = [heads, ["-" * each for each in widths], *cells]
    return ["  ".join(map(_padded, line, widths, right)).rstrip() for line in lines]


def columns(text: str) -> int:
    """The columns of a terminal that a text takes."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


def terminal_width() -> int | None:
    """The columns of the terminal that standard output is; None for a file or a pipe, where nothing is cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def colourful() -> bool:
    """Whether colours are wanted: at a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def csv_line(values: Iterable[object]) -> str:
    """A line of CSV as `make load` reads it: nothing between two commas is NULL, `""` is an empty text."""
    return ",".join(_field(value) for value in values) + "\n"


def _field(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    quoted = not text or text != text.strip() or any(each in text for each in ',"\r\n')
    return '"' + text.replace('"', '""') + '"' if quoted else text


def _fitted(widths: list[int], most: int | None) -> list[int]:
    if most is None:
        return widths
    while sum(widths) + 2 * (len(widths) - 1) > most and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _padded(text: str, width: int, right: bool) -> str:
    if columns(text) > width:
        while columns(text) >= width:
            text = text[:-1]
        text += "…"
    space = " " * (width - columns(text))
    return space + text if right else text + space
