"""One scratch server and one datacontract-cli for all changes that are judged here."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from guard import scratch
from guard.contract_rules import ContractRules
from guard.judge import Tools
from guard.scratch import Server
from tests.stack.guard.repositories import first


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    with ExitStack() as stack:

        def server() -> Server:
            stack.enter_context(scratch.place(tmp_path_factory.mktemp("checkout")))
            return Server.start()

        yield Tools(server, lambda: stack.enter_context(ContractRules()))


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return first(tmp_path_factory.mktemp("git") / "origin")
