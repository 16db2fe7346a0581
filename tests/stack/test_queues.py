"""What one person asks of Trino and leaves lying keeps nobody else from an answer."""

from collections.abc import Iterator

import pytest

from tests.stack.checkout import Checkout, Door
from tests.stack.test_access import eventually

ENDLESS = "SELECT * FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)"
OPEN, ASKED = 4, 20
ENDED = ("FINISHED", "FAILED", "GONE")


def state(door: Door, query: str) -> str:
    """The state of a query; `GONE` once Trino has forgotten it."""
    found = door.rows("admin", f"SELECT state FROM system.runtime.queries WHERE query_id = '{query}'")
    return str(found[0][0]) if found else "GONE"


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


WIDE = ", ".join(f"lpad('x', 100000, 'x') AS c{number}" for number in range(50))
HALVES = [f"SELECT {WIDE} FROM TABLE(sequence(1, 1000000))", "SELECT * FROM TABLE(sequence(1, 1000000000000))"]


@pytest.mark.parametrize("statement", HALVES, ids=["rows of 5 MB", "a function without end"])
def test_results_that_nobody_fetches_are_given_up_with_their_query(mesh: Checkout, door: Door, statement: str):
    before, person = mesh.running()["trino-coordinator"], "sales-analyst"
    asked = [door.ask(statement, person, door.passwords[person]).json() for _ in range(2)]
    for body in asked:
        answer = body
        while "data" not in answer:
            answer = door.next(answer, person)
        door.rows("admin", f"CALL system.runtime.kill_query('{body['id']}', 'nobody fetches it')")
    assert all(eventually(lambda query=body["id"]: state(door, query) == "GONE") for body in asked), (
        "Trino keeps their last rows, which no limit counts"
    )
    assert mesh.running()["trino-coordinator"] == before, "somebody has ended the server"
