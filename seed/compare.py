"""A digest of a table's rows that PostgreSQL and Trino work out alike, whatever types its columns have."""

import re

from mesh.contracts.types import PRECISION, SCALE
from mesh.sql import Dialect, quoted
from seed.content import Column, comparable, digest_query, text_of

_BITS = {"double precision": ("float8send", "to_ieee754_64"), "real": ("float4send", "to_ieee754_32")}
# Arrays of these are compared element by element: both servers spell the elements the same.
_ELEMENT = re.compile(r"(smallint|integer|bigint|numeric\(\d+,\d+\)|date|uuid|text|character varying(\(\d+\))?)\[\]")
_PRECISION = re.compile(r"timestamp\(\d\) ")


def shared_query(table: str, columns: dict[str, tuple[str, str]], dialect: Dialect) -> str:
    """A query for rows and digest of `table`, over columns: name -> its type in PostgreSQL's words and in Trino's."""
    return digest_query(table, [_text(name, *types, dialect) for name, types in columns.items()], dialect)


def whole(kind: str, shown: str) -> bool:
    """Whether values of this type are compared; else only where they are missing, as with `jsonb`."""
    return _value("x", kind, shown, "trino") is not None


def _text(name: str, kind: str, shown: str, dialect: Dialect) -> str:
    value = _value(name, kind, shown, dialect)
    return f"coalesce({value}, '~')" if value else f"CASE WHEN {quoted(name)} IS NULL THEN '~' ELSE 'x' END"


def _value(name: str, kind: str, shown: str, dialect: Dialect) -> str | None:
    column, here = quoted(name), 0 if dialect == "postgresql" else 1
    plain = _PRECISION.sub("timestamp ", kind)
    if comparable(Column(name, plain)):
        return text_of(Column(name, plain), dialect)
    if kind == "numeric" and shown == f"decimal({PRECISION},{SCALE})":
        return f"CAST(CAST({column} AS decimal({PRECISION}, {SCALE})) AS varchar)"
    if kind in _BITS:
        bits = f"{_BITS[kind][here]}({column})"
        return (f"encode({bits}, 'hex')", f"lower(to_hex({bits}))")[here]
    if kind == "bytea":
        return (f"encode({column}, 'hex')", f"lower(to_hex({column}))")[here]
    if kind.startswith("character(") and not kind.endswith("[]"):
        return f"rtrim(CAST({column} AS varchar))"
    if kind == "time without time zone":
        day = f"to_char(DATE '2000-01-01' + {column}, 'HH24:MI:SS.US')"
        return (day, f"CAST(CAST({column} AS time(6)) AS varchar)")[here]
    if _ELEMENT.fullmatch(kind) and shown.startswith("array("):
        return (f"array_to_string({column}, chr(30), '~')", f"array_join({column}, chr(30), '~')")[here]
    if shown == "varchar" and not kind.startswith("timestamp"):
        # What Trino has no type for it shows as PostgreSQL writes it out.
        return (f"CASE WHEN {column} IS NOT NULL THEN format('%s', {column}) END", column)[here]
    return None
