"""What `FROM` names: files of rows, a folder of them, and the tables that they become."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from client.errors import CommandError
from scaffold.naming import identifier
from seed.rowfile import RowFile

ENDINGS = (".csv", ".csv.gz", ".parquet")
"""Of the files that a folder is searched for."""
_OTHERS = {
    ".xlsx": "a spreadsheet",
    ".xls": "a spreadsheet",
    ".ods": "a spreadsheet",
    ".json": "JSON",
    ".jsonl": "JSON",
    ".tsv": "separated by tabs",
    ".zip": "an archive",
}
USAGE = "make domain NAME=finance FROM=invoices.csv"


@dataclass(frozen=True)
class NamedFile(RowFile):
    """A file of rows whose columns have other names than in its first line."""

    names: tuple[str, ...] = ()

    @property
    def header(self) -> list[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The names of the columns."""
        return list(self.names)


def files(text: str) -> tuple[dict[str, RowFile], list[str]]:
    """The files that `text` names, by the tables that they become; and files of a folder that are left out.

    `text` is a path, or several with commas between; a folder stands for the files of rows in it, and `*` for any
    letters. Raises CommandError.
    """
    paths: list[Path] = []
    left_out: list[str] = []
    for each in _parts(text):
        if each.is_dir():
            rows = sorted(path for path in each.iterdir() if path.name.lower().endswith(ENDINGS) and path.is_file())
            if not rows:
                raise CommandError(f"{each} has no file that ends in {', '.join(ENDINGS)}")
            left_out += [path.name for path in sorted(each.iterdir()) if path not in rows and path.is_file()]
            paths += rows
        else:
            paths.append(each)
    tables: dict[str, RowFile] = {}
    for path in dict.fromkeys(paths):
        if not path.is_file():
            raise CommandError(f"{path} is no regular file, and rows are read more than once: save them in a file")
        if (kind := _OTHERS.get(path.suffix.lower())) is not None:
            raise CommandError(f"{path} is {kind}: save it as CSV (UTF-8, with commas), and type the same with that")
        table = identifier(_stem(path.name), "rows")
        if table in tables:
            raise CommandError(f"{tables[table].name} and {path} would both be the table {table}: rename one of them")
        tables[table] = RowFile(path, str(path))
    return tables, left_out


def _parts(text: str) -> Sequence[Path]:
    whole = Path(text).expanduser()
    if whole.exists():
        return [whole]
    found: list[Path] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        path = Path(part).expanduser()
        matches = [path] if path.exists() else sorted(path.parent.glob(path.name))
        if not matches:
            several = "" if "," in text else " Several files have commas between them."
            raise CommandError(f"there is no file {part}: a path is read from {Path.cwd()}.{several}")
        found += matches
    if not found:
        raise CommandError(f"FROM names no file. Type: {USAGE}")
    return found


def _stem(name: str) -> str:
    for end in (".gz", ".csv", ".parquet"):
        if name.lower().endswith(end):
            name = name[: -len(end)]
    return name.partition(".")[0] or name
