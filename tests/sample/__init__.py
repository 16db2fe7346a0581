"""The mesh that the tests are about: the sample as it ships, whatever domains the user has."""

import ast
from collections.abc import Sequence
from pathlib import Path

from mesh.contracts.read import read_shared_contract
from mesh.names import DomainName

ROOT = Path(__file__).resolve().parents[2]
DOMAINS_FOLDER = Path(__file__).parent / "domains"
(EVENTS,) = read_shared_contract(DOMAINS_FOLDER).tables
"""The table of events in the shared lake."""
SALES, MARKETING = DomainName("sales"), DomainName("marketing")
NAMES = (SALES, MARKETING)
PROGRAM = ROOT / "__main__.py"
READ = 'configure(Path("domains"))'


def program(names: Sequence[str] = NAMES, folder: Path = Path("domains")) -> str:
    """The text of the project's own program, with the domains `names` for the user's and contracts in `folder`."""
    text = PROGRAM.read_text(encoding="utf-8")
    (mine,) = (node for node in ast.parse(text).body if isinstance(node, ast.Assign) and _is_domains(node))
    lines = text.splitlines(keepends=True)
    domains = [f'    Domain("{name}", surroundings, on_aws),\n' for name in names]
    text = "".join([*lines[: mine.lineno - 1], "domains = [\n", *domains, "]\n", *lines[mine.end_lineno :]])
    assert text.count(READ) == 1, "__main__.py does not read its contracts as these tests know"
    return text.replace(READ, f"configure(Path({str(folder)!r}))")


def _is_domains(node: ast.Assign) -> bool:
    return ast.unparse(node.targets[0]) == "domains"
