"""What all stored ports of a database share: tables of the loader, and what each transaction ends with."""

from collections.abc import Iterable

from psycopg2.sql import SQL, Composable, Composed, Literal

from mesh.sql import quoted
from seed.ports import names

_SAFE = SQL("LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ")
MINE = SQL("xact = pg_current_xact_id()")

SHARED = SQL(
    f"""
CREATE SCHEMA IF NOT EXISTS {names.DEFINITIONS};
COMMENT ON SCHEMA {names.DEFINITIONS} IS 'The views of which stored ports have the rows. Not for readers.';
CREATE TABLE IF NOT EXISTS {names.LOADER}.ports (port text PRIMARY KEY, fingerprint text NOT NULL);
CREATE UNLOGGED TABLE IF NOT EXISTS {names.LOADER}.unsettled (
    xact xid8 NOT NULL, port text NOT NULL, whole boolean NOT NULL, PRIMARY KEY (xact, port)
);
CREATE TABLE IF NOT EXISTS {names.LOADER}.turns (
    port text NOT NULL, turn integer NOT NULL, taken bigint NOT NULL, PRIMARY KEY (port, turn)
) WITH (fillfactor = 20);
"""
)
"""What all ports of a database share; `unsettled` has a row for each port that a transaction owes something."""


def settle_all(ports: Iterable[str]) -> Composed:
    """The function that ends a transaction's debts, port by port in one order: two never wait for each other."""
    calls = [
        SQL("IF datamesh_each.port = {} AND {} THEN PERFORM {}(datamesh_each.whole); END IF;\n").format(
            Literal(port), _is_there(port), names.settle(port)
        )
        for port in sorted(ports)
    ]
    body = SQL(
        "DECLARE datamesh_each record;\nBEGIN\nFOR datamesh_each IN WITH gone AS (DELETE FROM {unsettled} WHERE {mine} "
        "RETURNING port, whole) SELECT port, whole FROM gone ORDER BY port LOOP\n{calls}END LOOP;\nRETURN NULL;\nEND"
    ).format(unsettled=names.UNSETTLED, mine=MINE, calls=SQL("").join(calls))
    return function(SQL("{}()").format(names.SETTLE), "trigger", body)


def _is_there(port: str) -> Composed:
    """Whether nobody has dropped the table or the definition: others may write to what is left of its sources."""
    return SQL(" AND ").join(
        SQL("to_regclass({}) IS NOT NULL").format(Literal(f"{schema}.{quoted(port)}"))
        for schema in ("public", names.DEFINITIONS)
    )


SETTLE_AT_THE_END = SQL(
    "CREATE CONSTRAINT TRIGGER datamesh_settle AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION {}()"
).format(names.UNSETTLED, names.SETTLE)


def function(signature: Composable, returns: str, body: Composable) -> Composed:
    """A function that runs as its owner, with no names but PostgreSQL's own."""
    return SQL("CREATE OR REPLACE FUNCTION {} RETURNS {} {}$datamesh$\n{}\n$datamesh$").format(
        signature, SQL(returns), _SAFE, body
    )
