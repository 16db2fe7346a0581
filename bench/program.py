"""Times the program for meshes of many domains against a bare program with the same resources.

For each number of domains a copy of the checkout is grown, planned and brought up as a stack on AWS. The plugins are
the local stack's, without any server behind them. A second program then registers what that stack's state has: the
same types, names, inputs, parents and dependencies, and nothing else. Both have the same engine, language host and
plugins, so that what differs is the program. Memory is the most that all its processes have together. Prints, and
asserts nothing.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import psutil

from bench.many_domains import LEFT_OUT, grow
from local import paths
from local.prepare import engine
from local.stack import environment

STACK = "test-bench"
"""The local plugins serve stacks of tests: their names begin so."""
SETTINGS = (
    "owner: bench",
    "kubeContext: bench",
    "alertEmail: bench@example.com",
    "allowedCidrs: [203.0.113.7/32]",
    'allowedAccountIds: "000000000000"',
    'projectStart: "2026-12-01"',
    "acceptCost: true",
    "quotas: {dbInstances: 1000, parameterGroups: 1000}",
)
OPERATIONS = {
    "preview": ("preview",),
    "up": ("up", "--yes", "--skip-preview"),
    "up, unchanged": ("up", "--yes", "--skip-preview"),
}
PLUGIN = """\
#!/bin/sh
PYTHONPATH={checkout} exec python3 -P -m bench.program_plugins {package} "$@"
"""
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Run:
    """One command of the engine: its time on the clock and of the processors, and the most memory at any time."""

    seconds: float
    processor: float
    """Seconds of all its processes together."""
    mebibytes: float


def run(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Run:
    """Runs a command to its end; SystemExit with what it said when it fails."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(command, cwd=folder, env=dict(variables), stdout=said, stderr=subprocess.STDOUT)
        most = 0
        over = threading.Event()

        def watch() -> None:
            nonlocal most
            while not over.wait(0.1):
                most = max(most, _memory(child.pid))

        watching = threading.Thread(target=watch)
        watching.start()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        taken = time.monotonic() - began
        over.set()
        watching.join()
        if child.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} in {folder} failed:\n{said.read()[-4000:]}")
    return Run(taken, used.ru_utime + used.ru_stime, most / MEBIBYTE)


def _memory(pid: int) -> int:
    """Bytes that a process and its children hold; 0 while one of them ends."""
    try:
        parent = psutil.Process(pid)
        return sum(each.memory_info().rss for each in (parent, *parent.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


@dataclass(frozen=True)
class Program:
    """A program in a folder, with a state of its own."""

    folder: Path
    settings: Path
    variables: Mapping[str, str]

    def run(self) -> list[Run]:
        """Brings the stack up from nothing; one run for each of OPERATIONS."""
        run(["pulumi", "stack", "init", STACK, "--no-select"], self.folder, self.variables)
        every = ["--stack", STACK, "--config-file", str(self.settings), "--non-interactive", "--suppress-outputs"]
        return [run(["pulumi", *words, *every], self.folder, self.variables) for words in OPERATIONS.values()]

    def export(self, file: Path) -> int:
        """Writes the stack's state to a file, secrets in plain; returns how many resources it has."""
        command = ["pulumi", "stack", "export", "--stack", STACK, "--show-secrets", "--file", str(file)]
        run(command, self.folder, self.variables)
        return len(json.loads(file.read_text(encoding="utf-8"))["deployment"]["resources"])


def measure(count: int) -> None:
    """Prints a line for each operation on a mesh of `count` domains."""
    with tempfile.TemporaryDirectory(prefix="datamesh-bench-") as name:
        folder = Path(name)
        state = folder / "state.json"
        mesh = Program(_mesh(folder / "datamesh", count), _settings(folder / "mesh.yaml"), _variables(folder / "mesh"))
        ours = mesh.run()
        made = mesh.export(state)
        bare = Program(_bare(folder / "bare"), _empty(folder / "bare.yaml"), _variables(folder / "other", state))
        theirs = bare.run()
        registered = bare.export(folder / "bare.json")
    if made != registered:
        raise SystemExit(f"the bare program has {registered} resources, the mesh's program {made}: no comparison")
    for title, one, other in zip(OPERATIONS, ours, theirs, strict=True):
        print(
            f"{count:>7} {made:>9} {title:<16} {one.seconds:>7.1f} {other.seconds:>7.1f} "
            f"{one.seconds / other.seconds:>7.2f} {one.processor:>7.1f} {other.processor:>7.1f} "
            f"{one.processor / other.processor:>7.2f} {one.mebibytes:>7.0f} {other.mebibytes:>7.0f}",
            flush=True,
        )


def _mesh(checkout: Path, count: int) -> Path:
    """A copy of this checkout with `count` domains."""
    shutil.copytree(paths.checkout(), checkout, ignore=LEFT_OUT)
    grow(checkout, count)
    return checkout


def _bare(folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(paths.checkout() / "Pulumi.yaml", folder)
    shutil.copy(Path(__file__).with_name("program_bare.py"), folder / "__main__.py")
    return folder


def _settings(file: Path) -> Path:
    """Settings of a mesh on AWS with room for many domains."""
    file.write_text("config:\n" + "".join(f"  datamesh:{each}\n" for each in SETTINGS), encoding="utf-8")
    return file


def _empty(file: Path) -> Path:
    file.write_text("config: {}\n", encoding="utf-8")
    return file


def _variables(folder: Path, state: Path | None = None) -> dict[str, str]:
    """The environment of a program whose engine finds the plugins without servers first on PATH."""
    plugins = folder / "bin"
    plugins.mkdir(parents=True)
    for package in ("aws", "kubernetes", "random", "tls"):
        script = plugins / f"pulumi-resource-{package}"
        script.write_text(PLUGIN.format(checkout=quote(str(paths.checkout())), package=package), encoding="utf-8")
        script.chmod(0o755)
    variables = environment.throwaway(engine.ensure(), folder, STACK)
    found = {"BENCH_STATE": str(state)} if state else {}
    return variables | found | {"PATH": f"{plugins}{os.pathsep}{variables['PATH']}"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.program", description=__doc__)
    parser.add_argument(
        "count",
        type=int,
        nargs="*",
        default=[2, 20, 99],
        help="domains (default: 2 20 99, the most that one dashboard of AWS can watch)",
    )
    options = parser.parse_args(arguments)
    titles = ("mesh s", "bare s", "ratio", "CPU s", "bare", "ratio", "MiB", "bare")
    print("domains resources" + " " * 17 + "".join(f"{title:>8}" for title in titles))
    for count in options.count:
        measure(count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
