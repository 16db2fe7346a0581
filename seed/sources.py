"""A domain's folder: tables, migrations, contract, and the rows of CSV files and, for a scale, of a generator."""

import csv
import hashlib
import importlib.util
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from client.errors import CommandError
from mesh.contracts.model import Contract
from mesh.contracts.read import DOMAINS_FOLDER, ContractError, declared_domains, read_contracts
from mesh.names import DomainName
from seed.rowfile import Block, RowFile, records, without_end_mark

Rows = Iterator[tuple[object, ...]] | Iterator[bytes]
"""Rows one by one, or as pieces of CSV: whole lines, in which nothing between commas is no value."""

MIGRATION = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_ROWS = {".csv", ".tsv", ".tab", ".gz", ".json", ".jsonl", ".ods", ".parquet", ".xls", ".xlsx"}
"""Endings of files that somebody may take for rows of a table."""

BATCH = 10_000
"""Generated rows that become one piece of CSV."""


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

    @cached_property
    def samples(self) -> dict[str, RowFile]:
        """The sample rows: table -> CSV file."""
        return {path.stem: RowFile(path, self.label(path)) for path in sorted(self.folder.glob("*.csv"))}

    @property
    def migrations(self) -> dict[str, Path]:
        """The ways from older tables to those of `schema.sql`, in order: name -> file."""
        return {path.name: path for path in sorted((self.folder / "migrations").glob("*.sql"))}

    def digests(self) -> dict[str, str]:
        """The SHA-256 of every migration's bytes, by name."""
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in self.migrations.items()}

    def label(self, path: Path) -> str:
        """A file of the folder as messages name it: `domains/sales/orders.csv`."""
        return path.relative_to(self.folder.parents[1]).as_posix()

    def misplaced(self) -> list[str]:
        """Files in the folder that nothing reads and somebody may count on, and what to do with each."""
        found = [
            f"{self.label(path)} is read by nobody: rows of a table are in TABLE.csv, in small letters, as CSV; "
            f"`make load DOMAIN={self.domain} TABLE=… FILE=…` loads other files"
            for path in sorted(self.folder.iterdir())
            if path.suffix.lower() in _ROWS and path.suffix != ".csv"
        ]
        numbers: dict[str, str] = {}
        folder = self.folder / "migrations"
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if not (match := MIGRATION.fullmatch(path.name)):
                found.append(f"{self.label(path)} is read by nobody: a migration is called 0002_add_currency.sql")
            elif (other := numbers.setdefault(match[1], path.name)) != path.name:
                found.append(f"{self.label(path)} has the number of {other}: give it the next free one")
        return found

    @cached_property
    def contract(self) -> Contract | None:
        """What the domain promises; None without a contract. Raises CommandError with all that is wrong with it."""
        try:
            every = declared_domains(self.folder.parent)
            if self.domain not in every:
                return None
            return read_contracts(self.folder.parent, every)[DomainName(self.domain)]
        except ContractError as error:
            raise CommandError(str(error)) from None

    def open_columns(self) -> dict[str, list[str]]:
        """The columns that are not personal, by table, as the domain's contract says; none without a contract."""
        tables = self.contract.tables if self.contract else ()
        return {table.name: [column.name for column in table.columns if column.mask is None] for table in tables}

    def generated(self) -> dict[str, Rows]:
        """The rows that the scale adds, per table and in the order of its columns; none without `generate.py`."""
        if self._generator is None:
            return {}
        with self._failures():
            return {table: self._watched(rows) for table, rows in self._generator.rows(self.scale).items()}

    def _watched(self, rows: Iterator[Any]) -> Iterator[Any]:
        with self._failures():
            yield from rows

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            place = f"{self.label(self.generator)}, rows({self.scale})"
            raise CommandError(f"{place}: {type(error).__name__}: {error}") from None

    @property
    def generator(self) -> Path:
        """The program that makes more rows; not every domain has one."""
        return self.folder / "generate.py"

    @cached_property
    def _generator(self) -> Any:
        path = self.generator
        if self.scale == 0 or not path.exists():
            return None
        # By path, because a domain's name may have hyphens.
        spec = importlib.util.spec_from_file_location(f"seed_{self.domain}", path)
        if spec is None or spec.loader is None:
            raise CommandError(f"{path} cannot be loaded as a Python module")
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            raise CommandError(f"{self.label(path)} cannot be loaded: {type(error).__name__}: {error}") from None
        if not hasattr(module, "rows"):
            raise CommandError(f"{self.label(path)} has no function rows(scale)")
        return module

    def count(self, table: str) -> int:
        """How many rows the sample and the scale have for a table."""
        rows = sum(1 for _ in records(self.samples[table])) if table in self.samples else 0
        generated = self.generated().get(table, iter(()))
        return rows + sum(each.count(b"\n") if isinstance(each, bytes) else 1 for each in generated)

    def fingerprint(self, table: str) -> str:
        """The same text for the same rows of a table: a digest of its CSV file, and of what generates more."""
        digest = hashlib.sha256()
        if table in self.samples:
            with self.samples[table].path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        if table in self.generated():
            digest.update(f"scale {self.scale}\n".encode() + self.generator.read_bytes())
        return digest.hexdigest()[:16]


def find_sources(domains: Iterable[str], scale: int = 0, folder: Path = DOMAINS_FOLDER) -> list[Source]:
    """The folder of every domain; CommandError that names all missing ones and what to put there."""
    found = [Source(domain, folder / domain, scale) for domain in domains]
    missing = [f"  {source.schema.relative_to(folder.parent)}" for source in found if not source.schema.is_file()]
    if missing:
        raise CommandError(
            "no tables to make for a domain of the stack; nothing was changed. Write its CREATE TABLE statements to\n"
            + "\n".join(missing)
            + "\nand beside it, if there are sample rows, a TABLE.csv for each table, column names in its first line."
        )
    return found


def csv_of(rows: Iterator[tuple[object, ...]], null: str) -> Iterator[Block]:
    """Rows as CSV in which `null` stands for None, made piece by piece: memory does not grow with their number."""
    while batch := list(islice(rows, BATCH)):
        text = io.StringIO()
        whole = (tuple(null if each is None else each for each in row) if None in row else row for row in batch)
        csv.writer(text, lineterminator="\n").writerows(whole)
        yield Block(0, without_end_mark(text.getvalue().encode()))
