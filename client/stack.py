"""A deployed stack as its outputs describe it, and connections to its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import psycopg2
import requests
from psycopg2.extensions import connection as Connection
from trino.auth import BasicAuthentication
from trino.dbapi import Connection as TrinoConnection

from client.certificates import session
from client.errors import CommandError
from client.outputs import PROJECT, needed, read_outputs
from client.servers import ASSUMES, Server, not_logged_in, revive
from mesh.names import DomainName

_EMULATOR = "the emulator of S3 and Glue"


@dataclass(frozen=True)
class Login:
    """A user of one database; the password stays out of every printed form."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Domain:
    """One domain's database and its place in Trino and in the lake."""

    name: DomainName
    host: str
    port: int
    identifier: str
    database: str
    catalog: str
    lake_prefix: str
    analyst_role_arn: str
    logins: Mapping[str, Login]


@dataclass(frozen=True)
class Lake:
    """The bucket and the shared table of events; `endpoint` is None on AWS."""

    bucket: str
    region: str
    events_table: str
    events_prefix: str
    endpoint: str | None


@dataclass(frozen=True)
class Trino:
    """Trino's address and logins; `port_forward` is the command that makes it reachable, None when none is needed."""

    url: str
    port_forward: str | None
    authority: str
    """PEM text of the certificate that signed Trino's."""
    passwords: Mapping[str, str] = field(repr=False)
    """By user, people and services alike."""
    cluster: str | None = None
    """The kubeconfig's context of the cluster that has it; None for a process of this machine."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack and the connections to it."""

    domains: Mapping[str, Domain]
    lake: Lake
    trino: Trino
    people: Mapping[str, tuple[str, ...]]
    """The domains that are a person's own, by person; all of them for an administrator."""
    database_ca: Path

    @property
    def is_local(self) -> bool:
        """Whether its servers are processes of this machine, which can be started here."""
        return self.lake.endpoint is not None and self.trino.port_forward is None

    def servers(self) -> list[Server]:
        """Where its servers listen."""
        allow = "AWS: type `make allow-my-ip STACK=NAME`, then `pulumi up --stack NAME`. Local stack: type `make up`."
        found = [Server(f"the database of {each.name}", each.host, each.port, allow) for each in self.domains.values()]
        forward = self.trino.port_forward
        advice = f"Type `{forward}` in another terminal, then repeat the command." if forward else "Type `make up`."
        for title, address in (("Trino", self.trino.url), (_EMULATOR, self.lake.endpoint or "")):
            if (url := urlsplit(address)).hostname:
                found.append(Server(title, url.hostname or "", url.port or 443, advice))
        return found

    def revive(self, *needed: str) -> bool:
        """Whether to repeat what failed, because servers did not run and do now. Raises SilentError if one does not.

        With `needed`, those alone have to answer: Trino on the cluster may be what comes next. Of a stack elsewhere, or
        with Trino elsewhere, only they are looked at; else all silent ones are started, if one of them is needed.
        """
        some = needed and not (self.is_local and self.trino.cluster is None)
        servers = [each for each in self.servers() if not some or each.title in needed]
        return revive(servers, local=self.is_local, needed=needed)

    def connect(self, domain: str, role: str) -> Connection:
        """A connection to a domain's database as `admin`, `trino` or `analyst`, with the server's certificate verified.

        Raises CommandError when the stack has no password for that role or the server refuses the login.
        """
        target = self.domains[domain]
        login = target.logins.get(role) or self._login_by_iam(target, role)
        try:
            return self._connect(target, login)
        except psycopg2.OperationalError as error:
            reason = str(error).strip()
        try:
            if self.is_local and self.revive(f"the database of {domain}"):
                return self._connect(target, login)
        except psycopg2.OperationalError as error:
            reason = str(error).strip()
        at = f"{target.host}:{target.port}"
        raise CommandError(not_logged_in(target.name, at, login.user, reason, target.analyst_role_arn))

    def _connect(self, target: Domain, login: Login) -> Connection:
        return psycopg2.connect(
            host=target.host,
            port=target.port,
            dbname=target.database,
            user=login.user,
            password=login.password,
            sslmode="verify-full",
            sslrootcert=str(self.database_ca),
            sslnegotiation="direct",  # a round trip less: every server is PostgreSQL 17
            gssencmode="disable",  # libpq would prefer it to the verified TLS
            connect_timeout=10,
            client_encoding="UTF8",
            options="-c TimeZone=UTC",
            application_name="datamesh-seed",
        )

    def _login_by_iam(self, target: Domain, role: str) -> Login:
        """The analyst's login with IAM in place of a password: a token that AWS signs, valid for 15 minutes."""
        if role != "analyst" or self.lake.endpoint is not None:
            raise CommandError(f"the stack has no password for the {role} of {target.name}")
        import boto3  # slow to import, and most commands do not need it
        from botocore.exceptions import BotoCoreError, ClientError

        user = target.name.analyst_user
        try:
            rds = boto3.client("rds", region_name=self.lake.region)
            token = rds.generate_db_auth_token(DBHostname=target.host, Port=target.port, DBUsername=user)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(
                f"AWS issues no token for {user}: {error}\n{ASSUMES.format(role=target.analyst_role_arn)}"
            ) from None
        return Login(user, token)

    def trino_connection(self, user: str = "admin") -> TrinoConnection:
        """A connection to Trino as `user`, its certificate verified; nothing is sent before the first query.

        Raises CommandError when the stack has no such user.
        """
        if user not in self.trino.passwords:
            raise CommandError(f"the stack has no user {user}: it has {', '.join(sorted(self.trino.passwords))}")
        url = urlsplit(self.trino.url)
        return TrinoConnection(
            host=url.hostname or "127.0.0.1",
            port=url.port,
            user=user,
            http_scheme=url.scheme,
            auth=BasicAuthentication(user, self.trino.passwords[user]),
            http_session=self.trino_session(),
            source="datamesh",
            timezone="UTC",  # the client would send this machine's, in which times without a zone are compared
        )

    def trino_session(self) -> requests.Session:
        """A session of HTTP with Trino, its certificate verified."""
        return session(self.trino.authority)

    def s3(self, *, start: bool = True) -> Any:
        """An S3 client with the user's AWS session, or for the local stack's emulator, which needs no credentials.

        `start` is whether servers of the local stack that do not run are started first.
        """
        return self.aws("s3", start=start)

    def aws(self, service: Literal["s3", "glue"], *, start: bool = True) -> Any:
        """The same for one of the two services that the emulator is."""
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config

        if self.lake.endpoint is None:
            return boto3.client(service, region_name=self.lake.region)
        if start:
            self.revive(_EMULATOR)
        config = Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}, proxies={})
        return boto3.client(service, region_name=self.lake.region, endpoint_url=self.lake.endpoint, config=config)


def read_stack(name: str | None = None) -> Stack:
    """The selected Pulumi stack, or the one called `name`.

    Raises CommandError when it is not deployed as a whole, or its outputs cannot be read.
    """
    outputs = read_outputs(name)
    with needed(name):
        return parse_outputs(outputs)


def parse_outputs(outputs: Mapping[str, Any]) -> Stack:
    """The stack that these outputs describe. Raises KeyError with the name of a missing output."""
    lake, server, credentials = outputs["lake"], outputs["trino"], outputs["credentials"]
    return Stack(
        domains={
            name: _domain(name, domain, credentials["databases"][name])
            for name, domain in sorted(outputs["domains"].items())
        },
        lake=Lake(lake["bucket"], lake["region"], lake["eventsTable"], lake["eventsPrefix"], lake.get("endpoint")),
        trino=Trino(
            server["url"], server.get("portForward"), server["authority"], credentials["people"], server.get("cluster")
        ),
        people={person: tuple(own) for person, own in outputs["people"].items()},
        database_ca=PROJECT / outputs["databaseCa"],
    )


def _domain(name: str, outputs: Mapping[str, Any], logins: Mapping[str, Mapping[str, str]]) -> Domain:
    return Domain(
        name=DomainName(name),
        host=outputs["host"],
        port=int(outputs["port"]),
        identifier=outputs["identifier"],
        database=outputs["database"],
        catalog=outputs["catalog"],
        lake_prefix=outputs["lakePrefix"],
        analyst_role_arn=outputs["analystRoleArn"],
        logins={role: Login(login["user"], login["password"]) for role, login in logins.items() if login},
    )
