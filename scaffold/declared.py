"""The types that a Parquet file says its columns have, as PostgreSQL's; a CSV file says nothing."""

from dataclasses import replace

import pyarrow
import pyarrow.parquet
import pyarrow.types

from mesh.contracts.types import PRECISION
from scaffold.model import Column
from seed.parquet import is_parquet
from seed.rowfile import RowFile

_SIMPLE = (
    ("boolean", "boolean"),
    ("floating", "double precision"),
    ("date", "date"),
    ("time", "time"),
)


def as_declared(file: RowFile, columns: list[Column]) -> list[Column]:
    """The columns, with the types of the file where it has types of its own; texts are what their values are."""
    with file.path.open("rb") as opened:
        if not is_parquet(opened):
            return columns
        fields = pyarrow.parquet.read_schema(opened)
    return [_declared(column, field.type) for column, field in zip(columns, fields, strict=True)]


def _declared(column: Column, kind: pyarrow.DataType) -> Column:
    type_ = _type(kind)
    if type_ is None or type_ == column.type or (type_ == "integer" and column.type == "bigint"):
        return column
    return replace(column, type=type_, why=f"{kind} in the file", allowed=())


def _type(kind: pyarrow.DataType) -> str | None:
    if kind == pyarrow.uint64():
        return "numeric(20, 0)"
    if pyarrow.types.is_integer(kind):
        return "integer" if kind.bit_width < 32 or kind == pyarrow.int32() else "bigint"
    if pyarrow.types.is_decimal(kind):
        fits = 0 <= kind.scale <= kind.precision <= PRECISION
        return f"numeric({kind.precision}, {kind.scale})" if fits else None
    if pyarrow.types.is_timestamp(kind):
        return "timestamptz" if kind.tz else "timestamp"
    return next((type_ for name, type_ in _SIMPLE if getattr(pyarrow.types, f"is_{name}")(kind)), None)
