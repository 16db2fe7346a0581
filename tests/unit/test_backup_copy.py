"""The files of a base backup, taken from a server that goes on."""

import os
import shutil
from pathlib import Path

import pytest

from local.servers import backup
from local.servers.process import ServerError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name in ("base/1/2601", "base/2/2601", "pg_wal/000000010000000000000001", "postmaster.pid"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_log_and_the_process_stay_behind(source: Path, tmp_path: Path):
    backup._copy(source, tmp_path / "copy")
    assert files(tmp_path / "copy") == {"base/1/2601", "base/2/2601"} and (tmp_path / "copy/pg_wal").is_dir()


def test_a_database_that_is_dropped_meanwhile_is_no_fault(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    scandir = os.scandir

    def dropped(folder: str):
        if str(folder).endswith("base/2"):
            shutil.rmtree(folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", dropped)
    backup._copy(source, tmp_path / "copy")
    assert files(tmp_path / "copy") == {"base/1/2601"}


def test_a_file_that_cannot_be_copied_is_one_message(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(one: str, other: str):
        raise OSError(28, "No space left on device", other)

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(ServerError, match=r"The base backup could not be made: .*No space left on device"):
        backup._copy(source, tmp_path / "copy")
