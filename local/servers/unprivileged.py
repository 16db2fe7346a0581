"""PostgreSQL refuses to run as root: where root runs the stack, its servers run as `nobody`."""

import os
import pwd
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from local.servers.process import ServerError

SETPCAP = 8
READERS = {"dac_read_search": 2, "dac_override": 1}  # capabilities that pass by folders' permissions, the lesser first


def command(argv: Sequence[str | Path], uid: int | None = None) -> list[str]:
    """`argv` as it has to be run here: as it is for an ordinary user, as `nobody` for root."""
    plain = [str(part) for part in argv]
    if (os.geteuid() if uid is None else uid) != 0:
        return plain
    if sys.platform != "linux":
        raise ServerError("PostgreSQL refuses to run as root: type `make up` as an ordinary user, without sudo.")
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerError(
            "PostgreSQL refuses to run as root and becomes `nobody` by `setpriv`, which is missing: install the "
            "package util-linux, or type `make up` as an ordinary user."
        )
    nobody = pwd.getpwnam("nobody")
    become = [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    lines = Path("/proc/self/status").read_text().splitlines()
    permitted = next(int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:"))
    return [*become, *_passage(permitted), *plain]


def give(path: Path) -> None:
    """Makes `path` belong to whom `command` runs as."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _passage(permitted: int) -> list[str]:
    """Options that let `nobody` through folders such as /root; none where this root cannot give that."""
    may = [capability for capability, bit in READERS.items() if permitted >> bit & 1]
    if not may or not permitted >> SETPCAP & 1:
        return []
    # Without that bit the kernel leaves capabilities out of access(), by which PostgreSQL looks for its program.
    return [f"--inh-caps=+{may[0]}", f"--ambient-caps=+{may[0]}", "--securebits=+no_setuid_fixup"]
