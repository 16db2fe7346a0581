"""The clients of Trino against a real HTTPS server: one that cannot prove its name gets no password."""

import base64
import json
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from client.errors import CommandError
from client.stack import parse_outputs
from client.trino import ask
from examples.mesh_notebook import Mesh, SilentError

OURS, THEIRS = trustme.CA(organization_name="ours"), trustme.CA(organization_name="theirs")
FINISHED = {
    "id": "q",
    "infoUri": "https://localhost/q",
    "stats": {"state": "FINISHED"},
    "columns": [{"name": "n", "type": "integer", "typeSignature": {"rawType": "integer", "arguments": []}}],
    "data": [[7]],
}


@dataclass
class Server:
    """A server that answers every query with 7, and keeps who has logged in."""

    port: int = 0
    logins: list[str] = field(default_factory=list)


@pytest.fixture
def served() -> Iterator[Callable[[trustme.CA, str], Server]]:
    """Starts a server with a certificate of an authority for a name; all are ended after the test."""
    ends: list[Callable[[], None]] = []

    def serve(authority: trustme.CA, name: str) -> Server:
        made = Server()

        class Trino(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                _, _, login = self.headers.get("Authorization", "").partition(" ")
                made.logins.append(base64.b64decode(login).decode())
                self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps(FINISHED).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        class Quiet(HTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Nothing: a client that hangs up is what these tests are about."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        server = Quiet(("127.0.0.1", 0), Trino)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        made.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        ends.extend((server.shutdown, thread.join, server.server_close))
        return made

    yield serve
    for end in ends:
        end()


def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


def by_client(port: int, authority: trustme.CA, folder: Path) -> Any:
    """What the client of seed, commands and examples gets."""
    outputs = {
        "domains": {},
        "credentials": {"databases": {}, "people": {"ada": "hush"}},
        "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "e", "eventsPrefix": "events/"},
        "trino": {"url": f"https://localhost:{port}", "portForward": None, "authority": pem(authority)},
        "people": {},
        "databaseCa": "data/rds-root-cas.pem",
    }
    return ask(parse_outputs(outputs), "SELECT 7", "ada").rows


def by_notebook(port: int, authority: trustme.CA, folder: Path) -> Any:
    """What the notebook's own `ask` gets."""
    (folder / "trino-ca.pem").write_text(pem(authority))
    (folder / "mesh.json").write_text(json.dumps({"domains": {}, "lake": {}}))
    variables = {"TRINO_HOST": "localhost", "TRINO_PORT": str(port), "TRINO_USER": "ada", "TRINO_PASSWORD": "hush"}
    files = {"TRINO_CA": str(folder / "trino-ca.pem"), "MESH": str(folder / "mesh.json"), "MESH_DATABASES": "{}"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (variables | files).items():
            patch.setenv(name, value)
        return Mesh().ask("SELECT 7").rows


CLIENTS = pytest.mark.parametrize("client", [by_client, by_notebook], ids=["client", "notebook"])


@pytest.fixture(autouse=True)
def _strange_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that would have clients trust another authority, and send everything to somebody in the middle."""
    (tmp_path / "bundle.pem").write_text(pem(THEIRS))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "bundle.pem"))
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "bundle.pem"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@CLIENTS
def test_a_server_with_the_stacks_certificate_is_asked_with_the_persons_own_login(
    client: Any, served: Callable[[trustme.CA, str], Server], tmp_path: Path
):
    server = served(OURS, "localhost")
    assert client(server.port, OURS, tmp_path) == [(7,)]
    assert set(server.logins) == {"ada:hush"}


def test_a_certificate_becomes_no_file_which_a_killed_command_would_leave_behind(
    served: Callable[[trustme.CA, str], Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    server = served(OURS, "localhost")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there is none"))
    assert by_client(server.port, OURS, tmp_path) == [(7,)]


@CLIENTS
@pytest.mark.parametrize(
    ("authority", "name", "why"),
    [(THEIRS, "localhost", "certificate verify failed"), (OURS, "trino.example.com", "certificate is not valid for")],
    ids=["another authority", "another name"],
)
def test_a_server_with_another_certificate_gets_no_password(
    client: Any,
    authority: trustme.CA,
    name: str,
    why: str,
    served: Callable[[trustme.CA, str], Server],
    tmp_path: Path,
):
    server = served(authority, name)
    with pytest.raises((CommandError, SilentError)) as refused:
        client(server.port, OURS, tmp_path)
    assert "CERTIFICATE_VERIFY_FAILED" in str(refused.value) or why in str(refused.value)
    assert server.logins == [], "the password has left"
