"""Keeps who asked Trino what: receives the events of Trino's HTTP event listener and appends a JSON line for each.

It runs beside the coordinator, from this file alone: `python query_log.py`, with QUERY_LOG_FOLDER, QUERY_LOG_PORT and
QUERY_LOG_TOKEN in the environment. It listens on loopback, and takes events only with the token.
"""

import hmac
import json
import os
import re
import signal
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FILE = "queries.jsonl"
HEADER = "X-Query-Log-Token"
LARGEST_EVENT = 64_000_000
"""Bytes. An event has the whole plan of its query."""
SILENCE = 10
"""Seconds without a byte after which a connection is given up."""
LARGEST_FILE = 20_000_000
"""Bytes. A full file takes the place of the one before, so that two are on the disk at most."""
LONGEST_SQL = 4_000
"""Characters; the rest of a statement is not kept."""
_LITERAL = r"'(?:[^']|'')*'"
_ALL_HIDDEN = re.compile(r"(?is)^\s*(?:create|alter)\s+catalog\b")
"""A catalog's properties are secrets perhaps."""
_FORGOTTEN = re.compile(r"\s*/\* make forget\b")
"""`make forget` names a person who is to stand nowhere."""
PUBLISHER = "publisher"
"""The user as whom `make forget` asks: in statements of others these words hide nothing."""
_NAMED_SECRET = re.compile(
    rf"(?is)([\"']?[\w.-]*(?:password|passwd|secret|token|credential|access[-_.]?key)[\w.-]*[\"']?\s*(?:=>?|,|\s)\s*)"
    rf"{_LITERAL}"
)


def entry(event: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an event of a query that ended: one JSON object, without plans and without secrets in the SQL.

    `state` is FINISHED, REFUSED (by the rules of access) or FAILED; `tables` are as the query names them, with their
    columns as `catalog.schema.table`: […]; `rows` is what the reader was given.
    """
    metadata, context = event["metadata"], event["context"]
    failure = event.get("failureInfo")
    code = (failure or {}).get("errorCode", {}).get("name", "")
    state = "FINISHED" if failure is None else "REFUSED" if code == "PERMISSION_DENIED" else "FAILED"
    return {
        "time": event["createTime"],
        "query": metadata["queryId"],
        "user": context["user"],
        "source": context.get("source") or "",
        "client": context.get("remoteClientAddress") or "",
        "state": state,
        "error": code,
        "message": hidden(((failure or {}).get("failureMessage") or "").partition("\n")[0], context["user"])[
            :LONGEST_SQL
        ],
        "tables": tables(metadata.get("tables") or []),
        "rows": (event.get("statistics") or {}).get("outputRows", 0),
        "sql": hidden(metadata["query"], context["user"])[:LONGEST_SQL],
    }


def tables(read: list[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Columns by table, those behind views too."""
    found: dict[str, set[str]] = {}
    for table in read:
        columns = found.setdefault(f"{table['catalog']}.{table['schema']}.{table['table']}", set())
        columns.update(column["column"] for column in table.get("columns") or [])
    return {name: sorted(columns) for name, columns in sorted(found.items())}


def hidden(sql: str, user: str) -> str:
    """The statement of `user` with secrets as '***': what is named as one, of some statements each literal."""
    if _ALL_HIDDEN.match(sql) or (user == PUBLISHER and _FORGOTTEN.match(sql)):
        return re.sub(_LITERAL, "'***'", sql)
    return _NAMED_SECRET.sub(r"\1'***'", sql)


def append(folder: Path, line: Mapping[str, Any], largest: int = LARGEST_FILE) -> None:
    """Appends to FILE in `folder`, which only its owner can read; a full one becomes FILE.1."""
    file = folder / FILE
    if file.exists() and file.stat().st_size >= largest:
        file.replace(folder / f"{FILE}.1")
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")


class Receiver(BaseHTTPRequestHandler):
    """Answers GET for probes, and POST with an event."""

    folder: Path
    token: str
    timeout = SILENCE
    one_event = threading.Lock()
    """Held by who sends the token and an event: memory is enough for one at a time, and so is the file."""

    def do_GET(self) -> None:
        """Says that it runs."""
        self._answer(200)

    def do_POST(self) -> None:
        """Takes one event; 401 without the token, 400 for what is no event, 500 when it could not be written."""
        size = int(self.headers.get("Content-Length") or 0)
        # compared as bytes: a header may hold what is no ASCII
        if not hmac.compare_digest((self.headers.get(HEADER) or "").encode(), self.token.encode()):
            self._answer(401)
        elif not 0 < size <= LARGEST_EVENT:
            self._answer(413)
        else:
            with self.one_event:
                self._take(self.rfile.read(size))

    def _take(self, body: bytes) -> None:
        try:
            line = entry(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            print(f"this is no event of a query: {type(error).__name__}: {error}", flush=True)
            self._answer(400)
            return
        try:
            append(self.folder, line)
        except OSError as error:
            print(f"the query {line['query']} of {line['user']} could not be kept: {error}", flush=True)
            self._answer(500)  # Trino tries again
            return
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"{}")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the events are the log."""


def main() -> None:
    """Serves until it is ended."""
    # As process 1 of its container it would not hear of the end, and keep the pod for its whole grace period.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Receiver.folder = Path(os.environ["QUERY_LOG_FOLDER"])
    Receiver.token = os.environ["QUERY_LOG_TOKEN"]
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["QUERY_LOG_PORT"])), Receiver).serve_forever()


if __name__ == "__main__":
    main()
