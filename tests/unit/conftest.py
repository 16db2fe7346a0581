"""Fixtures of the tests that run programs under mocks."""

from collections.abc import Callable, Mapping

import pytest

from tests.unit.recording import CONFIG, EVERY_WORKLOAD, Recording, record


@pytest.fixture
def recorded() -> Callable[..., Recording]:
    """The function `record`, as a fixture."""
    return record


@pytest.fixture(scope="session")
def dev() -> Recording:
    """The whole program on a stack on AWS with the least configuration."""
    return record()


@pytest.fixture(scope="session", params=["the least", "every workload"])
def program(request: pytest.FixtureRequest, dev: Recording) -> Recording:
    """The whole program with the workloads that every stack has, and with workers of Trino and the publisher too."""
    return dev if request.param == "the least" else record(config=CONFIG | EVERY_WORKLOAD)


@pytest.fixture(scope="session")
def pulumi_config() -> Callable[[Mapping[str, str]], Mapping[str, str]]:
    """A configuration made from plain texts, without an engine."""

    def make(values: Mapping[str, str]) -> Mapping[str, str]:
        return {key.removeprefix("datamesh:"): value for key, value in values.items()}

    return make
