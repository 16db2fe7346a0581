"""Words for files that are invented, and what `make domain` should make of such files."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

FIRST = [
    *("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo", "Iris", "Jan"),
    *("Kim", "Leo", "Mia", "Noé", "Olga", "Paul", "Rosa", "Sven", "Tess", "Uwe"),
]
LAST = ["Martin", "Dubois", "Meyer", "Rossi", "Novak", "Smith", "O'Neil", "García", "Lefèvre", "Brown"]
DAY = date(2024, 1, 1)


@dataclass(frozen=True)
class Files:
    """`columns`: `table.column` -> the type; then `key`, `?` for nullable, a mask, `-> table.column`, `enum`."""

    files: dict[str, str]
    columns: dict[str, str]
    ports: tuple[str, ...] = ()
    said: tuple[str, ...] = field(default=())
    """What the person must read."""


def csv_of(header: str, rows: Iterator[str] | list[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def rows_of(number: int, row: Callable[[int, random.Random], str]) -> list[str]:
    source = random.Random(number)
    return [row(at, source) for at in range(1, number + 1)]


def person(at: int) -> str:
    return f"{FIRST[at % 20]} {LAST[at % 7]}"


def columns(text: str) -> dict[str, str]:
    return {name: rest.strip() for name, _, rest in (line.strip().partition(" ") for line in text.strip().splitlines())}
