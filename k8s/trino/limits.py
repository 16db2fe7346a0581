"""Who may ask Trino how much at a time: resource groups and limits of time, so that nobody stops the others."""

import json
from dataclasses import dataclass

from mesh.names import ADMINS, GRAFANA

PLACE = 170
"""MiB of the queries' memory for each query that runs. Where it is used up, Trino ends the largest query at once: with
four places for people in 1,075 MiB, 50 queries that took 220 MiB each all succeeded."""
FEWEST, MOST = 5, 16
"""Queries at a time, whatever the memory. Each opens two or three connections to a database, which admits Trino 40."""
EACH_QUEUE = 100
"""Queries of one person that wait; the next is refused. A class may share one login."""

LIMITS: dict[str, str | int] = {
    # A query that is planned asks every database for its tables, and one that is stopped never answers.
    "query.max-planning-time": "5m",
    # From the first row read to the last row fetched. A client such as JDBC says that it is alive without fetching.
    "query.max-execution-time": "15m",
    # With the time in the queue.
    "query.max-run-time": "1h",
    # Of a client that is gone or fetches nothing. Until its last row is fetched, a query keeps its place.
    "query.client.timeout": "2m",
    # Of a query that has ended the coordinator keeps the last rows that it sent, which no limit counts: by default of
    # a hundred queries, and for 15 minutes. Who asked what is in the log of queries.
    "query.max-history": 0,
    "query.min-expire-age": "15s",
}
"""Settings of the coordinator."""

BUFFERS = {"sink.max-buffer-size": "8MB", "exchange.max-buffer-size": "16MB", "task.info.max-age": "1m"}
"""Settings of every server: the results that wait for a reader. Trino keeps those of a query that was ended for as long
as it remembers the tasks, by default 32 MB for 15 minutes, which no limit counts: 40 half-read results end a server."""


@dataclass(frozen=True)
class Places:
    """How many queries run at a time."""

    people: int
    """Of all people together, `admin` left out."""
    each: int
    """Of one of them. Two at least: tools ask for the list of tables while a result is half read."""
    admins: int = 1
    grafana: int = 1

    @property
    def all(self) -> int:
        """Those of admins and Grafana are kept for them: the groups' sum is the most that can run."""
        return self.people + self.admins + self.grafana


def places(pool: int, workers: int) -> Places:
    """The places of a Trino with `pool` MiB for queries on each server and so many workers."""
    total = min(MOST, max(FEWEST, pool * max(1, workers) // PLACE))
    people = total - Places.admins - Places.grafana
    return Places(people, max(2, people // 4))


def resource_groups(places: Places) -> str:
    """Trino's resource groups, as JSON: in `people` one for each user, so that a queue is one person's own.

    A person with `each` half-read results waits alone. Above its share of memory a group starts no further query.
    """
    person = _group("${USER}", places.each, "40%")
    groups = [
        _group("admins", places.admins, "80%"),
        _group("grafana", places.grafana, "40%"),
        _group("people", places.people, "70%", EACH_QUEUE * 2) | {"subGroups": [person]},
    ]
    root = _group("mesh", places.all, "90%", EACH_QUEUE * 4) | {"subGroups": groups}
    selectors = [
        {"userGroup": ADMINS, "group": "mesh.admins"},
        {"userGroup": GRAFANA, "group": "mesh.grafana"},
        {"group": "mesh.people.${USER}"},
    ]
    return json.dumps({"rootGroups": [root], "selectors": selectors}, indent=2)


def _group(name: str, running: int, memory: str, queued: int = EACH_QUEUE) -> dict[str, object]:
    return {"name": name, "softMemoryLimit": memory, "hardConcurrencyLimit": running, "maxQueued": queued}
