"""Seeding against real PostgreSQL servers: roles, tables and rows, killed at any moment and repeated."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from client.stack import Stack, parse_outputs
from local.servers import postgres, process
from seed.__main__ import main
from seed.load import load_domain
from seed.sources import Source, copy_file, find_sources, header
from seed.verify import verify_postgresql
from tests.sample import DOMAINS_FOLDER

PROJECT = Path(__file__).parents[2]
DOMAINS = ("sales", "marketing")
HOST = "127.0.0.1"
PATIENCE = 60
# TRUNCATE gives a table another file
FILES = "SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1"
LIFT_READ_ONLY = "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; COMMIT; BEGIN"
DATABASES_ONLY = ("--no-lake", "--no-trino")


@dataclass
class Mesh:
    """A PostgreSQL server per domain, and the outputs of a stack that has them."""

    outputs: dict
    folder: Path

    def stack(self) -> Stack:
        return parse_outputs(self.outputs)

    def log(self, domain: str) -> str:
        return process.log(server(domain)).read_text()

    def rows(self, domain: str, role: str = "trino") -> dict[str, list[tuple]]:
        """Every row of every table of a domain."""
        tables = ask(
            self,
            domain,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
            role,
        )
        return {table: ask(self, domain, f'SELECT * FROM "{table}" ORDER BY 1', role) for (table,) in tables}

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """`python -m seed` as a process of its own."""
        self.deploy()
        return subprocess.Popen(
            [sys.executable, "-m", "seed", *DATABASES_ONLY, *arguments],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def seed(self, *arguments: str) -> str:
        """What a seed prints that must succeed."""
        self.deploy()
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            status = main([*DATABASES_ONLY, *arguments])
        assert status == 0, f"seeding failed:\n{out.getvalue()}{err.getvalue()}"
        return out.getvalue()

    def deploy(self) -> None:
        """Let `pulumi` on PATH print the outputs as they are now."""
        (self.folder / "outputs.json").write_text(json.dumps(self.outputs))


def server(domain: str) -> str:
    return f"datamesh-{domain}-test"


def ask(mesh: Mesh, domain: str, statement: str, role: str = "admin") -> list[tuple]:
    connection = mesh.stack().connect(domain, role)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("mesh")
    outputs: dict = {
        "domains": {},
        "credentials": {"databases": {}, "people": {}},
        "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "lake.events.x", "eventsPrefix": "events/"},
        "trino": {"url": "https://127.0.0.1:9", "portForward": None, "authority": ""},
        "databaseCa": str(folder / "local" / "tls" / "ca.pem"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAMESH_LOCAL", str(folder / "local"))
        pulumi = folder / "bin" / "pulumi"
        pulumi.parent.mkdir()
        pulumi.write_text(f"#!/bin/sh\nexec cat '{folder}/outputs.json'\n")
        pulumi.chmod(0o755)
        patch.setenv("PATH", str(pulumi.parent), prepend=os.pathsep)
        try:
            for domain in DOMAINS:
                password = f"secret-of-dm-admin-{domain}"
                port = postgres.create(
                    server(domain), host=HOST, database=f"{domain}_db", user="dm_admin", password=password
                )
                outputs["domains"][domain] = {
                    "host": HOST,
                    "port": port,
                    "database": f"{domain}_db",
                    "catalog": domain,
                    "lakePrefix": f"{domain}/",
                    "identifier": f"datamesh-{domain}-1",
                    "analystRoleArn": f"arn:aws:iam::000000000000:role/{domain}-analyst",
                }
                outputs["credentials"]["databases"][domain] = {"admin": {"user": "dm_admin", "password": password}}
                # What a failed statement leaves in the log is the least of it: let every statement be there. Here it
                # is seeds that are killed, never the server, so nothing has to reach the disk.
                with (postgres.data(server(domain)) / "postgresql.conf").open("a") as file:
                    file.write("log_statement = all\nfsync = off\n")
                os.kill(process.alive(server(domain)) or 0, signal.SIGHUP)
            yield Mesh(outputs, folder)
        finally:
            for domain in DOMAINS:
                postgres.delete(server(domain))


def drop_database(cursor: Cursor, name: str) -> None:
    """Drop a database; connections of a test before may need a moment to end, and FORCE may end only dm_admin's."""
    deadline = time.monotonic() + PATIENCE
    while True:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
            (name,),
        )
        try:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")  # waits five seconds for the others
        except psycopg2.errors.ObjectInUse:
            assert time.monotonic() < deadline, f"somebody stays connected to {name}"
        else:
            return


@pytest.fixture
def mesh(servers: Mesh) -> Mesh:
    """The servers with databases as `pulumi up` leaves them: empty, without any role of the seed's."""
    for domain in DOMAINS:
        credentials = servers.outputs["credentials"]["databases"][domain]
        for role in ("trino", "analyst", "grafana"):
            credentials[role] = {"user": f"{domain}_{role}", "password": f"secret-of-{domain}-{role}"}
        login = credentials["admin"]
        port = servers.outputs["domains"][domain]["port"]
        with closing(psycopg2.connect(host=HOST, port=port, dbname="postgres", **login)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname IN (%s, 'rds_iam')", (f"{domain}_trino",))
            if cursor.fetchone():  # a seed makes the roles first: without them none has been here
                drop_database(cursor, f"{domain}_db")
                for role in (f"{domain}_trino", f"{domain}_analyst", f"{domain}_grafana", "rds_iam"):
                    cursor.execute(f"DROP ROLE IF EXISTS {role}")
                cursor.execute(f"CREATE DATABASE {domain}_db")
    return Mesh(servers.outputs, servers.folder)


def sample(domain: str, table: str) -> list[list[str]]:
    with (DOMAINS_FOLDER / domain / f"{table}.csv").open(newline="") as file:
        return list(csv.reader(file))[1:]


def test_every_sample_row_is_in_its_table_and_trinos_user_can_read_it(mesh: Mesh) -> None:
    mesh.seed()
    for domain in DOMAINS:
        found = mesh.rows(domain)
        assert found.keys() == {path.stem for path in (DOMAINS_FOLDER / domain).glob("*.csv")}, f"tables of {domain}"
        for table, rows in found.items():
            wanted = sample(domain, table)
            text = [["" if value is None else str(value) for value in row] for row in rows]
            # PostgreSQL's client gives times with minutes in the zone, the files write hours.
            wanted = [[value + ":00" if value.endswith("+00") else value for value in row] for row in wanted]
            assert text == wanted, f"{domain}.{table} differs from its CSV file"


def test_a_second_seed_says_unchanged_and_touches_no_row(mesh: Mesh) -> None:
    mesh.seed()
    places = {domain: ask(mesh, domain, FILES) for domain in DOMAINS}
    rows = {domain: mesh.rows(domain) for domain in DOMAINS}
    assert mesh.seed().count("unchanged") == len(DOMAINS), "the second seed loaded again what was there"
    for domain in DOMAINS:
        assert ask(mesh, domain, FILES) == places[domain], f"{domain}: truncated under its readers for nothing"
        assert mesh.rows(domain) == rows[domain]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM orders WHERE order_id = 3",
        "UPDATE orders SET total_amount = total_amount + 0.01 WHERE order_id = 3",
        "INSERT INTO customers (customer_name, email) VALUES ('Somebody', 'else@example.com')",
        "UPDATE customers SET phone = NULL WHERE customer_id = 1",
    ],
)
def test_rows_changed_by_hand_are_put_back(mesh: Mesh, damage: str) -> None:
    mesh.seed()
    rows = mesh.rows("sales")
    ask(mesh, "sales", damage)
    assert mesh.rows("sales") != rows, "the damage did nothing: this test would prove nothing"
    mesh.seed("sales")
    assert mesh.rows("sales") == rows


def test_a_new_row_gets_a_number_after_the_loaded_ones(mesh: Mesh) -> None:
    mesh.seed()
    ((highest,),) = ask(mesh, "sales", "SELECT max(customer_id) FROM customers")
    ((new,),) = ask(
        mesh,
        "sales",
        "INSERT INTO customers (customer_name, email) VALUES ('New', 'new@example.com') RETURNING customer_id",
    )
    assert new == highest + 1, "the identity column still gives numbers that are taken"


def test_the_same_scale_gives_the_same_rows_beside_the_sample(mesh: Mesh) -> None:
    mesh.seed()
    small = {domain: mesh.rows(domain) for domain in DOMAINS}
    mesh.seed("--scale", "2")
    big = {domain: mesh.rows(domain) for domain in DOMAINS}
    counts = {table: len(rows) - len(small[d][table]) for d in DOMAINS for table, rows in big[d].items()}
    assert counts == {"customers": 2_000, "orders": 20_000, "campaigns": 0, "leads": 3_000}
    for domain in DOMAINS:
        for table, rows in small[domain].items():
            assert set(rows) <= set(big[domain][table]), f"the sample is no longer part of {table}"
    emails = {row[2].lower() for row in big["sales"]["customers"]}
    leads = {row[1].lower() for row in big["marketing"]["leads"]}
    assert leads - emails == {"nobody@example.com"}, "generated leads must be of generated customers"
    assert mesh.seed("--scale", "2").count("unchanged") == len(DOMAINS)
    mesh.seed()
    assert {domain: mesh.rows(domain) for domain in DOMAINS} == small, "going back to the sample left rows behind"


def wait_until(mesh: Mesh, run: subprocess.Popen[str], statement: str, state: str) -> None:
    """Wait until a seed of sales is in `statement`, running (`active`) or held up by a lock (`waiting`)."""
    condition = "wait_event_type = 'Lock'" if state == "waiting" else "state = 'active'"
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'datamesh-seed' AND pid <> pg_backend_pid() "
        f"AND query LIKE '{statement}%' AND {condition}"
    )
    watcher = mesh.stack().connect("sales", "admin")
    watcher.autocommit = True
    deadline = time.monotonic() + PATIENCE
    with watcher.cursor() as cursor:
        cursor.execute(query)
        while cursor.fetchone() == (0,):
            assert run.poll() is None, f"the seed ended before the point to wait for: {run.communicate()}"
            assert time.monotonic() < deadline, "the seed never came to the point to wait for"
            time.sleep(0.005)
            cursor.execute(query)
    watcher.close()


def kill_at(mesh: Mesh, run: subprocess.Popen[str], statement: str, state: str) -> None:
    """Kill a seed of sales at such a point."""
    wait_until(mesh, run, statement, state)
    run.send_signal(signal.SIGKILL)
    run.communicate()


@pytest.mark.parametrize("seeded_before", [False, True], ids=["empty database", "seeded database"])
@pytest.mark.parametrize(
    ("statement", "scale"),  # as many rows as it takes to meet the statement, which is short or comes late
    [('COPY "public"."customers"', 20), ('COPY "public"."orders"', 5), ("SELECT count(*), coalesce", 5)],
)
def test_a_seed_killed_at_work_leaves_what_was_there_and_a_repeat_finishes(
    mesh: Mesh, statement: str, scale: int, seeded_before: bool
) -> None:
    if seeded_before:
        mesh.seed("sales")
    before = mesh.rows("sales", "admin")
    kill_at(mesh, mesh.begin("sales", "--scale", str(scale)), statement, "active")
    assert mesh.rows("sales", "admin") == before, "a killed seed left half of its work behind"
    mesh.seed("sales", "--scale", "1")
    after_kill = mesh.rows("sales")
    mesh.seed("sales", "--recreate", "--scale", "1")
    assert mesh.rows("sales") == after_kill, "after a kill and a repeat the rows are not those of an undisturbed seed"


@pytest.mark.parametrize(
    ("lock", "statement"),
    [
        ("SELECT pg_advisory_xact_lock(24301)", "SELECT pg_advisory_xact_lock"),
        ("LOCK TABLE orders IN ACCESS SHARE MODE", "TRUNCATE"),
    ],
)
def test_a_seed_killed_while_it_waits_lets_go_and_a_repeat_finishes(mesh: Mesh, lock: str, statement: str) -> None:
    mesh.seed("sales")
    rows = mesh.rows("sales")
    holder = mesh.stack().connect("sales", "admin")
    with holder.cursor() as cursor:
        cursor.execute(lock)
    kill_at(mesh, mesh.begin("sales", "--scale", "1"), statement, "waiting")
    holder.rollback()
    holder.close()
    assert mesh.rows("sales") == rows, "a killed seed changed rows"
    mesh.seed("sales")
    assert mesh.rows("sales") == rows


def test_a_seed_killed_after_its_commit_is_finished_by_a_repeat(mesh: Mesh) -> None:
    mesh.seed("sales")
    rows = mesh.rows("sales")
    holder = mesh.stack().connect("sales", "admin")
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE")  # ANALYZE waits for this, reading does not
    kill_at(mesh, mesh.begin("sales"), "ANALYZE", "waiting")
    holder.rollback()
    holder.close()
    assert "unchanged" in mesh.seed("sales")
    assert mesh.rows("sales") == rows


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE", "GRANT SELECT ON orders TO sales_trino"),
        ("SELECT count(*) FROM orders", "SELECT count(*) FROM customers"),
    ],
    ids=["as VACUUM does", "as a reader of two tables does"],
)
def test_a_seed_and_another_transaction_that_wait_for_each_other_both_end_well(
    mesh: Mesh, first: str, second: str
) -> None:
    mesh.seed("sales")
    other = mesh.stack().connect("sales", "admin")
    with other.cursor() as cursor:
        cursor.execute(first)
        run = mesh.begin("sales", "--scale", "1")
        wait_until(mesh, run, "TRUNCATE", "waiting")
        with suppress(psycopg2.errors.DeadlockDetected):  # the server ends one of two; if not the seed, then this one
            cursor.execute(second)
    other.rollback()
    other.close()
    out, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, f"the seed gave up: {out}{err}"
    assert len(mesh.rows("sales")["customers"]) == 1_008


def changed_copy(folder: Path, old: str, new: str) -> Source:
    for domain in DOMAINS:  # a contract may name another domain
        shutil.copytree(DOMAINS_FOLDER / domain, folder / domain)
    schema = folder / "sales" / "schema.sql"
    text = schema.read_text()
    assert old in text, "the schema no longer has what this test changes"
    schema.write_text(text.replace(old, new))
    return Source("sales", folder / "sales")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (
            "phone         varchar(20),",
            "phone         varchar(30),",
            "column customers.phone: database has character varying(20), schema.sql wants character varying(30)",
        ),
        (
            "phone         varchar(20),",
            "",
            "column customers.phone: database has character varying(20), schema.sql wants none",
        ),
        (
            "phone         varchar(20),",
            "phone varchar(20), city text NOT NULL,",
            "column customers.city: database has none, schema.sql wants text NOT NULL",
        ),
        ("CHECK (total_amount >= 0)", "CHECK (total_amount > 0)", "total_amount > "),
        ("CREATE INDEX orders_customer_id_idx ON orders (customer_id);", "", "index orders.orders_customer_id_idx"),
        ("bigint NOT NULL REFERENCES customers", "bigint NOT NULL", "constraint orders.orders_customer_id_fkey"),
        (
            "CREATE TABLE orders (",
            "CREATE TABLE returns (id int); CREATE TABLE orders (",
            "table returns: database has none",
        ),
    ],
)
def test_a_changed_schema_is_refused_by_name_and_nothing_changes(
    mesh: Mesh, tmp_path: Path, old: str, new: str, named: str
) -> None:
    mesh.seed("sales")
    rows = mesh.rows("sales")
    snapshot = ask(
        mesh, "sales", "SELECT xmin::text, rolname, rolconnlimit FROM pg_roles, pg_class WHERE relname = 'orders'"
    )
    with pytest.raises(CommandError) as refusal:
        load_domain(mesh.stack(), changed_copy(tmp_path, old, new))
    assert named in str(refusal.value), f"the refusal does not name the difference: {refusal.value}"
    assert "Nothing was changed" in str(refusal.value)
    assert mesh.rows("sales") == rows
    assert snapshot == ask(
        mesh, "sales", "SELECT xmin::text, rolname, rolconnlimit FROM pg_roles, pg_class WHERE relname = 'orders'"
    ), "the refused seed changed roles or tables"


def test_a_schema_written_differently_that_means_the_same_is_accepted(mesh: Mesh, tmp_path: Path) -> None:
    mesh.seed("sales")
    rows = mesh.rows("sales")
    source = changed_copy(tmp_path, "numeric(12, 2) NOT NULL", "decimal(12,2)   not null -- in US dollars\n")
    load_domain(mesh.stack(), source)
    assert mesh.rows("sales") == rows


def test_recreate_makes_the_tables_of_a_changed_schema(mesh: Mesh, tmp_path: Path) -> None:
    mesh.seed("sales")
    rows = mesh.rows("sales")
    source = changed_copy(tmp_path, "phone         varchar(20),", "phone         varchar(30),")
    loaded = load_domain(mesh.stack(), source, recreate=True)
    verify_postgresql(mesh.stack(), "sales", loaded.contents)
    assert mesh.rows("sales") == rows


def test_a_row_that_does_not_fit_is_named_and_the_old_rows_stay(mesh: Mesh, tmp_path: Path) -> None:
    mesh.seed("sales")
    rows = mesh.rows("sales")
    source = changed_copy(tmp_path, "-- Sales", "-- Sales")
    with (source.folder / "orders.csv").open("a") as file:
        file.write("999,12345,1.00,2024-01-01\n")
    with pytest.raises(CommandError, match=r"orders_customer_id_fkey[\s\S]*12345"):
        load_domain(mesh.stack(), source)
    assert mesh.rows("sales") == rows


def test_a_rotated_password_works_after_a_seed_and_the_old_one_does_not(mesh: Mesh) -> None:
    mesh.seed("sales")
    old = mesh.stack()
    mesh.outputs["credentials"]["databases"]["sales"]["trino"]["password"] = "secret-rotated"
    with pytest.raises(CommandError, match="type `pulumi up --stack NAME`, then `make seed STACK=NAME`"):
        mesh.stack().connect("sales", "trino")
    mesh.seed("sales")
    mesh.stack().connect("sales", "trino").close()
    with pytest.raises(CommandError, match="authentication failed"):
        old.connect("sales", "trino")


def test_limits_rights_and_attributes_changed_by_hand_are_put_back(mesh: Mesh) -> None:
    mesh.seed("sales")
    ask(mesh, "sales", "ALTER ROLE sales_trino CONNECTION LIMIT -1 CREATEDB VALID UNTIL '2020-01-01'")
    ask(mesh, "sales", "ALTER ROLE sales_trino SET default_transaction_read_only = off")
    ask(mesh, "sales", "ALTER ROLE sales_trino SET statement_timeout = 0")
    ask(mesh, "sales", "GRANT ALL ON orders TO sales_trino; GRANT CREATE ON SCHEMA public TO sales_trino, PUBLIC")
    ask(mesh, "sales", "GRANT CONNECT ON DATABASE sales_db TO PUBLIC")
    mesh.seed("sales")
    ((limit, createdb, settings),) = ask(
        mesh, "sales", "SELECT rolconnlimit, rolcreatedb, rolconfig FROM pg_roles WHERE rolname = 'sales_trino'"
    )
    assert (limit, createdb) == (40, False)
    assert settings == [
        "default_transaction_read_only=on",
        "statement_timeout=30min",
        "log_min_duration_statement=0",
    ], "what Trino asks is not in the log, or the limits are gone"
    rights = ask(
        mesh,
        "sales",
        "SELECT has_table_privilege('sales_trino', 'orders', 'INSERT'), "
        "has_schema_privilege('sales_trino', 'public', 'CREATE'), "
        "has_database_privilege('sales_trino', 'sales_db', 'TEMP')",
    )
    assert rights == [(False, False, False)], "a right given by hand outlived the seed"
    ask(mesh, "sales", "SELECT count(*) FROM orders", "trino")


@pytest.mark.parametrize("role", ["trino", "analyst"])
def test_a_reader_cannot_write_even_after_lifting_its_own_read_only_setting(mesh: Mesh, role: str) -> None:
    mesh.seed("sales")
    for statement in (
        "INSERT INTO orders (customer_id, total_amount) VALUES (1, 1)",
        "UPDATE customers SET phone = NULL",
        "DELETE FROM orders",
        "TRUNCATE orders",
        "CREATE TABLE mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "ALTER TABLE orders ADD COLUMN mine int",
        "COPY orders TO PROGRAM 'true'",
        "SELECT nextval('orders_order_id_seq')",
        "CREATE ROLE mine",
    ):
        with pytest.raises(psycopg2.Error):
            ask(mesh, "sales", statement, role)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(
                mesh,
                "sales",
                f"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; COMMIT; BEGIN; {statement}",
                role,
            )


def test_a_table_made_later_can_be_read_by_trinos_user_without_another_grant(mesh: Mesh) -> None:
    mesh.seed("sales")
    ask(mesh, "sales", "CREATE TABLE later AS SELECT 1 AS one")
    assert ask(mesh, "sales", "SELECT one FROM later", "trino") == [(1,)]


def test_where_iam_is_known_the_analyst_has_it_and_no_password(mesh: Mesh) -> None:
    ask(mesh, "sales", "CREATE ROLE rds_iam")
    del mesh.outputs["credentials"]["databases"]["sales"]["analyst"]
    mesh.seed("sales")
    membership = ask(mesh, "sales", "SELECT pg_has_role('sales_analyst', 'rds_iam', 'MEMBER')")
    assert membership == [(True,)]
    assert ask(mesh, "sales", "SELECT pg_has_role('sales_trino', 'rds_iam', 'MEMBER')") == [(False,)], (
        "a member of rds_iam cannot log in by password: Trino would be shut out"
    )
    mesh.outputs["credentials"]["databases"]["sales"]["analyst"] = {
        "user": "sales_analyst",
        "password": "secret-of-sales-analyst",
    }
    with pytest.raises(CommandError, match="authentication failed"):
        mesh.stack().connect("sales", "analyst")


def test_without_iam_and_without_a_password_the_analyst_is_missed_before_anything_changes(mesh: Mesh) -> None:
    del mesh.outputs["credentials"]["databases"]["sales"]["analyst"]
    run = mesh.begin("sales")
    _, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1
    assert "no password for sales_analyst" in err
    assert ask(mesh, "sales", "SELECT 1 FROM pg_roles WHERE rolname = 'sales_trino'") == []


def test_no_password_is_in_the_servers_log_even_when_every_statement_is(mesh: Mesh) -> None:
    mesh.seed()
    for domain in DOMAINS:
        text = mesh.log(domain)
        assert "PASSWORD 'SCRAM-SHA-256$" in text, "the log has no statement that sets a password: nothing is proven"
        assert "secret-" not in text, f"a password is in the log of {domain}"


def test_no_password_is_in_what_the_seed_prints_nor_in_the_printed_form_of_a_stack(mesh: Mesh) -> None:
    out = mesh.seed()
    mesh.outputs["credentials"]["databases"]["sales"]["admin"]["password"] = "secret-wrong"
    try:
        out += "".join(mesh.begin("sales").communicate(timeout=PATIENCE))
    finally:
        mesh.outputs["credentials"]["databases"]["sales"]["admin"]["password"] = "secret-of-dm-admin-sales"
    assert "authentication failed" in out
    assert "secret" not in out + repr(mesh.stack())


def test_the_statistics_that_planners_need_are_there(mesh: Mesh) -> None:
    mesh.seed()
    assert ask(mesh, "sales", "SELECT reltuples FROM pg_class WHERE relname = 'orders'") == [(13.0,)]


def test_a_server_with_a_certificate_of_another_authority_is_not_trusted(mesh: Mesh) -> None:
    mesh.outputs["databaseCa"], ours = "data/rds-root-cas.pem", mesh.outputs["databaseCa"]
    try:
        with pytest.raises(CommandError, match="certificate verify failed"):
            mesh.stack().connect("sales", "admin")
    finally:
        mesh.outputs["databaseCa"] = ours


def test_rows_that_changed_after_loading_do_not_pass_verification(mesh: Mesh) -> None:
    loaded = load_domain(mesh.stack(), Source("sales", DOMAINS_FOLDER / "sales"))
    ask(mesh, "sales", "UPDATE orders SET total_amount = 1 WHERE order_id = 1")
    with pytest.raises(CommandError, match=r"sales\.orders through PostgreSQL is not what was loaded: the rows differ"):
        verify_postgresql(mesh.stack(), "sales", loaded.contents)


def test_a_domain_of_ones_own_needs_only_a_folder(mesh: Mesh, tmp_path: Path) -> None:
    folder = tmp_path / "sales"
    folder.mkdir()
    (folder / "schema.sql").write_text(
        "CREATE TABLE b_parents (id int PRIMARY KEY, note jsonb, boss int REFERENCES b_parents);"
        'CREATE TABLE a_children (id int PRIMARY KEY, parent int REFERENCES b_parents, "Odd name" text, day timestamp);'
        "CREATE VIEW both_of_them AS SELECT a_children.id FROM a_children JOIN b_parents ON parent = b_parents.id;"
    )
    (folder / "b_parents.csv").write_text('id,note,boss\n2,"{""a"": 1}",1\n1,,\n')
    (folder / "a_children.csv").write_text('parent,id,"Odd name",day\n1,7,"x, ""y""\nz",2024-01-01\n')
    loaded = load_domain(mesh.stack(), Source("sales", folder))
    verify_postgresql(mesh.stack(), "sales", loaded.contents)
    assert ask(mesh, "sales", "SELECT * FROM both_of_them", "trino") == [(7,)]
    assert ask(mesh, "sales", 'SELECT "Odd name" FROM a_children', "trino") == [('x, "y"\nz',)]
    assert not load_domain(mesh.stack(), Source("sales", folder)).changed, "a seed of the same folder loaded it again"


def test_a_domain_without_a_folder_is_named_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"finance/schema\.sql\n  .*hr/schema\.sql"):
        find_sources(["finance", "hr"], folder=tmp_path)


def test_generated_rows_are_made_as_they_are_read() -> None:
    made = 0

    def rows() -> Iterator[tuple[object, ...]]:
        nonlocal made
        for made in range(1_000_000):
            yield made, None, "tab\tline\nback\\slash"

    file = copy_file(rows())
    assert file.read(10) == b"0\t\\N\ttab\\t"
    assert made < 10_000, "rows were made long before anybody read them: memory grows with the scale"
    assert io.TextIOWrapper(file).readline() == "line\\nback\\\\slash\n".removeprefix("")


def test_the_first_line_of_a_csv_file_names_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('id,"Odd, name"\n1,2\n')
    assert header(file) == ["id", "Odd, name"]
