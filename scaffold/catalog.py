"""What PostgreSQL's catalog is asked about a schema and its tables: `%s` is the schema, or the table's number."""

from mesh.stored_ports import IS_STORED

TABLES = f"""
SELECT c.oid, c.relname, (SELECT coalesce(sum(pg_table_size(relid)), pg_table_size(c.oid))::bigint
    FROM pg_partition_tree(c.oid)), greatest(c.reltuples, 0)::bigint
FROM pg_class c WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND deptype = 'e')
AND NOT {IS_STORED} ORDER BY relname
"""
OTHERS = f"""
SELECT relname FROM pg_class c WHERE relnamespace = %s::regnamespace AND (relkind IN ('v', 'm', 'f') OR {IS_STORED})
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND deptype = 'e')
ORDER BY relname
"""
COLUMNS = """
SELECT attname, format_type(base.oid, base.modifier), attnotnull OR base.required,
       (SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = base.oid)
FROM pg_attribute CROSS JOIN LATERAL (
    WITH RECURSIVE below (oid, modifier, required, kind) AS (
        SELECT oid, atttypmod, typnotnull, typtype FROM pg_type WHERE oid = atttypid
        UNION ALL
        SELECT b.oid, d.typtypmod, required OR b.typnotnull, b.typtype
        FROM below JOIN pg_type d USING (oid) JOIN pg_type b ON b.oid = d.typbasetype WHERE kind = 'd'
    )
    SELECT * FROM below WHERE kind <> 'd'
) base WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
KEY = """
SELECT attname FROM pg_index CROSS JOIN unnest(indkey) WITH ORDINALITY AS k (attnum, position)
JOIN pg_attribute a ON attrelid = indrelid AND a.attnum = k.attnum WHERE indrelid = %s AND indisprimary
ORDER BY position
"""
REFERENCES = """
SELECT confrelid, array_agg(a.attname::text ORDER BY position), array_agg(b.attname::text ORDER BY position)
FROM pg_constraint CROSS JOIN unnest(conkey, confkey) WITH ORDINALITY AS k (ours, theirs, position)
JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ours
JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = theirs
WHERE conrelid = %s AND contype = 'f' GROUP BY pg_constraint.oid, confrelid, conname ORDER BY conname
"""
