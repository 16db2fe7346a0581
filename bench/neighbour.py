"""What one person's queries cost another person: a part of `python -m bench.load`.

The one asks HEAVY questions at once and leaves ABANDONED results half read; the other asks the federated query, as on a
quiet server. Trino's places for each person (k8s/trino/limits.py) should keep the two apart.
"""

import os
import statistics
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from trino.dbapi import Cursor
from trino.exceptions import Error

from client.errors import CommandError
from client.stack import Stack
from commands.query import federated_query

HEAVY, ABANDONED = 20, 4
ROUNDS = 15
MOST = 3.0
"""Times the quiet median that the busy one may be."""
_COUNT = (
    "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) "
    "WHERE (x * y) % 7 = 3"
)
_ENDLESS = "SELECT * FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)"


@dataclass
class Crowd:
    """The queries of the one person, and what became of them."""

    cursors: list[Cursor] = field(default_factory=list)
    answered: int = 0
    over: bool = False

    def ask(self, stack: Stack, person: str, query: str, half: bool) -> None:
        """Asks, and reads one row or all of them."""
        cursor = stack.trino_connection(person).cursor()
        self.cursors.append(cursor)
        with suppress(Error):  # ended at the end, in the queue or at work
            cursor.execute(query)
            if half:
                cursor.fetchone()
                return
            cursor.fetchall()
            self.answered += not self.over


def measure(stack: Stack, one: str, other: str) -> bool:
    """Prints the other's times without and with the one's queries; whether the ratio is small enough."""
    if one == other:
        raise CommandError(f"{one} cannot be asked as both: name two people")
    query = federated_query(stack.people.get(other, ()))
    _times(stack, other, query, 3)  # warms the server up
    quiet = _times(stack, other, query, ROUNDS)
    crowd = Crowd()
    asked = [(_ENDLESS, True)] * ABANDONED + [(_COUNT, False)] * HEAVY
    threads = [threading.Thread(target=crowd.ask, args=(stack, one, *each), daemon=True) for each in asked]
    for thread in threads:
        thread.start()
    while len(crowd.cursors) < len(asked):
        time.sleep(0.05)
    busy = _times(stack, other, query, ROUNDS)
    crowd.over = True
    for cursor in crowd.cursors:
        with suppress(Error):
            cursor.cancel()
    ratio = statistics.median(busy) / statistics.median(quiet)
    print(f"{one} asked {HEAVY} heavy queries and left {ABANDONED} results half read; {crowd.answered} were answered")
    for label, seconds in (("quiet", quiet), ("busy", busy)):
        print(f"{other}, {label}: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s of {ROUNDS}")
    print(f"busy / quiet: {ratio:.2f}, may be {MOST:.0f}; load average {os.getloadavg()[0]:.1f}")
    return ratio <= MOST


def _times(stack: Stack, person: str, query: str, rounds: int) -> list[float]:
    connection = stack.trino_connection(person)
    found: list[float] = []
    for _ in range(rounds):
        started = time.monotonic()
        cursor = connection.cursor()
        cursor.execute(query)
        cursor.fetchall()
        found.append(time.monotonic() - started)
    return found
