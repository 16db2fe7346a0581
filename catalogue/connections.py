"""How to connect to this stack with each tool: its address, and the command that tells a password, never a password."""

from shlex import quote
from urllib.parse import urlsplit

from catalogue.model import Connection
from client.outputs import PROJECT
from client.stack import Stack
from mesh.ports import JUPYTERHUB

CERTIFICATE = PROJECT / "trino-ca.pem"
"""Where the examples look for the certificate; git leaves it out."""


def connections(stack: Stack, name: str, person: str, product: str) -> tuple[Connection, ...]:
    """The ways to connect to the stack called `name`, as `person`; the examples count the rows of `product`.

    `product` is a name in Trino, e.g. `sales.public.orders`.
    """
    url = urlsplit(stack.trino.url)
    of = f"USER={quote(person)}" + ("" if stack.is_local else f" STACK={quote(name)}")
    where = "" if stack.is_local else f" STACK={quote(name)}"
    jdbc = f"jdbc:trino://{url.netloc}?SSL=true&SSLTrustStorePath={CERTIFICATE}"
    cli = f"trino --server {stack.trino.url} --truststore-path {quote(str(CERTIFICATE))}"
    notebook = f"make notebook {of}" if stack.is_local else f"http://127.0.0.1:{JUPYTERHUB}"
    forward = [] if stack.is_local else [Connection(tool="forward", language="shell", text=f"make ports{where}")]
    return (
        *forward,
        Connection(tool="password", language="shell", text=f"make password {of}"),
        Connection(tool="certificate", language="shell", text=f"make authority{where} > trino-ca.pem"),
        Connection(tool="make", language="shell", text=f"make sql {of}"),
        Connection(tool="notebook", language="shell" if stack.is_local else "text", text=notebook),
        Connection(tool="python", language="python", text=_python(url.hostname, url.port, person, product)),
        Connection(tool="cli", language="shell", text=f"{cli} --user {quote(person)} --password"),
        Connection(tool="dbeaver", language="text", text=jdbc),
        Connection(tool="jdbc", language="text", text=f"{jdbc}&user={person}"),
    )


def _python(host: str | None, port: int | None, person: str, product: str) -> str:
    return f"""import getpass
import os
import requests
from trino.auth import BasicAuthentication
from trino.dbapi import connect

password = os.environ.get("TRINO_PASSWORD") or getpass.getpass()
session = requests.Session()
session.trust_env = False
session.verify = {str(CERTIFICATE)!r}
connection = connect(
    host={host!r},
    port={port},
    http_scheme="https",
    user={person!r},
    auth=BasicAuthentication({person!r}, password),
    http_session=session,
)
print(connection.cursor().execute({" ".join(("SELECT count(*) FROM", product))!r}).fetchall())
"""
