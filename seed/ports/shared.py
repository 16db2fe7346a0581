"""What all stored ports of a database share: tables of the loader, and what each transaction ends with."""

from collections.abc import Iterable

from psycopg2.sql import SQL, Composable, Composed, Identifier, Literal

from mesh.sql import quoted
from mesh.stored_ports import DEFINITIONS, GUARD
from seed.ports import names

_SAFE = SQL(
    "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp "
    "SET extra_float_digits = 1 SET DateStyle = ISO AS "
)
"""The session's own settings would show two values as one text."""

MINE = SQL("xact = pg_current_xact_id()")

SHARED = SQL(
    f"""
CREATE SCHEMA IF NOT EXISTS {names.DEFINITIONS};
COMMENT ON SCHEMA {names.DEFINITIONS} IS 'The views of which stored ports have the rows. Not for readers.';
CREATE OR REPLACE FUNCTION {names.DEFINITIONS}.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS
$$BEGIN
    RAISE object_not_in_prerequisite_state USING
        MESSAGE = TG_TABLE_NAME || ' is a stored port: its rows follow those of the tables that it reads',
        HINT = 'Write to those tables.';
END$$;
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
    """The function that ends a transaction's debts, port by port in one order: two never wait for each other.

    A table whose definition has gone, with something that it read, goes too, as the view would have.
    """
    calls = [
        SQL(
            "IF datamesh_each.port = {} AND EXISTS (SELECT FROM pg_class c WHERE relname = {} AND {}) THEN\n"
            "IF {} THEN DROP TABLE {} CASCADE; ELSE PERFORM {}(datamesh_each.whole); END IF;\nEND IF;\n"
        ).format(
            *(Literal(port), Literal(port), names.STORED),
            *(undefined(port), Identifier("public", port), names.settle(port)),
        )
        for port in sorted(ports)
    ]
    body = SQL(
        "DECLARE datamesh_each record;\nBEGIN\nFOR datamesh_each IN WITH gone AS (DELETE FROM {unsettled} WHERE {mine} "
        "RETURNING port, whole) SELECT port, whole FROM gone ORDER BY port LOOP\n{calls}END LOOP;\nRETURN NULL;\nEND"
    ).format(unsettled=names.UNSETTLED, mine=MINE, calls=SQL("").join(calls))
    return function(SQL("{}()").format(names.SETTLE), "trigger", body)


def undefined(port: str) -> Composed:
    """Whether somebody has dropped the definition, or by CASCADE what it reads."""
    return SQL("to_regclass({}) IS NULL").format(Literal(f"{DEFINITIONS}.{quoted(port)}"))


SETTLES = SQL("set_config('datamesh.settles', {}, true)")
"""Says for the rest of the transaction whether rows are written by what keeps them."""


def guard(port: str) -> Composed:
    """The trigger that refuses rows of anybody else: they would be lost."""
    return SQL(
        "CREATE TRIGGER {} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {} FOR EACH STATEMENT "
        "WHEN (current_setting('datamesh.settles', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION {}.guard()"
    ).format(Identifier(GUARD), Identifier("public", port), Identifier(DEFINITIONS))


SETTLE_AT_THE_END = SQL(
    "CREATE CONSTRAINT TRIGGER datamesh_settle AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION {}()"
).format(names.UNSETTLED, names.SETTLE)


def function(signature: Composable, returns: str, body: Composable) -> Composed:
    """A function that runs as its owner, with no names but PostgreSQL's own."""
    return SQL("CREATE OR REPLACE FUNCTION {} RETURNS {} {}$datamesh$\n{}\n$datamesh$").format(
        signature, SQL(returns), _SAFE, body
    )
