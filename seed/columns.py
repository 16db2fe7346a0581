"""SQL that leads one column of a table to another definition, and what only a person can decide about it."""

import re
from dataclasses import dataclass

_PARTS = re.compile(
    r"(?P<type>.*?)(?P<collation> COLLATE \S+)?(?P<required> NOT NULL)?"
    r"(?: GENERATED (?P<identity>ALWAYS|BY DEFAULT) AS IDENTITY)?"
    r"(?: DEFAULT (?P<default>.*)| GENERATED ALWAYS AS \((?P<expression>.*)\) STORED)?",
    re.DOTALL,
)
_INTEGERS = ("smallint", "integer", "bigint")
_SIZED = re.compile(r"(character varying|numeric)\((\d+)(?:,(\d+))?\)")


@dataclass(frozen=True)
class Step:
    """Statements; `choice` is what to decide before they may run, None where no row can be lost and none can refuse."""

    statements: tuple[str, ...]
    choice: str | None = None


def add_column(table: str, name: str, definition: str) -> Step:
    """A column that is new."""
    parts = _parts(definition)
    add = f"ALTER TABLE {table} ADD COLUMN {name} {definition};"
    if parts["required"] and not (parts["default"] or parts["identity"] or parts["expression"]):
        kind = f"{parts['type']}{parts['collation'] or ''}"
        return Step(
            (
                f"ALTER TABLE {table} ADD COLUMN {name} {kind};",
                " ".join(("UPDATE", table, f"SET {name} = NULL; -- the value for the rows that are there")),
                f"ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL;",
            ),
            f"{table}.{name} must have a value, and the rows that are there have none. Say which one:",
        )
    return Step((add,))


def change_column(table: str, name: str, old: str, new: str) -> list[Step]:
    """A column that is defined in another way."""
    was, will = _parts(old), _parts(new)
    alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
    if bool(was["expression"]) < bool(will["expression"]):
        drop = (f"ALTER TABLE {table} DROP COLUMN {name};", f"ALTER TABLE {table} ADD COLUMN {name} {new};")
        return [Step(drop, f"{table}.{name} is computed from now on. To give up the values that it has:")]
    steps: list[Step] = []
    if was["expression"] and not will["expression"]:
        steps.append(Step((f"{alter} DROP EXPRESSION;",)))
    if was["identity"] and not will["identity"]:
        steps.append(Step((f"{alter} DROP IDENTITY;",)))
    retyped = (was["type"], was["collation"]) != (will["type"], will["collation"])
    if was["default"] and (retyped or not will["default"]):
        steps.append(Step((f"{alter} DROP DEFAULT;",)))
    if retyped:
        kind = f"{will['type']}{will['collation'] or ''}"
        choice = (
            None
            if _wider(was["type"], will["type"]) and was["collation"] == will["collation"]
            else (
                f"{table}.{name} is {was['type']}, and shall be {will['type']}. Values that do not fit are refused, "
                "or lose what does not fit:"
            )
        )
        steps.append(Step((f"{alter} TYPE {kind} USING {_cast(name, was['type'], will['type'])};",), choice))
    if will["expression"] and was["expression"] != will["expression"]:
        steps.append(Step((f"{alter} SET EXPRESSION AS ({will['expression']});",)))
    if will["default"] and (retyped or was["default"] != will["default"]):
        steps.append(Step((f"{alter} SET DEFAULT {will['default']};",)))
    if will["required"] and not was["required"]:
        fill = " ".join(("UPDATE", table, f"SET {name} = NULL WHERE {name} IS NULL; -- the value for rows without"))
        steps.append(Step((fill, f"{alter} SET NOT NULL;"), f"{table}.{name} must have a value from now on:"))
    if will["identity"] and was["identity"] != will["identity"]:
        what = "SET GENERATED" if was["identity"] else "ADD GENERATED"
        tail = "" if was["identity"] else " AS IDENTITY"
        waits = None if was["required"] else f"{table}.{name} gets numbers by itself, once every row has a value:"
        steps.append(Step((f"{alter} {what} {will['identity']}{tail};",), waits))
    if was["required"] and not will["required"]:
        steps.append(Step((f"{alter} DROP NOT NULL;",)))
    return steps


def _cast(name: str, old: str, new: str) -> str:
    """A value of the old type as one of the new; by way of its text where PostgreSQL knows no other."""
    numbers = (*_INTEGERS, "numeric", "real", "double precision")
    if old.split("(")[0] in numbers and new.split("(")[0] in numbers:
        return f"{name}::{new}"
    return f"{name}::text::{new}"


def _parts(definition: str) -> dict[str, str]:
    match = _PARTS.fullmatch(definition)
    return match.groupdict() if match else {}


def _wider(old: str, new: str) -> bool:
    """Whether every value of the old type is one of the new."""
    if old in _INTEGERS and new in _INTEGERS:
        return _INTEGERS.index(old) < _INTEGERS.index(new)
    one, other = _SIZED.fullmatch(old), _SIZED.fullmatch(new)
    if one and new == "text" and one[1] == "character varying":
        return True
    if one and other and one[1] == other[1]:
        scale, wanted = int(one[3] or 0), int(other[3] or 0)
        return int(other[2]) - wanted >= int(one[2]) - scale and wanted >= scale
    return False
