"""Views over codes that nothing leads to: by them no rows can be told that a change of the codes leaves as they are."""

CODES = """
CREATE COLLATION alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE codes (
    id integer PRIMARY KEY, code text, own text COLLATE "C", wild text COLLATE alike, at timestamp, zone text,
    value double precision
);
"""
REFUSED = {
    "its key has k in the collation C": ("k", "SELECT own AS k, count(*) FROM codes GROUP BY 1"),
    "the collation alike": ("k", "SELECT count(*) AS k FROM codes GROUP BY wild"),
    "it has JSON made of values": ("id", "SELECT id, JSON_OBJECT('at': at AT TIME ZONE 'UTC') AS o FROM codes"),
    "it has XML made of values": ("id", "SELECT id, xmlforest(at AT TIME ZONE 'UTC' AS at) FROM codes"),
    "date_lt_timestamptz, whose result depends": (
        "id",
        "SELECT id, ROW(at::date, 1) < ROW(at AT TIME ZONE 'UTC', 2) AS before FROM codes",
    ),
    "it casts timestamp with time zone from or to text": (
        "id",
        "SELECT id, JSON_VALUE(code::jsonb, '$' RETURNING timestamptz) AS then FROM codes",
    ),
    "it names a window": ("id", "SELECT id, sum(id) OVER w AS s FROM codes WINDOW w AS (ORDER BY code)"),
    "a window function meets equal rows": (
        "code",
        "SELECT DISTINCT ON (code) code, id FROM codes ORDER BY code, sum(id) OVER (ORDER BY at), id",
    ),
}
"""By what is said: the key and the query of a view over `codes`."""
ALL_ROWS = {
    "of_numbers": ("k", "SELECT code::integer AS k, count(*) FROM codes WHERE code ~ '^[0-9]+$' GROUP BY 1"),
    "in_zones": (
        "k",
        "SELECT at AT TIME ZONE zone AS k, count(*) FROM codes WHERE zone = 'UTC' AND at IS NOT NULL GROUP BY 1",
    ),
    "of_others": (
        "code",
        "SELECT DISTINCT ON (code) code, id FROM codes WHERE code IS NOT NULL "
        "ORDER BY code, rank() OVER (ORDER BY at DESC, id), id",
    ),
    "sums": (
        "id, code",
        "SELECT id, code, count(*) FROM codes GROUP BY ROLLUP (id, code) HAVING id > 0 AND code IS NOT NULL",
    ),
    "most": ("one", "SELECT 1 AS one, max(value) AS most FROM codes"),
}
"""Views of which any change of `codes` works out all rows: their keys and queries."""
