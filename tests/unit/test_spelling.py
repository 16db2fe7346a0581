"""Names that several places must agree on are spelled in mesh/names.py and nowhere else."""

import ast
import re
from pathlib import Path

import pytest

from mesh import names
from mesh.names import FIXED_CATALOGS, DomainName, refusal
from tests.sample import ROOT
from tests.unit.recording import Recording

PACKAGES = (
    "account",
    "bench",
    "client",
    "commands",
    "components",
    "examples",
    "k8s",
    "local",
    "mesh",
    "preflight",
    "program",
    "publish",
    "scaffold",
    "seed",
)
SPELLINGS = re.compile(r"-analysts?$|_(analyst|trino|grafana|db)$|_DB_PASSWORD$|/uploads/$|^datamesh-datalake-")
"""Ends and beginnings of names that follow from a domain's, or from the owner's."""


def built(tree: ast.Module) -> list[str]:
    """The literal parts of all texts in which a value is set, and of all additions of texts."""
    parts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts += [part.value for part in node.values if isinstance(part, ast.Constant)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts += [side.value for side in (node.left, node.right) if isinstance(side, ast.Constant)]
    return [part for part in parts if isinstance(part, str)]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_follows_from_another_is_built_in_one_module(package: str):
    found = {
        f"{path.relative_to(ROOT)}: {part!r}"
        for path in (ROOT / package).rglob("*.py")
        if path != Path(names.__file__)
        for part in built(ast.parse(path.read_text(encoding="utf-8")))
        if SPELLINGS.search(part)
    }
    # logical names of the role in Pulumi's state: to change one is to replace the role
    kept = {"components/domain.py: '-analyst'"}
    assert found <= kept, f"use mesh/names.py: {sorted(found - kept)}"


def test_a_catalog_that_belongs_to_no_domain_is_refused_as_the_name_of_one(dev: Recording):
    catalogs = {file.removesuffix(".properties") for file in dev.one(CONFIG_MAP, "trino-catalogs").inputs["data"]}
    fixed = catalogs - {DomainName(name).identifier for name in dev.exports["domains"]}
    assert fixed, "the lake has a catalog"
    assert fixed <= FIXED_CATALOGS.keys()
    assert all(refusal(name) for name in FIXED_CATALOGS)


CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
