"""Pulumi's engine: the one on PATH, else from Pulumi's own installer, else built from its Go module."""

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shlex import quote

from local import paths
from local.paths import LocalError
from local.prepare.cache_folder import making
from local.prepare.go import Go
from local.prepare.versions import version_of
from local.progress import MEGABYTE, say, size, ticking

MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
OLDEST = (3, 200)  # of an engine on PATH
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
    go = Go(work, FAILED, f"Check network and free space, then type `make up` again. {OTHER_WAY}")
    with ticking("getting the sources"):
        go.begin("engine")
        go.run("get", "-tool", f"{MODULE}@v{paths.ENGINE_VERSION}")
    with ticking("compiling"):
        go.install(f"-X {VERSION_SYMBOL}=v{paths.ENGINE_VERSION}", ["tool"])
    if version_of(str(work / "bin/pulumi")) is None:
        raise LocalError(f"The Pulumi that was built does not run on this machine. {OTHER_WAY}")
    say(f"  Pulumi {paths.ENGINE_VERSION}: {size((work / 'bin/pulumi').stat().st_size)} in {paths.engine()}")
    (work / "bin").rename(paths.engine())
