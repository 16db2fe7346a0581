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
    mine = [node for node in ast.parse(text, PROGRAM.name).body if _makes_domains(node)]
    assert len(mine) == 1, "__main__.py must say once `domains = […]`: there the tests put domains of their own"
    assert text.count(READ) == 1, f"__main__.py must say once `{READ}`: there the tests put contracts of their own"
    lines = text.splitlines(keepends=True)
    domains = [f'    Domain("{name}", surroundings, on_aws),\n' for name in names]
    text = "".join([*lines[: mine[0].lineno - 1], "domains = [\n", *domains, "]\n", *lines[mine[0].end_lineno :]])
    return text.replace(READ, f"configure(Path({str(folder)!r}))")


def _makes_domains(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["domains"]
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "domains"
