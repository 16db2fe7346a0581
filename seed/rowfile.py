"""Files of rows: CSV as people have it, gzip of it, or Parquet. Every reader of rows in the project comes here.

CSV is UTF-8 with or without a byte order mark, with commas, LF or CRLF, and column names in its first line; a field
without quotes and without text is a missing value, `""` is an empty text. Nothing else is guessed.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import pyarrow

from client.errors import CommandError
from seed.parquet import is_parquet, parquet_blocks

SIZE = 1 << 22
"""Bytes read at once. Memory stays a small multiple of it."""
LONGEST = 1 << 26
"""Bytes of the longest record."""
csv.field_size_limit(LONGEST)  # of this process: the module's own limit is 128 KiB

_FIELD = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^",\r\n]*+)'
_RECORDS = re.compile(rb"(?:" + _FIELD + rb"(?:,|\r?\n))*+")
_RECORD = re.compile(_FIELD + rb"(?:," + _FIELD + rb")*+\r?\n")
_START = re.compile(_FIELD)
_END_MARK = re.compile(rb"^\\\.(?=\r?$)", re.MULTILINE)


class FaultyFileError(CommandError):
    """What is wrong with a file of rows, one line a fault."""


@dataclass(frozen=True)
class Block:
    """Whole records as CSV, and the number of the first one's line (of a Parquet file: row)."""

    line: int
    data: bytes


@dataclass(frozen=True)
class RowFile:
    """A file of rows at `path`, called `name` in messages."""

    path: Path
    name: str
    unit: str = field(init=False, default="line")

    @cached_property
    def header(self) -> list[str]:
        """The names of the columns. Raises FaultyFileError where the file cannot be read so far."""
        first = next(self._pieces(), None)
        if first is None:
            raise self.fault("is empty: its first line must name the columns")
        names = next(csv.reader(io.StringIO(self._text(first), newline="")))
        if not any(names):
            raise self.fault("line 1: is empty, and must name the columns")
        if len(names) == 1 and (mark := next((each for each in ";\t|" if each in names[0]), None)):
            called, typed = {"\t": ("a tab", "\\t")}.get(mark, (f"`{mark}`", mark))
            raise self.fault(
                f"line 1: has {called} between the columns: save it as CSV with commas, or type\n  python3 -c 'import "
                f'csv, sys; csv.writer(sys.stdout).writerows(csv.reader(sys.stdin, delimiter="{typed}"))\' < OLD > NEW'
            )
        return names

    def blocks(self) -> Iterator[Block]:
        """The records behind the header, checked for all that makes the file no CSV."""
        pieces = self._pieces()
        head = next(pieces, None)
        for block in pieces if head else ():
            self._text(block)
            yield Block(block.line, self._sound(block.data, block.line))

    def fault(self, problem: str) -> FaultyFileError:
        """An error that names the file."""
        return FaultyFileError(f"{self.name}{',' if problem.startswith('line ') else ''} {problem}")

    def _pieces(self) -> Iterator[Block]:
        """The header's record, then blocks of whole records."""
        try:
            with self.path.open("rb") as file:
                if is_parquet(file):
                    object.__setattr__(self, "unit", "row")
                    yield from (Block(*each) for each in parquet_blocks(file))
                elif file.read(2) == b"\x1f\x8b":
                    file.seek(0)
                    with gzip.open(file) as unpacked:
                        yield from self._cut(unpacked)
                else:
                    file.seek(0)
                    yield from self._cut(file)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self.fault(f"cannot be unpacked, it is damaged or not whole: {error}") from None
        except pyarrow.ArrowException as error:
            raise self.fault(f"cannot be read as Parquet: {str(error).splitlines()[0]}") from None
        except OSError as error:
            raise self.fault(f"cannot be read: {error.strerror or error}") from None

    def _cut(self, file: BinaryIO | gzip.GzipFile) -> Iterator[Block]:
        rest, line, begun, ending = b"", 1, False, b"\n"
        while piece := file.read(SIZE):
            rest += piece
            if line == 1 and not begun:
                rest = self._without_mark(rest)
                end = _first_end(rest)
                if end == 0 and len(rest) < LONGEST:
                    continue
                if end == 0:
                    raise self.fault(f"line 1: has no end within {LONGEST >> 20} MiB, and must name the columns")
                ending = b"\r\n" if rest[:end].endswith(b"\r\n") else b"\n"
                begun = True
                yield Block(1, rest[:end])
                line, rest = line + rest.count(b"\n", 0, end), rest[end:]
            end = _last_end(rest)
            if end == 0 and len(rest) > LONGEST:
                raise self.fault(f"line {line}: has no end within {LONGEST >> 20} MiB: a quote is not closed")
            if end:
                yield Block(line, rest[:end])
                line, rest = line + rest.count(b"\n", 0, end), rest[end:]
        if rest:
            if b"\r" in rest and b"\n" not in rest and not begun:
                raise self.fault("line 1: ends with a carriage return alone: save it with LF or CRLF")
            if rest.count(b'"') % 2:
                raise self.fault(f"line {line}: a quote that opens here or later is never closed")
            yield Block(line, rest + ending)

    def _without_mark(self, start: bytes) -> bytes:
        if start.startswith((b"\xff\xfe", b"\xfe\xff")) or (start[1:2] == b"\0" or start[:1] == b"\0"):
            raise self.fault("is UTF-16: save it as UTF-8 (`iconv -f UTF-16 -t UTF-8 OLD > NEW`)")
        return start.removeprefix(b"\xef\xbb\xbf")

    def _text(self, block: Block) -> str:
        try:
            return block.data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = block.line + block.data.count(b"\n", 0, error.start)
            around = block.data[max(0, error.start - 10) : error.start + 10].split(b"\n")[0].decode("latin-1")
            raise self.fault(
                f"line {line}: is not UTF-8 (at “{around}”), perhaps Latin-1: save it as UTF-8 "
                "(`iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW`)"
            ) from None

    def _sound(self, data: bytes, line: int) -> bytes:
        if (at := data.find(b"\0")) >= 0:
            where = line + data.count(b"\n", 0, at)
            raise self.fault(f"line {where}: has a NUL byte, which no text may have")
        if b'"' in data or b"\r" in data:
            match = _RECORDS.match(data)
            end = match.end() if match else 0
            if end < len(data):
                match = _START.match(data, end)
                stray = match.end() if match else end
                at = line + data.count(b"\n", 0, stray)
                what = "a carriage return" if data[stray : stray + 1] == b"\r" else "a quote"
                raise self.fault(
                    f"line {at}: has {what} in a field that is not quoted: quote the field, and double quotes in it"
                )
        return without_end_mark(data)


def without_end_mark(data: bytes) -> bytes:
    """CSV in which no line is `\\.`, which PostgreSQL takes before version 18 for the end of the data unless quoted."""
    if b"\\." not in data:
        return data
    return _END_MARK.sub(lambda mark: mark[0] if data.count(b'"', 0, mark.start()) % 2 else b'"\\."', data)


def records(file: RowFile) -> Iterator[tuple[int, list[str]]]:
    """Every record with the number of its first line; missing values and empty texts are both empty here."""
    for block in file.blocks():
        reader = csv.reader(io.StringIO(block.data.decode("utf-8"), newline=""))
        line = block.line
        for row in reader:
            yield line, row
            line = block.line + reader.line_num


def blocks_without(file: RowFile, numbers: Collection[int], end: int | None) -> Iterator[Block]:
    """The blocks without the records of these numbers, and without all from number `end` on."""
    number = 0
    for block in file.blocks():
        kept = []
        for match in _RECORD.finditer(block.data):
            number += 1
            if number not in numbers and (end is None or number < end):
                kept.append(match[0])
        if kept:
            yield Block(block.line, b"".join(kept))
        if end is not None and number >= end:
            return


def lines(file: RowFile, numbers: Collection[int]) -> dict[int, int]:
    """The lines of these records, counted from 1."""
    last, found = max(numbers, default=0), {}
    for number, (line, _) in enumerate(records(file), 1):
        if number > last:
            break
        if number in numbers:
            found[number] = line
    return found


def _first_end(data: bytes) -> int:
    """Where the first record ends, or 0."""
    end = data.find(b"\n") + 1
    while end and data.count(b'"', 0, end) % 2:
        end = data.find(b"\n", end) + 1
    return end


def _last_end(data: bytes) -> int:
    """Where the last whole record ends, or 0."""
    end, before = data.rfind(b"\n") + 1, data.count(b'"')
    odd = (before - data.count(b'"', end)) % 2
    while end and odd:
        earlier = data.rfind(b"\n", 0, end - 1) + 1
        odd ^= data.count(b'"', earlier, end) % 2
        end = earlier
    return end
