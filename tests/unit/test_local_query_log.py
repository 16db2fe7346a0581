"""The process that keeps the log of Trino's queries ends with its stack, also where its record is damaged."""

from pathlib import Path

import psutil
import pytest

from k8s.trino import query_log as program
from local.servers import process, query_log

NAME = "trino-queries"


def test_it_is_ended_without_a_record_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path / "local"))
    token = tmp_path / "token"
    token.write_text("a-token")
    query_log.apply(NAME, Path(program.__file__), "127.0.0.1", token)
    pid = process.alive(NAME)
    try:
        assert pid
        (tmp_path / "local" / "run" / f"{NAME}.json").write_text("[1")
        query_log.delete(NAME)
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    finally:
        if pid and psutil.pid_exists(pid):
            psutil.Process(pid).kill()
