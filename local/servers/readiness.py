"""When a Trino server that has started answers queries: a few seconds later."""

import http.client
import json
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

# A server looks every five seconds which nodes there are. Until it has seen itself there, none can read a catalog ("No
# nodes available to run query"), whatever /v1/info, `SELECT 1` and system.runtime.nodes say.
SETTLED = 6.0
QUERY = "SELECT * FROM TABLE(system.query(query => 'SELECT 1 AS one'))"  # the catalog is a header


class Readiness:
    """True once the server reads `catalog`, or has had the time for it where no query tells.

    None tells if there is no such catalog, the server wants a password, or the database does not let Trino in yet.
    """

    def __init__(self, host: str, port: int, catalog: str | None) -> None:
        self._host, self._port, self._catalog = host, port, catalog
        self._started: float | None = None

    def __call__(self) -> bool:
        with closing(http.client.HTTPConnection(self._host, self._port, timeout=10)) as connection, suppress(OSError):
            _, info = _ask(connection, "GET", "/v1/info")
            if info.get("starting") is not False:
                return False
            if self._started is None:
                self._started = time.monotonic()
            return self._reads(connection) or time.monotonic() - self._started > SETTLED
        return False

    def _reads(self, connection: http.client.HTTPConnection) -> bool:
        if self._catalog is None:
            return False
        status, page = _ask(connection, "POST", "/v1/statement", QUERY, {"X-Trino-Catalog": self._catalog})
        while status == 200 and "nextUri" in page:
            status, page = _ask(connection, "GET", urlsplit(page["nextUri"]).path)
        error = page.get("error", {}).get("errorName")
        if status == 200 and error is None:
            return True
        if error != "NO_NODES_AVAILABLE":
            self._catalog = None  # the answer will not change: do not ask again and again
        return False


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str = "",
    more: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    connection.request(method, path, body, {"X-Trino-User": "startup", "X-Trino-Source": "startup", **(more or {})})
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if answer.status == 200 else {}
