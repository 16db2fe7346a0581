"""Fixtures of the tests that run programs under mocks."""

from collections.abc import Callable, Mapping

import pulumi
import pytest
from pulumi.runtime import config as runtime_config

from tests.unit.recording import Recording, record


@pytest.fixture
def recorded() -> Callable[..., Recording]:
    """The function `record`, as a fixture."""
    return record


@pytest.fixture(scope="session")
def dev() -> Recording:
    """The whole program on a stack on AWS with the least configuration."""
    return record()


@pytest.fixture(scope="session")
def pulumi_config() -> Callable[[Mapping[str, str]], pulumi.Config]:
    """A configuration made from plain texts, without an engine."""

    def make(values: Mapping[str, str]) -> pulumi.Config:
        runtime_config.set_all_config(dict(values))
        return pulumi.Config("datamesh")

    return make
