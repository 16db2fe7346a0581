"""The drafts of `make migration`: 200 generated pairs of schemas, each led from the first to the second."""

from psycopg2 import Error
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier

from seed.describe import Description, describe, differences, views_read
from seed.draft import CHOICE, Draft, Reads
from seed.scratch import scratch_database
from tests.stack.seed.databases import Databases
from tests.stack.seed.schema_pairs import Schema, pair

PAIRS = 200


def made(cursor: Cursor, sql: str) -> tuple[Description, Reads]:
    """What a scratch database has after these statements."""
    cursor.execute("SET LOCAL search_path = public")
    cursor.execute(sql)
    return describe(cursor), views_read(cursor)


def failure(cursor: Cursor, start: Schema, target: Schema) -> tuple[str | None, bool]:
    """What is wrong with the draft of a pair, and whether it could run as it was, on tables with a row each.

    Where a draft leaves something to a person its choices are taken as they stand, and there are no rows.
    """
    wanted = made(cursor, target.sql())
    cursor.connection.rollback()
    old = made(cursor, start.sql())
    draft = Draft(old[0], wanted[0], (old[1], wanted[1])).text()
    whole = CHOICE not in draft
    for name in start.tables if whole else ():
        cursor.execute(SQL("INSERT INTO {} DEFAULT VALUES").format(Identifier(name)))
    text = "\n".join(line.removeprefix(CHOICE) for line in draft.splitlines())
    try:
        found = differences(made(cursor, f"{text}\n;")[0], wanted[0])
        for name in start.tables if whole else ():
            cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(name)))
            if cursor.fetchone() != (1,):
                found.append(f"the row of {name} is gone")
    except Error as error:
        found = [str(error)]
    cursor.connection.rollback()
    if found:
        return "\n".join([*found, start.sql(), "-- to", target.sql(), "-- by", text]), whole
    return None, whole


def test_every_draft_leads_to_its_target_and_keeps_the_rows(databases: Databases) -> None:
    wrong, whole = [], 0
    with scratch_database(databases.stack(), "sales") as connection, connection.cursor() as cursor:
        for number in range(PAIRS):
            found, ran = failure(cursor, *pair(number))
            whole += ran
            if found:
                wrong.append(f"pair {number}: {found}")
    assert not wrong, "\n\n".join(wrong[:3]) + f"\n\n{len(wrong)} of {PAIRS}"
    assert whole > PAIRS // 3, f"only {whole} pairs had rows that could have been lost"


def test_every_generated_schema_can_be_made_again_from_what_describes_it(databases: Databases) -> None:
    with scratch_database(databases.stack(), "sales") as connection, connection.cursor() as cursor:
        for number in range(40):
            there, reads = made(cursor, pair(number)[1].sql())
            connection.rollback()
            again, _ = made(cursor, Draft({}, there, ({}, reads)).text())
            connection.rollback()
            assert differences(again, there) == [], f"pair {number}"
