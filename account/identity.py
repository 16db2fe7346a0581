"""Whose credentials these are, and whether the stack allows their account."""

from collections.abc import Sequence

from account.ask import Account, UnreachableError
from account.calls import IDENTITY


def identify(account: Account, allowed: Sequence[str], stack: str) -> str:
    """The number of the account. Raises UnreachableError without credentials, or for one that is not allowed.

    `stack` is quoted for a shell.
    """
    number = account.ask(IDENTITY)["Account"]
    if problem := refusal(number, allowed):
        raise UnreachableError(problem, f"export AWS_PROFILE=NAME, or: {allow(number, allowed, stack)}")
    return number


def refusal(number: str, allowed: Sequence[str]) -> str | None:
    """Why an account is not one of the `allowed`; None where it is, or where all are."""
    if not allowed or number in allowed:
        return None
    return f"your credentials are those of account {number}, and the stack allows {', '.join(allowed)} alone"


def allow(number: str, allowed: Sequence[str], stack: str) -> str:
    """The command that allows an account beside those `allowed`; `stack` is quoted for a shell."""
    return f"pulumi config set allowedAccountIds {','.join([*allowed, number])} --stack {stack}"
