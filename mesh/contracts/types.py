"""The names of a contract's physical types in PostgreSQL's catalog, in Trino and in Glue."""

import re

LOGICAL = ("array", "boolean", "date", "integer", "number", "object", "string", "time", "timestamp")
"""The standard's logical types."""

# PostgreSQL's short names -> the names in its catalog.
_FULL = {
    "bool": "boolean",
    "char": "character",
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "varchar": "character varying",
}

# The names in PostgreSQL's catalog -> the types that Trino shows; {} stands for length or precision.
_TRINO = {
    "bigint": "bigint",
    "boolean": "boolean",
    "bytea": "varbinary",
    "character": "char{}",
    "character varying": "varchar{}",
    "date": "date",
    "double precision": "double",
    "integer": "integer",
    "json": "json",
    "jsonb": "json",
    "numeric": "decimal{}",
    "real": "real",
    "smallint": "smallint",
    "text": "varchar",
    "timestamp with time zone": "timestamp(6) with time zone",
    "timestamp without time zone": "timestamp(6)",
    "uuid": "uuid",
}

# Glue's names -> Trino's: the types that a table of the lake may have.
GLUE = {
    "bigint": "bigint",
    "boolean": "boolean",
    "date": "date",
    "double": "double",
    "int": "integer",
    "string": "varchar",
    "timestamp": "timestamp(3)",
}


def postgresql(physical: str) -> str:
    """The name of this type in PostgreSQL's catalog: `numeric(12,2)` for `decimal(12, 2)`."""
    name, arguments = _split(physical)
    return _FULL.get(name, name) + arguments


def trino(physical: str) -> str | None:
    """The type that Trino shows for this type of PostgreSQL; None for a type that is not in the table above."""
    name, arguments = _split(physical)
    shown = _TRINO.get(_FULL.get(name, name))
    return shown and shown.format(arguments)


def _split(physical: str) -> tuple[str, str]:
    """The name in lower case, and `(12,2)` or nothing."""
    text = " ".join(physical.lower().split())
    match = re.fullmatch(r"(.*?) ?\(([\d, ]+)\)", text)
    return (match[1], f"({match[2].replace(' ', '')})") if match else (text, "")
