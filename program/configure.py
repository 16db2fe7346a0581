"""The configuration and contracts of a stack, read and checked before any resource is registered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pulumi

from components.domain import Domain
from mesh.brief import brief, for_stack
from mesh.contracts.model import Contract, Table
from mesh.contracts.read import ContractError, declared_domains, read_contracts, read_shared_contract
from mesh.cost.estimate import Estimate, estimate, stack_usage
from mesh.cost.report import check_budget
from mesh.demand import demand
from mesh.local_settings import authority_problem
from mesh.names import DomainName
from mesh.quotas import problems
from mesh.settings import Settings, SettingsError, read_settings

_NOTHING_KEPT = """\
publish: no contract keeps a port in the lake, so nothing would be published; let one say `keptInLake`
      pulumi config rm publish"""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The checked configuration and contracts of a stack, as plain values."""

    settings: Settings
    contracts: dict[DomainName, Contract]
    texts: dict[DomainName, str]
    """Of the contracts' files."""
    events: Table
    """The table of events in the shared lake."""
    cost: Estimate


def configure(folder: Path) -> Configuration:
    """The configuration of this stack, and the contracts of all domains in `folder`.

    Raises RunError with the problems of all contracts, or of the whole configuration, or when the stack is beyond a
    quota of AWS, or would cost more than its budget.
    """
    contracts, events = _contracts(folder)
    try:
        settings = read_settings(_values(), pulumi.get_stack(), contracts)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    _check_authority(settings.database_ca)
    if settings.local is None and (
        over := problems(demand(settings, len(contracts)), settings.quotas, settings.region)
    ):
        raise pulumi.RunError(for_stack("\n".join(over), pulumi.get_stack()))
    kept = sum(len(contract.kept) for contract in contracts.values())
    if settings.publish and not kept:
        raise pulumi.RunError(for_stack(_NOTHING_KEPT, pulumi.get_stack()))
    cost = estimate(stack_usage(settings, len(contracts), kept))
    if settings.local is None and (problem := check_budget(cost, settings.budget_usd, settings.accept_cost)):
        raise pulumi.RunError(for_stack(problem, pulumi.get_stack()))
    texts = _texts(folder, contracts)
    return Configuration(settings=settings, contracts=contracts, texts=texts, events=events, cost=cost)


def _texts(folder: Path, domains: Iterable[DomainName]) -> dict[DomainName, str]:
    return {domain: (folder / domain / "contract.yaml").read_text(encoding="utf-8") for domain in domains}


def _values() -> dict[str, str]:
    """All of the stack's configuration by key, as the language host hands it over; other namespaces keep theirs."""
    own = f"{pulumi.get_project()}:"
    return {key.removeprefix(own): value for key, value in pulumi.runtime.get_config_env().items()}


def _check_authority(file: Path) -> None:
    try:
        problem = authority_problem(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problem = f"it cannot be read: {brief(str(error))}"
    if problem:
        again = "pulumi config set --path local.databaseCa .local/tls/ca.pem"
        raise pulumi.RunError(f"{brief(str(file))} should certify the databases, but {problem}\n      {again}")


def _contracts(folder: Path) -> tuple[dict[DomainName, Contract], Table]:
    problems = []
    contracts: dict[DomainName, Contract] = {}
    try:
        read = read_contracts(folder, declared_domains(folder))
        contracts = {domain: contract.on(date.today()) for domain, contract in read.items()}
    except ContractError as error:
        problems.append(str(error))
    try:
        (events,) = read_shared_contract(folder).tables
    except ContractError as error:
        raise pulumi.RunError("\n".join([*problems, str(error)])) from None
    if problems:
        raise pulumi.RunError("\n".join(problems))
    return contracts, events


def refuse_unused(contracts: Mapping[DomainName, Contract], domains: Sequence[Domain]) -> None:
    """Raises RunError for a contract without its domain.

    Called right after the domains are registered: nothing that depends on their list has changed by then, and Pulumi
    deletes nothing for a program that fails.
    """
    if unused := sorted(contracts.keys() - {domain.name for domain in domains}):
        raise pulumi.RunError(
            "\n".join(
                f'there is domains/{name}/contract.yaml, but no Domain("{name}", …) in __main__.py: '
                "write the line, or remove the folder"
                for name in unused
            )
        )
