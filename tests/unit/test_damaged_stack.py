"""A damaged `.local`: each file that the project reads there is whole, or is one message, or is made again."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from local import paths, records
from local.paths import LocalError
from local.providers.aws.databases import Databases
from local.providers.kubernetes import files
from local.providers.kubernetes.package import gone
from local.providers.package import Resource
from local.servers import certificates, descriptors, postgres, process, registry
from local.stack import damage, environment, recover
from tests.sample import ROOT

DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda text: b"",
    "half": lambda text: text[: len(text) // 2],
    "rubbish": lambda text: b"\x00\xff{[",
    "another type": lambda text: b"[]",
}
DAMAGED = pytest.mark.parametrize("damage_", DAMAGE.values(), ids=list(DAMAGE))
Damage = Callable[[bytes], bytes]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path / ".local"))


def spoil(file: Path, how: Damage) -> None:
    file.write_bytes(how(file.read_bytes()))


@DAMAGED
def test_a_record_is_whole_or_refused_by_its_path(tmp_path: Path, damage_: Damage):
    file = tmp_path / "record.json"
    assert records.read(file, pid=int) is None
    file.write_text('{"pid": 7}')
    assert records.read(file, pid=int) == {"pid": 7}
    spoil(file, damage_)
    with pytest.raises(records.DamagedError, match=f"^{file} is damaged .*: type `make up`"):
        records.read(file, pid=int)


@DAMAGED
def test_a_server_whose_record_is_damaged_is_ended_before_another_is_started(tmp_path: Path, damage_: Damage):
    folder = tmp_path / "work"
    folder.mkdir()
    first = process.start("one", ["sleep", "600"], ready=lambda: True, timeout=5, why="It", cwd=folder)
    spoil(paths.stack() / "run" / "one.json", damage_)
    assert process.alive("one") is None, "nothing says that it runs"
    process.end_strays(folder)
    assert not psutil.pid_exists(first) or psutil.Process(first).status() == psutil.STATUS_ZOMBIE


def test_a_program_of_the_user_in_another_folder_is_no_stray(tmp_path: Path):
    with subprocess.Popen(["sleep", "600"], cwd=tmp_path) as bystander:
        process.end_strays(tmp_path / "work")
        assert bystander.poll() is None
        bystander.kill()


@DAMAGED
def test_a_server_whose_description_is_damaged_is_named_and_the_others_run_on(damage_: Damage):
    for name in ("one", "two"):
        descriptors.write(name, {"kind": "none", "host": paths.HOST, "port": 1})
    spoil(paths.stack() / "servers" / "one.json", damage_)
    assert [server.name for server in registry.status()] == ["two"]
    assert descriptors.damaged() == ["one"]
    with pytest.raises(LocalError, match="How one runs is not known, its file is damaged: type `make up`"):
        registry.start_all()
    registry.stop_all()


@DAMAGED
@pytest.mark.parametrize("name", ["ca.pem", "ca.key", "server.pem", "server.key"])
def test_damaged_certificates_are_named_and_made_anew(name: str, damage_: Damage):
    certificates.ensure([paths.HOST])
    before = certificates.ca().read_bytes()
    file = paths.stack() / "tls" / name
    spoil(file, damage_)
    with pytest.raises(process.ServerError, match=f"{file} is damaged or gone: type `make up`"):
        certificates.ensure([paths.HOST])
    assert certificates.mend() and not certificates.mend()
    certificates.ensure([paths.HOST])
    kept = certificates.ca().read_bytes() == before
    assert kept == name.startswith("server"), "clients know the authority: another is made only if it is damaged"


def state(*resources: dict[str, object]) -> Path:
    file = environment.checkpoint()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": list(resources)}}}))
    return file


@DAMAGED
def test_a_damaged_state_is_replaced_by_the_engines_copy(damage_: Damage, capsys: pytest.CaptureFixture[str]):
    file = state()
    copy = file.with_name("local.json.bak")
    copy.write_bytes(file.read_bytes())
    recover.state()
    assert not capsys.readouterr().err, "a whole one is left alone"
    spoil(file, damage_)
    recover.state()
    assert file.read_bytes() == copy.read_bytes()
    assert f"{file} is damaged: taking the engine's copy" in capsys.readouterr().err


@DAMAGED
def test_a_state_that_is_lost_names_the_databases_that_may_hold_rows(damage_: Damage):
    file = state()
    spoil(file, damage_)
    file.with_name("local.json.bak").write_bytes(file.read_bytes())
    (paths.stack() / "postgres" / "datamesh-sales-1").mkdir(parents=True)
    with pytest.raises(LocalError, match=r"postgres/datamesh-sales-1[\s\S]*make down FORCE=1"):
        recover.state()


@DAMAGED
def test_a_lock_that_the_engine_cannot_read_is_removed(damage_: Damage):
    file = paths.state() / ".pulumi/locks/organization/x.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"pid": 1, "timestamp": "2026-01-01T00:00:00Z"}')
    spoil(file, damage_)
    recover.locks({})
    assert not file.exists()


def config_map() -> Resource:
    place = {"namespace": "n", "name": "rules"}
    return Resource("urn:pulumi:local::datamesh::kubernetes:core/v1:ConfigMap::rules", {}, {"metadata": place})


@DAMAGED
def test_an_object_whose_files_are_damaged_is_made_again(damage_: Damage):
    files.write("n", "ConfigMap", "rules", {"rules.json": b'{"catalogs": []}', "groups": b"a:b"})
    resource = config_map()
    known = {"urn": resource.urn, "outputs": resource.outputs}
    state(known)
    assert not gone(resource) and damage.found() == []
    spoil(files.folder("n", "ConfigMap", "rules") / "rules.json", damage_)
    assert gone(resource)
    assert damage.found() == ["Files of the ConfigMap rules are damaged or gone: it is made again."]


def test_an_object_that_an_older_version_wrote_is_whole_as_long_as_no_file_is_empty():
    files.write("n", "ConfigMap", "rules", {"groups": b"a:b"})
    folder = files.folder("n", "ConfigMap", "rules")
    folder.with_name(".rules.sum").unlink()
    assert files.whole("n", "ConfigMap", "rules")
    (folder / "groups").write_bytes(b"")
    assert not files.whole("n", "ConfigMap", "rules")
    files.remove("n", "ConfigMap", "rules")
    assert not files.whole("n", "ConfigMap", "rules")


def test_an_empty_database_folder_is_told_with_its_rows_and_a_damaged_one_is_never_made_again():
    descriptors.write("datamesh-sales-1", {"kind": "postgres", "host": paths.HOST, "port": 1})
    known = {"identifier": "datamesh-sales-1"}
    urn = "urn:pulumi:local::datamesh::aws:rds/instance:Instance::sales-db"
    state({"urn": urn, "outputs": known})
    folder = postgres.data("datamesh-sales-1")
    folder.mkdir(parents=True)
    assert Databases("").gone(known)
    (line,) = damage.found()
    assert "Its folder is empty or gone, and every row with it" in line
    (folder / "base").mkdir()
    assert damage.found() == [] and not Databases("").gone(known), "rows may be in it"
    with pytest.raises(LocalError, match=r"PG_VERSION is missing. Keep a copy of that folder"):
        postgres.start("datamesh-sales-1")
    assert (folder / "base").is_dir()
    (paths.stack() / "servers" / "datamesh-sales-1.json").write_text("")
    assert "Its rows are there" in damage.found()[0]


@pytest.mark.parametrize("rest", ["", "export PULUMI_ST", "export PULUMI_STACK='local\n"])
def test_half_an_environment_is_never_sourced(tmp_path: Path, rest: str):
    """Without the rest of it, `pulumi` would be the user's own, and its stack another."""
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/env").write_text(rest)
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    line = ["make", "--no-print-directory", "query", f"PYTHON={sys.executable}", "VENV=true"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.returncode and done.stderr.startswith(".local/env is damaged: type `make up`"), done.stderr


def test_a_server_that_has_no_room_to_start_names_the_disk_and_not_the_lines_of_its_log(tmp_path: Path):
    text = "print('FATAL:  could not write to file \"pg_wal/x\": No space left on device'); raise SystemExit(1)"
    with pytest.raises(process.ServerError) as full:
        process.start(
            "full", [sys.executable, "-c", text], ready=lambda: False, timeout=30, why="The database", cwd=tmp_path
        )
    (line,) = str(full.value).splitlines()
    assert line.startswith(f"The database ended before it was ready (exit code 1): the disk with {tmp_path} is full: ")
