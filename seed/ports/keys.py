"""The keys of ports: of which types they are, in which they are noted, and whether rows may be without one."""

from collections.abc import Iterable

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier

KEYS = (
    "smallint", "integer", "bigint", "text", "character varying", "uuid", "date", "boolean", "numeric",
    "timestamp without time zone", "timestamp with time zone",
)  # fmt: skip
"""Types of a key's columns: equal values have equal hashes, and are compared in one way."""
WIDER = ("smallint", "integer", "bigint", "numeric")
TEXTS = ("text", "character varying")
FAMILIES = (WIDER[:3], TEXTS)
"""Types whose values are compared with each other in one way."""


def may_lack(cursor: Cursor, view: int, unit: Iterable[str]) -> bool:
    """Whether a view may have rows without one of these: the planner reads no table where it knows better."""
    if not unit:
        return False
    without = SQL(" OR ").join(SQL("{} IS NULL").format(Identifier(each)) for each in unit)
    cursor.execute("SELECT %s::oid::regclass::text", (view,))
    (place,) = cursor.fetchone() or ("",)
    cursor.execute("SET LOCAL constraint_exclusion = on")
    cursor.execute(SQL("EXPLAIN (FORMAT JSON) SELECT FROM {} WHERE {}").format(SQL(place), without))
    found = cursor.fetchone()
    cursor.execute("SET LOCAL constraint_exclusion = DEFAULT")
    return "Relation Name" in str(found)


def noted_type(kind: str) -> str:
    """The type in which keys of a type are noted: it has the values of all that may lead to them."""
    short = plain(kind)
    return {**dict.fromkeys(WIDER[:3], "bigint"), **dict.fromkeys(TEXTS, "text")}.get(short, short)


def plain(kind: str) -> str:
    """A type without its length, e.g. `timestamp(3) with time zone`."""
    head, _, tail = kind.partition("(")
    return head + tail.partition(")")[2]
