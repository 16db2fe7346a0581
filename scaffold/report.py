"""What a person reads after a domain was made: what was inferred and why, what to decide, and what to type next."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from shlex import quote

from mesh.sql import quoted
from scaffold.model import Draft, Reference, Table
from seed.parquet import MAGIC
from seed.rowfile import RowFile

_WIDEST = 60
_RESERVED = set(
    re.findall(
        r"\w+",
        """
        alter and as between by case cast constraint create cross cube current_catalog current_date
        current_path current_role current_schema current_time current_timestamp current_user
        deallocate delete describe distinct drop else end escape except execute exists extract false
        for from full group grouping having in inner insert intersect into is join json_array
        json_exists json_object json_query json_table json_value left like listagg localtime
        localtimestamp natural normalize not null on or order outer prepare recursive right rollup
        select skip table then trim true uescape union unnest using values when where with
        """,
    )
)
"""The words that Trino takes for no name without quotes."""


def table_of(draft: Draft) -> str:
    """Every column with its type, why it has it, how many values are missing, and whether it seems personal."""
    lines: list[str] = []
    for table in draft.tables:
        rows = "not counted" if table.rows is None else f"{table.rows:,} rows"
        lines.append(f"\n{table.name}, {rows}, from {table.origin}")
        cells = [("column", "type", "missing", "personal", "why")]
        cells += [
            (
                _column(table, column.name) + (f" ({column.original})" if column.original != column.name else ""),
                column.type + (" NOT NULL" if column.required or column.name in table.key else ""),
                f"{column.missing:,}" if table.rows else "",
                column.personal.mask if column.personal else "",
                column.why + (f"; personal: {column.personal.why}" if column.personal else ""),
            )
            for column in table.columns
        ]
        lines += _aligned(cells)
    if draft.port:
        lines.append(f"\n{draft.port.name}, a view. {draft.port.description}")
        lines.append("  " + ", ".join(column.name for column in draft.port.columns))
    return "\n".join(lines)


def decisions(draft: Draft) -> Iterator[str]:
    """What a person should look at, a line each."""
    for table in draft.tables:
        if not table.key and table.rows:
            yield f"{table.name} has no key: no column tells every row from every other. `make load` adds all rows."
        if table.rows == 0:
            yield f"{table.name} has no rows: its columns are text until schema.sql and contract.yaml say otherwise."
        for note in table.notes:
            yield f"{table.name}: {note}"
    personal = [f"{table.name}.{column.name}" for table in draft.tables for column in table.columns if column.personal]
    if personal:
        yield f"personal, until you say otherwise: {', '.join(personal)}"
    kept = [
        table.name
        for table in draft.tables
        if table.file and table.sample and any(column.personal for column in table.columns)
    ]
    if kept:
        yield (
            f"the rows of {', '.join(kept)} are in domains/{draft.name}/ now, personal columns too: who reads this "
            "repository reads them. ROWS=0 leaves rows out."
        )
    yield from draft.notes


def _column(table: Table, name: str) -> str:
    reference = next((each for each in table.references if name in each.columns), None)
    mark = " key" if name in table.key else ""
    return name + mark + (f" -> {_target(reference, name)}" if reference else "")


def _target(reference: Reference, name: str) -> str:
    return f"{reference.table}.{reference.to[reference.columns.index(name)]}"


def _aligned(cells: Sequence[tuple[str, ...]]) -> Iterator[str]:
    shown = [tuple(_cut(_plain(cell)) if at < 4 else _plain(cell) for at, cell in enumerate(row)) for row in cells]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells_ = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield ("  " + "  ".join(cells_)).rstrip()


def _plain(text: str) -> str:
    """In one line, without characters that move a terminal."""
    return " ".join("".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text).split())


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def loads(draft: Draft, copy: Callable[[Table], str] | None = None) -> Iterator[str]:
    """The commands that load what was left where it is, parents first; `copy` writes a database's table to a file."""
    for table in draft.tables:
        if table.sample:
            continue
        if copy or table.file is None:
            yield from [copy(table)] if copy else []
            yield f"make load DOMAIN={draft.name} TABLE={table.name} FILE={table.name}.csv"
            continue
        names = [column.original for column in table.columns]
        if names == table.file.header:
            yield f"make load DOMAIN={draft.name} TABLE={table.name} FILE={quote(table.file.name)}"
        else:
            yield _under_other_names(draft, table, table.file)


def _under_other_names(draft: Draft, table: Table, file: RowFile) -> str:
    """The columns have other names than in the file: its first line is replaced on the way."""
    into = f"make load DOMAIN={draft.name} TABLE={table.name} FILE=-"
    head, path = ",".join(file.header), quote(file.name)
    with file.path.open("rb") as start:
        magic = start.read(4)
    if magic == MAGIC:
        names = quote(json.dumps(file.header))
        rename = "import json,sys; import pyarrow.parquet as p; p.write_table(p.read_table(sys.argv[1]).rename_columns("
        rename += "json.loads(sys.argv[2])), sys.argv[3])"
        return (
            f".venv/bin/python -c {quote(rename)} {path} {names} {table.name}.parquet\n"
            f"make load DOMAIN={draft.name} TABLE={table.name} FILE={table.name}.parquet"
        )
    rest = f"gzip -dc {path} | tail -n +2" if magic[:2] == b"\x1f\x8b" else f"tail -n +2 {path}"
    return f"(echo {head}; {rest}) | {into}"


def example_query(draft: Draft, keys: Mapping[tuple[str, str], str], catalog: str) -> str:
    """A question for Trino: across two domains where a column is called like the key of a table of another.

    `keys`: name of a column -> the table `catalog.public.table` of which it is the key, as a query writes it.
    """
    q = name_in_query
    if (made := draft.port) and (other := keys.get((made.key, made.columns[0].type))):
        counts, key = ", ".join(f"a.{q(each.name)}" for each in made.columns if not each.source), q(made.key)
        return f"SELECT b.*, {counts} FROM {q(catalog)}.public.{q(made.name)} a JOIN {other} b ON a.{key} = b.{key}"
    for table in draft.tables:
        for column in table.columns:
            for (name, kind), other in keys.items():
                if name == column.name and kind == column.type:
                    return (
                        f"SELECT count(*) FROM {q(catalog)}.public.{q(table.name)} a "
                        f"JOIN {other} b ON a.{q(column.name)} = b.{q(name)}"
                    )
    return f"SELECT * FROM {q(catalog)}.public.{q(draft.tables[0].name)} LIMIT 10"


def name_in_query(name: str) -> str:
    """A name as a query of Trino writes it: in quotes where it would be something else without."""
    return name if re.fullmatch("[a-z_][a-z0-9_]*", name) and name not in _RESERVED else quoted(name)
