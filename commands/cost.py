"""Estimates what a stack costs on AWS, without asking AWS: `python -m commands.cost --stack dev`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from client.errors import CommandError
from client.outputs import PROJECT
from mesh.contracts.read import ContractError, declared_domains
from mesh.cost import report as costs
from mesh.cost.estimate import estimate, stack_usage
from mesh.settings import SettingsError, read_settings

_UNPRICED = {
    "owner": "example",
    "kubeContext": "none",
    "alertEmail": "ada@example.com",
    "projectStart": "2026-01-01",
    "allowedCidrs": ["203.0.113.7/32"],
}
"""Values for required settings that cost nothing, so that an estimate needs no complete configuration."""


def configuration(stack: str) -> dict[str, str]:
    """The stack's configuration by key, as the texts that the engine hands to the program."""
    path = PROJECT / f"Pulumi.{stack}.yaml"
    given: dict[str, Any] = {}
    if path.exists():
        given = _config(path)
    values = _UNPRICED | {
        key.removeprefix("datamesh:"): value for key, value in given.items() if value not in ("", None, [])
    }
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def _config(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from None
    config = content.get("config") if isinstance(content, dict) else content
    if not isinstance(config, dict | None):
        raise CommandError(f"{path.name} has no mapping `config`: write one, or remove the file")
    return config or {}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the estimate; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m commands.cost", description=__doc__)
    parser.add_argument("--stack", default="dev", help="the stack whose Pulumi.<stack>.yaml is read (default: dev)")
    options = parser.parse_args(arguments)
    try:
        domains = declared_domains(PROJECT / "domains")
        settings = read_settings(configuration(options.stack).get, options.stack, domains)
    except (CommandError, ContractError, SettingsError) as error:
        print(f"cost: {error}", file=sys.stderr)
        return 1
    estimated = estimate(stack_usage(settings, len(domains)))
    print(f"Stack {options.stack}: {', '.join(domains)}, {settings.months} months\n")
    print(costs.render(estimated))
    if problem := costs.check_budget(estimated, settings.budget_usd, settings.accept_cost):
        print(f"\n`pulumi up` would refuse: {problem}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
