"""Which part of the project may know which other, read from the imports of every module; and how long a module is.

`domains/` is not looked at: what is in it belongs to the user.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from tests.sample import ROOT, program

LONGEST_MODULE, LONGEST_PROGRAM = 250, 80
PROGRAM = "__main__"
KNOWS = {
    "mesh": set(),
    "components": {"mesh"},
    "k8s": {"mesh"},
    "program": {"mesh", "components", "k8s"},
    PROGRAM: {"mesh", "components", "k8s", "program"},
    "client": {"mesh"},
    "seed": {"mesh", "client"},
    "scaffold": {"mesh", "client", "seed"},
    "publish": {"mesh", "client"},
    "account": {"mesh", "client"},
    "preflight": {"mesh", "client", "account"},
    # `make load` and `make migration` do a part of what the seed does, and `make query` can ask the lake
    "commands": {"mesh", "client", "seed", "scaffold", "publish", "account", "preflight"},
    "catalogue": {"mesh", "client", "commands"},
    # they have the look of the catalogue
    "slides": {"mesh", "client", "commands", "catalogue"},
    "examples": {"client", "commands"},
    "guard": {"mesh", "k8s", "client", "seed", "local"},
    "bench": {"mesh", "client", "seed", "publish", "commands", "local"},
    "local": {"mesh", "components", "k8s", "program", "client", "seed", "preflight", "commands"},
    "tests": {
        "mesh", "components", "k8s", "program", "client", "seed", "scaffold", "account", "preflight", "commands",
        "publish", "catalogue", "slides",
        "examples", "bench", "guard", "local",
    },
}  # fmt: skip
"""By part of the project, the other parts that it may import."""

EXCEPTIONS = {
    ("catalogue.panels", "k8s.grafana.dashboards"): "its charts are Grafana's panels, which are plain data",
    ("commands.domain_server", "local.paths"): "what a download refuses",
    ("commands.domain_server", "local.prepare.fetch"): "PostgreSQL is kept beside the other downloads",
    ("commands.domain_server", "local.servers.unprivileged"): "where root types it, the server runs as nobody",
    ("commands.drill_on_local", "local.paths"): "what a local server refuses",
    ("commands.drill_on_local", "local.servers.backup"): "it makes the base backup and starts the copy",
    ("commands.notebook", "local.paths"): "it runs JupyterLab on this machine, in the folder of the stack",
    ("commands.notebook", "local.prepare.cached_venv"): "JupyterLab is kept beside the other downloads",
    ("commands.notebook", "local.servers.process"): "it looks for a free port of this machine",
    ("commands.sql", "local.paths"): "what a download refuses",
    ("commands.sql", "local.prepare.fetch"): "Trino's client is kept beside the other downloads",
    ("commands.sql", "local.servers.process"): "the person's files are private",
}
"""Imports beyond that table, and why each is needed."""

WITHOUT = {
    "mesh": ("pulumi", "boto3", "botocore", "kubernetes", "psycopg2", "trino", "requests"),
    "components.policies": ("pulumi",),
    "client": ("pulumi",),
    "seed": ("pulumi",),
    "scaffold": ("pulumi",),
    "publish": ("pulumi", "boto3", "botocore"),
    "account": ("pulumi",),
    "preflight": ("pulumi", "boto3", "botocore"),
    "commands": ("pulumi",),
    "catalogue": ("pulumi",),
    "slides": ("pulumi",),
}
"""Packages of others that a part does without; `pulumi` stands for its SDKs of all clouds too."""
SEARCHES_FOR_ITSELF = {"local.stack.language"}
"""Modules that change where Python looks for modules: the language host runs a program of another folder."""


@cache
def modules() -> Mapping[str, Path]:
    """Every module of the project by its name, `__main__` the program; packages are there under their names too."""
    found = {PROGRAM: ROOT / "__main__.py"}
    for folder in ROOT.iterdir():
        if folder.is_dir() and not folder.name.startswith(".") and folder.name != "domains":
            if (folder / "pyvenv.cfg").exists():
                continue
            for path in folder.rglob("*.py"):
                parts = path.relative_to(ROOT).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {name: path for name, path in found.items() if not name.startswith("tests.sample.domains")}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text(encoding="utf-8"))


def part(module: str) -> str:
    return module.partition(".")[0]


def imported(name: str) -> Iterator[str]:
    """What a module imports, wherever in it, as whole names: `from k8s import quantities` is `k8s.quantities`."""
    folders = {module.rpartition(".")[0] for module in modules()}
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{name}, line {node.lineno}: write the whole name of the module"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules() or whole in folders else node.module


def within_the_project(name: str) -> set[str]:
    return {module for module in imported(name) if part(module) in KNOWS and part(module) != PROGRAM}


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    """The names on one way that leads back to where it began; none where there is no such way."""
    done: set[str] = set()

    def search(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for following in sorted(edges.get(name, ())):
            if found := search(following, [*way, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(edges) if (found := search(name, []))), [])


def test_every_folder_with_modules_is_a_part_that_this_test_knows():
    unknown = {part(name) for name in modules()} - KNOWS.keys()
    assert not unknown, f"say in KNOWS, in this file, what {', '.join(sorted(unknown))} may import"


@pytest.mark.parametrize("name", KNOWS)
def test_a_part_imports_only_what_it_may_know(name: str):
    ours = [module for module in modules() if part(module) == name]
    assert ours, f"there is no {name} any more: take it out of KNOWS, in this file"
    wrong = [
        f"{module} imports {other}"
        for module in ours
        for other in sorted(within_the_project(module))
        if part(other) not in {name, *KNOWS[name]} and (module, other) not in EXCEPTIONS
    ]
    assert not wrong, (
        "\n".join(wrong)
        + f"\n{name} may know {', '.join(sorted(KNOWS[name])) or 'no other part'}. Hand the value over "
        "as an argument, or move what both need to a part that both may know (docs/architecture.md)."
    )


@pytest.mark.parametrize(("module", "other"), EXCEPTIONS)
def test_every_exception_is_still_needed(module: str, other: str):
    assert module in modules() and other in within_the_project(module), (
        f"{module} does not import {other} any more: take the line out of EXCEPTIONS, in this file"
    )


@pytest.mark.parametrize("name", WITHOUT)
def test_a_part_does_without_packages_that_would_tie_it_to_a_server_or_to_pulumi(name: str):
    ours = [module for module in modules() if module == name or module.startswith(f"{name}.")]
    assert ours, f"there is no {name} any more: take it out of WITHOUT, in this file"
    wrong = [
        f"{module} imports {other}"
        for module in ours
        for other in imported(module)
        if part(other).split("_")[0] in WITHOUT[name]
    ]
    assert not wrong, (
        "\n".join(wrong) + f"\n{name} must start and be tested without that. Resources belong to components/ and k8s/, "
        "what speaks to a server to client/ or local/."
    )


def test_no_module_needs_itself():
    found = circle({name: within_the_project(name) - {name} for name in modules()})
    assert not found, f"{' imports '.join(found)}: move what both ends need to a module of its own"


def test_no_part_needs_itself():
    edges: dict[str, set[str]] = {}
    for name in modules():
        edges.setdefault(part(name), set()).update(part(other) for other in within_the_project(name))
    found = circle({name: others - {name} for name, others in edges.items()})
    assert not found, f"{' imports '.join(found)}: one of the two must not know the other"


def test_a_circle_is_found_and_a_way_that_only_meets_again_is_none():
    assert circle({"a": {"b"}, "b": {"c", "d"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}) == []


def test_no_module_changes_where_python_looks_for_modules():
    changed = {
        name
        for name in modules()
        for node in ast.walk(tree(name))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path")
        or (isinstance(node, ast.ImportFrom) and node.module == "sys" and "path" in {a.name for a in node.names})
    }
    assert changed == SEARCHES_FOR_ITSELF, (
        f"{', '.join(sorted(changed ^ SEARCHES_FOR_ITSELF))}: sys.path. Every command runs in the project's folder as "
        "`python -m …`, so that a plain import finds everything; who has to change it is in SEARCHES_FOR_ITSELF."
    )


def test_no_module_is_too_long_to_be_read_at_once():
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()}
    long = [
        f"{name} has {length} lines"
        for name, length in sorted(lengths.items())
        if length > LONGEST_MODULE and name != PROGRAM
    ]
    assert not long, "\n".join(long) + f"\n{LONGEST_MODULE} are the most: split it by what it is about"


def test_the_program_only_ties_parts_together():
    length = len(program().splitlines())  # with two domains, however many the user has
    assert length <= LONGEST_PROGRAM, (
        f"__main__.py has {length} lines, {LONGEST_PROGRAM} are the most: move what decides something to program/"
    )


def test_property_tests_do_not_look_at_the_clock_and_try_the_same_cases_everywhere():
    repeatable = settings.get_profile("repeatable")
    assert repeatable.deadline is None, "a slow machine would turn a test red: see tests/conftest.py"
    assert repeatable.derandomize, "what is red elsewhere could not be repeated here: see tests/conftest.py"
    assert settings.get_current_profile_name() in ("repeatable", "explore"), "tests/conftest.py loads no profile"
    own = [
        f"{name}, line {node.value.lineno}"
        for name in modules()
        if part(name) == "tests" and name != "tests.conftest"
        for node in ast.walk(tree(name))
        if isinstance(node, ast.keyword) and node.arg in ("deadline", "derandomize")
    ]
    assert not own, f"{', '.join(own)}: leave that to tests/conftest.py"
