"""What a command does about servers that do not answer, and what it prints when it cannot go on."""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from botocore.exceptions import ProfileNotFound
from trino.exceptions import TrinoQueryError

from client import servers, trino
from client.command import explained, run
from client.errors import CommandError
from client.servers import Server, SilentError, lost
from client.stack import Stack, parse_outputs
from client.trino import Answer, RefusedError
from tests.sample import ROOT

Listen = Callable[[], None]


@pytest.fixture
def silent() -> Iterator[tuple[int, Listen]]:
    """A port that nobody listens at, and what makes somebody do so."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener.getsockname()[1], listener.listen


def stack(port: int, *, local: bool) -> Stack:
    """One whose database is at `port`, and whose Trino and lake answer."""
    with socket.create_server(("127.0.0.1", 0)) as used:
        there = used.getsockname()[1]
    place = {"host": "127.0.0.1", "port": port, "database": "sales_db", "identifier": "i", "catalog": "sales"}
    return parse_outputs(
        {
            "domains": {"sales": {**place, "lakePrefix": "sales/", "analystRoleArn": "arn"}},
            "people": {"admin": ["sales"]},
            "credentials": {
                "databases": {"sales": {"admin": {"user": "dm_admin", "password": "hush"}}},
                "people": {"admin": "hush"},
            },
            "lake": {
                "bucket": "b",
                "region": "us-east-1",
                "eventsTable": "e",
                "eventsPrefix": "events/",
                "endpoint": f"http://127.0.0.1:{port}" if local else None,
            },
            "trino": {
                "url": f"https://127.0.0.1:{port if local else there}",
                "portForward": None if local else "kubectl x",
                "authority": "",
            },
            "databaseCa": "data/rds-root-cas.pem",
        }
    )


@pytest.fixture
def started(silent: tuple[int, Listen], monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The titles of the servers that were to be started, each time; they listen then."""
    times: list[list[str]] = []

    def start(them: list[Server], needed: list[Server]) -> None:
        times.append([server.title for server in them])
        silent[1]()

    monkeypatch.setattr(servers, "_start", start)
    return times


def fails(kind: str, name: str) -> TrinoQueryError:
    return TrinoQueryError({"errorType": kind, "errorName": name, "message": "Connection refused"})


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Answer | Exception) -> None:
    left = list(answers)

    def answer(*_: object) -> Answer:
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(trino, "_answer", answer)


SEVEN = Answer(["n"], [(7,)])
EVERY = ["the database of sales", "Trino", "the emulator of S3 and Glue"]


def test_a_query_whose_database_has_ended_is_asked_again_once_it_runs(
    silent: tuple[int, Listen], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    answering(monkeypatch, fails("EXTERNAL", "JDBC_ERROR"), SEVEN)
    assert trino.ask(stack(silent[0], local=True), "SELECT 7") == SEVEN
    assert started == [EVERY]


@pytest.mark.parametrize(
    ("kind", "name", "error", "said"),
    [
        ("USER_ERROR", "PERMISSION_DENIED", RefusedError, r"^Trino refused a query of admin: PERMISSION_DENIED: "),
        ("INSUFFICIENT_RESOURCES", "EXCEEDED_TIME_LIMIT", CommandError, r"^Trino could not answer a query of admin: "),
    ],
)
def test_what_trino_itself_refuses_starts_nothing(
    kind: str,
    name: str,
    error: type[Exception],
    said: str,
    silent: tuple[int, Listen],
    started: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
):
    answering(monkeypatch, fails(kind, name))
    with pytest.raises(error, match=said):
        trino.ask(stack(silent[0], local=True), "SELECT 7")
    assert not started


def test_a_failure_behind_trino_while_every_server_answers_is_told_without_trinos_name_for_it(
    silent: tuple[int, Listen], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    silent[1]()
    answering(monkeypatch, fails("EXTERNAL", "JDBC_ERROR"))
    with pytest.raises(CommandError, match=r"^Trino could not answer a query of admin: Connection refused$"):
        trino.ask(stack(silent[0], local=True), "SELECT 7")
    assert not started


def test_of_a_stack_elsewhere_the_domain_is_named_and_nothing_is_started(
    silent: tuple[int, Listen], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    answering(monkeypatch, fails("EXTERNAL", "JDBC_ERROR"))
    said = rf"the database of sales does not answer at 127\.0\.0\.1:{silent[0]}\n[\s\S]*make allow-my-ip STACK=NAME"
    with pytest.raises(SilentError, match=said):
        trino.ask(stack(silent[0], local=False), "SELECT 7")
    assert not started


def test_a_login_to_a_database_that_has_ended_starts_it_and_is_tried_again(
    silent: tuple[int, Listen], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    logins: list[Any] = []

    def connect(**_: Any) -> str:
        if not started:
            raise psycopg2.OperationalError("Connection refused")
        logins.append("in")
        return "a connection"

    monkeypatch.setattr(psycopg2, "connect", connect)
    assert stack(silent[0], local=True).connect("sales", "admin") == "a connection"
    assert started == [EVERY] and logins == ["in"]


def test_the_lake_is_started_before_anything_is_put_there(silent: tuple[int, Listen], started: list[list[str]]):
    stack(silent[0], local=True).s3()
    assert started == [EVERY]


def test_a_start_that_fails_is_one_message_with_its_reason(
    silent: tuple[int, Listen], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "local").mkdir()
    (tmp_path / "local/__main__.py").write_text("import sys; sys.exit(f'no {sys.argv[1]} today')")
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path / ".local"))
    with pytest.raises(SilentError, match=r"^.* are not running, and did not start: no start today$"):
        stack(silent[0], local=True).revive()


def test_a_server_that_stays_silent_is_named_with_its_address(
    silent: tuple[int, Listen], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(servers, "_start", lambda *_: None)
    with pytest.raises(SilentError) as told:
        stack(silent[0], local=True).revive()
    assert [f"{title} does not answer at 127.0.0.1:{silent[0]}" for title in EVERY] == str(told.value).split("\n")[:3]


@pytest.mark.parametrize(
    ("error", "gone"),
    [
        (psycopg2.OperationalError("server closed the connection unexpectedly"), True),
        (psycopg2.InterfaceError("connection already closed"), True),
        (psycopg2.DatabaseError("error with status PGRES_TUPLES_OK and no message from the libpq"), True),
        (psycopg2.errors.UniqueViolation("duplicate key"), False),
        (psycopg2.ProgrammingError("no results to fetch"), False),
    ],
)
def test_a_lost_connection_is_told_from_a_statement_that_was_refused(error: psycopg2.Error, gone: bool):
    assert lost(error) is gone


def test_every_command_has_one_message_for_an_error_and_its_own_status(capsys: pytest.CaptureFixture[str]):
    def fail(error: BaseException) -> Callable[[], int]:
        def action() -> int:
            raise error

        return action

    assert run("query", lambda: None) == 0 and run("query", lambda: 3) == 3
    assert run("query", fail(CommandError("Type it again."))) == 1
    assert run("query", fail(KeyboardInterrupt()), "interrupted; nothing was changed") == 130
    assert run("query", fail(psycopg2.OperationalError("server closed\nthe connection"))) == 1
    assert run("publish", fail(ProfileNotFound(profile="typo"))) == 1
    assert capsys.readouterr().err.splitlines() == [
        "query: Type it again.",
        "query: interrupted; nothing was changed",
        "query: a database gave no answer: server closed the connection",
        "Type the same again.",
        "publish: AWS cannot be asked: The config profile (typo) could not be found",
        "`aws sts get-caller-identity` must show the stack's account.",
    ]
    with pytest.raises(ZeroDivisionError):
        run("query", fail(ZeroDivisionError()))


def test_a_full_disk_is_named_with_the_place_and_its_free_bytes(tmp_path: Path):
    wanted = tmp_path / "not" / "there"
    told = explained(OSError(errno.ENOSPC, "No space left on device", str(wanted))) or ""
    assert told.startswith(f"the disk with {tmp_path} is full: ") and " bytes are free there. Make room" in told
    assert " is full: " in (explained(OSError(errno.ENOSPC, "No space left on device")) or ""), "no file is named"
    assert explained(FileNotFoundError(errno.ENOENT, "No such file")) is None


@pytest.mark.parametrize(("code", "why"), [(errno.EROFS, "its disk is read-only"), (errno.EACCES, "you may not")])
def test_a_folder_that_cannot_be_written_to_is_named_and_nobody_is_told_to_make_room(code: int, why: str):
    told = explained(OSError(code, "", "/here/.local/lock"))
    closed = f"/here/.local/lock cannot be opened or written to: {why}."
    assert told == f"{closed} Make it yours and writable, then type the same again."


MAINS = sorted(
    path.relative_to(ROOT)
    for folder in ("commands", "seed", "examples")
    for path in (ROOT / folder).glob("*.py")
    if "read_stack(" in path.read_text(encoding="utf-8") or "read_outputs(" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", MAINS, ids=str)
def test_every_command_that_speaks_to_a_stack_prints_its_errors_by_the_one_rule(path: Path):
    assert "from client.command import run\n" in (ROOT / path).read_text(encoding="utf-8")
