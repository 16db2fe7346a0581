"""A real PostgreSQL server in the place of an RDS instance."""

import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from local import paths
from local.servers import certificates, descriptors, postgres, process, unprivileged
from local.servers import registry as servers
from local.servers.process import ServerError
from tests.stack.servers_here import kill, stack_in_a_folder

NAME = "datamesh-sales-0001"
SALES = {"host": "127.0.0.1", "database": "sales_db", "user": "dm_admin", "password": "Throwaway7Password"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with stack_in_a_folder():
        yield postgres.create(NAME, **SALES)


def ask(port: int, sql: str, **changes: Any) -> list[tuple[Any, ...]]:
    settings = {**SALES, "port": port, "sslmode": "verify-full", "sslrootcert": str(certificates.ca()), **changes}
    with closing(psycopg2.connect(**settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_a_client_that_verifies_the_certificate_gets_in(port: int) -> None:
    assert ask(port, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [(True,)], (
        "the session is encrypted"
    )


def test_a_client_that_trusts_other_authorities_refuses_the_server(port: int) -> None:
    roots = Path(__file__).parents[2] / "data" / "rds-root-cas.pem"
    with pytest.raises(psycopg2.OperationalError, match=r"certificate|root"):
        ask(port, "SELECT 1", sslrootcert=str(roots))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"sslmode": "disable"}, "no encryption"),
        ({"user": "rdsadmin", "password": ""}, r"rejects connection|no password"),
        ({"user": "nobody_here"}, "password authentication failed"),
    ],
)
def test_nobody_else_gets_in(port: int, changes: dict[str, str], reason: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match=reason):
        ask(port, "SELECT 1", **changes)


def test_the_master_user_owns_the_database_and_is_no_superuser(port: int) -> None:
    rights = ask(port, "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'dm_admin'")
    assert rights == [(False, True, True)], "as on RDS"
    owner = ask(port, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'sales_db'")
    assert owner == [("dm_admin",)]


def test_it_listens_on_one_address_of_this_machine_only(port: int) -> None:
    server = psutil.Process(process.alive(NAME))
    listening = [connection.laddr for connection in server.net_connections("tcp") if connection.status == "LISTEN"]
    assert listening == [("127.0.0.1", port)], "no other port"
    assert [connection.laddr for connection in server.net_connections("unix") if connection.laddr] == [], "no file"


def test_passwords_are_in_no_file_and_no_argument_list(port: int) -> None:
    secret = SALES["password"].encode()
    holding = [file for file in paths.stack().rglob("*") if file.is_file() and secret in file.read_bytes()]
    assert holding == [], "only a verifier is kept"
    server = psutil.Process(process.alive(NAME))
    assert SALES["password"] not in " ".join(server.cmdline()) + str(server.environ())


def test_logs_descriptors_and_keys_are_for_their_owner_alone(port: int) -> None:
    files = [process.log(NAME), paths.stack() / "servers" / f"{NAME}.json", certificates.key(), certificates.pem()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(paths.stack().stat().st_mode) == 0o700


def test_data_survive_a_stop_and_a_sudden_death(port: int) -> None:
    ask(port, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    servers.stop_all()
    assert process.alive(NAME) is None
    assert servers.start_all() == [NAME]
    assert ask(port, "SELECT n FROM kept") == [(7,)]
    kill(NAME)
    assert servers.start_all() == [NAME], "what was killed is found to be gone"
    assert ask(port, "SELECT n FROM kept") == [(7,)], "at the same port, with its data"
    assert servers.start_all() == [], "a running server is left alone"


def test_a_start_after_the_server_process_alone_died_waits_for_its_sessions(port: int) -> None:
    pid = process.alive(NAME)
    assert pid
    psutil.Process(pid).kill()
    while process.alive(NAME):
        pass
    postgres.start(NAME)
    assert ask(port, "SELECT 1") == [(1,)]


def test_a_number_taken_by_a_stranger_does_not_keep_the_server_down(port: int) -> None:
    kill(NAME)
    lines = (postgres.data(NAME) / "postmaster.pid").read_text().splitlines()
    with subprocess.Popen(unprivileged.command(["sleep", "600"])) as stranger:  # the server's user, so it sees it live
        try:
            (postgres.data(NAME) / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            postgres.start(NAME)
        finally:
            stranger.kill()
    assert ask(port, "SELECT 1") == [(1,)]


def test_a_new_password_replaces_the_old_one(port: int) -> None:
    postgres.change_password(NAME, "dm_admin", "Another7Password")
    try:
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            ask(port, "SELECT 1")
        assert ask(port, "SELECT 1", password="Another7Password") == [(1,)]
    finally:
        postgres.change_password(NAME, "dm_admin", SALES["password"])


def test_a_password_for_somebody_unknown_is_refused_and_the_server_goes_on(port: int) -> None:
    with pytest.raises(ServerError, match='role "nobody_here" does not exist') as refusal:
        postgres.change_password(NAME, "nobody_here", "Another7Password")
    assert "SCRAM" not in str(refusal.value), "not even the verifier is shown"
    assert ask(port, "SELECT 1") == [(1,)]


def test_a_port_that_something_else_took_is_named_with_the_culprit(port: int) -> None:
    servers.stop_all()
    holder = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE) as culprit:
        assert culprit.stdout
        culprit.stdout.readline()
        try:
            with pytest.raises(ServerError, match=rf"port {port} .*process {culprit.pid}.*make up"):
                servers.start_all()
        finally:
            culprit.kill()
    assert servers.start_all() == [NAME], "the next run mends it"


def test_a_server_that_cannot_start_shows_the_end_of_its_log(port: int) -> None:
    servers.stop_all()
    control = postgres.data(NAME) / "global" / "pg_control"
    control.rename(control.with_suffix(".away"))
    try:
        with pytest.raises(ServerError, match=r"exit code \d") as trouble:
            postgres.start(NAME)
    finally:
        control.with_suffix(".away").rename(control)
    assert "pg_control" in str(trouble.value) and str(process.log(NAME)) in str(trouble.value)
    postgres.start(NAME)
    assert ask(port, "SELECT 1") == [(1,)]


def test_two_who_start_it_at_once_start_one_server(port: int) -> None:
    servers.stop_all()
    threads = [threading.Thread(target=postgres.start, args=(NAME,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running = [p for p in psutil.process_iter(["cmdline"]) if "-D" in (p.info["cmdline"] or [])]
    ours = [p for p in running if str(postgres.data(NAME)) in p.info["cmdline"]]
    assert [p.pid for p in ours] == [process.alive(NAME)]


def test_a_creation_that_was_killed_is_finished_by_the_next() -> None:
    create = (
        "from local.servers import postgres; import sys; postgres.create(sys.argv[1], host='127.0.0.1', "
        "database='d', user='u', password='Throwaway7Password')"
    )
    name = "datamesh-killed-0001"
    with stack_in_a_folder():
        for moment in (0.15, 0.3, 0.5, 0.7, 0.9):
            with subprocess.Popen([sys.executable, "-c", create, name]) as creator:
                try:
                    creator.wait(moment)
                except subprocess.TimeoutExpired:
                    creator.kill()
        port = postgres.create(name, host="127.0.0.1", database="d", user="u", password="Throwaway7Password")
        assert ask(port, "SELECT 1", database="d", user="u") == [(1,)]


def test_a_database_of_the_name_that_every_server_has_is_the_master_users() -> None:
    with stack_in_a_folder():
        port = postgres.create("plain", **{**SALES, "database": "postgres"})
        assert ask(port, "CREATE TABLE t (n int)", database="postgres") == []


def test_a_deleted_server_leaves_nothing() -> None:
    with stack_in_a_folder() as folder:
        postgres.create(NAME, **SALES)
        postgres.delete(NAME)
        postgres.delete(NAME)
        left = [file.name for file in folder.rglob("*") if NAME in file.name and file.suffix != ".lock"]
        assert left == [], "neither data nor descriptor nor log"
        assert process.alive(NAME) is None
        assert descriptors.every() == {}
