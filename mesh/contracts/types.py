"""A contract's physical types: their names in PostgreSQL's catalog, in Trino and in Glue, and what they hold."""

import re
from typing import Literal

LOGICAL = ("array", "boolean", "date", "integer", "number", "object", "string", "time", "timestamp")
"""The standard's logical types; it has `map` and `vector` too, which no column of PostgreSQL is."""

Family = Literal["array", "boolean", "date", "integer", "json", "number", "shown", "text", "time", "timestamp", "uuid"]
"""Of types whose values are compared in one way. `shown`: others of PostgreSQL's own, which Trino shows otherwise."""

# PostgreSQL's short names -> the names in its catalog.
_FULL = {
    "bool": "boolean",
    "char": "character",
    "char varying": "character varying",
    "dec": "numeric",
    "decimal": "numeric",
    "float": "double precision",
    "float4": "real",
    "float8": "double precision",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "bigserial": "bigint",
    "serial": "integer",
    "smallserial": "smallint",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "varchar": "character varying",
}

_SHOWN = (
    "name oid cidr inet interval macaddr money xml daterange int4range int8range numrange tsrange tstzrange tsvector"
)

# The names in PostgreSQL's catalog, and of Glue where they differ -> what the types hold.
_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("bigint", "integer", "smallint"), "integer"),
    **dict.fromkeys(("double precision", "numeric", "real", "double"), "number"),
    **dict.fromkeys(("bpchar", "character", "character varying", "citext", "text", "string"), "text"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    "time without time zone": "time",
    **dict.fromkeys(("timestamp with time zone", "timestamp without time zone"), "timestamp"),
    **dict.fromkeys((*_SHOWN.split(), "bytea", "time with time zone"), "shown"),
    "boolean": "boolean",
    "date": "date",
    "uuid": "uuid",
}
_LOGICAL_OF: dict[Family, tuple[str, ...]] = {
    "array": ("array",),
    "boolean": ("boolean",),
    "date": ("date",),
    "integer": ("integer", "number"),
    "json": ("array", "object", "string"),
    "number": ("number", "integer"),
    "shown": ("number", "object", "string", "time"),
    "text": ("string",),
    "time": ("time",),
    "timestamp": ("timestamp",),
    "uuid": ("string",),
}

# The names in PostgreSQL's catalog -> the types that Trino shows; {} stands for length or precision.
_TRINO = {
    "bigint": "bigint",
    "boolean": "boolean",
    "bytea": "varbinary",
    '"char"': "char(1)",
    "character": "char{}",
    "character varying": "varchar{}",
    "date": "date",
    "double precision": "double",
    "integer": "integer",
    "json": "json",
    "jsonb": "json",
    "numeric": "decimal{}",
    "oid": "bigint",
    "real": "real",
    "smallint": "smallint",
    "text": "varchar",
    "time with time zone": "time{}",
    "time without time zone": "time{}",
    "timestamp with time zone": "timestamp{} with time zone",
    "timestamp without time zone": "timestamp{}",
    "uuid": "uuid",
}
PRECISION, SCALE = 38, 18
"""Of the decimal that Trino's catalogs make of a `numeric` without any."""
_DEFAULTS = {
    "character": "(1)",
    "numeric": f"({PRECISION},{SCALE})",
    "time with time zone": "(6)",
    "time without time zone": "(6)",
    "timestamp with time zone": "(6)",
    "timestamp without time zone": "(6)",
}
"""Length or precision that Trino shows for a type without any."""

_UNREADABLE = {
    "bit": "Trino cannot read it: use boolean or text",
    "bit varying": "Trino cannot read it: use text",
    "varbit": "Trino cannot read it: use text",
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

_SPELLED = re.compile(
    r'(?:[a-z_][a-z0-9_]*\.)?(?:"[^"]{1,63}"|[a-z_][a-z0-9_]{0,62})(?: [a-z]+){0,3}'
    r" ?(?:\( ?\d{1,4} ?(?:, ?-?\d{1,4} ?)?\))?(?: [a-z]+){0,3} ?(?:\[\d*\])*"
)


def spelled(physical: str) -> bool:
    """Whether the text is the name of a type, with its precision, and nothing else."""
    return _SPELLED.fullmatch(_flat(physical)) is not None


def postgresql(physical: str) -> str:
    """The name of this type in PostgreSQL's catalog: `numeric(12,2)` for `decimal(12, 2)`, `text[]` for `text[]`."""
    name, arguments, array = _split(physical)
    word, space, rest = name.partition(" ")
    if word in ("time", "timestamp"):  # the precision stands within the name
        return f"{word}{arguments}{space}{rest}{array}"
    if name == "character":
        arguments = arguments or _DEFAULTS[name]
    return f"{name}{arguments}{array}"


def trino(physical: str) -> str:
    """The type that Trino shows for this type of PostgreSQL; it shows types that it does not have as text."""
    name, arguments, array = _split(physical)
    shown = _TRINO.get(name, "varchar").format(arguments or _DEFAULTS.get(name, ""))
    return f"array({shown})" if array else shown


def family(physical: str) -> Family | None:
    """What the type holds; None for a type that is not PostgreSQL's own, such as an enum or a domain."""
    name, _, array = _split(physical)
    return "array" if array else _FAMILIES.get(name)


def holds(physical: str, logical: str) -> bool:
    """Whether values of the physical type can be of the standard's logical type."""
    kind = family(physical)
    return kind is None or logical in _LOGICAL_OF[kind]


def with_zone(physical: str) -> bool:
    """Whether values are of a moment, in whatever time zone it is told."""
    return _split(physical)[0].endswith("with time zone")


def array_of(physical: str) -> str | None:
    """The type of an array's items; None for what is no array."""
    name, arguments, array = _split(physical)
    return postgresql(f"{name}{arguments}") if array else None


def unreadable(physical: str) -> str | None:
    """Why values of this type of PostgreSQL cannot be read through Trino; None where they can."""
    name, arguments, array = _split(physical)
    if name == "numeric" and arguments:
        precision, scale = map(int, arguments[1:-1].split(","))
        if not 0 <= scale <= precision <= PRECISION:
            return f"Trino has at most {PRECISION} digits, and from none to all of them behind the point"
    if array.count("[") > 1:
        return "arrays of arrays cannot be compared with PostgreSQL's: use one dimension"
    return _UNREADABLE.get(name) or _UNREADABLE.get(f"{name}{arguments}{array}")


def _split(physical: str) -> tuple[str, str, str]:
    """The name in PostgreSQL's catalog, `(12,2)` or nothing, and `[]` for each dimension of an array."""
    text, bracket, rest = _flat(physical).removeprefix("public.").partition("[")
    text, array = text.strip(), "[]" * f"{bracket}{rest}".count("[")
    arguments = ""
    if match := re.fullmatch(r"(.*?) ?\(([-\d, ]+)\)(.*)", text):
        text, arguments = match[1] + match[3], f"({match[2].replace(' ', '')})"
    if text == "float" and arguments[1:-1].isdecimal():  # its precision is in binary digits
        return ("real" if int(arguments[1:-1]) <= 24 else "double precision"), "", array
    name = "character" if text == "bpchar" and arguments else _FULL.get(text, text)
    if name == "numeric" and arguments and "," not in arguments:
        arguments = f"{arguments[:-1]},0)"
    return name, arguments, array


def _flat(physical: str) -> str:
    """With single spaces, and in lower case where the name is not quoted."""
    text = " ".join(physical.split())
    return "".join(part if part.startswith('"') else part.lower() for part in re.split(r'("[^"]*")', text))
