"""PostgreSQL servers of two domains for seeds to work on, and a copy of what a seed is made of."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor

from client.stack import Stack, parse_outputs
from local.servers import postgres, process
from mesh.stored_ports import IS_STORED
from seed.__main__ import main
from seed.check import check
from seed.load import Loaded, Orders, load_domain
from seed.sources import Source, find_sources
from tests.sample import DOMAINS_FOLDER, ROOT

DOMAINS = ("sales", "marketing")
HOST = "127.0.0.1"
PATIENCE = 60
"""Seconds until something that should have come long ago is missed."""
DATABASES_ONLY = ("--no-lake", "--no-trino")


@dataclass
class Databases:
    """A PostgreSQL server per domain, the outputs of a stack that has them, and a project with the sample's domains."""

    outputs: dict
    folder: Path

    @property
    def project(self) -> Path:
        """A copy of the seed; its `domains` may be changed."""
        return self.folder / "project"

    @property
    def domains(self) -> Path:
        return self.project / "domains"

    def stack(self) -> Stack:
        return parse_outputs(self.outputs)

    def log(self, domain: str) -> str:
        return process.log(server(domain)).read_text()

    def rows(self, domain: str, role: str = "trino") -> dict[str, list[tuple]]:
        """Every row of every table of a domain, but for those that stored ports are kept in."""
        there = "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        tables = ask(self, domain, f"{there} AND NOT {IS_STORED} ORDER BY 1", role)
        return {table: ask(self, domain, f'SELECT * FROM "{table}" ORDER BY 1', role) for (table,) in tables}

    def begin(self, *arguments: str, module: str = "seed") -> subprocess.Popen[str]:
        """A module of the project, by default the seed, as a process of its own."""
        self.deploy()
        return subprocess.Popen(
            [sys.executable, "-m", module, *(DATABASES_ONLY if module == "seed" else ()), *arguments],
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def seed(self, *arguments: str) -> str:
        """What a seed prints that must succeed."""
        status, out, err = self.attempt(*arguments)
        assert status == 0, f"seeding failed:\n{out}{err}"
        return out

    def refused(self, *arguments: str) -> str:
        """What a seed says that must fail."""
        status, out, err = self.attempt(*arguments)
        assert status == 1, f"the seed should have refused:\n{out}{err}"
        return err

    def attempt(self, *arguments: str) -> tuple[int, str, str]:
        """Exit status and what a seed prints."""
        self.deploy()
        sources = partial(find_sources, folder=self.domains)
        with (
            patch("seed.__main__.find_sources", sources),
            redirect_stdout(io.StringIO()) as out,
            redirect_stderr(io.StringIO()) as err,
        ):
            status = main([*DATABASES_ONLY, *arguments])
        return status, out.getvalue(), err.getvalue()

    def load(self, source: Source | None = None, orders: Orders | None = None) -> Loaded:
        """Check and load a folder of sales."""
        checked = check(self.stack(), source or Source("sales", self.domains / "sales"))
        return load_domain(self.stack(), checked, orders)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of the project's domains."""
        path = self.domains / file
        text = path.read_text()
        assert old in text, f"{file} no longer has what this test changes"
        path.write_text(text.replace(old, new))

    def deploy(self) -> None:
        """Let `pulumi` on PATH print the outputs as they are now."""
        (self.folder / "outputs.json").write_text(json.dumps(self.outputs))


def server(domain: str) -> str:
    return f"datamesh-{domain}-test"


def ask(databases: Databases, domain: str, statement: str, role: str = "admin") -> list[tuple]:
    connection = databases.stack().connect(domain, role)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def running(folder: Path) -> Iterator[Databases]:
    """The servers, started in a folder and gone afterwards."""
    outputs: dict = {
        "domains": {},
        "credentials": {"databases": {}, "people": {}},
        "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "lake.events.x", "eventsPrefix": "events/"},
        "trino": {"url": "https://127.0.0.1:9", "portForward": None, "authority": ""},
        "people": {},
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
            yield Databases(outputs, folder)
        finally:
            for domain in DOMAINS:
                postgres.delete(server(domain))


def empty(servers: Databases) -> Databases:
    """The servers with databases as `pulumi up` leaves them: empty, without any role of the seed's; a new project."""
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
    shutil.rmtree(servers.project, ignore_errors=True)
    for part in ("client", "commands", "mesh", "seed"):
        shutil.copytree(ROOT / part, servers.project / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(DOMAINS_FOLDER, servers.domains)
    return Databases(servers.outputs, servers.folder)


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
