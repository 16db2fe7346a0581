"""What a rehearsal is about: a stack, its settings, and what it has already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from account.ask import Account
from client.state import Resource
from mesh.names import DomainName
from mesh.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Question:
    """The stack that would be deployed."""

    stack: str
    settings: Settings
    domains: Sequence[DomainName]
    account: Account
    number: str
    """Of the account."""
    resources: Sequence[Resource] | None
    """What the stack has already; None where its state cannot be read."""
    today: date
    kept: int = 0
    """Tables and views whose history the lake keeps."""

    def owns(self, type_: str, name: str) -> bool:
        """Whether the stack has a resource of this type and physical name; False where that cannot be known."""
        return any(
            each["type"] == type_ and each.get("id", "").replace("/", ":").rpartition(":")[2] == name
            for each in self.resources or ()
        )

    def count(self, *types: str) -> int:
        """How many resources of these types the stack has."""
        return sum(each["type"] in types for each in self.resources or ())

    def set(self, key: str, value: object) -> str:
        """The command that sets a value of the configuration."""
        return f"pulumi config set {key} {value} --stack {self.stack}"
