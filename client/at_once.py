"""The same for several domains at once: of a database that is far away, most of the time is waiting."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MOST = 8
"""How many at once: a connection or two of each database, and one query of Trino for each."""
Item = TypeVar("Item")
Made = TypeVar("Made")


def at_once(act: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """What `act` makes of each item, in the order of the items.

    An error of one is raised when those that have begun have ended; no other begins then.
    """
    with ThreadPoolExecutor(MOST) as pool:
        return list(pool.map(act, items))
