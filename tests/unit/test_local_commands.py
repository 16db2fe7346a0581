"""What `make up` does around the engine: settings, environment, filtered output, and recovery after a kill."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import paths
from local.paths import LocalError
from local.prepare.engine import Engine
from local.progress import run_quietly
from local.stack import children, environment, output_filter, recover, stackfile
from tests.sample import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout for this test, in a folder whose name is as awkward as folders' names get."""
    folder = tmp_path / "a b%20'c$d"
    (folder / "local/stack").mkdir(parents=True)
    template = (paths.checkout() / "local/stack/local.yaml").read_text()
    (folder / "local/stack/local.yaml").write_text(template)
    monkeypatch.setattr(paths, "checkout", lambda: folder)
    monkeypatch.setenv("DATAMESH_LOCAL", str(folder / ".local"))
    return folder


def sourced(file: Path, shell: str, variable: str) -> str:
    script = f'. "$0"; . "$0"; printf %s "${variable}"'
    home = {"PATH": "/usr/bin:/bin", "PULUMI_CONFIG_PASSPHRASE": "another stack's"}
    return subprocess.run([shell, "-c", script, str(file)], cwd="/", env=home, capture_output=True, text=True).stdout


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_environment_can_be_sourced_from_anywhere_and_twice(shell: str, checkout: Path) -> None:
    engine = Engine(Path("/opt/pulumi"), built=True)
    environment.make(engine)
    path = sourced(environment.file(), shell, "PATH").split(":")
    assert path == [*environment.folders(engine), "/usr/bin", "/bin"], "ours first, each once, the user's own after"
    assert sourced(environment.file(), shell, "DATAMESH_LOCAL") == str(checkout / ".local")
    assert sourced(environment.file(), shell, "PULUMI_CONFIG_PASSPHRASE") == "", "it would win over the file"


def test_the_environment_and_the_passphrase_are_the_owners_alone(checkout: Path) -> None:
    environment.make(Engine(Path("/opt/pulumi"), built=False))
    first = environment.passphrase().read_text()
    environment.make(Engine(Path("/opt/pulumi"), built=False))
    assert environment.passphrase().read_text() == first, "another passphrase could not read the stack's secrets"
    assert environment.passphrase().stat().st_mode & 0o777 == 0o600
    assert paths.stack().stat().st_mode & 0o777 == 0o700


def test_a_lost_passphrase_of_an_existing_stack_is_explained(checkout: Path) -> None:
    environment.checkpoint().parent.mkdir(parents=True)
    environment.checkpoint().write_text("{}")
    with pytest.raises(LocalError, match="FORCE=1"):
        environment.make(Engine(Path("/opt/pulumi"), built=False))


def test_a_new_passphrase_drops_the_salt_of_the_old_one(checkout: Path) -> None:
    stackfile.ensure()
    stackfile.file().write_text(stackfile.file().read_text() + "encryptionsalt: v1:abc\n")
    environment.make(Engine(Path("/opt/pulumi"), built=False))
    assert "encryptionsalt" not in yaml.safe_load(stackfile.file().read_text()), (
        "the engine would refuse the passphrase"
    )


def test_the_settings_are_made_once_and_then_left_alone(checkout: Path) -> None:
    stackfile.ensure()
    text = stackfile.file().read_text()
    settings = yaml.safe_load(text)["config"]["datamesh:local"]
    ports = {settings["trinoPort"], settings["trinoHttpsPort"], settings["awsEndpoint"]}
    assert len(ports) == 3, "two servers cannot have one port"
    assert settings["databaseCa"] == ".local/tls/ca.pem"
    stackfile.ensure()
    assert stackfile.file().read_text() == text, "ports are chosen once: clients remember them"


def test_what_the_settings_lack_is_added_and_what_the_user_wrote_stays(checkout: Path) -> None:
    stackfile.file().write_text(
        "config:\n  datamesh:months: 2\n  datamesh:owner: ada\n  datamesh:local:\n    trinoPort: 21000\n"
    )
    stackfile.ensure()
    config = yaml.safe_load(stackfile.file().read_text())["config"]
    assert config["datamesh:months"] == 2, "a setting that the template has not is the user's"
    assert config["datamesh:owner"] == "ada" and config["datamesh:local"]["trinoPort"] == 21000
    assert config["datamesh:local"]["awsEndpoint"].startswith("http://127.0.0.1:"), "the program needs the group whole"


@pytest.mark.parametrize("text", ["a: [", "- a\n- b\n", "config: 3\n"])
def test_settings_that_are_none_are_explained_and_kept(text: str, checkout: Path) -> None:
    stackfile.file().write_text(text)
    with pytest.raises(LocalError, match="make up"):
        stackfile.ensure()
    assert stackfile.file().read_text() == text, "what a user wrote is not thrown away"


def lock(**changes: Any) -> dict[str, Any]:
    known = {"pid": os.getpid(), "hostname": socket.gethostname(), "timestamp": f"{datetime.now(UTC).isoformat()}"}
    return known | changes


def test_a_lock_counts_while_its_process_runs() -> None:
    assert str(os.getpid()) in (recover.holder(lock()) or ""), "a Pulumi that works must not be disturbed"


def test_a_lock_of_a_process_that_ended_does_not_count() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert recover.holder(lock(pid=ended.pid)) is None


def test_a_lock_does_not_count_when_its_number_went_to_another_process() -> None:
    before = (datetime.now(UTC) - timedelta(days=400)).isoformat()
    assert recover.holder(lock(timestamp=before)) is None, "this process is younger than the lock"


def test_a_lock_of_another_machine_is_the_users_to_judge() -> None:
    assert "pulumi cancel" in (recover.holder(lock(hostname="elsewhere")) or "")


def test_nanoseconds_in_a_lock_are_understood() -> None:
    assert recover.holder(lock(timestamp="2001-01-01T12:37:13.352386629Z")) is None, "the engine writes nine digits"


def test_only_a_deletion_without_an_end_is_ended() -> None:
    latest = {
        "resources": [{"urn": "db"}, {"urn": "bucket"}, {"urn": "old"}, {"urn": "old", "delete": True}],
        "pending_operations": [
            {"type": "deleting", "resource": {"urn": "db"}},
            {"type": "creating", "resource": {"urn": "bucket"}},
            {"type": "deleting", "resource": {"urn": "old"}},
            {"type": "deleting", "resource": {"urn": "gone"}},
        ],
    }
    assert recover.half_deleted(latest) == ["db"], "old is known to the engine as to be deleted, gone is gone"


OUTPUT = """\
warning: using pulumi-language-python from $PATH at /x/pulumi-language-python
Updating (local):
    pulumi:pulumi:Stack datamesh-local  warning: using pulumi-resource-aws from $PATH at /x/pulumi-resource-aws

 +  aws:ec2:Vpc network-vpc creating (0s)
 ++ kubernetes:core/v1:ConfigMap trino-catalogs creating replacement (0s) [diff: ~data]
 +  aws:ec2:Vpc network-vpc created (0.04s)
 +  kubernetes:apps/v1:Deployment trino-coordinator creating (0s)
 +  aws:rds:Instance sales-db **creating failed** 1 error
    pulumi:pulumi:Stack datamesh-local  2 warnings
 +  pulumi:pulumi:Stack datamesh-local created (47s) 5 warnings
Diagnostics:
  pulumi:pulumi:Stack (datamesh-local):
    warning: using pulumi-resource-aws from $PATH at /x/pulumi-resource-aws

{more}Resources:
    + 1 created
"""
ERROR = """\
  aws:rds:Instance (sales-db):
    error: the server died

"""


def test_the_output_of_an_update_shows_what_happened_and_no_noise() -> None:
    shown = "".join(output_filter.filtered(OUTPUT.format(more="").splitlines(keepends=True)))
    assert shown == (
        "Updating (local):\n\n"
        " +  aws:ec2:Vpc network-vpc created (0.04s)\n"
        " +  kubernetes:apps/v1:Deployment trino-coordinator creating (0s)\n"
        " +  aws:rds:Instance sales-db **creating failed** 1 error\n"
        " +  pulumi:pulumi:Stack datamesh-local created (47s)\n"
        "\nResources:\n    + 1 created\n"
    )


def test_the_output_of_an_update_keeps_every_error_under_its_heading() -> None:
    shown = "".join(output_filter.filtered(OUTPUT.format(more=ERROR).splitlines(keepends=True)))
    assert "Diagnostics:\n" in shown and "  aws:rds:Instance (sales-db):\n    error: the server died\n" in shown


def test_an_interrupted_command_gets_one_signal_and_may_end_cleanly(checkout: Path, tmp_path: Path) -> None:
    signals = tmp_path / "signals"
    program = (
        "import pathlib, signal, sys, time\n"
        f"signals = pathlib.Path({str(signals)!r})\n"
        "def note(*_):\n"
        "    signals.open('a').write('x')\n"
        "    time.sleep(0.3)\n"
        "    sys.exit(1)\n"
        "signal.signal(signal.SIGINT, note)\n"
        "signals.touch()\n"
        "time.sleep(60)\n"
    )
    caller = (
        "import sys; from local.stack import children\n"
        "try:\n"
        "    with children.interruptible():\n"
        "        children.run([sys.executable, '-c', sys.argv[1]], {}, 'failed', 'again', show=lambda lines: lines)\n"
        "except children.Interrupted:\n"
        "    sys.exit(130)\n"
    )
    root = ROOT
    process = subprocess.Popen(
        [sys.executable, "-c", caller, program], cwd=root, stderr=subprocess.PIPE, text=True, process_group=0
    )
    while not signals.exists():
        time.sleep(0.05)
        assert process.poll() is None, process.communicate()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of the group
    errors = process.communicate()[1]
    assert process.returncode == 130, "the caller sees an interruption, not a failed command: " + errors
    assert signals.read_text() == "x", "Pulumi takes a second interruption as the wish to drop everything"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the process was ended by SIGKILL"),
        ("print('no such thing'); raise SystemExit(3)", "the message above says why (exit code 3)"),
    ],
)
def test_a_command_that_fails_says_why_it_ended_and_what_to_type(
    script: str, reason: str, checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LocalError) as failure:
        children.run([sys.executable, "-c", script], {}, "`pulumi up` failed", "Type `make up`.", quiet=True)
    assert str(failure.value) == f"`pulumi up` failed: {reason}. Type `make up`."
    assert ("above" in reason) == ("no such thing" in capfd.readouterr().err), "there is a message if it is spoken of"


def test_an_installation_that_fails_shows_the_end_of_its_output_and_one_that_works_shows_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    script = "print('no such package'); raise SystemExit(2)"
    with pytest.raises(LocalError, match=r"(?s)^Not installed \(exit code 2\).*\n  no such package\nTry again\.$"):
        run_quietly([sys.executable, "-c", script], "Not installed", "Try again.")
    run_quietly([sys.executable, "-c", "print('done')"], "Not installed")
    assert capfd.readouterr() == ("", "")
