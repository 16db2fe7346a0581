"""Environments of Python packages, made by uv, which downloads many at once and keeps them for the next environment.

Run by any Python that is new enough: imports nothing that has to be installed.
"""

import ast
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from local import paths
from local.prepare.cache_folder import making
from local.progress import MEGABYTE, run_quietly

UV = "uv==0.13.9"
ADVICE = "Check network and free space, then type the same again."
FROM_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "HTTPS_PROXY",
}
"""The settings of pip that uv, which does not read them, gets as environment variables."""


def make(folder: Path, failed: str) -> None:
    """An empty environment of this Python in `folder`, which must not exist; LocalError with `failed` if it fails."""
    run_quietly([_uv(), "venv", "--quiet", "--python", sys.executable, folder], failed, ADVICE)


def install(folder: Path, names: Sequence[str | Path], failed: str) -> None:
    """Installs what `names` say (`-r FILE`, `name==1.2`, `--no-deps`) into the environment `folder`."""
    uv = _uv()
    told = run_quietly([uv.with_name("python"), "-I", "-m", "pip", "config", "list"], failed, ADVICE)
    command = [uv, "pip", "install", "--quiet", "--python", folder / "bin/python", *names]
    run_quietly(command, failed, ADVICE, env=translated(told.splitlines()) | os.environ)


def translated(lines: Iterable[str]) -> dict[str, str]:
    """What `pip config list` prints (`global.index-url='https://…'`), as variables of uv; the last of a key counts."""
    variables = {"UV_SYSTEM_CERTS": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}  # both as pip does
    for line in lines:
        key, _, value = line.partition("=")
        if variable := FROM_PIP.get(key.rpartition(".")[2]):
            variables[variable] = " ".join(str(ast.literal_eval(value)).split())
    return variables


def _uv() -> Path:
    """The program, in an environment of its own in the user's cache, installed first if need be."""
    folder = paths.cache() / UV.replace("==", "-")
    with making(folder, "uv, which installs Python packages", 120 * MEGABYTE) as work:
        if work:
            fresh, failed = work / "environment", "uv, which installs Python packages, could not be installed"
            # -I: what a PYTHONPATH of the user's offers would pass for installed
            run_quietly([sys.executable, "-I", "-m", "venv", fresh], failed, ADVICE)
            pip = [fresh / "bin/python", "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            run_quietly([*pip, "--no-deps", UV], failed, ADVICE)
            fresh.replace(folder)
    return folder / "bin/uv"
