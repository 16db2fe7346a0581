"""How PostgreSQL's catalog tells a stored port: a view whose rows are kept in a table of its name.

The table is in schema `public`, the view that it was made of in the schema `datamesh_definitions`, under the same name.
"""

DEFINITIONS = "datamesh_definitions"
GUARD = "datamesh_guard"
"""The trigger on the table by which the loader knows it for its own, and which refuses what others write to it."""
IS_STORED = " ".join(
    (
        "(c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND EXISTS (",
        "SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname =",
        f"'{GUARD}'))",
    )
)
"""Whether `c` of pg_class is the table of a stored port."""
