"""A commit in a folder of its own, used by its commands as a person uses them."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local import paths

FOREIGN = ("ARG_", "DATAMESH_", "MAKE", "MFLAGS", "PULUMI_", "PYTHON")
"""How the variables of another stack, of the `make` around, and of another Python begin.

PYTHONDONTWRITEBYTECODE, which some images set, has every command compile the project anew: twice the time.
"""


class FailedError(Exception):
    """A command of a checkout failed; the text has what it printed."""


class Checkout:
    """A commit in a folder of its own, used by its commands, with these variables beside the person's."""

    def __init__(self, folder: Path, commit: str, variables: Mapping[str, str] | None = None) -> None:
        self.folder, self.variables = folder, dict(variables or {})
        _git("clone", "--quiet", "--no-checkout", str(paths.checkout()), str(folder))
        _git("-C", str(folder), "checkout", "--quiet", commit)

    def run(self, *words: str) -> tuple[float, str]:
        """Seconds that a command takes, and what it prints. Raises FailedError with that when it fails."""
        taken, done = self.tried(*words)
        if done.returncode:
            raise FailedError(f"{' '.join(words)} failed in {self.folder}:\n{done.stdout}{done.stderr}")
        return taken, done.stdout

    def tried(self, *words: str) -> tuple[float, "subprocess.CompletedProcess[str]"]:
        """Seconds that a command takes, and how it ends."""
        began = time.monotonic()
        done = subprocess.run(**self._process(words), capture_output=True, check=False)
        return time.monotonic() - began, done

    def until(self, shown: str, *words: str) -> tuple[float, float]:
        """Seconds until a command prints `shown`, and until it ends. Raises FailedError with all that it printed."""
        began, there, printed = time.monotonic(), None, []
        with subprocess.Popen(**self._process(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
            for line in running.stdout or ():
                printed.append(line)
                if there is None and shown in line:
                    there = time.monotonic() - began
        if running.returncode or there is None:
            raise FailedError(
                f"{' '.join(words)} failed in {self.folder}, or did not print {shown}:\n{''.join(printed)}"
            )
        return there, time.monotonic() - began

    def _process(self, words: Sequence[str]) -> dict[str, Any]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        line = 'if [ -f .local/env ]; then . ./.local/env; fi; exec "$@"'
        return {
            "args": ["sh", "-c", line, "sh", *words],
            "cwd": self.folder,
            "env": inherited | self.variables,
            "stdin": subprocess.DEVNULL,
            "text": True,
        }


def _git(*words: str) -> None:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: git {' '.join(words)} failed: {done.stderr.strip()}")
