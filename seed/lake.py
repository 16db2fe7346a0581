"""The shared table of customer events: one Parquet file in the lake."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.csv
import pyarrow.parquet
from botocore.exceptions import BotoCoreError, ClientError

from client.errors import CommandError
from client.stack import Stack
from mesh.contracts.model import Table
from mesh.contracts.read import DOMAINS_FOLDER
from seed.rowfaults import Fault, candidates, faults, located, merged, number_in_file
from seed.rowfile import RowFile
from seed.stage import header_faults
from seed.tables import Shape

EVENTS = DOMAINS_FOLDER / "events" / "customer_events.csv"

# Glue's types -> how Parquet's library and a CSV file's text become them.
_ARROW = {
    "bigint": pyarrow.int64(),
    "boolean": pyarrow.bool_(),
    "date": pyarrow.date32(),
    "double": pyarrow.float64(),
    "int": pyarrow.int32(),
    "string": pyarrow.string(),
    "timestamp": pyarrow.timestamp("us"),
}
_WORDS = {"timestamp": "timestamp with at most three digits behind the second"}
# Glue's names of what has one form in a file -> PostgreSQL's, by which the reader of files knows them.
_TIMES = {"date": "date", "timestamp": "timestamp without time zone"}


def fields(table: Table) -> list[pyarrow.Field]:
    """The columns of the table of events, as its contract says, in the words of Parquet's library."""
    return [pyarrow.field(column.name, _ARROW[column.physical_type]) for column in table.columns]


def events(table: Table, path: Path = EVENTS) -> list[tuple[object, ...]]:
    """The sample's events, in the order of the contract's columns. Raises CommandError with all that is wrong."""
    file = RowFile(path, f"domains/{path.parent.name}/{path.name}")
    times = {column.name: _TIMES.get(column.physical_type, "") for column in table.columns}
    if problems := _wrong_header(file, table):
        raise CommandError("\n".join(problems))
    found = faults(file, times)
    rows: list[tuple[object, ...]] = []
    blocks, left_out = candidates(file, found)
    read = 0
    for block in blocks:
        texts = pyarrow.csv.read_csv(
            pyarrow.py_buffer(block.data),
            pyarrow.csv.ReadOptions(column_names=file.header, block_size=len(block.data)),
            pyarrow.csv.ParseOptions(newlines_in_values=True),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(file.header, pyarrow.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=[""],
            ),
        )
        found = merged(found, _misfits(table, texts, lambda at, read=read: number_in_file(read + at + 1, left_out)))
        read += texts.num_rows
        if not found:
            values = [texts[field.name].cast(field.type).to_pylist() for field in fields(table)]
            rows += zip(*values, strict=True)
    if found:
        raise CommandError("\n".join(located(file, found)))
    return rows


def _wrong_header(file: RowFile, table: Table) -> list[str]:
    known = {
        column.name: Shape(column.physical_type, column.physical_type, column.required, False, column.required)
        for column in table.columns
    }
    found = header_faults(file, known, table.name)
    missing = [name for name, shape in known.items() if name not in file.header and not shape.required]
    return found + [f"{file.name}, line 1: column {name} is missing: it may be empty, not absent" for name in missing]


def _misfits(table: Table, texts: pyarrow.Table, number: Callable[[int], int]) -> Iterator[Fault]:
    """Values that are not of their column's type, or missing where one is required; `number` is that of a record."""
    for column in table.columns:
        values, kind = texts[column.name], column.physical_type
        if not _fits(values, kind):
            for at, each in enumerate(values.to_pylist()):
                if not _fits(pyarrow.array([each], pyarrow.string()), kind):
                    yield Fault(number(at), column.name, f"{each!r} is no {_WORDS.get(kind, kind)}")
        if column.required and values.null_count:
            for at, each in enumerate(values.to_pylist()):
                if each is None:
                    yield Fault(number(at), column.name, "has no value, and must have one")


def _fits(values: pyarrow.Array | pyarrow.ChunkedArray, kind: str) -> bool:
    try:
        cast = values.cast(_ARROW[kind])
        if kind == "timestamp":
            cast.cast(pyarrow.timestamp("ms"))  # all that Trino shows of tables of Hive
    except pyarrow.ArrowInvalid:
        return False
    return True


def parquet(columns: list[pyarrow.Field], rows: list[tuple[object, ...]]) -> bytes:
    """The events as a Parquet file, the same bytes for the same rows."""
    table = pyarrow.table(
        [pyarrow.array([row[at] for row in rows], field.type) for at, field in enumerate(columns)],
        schema=pyarrow.schema(columns),
    )
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def events_key(stack: Stack) -> str:
    """The seed's own file in the lake."""
    return f"{stack.lake.events_prefix}customer_events.parquet"


def load_events(stack: Stack, columns: list[pyarrow.Field], rows: list[tuple[object, ...]]) -> bool:
    """Put the events into the lake; False when the very file is there already, so that no version of it piles up."""
    body, key = parquet(columns, rows), events_key(stack)
    digest = hashlib.sha256(body).hexdigest()
    try:
        s3 = stack.s3()
        if _digest(s3, stack.lake.bucket, key) == digest:
            return False
        s3.put_object(Bucket=stack.lake.bucket, Key=key, Body=body, Metadata={"sha256": digest})
    except (BotoCoreError, ClientError) as error:
        raise CommandError(
            f"cannot write s3://{stack.lake.bucket}/{key}: {error}\nLocal stack: type `make up`. "
            "AWS: `aws sts get-caller-identity` must show the stack's account."
        ) from None
    return True


def _digest(s3: Any, bucket: str, key: str) -> str | None:
    try:
        return s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("sha256")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey"):
            return None
        raise
