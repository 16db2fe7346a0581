"""Parquet files as CSV, piece by piece."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pyarrow.types

MAGIC = b"PAR1"


def is_parquet(file: BinaryIO) -> bool:
    """Whether the file begins as Parquet does; it is at its beginning afterwards."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def parquet_blocks(file: BinaryIO, rows: int = 65_536) -> Iterator[tuple[int, bytes]]:
    """The first row's number and CSV of some rows, again and again; before them the header, as row 0.

    Raises ArrowInvalid for a file that is damaged, or has a column of a type that CSV cannot hold.
    """
    parquet = pyarrow.parquet.ParquetFile(file)
    schema = parquet.schema_arrow
    for field in schema:
        if not _plain(field.type):
            raise pyarrow.ArrowInvalid(f"column {field.name} is {field.type}, which no column of text, number or time")
    yield 0, _csv(schema.empty_table(), header=True)
    number, fine = 1, _of_microseconds(schema)
    for batch in parquet.iter_batches(batch_size=rows):
        yield number, _csv(batch if fine == schema else batch.cast(fine), header=False)
        number += batch.num_rows


def _of_microseconds(schema: pyarrow.Schema) -> pyarrow.Schema:
    """The schema with times as PostgreSQL has them; a time with a fraction beyond that makes the cast fail."""
    for at, field in enumerate(schema):
        if pyarrow.types.is_timestamp(field.type) and field.type.unit == "ns":
            schema = schema.set(at, field.with_type(pyarrow.timestamp("us", field.type.tz)))
        elif field.type == pyarrow.time64("ns"):
            schema = schema.set(at, field.with_type(pyarrow.time64("us")))
    return schema


def _csv(rows: pyarrow.Table | pyarrow.RecordBatch, *, header: bool) -> bytes:
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(rows, buffer, pyarrow.csv.WriteOptions(include_header=header))
    return buffer.getvalue()


def _plain(kind: pyarrow.DataType) -> bool:
    if pyarrow.types.is_dictionary(kind):
        return _plain(kind.value_type)
    tests = ("boolean", "integer", "floating", "decimal", "string", "large_string", "date", "time", "timestamp")
    return any(getattr(pyarrow.types, f"is_{test}")(kind) for test in tests)
