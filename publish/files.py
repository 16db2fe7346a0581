"""Whether a file of an Iceberg table has a text in it: Parquet by its values, Avro unpacked, anything else as it is."""

import io
import zlib
from collections.abc import Iterator

import pyarrow
import pyarrow.compute
import pyarrow.parquet

_AVRO, _MARK = b"Obj\x01", 16


class FileError(ValueError):
    """Why a file cannot be understood."""


def has(name: str, data: bytes, text: str) -> bool:
    """Whether a file has the text, which is in lower case: as a whole value of a Parquet file, anywhere in others.

    Raises FileError.
    """
    try:
        if name.endswith(".parquet"):
            return any(text in values for values in _values(data))
        return any(text in part.decode("utf-8", "ignore").lower() for part in _parts(data))
    except (pyarrow.ArrowException, zlib.error, ValueError, IndexError) as error:
        raise FileError(f"it cannot be understood: {error}") from error


def _values(data: bytes) -> Iterator[set[str]]:
    """The texts of each column of a Parquet file, those in arrays too, in lower case."""
    for column in pyarrow.parquet.read_table(io.BytesIO(data)).columns:
        while pyarrow.types.is_list(column.type) or pyarrow.types.is_large_list(column.type):
            column = pyarrow.compute.call_function("list_flatten", [column])
        if pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type):
            yield {value.lower() for value in column.unique().to_pylist() if value is not None}


def _parts(data: bytes) -> Iterator[bytes]:
    """A file in clear. Of Avro its head and each block (Apache Avro Specification, "Object Container Files")."""
    if not data.startswith(_AVRO):
        yield data
        return
    head, at = _metadata(data, len(_AVRO))
    codec = head.get("avro.codec", b"null")
    if codec not in (b"null", b"deflate"):
        raise FileError(f"its blocks are packed by {codec.decode(errors='replace')}")
    yield data[:at]
    at += _MARK
    while at < len(data):
        _, at = _long(data, at)
        block, at = _bytes(data, at)
        yield zlib.decompress(block, -zlib.MAX_WBITS) if codec == b"deflate" else block
        at += _MARK


def _metadata(data: bytes, at: int) -> tuple[dict[str, bytes], int]:
    found: dict[str, bytes] = {}
    while True:
        count, at = _long(data, at)
        if count == 0:
            return found, at
        if count < 0:  # then its size in bytes comes next
            _, at = _long(data, at)
        for _ in range(abs(count)):
            name, at = _bytes(data, at)
            found[name.decode()], at = _bytes(data, at)


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _long(data, at)
    return data[at : at + size], at + size


def _long(data: bytes, at: int) -> tuple[int, int]:
    """A number of Avro, seven bits a byte and the sign last, and where the next thing begins."""
    shift = value = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
