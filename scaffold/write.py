"""Writes the folder of a new domain, and the line of the program: all of it, or nothing."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from client.errors import CommandError
from mesh.contracts.model import Contract
from mesh.contracts.read import ContractError, declared_domains, parse
from mesh.names import DomainName, refusal
from scaffold.contract import contract
from scaffold.model import Draft, Table
from scaffold.program import has_domain, line_for, with_domain
from scaffold.schema import schema

UNFINISHED = ".domain-"
"""Begins the name of the folder in which a domain is made; Git does not look at it."""


def refuse_name(name: str, domains: Path, program: Path, *, edit: bool) -> None:
    """Raises CommandError where the domain cannot be made, before anything is read."""
    if problem := refusal(name):
        raise CommandError(f"NAME={name} cannot be the name of a domain: {problem}. Type: make domain NAME=finance …")
    if (domains / name).exists() or (domains / name).is_symlink():
        lonely = ""
        if has_domain(_read(program), name) is False:
            lonely = (
                f"\n__main__.py has no line for it. If the folder is what you want, write there:\n    {line_for(name)}"
            )
        raise CommandError(
            f"domains/{name} is there already, and nothing was written. Choose another name; to change a table of it, "
            f"edit its schema.sql and type: make migration DOMAIN={name} NAME=…{lonely}"
        )
    if edit:
        with_domain(_read(program), name)


@contextmanager
def unfinished(project: Path) -> Iterator[Path]:
    """A folder beside `domains`, gone at the end; those that a killed run left are removed first."""
    for left in project.glob(f"{UNFINISHED}*"):
        _remove_unless_used(left)
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=project))
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_unless_used(folder: Path) -> None:
    try:
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # another run works in it
        return


def fill(folder: Path, draft: Draft, words: set[str]) -> None:
    """Write schema.sql, contract.yaml and the rows of a draft into an empty folder."""
    folder.mkdir()
    (folder / "schema.sql").write_text(schema(draft, words), encoding="utf-8")
    (folder / "contract.yaml").write_text(contract(draft), encoding="utf-8")
    for table in draft.tables:
        if table.sample:
            _copy(table, folder / f"{table.name}.csv")


def _copy(table: Table, target: Path) -> None:
    """The rows as CSV under the names of the columns."""
    if table.file is None:
        return
    head = ",".join(table.file.header).encode()
    with target.open("wb") as out:
        ending = b"\n"
        for number, block in enumerate(table.file.blocks()):
            if not number:
                ending = b"\r\n" if block.data.endswith(b"\r\n") else b"\n"
                out.write(head + ending)
            out.write(block.data)
        if not out.tell():
            out.write(head + ending)


def read_back(folder: Path, name: str, domains: Path) -> Contract:
    """The contract as the program will read it. Raises CommandError."""
    try:
        others = declared_domains(domains)
        return parse(
            (folder / "contract.yaml").read_text(encoding="utf-8"), name, [*others, DomainName(name)], "contract.yaml"
        )
    except ContractError as error:
        raise CommandError(str(error)) from None


def finish(made: Path, domains: Path, name: str, program: Path, *, edit: bool) -> None:
    """Move the folder to its place and write the line; the domain was not there a moment ago."""
    with program.open(encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text = with_domain(_read(program), name) if edit else None
        try:
            made.rename(domains / name)
        except OSError as error:
            raise CommandError(f"domains/{name} cannot be made: {error.strerror}; nothing was written") from None
        if text is not None:
            fresh = made.parent / "program"
            with fresh.open("w", encoding="utf-8", newline="") as out:
                out.write(text)
            shutil.copymode(program, fresh)
            fresh.replace(program)


def _read(program: Path) -> str:
    try:
        with program.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{program.name} cannot be read: {error}") from None
