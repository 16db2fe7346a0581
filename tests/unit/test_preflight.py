"""`make preflight` as a whole: every colour, what it prints, and that it stops nowhere without a word."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from account.calls import PREFERENCES, PREFLIGHT
from client.errors import CommandError
from client.state import read_resources
from commands import preflight as command
from mesh.settings import Settings
from preflight.findings import Colour, Finding, failed, green, line, red, summary, yellow
from preflight.rehearsal import ON_AWS, rehearse
from tests.sample import DOMAINS_FOLDER
from tests.unit.aws_answers import Asked, Recorded, Refusal, asked
from tests.unit.rehearsal import ALL, DOMAINS, SETTINGS, TODAY
from tests.unit.test_preflight_cluster import GREEN, Registry

Answer = tuple[int, str, str]


def kubectl(words: Sequence[str]) -> Answer:
    (answer,) = [answer for start, answer in GREEN.items() if " ".join(words).startswith(start)]
    return answer


def rehearsal(
    settings: Settings = SETTINGS, state: Any = lambda: (), changed: Mapping[str, Asked | None] | None = None
) -> list[Finding]:
    recorded = Recorded([each for each in (ALL | dict(changed or {})).values() if each is not None])
    found = list(rehearse("dev", settings, DOMAINS, recorded.account(), state, kubectl, Registry(200), TODAY))
    recorded.check()
    return found


def test_an_account_that_is_ready_is_green_from_the_first_line_to_the_last():
    found = rehearsal()
    assert {each.colour for each in found} == {Colour.GREEN}, [each for each in found if each.fix]
    assert [each.what for each in found] == [
        "estimate", "account", "plan", "credits", "quotas", "zones", "databases", "certificate", "bucket",
        "Glue databases", "boundary", "dashboard", "secrets", "billing alerts", "cluster", "cluster rights",
        "namespace", "built images", "images",
    ]  # fmt: skip
    assert summary(found) == "19 green, 0 yellow, 0 red: nothing is in the way of `pulumi up`."


def test_all_calls_in_the_list_are_made():
    assert {each.call for each in ALL.values()} | {PREFERENCES} == set(PREFLIGHT)


ONE_CALL = ("plan", "credits", "engines", "authority", "bucket", "glue", "policy", "dashboards", "secrets", "bill")
"""Parts that ask once, so that a denial leaves no answer over."""


@pytest.mark.parametrize("part", ONE_CALL)
def test_a_call_that_is_denied_is_one_line_and_the_rest_is_looked_at(part: str):
    call = ALL[part].call
    denied = asked(call, Refusal("403", "", 403) if part == "bucket" else Refusal("AccessDenied"))
    found = rehearsal(changed={part: denied})
    (shown,) = [each for each in found if each.colour is not Colour.GREEN]
    assert call.right in f"{shown.text} {shown.fix}"
    assert shown.colour is (Colour.RED if part == "bucket" else Colour.YELLOW)
    assert len(found) == len(rehearsal()), "every other line is there"


def test_a_session_that_expires_in_the_middle_is_red_and_ends_the_questions():
    asked_for = ("me", "plan", "plan again", "credits")
    expired = {"rds": asked(ALL["rds"].call, Refusal("ExpiredToken"))}
    rest = dict.fromkeys(set(ALL) - {*asked_for, "rds"})
    found = rehearsal(changed=expired | rest)
    assert [each.what for each in found if each.colour is Colour.RED] == ["quotas"]
    assert "has expired; nothing else was asked of AWS" in next(e.text for e in found if e.colour is Colour.RED)
    assert found[-1].what == "images", "cluster and registries need no session"


def test_a_state_that_cannot_be_read_is_yellow():
    def unread() -> Sequence[Any]:
        raise CommandError("cannot read the state of the stack dev: error: no login\nmore")

    found = rehearsal(state=unread)
    assert [(each.what, each.colour) for each in found if each.fix] == [("state", Colour.YELLOW)]


def test_a_stack_above_its_budget_is_red():
    poor = Settings(**{**vars(SETTINGS), "budget_usd": 1})
    assert [each.what for each in rehearsal(poor) if each.colour is Colour.RED] == ["estimate"]


def test_every_check_of_the_account_has_a_word_for_its_line():
    assert len({what for what, _ in ON_AWS}) == len(ON_AWS)


FOUND = [green("zones", "two"), yellow("credits", "few", "look"), red("bucket", "taken", "first\nsecond")]


def test_a_line_has_its_colour_as_a_word_and_what_to_type():
    assert line(FOUND[2], coloured=False) == (
        "red     bucket          taken\n" + " " * 26 + "first\n" + " " * 26 + "second"
    )
    assert "\x1b" not in line(FOUND[2], coloured=False)
    assert line(FOUND[2], coloured=True).startswith("\x1b[31mred    \x1b[0m bucket")
    assert all(len(each) <= 120 for each in line(green("x", "word " * 90), coloured=False).splitlines())


@pytest.mark.parametrize(
    ("found", "says", "fails"),
    [
        (FOUND[:1], "1 green, 0 yellow, 0 red: nothing is in the way", False),
        (FOUND[:2], "1 green, 1 yellow, 0 red: nothing is known to be in the way", False),
        (FOUND, "1 green, 1 yellow, 1 red: `pulumi up` would fail. Nothing was changed.", True),
    ],
)
def test_red_alone_makes_it_fail(found: list[Finding], says: str, fails: bool):
    assert summary(found).startswith(says) and failed(found) is fails


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(DOMAINS_FOLDER, tmp_path / "domains")
    monkeypatch.setattr(command, "PROJECT", tmp_path)
    return tmp_path


WHOLE = (
    "config: {owner: ada, datamesh:kubeContext: kind-datamesh, datamesh:alertEmail: ada@example.com, "
    "datamesh:projectStart: '2026-12-01', datamesh:allowedCidrs: [203.0.113.7/32]}\n"
)


@pytest.mark.parametrize(("found", "status"), [(FOUND[:2], 0), (FOUND, 1)])
def test_the_command_prints_all_lines_and_ends_with_their_status(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: list[Finding],
    status: int,
):
    (project / "Pulumi.dev.yaml").write_text(WHOLE)
    seen: list[Any] = []

    def look(stack: str, settings: Settings, domains: Any, *_: Any) -> Iterator[Finding]:
        seen.append((stack, settings.owner, settings.region, set(domains)))
        yield from found

    monkeypatch.setattr(command, "rehearse", look)
    assert command.main(["--stack", "dev"]) == status
    shown = capsys.readouterr().out
    assert seen == [("dev", "ada", "us-east-1", {"sales", "marketing"})]
    assert all(f"{each.colour.name.lower():<7} {each.what}" in shown for each in found) and "\x1b" not in shown


@pytest.mark.parametrize(
    ("text", "stack", "says"),
    [
        (None, "dev", "pulumi config set owner ada"),
        ("config: {datamesh:months: many}\n", "dev", "pulumi config set months 3"),
        ("config: [\n", "dev", "Pulumi.dev.yaml is not YAML"),
        ("config: {datamesh:owner: {secure: v1:abc}}\n", "dev", "pulumi config set --plaintext owner VALUE"),
        (WHOLE, "local", "make preflight STACK=dev"),
    ],
)
def test_a_stack_that_cannot_be_deployed_is_one_message_and_nothing_is_asked(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    stack: str,
    says: str,
):
    if text is not None:
        (project / f"Pulumi.{stack}.yaml").write_text(text)
    monkeypatch.setattr(command, "rehearse", lambda *_: pytest.fail("something was asked"))
    assert command.main(["--stack", stack]) == 1
    shown = capsys.readouterr()
    assert not shown.out and says in shown.err and shown.err.startswith("preflight: ")


def test_without_a_network_every_line_is_still_there():
    offline = Registry(requests.ConnectionError("no route"))
    recorded = Recorded([asked(ALL["me"].call, Refusal("ExpiredToken"))])
    found = list(rehearse("dev", SETTINGS, DOMAINS, recorded.account(), lambda: (), None, offline, TODAY))
    assert [(each.what, each.colour) for each in found if each.fix] == [
        ("account", Colour.RED), ("cluster", Colour.RED), ("images", Colour.YELLOW),
    ]  # fmt: skip


@pytest.mark.parametrize("text", [None, '{"deployment": null}', '{"deployment": {"resources": null}}'])
def test_a_stack_that_was_never_deployed_has_no_resources(text: str | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("client.state.export", lambda _: text)
    assert read_resources("dev") == []
