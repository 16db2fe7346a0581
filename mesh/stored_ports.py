"""How PostgreSQL's catalog tells a stored port: a view whose rows are kept in a table of its name.

The table is in schema `public`, the view that it was made of in the schema `datamesh_definitions`, under the same name.
"""

DEFINITIONS = "datamesh_definitions"
IS_STORED = (
    "(c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND EXISTS (SELECT FROM pg_class d "
    f"JOIN pg_namespace dn ON dn.oid = d.relnamespace WHERE dn.nspname = '{DEFINITIONS}' AND d.relkind = 'v' "
    "AND d.relname = c.relname))"
)
"""Whether `c` of pg_class is the table of a stored port."""
