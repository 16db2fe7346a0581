"""AWS's answers, written down and checked against botocore's own models, for whoever asks the account."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import StubResponseError
from botocore.stub import Stubber

from account.ask import Account
from account.calls import Call

ACCOUNT = "123456789012"
REGION = "eu-central-1"
COMMON_ERRORS = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "ExpiredToken", "ExpiredTokenException",
    "InvalidClientTokenId", "OptInRequired", "RequestLimitExceeded", "SignatureDoesNotMatch", "Throttling",
    "ThrottlingException", "UnrecognizedClientException", "ValidationException",
}  # fmt: skip
"""What any operation may refuse with: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html."""


@dataclass(frozen=True)
class Refusal:
    """An error that AWS answers with."""

    code: str
    message: str = ""
    status: int = 400


@dataclass(frozen=True)
class Asked:
    """A call with its answers, one a page, and what it must be asked for; None: that is not looked at."""

    call: Call
    answers: tuple[Mapping[str, Any] | Refusal, ...]
    parameters: Mapping[str, Any] | None = None
    region: str = ""


def asked(
    call: Call, *answers: Mapping[str, Any] | Refusal, parameters: Mapping[str, Any] | None = None, region: str = ""
) -> Asked:
    return Asked(call, answers, parameters, region or call.region or REGION)


@cache
def _session() -> boto3.Session:
    """One session for all tests: it keeps AWS's models, which are slow to read."""
    return boto3.Session(aws_access_key_id="A", aws_secret_access_key="S")


@dataclass
class Recorded:
    """A session whose clients give the written answers, each once, and in their order, and nothing else."""

    calls: Iterable[Asked]
    stubbers: list[Stubber] = field(default_factory=list)

    def client(self, service: str, *, region_name: str, config: Any) -> Any:
        client = _session().client(service, region_name=region_name, config=config)  # type: ignore[call-overload]
        stubber = Stubber(client)
        for each in self.calls:
            if each.call.service == service and each.region == region_name:
                _write(stubber, client, each)
        stubber.activate()
        self.stubbers.append(stubber)
        return _Client(client)

    def account(self) -> Account:
        return Account(REGION, lambda: self)

    def check(self) -> None:
        """Every answer was asked for."""
        services = {stubber.client.meta.service_model.service_name for stubber in self.stubbers}
        assert {each.call.service for each in self.calls if each.answers} <= services
        for stubber in self.stubbers:
            stubber.assert_no_pending_responses()


def _write(stubber: Stubber, client: Any, each: Asked) -> None:
    model = client.meta.service_model.operation_model(each.call.operation)
    method = xform_name(each.call.operation)
    for answer in each.answers:
        if isinstance(answer, Refusal):
            known = {shape.error_code for shape in model.error_shapes} | {shape.name for shape in model.error_shapes}
            assert answer.code.isdigit() or answer.code in known | COMMON_ERRORS, f"{method} has no {answer.code}"
            stubber.add_client_error(method, answer.code, answer.message, answer.status)
        else:
            stubber.add_response(method, dict(answer), None if each.parameters is None else dict(each.parameters))


class _Client:
    """A client whose unexpected calls are errors of the test, and none of AWS."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        got = getattr(self._client, name)
        if name == "get_paginator":
            return lambda operation: _Paginator(got(operation))
        return _strict(got)


class _Paginator:
    def __init__(self, paginator: Any) -> None:
        self._paginator = paginator

    def paginate(self, **parameters: Any) -> list[Any]:
        return _strict(lambda: list(self._paginator.paginate(**parameters)))()


def _strict(ask: Callable[..., Any]) -> Callable[..., Any]:
    def strictly(*words: Any, **parameters: Any) -> Any:
        try:
            return ask(*words, **parameters)
        except StubResponseError as error:
            raise AssertionError(f"no answer is written for it: {error}") from None

    return strictly
