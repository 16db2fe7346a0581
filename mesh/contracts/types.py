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
    "time": "time without time zone",
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
    "time without time zone": "time{}",
    "timestamp with time zone": "timestamp{} with time zone",
    "timestamp without time zone": "timestamp{}",
    "uuid": "uuid",
    # Trino has no such types and shows their text
    **dict.fromkeys(("cidr", "inet", "interval", "macaddr", "money", "xml"), "varchar"),
    **dict.fromkeys(("daterange", "int4range", "int8range", "numrange", "tsrange", "tstzrange"), "varchar"),
}
PRECISION, SCALE = 38, 18
"""Of the decimal that Trino's catalogs make of a `numeric` without any."""
_DEFAULTS = {
    "character": "(1)",
    "numeric": f"({PRECISION},{SCALE})",
    "time without time zone": "(6)",
    "timestamp with time zone": "(6)",
    "timestamp without time zone": "(6)",
}
"""Length or precision that Trino shows for a type without any."""

_UNREADABLE = {
    "bit": "Trino cannot read it: use boolean or text",
    "numeric[]": "Trino drops what is behind the point: give precision and scale, as numeric(12, 2)[]",
}
"""Types that Trino's connector fails on or falsifies, and what to use."""

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
    """The name of this type in PostgreSQL's catalog: `numeric(12,2)` for `decimal(12, 2)`, `text[]` for `text[]`."""
    name, arguments, array = _split(physical)
    word, space, rest = name.partition(" ")
    if word in ("time", "timestamp"):  # the precision stands within the name
        return f"{word}{arguments}{space}{rest}{array}"
    if name == "character":
        arguments = arguments or _DEFAULTS[name]
    return f"{name}{arguments}{array}"


def trino(physical: str) -> str | None:
    """The type that Trino shows for this type of PostgreSQL; None for a type that is not in the table above."""
    name, arguments, array = _split(physical)
    shown = _TRINO.get(name)
    if shown is None:
        return None
    shown = shown.format(arguments or _DEFAULTS.get(name, ""))
    return f"array({shown})" if array else shown


def unreadable(physical: str) -> str | None:
    """Why values of this type of PostgreSQL cannot be read through Trino; None where they can."""
    name, arguments, array = _split(physical)
    return _UNREADABLE.get(name) or _UNREADABLE.get(f"{name}{arguments}{array}")


def _split(physical: str) -> tuple[str, str, str]:
    """The name in PostgreSQL's catalog, `(12,2)` or nothing, and `[]` or nothing."""
    text = " ".join(physical.lower().split())
    array = "[]" if text.endswith("[]") else ""
    text = text.removesuffix("[]")
    arguments = ""
    if match := re.fullmatch(r"(.*?) ?\(([\d, ]+)\)(.*)", text):
        text, arguments = match[1] + match[3], f"({match[2].replace(' ', '')})"
    return _FULL.get(text, text), arguments, array
