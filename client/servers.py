"""Servers of the mesh that do not answer: one rule for every command.

A command that gets no answer asks which servers are silent. Those of the local stack it starts, as `make start` does,
and repeats what it was about to do. Elsewhere, and where that does not help, it says which server is silent, at which
address, and what to type.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import psycopg2

from client.errors import CommandError
from client.outputs import local_folder
from client.waiting import say

PATIENCE = 5.0
"""Seconds for a connection to be accepted."""
_starting = threading.Lock()
"""Held while servers are started: of several that find theirs silent at once, one starts them all."""
ASSUMES = (
    "Type `export AWS_PROFILE=…` with a profile that assumes the role {role}, as docs/deploy.md shows, "
    "then the same again."
)
"""What an analyst types whom AWS, or a database that asks AWS, does not know."""
_ADVICE = (
    (("pam authentication failed",), f"AWS did not make its token for that role. {ASSUMES}"),
    (
        ("authentication failed",),
        "Its password has changed since the last `pulumi up`, or the role does not exist yet.\n"
        "Local stack: type `make up`. AWS: type `pulumi up --stack NAME`, then `make seed STACK=NAME`.",
    ),
    (
        ("too many connections", "too many clients", "connection slots are reserved"),
        "All connections that it may have are in use: type the same again in a minute. "
        "Who holds them is in `pg_stat_activity`.",
    ),
    (
        ("certificate",),
        "Nothing was sent: another server, or a proxy, answers at this address, or its authority is not known here.\n"
        "Local stack: type `make up`. AWS: see that the address is that of Amazon RDS.",
    ),
    (("starting up", "shutting down", "recovery mode"), "It starts or ends: type the same again in a minute."),
    (
        ("timeout expired", "timed out", "connection refused", "no route to host", "unreachable"),
        "Local stack: type `make up`. AWS: type `make allow-my-ip STACK=NAME`, then `pulumi up --stack NAME`.",
    ),
)
"""What to do, by words of libpq or the server in lower case; nothing where none of them is in the reason."""
_ENDING = ("57P", "08")
"""How PostgreSQL's codes of servers that end, and of broken connections, begin."""


class SilentError(CommandError):
    """A server does not answer: there is no sense in asking it anything else."""


@dataclass(frozen=True)
class Server:
    """Where a server of the mesh listens, and what a person types who cannot reach it."""

    title: str
    """As in a sentence, e.g. `the database of sales`."""
    host: str
    port: int
    advice: str

    def answers(self) -> bool:
        """Whether it accepts connections."""
        try:
            socket.create_connection((self.host, self.port), timeout=PATIENCE).close()
        except OSError:
            return False
        return True


def revive(servers: Iterable[Server], *, local: bool, needed: Collection[str] = ()) -> bool:
    """Whether to repeat what failed: some of the servers were silent, and answer now.

    Those of a `local` stack are started. Raises SilentError when one stays silent. With titles of `needed` servers, the
    others may be silent.
    """
    silent = [server for server in servers if not server.answers()]
    awaited = [server for server in silent if not needed or server.title in needed]
    if awaited and local:
        with _starting:
            if any(not server.answers() for server in awaited):
                left = [server for server in silent if not server.answers()]
                say(f"{_names(left)} not running: starting the local servers again", sys.stderr)
                _start(left, awaited)
    if still := [server for server in awaited if not server.answers()]:
        places = [f"{server.title} does not answer at {server.host}:{server.port}" for server in still]
        raise SilentError("\n".join([*places, *dict.fromkeys(server.advice for server in still)]))
    return bool(awaited)


def lost(error: psycopg2.Error) -> bool:
    """Whether the connection is gone, not just a statement refused."""
    if isinstance(error, psycopg2.InterfaceError):
        return True
    broken = isinstance(error, psycopg2.OperationalError) or type(error) is psycopg2.DatabaseError
    return broken and (not error.pgcode or error.pgcode.startswith(_ENDING))


def not_logged_in(domain: str, at: str, user: str, reason: str, role: str) -> str:
    """The message for a database, at `host:port`, that did not let `user` in; `role` is AWS's for its analysts."""
    text = f"cannot log in to the database of {domain} ({at}) as {user}: {reason}"
    advice = next((advice for words, advice in _ADVICE if any(each in reason.lower() for each in words)), None)
    return f"{text}\n{advice.format(role=role)}" if advice else text


def _start(silent: list[Server], needed: list[Server]) -> None:
    # Another checkout's environment may be sourced in this shell: the servers are those of its code.
    folder = local_folder().parent
    command = [sys.executable, "-m", "local", "start"]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode and not all(server.answers() for server in needed):
        raise SilentError(f"{_names(silent)} not running, and did not start: {done.stderr.strip()}")


def _names(servers: list[Server]) -> str:
    return f"{', '.join(server.title for server in servers)} {'is' if len(servers) == 1 else 'are'}"
