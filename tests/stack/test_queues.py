"""What one person asks of Trino and leaves lying keeps nobody else from an answer."""

from collections.abc import Iterator

import pytest

from tests.stack.checkout import Door

ENDLESS = "SELECT * FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)"
OPEN, ASKED = 4, 20
ENDED = ("FINISHED", "FAILED")


def state(door: Door, query: str) -> str:
    ((found,),) = door.rows("admin", f"SELECT state FROM system.runtime.queries WHERE query_id = '{query}'")
    return str(found)


@pytest.fixture
def abandoned(door: Door) -> Iterator[list[str]]:
    """Queries of one person that nobody reads any further, more than run at a time, and many behind them."""
    person = "sales-analyst"
    asked = [door.ask(ENDLESS, person, door.passwords[person]).json() for _ in range(OPEN + ASKED)]
    for body in asked:
        assert "error" not in door.next(body, person), "it is in the queue from here on"
    queries = [body["id"] for body in asked]
    yield queries
    for query in queries:
        if state(door, query) not in ENDED:
            door.rows("admin", f"CALL system.runtime.kill_query('{query}', 'the test has ended')")


@pytest.mark.parametrize("other", ["marketing-analyst", "both", "admin", "grafana"])
def test_queries_of_others_are_answered_while_one_persons_lie_open(door: Door, abandoned: list[str], other: str):
    assert door.rows(other, "SELECT count(*) > 0 FROM sales.public.customers") == [(True,)]
    states = [state(door, query) for query in abandoned]
    assert not set(ENDED) & set(states), "nobody was in the way"
    assert states.count("QUEUED") >= ASKED, "one person takes more places than one's own"
