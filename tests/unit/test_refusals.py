"""Servers that answer and do not let somebody in: one message, and only advice that helps against the reason."""

import re

import pytest
from trino.exceptions import Http503Error, HttpError

from client import servers, trino
from client.command import run
from client.stack import Stack, parse_outputs

OUTPUTS = {
    "domains": {},
    "people": {},
    "credentials": {"databases": {}, "people": {"admin": "hush"}},
    "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "e", "eventsPrefix": "events/"},
    "trino": {"url": "https://127.0.0.1:8443", "portForward": "kubectl x", "authority": ""},
    "databaseCa": "ca.pem",
}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            HttpError("error 401: b'Access Denied'"),
            r"^query: Trino does not take the password of admin\. .*two minutes",
        ),
        (Http503Error("error 503: service unavailable"), r"^query: Trino does not answer at https://.*: error 503: "),
        (
            HttpError("error 404: b'<html>" + "x" * 9_000 + "'"),
            r"^query: Trino does not answer at https://.*: error 404: ",
        ),
    ],
    ids=["401", "503", "404"],
)
def test_whatever_trino_answers_in_the_place_of_a_result_is_one_message(
    error: HttpError,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def answer(*_: object) -> None:
        raise error

    monkeypatch.setattr(trino, "_answer", answer)
    monkeypatch.setattr(Stack, "trino_connection", lambda *_: None)
    monkeypatch.setattr(Stack, "revive", lambda *_: False)

    def asked() -> None:
        trino.ask(parse_outputs(OUTPUTS), "SELECT 7")

    assert run("query", asked) == 1
    told = capsys.readouterr().err
    assert re.match(said, told) and "ype `" in told and len(told) < 600


ALLOW, TOKEN, CHANGED = "make allow-my-ip", "export AWS_PROFILE", "Its password has changed"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ('connection to server at "x" (192.0.2.1), port 5432 failed: timeout expired', ALLOW),
        ("connection to server failed: Connection refused", ALLOW),
        ('FATAL:  password authentication failed for user "sales_analyst"', CHANGED),
        ('FATAL:  PAM authentication failed for user "sales_analyst"', TOKEN),
        ('FATAL:  too many connections for role "sales_analyst"', "in a minute"),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "in a minute"),
        ("SSL error: certificate verify failed", "Nothing was sent"),
        ('server certificate for "a" does not match host name "b"', "Nothing was sent"),
        ("FATAL:  the database system is starting up", "in a minute"),
        ('FATAL:  database "sales_db" does not exist', None),
    ],
)
def test_whom_a_database_does_not_let_in_hears_what_helps_against_its_reason(reason: str, said: str | None):
    told = servers.not_logged_in("sales", "x:5432", "sales_analyst", reason, "arn:aws:iam::1:role/sales")
    assert told.startswith(f"cannot log in to the database of sales (x:5432) as sales_analyst: {reason}")
    advice = told.removeprefix(f"cannot log in to the database of sales (x:5432) as sales_analyst: {reason}")
    assert [each for each in (ALLOW, TOKEN, CHANGED, "in a minute", "Nothing was sent") if each in advice] == (
        [said] if said else []
    )
    assert ("arn:aws:iam::1:role/sales" in advice) is (said == TOKEN)
