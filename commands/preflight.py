"""Rehearses `pulumi up` on a real account and cluster, reading only: `python -m commands.preflight --stack dev`.

Exit status 1 where something would make it fail.
"""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import requests

from account.ask import Account
from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.outputs import PROJECT
from client.stackfile import read_stackfile
from client.state import read_resources
from mesh.contracts.read import ContractError, declared_domains, read_contracts
from mesh.settings import SettingsError, read_settings
from preflight import findings
from preflight.cluster import kubectl
from preflight.rehearsal import rehearse


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line for each thing that was looked at; the exit status."""
    parser = Parser(prog="python -m commands.preflight", description=__doc__)
    parser.add_argument("--stack", default="dev", help="the stack whose Pulumi.<stack>.yaml is read (default: dev)")
    options = parser.parse_args(arguments)
    return run("preflight", lambda: _rehearse(options.stack))


def _rehearse(stack: str) -> int:
    if stack == "local":
        raise CommandError("the stack local has no AWS account and no cluster. Type: make preflight STACK=dev")
    try:
        domains = declared_domains(PROJECT / "domains")
        contracts = read_contracts(PROJECT / "domains", domains)
        settings = read_settings(read_stackfile(PROJECT, stack), stack, domains)
    except (ContractError, SettingsError) as error:
        raise CommandError(str(error)) from None
    print(f"Stack {stack} in {settings.region}: {', '.join(domains)}. Reading only, nothing is changed.\n")
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    found = []
    for finding in rehearse(
        stack,
        settings,
        domains,
        Account(settings.region),
        lambda: read_resources(stack),
        kubectl(settings.kube_context),
        requests.Session(),
        datetime.now(UTC).date(),
        sum(len(contract.kept) for contract in contracts.values()),
    ):
        print(findings.line(finding, coloured=coloured), flush=True)
        found.append(finding)
    print(f"\n{findings.summary(found)}")
    return 1 if findings.failed(found) else 0


if __name__ == "__main__":
    sys.exit(main())
