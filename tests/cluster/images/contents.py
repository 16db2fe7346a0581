"""Runs in a built image: its user, and every package that its list pins."""

import importlib
import importlib.metadata
import os
import re
from pathlib import Path

UNIMPORTABLE = re.compile(r"_.*|.*-.*|(test|tests|docs|examples|bin|share|etc|man)")
"""What distributions have at their top beside modules to be imported."""


def user() -> None:
    """The image runs as the user of the pods, who has a home to write to."""
    assert (os.getuid(), os.getgid()) == (1000, 1000), f"the user is {os.getuid()}:{os.getgid()}"
    assert os.access(Path.home(), os.W_OK), f"{Path.home()} cannot be written to"


def pinned() -> None:
    """Every package of the list has its version and can be imported."""
    lines = (Path(__file__).parent / "requirements.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    found = {name: importlib.metadata.version(name) for name in pins}
    assert found == pins, f"other versions: { {n: v for n, v in found.items() if v != pins[n]} }"
    modules = {
        module
        for name in pins
        for module in (importlib.metadata.distribution(name).read_text("top_level.txt") or "").split()
        if not UNIMPORTABLE.fullmatch(module)
    }
    broken = {}
    for module in sorted(modules):
        try:
            importlib.import_module(module)
        except Exception as error:  # whatever it is, the package is of no use
            broken[module] = f"{type(error).__name__}: {error}"
    assert not broken, broken
    print(f"{len(pins)} packages, {len(modules)} modules imported")
