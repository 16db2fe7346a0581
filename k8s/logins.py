"""The passwords of everyone who can log in to the platform."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_random as random
from pulumi import Output, ResourceOptions


@dataclass(frozen=True, kw_only=True)
class PeopleArgs:
    """The names of everyone who can log in, people and services alike."""

    names: Sequence[str]


class People(pulumi.ComponentResource):
    """A generated password for each name, and its bcrypt hash for servers that only compare."""

    passwords: dict[str, Output[str]]
    """By name; secrets."""
    hashes: Output[dict[str, str]]
    """bcrypt hashes by name; a secret."""

    def __init__(self, name: str, args: PeopleArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:People", name, None, opts)
        generated = {
            person: random.RandomPassword(
                f"{name}-{person}", length=24, special=False, opts=ResourceOptions(parent=self)
            )
            for person in args.names
        }
        self.passwords = {person: Output.secret(password.result) for person, password in generated.items()}
        self.hashes = Output.secret(
            Output.all(**{person: password.bcrypt_hash for person, password in generated.items()})
        )
        self.register_outputs({})
