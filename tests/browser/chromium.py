"""The browser of the tests: a Chromium of this machine; where Debian's packages can be installed, Debian's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
"""Where browsers are on macOS, which puts none on PATH."""
FLAGS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
MISSING = """There is no Chromium on PATH (looked for: {names}), and the tests in a browser need one. Type one of these:
  sudo apt-get update && sudo apt-get install chromium      (Debian)
  brew install --cask chromium                              (macOS)
or install Google Chrome, then type make test-browser again."""


def find() -> str | None:
    """The path of a browser of this machine."""
    found = (shutil.which(name) for name in (*NAMES, *APPLICATIONS))
    return next((path for path in found if path), None)


def flags() -> list[str]:
    """What the browser is started with: it asks nobody anything by itself, and root may start it."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def needed() -> str:
    """The path of a browser, installed first where that is possible. SystemExit with what to type where it is not."""
    found = find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get") and Path("/etc/debian_version").exists():
        _install()
        found = find()
    if found is None:
        raise SystemExit(MISSING.format(names=", ".join(NAMES)))
    return found


def _install() -> None:
    print("Installing Debian's Chromium for the tests in a browser: about 350 MB", flush=True)
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"]
    for command in (["apt-get", "update", "--quiet"], install):
        done = subprocess.run(
            command, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            why = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise SystemExit("\n".join([f"{' '.join(command)} failed: {' '.join(why)}", MISSING.format(names="none")]))


if __name__ == "__main__":
    sys.stdout.write(needed() + "\n")
