"""The log of Trino's queries: what is kept of an event, what is hidden, who may write, and how large it gets."""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from k8s.trino import query_log
from k8s.trino.query_log import entry, hidden
from local.servers import readiness
from local.servers.process import free_port
from mesh.names import PUBLISHER

EVENT: dict[str, Any] = {
    "metadata": {
        "queryId": "20261127_120000_00001_abcde",
        "query": "SELECT email FROM sales.public.customers",
        "plan": "a long plan",
        "tables": [
            {"catalog": "sales", "schema": "public", "table": "customers", "columns": [{"column": "email"}]},
            {"catalog": "sales", "schema": "public", "table": "customers", "columns": [{"column": "age"}]},
        ],
    },
    "context": {"user": "ada", "source": "notebook", "remoteClientAddress": "127.0.0.1"},
    "statistics": {"outputRows": 7},
    "createTime": "2026-11-27T12:00:00.123Z",
}
REFUSED = EVENT | {
    "metadata": EVENT["metadata"] | {"tables": []},
    "failureInfo": {"errorCode": {"name": "PERMISSION_DENIED"}, "failureMessage": "Access Denied: no\nmore"},
}
TOKEN = "token"


def test_an_entry_says_who_asked_what_of_which_columns_and_what_became_of_it():
    kept = entry(EVENT)
    assert (kept["user"], kept["state"], kept["rows"]) == ("ada", "FINISHED", 7)
    assert kept["tables"] == {"sales.public.customers": ["age", "email"]}
    assert "plan" not in json.dumps(kept), "plans hold values of many people"


def test_a_refusal_is_no_failure():
    kept = entry(REFUSED)
    assert (kept["state"], kept["message"]) == ("REFUSED", "Access Denied: no")
    failed = REFUSED | {"failureInfo": {"errorCode": {"name": "SYNTAX_ERROR"}, "failureMessage": None}}
    assert (entry(failed)["state"], entry(failed)["message"]) == ("FAILED", "")


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("CREATE CATALOG c USING postgresql WITH (\"connection-password\" = 'p''w')", "'***'"),
        ("SELECT * FROM t WHERE email = 'ada@example.com'", "'ada@example.com'"),
        ("SET SESSION c.api_token = 'abc'", "'***'"),
        ("SELECT f(password => 'abc')", "'***'"),
    ],
)
def test_secrets_are_hidden_and_questions_are_kept(sql: str, kept: str):
    assert kept in hidden(sql, "ada")
    assert "abc" not in hidden(sql, "ada") and "p''w" not in hidden(sql, "ada")


def test_the_words_of_make_forget_hide_values_of_the_publisher_and_of_nobody_else():
    sql = "/* make forget sales */ SELECT * FROM customers WHERE email = 'ada@example.com'"
    kept = {
        user: entry(EVENT | {"metadata": EVENT["metadata"] | {"query": sql}, "context": {"user": user}})["sql"]
        for user in (PUBLISHER, "ada")
    }
    assert kept == {PUBLISHER: sql.replace("ada@example.com", "***"), "ada": sql}
    assert query_log.PUBLISHER == PUBLISHER, "it runs from its file alone"


def test_the_log_takes_the_room_of_two_files_and_is_its_owners_alone(tmp_path: Path):
    for number in range(50):
        query_log.append(tmp_path, {"number": number}, largest=100)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [query_log.FILE, f"{query_log.FILE}.1"]
    assert all(file.stat().st_size < 200 and file.stat().st_mode & 0o077 == 0 for file in files)
    assert json.loads(files[0].read_text().splitlines()[-1]) == {"number": 49}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[int]:
    kind = type("Receiver", (query_log.Receiver,), {"folder": tmp_path, "token": TOKEN, "timeout": 0.2})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def post(port: int, body: str, token: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/", body, {query_log.HEADER: token})
    return connection.getresponse().status


def test_only_who_has_the_token_writes_and_only_events(receiver: int, tmp_path: Path):
    assert post(receiver, json.dumps(EVENT), "another") == 401
    assert post(receiver, "no event", TOKEN) == post(receiver, "[]", TOKEN) == 400
    assert not (tmp_path / query_log.FILE).exists()
    assert post(receiver, json.dumps(EVENT), TOKEN) == 200
    assert json.loads((tmp_path / query_log.FILE).read_text())["user"] == "ada"


def test_an_event_that_does_not_come_to_its_end_keeps_no_other_out(receiver: int, tmp_path: Path):
    with socket.create_connection(("127.0.0.1", receiver)) as half:
        half.sendall(f"POST / HTTP/1.1\r\n{query_log.HEADER}: {TOKEN}\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert half.recv(1) == b"", "it is given up"
        assert post(receiver, json.dumps(EVENT), TOKEN) == 200
    assert 0 < (query_log.Receiver.timeout or 0) < 60, "outside of this test too"


def test_events_that_come_at_once_are_kept_one_after_the_other(receiver: int, monkeypatch: pytest.MonkeyPatch):
    within, most = threading.Semaphore(1), []

    def append(folder: Path, line: object) -> None:
        alone = within.acquire(blocking=False)
        most.append(alone)
        time.sleep(0.02)
        if alone:
            within.release()

    monkeypatch.setattr(query_log, "append", append)
    with ThreadPoolExecutor(8) as senders:
        sent = list(senders.map(lambda _: post(receiver, json.dumps(EVENT), TOKEN), range(8)))
    assert sent == [200] * 8 and most == [True] * 8, "a full file would be put aside twice"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The log as its container runs it, and its port."""
    port = free_port("127.0.0.1")
    variables = {"QUERY_LOG_FOLDER": str(tmp_path), "QUERY_LOG_PORT": str(port), "QUERY_LOG_TOKEN": TOKEN}
    with subprocess.Popen([sys.executable, "-I", query_log.__file__], env=variables) as log:
        while readiness.ask("GET", f"http://127.0.0.1:{port}/") is None:
            assert log.poll() is None, "it ended by itself"
            time.sleep(0.02)
        yield log, port
        log.kill()


def test_whoever_connects_and_says_nothing_keeps_no_event_out(process: tuple[subprocess.Popen[bytes], int]):
    _, port = process
    with socket.create_connection(("127.0.0.1", port)):
        assert post(port, json.dumps(EVENT), TOKEN) == 200


def test_it_ends_when_it_is_told_to_though_it_is_the_first_process_of_its_container(
    process: tuple[subprocess.Popen[bytes], int],
):
    log, _ = process
    log.terminate()
    assert log.wait(timeout=30) == 0, "by its own handler: a first process without one does not hear of the signal"
