"""What the notebook `mesh.ipynb` calls: the connections of one person, whose logins are in the environment.

It travels with the notebook and knows nothing else of this project. Answers show themselves as tables. What Trino
refuses is an answer too. A silent server is one sentence (`SilentError`); local ones are started again first.
"""

import csv
import html
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psycopg2
import requests
import trino.auth
import trino.dbapi
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from psycopg2.sql import SQL, Identifier
from trino.exceptions import Error, HttpError, TrinoQueryError

SHOWN = 20
PATIENCE = 60
"""Seconds for a server that is starting."""
FEDERATED = """\
SELECT r.customer_id, r.customer_name, r.total_orders, r.revenue, t.campaign_name
FROM sales.public.customer_revenue r
LEFT JOIN marketing.public.lead_first_touch t ON t.email = r.email
ORDER BY r.revenue DESC, r.customer_id
"""
PSEUDONYM = "substr(lower(to_hex(sha256(to_utf8(lower({}))))), 1, 32)"
UNKNOWN = """\
Trino does not take the password of this notebook. Wait two minutes, then run this cell again. If it stays so, end the
notebook's server and start it again: it has the password that there was at its start."""
PROFILE = "Put your AWS profile into ~/.aws, as the project's documents show."
_SILENT = (psycopg2.OperationalError, BotocoreConnectionError, HTTPClientError)
SILENCE = (Error, HttpError, requests.RequestException, *_SILENT)
"""What clients raise when a server does not answer. Refusals of Trino are none of these: see `Answer`."""


class SilentError(Exception):
    """A server does not answer. A notebook shows the sentence alone."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Answer:
    """The names of the columns, and the rows; or what the server said when it refused."""

    names: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    refused: str | None = None

    def __bool__(self) -> bool:
        return self.refused is None

    def column(self, name: str) -> list[Any]:
        """The values of one column, from top to bottom."""
        return [row[self.names.index(name)] for row in self.rows]

    def _repr_html_(self) -> str:
        if self.refused is not None:
            return f"<blockquote>{html.escape(self.refused)}</blockquote>"
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.names)
        cells = [["" if value is None else html.escape(str(value)) for value in row] for row in self.rows[:SHOWN]]
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
        more = f"<p>… {len(self.rows):,} rows in all</p>" if len(self.rows) > SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


class Mesh:
    """The mesh as the person of this notebook sees it."""

    def __init__(self) -> None:
        self.me = os.environ["TRINO_USER"]
        described = json.loads(Path(os.environ["MESH"]).read_text(encoding="utf-8"))
        self.domains: dict[str, Any] = described["domains"]
        self.lake: dict[str, Any] = described["lake"]
        self.logins: dict[str, dict[str, str]] = json.loads(os.environ["MESH_DATABASES"])
        session = requests.Session()
        session.trust_env = False  # the environment's authorities and proxies are none of the mesh
        session.verify = os.environ["TRINO_CA"]
        self._trino = trino.dbapi.connect(
            host=os.environ["TRINO_HOST"],
            port=int(os.environ["TRINO_PORT"]),
            http_scheme="https",
            http_session=session,
            user=self.me,
            auth=trino.auth.BasicAuthentication(self.me, os.environ["TRINO_PASSWORD"]),
            source="notebook",
        )

    def _repr_markdown_(self) -> str:
        own, others = (
            ", ".join(f"**{name}**" for name in self.domains if (name in self.logins) == mine) for mine in (True, False)
        )
        return f"You are **{self.me}**. Your own domains: {own or 'none'}. Domains of others: {others or 'none'}."

    def ask(self, statement: str) -> Answer:
        """Trino's answer, or its refusal. Raises SilentError when a server is needed that does not answer."""
        return self._patient("Trino", lambda: self._ask(statement))

    def _ask(self, statement: str) -> Answer:
        cursor = self._trino.cursor()
        try:
            cursor.execute(statement)
            rows = [tuple(row) for row in cursor.fetchall()]
        except TrinoQueryError as error:
            if error.error_type == "USER_ERROR":
                return Answer(refused=error.message)
            raise
        except HttpError as error:  # its text alone has the status
            if str(error).startswith("error 401"):
                raise SilentError(UNKNOWN) from None
            raise
        return Answer([column.name for column in cursor.description or []], rows)

    def own_rows(self) -> Answer:
        """The first rows of the first table of the person's first domain, asked of Trino."""
        for name in self.logins:
            schema = f'"{self.domains[name]["catalog"]}".public'
            for (table,) in self.ask(f"SHOW TABLES FROM {schema}").rows[:1]:
                return self.ask(f'TABLE {schema}."{table}" LIMIT {SHOWN}')
        return Answer(refused="You belong to no domain, so there are no rows of your own.")

    def own_tables(self) -> Answer:
        """The tables and views of the person's own databases, asked of PostgreSQL, with the number of their rows."""
        found: list[tuple[Any, ...]] = []
        for name in self.logins:
            try:
                rows = self._patient(f"the database of {name}", lambda name=name: self.tables(name))
            except (BotoCoreError, ClientError) as error:
                return Answer(refused=f"{name}: AWS gives no token ({error}). {PROFILE}")
            found += [(name, table, count) for table, count in rows.items()]
        return Answer(["domain", "table", "rows"], found)

    def tables(self, name: str) -> dict[str, int]:
        """The tables and views of one domain's database, with the number of rows, as its analyst."""
        domain, login = self.domains[name], self.logins[name]
        connection = psycopg2.connect(
            host=domain["host"],
            port=domain["port"],
            dbname=domain["database"],
            user=login["user"],
            password=self._password(domain, login),
            sslmode="verify-full",
            sslrootcert=os.environ["DATABASE_CA"],
            gssencmode="disable",
            connect_timeout=10,
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
                )
                found: dict[str, int] = {}
                for (table,) in cursor.fetchall():
                    cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table)))
                    (found[table],) = cursor.fetchone() or (0,)
                return found
        finally:
            connection.close()

    def _password(self, domain: dict[str, Any], login: dict[str, str]) -> str:
        """The analyst's password; where AWS has none, a token that the person's AWS login makes, for 15 minutes."""
        if "password" in login:
            return login["password"]
        rds = boto3.client("rds", region_name=self.lake["region"])
        return rds.generate_db_auth_token(DBHostname=domain["host"], Port=domain["port"], DBUsername=login["user"])

    def federated(self) -> str:
        """The query across domains. Who sees e-mails of one side in clear turns them into pseudonyms, to join them."""
        clear = [column for name, column in (("sales", "r.email"), ("marketing", "t.email")) if name in self.logins]
        if len(clear) != 1:
            return FEDERATED
        head, on, tail = FEDERATED.partition("ON t.email = r.email")
        return head + on.replace(clear[0], PSEUDONYM.format(clear[0])) + tail

    def upload(self, answer: Answer, name: str) -> str:
        """Puts an answer as CSV into the folder of the person's first domain; where it lies, or why it does not."""
        if not answer or not self.logins:
            return "Nothing to upload: no answer." if not answer else "You have no domain whose folder you could use."
        text = io.StringIO()
        csv.writer(text).writerows([answer.names, *answer.rows])
        prefix = self.domains[next(iter(self.logins))]["lakePrefix"].rstrip("/")
        key = "/".join((prefix, "uploads", name))
        try:
            self._patient("the lake", lambda: self._put(key, text.getvalue().encode()))
        except (BotoCoreError, ClientError) as error:
            return f"Not uploaded: {error}. {PROFILE}"
        return f"s3://{self.lake['bucket']}/{key}"

    def _put(self, key: str, content: bytes) -> None:
        region, endpoint = self.lake["region"], self.lake["endpoint"]
        if endpoint is None:
            s3 = boto3.client("s3", region_name=region)
        else:  # the emulator of a local stack wants no login
            config = Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}, proxies={})
            s3 = boto3.client("s3", region_name=region, endpoint_url=endpoint, config=config)
        s3.put_object(Bucket=self.lake["bucket"], Key=key, Body=content, ContentType="text/csv")

    def _patient(self, title: str, action: Callable[[], Any]) -> Any:
        """What the action returns; where a server is silent, once more after the local servers were started."""
        try:
            return action()
        except SILENCE as error:
            reason = _reason(error)
        if not self._started(title):
            raise SilentError(f"{title} does not answer ({reason}). Wait a minute, then run this cell again.")
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return action()
            except SILENCE as error:
                if time.monotonic() > deadline:
                    raise SilentError(f"{title} does not answer ({_reason(error)}). Type `make up`.") from None
            time.sleep(1)

    def _started(self, title: str) -> bool:
        """Starts the servers of a local stack that do not run; False where there is no such stack, or it fails."""
        if "MESH_START" not in os.environ:
            return False
        print(f"{title} does not answer: starting the local servers again.", file=sys.stderr, flush=True)
        command, folder = json.loads(os.environ["MESH_START"])
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SilentError(f"The local servers did not start: {done.stderr.strip()}")
        return True


def _reason(error: BaseException) -> str:
    """One line, without the addresses of objects in memory that some clients print."""
    said = error.message if isinstance(error, TrinoQueryError) else str(error)
    if "NewConnectionError" in said:
        return "nobody listens there"
    return (said.strip().splitlines() or [type(error).__name__])[0].partition(": <")[0][:200]
