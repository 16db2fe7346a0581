"""Programs that install something: their output shows only when they fail."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.paths import LocalError

LAST_LINES = 15


def run(
    command: Sequence[str | Path],
    failed: str,
    advice: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    text: str = "",
    error: type[LocalError] = LocalError,
) -> None:
    """Runs `command` with `text` as its input; an `error` with `failed`, its last lines and `advice` if it fails."""
    done = subprocess.run(
        command,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        cwd=folder,
        check=False,
    )
    if done.returncode:
        last = "\n".join(f"  {line}" for line in done.stdout.splitlines()[-LAST_LINES:])
        raise error(f"{failed} (exit code {done.returncode}). The last lines of the output:\n{last}\n{advice}".rstrip())
