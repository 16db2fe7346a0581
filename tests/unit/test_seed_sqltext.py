"""Which statements may not be in a file of SQL, and what only looks like one."""

import pytest

from seed.sqltext import refusals, statements


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN;", "begin transaction;", "START TRANSACTION;", "COMMIT;", "commit work;", "END;", "ROLLBACK;", "ABORT;",
        "SAVEPOINT a;", "RELEASE a;", "ROLLBACK TO a;", "PREPARE TRANSACTION 'x';", "COMMIT PREPARED 'x';",
        "COPY t FROM stdin;", "\\connect other", "\\i other.sql", "/* /* a */ b */ COMMIT", "-- a\nCOMMIT",
        "SELECT 'a''b'; COMMIT", "SELECT E'a\\'; ' ; COMMIT", "SELECT $a$ ; $a$; COMMIT", 'SELECT ";"; COMMIT',
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; COMMIT;",
    ],
)  # fmt: skip
def test_a_transaction_command_of_psql_or_of_sql_is_refused(text: str) -> None:
    assert len(list(refusals(text))) == 1, text


@pytest.mark.parametrize(
    "text",
    [
        "", "-- COMMIT;", "/* COMMIT; /* */ COMMIT */", "SELECT 'COMMIT;';", "SELECT $$COMMIT;$$;", 'SELECT "COMMIT";',
        "DO $$ BEGIN PERFORM 1; END $$;", "CREATE TABLE t (begin_at date, a$b$c text);", "SELECT 1 AS commit;",
        "CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; COMMIT_ME(); END;",
        "PREPARE q AS SELECT 1;", "SELECT E'\\\\';", "COPY t TO '/tmp/x';", "SELECT U&'\\0041';",
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is_not(text: str) -> None:
    assert list(refusals(text)) == []


@pytest.mark.parametrize("text", ["SELECT 'a", 'SELECT "a', "/* a", "SELECT $$a", "SELECT $b$ $$"])
def test_what_has_no_end_is_named_with_its_line(text: str) -> None:
    (problem,) = refusals(f"SELECT 1;\n{text}")
    assert problem.startswith("line 2: ") and "has no end" in problem


def test_a_statement_is_named_with_the_line_of_its_first_word() -> None:
    assert [statement.line for statement in statements("\n\nSELECT\n1;\n-- c\nSELECT 2")] == [3, 6]
