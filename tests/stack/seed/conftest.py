"""The servers that every test of this folder shares; each finds the databases empty."""

from collections.abc import Iterator

import pytest

from tests.stack.seed.databases import Databases, empty, running


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with running(tmp_path_factory.mktemp("databases")) as databases:
        yield databases


@pytest.fixture
def databases(servers: Databases) -> Databases:
    return empty(servers)
