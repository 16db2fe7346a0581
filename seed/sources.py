"""Where a domain's rows come from: its folder's CSV files and, for a scale, its generator."""

import csv
import hashlib
import importlib.util
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from client.errors import CommandError
from mesh.contracts.read import DOMAINS_FOLDER, ContractError, declared_domains, read_contracts
from mesh.names import DomainName

if TYPE_CHECKING:  # collections.abc has it from Python 3.12 on
    from typing_extensions import Buffer

Rows = Iterator[tuple[object, ...]]

# How PostgreSQL's COPY spells, in its text format, what would otherwise end a field or a row.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Source:
    """A domain's folder, found and complete, and how many thousand customers to add to its sample."""

    domain: str
    folder: Path
    scale: int = 0

    @property
    def schema(self) -> Path:
        """The domain's DDL."""
        return self.folder / "schema.sql"

    @property
    def samples(self) -> dict[str, Path]:
        """The sample rows: table -> CSV file."""
        return {path.stem: path for path in sorted(self.folder.glob("*.csv"))}

    def open_columns(self) -> dict[str, list[str]]:
        """The columns that are not personal, by table, as the domain's contract says; none without a contract."""
        every = declared_domains(self.folder.parent)
        if self.domain not in every:
            return {}
        try:
            contract = read_contracts(self.folder.parent, every)[DomainName(self.domain)]
        except ContractError as error:
            raise CommandError(str(error)) from None
        return {
            table.name: [column.name for column in table.columns if column.mask is None] for table in contract.tables
        }

    def generated(self) -> dict[str, Rows]:
        """The rows that the scale adds, per table and in the order of its columns; none without `generate.py`."""
        path = self.folder / "generate.py"
        if self.scale == 0 or not path.exists():
            return {}
        # By path, because a domain's name may have hyphens.
        spec = importlib.util.spec_from_file_location(f"seed_{self.domain}", path)
        if spec is None or spec.loader is None:
            raise CommandError(f"{path} cannot be loaded as a Python module")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.rows(self.scale)

    def fingerprint(self) -> str:
        """The same text for the same rows and tables: a digest of every file in the folder, and the scale."""
        digest = hashlib.sha256(f"scale {self.scale}\n".encode())
        for path in (self.schema, *self.samples.values(), self.folder / "generate.py"):
            if path.exists():
                digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
        return digest.hexdigest()[:16]


def find_sources(domains: Iterable[str], scale: int = 0, folder: Path = DOMAINS_FOLDER) -> list[Source]:
    """The folder of every domain; SeedError that names all missing ones and what to put there."""
    found = [Source(domain, folder / domain, scale) for domain in domains]
    missing = [f"  {source.schema.relative_to(folder.parent)}" for source in found if not source.schema.is_file()]
    if missing:
        raise CommandError(
            "no tables to make for a domain of the stack; nothing was changed. Write its CREATE TABLE statements to\n"
            + "\n".join(missing)
            + "\nand beside it, if there are sample rows, a TABLE.csv for each table, column names in its first line."
        )
    return found


def header(path: Path) -> list[str]:
    """The column names in a CSV file's first line."""
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])


def copy_file(rows: Rows) -> io.BufferedReader:
    """Rows as a file that COPY reads, made piece by piece: memory does not grow with their number."""
    return io.BufferedReader(_CopyText(rows), 65_536)


class _CopyText(io.RawIOBase):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer", /) -> int:
        view = memoryview(buffer)
        pieces, length = [self._rest], len(self._rest)
        while length < len(view) and (row := next(self._rows, None)) is not None:
            line = ("\t".join(_field(value) for value in row) + "\n").encode()
            pieces.append(line)
            length += len(line)
        text = b"".join(pieces)
        taken = min(len(view), length)
        view[:taken], self._rest = text[:taken], text[taken:]
        return taken


def _field(value: object) -> str:
    return "\\N" if value is None else str(value).translate(_ESCAPES)
