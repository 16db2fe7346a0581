"""Rights on a port, which are the same whether it is a view or a table."""

from psycopg2.extensions import cursor as Cursor

_STATEMENTS = """
WITH rights AS (
    SELECT oid, relowner, '' AS columns, a.* FROM pg_class, aclexplode(relacl) a
    UNION ALL
    SELECT c.oid, relowner, format(' (%%I)', attname), a.*
    FROM pg_class c JOIN pg_attribute ON attrelid = c.oid, aclexplode(attacl) a
), named AS (
    SELECT *, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS who
    FROM rights WHERE grantee <> relowner
)
SELECT 1 AS step, format('REVOKE ALL ON %%s FROM %%s CASCADE', %(new)s, who) AS statement
FROM named WHERE oid = to_regclass(%(new)s)
UNION
SELECT 2, format('GRANT %%s%%s ON %%s TO %%s%%s', privilege_type, columns, %(new)s, who,
                 CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
FROM named WHERE oid = to_regclass(%(old)s) AND to_regclass(%(new)s) IS NOT NULL
ORDER BY step
"""


def copy(cursor: Cursor, old: str, new: str) -> None:
    """Make the rights on `new` those on `old`, also of single columns; both are written as in SQL, e.g. `public.a`."""
    cursor.execute(_STATEMENTS, {"old": old, "new": new})
    for _, statement in cursor.fetchall():
        cursor.execute(statement)
