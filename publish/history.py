"""What was published of a port, and its way back."""

from collections.abc import Sequence
from datetime import datetime

from client import tables
from client.errors import CommandError
from publish import ledger
from publish.lake import Lake
from publish.ledger import Publication
from publish.ports import Port
from publish.times import moment, shown

_HEADS = ("snapshot", "as of (UTC)", "published (UTC)", "added", "changed", "removed")


def table(every: Sequence[Publication], width: int | None) -> str:
    """The publications as a table for a terminal, the newest first."""
    rows = [
        (str(each.snapshot), _plain(each.as_of), _plain(each.published_at), each.added, each.changed, each.removed)
        for each in reversed(every)
    ]
    return "\n".join(tables.table(_HEADS, rows, width))


def at(port: Port, every: Sequence[Publication], when: datetime | None) -> Publication:
    """The publication that shows a port as it was at a moment: the last whose source is not younger; None: the last.

    Raises CommandError where there is none.
    """
    if not every:
        raise CommandError(f"{port.title} was never published: type `make publish PORT={port.title}`")
    found = [each for each in every if when is None or each.as_of <= when]
    if not found and when:
        raise CommandError(
            f"the lake does not know {port.title} as it was at {shown(when)}: its oldest snapshot is of "
            f"{shown(every[0].as_of)}.\nOlder ones were never made, or have expired: the contract keeps "
            f"{port.kept.days} days. `make history PORT={port.title}` lists all."
        )
    return found[-1]


def target(port: Port, every: Sequence[Publication], text: str) -> Publication:
    """The publication that TO names: by its snapshot, or by a moment. Raises CommandError."""
    if not text.isdigit() or len(text) < 10:
        return at(port, every, moment(text, "TO"))
    found = [each for each in every if each.snapshot == int(text)]
    if not found:
        raise CommandError(
            f"{port.title} has no publication with the snapshot {text}: type `make history PORT={port.title}`"
        )
    return found[0]


def roll_back(lake: Lake, port: Port, to: Publication) -> None:
    """Makes a publication the present one; later ones are no more. Killed and repeated, it ends the same."""
    lake.run(f"ALTER TABLE {port.lake} EXECUTE rollback_to_snapshot(snapshot_id => {to.snapshot})")
    ledger.strike(lake, port)


def _plain(when: datetime) -> str:
    return shown(when).removesuffix(" UTC")
