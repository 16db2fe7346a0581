"""The process that keeps the log of Trino's queries ends with its stack, also where its record is damaged."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from k8s.trino import query_log as program
from local.servers import process, query_log

NAME, OTHER = "trino-queries", "bench-queries"


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Process numbers of two of them, by name."""
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path / "local"))
    token = tmp_path / "token"
    token.write_text("a-token")
    for name in (NAME, OTHER):
        query_log.apply(name, Path(program.__file__), "127.0.0.1", token)
    found = {name: pid for name in (NAME, OTHER) if (pid := process.alive(name))}
    try:
        yield found
    finally:
        for pid in found.values():
            if psutil.pid_exists(pid):
                psutil.Process(pid).kill()


def test_it_is_ended_without_a_record_of_it_and_the_one_of_another_trino_is_not(
    started: dict[str, int], tmp_path: Path
):
    (tmp_path / "local" / "run" / f"{NAME}.json").write_text("[1")
    query_log.delete(NAME)
    pid = started[NAME]
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert process.alive(OTHER) == started[OTHER]
