"""What the domain of own_domain.py publishes, as a table: a statement, and what each kind of person gets for it.

Receipts are for marketing all rows, for sales those of FR. Refunds are for sales those of FR, for marketing those below
60. Visits are for marketing those since 2027 that were not cancelled, for sales all. Quotes were for sales until 2020.
Accounts, which the lake keeps too, are for marketing, and were for sales until 2020. Payments are for nobody. The
person called both is an analyst of both consumers.
"""

from tests.stack.access_matrix import FALSE, NONE, OK, OWN, TRUE, Expected, No, Rows, cannot

PEOPLE = ("admin", f"{OWN}-analyst", "both", "sales-analyst", "marketing-analyst", "grafana")
"""The columns of MATRIX."""
RECEIPTS, REFUNDS, VISITS = (f"{OWN}.public.{table}" for table in ("receipts", "refunds", "visits"))
NO_RECEIPTS = cannot(f"select from table {RECEIPTS}")

# The first 32 hexadecimal digits of the SHA-256 of each address in lower case.
ALICE, BOB = "ff8d9819fc0e12bf0d24892e45987e24", "5ff860bf1190596c7188ab851db691f0"
CAROL, DORA = "e0d47ca1bc1eb62e650fc1fd660a9bfb", "c7a1ac5989359eab635859250607bad9"


def ids(*values: int) -> Rows:
    return Rows(tuple((value,) for value in values))


def texts(*values: str | None) -> Rows:
    return Rows(tuple((value,) for value in values))


def of_four(*cells: Expected) -> tuple[Expected, ...]:
    """The cells of receipts, of four: admin and the owner's analyst, those who see all rows masked, sales, Grafana."""
    clear, masked, of_fr, grafana = cells
    return clear, clear, masked, of_fr, masked, grafana


def everybody_sees(values: Rows, hidden: Rows, grafana: Rows) -> tuple[Rows, ...]:
    """The cells of a listing: admin and the owner's analyst, the consumers, Grafana."""
    return values, values, hidden, hidden, hidden, grafana


ALL = texts("accounts", "payments", "quotes", "receipts", "refunds", "visits")
PUBLISHED = texts("receipts", "refunds", "visits")
TO_MARKETING = texts("accounts", "receipts", "refunds", "visits")
LISTED = (ALL, ALL, TO_MARKETING, PUBLISHED, TO_MARKETING, ALL)
COLUMNS = texts("receipt_id", "country", "amount", "payer_name", "payer_email", "payer_phone", "tax_number")
NOT_PERSONAL = texts("receipt_id", "country", "amount", "payer_email")

# fmt: off
MATRIX: tuple[tuple[str, *tuple[Expected, ...]], ...] = (
    # What there is to see, by each of the ways to ask for it.
    (f"SHOW TABLES FROM {OWN}.public", *LISTED),
    (f"SELECT table_name FROM {OWN}.information_schema.tables WHERE table_schema = 'public'",
        *LISTED),
    (f"SELECT table_name FROM system.jdbc.tables WHERE table_cat = '{OWN}' AND table_schem = 'public'",
        *LISTED),
    (f"SELECT table_name FROM system.metadata.table_comments WHERE catalog_name = '{OWN}' AND schema_name = 'public'",
        *LISTED),
    (f"SELECT column_name FROM {OWN}.information_schema.columns WHERE table_name = 'receipts'",
        *everybody_sees(COLUMNS, COLUMNS, NOT_PERSONAL)),
    (f"SELECT column_name FROM system.jdbc.columns WHERE table_cat = '{OWN}' AND table_name = 'receipts'",
        *everybody_sees(COLUMNS, COLUMNS, NOT_PERSONAL)),
    (f"SELECT column_name FROM system.jdbc.columns WHERE table_cat = '{OWN}' AND table_name = 'quotes'",
        *everybody_sees(texts("quote_id"), NONE, texts("quote_id"))),
    (f"SELECT table_name FROM {OWN}.information_schema.views", *everybody_sees(NONE, NONE, NONE)),
    (f"SHOW STATS FOR {RECEIPTS}", *[OK] * 5, NO_RECEIPTS),
    # What is published to nobody, and what was until 2020.
    (f"SELECT count(*) FROM {OWN}.public.payments", ids(2), ids(2),
        *[cannot(f"select from table {OWN}.public.payments")] * 3, ids(2)),
    (f"SELECT quote_id FROM {OWN}.public.quotes", ids(1), ids(1),
        *[cannot(f"select from table {OWN}.public.quotes")] * 3, ids(1)),
    # Rows: a consumer with a filter and one without; both sees what any of the two sees.
    (f"SELECT receipt_id FROM {RECEIPTS}", *of_four(*[ids(1, 2, 3, 4)] * 2, ids(1, 2), ids(1, 2, 3, 4))),
    (f"SELECT count(*) FROM {RECEIPTS}", *of_four(*[ids(4)] * 2, ids(2), ids(4))),
    (f"SELECT sum(amount) FROM {RECEIPTS}",
        *of_four(*[texts("425.50")] * 2, texts("300.50"), texts("425.50"))),
    (f"SELECT receipt_id FROM {RECEIPTS} WHERE country = 'DE'", *of_four(*[ids(3)] * 2, NONE, ids(3))),
    (f"SELECT receipt_id FROM {RECEIPTS} WHERE country = 'FR' OR true",
        *of_four(*[ids(1, 2, 3, 4)] * 2, ids(1, 2), ids(1, 2, 3, 4))),
    (f"SELECT receipt_id FROM {RECEIPTS} WHERE country IS NULL", *of_four(*[ids(4)] * 2, NONE, ids(4))),
    (f"SELECT DISTINCT country FROM {RECEIPTS} WHERE country IS NOT NULL",
        *of_four(*[texts("DE", "FR")] * 2, texts("FR"), texts("DE", "FR"))),
    (f"SELECT max_by(receipt_id, refund_id) FROM (SELECT * FROM {REFUNDS} f JOIN {RECEIPTS} r ON f.country = r.country "
        "WHERE r.country = 'DE')", ids(3), ids(3), ids(3), texts(None), ids(3), NO_RECEIPTS),
    (f"SELECT count(*) FROM {RECEIPTS} a CROSS JOIN {RECEIPTS} b", *of_four(*[ids(16)] * 2, ids(4), ids(16))),
    (f"WITH r AS (SELECT * FROM {RECEIPTS}) SELECT (SELECT count(receipt_id) FROM r)",
        *of_four(*[ids(4)] * 2, ids(2), NO_RECEIPTS)),
    (f"SELECT EXISTS (SELECT 1 FROM {RECEIPTS} WHERE receipt_id = 3)", *of_four(TRUE, TRUE, FALSE, TRUE)),
    # A row that is not seen raises no error either.
    (f"SELECT receipt_id FROM {RECEIPTS} WHERE 1 / (amount - 50) > 5",
        *of_four(*[No("Division by zero")] * 2, NONE, No("Division by zero"))),
    (f"SELECT refund_id FROM {REFUNDS}", ids(1, 2, 3, 4, 5), ids(1, 2, 3, 4, 5), ids(1, 2, 3), ids(1, 2), ids(2, 3),
        ids(1, 2, 3, 4, 5)),
    (f"SELECT refund_id FROM {REFUNDS} WHERE amount > 60", *[ids(1, 4)] * 2, ids(1), ids(1), NONE, ids(1, 4)),
    # Personal columns, under each of the four masks: what is missing stays missing, and the type stays the column's.
    (f"SELECT payer_email FROM {RECEIPTS}", *of_four(
        texts("Alice@Example.com", "bob@example.com", "carol@example.com", None), texts(ALICE, BOB, CAROL, None),
        texts(ALICE, BOB), texts(ALICE, BOB, CAROL, None))),
    (f"SELECT payer_name FROM {RECEIPTS}", *of_four(texts("Alice Johnson", "Bob Smith", "Carol Diaz", None),
        texts("A***", "B***", "C***", None), texts("A***", "B***"), NO_RECEIPTS)),
    (f"SELECT payer_phone FROM {RECEIPTS}", *of_four(texts("+33 1 2345 6701", None, "12345", None),
        texts("***01", None, "***", None), texts("***01", None), NO_RECEIPTS)),
    (f"SELECT tax_number FROM {RECEIPTS}", *of_four(texts("FR-1", "FR-2", "DE-3", None), texts(*[None] * 4),
        texts(None, None), NO_RECEIPTS)),
    (f"SELECT payer_email FROM {REFUNDS}",
        *[texts("alice@example.com", "BOB@example.com", "carol@example.com", "dora@example.com", None)] * 2,
        texts(ALICE, BOB, CAROL), texts(ALICE, BOB), texts(BOB, CAROL), texts(ALICE, BOB, CAROL, DORA, None)),
    (f"SELECT DISTINCT typeof(payer_email) FROM {RECEIPTS}", *[texts("varchar(254)")] * 6),
    (f"SELECT DISTINCT typeof(payer_name) || typeof(payer_phone) || typeof(tax_number) FROM {RECEIPTS}",
        *[texts("varchar(100)varchar(20)varchar(20)")] * 5, NO_RECEIPTS),
    # Clear values are not found by who asks for them, in whatever part of a query.
    (f"SELECT count(*) FROM {RECEIPTS} WHERE payer_email = 'bob@example.com'", *of_four(ids(1), *[ids(0)] * 3)),
    (f"SELECT count(*) FROM {RECEIPTS} WHERE tax_number LIKE 'FR%'",
        *of_four(ids(2), ids(0), ids(0), NO_RECEIPTS)),
    (f"SELECT count(*) FROM {RECEIPTS} WHERE payer_phone IN ('12345', '***')",
        *of_four(ids(1), ids(1), ids(0), NO_RECEIPTS)),
    (f"SELECT max(length(payer_name)) FROM {RECEIPTS}", *of_four(ids(13), ids(4), ids(4), NO_RECEIPTS)),
    (f"SELECT receipt_id FROM {RECEIPTS} ORDER BY tax_number, receipt_id LIMIT 1",
        *of_four(ids(3), ids(1), ids(1), NO_RECEIPTS)),
    # Rows by a date and a boolean; masks on columns of a fixed width, and on such as compare without regard to case.
    (f"SELECT visit_id FROM {VISITS}", *[ids(1, 2, 3, 4, 5)] * 4, ids(1, 5), ids(1, 2, 3, 4, 5)),
    (f"SELECT count(*) FROM {VISITS} WHERE seen_on < DATE '2027-02-01' OR cancelled",
        *[ids(3)] * 4, ids(1), ids(3)),
    (f"SELECT guest_email = '{ALICE}', host_email = '{BOB}' FROM {VISITS} WHERE visit_id = 1",
        *[Rows(((False, False),))] * 2, *[Rows(((True, True),))] * 4),
    (f"SELECT count(DISTINCT host_email), count(DISTINCT guest_email) FROM {VISITS} WHERE visit_id < 4",
        *[Rows(((2, 3),))] * 2, *[Rows(((1, 3),))] * 2, Rows(((1, 1),)), Rows(((1, 3),))),
    (f"SELECT trim(guest_phone), guest_name FROM {VISITS} WHERE visit_id IN (1, 2)",
        *[Rows((("+33 1 2345 6701", "Alice Johnson"), ("12345", "bob smith")))] * 2,
        *[Rows((("***01", "A***"), ("***", "b***")))] * 2, Rows((("***01", "A***"),)),
        cannot(f"select from table {VISITS}")),
    (f"SELECT DISTINCT typeof(guest_email), typeof(host_email) FROM {VISITS}",
        *[Rows((("char(40)", "varchar"),))] * 6),
    # Joins: pseudonyms of both tables join as the addresses do, whatever their case.
    (f"SELECT sum(r.amount + f.amount) FROM {RECEIPTS} r JOIN {REFUNDS} f ON lower(r.payer_email) = "
        "lower(f.payer_email)", *[texts("510.50")] * 3, texts("410.50"), texts("310.50"), texts("510.50")),
    (f"SELECT count(*) FROM {RECEIPTS} r JOIN sales.public.customers c ON lower(r.payer_email) = lower(c.email)",
        ids(3), cannot("access catalog sales"), ids(0), ids(0), ids(3), ids(3)),
)
# fmt: on
