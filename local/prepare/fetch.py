"""Trino and PostgreSQL from Maven Central into the user's cache: whole and verified, or not there at all."""

import errno
import hashlib
import shutil
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local import paths
from local.paths import LocalError
from local.prepare.cache_folder import making
from local.progress import MEGABYTE, counting, duration, say, size

ATTEMPTS = 3
PAUSE = 3.0  # seconds before another attempt


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One download: what it is, what its bytes must hash to, and what becomes of it."""

    title: str
    why: str
    coordinates: str  # of Maven: group, name, packaging, version, and a classifier if it has one
    sha256: str
    download: int  # bytes
    unpacked: int  # bytes
    folder: Path  # where it ends up
    unpack: Callable[[Path, Path], Path]  # of the file, into an empty folder; returns the folder that counts


def trino() -> Path:
    """The folder of the Trino server, downloaded first if need be."""
    artifact = Artifact(
        title=f"Trino {paths.trino_version()}",
        why="the query engine that joins the domains",
        coordinates=f"io.trino:trino-server:tar.gz:{paths.trino_version()}",
        sha256="cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f",
        download=821_045_832,
        unpacked=940 * MEGABYTE,
        folder=paths.trino(),
        unpack=unpack_tar,
    )
    return ensure(artifact)


POSTGRES = {
    "linux-amd64": (14_894_072, "23da5a044b4fb7a5a081a45008c95749c873305328d73f86aefd56922ce1d29d"),
    "linux-arm64v8": (13_894_039, "84427ea54a5238247924ef3b0f940e7d027e58760f19d7325242e50d22fa014a"),
    "darwin-amd64": (30_388_627, "f1d6d39896ca48e65d6dbcb492d809df0d4952c65299de8af6e08d2208eae3e0"),
    "darwin-arm64v8": (30_396_882, "e87ee36767dee4f00f829d7a52e4a216e2fdebe5934c5683730940aabe570721"),
}
"""Bytes and SHA-256 of the PostgreSQL programs, by system and processor."""


def postgres() -> Path:
    """The folder of the PostgreSQL programs for this machine, downloaded first if need be."""
    build = "-".join(paths.machine()).replace("arm64", "arm64v8")
    download, sha256 = POSTGRES[build]
    artifact = Artifact(
        title=f"PostgreSQL {paths.POSTGRES_VERSION}",
        why="the database server of every domain",
        coordinates=f"io.zonky.test.postgres:embedded-postgres-binaries-{build}:jar:{paths.POSTGRES_VERSION}",
        sha256=sha256,
        download=download,
        unpacked=130 * MEGABYTE,
        folder=paths.postgres(),
        unpack=unpack_jar,
    )
    return ensure(artifact)


def trino_cli() -> Path:
    """The jar of Trino's command line client, downloaded first if need be; Java runs it with `-jar`."""
    return jar(
        "trino-cli",
        "an interactive client",
        classifier="executable",
        sha256="fe4e9c7fb569cd67673afa1622945f6308e1e59bdb825419352b80887661757b",
        download=18_634_579,
    )


def jar(name: str, why: str, *, sha256: str, download: int, classifier: str = "") -> Path:
    """A jar of Trino's own version from Maven's group io.trino, downloaded first if need be."""
    version = paths.trino_version()
    artifact = Artifact(
        title=f"{name} {version}",
        why=why,
        coordinates=f"io.trino:{name}:jar:{version}" + (f":{classifier}" if classifier else ""),
        sha256=sha256,
        download=download,
        unpacked=0,
        folder=paths.cache() / f"{name}-{version}",
        unpack=partial(_keep, f"{name}.jar"),
    )
    return ensure(artifact) / f"{name}.jar"


def ensure(artifact: Artifact) -> Path:
    """Makes `artifact.folder` unless it is there; returns it. Safe to interrupt and to call twice at once."""
    with making(artifact.folder, artifact.title, artifact.download + artifact.unpacked) as work:
        if work:
            say(f"Downloading {artifact.title}, {artifact.why} ({size(artifact.download)}, once for all checkouts)")
            file = _download(artifact, work)
            began = time.monotonic()
            (work / "new").mkdir()
            inner = artifact.unpack(file, work / "new")
            inner.chmod(0o755)
            inner.rename(artifact.folder)
            say(f"  {artifact.title}: unpacked in {duration(time.monotonic() - began)} to {artifact.folder}")
    return artifact.folder


def _download(artifact: Artifact, work: Path) -> Path:
    problem = ""
    for attempt in range(1, ATTEMPTS + 1):
        if attempt > 1:
            say(f"  {problem}: trying again ({attempt} of {ATTEMPTS})")
            time.sleep(PAUSE)
        folder = work / f"attempt-{attempt}"  # jgo takes a file that is there for a whole one
        try:
            file = maven(artifact, folder)
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors, "not found" of jgo is a RuntimeError
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise
            problem = f"the download failed ({_brief(error)})"
        else:
            with file.open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() == artifact.sha256:
                    return file
            problem = f"the download is broken ({file.stat().st_size} bytes that are not those of {artifact.title})"
        shutil.rmtree(folder, ignore_errors=True)
    raise LocalError(
        f"{artifact.title} could not be had: {problem}, {ATTEMPTS} times. Nothing of it was kept.\n"
        f"It comes from Maven Central as {artifact.coordinates}. Check the network "
        "(a proxy goes into HTTPS_PROXY), then type `make up` again."
    )


def maven(artifact: Artifact, folder: Path) -> Path:
    """The artifact as Maven Central has it, in `folder`; as it came, not verified."""
    from jgo.maven import MavenContext, PythonResolver  # takes a while to import and is rarely needed

    resolver = PythonResolver(progress_callback=lambda _name, total: counting(artifact.title, total))
    context = MavenContext(resolver, repo_cache=folder, local_repos=[], timeout=60)
    group, name, packaging, version, *classifier = artifact.coordinates.split(":")
    project = context.project(group, name).at_version(version)
    return project.artifact(classifier="".join(classifier), packaging=packaging).resolve()


def _brief(error: Exception) -> str:
    """The first line of an error, without the addresses and object names that network errors are full of."""
    root: BaseException = error
    while root.__context__ is not None:
        root = root.__context__
    return next(iter(str(root).splitlines()), type(root).__name__)[:120]


def unpack_tar(file: Path, folder: Path) -> Path:
    """Unpacks a compressed tar file; returns the folder that has the content, which is often a single one in it."""
    with tarfile.open(file) as archive:
        # Before Python 3.11.4 there are no filters. What comes here was verified.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        for member in archive:
            archive.extract(member, folder)
    content = list(folder.iterdir())
    return content[0] if len(content) == 1 and content[0].is_dir() else folder


def _keep(name: str, file: Path, folder: Path) -> Path:
    file.rename(folder / name)
    return folder


def unpack_jar(file: Path, folder: Path) -> Path:
    """Unpacks the one compressed tar file that a jar holds."""
    with zipfile.ZipFile(file) as jar:
        (inner,) = [name for name in jar.namelist() if name.endswith(".txz")]
        jar.extract(inner, file.parent)
    return unpack_tar(file.parent / inner, folder)
