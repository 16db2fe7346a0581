"""How PostgreSQL's catalog tells a stored port: a view whose rows are kept in a table of its name.

The table is in schema `public`, the view that it was made of in the schema `datamesh_definitions`, under the same name.
"""

DEFINITIONS = "datamesh_definitions"
_DEFINED = " ".join(
    (
        "SELECT FROM pg_class d JOIN pg_namespace dn ON dn.oid = d.relnamespace WHERE dn.nspname =",
        f"'{DEFINITIONS}'",
        "AND d.relkind = 'v' AND d.relname = c.relname",
    )
)
_KEPT = (
    "SELECT FROM pg_proc f JOIN pg_namespace fn ON fn.oid = f.pronamespace WHERE fn.nspname = 'datamesh' "
    "AND f.proname = 'settle_' || c.relname"
)
IS_STORED = " ".join(
    (
        "(c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND (EXISTS (",
        _DEFINED,
        ") OR EXISTS (",
        _KEPT,
        ")))",
    )
)
"""Whether `c` of pg_class is the table of a stored port.

Where somebody has dropped a table that the view reads, and the view with it, the function that kept the port is left.
"""
