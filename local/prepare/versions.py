"""Versions of programs, as they say them."""

import os
import re
import subprocess


def version_of(program: str) -> tuple[int, int] | None:
    """The first two numbers of what `program version` prints, None if it prints no version."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run([program, "version"], capture_output=True, text=True, timeout=60, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"(\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if match else None
