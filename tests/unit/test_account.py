"""The user's AWS account is read and never changed, and whoever gets no answer is told why in one message."""

import re
import socket
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
)

from account import calls
from account.ask import Account, UnansweredError, UnreachableError
from account.calls import IDENTITY, PREFLIGHT, SPENDING, Call
from account.identity import identify
from tests.unit.aws_answers import ACCOUNT, Recorded, Refusal, asked
from tests.unit.iam import allows, grants
from tests.unit.iam_documents import ADMIN, BOUNDARY

CALLS = sorted({*SPENDING, *PREFLIGHT}, key=lambda call: (call.service, call.operation))
WORDS = re.compile(r"(Get|List|Describe|Head)[A-Z]")
NO_READER = re.compile(r"Get(SessionToken|FederationToken|AuthorizationToken|Random)")


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.service}:{call.operation}")
def test_a_call_only_reads(call: Call):
    model = boto3.client(call.service, region_name="us-east-1").meta.service_model.operation_model(call.operation)
    assert WORDS.match(call.operation) and not NO_READER.match(call.operation)
    assert WORDS.match(call.right.partition(":")[2]) or call.right in ("", "budgets:ViewBudget")
    assert model.http["method"] in ("GET", "HEAD", "POST")  # POST is what AWS's JSON protocols use for everything
    assert model.http["method"] != "POST" or call.service not in ("s3",)


def test_every_call_of_the_module_is_in_one_of_its_lists():
    declared = {value for value in vars(calls).values() if isinstance(value, Call)}
    assert declared == set(CALLS)


def test_what_is_not_in_the_list_cannot_be_asked():
    with pytest.raises(ValueError, match=r"DeleteDBInstance is not in account/calls\.py"):
        Recorded([]).account().ask(Call(service="rds", operation="DeleteDBInstance"))


def test_only_the_module_that_holds_the_list_asks_aws():
    root = Path(calls.__file__).parents[1]
    asking = {
        path.name
        for folder in ("account", "preflight")
        for path in (root / folder).rglob("*.py")
        if re.search(r"^(import|from) boto", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert asking == {"ask.py"}


REFUSALS = {
    "expired": (Refusal("ExpiredToken", "The security token is expired"), "your AWS session has expired"),
    "wrong key": (Refusal("InvalidClientTokenId", "invalid", 403), "AWS does not accept your credentials"),
    "wrong secret": (Refusal("SignatureDoesNotMatch", "", 403), "AWS does not accept your credentials"),
}
FAILURES = {
    "no profile": (ProfileNotFound(profile="x"), "config profile (x) could not be found", "AWS_PROFILE"),
    "half a key": (PartialCredentialsError(provider="env", cred_var="secret"), "incomplete", "aws configure"),
    "no login": (SSOTokenLoadError(error_msg="none"), "session has ended", "aws sso login"),
    "old login": (TokenRetrievalError(provider="sso", error_msg="gone"), "session has ended", "aws sso login"),
    "no network": (EndpointConnectionError(endpoint_url="https://x"), "cannot be reached in eu-central-1", "network"),
    "slow network": (ConnectTimeoutError(endpoint_url="https://x"), "cannot be reached in eu-central-1", "network"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_credentials_that_aws_refuses_end_it_all(case: str):
    refusal, reason = REFUSALS[case]
    with pytest.raises(UnreachableError, match=reason) as error:
        identify(Recorded([asked(IDENTITY, refusal)]).account(), (), "dev")
    assert "Type: aws configure, or `aws sso login`" in str(error.value)


@pytest.mark.parametrize("case", FAILURES)
def test_what_does_not_reach_aws_ends_it_all(case: str):
    failure, reason, fix = FAILURES[case]

    def session() -> None:
        raise failure

    with pytest.raises(UnreachableError) as error:
        identify(Account("eu-central-1", session), (), "dev")
    assert reason in error.value.reason and fix in error.value.fix


SETTINGS_OF_AWS = {
    "a program for credentials that is not there": ("credential_process = /nowhere/program", "/nowhere/program"),
    "a program for credentials that prints none": ("credential_process = echo none", "Expecting value"),
    "an endpoint that is none": ("endpoint_url = nowhere", "Invalid endpoint: nowhere"),
}


@pytest.mark.parametrize("case", SETTINGS_OF_AWS)
def test_settings_of_aws_that_cannot_be_used_are_one_message(
    case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    setting, reason = SETTINGS_OF_AWS[case]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(f"[default]\n{setting}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(UnreachableError, match=reason) as error:
        identify(Account("eu-central-1"), (), "dev")
    assert "aws configure list" in error.value.fix


def test_without_credentials_and_network_there_is_one_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(UnreachableError, match="there are no AWS credentials here"):
        identify(Account("eu-central-1"), (), "dev")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S")
    with pytest.raises(UnreachableError, match="cannot be reached in us-nowhere-9"):
        identify(Account("us-nowhere-9"), (), "dev")


def test_another_account_is_refused_before_anything_else_is_asked():
    me = asked(IDENTITY, {"Account": ACCOUNT, "Arn": "arn:aws:iam::123456789012:user/ada", "UserId": "AIDA"})
    with pytest.raises(
        UnreachableError, match="account 123456789012, and the stack allows 210987654321 alone"
    ) as error:
        identify(Recorded([me]).account(), ("210987654321",), "dev")
    assert "pulumi config set allowedAccountIds 210987654321,123456789012 --stack dev" in error.value.fix
    assert identify(Recorded([me]).account(), (ACCOUNT, "210987654321"), "dev") == ACCOUNT


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"])
def test_a_right_that_is_missing_is_named(code: str):
    with pytest.raises(UnansweredError, match="you are not allowed rds:DescribeCertificates") as error:
        Recorded([asked(calls.AUTHORITIES, Refusal(code))]).account().ask(calls.AUTHORITIES)
    assert not isinstance(error.value, UnreachableError), "other calls may be answered"


def test_the_meshs_administrator_may_ask_what_was_spent():
    resource = {"budgets:ViewBudget": f"arn:aws:budgets::{ACCOUNT}:budget/datamesh-project-0a1b2c3"}
    for call in SPENDING:
        if call.right:
            for document in (ADMIN, BOUNDARY):
                assert allows(document, call.right, resource.get(call.right, "*")), call.right
    assert not any(action in ("freetier:*", "billing:*", "ce:*") for action, _ in grants(ADMIN))
