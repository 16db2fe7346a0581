"""Keeps what is in the lake small: few files in a table, and no snapshots older than their contract keeps."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from mesh.names import PUBLICATIONS
from publish import ledger
from publish.lake import Lake
from publish.ledger import Publication
from publish.ports import Port, in_lake

ALWAYS = 10
"""Publications that are kept however old they are."""
MOST_FILES = 60
"""Files with rows or with deletions in a table; a publication adds one or two."""
GRACE = timedelta(hours=1)
"""For how long a table that has no history of its own may still be read as it was, and files of writers may lie."""
APART = timedelta(minutes=5)
"""Between the last publication that expires and the first that stays: Trino takes an age, not a snapshot, and counts it
from the moment at which it comes to it."""


def expiring(every: Sequence[Publication], days: int, now: datetime, apart: timedelta = APART) -> list[Publication]:
    """The publications, of `every` in order, that are older than `days` and not among the last ones that always stay.

    Those that were made shortly before the first that stays, stay with it.
    """
    oldest = now - timedelta(days=days)
    going = [each for each in every[:-ALWAYS] if each.published_at < oldest]
    stays = every[len(going)].published_at if going else now
    return [each for each in going if stays - each.published_at >= apart]


def expire(lake: Lake, port: Port, going: Sequence[Publication], now: datetime) -> None:
    """Gives these publications up: their snapshots with the files that no other has, then their rows."""
    if going:
        age = now - going[-1].published_at.astimezone(UTC)
        lake.run(f"ALTER TABLE {port.lake} EXECUTE expire_snapshots(retention_threshold => '{_duration(age)}')")
        lake.run(f"ALTER TABLE {port.lake} EXECUTE remove_orphan_files(retention_threshold => '1d')")
    ledger.strike(lake, port)


def unkept(lake: Lake, kept: Collection[str]) -> list[str]:
    """The names of published tables whose ports are not among the `kept` ones: nothing in them expires."""
    tables = lake.tables()
    names = ledger.ports(lake) - set(kept) if PUBLICATIONS in tables else set()
    return [name for name in sorted(names) if name in tables]


def compact(lake: Lake, port: Port, files: int) -> bool:
    """Writes the `files` of a port's table together, when they are many; whether they were."""
    return _compact(lake, port.table.name, files)


def compact_publications(lake: Lake, grace: timedelta = GRACE) -> None:
    """Does so for the table of publications, whose own past nobody reads."""
    ((files,),) = lake.rows(f"SELECT count(*) FROM {in_lake(lake.domain, f'{PUBLICATIONS}$files')}")
    if _compact(lake, PUBLICATIONS, files):
        table = in_lake(lake.domain, PUBLICATIONS)
        lake.run(f"ALTER TABLE {table} EXECUTE expire_snapshots(retention_threshold => '{_duration(grace)}')")
        lake.run(f"ALTER TABLE {table} EXECUTE remove_orphan_files(retention_threshold => '1d')")


def _compact(lake: Lake, name: str, files: int) -> bool:
    if files <= MOST_FILES:
        return False
    lake.run(f"ALTER TABLE {in_lake(lake.domain, name)} EXECUTE optimize")
    lake.run(f"ALTER TABLE {in_lake(lake.domain, name)} EXECUTE optimize_manifests")
    return True


def _duration(age: timedelta) -> str:
    return f"{int(age.total_seconds() * 1000) - 1}ms" if age else "0s"
