"""What the local stack's servers are made of, as far as it is plain functions and small processes."""

import base64
import hashlib
import hmac
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from client.ports import port_is_free
from local.servers import certificates, postgres, process, readiness, trino, unprivileged
from local.servers.process import ServerError


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path / ".local"))


def sleeper(name: str, argv: list[str] | None = None, ready: bool = True) -> int:
    return process.start(name, argv or ["sleep", "600"], ready=lambda: ready, timeout=0.5, why="The sleeper")


def test_a_server_is_started_once_and_ended_once() -> None:
    pid = sleeper("one")
    assert sleeper("one") == pid == process.alive("one"), "it runs already"
    process.stop("one")
    assert process.alive("one") is None
    assert not psutil.pid_exists(pid), "not even a zombie is left"
    process.stop("one")


def test_only_a_server_that_was_not_ready_yet_is_waited_for() -> None:
    with pytest.raises(ServerError):
        sleeper("early", ready=False)
    pid = sleeper("early")
    assert sleeper("early", ready=False) == pid, "it was ready once: it is not waited for again"
    process.stop("early")


def test_a_process_that_got_the_same_number_later_is_left_alone() -> None:
    pid = sleeper("old")
    record = process.paths.stack() / "run" / "old.json"
    record.write_text(record.read_text().replace('"born": ', '"born": 9'))
    assert process.alive("old") is None, "born at another time: another process"
    process.stop("old")
    assert psutil.pid_exists(pid)
    psutil.Process(pid).kill()


def test_a_server_that_does_not_get_ready_is_ended_and_the_end_of_its_log_is_shown() -> None:
    talker = [sys.executable, "-c", "import time; print('out of luck', flush=True); time.sleep(600)"]
    with pytest.raises(ServerError, match=r"(?s)The sleeper was not ready after.*slow\.log:\n  out of luck"):
        process.start("slow", talker, ready=lambda: False, timeout=2, why="The sleeper")
    assert process.alive("slow") is None


def test_a_server_that_dies_is_reported_with_its_exit_code_without_stack_frames() -> None:
    text = r"print('the reason'); print('\tat io.trino.Some.frame(Some.java:1)\n' * 50); raise SystemExit(3)"
    with pytest.raises(ServerError, match=r"ended before it was ready \(exit code 3\).*:\n  the reason$"):
        process.start("dead", [sys.executable, "-c", text], ready=lambda: False, timeout=30, why="The sleeper")


def test_children_end_with_their_server_and_force_is_used_when_asking_does_not_help() -> None:
    stubborn = "trap '' TERM; sleep 600 & sleep 600 & wait; wait; sleep 600"
    pid = sleeper("family", ["sh", "-c", stubborn])
    while len(psutil.Process(pid).children()) < 2:
        time.sleep(0.01)
    family = [*psutil.Process(pid).children(), psutil.Process(pid)]
    process.stop("family", signal.SIGTERM, timeout=0.2)
    assert not [member for member in family if member.is_running() and member.status() != psutil.STATUS_ZOMBIE]


def test_several_who_start_one_server_at_once_start_one() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(sleeper("race"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    process.stop("race")


def test_a_run_that_is_killed_before_recording_a_server_leaves_none_behind() -> None:
    mark = f"datamesh-{os.getpid()}"
    orphan = "import os; from local.servers import process; process.write_private = lambda *_: os._exit(1); "
    orphan += f"process.start('x', ['sh', '-c', 'sleep 20; true', '{mark}'], ready=bool, timeout=1, why='')"
    subprocess.run([sys.executable, "-c", orphan], cwd=Path(__file__).parents[2], check=False)

    def left() -> list[int]:
        return [p.pid for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or [])]

    deadline = time.monotonic() + 10
    while left() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left() == [], "it waits for a line of its starter, which never comes"


def test_logs_of_servers_are_private() -> None:
    sleeper("quiet")
    assert process.log("quiet").stat().st_mode & 0o077 == 0
    process.stop("quiet")


def test_a_free_port_is_free_and_outside_the_range_of_outgoing_connections() -> None:
    port = process.free_port("127.0.0.1")
    assert 20000 <= port < 32000
    assert port_is_free("127.0.0.1", port)


def test_one_certificate_serves_all_hosts_and_the_authority_stays_when_one_is_added() -> None:
    authority = certificates.ensure(["127.0.0.1"]).read_bytes()
    first = certificates.pem().read_bytes()
    certificates.ensure(["localhost"])
    assert certificates.pem().read_bytes() == first, "nothing to add"
    certificates.ensure(["10.1.2.3"])
    certificates.ensure(["trino.example"])
    assert certificates._names() == {"127.0.0.1", "localhost", "10.1.2.3", "trino.example"}
    assert certificates.ca().read_bytes() == authority
    assert certificates.key().stat().st_mode & 0o077 == 0
    assert certificates.ca().stat().st_mode & 0o777 == 0o644


def test_a_verifier_proves_its_password_and_no_other() -> None:
    mechanism, parameters, keys = postgres.scram_verifier("Throwaway7Password").split("$")
    iterations, salt = parameters.split(":")
    stored, _server = keys.split(":")
    assert mechanism == "SCRAM-SHA-256"

    def proves(password: str) -> bool:
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        return base64.b64encode(hashlib.sha256(client_key).digest()).decode() == stored

    assert proves("Throwaway7Password") and not proves("throwaway7password")


def test_the_verifier_is_the_one_of_the_standards_example() -> None:
    # RFC 7677, section 3: user "user", password "pencil"
    verifier = postgres.scram_verifier("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    assert verifier.startswith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$")
    assert verifier.endswith(":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="), "the server key behind the signature"


@pytest.mark.parametrize("password", ["", "pässword", "tab\there"])
def test_a_password_that_rds_refuses_is_refused(password: str) -> None:
    with pytest.raises(ServerError, match="printable ASCII"):
        postgres.scram_verifier(password)


@pytest.mark.parametrize("name", ['x"; DROP', "Sales", "1a", "", "a" * 64])
def test_a_name_that_would_need_quoting_is_refused(name: str) -> None:
    with pytest.raises(ServerError, match="no name for a database"):
        postgres._quoted(name)


def test_an_ordinary_user_runs_programs_as_they_are() -> None:
    assert unprivileged.command(["postgres", "-D", Path("/data")], uid=1000) == ["postgres", "-D", "/data"]


@pytest.mark.parametrize(
    ("permitted", "passage"),
    [
        (0b1_0000_0110, "dac_read_search"),
        (0b1_0000_0010, "dac_override"),
        (0b1_0000_0000, None),
        (0b0_0000_0110, None),
    ],
)
def test_root_passes_on_the_least_that_opens_the_way(permitted: int, passage: str | None) -> None:
    options = unprivileged._passage(permitted)
    assert (f"--ambient-caps=+{passage}" in options) if passage else options == []


def test_root_on_a_mac_gets_the_advice_to_go_without_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(ServerError, match="without sudo"):
        unprivileged.command(["postgres"], uid=0)


def test_only_mounted_paths_become_paths_of_this_machine() -> None:
    mounts, root = {"/etc/trino": "a", "/etc/trino-tls": "b"}, Path("/here")
    found = [trino._on_this_machine(value, mounts, root) for value in ("/etc/trino/x", "/etc/trinox", "secret", "")]
    assert found == ["/here/etc/trino/x", "/etc/trinox", "secret", ""]


def test_a_mount_inside_a_mount_shows_both(tmp_path: Path) -> None:
    for name in ("config.properties", "jvm.config", "node.properties"):
        process.write_private(tmp_path / "config" / name, name)
    process.write_private(tmp_path / "catalogs" / "sales.properties", "x")
    mounts = {"/etc/trino": str(tmp_path / "config"), "/etc/trino/catalog": str(tmp_path / "catalogs")}
    root = trino._lay_out("t", mounts)
    assert (root / "etc/trino/jvm.config").read_text() == "jvm.config"
    process.write_private(tmp_path / "catalogs" / "sales.properties", "changed")
    assert (root / "etc/trino/catalog/sales.properties").read_text() == "changed", "a link, not a copy"
    assert sorted(file.name for file in (tmp_path / "config").iterdir()) == sorted(
        ("config.properties", "jvm.config", "node.properties")
    ), "the mounted object itself is not written to"


def test_a_server_of_trino_is_ended_for_another_pod_and_left_alone_for_an_equal_one(monkeypatch: pytest.MonkeyPatch):
    ended: list[str] = []
    monkeypatch.setattr(process, "stop", ended.append)
    monkeypatch.setattr(trino, "_start", lambda *_: None)
    pod = trino.Pod(mounts={}, env={"A": "1"}, ports={8080: 20001}, host="127.0.0.1")
    trino.apply("t", pod)
    ended.clear()
    trino.apply("t", replace(pod, env={"A": "1"}))
    assert ended == []
    trino.apply("t", replace(pod, env={"A": "2"}))
    assert ended == ["t"]


def test_a_deployment_without_a_published_port_is_refused() -> None:
    with pytest.raises(ServerError, match="publishes no port 8080"):
        trino.apply("t", trino.Pod(mounts={}, env={}, ports={}, host="127.0.0.1"))


class Info(BaseHTTPRequestHandler):
    """Answers one path."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/v1/info" else 404)
        self.end_headers()
        self.wfile.write(b'{"starting": false}')

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_only_the_server_itself_is_asked_and_only_a_good_answer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with HTTPServer(("127.0.0.1", 0), Info) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert readiness.ask("GET", f"{url}/v1/info") == {"starting": False}
        assert readiness.ask("GET", f"{url}/v1/other") is None
        server.shutdown()
    assert readiness.ask("GET", f"{url}/v1/info") is None, "nothing listens there any more"
