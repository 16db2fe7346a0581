"""Asks the user's AWS account, with few and short attempts, and says in one sentence why there is no answer."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    HTTPClientError,
    InvalidRegionError,
    LoginError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)

from account.calls import IDENTITY, PREFLIGHT, SPENDING, Call
from client.errors import CommandError

CALLS = frozenset({*SPENDING, *PREFLIGHT})
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2, "mode": "standard"})

DENIED = frozenset(
    {"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException",
     "UnauthorizedOperation"}
)  # fmt: skip
_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "ExpiredCredentials"}
)
_WRONG = frozenset(
    {"AuthFailure", "IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException",
     "MissingAuthenticationToken", "SignatureDoesNotMatch", "UnrecognizedClientException"}
)  # fmt: skip
_THROTTLED = frozenset(
    {"LimitExceededException", "RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException",
     "TooManyRequestsException"}
)  # fmt: skip
_SETTINGS = "aws configure list, and look at credential_process and endpoint_url in ~/.aws/config"
_LOG_IN = "aws configure, or `aws sso login`, or export AWS_PROFILE=NAME; then: aws sts get-caller-identity"


class UnansweredError(CommandError):
    """AWS gave no answer to one call; the message has the reason, `fix` what to type or do, `code` AWS's own word."""

    def __init__(self, reason: str, fix: str, code: str = "") -> None:
        super().__init__(f"{reason}\nType: {fix}" if fix else reason)
        self.reason, self.fix, self.code = reason, fix, code


class UnreachableError(UnansweredError):
    """AWS will answer no other call either: there are no usable credentials, or there is no network."""


class Account:
    """The AWS account of the user's credentials. It can only be asked what is in CALLS."""

    def __init__(self, region: str, session: Callable[[], Any] = boto3.Session) -> None:
        self.region = region
        self._make = session
        self._clients: dict[tuple[str, str], Any] = {}

    def ask(self, call: Call, region: str | None = None, /, **parameters: Any) -> dict[str, Any]:
        """AWS's answer, in the call's own region, in `region`, or in the mesh's.

        Raises UnansweredError, or UnreachableError where no other call would be answered.
        """
        return self._try(call, lambda client: getattr(client, xform_name(call.operation))(**parameters), region)

    def all(self, call: Call, key: str, **parameters: Any) -> list[Any]:
        """What all pages of an answer have under `key`. Raises as `ask` does."""

        def read(client: Any) -> list[Any]:
            pages = client.get_paginator(xform_name(call.operation)).paginate(**parameters)
            return [item for page in pages for item in page.get(key, [])]

        return self._try(call, read)

    def _try(self, call: Call, read: Callable[[Any], Any], region: str | None = None) -> Any:
        if call not in CALLS:
            raise ValueError(f"{call.operation} is not in account/calls.py")
        try:
            return read(self._client(call, region))
        except (ClientError, BotoCoreError) as error:
            why = _refused(call, error) if isinstance(error, ClientError) else _failed(call, self.region, error)
        except (OSError, ValueError) as error:  # botocore lets them out: of a `credential_process`, of a wrong endpoint
            why = UnreachableError(f"your AWS settings cannot be used: {' '.join(str(error).split())}", _SETTINGS)
        if call is IDENTITY:  # it takes no right: whoever gets no answer to it gets none to anything
            raise UnreachableError(why.reason, why.fix, why.code)
        raise why

    def _client(self, call: Call, region: str | None) -> Any:
        region = call.region or region or self.region
        if (call.service, region) not in self._clients:
            client = self._session.client(call.service, region_name=region, config=_CONFIG)
            self._clients[call.service, region] = client
        return self._clients[call.service, region]

    @cached_property
    def _session(self) -> Any:
        return self._make()


def _refused(call: Call, error: ClientError) -> UnansweredError:
    """Why AWS refused a call."""
    code = error.response.get("Error", {}).get("Code", "")
    text = " ".join(error.response.get("Error", {}).get("Message", "").split())
    name = f"{call.service} {call.operation}"
    if code in _EXPIRED:
        return UnreachableError("your AWS session has expired", _LOG_IN, code)
    if code in _WRONG:
        return UnreachableError(f"AWS does not accept your credentials ({code})", _LOG_IN, code)
    if "not enabled for cost explorer" in text.lower() or code == "DataUnavailableException":
        reason = "Cost Explorer has no figures of this account yet"
        fix = "open it once: https://console.aws.amazon.com/costmanagement/home#/cost-explorer; it is ready a day later"
        return UnansweredError(reason, fix, code)
    if code in DENIED:
        return UnansweredError(
            f"you are not allowed {call.right or name}", f"ask your administrator for the right {call.right}", code
        )
    if code == "OptInRequired":
        return UnansweredError(f"the account has not enabled {call.service} or this region", "choose another", code)
    if code in _THROTTLED:
        return UnansweredError(f"AWS asks to wait before {name} ({code})", "the same again in a minute", code)
    return UnansweredError(f"AWS refuses {name}: {code}{f': {text}' if text else ''}", "", code)


def _failed(call: Call, region: str, error: BotoCoreError) -> UnansweredError:
    """Why a call did not reach AWS."""
    if isinstance(error, ProfileNotFound):
        return UnreachableError(f"{error}", "aws configure list-profiles, then export AWS_PROFILE=NAME")
    if isinstance(error, NoCredentialsError):
        return UnreachableError("there are no AWS credentials here", _LOG_IN)
    if isinstance(error, SSOError | LoginError | TokenRetrievalError):
        return UnreachableError(f"your AWS session has ended ({error})", "aws sso login, or aws login")
    if isinstance(error, PartialCredentialsError | CredentialRetrievalError):
        return UnreachableError(f"your AWS credentials are incomplete: {error}", _LOG_IN)
    if isinstance(error, ConfigParseError):
        return UnreachableError(" ".join(str(error).split()), "aws configure")
    if isinstance(error, NoConnectionError | HTTPClientError | InvalidRegionError):
        where = call.region or region
        return UnansweredError(
            f"{call.service} of AWS cannot be reached in {where}: {' '.join(str(error).split())}",
            f"the same again with a network; and is {where} a region of AWS? `pulumi config get region` shows yours",
        )
    return UnansweredError(f"{call.service} {call.operation} failed: {' '.join(str(error).split())}", "")
