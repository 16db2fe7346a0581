"""Says whether a change breaks something for the consumers of a domain: `python -m guard --base main`."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from client.arguments import Parser
from client.command import run
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
COULD_NOT_RUN, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None, repository: Path = PROJECT) -> int:
    """Compare and print; 0: nothing is asked for, 1: something is, 2: the comparison could not be made."""
    parser = Parser(prog="python -m guard", description=__doc__)
    parser.add_argument("--base", default="main", help="the branch or commit that consumers have now (default: main)")
    parser.add_argument("--format", default="table", help=f"{' or '.join(FORMATS)}: junit writes a file besides")
    parser.add_argument("--file", default=REPORT, help=f"the file of FORMAT=junit (default: {REPORT})")
    options = parser.parse_args(arguments)
    status = COULD_NOT_RUN

    def action() -> None:
        nonlocal status
        status = _guard(options, repository)

    interrupted = run("guard", action) == INTERRUPTED
    return INTERRUPTED if interrupted else status


def _guard(options: argparse.Namespace, repository: Path) -> int:
    if options.format not in FORMATS:
        raise CouldNotRunError(
            f"FORMAT={options.format} is none of {', '.join(FORMATS)}. Type: make guard FORMAT=junit"
        )
    with tempfile.TemporaryDirectory(prefix="datamesh-guard-") as folder, ExitStack() as stack:
        base = check_out(repository, options.base or "main", Path(folder))
        tools = Tools(lambda: _server(stack, repository), lambda: stack.enter_context(ContractRules()))
        try:
            with waiting(f"Comparing with {base.name}, tables and queries on databases of both sides"):
                verdicts = _verdicts(base, repository, tools)
        except LocalError as error:
            raise CouldNotRunError(str(error)) from None
    print(report.text(verdicts, _compared(base)))
    if options.format == "junit":
        file = Path(options.file)
        file.write_text(report.junit(verdicts), encoding="utf-8")
        print(f"JUnit's report is in {file}")
    return int(any(verdict.asks for verdict in verdicts))


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
