"""What the objects of stored ports are called, and the schemas that they are in.

Its table and its definition are where `mesh.stored_ports` says; all else that keeps it is in the loader's schema
`datamesh`, see `seed.notes`.
"""

from psycopg2.sql import SQL, Identifier

from mesh.stored_ports import DEFINITIONS, IS_STORED

LOADER = "datamesh"
LONGEST = 40
"""Bytes of the name of a view that can be stored: PostgreSQL takes 63, and names of triggers have it in them."""
SETTLE = Identifier(LOADER, "settle")
UNSETTLED = Identifier(LOADER, "unsettled")
TURNS = Identifier(LOADER, "turns")
PORTS = Identifier(LOADER, "ports")

STORED = SQL(IS_STORED)


def definition(port: str) -> Identifier:
    """The view whose rows the table has."""
    return Identifier(DEFINITIONS, port)


def touched(port: str) -> Identifier:
    """The keys whose sources this transaction has changed."""
    return Identifier(LOADER, f"touched_{port}")


def touch(port: str) -> Identifier:
    """The function of the triggers on its sources."""
    return Identifier(LOADER, f"touch_{port}")


def settle(port: str) -> Identifier:
    """The function that works the touched keys out anew."""
    return Identifier(LOADER, f"settle_{port}")


def trigger(port: str, event: str) -> Identifier:
    """The trigger on a source for `event`, e.g. `insert`."""
    return Identifier(f"datamesh_{event}_{port}")
