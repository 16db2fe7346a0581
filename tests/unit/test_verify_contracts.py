"""The questions of a table are one statement, and each fails for itself."""

import psycopg2
import pytest

from commands.contract_result import Rows
from commands.verify_contracts import together


class Server:
    """Knows the answers to some queries, refuses all others, and keeps what it was asked."""

    def __init__(self, **rows: Rows) -> None:
        self.rows, self.asked = rows, []

    def __call__(self, query: str) -> Rows:
        self.asked.append(query)
        if query.startswith("SELECT ("):
            parts = [part.strip("( \n") for part in query.removeprefix("SELECT ").split("\n)")[:-1]]
            found = [self.rows.get(part.strip(", ("), [("refused",)]) for part in parts]
            if any(rows == [("refused",)] or len(rows) > 1 for rows in found):
                raise psycopg2.DataError("one of them is refused")
            return [tuple(rows[0][0] if rows else None for rows in found)]
        if query not in self.rows:
            raise psycopg2.DataError(f"{query} is refused")
        return self.rows[query]


def test_all_questions_of_a_table_are_asked_at_once():
    server = Server(one=[(1,)], two=[(0,)])
    answer = together(["one", "two"], server)
    assert [answer("one"), answer("two")] == [[(1,)], [(0,)]]
    assert server.asked == ["SELECT (one\n), (two\n)"]


def test_a_question_that_is_refused_leaves_the_others_their_answers():
    server = Server(one=[(1,)])
    answer = together(["one", "wrong"], server)
    assert answer("one") == [(1,)]
    with pytest.raises(psycopg2.DataError, match="wrong is refused"):
        answer("wrong")


@pytest.mark.parametrize("rows", [[], [(None,)], [(1,), (2,)]])
def test_a_question_without_one_number_is_asked_for_itself(rows: Rows):
    server = Server(one=[(1,)], odd=rows)
    answer = together(["one", "odd"], server)
    assert answer("odd") == rows and answer("one") == [(1,)]


def test_of_a_table_without_questions_nothing_is_asked():
    server = Server()
    together([], server)
    assert server.asked == []
