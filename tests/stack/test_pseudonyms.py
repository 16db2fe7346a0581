"""Joins of masked columns count and add up as joins of clear ones do, in the real Trino; PostgreSQL agrees."""

import psycopg2
from hypothesis import given, settings
from hypothesis import strategies as st

from k8s.trino.masks import mask
from mesh.contracts.model import Column
from mesh.pseudonyms import pseudonym
from mesh.sql import literal
from tests.stack.checkout import Checkout, Door

NAMES = st.text(st.sampled_from("aAbB\u00e9\u00c9\u0130i\u00df\u1e9e\u03c2\u03a3\u03c3. '"), max_size=4)
EMAILS = st.one_of(st.none(), st.builds("{}@x.example".format, NAMES), st.just(""))
PEOPLE = st.lists(st.tuples(EMAILS, EMAILS, st.integers(0, 9)), min_size=1, max_size=12)


def values(people: list[tuple[str | None, str | None, int]]) -> str:
    texts = ("NULL" if value is None else literal(value) for row in people for value in row[:2])
    rows = zip(texts, texts, (str(row[2]) for row in people), strict=True)
    return ", ".join(f"(CAST({a} AS varchar(254)), CAST({b} AS varchar(40)), {c})" for a, b, c in rows)


def test_a_join_of_pseudonyms_counts_and_adds_up_as_one_of_clear_emails(door: Door):
    columns = [
        Column(name=name, logical_type="string", physical_type=kind, required=False, mask="email")
        for name, kind in (("a", "varchar(254)"), ("b", "varchar(40)"))
    ]

    @settings(max_examples=25)
    @given(PEOPLE)
    def same(people: list[tuple[str | None, str | None, int]]) -> None:
        shown = f"SELECT {mask(columns[0])} a, {mask(columns[1])} b, n FROM p"
        rows = f"WITH p (a, b, n) AS (VALUES {values(people)}), m AS ({shown})"
        clear = "(SELECT count(*), sum(x.n) FROM p x JOIN p y ON lower(x.a) = lower(y.b))"
        masked = "(SELECT count(*), sum(x.n) FROM m x JOIN m y ON x.a = y.b)"
        counts = "SELECT count(a), count(DISTINCT lower(a)) FROM p UNION ALL SELECT count(a), count(DISTINCT a) FROM m"
        joined = door.rows("admin", f"{rows} {clear} UNION ALL {masked}")
        assert joined[0] == joined[1], people
        counted = door.rows("admin", f"{rows} {counts}")
        assert counted[0] == counted[1], people

    same()


def test_postgresql_makes_the_same_pseudonyms(door: Door, mesh: Checkout):
    emails = ["Alice@Example.com", "\u0130@x", "\u1e9e@x", "\u0391\u03a3@x", "\u00c9@x", " a@x ", ""]
    outputs = mesh.outputs()
    said = outputs["domains"]["sales"]
    connection = psycopg2.connect(
        host=said["host"], port=int(said["port"]), dbname=said["database"], sslmode="verify-full",
        sslrootcert=str(mesh.folder / outputs["databaseCa"]), **outputs["credentials"]["databases"]["sales"]["analyst"],
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(pseudonym(literal(email), "postgresql") for email in emails))
        found = cursor.fetchone()
    connection.close()
    assert door.rows("admin", "SELECT " + ", ".join(pseudonym(literal(e), "trino") for e in emails)) == [found]
