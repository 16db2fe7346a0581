"""One PostgreSQL server for a moment, and a new project for each test of `make domain`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commands import domain as command
from commands.domain_server import server_for_a_moment
from mesh.contracts.model import Contract
from mesh.contracts.read import parse
from mesh.names import DomainName
from tests.sample import program
from tests.stack.domain.told import Make


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """The folder of the socket of one server for all tests of this folder."""
    with server_for_a_moment() as folder:
        yield folder
    assert not folder.exists(), "the server's folder should be gone with it"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Path) -> Path:
    """A folder with the program and no domain."""

    @contextmanager
    def shared() -> Iterator[Path]:
        yield server

    folder = tmp_path / "project"
    (folder / "domains").mkdir(parents=True)
    (folder / "__main__.py").write_text(program())
    monkeypatch.setattr(command, "PROJECT", folder)
    monkeypatch.setattr(command, "server_for_a_moment", shared)
    return folder


@pytest.fixture
def make(project: Path, capsys: pytest.CaptureFixture[str]) -> Make:
    """Make the domain `finance`; its contract."""

    def made(*arguments: object) -> Contract:
        status = command.main(["--name=finance", *map(str, arguments)])
        assert status == 0, capsys.readouterr().err
        text = (project / "domains" / "finance" / "contract.yaml").read_text()
        return parse(text, "finance", [DomainName("finance")], "contract.yaml")

    return made
