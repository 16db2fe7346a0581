"""`make contracts` on a running mesh: green when it is fresh, and each thing that is broken is named."""

import re
from collections.abc import Callable, Iterator

import psycopg2
import pytest

from tests.stack.access_matrix import OWN
from tests.stack.checkout import Checkout, Door

CHECK = (".venv/bin/python", "-m", "commands.contracts")


@pytest.fixture
def execute(mesh: Checkout) -> Callable[..., None]:
    """Runs statements in a domain's database as its administrator."""
    outputs = mesh.outputs()

    def execute(domain: str, *statements: str) -> None:
        said, login = outputs["domains"][domain], outputs["credentials"]["databases"][domain]["admin"]
        connection = psycopg2.connect(
            host=said["host"],
            port=int(said["port"]),
            dbname=said["database"],
            sslmode="verify-full",
            sslrootcert=str(mesh.folder / outputs["databaseCa"]),
            **login,
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    return execute


@pytest.fixture
def change(mesh: Checkout, execute: Callable[..., None]) -> Iterator[Callable[..., None]]:
    """Does so in sales and marketing; everything is as before afterwards."""
    yield execute
    anew = (f"--{what}={domain}" for domain in ("sales", "marketing") for what in ("recreate", "reset"))
    mesh.must(".venv/bin/python", "-m", "seed", *anew, "--no-lake", "--no-trino")


def failing(mesh: Checkout) -> str:
    """The report on a mesh that fails checks of its contracts."""
    done = mesh.python(*CHECK[1:])
    assert done.returncode == 1, f"failed checks are no success:\n{done.stdout}{done.stderr}"
    assert re.search(r"^\d+ of \d+ checks failed$", done.stdout, re.MULTILINE), done.stdout
    return done.stdout


def test_a_fresh_mesh_passes_every_check(mesh: Checkout):
    printed = mesh.must(*CHECK)
    assert re.search(r"^all \d+ checks passed$", printed, re.MULTILINE) and "FAILED" not in printed
    for name in ("sales.customer_revenue", "marketing.lead_first_touch", "finance.payments"):
        for server in ("PostgreSQL", "Trino"):
            assert any(line.startswith(name) and server in line for line in printed.splitlines()), f"{name}, {server}"
    assert "events.customer_events       Trino" in printed


def test_whatever_the_tables_lost_or_got_is_named(mesh: Checkout, change: Callable[..., None]):
    change(
        "sales",
        "ALTER TABLE customers DROP COLUMN phone",
        "ALTER TABLE orders ADD COLUMN card text",
        "ALTER TABLE orders ALTER ordered_at DROP NOT NULL",
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey",
        "INSERT INTO orders SELECT * FROM orders WHERE order_id = 1",
        "ALTER TABLE orders DROP CONSTRAINT orders_total_amount_check",
        "UPDATE orders SET total_amount = -1 WHERE order_id = 2",
        "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey",
        "UPDATE orders SET customer_id = 999 WHERE order_id = 3",
        "CREATE TABLE stray (x int)",
    )
    change("marketing", "ALTER TABLE campaigns ALTER budget TYPE numeric(14, 2)", "DROP VIEW lead_first_touch")
    printed = failing(mesh)
    for said in (
        "column phone varchar(20): is missing",
        "no other columns: there are card",
        "column ordered_at timestamptz, required: is nullable, expected NOT NULL",
        "primary key order_id: is missing",
        "order_id: no value twice: 1, expected none",
        "total_amount: at least 0: 1, expected none",
        "customer_id: every value is in customers.customer_id: 1, expected none",
        "no other tables and views: there are stray",
        "is numeric(14,2), expected numeric(12,2)",
        "is decimal(14,2), expected decimal(12,2)",
        "is a view: is missing",
        "can be read: could not be checked: Trino refused",
    ):
        assert said in printed, f"{said!r} is not in\n{printed}"


@pytest.fixture
def breached(execute: Callable[..., None]) -> Iterator[None]:
    """Values beyond the limits of visits, and the column that the contract calls phone under that name."""
    execute(
        OWN,
        "INSERT INTO visits (visit_id, guest_name) VALUES (0, 'x1'), (900, 'y'), (901, repeat('z', 41))",
        "ALTER TABLE visits RENAME guest_phone TO phone",
    )
    yield
    execute(
        OWN,
        "DELETE FROM visits WHERE visit_id IN (0, 900, 901)",
        "ALTER TABLE visits RENAME phone TO guest_phone",
    )


@pytest.mark.usefixtures("breached")
def test_limits_are_counted_and_a_column_is_looked_for_under_its_name_in_the_database(mesh: Checkout):
    printed = failing(mesh)
    for said in (
        "column guest_phone char(15): is missing",
        "no other columns: there are phone, which may be personal",
        "visit_id: at least 1 and below 900: 3, expected none",
        "guest_name: at least 2 characters and at most 40 characters: 2, expected none",
        "guest_name: has ^[A-Za-z ]+$: 1, expected none",
    ):
        assert said in printed, f"{said!r} is not in\n{printed}"
    broken = re.findall(r"^(\S+) .* FAILED$", printed, re.MULTILINE)
    assert set(broken) == {f"{OWN}.visits"}, "rules that are kept"


def test_an_output_port_that_somebody_froze_is_out_of_date_and_says_so(mesh: Checkout, change: Callable[..., None]):
    change(
        "sales",
        "ALTER TABLE orders DISABLE TRIGGER USER",
        "INSERT INTO orders (customer_id, total_amount, ordered_at) VALUES (5, 10, now())",
    )
    printed = failing(mesh)
    assert "has the rows of its definition: 1 row not as they should be: type `make seed`" in printed
    assert "last_order_at: at most 0 s behind orders.ordered_at: " in printed
    assert "The revenue of all customers is what all orders cost: -10, expected =" not in printed
    assert "The revenue of all customers is what all orders cost: -10, expected none" in printed


def test_a_server_that_does_not_answer_is_a_failure_and_the_others_are_checked(mesh: Checkout):
    script = (
        "import sys; from client import stack; from commands import contracts; outputs = stack.read_outputs(None); "
        "outputs['domains']['sales']['port'] = 1; contracts.read_stack = lambda _: stack.parse_outputs(outputs); "
        "sys.exit(contracts.main([]))"
    )
    done = mesh.python("-c", script)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "its database: could not be checked: the database of sales does not answer at 127.0.0.1:1" in done.stdout
    assert any(line.startswith("marketing.leads") and line.endswith("passed") for line in done.stdout.splitlines())


def test_the_federated_querys_heavy_parts_run_inside_postgresql(mesh: Checkout, door: Door):
    query = (mesh.folder / "examples" / "federated_query.sql").read_text()
    plan = "\n".join(str(row[0]) for row in door.rows("admin", f"EXPLAIN {query}"))
    assert "TableScan[table = sales:public.customer_revenue" in plan, f"it is not read as it is:\n{plan}"
    # The stored port is the smaller side, of which Trino knows the size: its e-mails alone are asked of the leads.
    leads = next(line for line in plan.splitlines() if "[table = marketing:public.lead_first_touch" in line)
    assert "ScanFilter[" in leads and "dynamicFilters = {email" in leads, f"all leads travel:\n{plan}"
    for work in ("Aggregate", "TopN", "Window"):
        assert work not in plan, f"Trino does {work} itself:\n{plan}"


def test_a_consumer_reads_a_published_port_masked_and_no_other(door: Door):
    rows = door.rows("marketing-analyst", "SELECT email, customer_name, revenue FROM sales.public.customer_revenue")
    assert len({email for email, _, _ in rows}) == 8 and all(re.fullmatch("[0-9a-f]{32}", str(e)) for e, _, _ in rows)
    assert all(str(name)[1:] == "***" for _, name, _ in rows)
    with pytest.raises(RuntimeError, match="Access Denied"):
        door.rows("sales-analyst", "SELECT 1 FROM marketing.public.lead_first_touch")
