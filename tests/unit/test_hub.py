"""What JupyterHub runs in its pod: who gets in, what a server is given, who is sent away."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import bcrypt
import pytest
from traitlets.config import Config

from k8s.jupyterhub import mesh_hub

LOGINS = {"ada": "right", "sales-analyst": "also right", "grafana": "a service's", "gone": "of who has gone"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The password file of four, of whom two are people."""
    lines = (f"{name}:{bcrypt.hashpw(word.encode(), bcrypt.gensalt(4)).decode()}\n" for name, word in LOGINS.items())
    (tmp_path / "password.db").write_text("".join(lines))
    (tmp_path / "names").write_text("ada\nsales-analyst\nnot-yet-in-the-file\n")
    monkeypatch.setattr(mesh_hub.known, "__defaults__", (tmp_path / "password.db", tmp_path / "names"))
    return tmp_path


def login(name: str, password: str) -> object:
    return asyncio.run(mesh_hub.authenticator()().authenticate(None, {"username": name, "password": password}))


@pytest.mark.parametrize("name", ["ada", "sales-analyst"])
def test_a_person_gets_in_with_trinos_password_and_no_other(files: Path, name: str):
    assert login(name, LOGINS[name]) == name
    assert login(name, "wrong") is None
    assert login(name, "") is None


@pytest.mark.parametrize("name", ["grafana", "gone", "nobody", "", "not-yet-in-the-file"])
def test_a_service_or_somebody_unknown_stays_outside(files: Path, name: str):
    assert login(name, LOGINS.get(name, "right")) is None


def test_a_password_that_bcrypt_would_cut_is_refused(files: Path):
    long = "x" * 72
    line = f"ada:{bcrypt.hashpw(long.encode(), bcrypt.gensalt(4)).decode()}\n"
    (files / "password.db").write_text(line)
    assert login("ada", long) == "ada"
    assert login("ada", f"{long}y") is None, "bcrypt looks at 72 bytes, and would let this one in"


def test_an_unknown_name_costs_as_many_comparisons_as_a_known_one(files: Path, monkeypatch: pytest.MonkeyPatch):
    compared = []
    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *words: compared.append(words) or real(*words))
    login("ada", "wrong")
    login("nobody", "wrong")
    assert len(compared) == 2, "the time to the answer would tell who exists"


def test_who_is_added_or_removed_while_the_hub_runs_is_so_at_the_next_login(files: Path):
    class User:
        name = "ada"

    door = mesh_hub.authenticator()()
    assert asyncio.run(door.refresh_user(User())) is True
    (files / "names").write_text("sales-analyst\ngone\n")
    assert login("gone", LOGINS["gone"]) == "gone"
    assert login("ada", LOGINS["ada"]) is None
    assert asyncio.run(door.refresh_user(User())) is False


def test_a_server_is_given_its_own_persons_logins_and_keeps_the_restricted_level():
    c = Config()
    names = ("NOTEBOOK_IMAGE", "PEOPLE_SECRET", "MESH_CONFIG_MAP", "NOTEBOOK_DISK", "NOTEBOOK_MEMORY_REQUEST")
    numbers = {"NOTEBOOK_CPU": "1", "NOTEBOOK_CPU_REQUEST": "0.1", "NOTEBOOK_MEMORY": "1024M"}
    mesh_hub.configure(c, {**{name: name.lower() for name in names}, **numbers})
    spawner = c.KubeSpawner
    secret = {key: value["valueFrom"]["secretKeyRef"] for key, value in spawner.environment.items() if key in
              ("TRINO_PASSWORD", "MESH_DATABASES")}  # fmt: skip
    assert {each["key"] for each in secret.values()} == {"{unescaped_username}", "{unescaped_username}.databases"}
    assert {each["name"] for each in secret.values()} == {"people_secret"}
    assert not [volume for volume in spawner.volumes if "secret" in volume], "a folder would hold everybody's logins"
    assert spawner.pod_security_context["runAsNonRoot"] is True
    assert spawner.container_security_context["capabilities"] == {"drop": ["ALL"]}
    assert spawner.automount_service_account_token is False
    assert spawner.component_label == "notebook", "no network policy would know the server"
    assert spawner.delete_pvc is False, "a person's files would go with the person"
    assert c.JupyterHub.cleanup_servers is False


def test_whoever_has_gone_is_sent_away_with_all_that_they_run_and_nobody_else(files: Path):
    asked: list[tuple[str, str, str]] = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, json.dumps([{"name": "ada"}, {"name": "gone"}, {"name": "not-yet-in-the-file"}]).encode())

        def do_DELETE(self) -> None:
            self._answer(204, b"")

        def _answer(self, status: int, body: bytes) -> None:
            asked.append((self.command, self.path.partition("?")[0], self.headers["Authorization"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        mesh_hub.expel(f"http://127.0.0.1:{server.server_port}", "t")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == [
        ("GET", "/users", "token t"),
        ("DELETE", "/users/gone", "token t"),
        ("DELETE", "/users/not-yet-in-the-file", "token t"),
    ]
