"""One running mesh for all tests of this folder that need one."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stack import access_matrix, own_domain
from tests.stack.checkout import Checkout, Door, passwords_in


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout with a seeded local stack, in which two more people and a third domain are; it is gone afterwards."""
    checkout = Checkout.make(tmp_path_factory.mktemp("checkout"))
    checkout.configure(users=access_matrix.USERS)
    own_domain.add(checkout.folder, access_matrix.OWN)
    try:
        (checkout.folder / "first-up.log").write_text(checkout.up())
        yield checkout
    finally:
        done: subprocess.CompletedProcess[str] = checkout.python("-m", "local", "down")
        if done.returncode:
            checkout.python("-m", "local", "down", "--force")
        assert done.returncode == 0, f"`make down` failed:\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def door(mesh: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Door:
    """Trino of that mesh, and everyone's password."""
    outputs = mesh.outputs()
    authority: Path = tmp_path_factory.mktemp("authority") / "trino.pem"
    authority.write_text(outputs["trino"]["authority"])
    return Door(outputs["trino"]["url"], authority, outputs["credentials"]["people"])


@pytest.fixture(scope="session")
def secrets(mesh: Checkout) -> set[str]:
    """Every generated secret of the stack, in plain."""
    export = json.loads(mesh.must("pulumi", "stack", "export", "--show-secrets"))
    results = {
        str(resource["outputs"][key])
        for resource in export["deployment"]["resources"]
        for key in ("result", "bcryptHash", "secret", "privateKeyPem", "privateKeyPemPkcs8")
        if isinstance(resource.get("outputs", {}).get(key), str | dict)
    }
    found = set(_plain(results)) | set(passwords_in(mesh.outputs()["credentials"]))
    assert len(found) >= 12, f"only {len(found)} secrets: the search would prove little"
    return found


def _plain(values: Any) -> Iterator[str]:
    for value in values:
        # a secret is exported as {"4dabf…": …, "plaintext": "\"…\""}
        match = re.search(r"'plaintext': '\"(.*?)\"'", value)
        yield (match[1].encode().decode("unicode_escape") if match else value).strip()
