"""Whether a server of this machine answers HTTP, and when a Trino server that has started answers queries."""

import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

# A server looks every five seconds which nodes there are. Until it has seen itself there, none can read a catalog ("No
# nodes available to run query"), whatever /v1/info, `SELECT 1` and system.runtime.nodes say.
SETTLED = 6.0
QUERY = "SELECT * FROM TABLE(system.query(query => 'SELECT 1 AS one'))"  # the catalog is a header


def ask(method: str, url: str, body: str = "", **headers: str) -> Any:
    """The JSON that a server of this machine answers with status 200, None for another answer or none."""
    import requests  # takes a while to import, and most who import this start nothing

    with suppress(OSError), requests.Session() as session:  # all errors of requests are OSErrors
        session.trust_env = False  # no proxy
        answer = session.request(method, url, data=body, headers=headers, timeout=10)
        return answer.json() if answer.status_code == 200 else None
    return None


class Readiness:
    """True once the server reads `catalog`, or has had the time for it where no query can show it.

    None can if there is no such catalog, the server wants a password, or the database does not let Trino in yet.
    """

    def __init__(self, host: str, port: int, catalog: str | None) -> None:
        self._url, self._catalog = f"http://{host}:{port}", catalog
        self._started: float | None = None

    def __call__(self) -> bool:
        if (ask("GET", f"{self._url}/v1/info") or {}).get("starting") is not False:
            return False
        if self._started is None:
            self._started = time.monotonic()
        return self._reads() or time.monotonic() - self._started > SETTLED

    def _reads(self) -> bool:
        if self._catalog is None:
            return False
        headers = {"X-Trino-User": "startup", "X-Trino-Source": "startup", "X-Trino-Catalog": self._catalog}
        page = ask("POST", f"{self._url}/v1/statement", QUERY, **headers)
        while page and "nextUri" in page:
            page = ask("GET", self._url + urlsplit(page["nextUri"]).path, **headers)
        error = page["error"]["errorName"] if page and "error" in page else None
        if page and error is None:
            return True
        if error != "NO_NODES_AVAILABLE":
            self._catalog = None  # the answer will not change: do not ask again and again
        return False
