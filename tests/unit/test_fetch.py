"""Downloads into the cache: whole and verified, or not there at all."""

import errno
import hashlib
import io
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from local import paths
from local.paths import LocalError
from local.prepare import fetch
from local.prepare.cache_folder import making
from local.prepare.fetch import Artifact
from mesh import images


def packed(mode: Literal["w:gz", "w:xz"] = "w:gz") -> bytes:
    """A server as it is downloaded: one folder with one program."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as archive:
        program = tarfile.TarInfo("server-1/bin/start")
        program.mode, program.size = 0o755, 5
        archive.addfile(program, io.BytesIO(b"start"))
    return content.getvalue()


SERVER = packed()


def artifact(cache: Path, **changes: Any) -> Artifact:
    plain = Artifact(
        title="Server 1",
        why="what the test needs",
        coordinates="org.example:server:tar.gz:1",
        sha256=hashlib.sha256(SERVER).hexdigest(),
        download=len(SERVER),
        unpacked=5,
        folder=cache / "server-1",
        unpack=fetch.unpack_tar,
    )
    return replace(plain, **changes)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Path]]:
    """Answers downloads, one after the other, by bytes or by an error; the last answer stays. Returns the requests."""
    monkeypatch.setattr(fetch, "PAUSE", 0)

    def answering(*answers: bytes | Exception) -> list[Path]:
        asked: list[Path] = []

        def maven(_artifact: Artifact, folder: Path) -> Path:
            answer = answers[min(len(asked), len(answers) - 1)]
            asked.append(folder)
            folder.mkdir()
            file = folder / "download"
            file.write_bytes(b"" if isinstance(answer, Exception) else answer)
            if isinstance(answer, Exception):
                raise answer
            return file

        monkeypatch.setattr(fetch, "maven", maven)
        return asked

    return answering


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if not path.name.endswith(".lock"))


def test_a_download_becomes_the_folder_that_it_holds(tmp_path: Path, serve: Callable[..., list[Path]]) -> None:
    serve(SERVER)
    folder = fetch.ensure(artifact(tmp_path))
    program = folder / "bin/start"
    assert program.read_text() == "start", "the content of the only folder in the archive is what counts"
    assert program.stat().st_mode & 0o777 == 0o755, "programs must stay executable"
    assert left(tmp_path) == ["server-1"], "the archive and temporary folders take space for nothing"


def test_what_is_there_is_not_downloaded_again(tmp_path: Path, serve: Callable[..., list[Path]]) -> None:
    asked = serve(SERVER)
    fetch.ensure(artifact(tmp_path))
    fetch.ensure(artifact(tmp_path))
    assert len(asked) == 1, "a second `make up` must not download"


def test_a_broken_download_is_thrown_away_and_tried_again(tmp_path: Path, serve: Callable[..., list[Path]]) -> None:
    asked = serve(SERVER[:-10], SERVER)
    assert (fetch.ensure(artifact(tmp_path)) / "bin/start").exists()
    assert len(set(asked)) == 2, (
        "the client takes a file that is there for a whole one: the second needs another folder"
    )


def test_a_download_that_stays_broken_is_reported_and_leaves_nothing(
    tmp_path: Path, serve: Callable[..., list[Path]]
) -> None:
    serve(b"something else")
    with pytest.raises(LocalError) as failure:
        fetch.ensure(artifact(tmp_path))
    assert "broken" in str(failure.value) and "make up" in str(failure.value), "the message says what and what to type"
    assert left(tmp_path) == [], "a broken download must never be taken for a good one later"


def test_a_network_that_fails_is_reported_by_its_root_cause(tmp_path: Path, serve: Callable[..., list[Path]]) -> None:
    failure = ConnectionError("HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: /secret")
    failure.__context__ = OSError("Name or service not known")
    asked = serve(failure)
    with pytest.raises(LocalError) as failure:
        fetch.ensure(artifact(tmp_path))
    assert len(asked) == fetch.ATTEMPTS, "one hiccup of the network must not end `make up`"
    assert "Name or service not known" in str(failure.value) and "Max retries" not in str(failure.value), (
        "one clear reason"
    )
    assert "org.example:server:tar.gz:1" in str(failure.value), "a user with a mirror wants to know what is missing"


def test_a_disk_without_room_is_refused_before_the_download(
    tmp_path: Path, serve: Callable[..., list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = serve(SERVER)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000_000))
    with pytest.raises(LocalError, match=r"needs 2\.0 GB .* 1\.0 GB are free"):
        fetch.ensure(artifact(tmp_path, download=800_000_000, unpacked=1_000_000_000))
    assert asked == [], "800 MB must not travel to a disk that cannot hold them"


def test_a_disk_that_fills_up_meanwhile_is_reported_at_once(tmp_path: Path, serve: Callable[..., list[Path]]) -> None:
    asked = serve(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(LocalError, match="Free some space"):
        fetch.ensure(artifact(tmp_path))
    assert len(asked) == 1, "trying again cannot help"
    assert left(tmp_path) == [], "what was written must be given back to a full disk"


@pytest.mark.parametrize("moment", ["download", "unpack"])
def test_interrupting_leaves_nothing_and_the_next_run_recovers(
    moment: str, tmp_path: Path, serve: Callable[..., list[Path]]
) -> None:
    def interrupted(file: Path, folder: Path) -> Path:
        fetch.unpack_tar(file, folder)
        raise KeyboardInterrupt

    serve(SERVER)
    with pytest.raises(KeyboardInterrupt):
        if moment == "download":
            with making(tmp_path / "server-1", "Server 1", 1) as work:
                assert work, "it was not made yet"
                (work / "half").write_text("a part")
                raise KeyboardInterrupt
        fetch.ensure(artifact(tmp_path, unpack=interrupted))
    assert left(tmp_path) == [], "a half-made folder would be taken for a whole one"
    assert (fetch.ensure(artifact(tmp_path)) / "bin/start").exists()


def test_what_a_killed_run_left_is_removed(tmp_path: Path, serve: Callable[..., list[Path]]) -> None:
    killed = tmp_path / ".server-1-abcdef"
    (killed / "new").mkdir(parents=True)
    serve(SERVER)
    fetch.ensure(artifact(tmp_path))
    assert left(tmp_path) == ["server-1"], "each killed run would cost 800 MB for ever"


def test_two_runs_at_once_download_once(tmp_path: Path, serve: Callable[..., list[Path]]) -> None:
    asked = serve(SERVER)
    second = threading.Thread(target=fetch.ensure, args=[artifact(tmp_path)])

    def slow(file: Path, folder: Path) -> Path:
        second.start()
        second.join(0.3)
        assert second.is_alive(), "the second must wait for the first"
        return fetch.unpack_tar(file, folder)

    fetch.ensure(artifact(tmp_path, unpack=slow))
    second.join(10)
    assert not second.is_alive(), "the second goes on when the first has ended"
    assert len(asked) == 1, "the second finds what the first made"


def test_a_cache_that_cannot_be_a_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LocalError, match="XDG_CACHE_HOME"):
        fetch.ensure(artifact(tmp_path / "file"))


def test_the_jar_of_postgresql_is_unpacked_to_its_programs(tmp_path: Path, serve: Callable[..., list[Path]]) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "")
        jar.writestr("postgres-linux-x86_64.txz", packed("w:xz"))
    sha256 = hashlib.sha256(content.getvalue()).hexdigest()
    serve(content.getvalue())
    folder = fetch.ensure(artifact(tmp_path, sha256=sha256, unpack=fetch.unpack_jar))
    assert (folder / "bin/start").exists()
    assert left(tmp_path) == ["server-1"]


def test_every_supported_machine_has_a_pinned_postgresql() -> None:
    machines = {f"{system}-{processor}" for system in ("linux", "darwin") for processor in ("amd64", "arm64v8")}
    assert set(fetch.POSTGRES) == machines, "a machine that is let in must find its programs"
    sums = [sha256 for _, sha256 in fetch.POSTGRES.values()]
    assert len(set(sums)) == 4 and all(len(each) == 64 for each in sums), (
        "one sum copied twice would refuse a good file"
    )


@pytest.mark.parametrize(("system", "processor"), [("Windows", "AMD64"), ("Linux", "riscv64"), ("FreeBSD", "amd64")])
def test_other_machines_are_refused_with_the_reason(
    system: str, processor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: processor)
    with pytest.raises(LocalError, match="Linux and macOS"):
        paths.machine()


def test_the_cache_follows_the_users_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert paths.cache() == tmp_path / "datamesh"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert paths.cache() == Path.home() / ".cache/datamesh", "the convention ignores a relative path"


def test_the_server_here_is_the_release_that_runs_on_a_cluster() -> None:
    assert f"trinodb/trino:{paths.trino_version()}" == images.TRINO


def test_jars_of_trino_must_be_what_was_pinned(serve: Callable[..., list[Path]]) -> None:
    serve(b"something else")
    with pytest.raises(LocalError, match=r"io\.trino:trino-cli:jar:\d+:executable"):
        fetch.trino_cli()
