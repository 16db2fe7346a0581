"""The contracts of a program's domains, refused as Pulumi refuses: in one message.

`contracts` itself knows no Pulumi: seeding and asking read it too, and start in half the time without the SDK.
"""

from pathlib import Path

import pulumi

from components import contracts
from components.contract_data import Contract


def read_contracts(folder: Path) -> dict[str, Contract]:
    """The contracts of all domains that have one in `folder`, by domain; that of the lake is looked at too.

    Raises RunError with the problems of all files together.
    """
    problems = []
    found: dict[str, Contract] = {}
    try:
        found = contracts.read(folder, contracts.declared(folder))
    except contracts.ContractError as error:
        problems.append(str(error))
    try:
        contracts.shared(folder)
    except contracts.ContractError as error:
        problems.append(str(error))
    if problems:
        raise pulumi.RunError("\n".join(problems))
    return found
