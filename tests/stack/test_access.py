"""Everyone is held to the same limits by Trino and by PostgreSQL: the real servers, their own words."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
import requests

from tests.stack import access_matrix, published_matrix
from tests.stack.access_matrix import Case
from tests.stack.checkout import Checkout, Door

UNPUBLISHED = {"sales": "orders", "marketing": "leads"}
"""By domain, a table that nobody else may read."""
TRIES = 600  # a second between them: only so that what never comes true is a red test in the end, however slow it is


@pytest.fixture(scope="module")
def furnished(door: Door) -> Iterator[Door]:
    """Trino with the tables and views that the matrix is about."""
    for statement in (*access_matrix.TEARDOWN, *access_matrix.SETUP):
        door.rows("admin", statement)
    yield door
    for statement in access_matrix.TEARDOWN:
        door.rows("admin", statement)


def test_everyone_gets_exactly_what_the_matrix_says(furnished: Door):
    cases = [*access_matrix.cases(), *access_matrix.cases(published_matrix.PEOPLE, published_matrix.MATRIX)]
    with ThreadPoolExecutor(max_workers=4) as pool:  # as many queries as Trino runs at a time
        found = [
            problem for problem in pool.map(lambda case: access_matrix.problem(case, furnished.rows), cases) if problem
        ]
    assert len(cases) > 600, "the matrix is not all there"
    assert not found, f"{len(found)} of {len(cases)} cells differ:\n" + "\n".join(found[:20])


def test_the_matrix_notices_a_wrong_right(furnished: Door):
    wrong = Case("sales-analyst", "SELECT 1 FROM sales.public.orders LIMIT 1", access_matrix.No("Access Denied"))
    assert access_matrix.problem(wrong, furnished.rows), "a matrix that never complains proves nothing"


@pytest.mark.parametrize("person", ["both", "sales-analyst", "marketing-analyst"])
def test_statistics_tell_no_values(door: Door, person: str):
    statistics = door.rows(person, f"SHOW STATS FOR {published_matrix.RECEIPTS}")
    assert len(statistics) == 8, "seven columns, and the table itself"
    assert all((low, high) == (None, None) for *_, low, high in statistics), statistics


@pytest.mark.parametrize("password", ["wrong", "", None])
def test_nobody_gets_in_without_the_right_password(door: Door, password: str | None):
    assert door.ask("SELECT 1", "admin", password).status_code == 401


def test_the_right_password_of_one_person_is_none_of_another(door: Door):
    assert door.ask("SELECT 1", "admin", door.passwords["sales-analyst"]).status_code == 401


def test_nobody_speaks_for_somebody_else(door: Door):
    answer = door.ask("SELECT 1", "sales-analyst", door.passwords["sales-analyst"], X_Trino_User="admin")
    with pytest.raises(RuntimeError, match="sales-analyst cannot impersonate user admin"):
        door.follow(answer, "sales-analyst")


def test_plain_http_serves_health_and_nothing_else(mesh: Checkout):
    config = mesh.must("pulumi", "config", "get", "--path", "local.trinoPort").strip()
    url = f"http://127.0.0.1:{config}"
    assert _plain("GET", f"{url}/v1/info").status_code == 200
    for user in ("admin", "sales-analyst"):
        answer = _plain("POST", f"{url}/v1/statement", data="SELECT 1", headers={"X-Trino-User": user})
        assert answer.status_code in (401, 403), f"{user} got in without TLS and password"


def _plain(method: str, url: str, **more: Any) -> requests.Response:
    """One request on a connection of its own: the server hangs up on whoever it refuses."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=10, **more)


def connect(mesh: Checkout, outputs: dict, domain: str, role: str, **changes: Any) -> psycopg2.extensions.connection:
    said, login = outputs["domains"][domain], outputs["credentials"]["databases"][domain][role]
    arguments: dict[str, Any] = {
        "host": said["host"],
        "port": int(said["port"]),
        "dbname": said["database"],
        "user": login["user"],
        "password": login["password"],
        "sslmode": "verify-full",
        "sslrootcert": str(mesh.folder / outputs["databaseCa"]),
    }
    return psycopg2.connect(**(arguments | changes))


@pytest.fixture(scope="module")
def outputs(mesh: Checkout) -> dict:
    return mesh.outputs()


@pytest.mark.parametrize("role", ["trino", "analyst", "grafana"])
def test_a_role_of_sales_reads_and_cannot_write(mesh: Checkout, outputs: dict, role: str):
    connection = connect(mesh, outputs, "sales", role)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(order_id) FROM orders")
        # a role can take this setting back by itself; its rights it cannot
        cursor.execute("SET default_transaction_read_only = off")
        for statement in (
            "DELETE FROM orders",
            "UPDATE orders SET total_amount = 0",
            "INSERT INTO orders SELECT * FROM orders",
            "CREATE TABLE mine (x int)",
            "CREATE ROLE mine",
            "TRUNCATE orders",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
    connection.close()


@pytest.mark.parametrize("role", ["trino", "analyst", "grafana"])
@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_a_role_of_sales_opens_no_other_database(mesh: Checkout, outputs: dict, role: str, database: str):
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        connect(mesh, outputs, "sales", role, dbname=database)


@pytest.mark.parametrize("role", ["trino", "analyst", "grafana"])
def test_a_role_of_sales_is_unknown_to_marketing(mesh: Checkout, outputs: dict, role: str):
    marketing = outputs["domains"]["marketing"]
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        connect(mesh, outputs, "sales", role, port=int(marketing["port"]), dbname=marketing["database"])


def test_grafana_reads_no_personal_column(mesh: Checkout, outputs: dict):
    connection = connect(mesh, outputs, "sales", "grafana")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(customer_id), max(created_at) FROM customers")
        for columns in ("email", "phone", "customer_name", "*"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"SELECT {columns} FROM customers")
    connection.close()


@pytest.mark.parametrize("role", ["admin", "trino", "analyst", "grafana"])
def test_no_role_gets_in_without_tls_or_with_a_wrong_password(mesh: Checkout, outputs: dict, role: str):
    with pytest.raises(psycopg2.OperationalError, match=r"no encryption|no pg_hba\.conf entry"):
        connect(mesh, outputs, "sales", role, sslmode="disable", sslrootcert="")
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        connect(mesh, outputs, "sales", role, password="wrong")


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes true at all."""
    for _ in range(TRIES):
        if holds():
            return True
        time.sleep(1)
    return False


def test_people_are_added_changed_and_removed_while_trino_runs(mesh: Checkout, door: Door):
    def sees(person: str, domain: str) -> bool:
        try:
            return (UNPUBLISHED[domain],) in door.rows(person, f"SHOW TABLES FROM {domain}.public")
        except RuntimeError as refused:  # passwords, groups and rules are read again one by one
            assert "Access Denied" in str(refused)
            return False

    def login(person: str) -> int:
        return door.ask("SELECT 1", person, door.passwords[person]).status_code

    before = mesh.running()["trino-coordinator"]
    assert sees("both", "sales")
    mesh.configure(users={"ada": {"domains": ["sales"]}, "both": {"domains": ["marketing"]}})
    mesh.must("pulumi", "up", "--yes", "--skip-preview")
    door.passwords["ada"] = mesh.outputs()["credentials"]["people"]["ada"]
    assert eventually(lambda: login("ada") == 200), "the new person cannot log in"
    assert eventually(lambda: login("nobody") == 401), "the removed person still gets in"
    assert eventually(lambda: sees("ada", "sales")), "they may not see their own domain"
    assert eventually(lambda: not sees("both", "sales")), "what was taken from them is still theirs"
    assert eventually(lambda: sees("both", "marketing")), "what was left to them is gone"
    assert mesh.running()["trino-coordinator"] == before, "Trino was restarted for it"
    mesh.configure(users=access_matrix.USERS)  # for the tests that follow
    mesh.must("pulumi", "up", "--yes", "--skip-preview")
    door.passwords.update(mesh.outputs()["credentials"]["people"])
    assert eventually(lambda: login("nobody") == 200 and sees("both", "sales")), "people cannot come back"
