"""The HTTP interface of the stand-in, as much of Grafana's as a browser needs to show a dashboard."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.grafana.server import Grafana


class _Handler(BaseHTTPRequestHandler):
    grafana: Grafana

    def do_GET(self) -> None:
        """Health, the list of dashboards, a dashboard."""
        if self.path == "/api/health":
            self._say(200, {"database": "ok"})
        elif not self._logged_in():
            self._say(401, {"message": "Unauthorized"})
        elif self.path == "/api/search":
            boards = self.grafana.boards.values()
            self._say(200, [{"uid": b["uid"], "title": b["title"], "tags": b["tags"]} for b in boards])
        elif self.path == "/api/dashboards/home":
            self._say(200, {"dashboard": self.grafana.home})
        elif board := self.grafana.boards.get(self.path.removeprefix("/api/dashboards/uid/")):
            self._say(200, {"dashboard": board, "meta": {"provisioned": True, "canSave": False}})
        else:
            self._say(404, {"message": "Not found"})

    def do_POST(self) -> None:
        """The queries of a panel."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._logged_in():
            self._say(401, {"message": "Unauthorized"})
        elif self.path != "/api/ds/query":
            self._say(404, {"message": "Not found"})
        else:
            results = {query["refId"]: self._result(query, body["from"], body["to"]) for query in body["queries"]}
            self._say(max(result["status"] for result in results.values()), {"results": results})

    def _result(self, query: Mapping[str, Any], begin: str, end: str) -> dict[str, Any]:
        try:
            return {"status": 200, "frames": [self.grafana.query(query, begin, end)]}
        except Exception as error:  # whatever a server says is the answer of this query
            return {"status": 400, "error": f"{type(error).__name__}: {error}"}

    def _logged_in(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, password = base64.b64decode(given).decode().partition(":")
        return self.grafana.login(user, password)

    def _say(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def served(grafana: Grafana) -> Iterator[str]:
    """The URL at which it answers."""
    handler = type("Handler", (_Handler,), {"grafana": grafana})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
