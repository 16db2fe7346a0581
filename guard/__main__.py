"""Says whether a change breaks something for the consumers of a domain: `python -m guard --base main`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from client.arguments import Parser
from client.command import explained, run
from client.errors import CommandError
from client.outputs import PROJECT
from client.waiting import waiting
from guard import judge, report, scratch
from guard.contract_rules import ContractRules
from guard.files import Files, read
from guard.findings import CouldNotRunError, Verdict
from guard.judge import Tools
from guard.scratch import Server
from guard.sides import Base, check_out
from local.paths import LocalError
from mesh.contracts.read import ContractError
from mesh.names import RefusedNameError

FORMATS = ("table", "junit")
REPORT = "guard.xml"
COULD_NOT_RUN = 2
INTERRUPTED = 130
"""That and above: somebody ended it, or nobody reads its output any more."""
_USAGE = f"Type: make guard FORMAT=junit FILE={REPORT}"


def main(arguments: Sequence[str] | None = None, repository: Path = PROJECT) -> int:
    """Compare and print; 0: nothing is asked for, 1: something is, 2: the comparison could not be made."""
    parser = Parser(prog="python -m guard", description=__doc__)
    parser.add_argument("--base", default="main", help="the branch or commit that consumers have now (default: main)")
    parser.add_argument("--format", default="table", help=f"{' or '.join(FORMATS)}: junit writes a file besides")
    parser.add_argument("--file", help=f"the file of FORMAT=junit (default: {REPORT})")
    options = parser.parse_args(arguments)
    status = COULD_NOT_RUN

    def action() -> None:
        nonlocal status
        try:
            status = _guard(options, repository)
        except (OSError, UnicodeError) as error:
            raise CouldNotRunError(explained(error) or _reason(error)) from None

    ended = run("guard", action)
    return ended if ended >= INTERRUPTED else status


def _guard(options: argparse.Namespace, repository: Path) -> int:
    if options.format not in FORMATS:
        raise CouldNotRunError(
            f"FORMAT={options.format} is none of {', '.join(FORMATS)}. Type: make guard FORMAT=junit"
        )
    file = _file(options)
    with tempfile.TemporaryDirectory(prefix="datamesh-guard-") as folder, ExitStack() as stack:
        base = check_out(repository, options.base or "main", Path(folder))
        tools = Tools(lambda: _server(stack, repository), lambda: stack.enter_context(ContractRules()))
        try:
            with waiting(f"Comparing with {base.name}, tables and queries on databases of both sides"):
                verdicts = _verdicts(base, repository, tools)
        except LocalError as error:
            raise CouldNotRunError(str(error)) from None
    print(report.text(verdicts, _compared(base)))
    if file:
        file.write_text(report.junit(verdicts), encoding="utf-8")
        print(f"JUnit's report is in {file}")
    return int(any(verdict.asks for verdict in verdicts))


def _file(options: argparse.Namespace) -> Path | None:
    """Where JUnit's report goes; None without one. Refuses before the comparison what could not be written after it."""
    if options.format != "junit":
        if options.file is not None:
            raise CouldNotRunError(f"FILE={options.file} is for FORMAT=junit alone. {_USAGE}")
        return None
    file = Path(REPORT if options.file is None else options.file)
    if not file.parent.is_dir():
        raise CouldNotRunError(f"FILE={file}: there is no folder {file.parent}. {_USAGE}")
    if file.is_dir():
        raise CouldNotRunError(f"FILE={options.file or ''}: that is no file's name, but a folder's. {_USAGE}")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise CouldNotRunError(f"FILE={file}: you may not write there. {_USAGE}")
    return file


def _reason(error: OSError | UnicodeError) -> str:
    """What the system says of a file, without the number of the error."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _server(stack: ExitStack, repository: Path) -> Server:
    stack.enter_context(scratch.place(repository))
    return Server.start()


def _verdicts(base: Base, repository: Path, tools: Tools) -> list[Verdict]:
    before = _read(base.folder, f"as of {base.name}, the project cannot be read")
    after = _read(repository, "the project cannot be read")
    return judge.compare(before, after, base.name, tools, datetime.now(UTC).date())


def _read(folder: Path, failed: str) -> Files:
    try:
        return read(folder)
    except (ContractError, RefusedNameError, CommandError) as error:
        raise CouldNotRunError(f"{failed}:\n{str(error).replace(f'{folder}/', '')}") from None


def _compared(base: Base) -> str:
    uncommitted = ", with changes that are not committed" if base.uncommitted else ""
    return f"{base.name} at {base.commit}{uncommitted}"


if __name__ == "__main__":
    sys.exit(main())
