"""Estimates what a stack costs on AWS, without asking AWS: `python -m commands.cost --stack dev`.

With `--live` it asks AWS too what was spent, which costs 0.02 USD.
"""

import sys
from collections.abc import Sequence
from shlex import quote

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.outputs import PROJECT
from client.stackfile import read_stackfile
from mesh.brief import for_stack
from mesh.contracts.read import ContractError, declared_domains, read_contracts
from mesh.cost import report as costs
from mesh.cost.estimate import estimate, stack_usage
from mesh.local_settings import UNUSED
from mesh.settings import SettingsError, read_settings

_UNPRICED = {
    "owner": "example",
    "kubeContext": "none",
    "alertEmail": "ada@example.com",
    "projectStart": "2026-01-01",
    "allowedCidrs": '["203.0.113.7/32"]',
}
"""Values for required settings that cost nothing, so that an estimate needs no complete configuration."""


_NO_START = (
    "the stack {stack} has no projectStart, from which AWS is asked.\n"
    "Type: pulumi config set projectStart 2026-12-01 --stack {stack}"
)


def configuration(stack: str) -> dict[str, str]:
    """The stack's configuration by key, completed by values that cost nothing. Raises CommandError."""
    given = read_stackfile(PROJECT, stack)
    unused = {*UNUSED, "kubeContext"} if "local" in given else ()
    return {key: value for key, value in _UNPRICED.items() if key not in unused} | given


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the estimate; the exit status."""
    parser = Parser(prog="python -m commands.cost", description=__doc__)
    parser.add_argument("--stack", default="dev", help="the stack whose Pulumi.<stack>.yaml is read (default: dev)")
    parser.add_argument("--live", action="store_true", help="ask AWS what was spent, for 0.02 USD")
    options = parser.parse_args(arguments)
    return run("cost", lambda: _print(options.stack, live=options.live))


def _print(stack: str, *, live: bool) -> int:
    if live and stack == "local":
        raise CommandError("the stack local has no AWS account and no bill. Type: make cost STACK=dev LIVE=1")
    if live and "projectStart" not in read_stackfile(PROJECT, stack):
        raise CommandError(_NO_START.format(stack=quote(stack)))
    try:
        domains = declared_domains(PROJECT / "domains")
        contracts = read_contracts(PROJECT / "domains", domains)
        settings = read_settings(configuration(stack), stack, domains)
    except (ContractError, SettingsError) as error:
        raise CommandError(str(error)) from None
    estimated = estimate(
        stack_usage(settings, len(domains), sum(len(contract.kept) for contract in contracts.values()))
    )
    print(f"Stack {stack}: {', '.join(domains)}, {settings.months} months\n")
    print(for_stack(costs.render(estimated), stack))
    if "projectStart" in read_stackfile(PROJECT, stack):
        print(f"\n{costs.plan(settings.budget_usd, settings.project_start, settings.months)}")
    if problem := costs.check_budget(estimated, settings.budget_usd, settings.accept_cost):
        print(f"\n`pulumi up` would refuse: {for_stack(problem, stack)}")
    if not live:
        return 0
    from commands import cost_live  # it imports boto3, which is slow and which the estimate does not need

    return cost_live.main(stack, settings, estimated)


if __name__ == "__main__":
    sys.exit(main())
