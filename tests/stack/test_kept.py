"""What the lake keeps is read by whoever may read the port, masked as there, and no other way leads to it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.stack import access_matrix, kept_matrix
from tests.stack.access_matrix import OWN
from tests.stack.checkout import Door

NAMES = {catalog: f"{catalog}.{OWN}.accounts" for catalog in kept_matrix.CATALOGS}


@pytest.fixture(scope="module")
def kept(door: Door) -> Iterator[Door]:
    """Trino, with a table of the lake that has a past."""
    for statement in kept_matrix.SETUP:
        door.rows("publisher", statement)
    yield door
    for statement in kept_matrix.TEARDOWN:
        door.rows("publisher", statement)


def test_everyone_gets_of_every_snapshot_and_metadata_table_what_the_matrix_says(kept: Door):
    snapshots = kept.rows("publisher", kept_matrix.SNAPSHOTS)
    assert len(snapshots) == 3, "an insert, another one, and a change after the columns changed"
    cases = list(access_matrix.cases(kept_matrix.PEOPLE, kept_matrix.matrix(snapshots)))
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = [each for each in pool.map(lambda case: access_matrix.problem(case, kept.rows), cases) if each]
    assert len(cases) > 500, "the matrix is not all there"
    assert not found, f"{len(found)} of {len(cases)} cells differ:\n" + "\n".join(found[:20])


def test_statistics_tell_nothing_of_masked_columns(kept: Door):
    ((first, _), *_) = kept.rows("publisher", kept_matrix.SNAPSHOTS)
    of_then = f"(SELECT holder_email, tel, born FROM {NAMES['lake']} FOR VERSION AS OF {first})"
    for asked in (NAMES["lake"], NAMES["iceberg"], of_then):
        shown = {row[0]: row[1:] for row in kept.rows("marketing-analyst", f"SHOW STATS FOR {asked}")}
        personal = [shown[name] for name in ("mail", "phone", "holder_email", "tel") if name in shown]
        assert len(personal) == 2 and all(set(values) == {None} for values in personal), shown
        assert shown["born"] == (0.0, 0.0, 1.0, None, None, None), "what is NULL for all has no value"
    own = {row[0]: row for row in kept.rows(f"{OWN}-analyst", f"SHOW STATS FOR {NAMES['lake']}")}
    assert own["born"][-2:] == ("1980-02-02", "2000-03-03"), "there is something that could be told"


def work(door: Door, person: str, statement: str) -> dict[str, Any]:
    """What Trino tells of the work of a query: rows, bytes and splits."""
    body = door.ask(statement, person, door.passwords[person]).json()
    while "nextUri" in body:
        body = door.next(body, person)
    assert "error" not in body, body["error"]["message"]
    stats = body["stats"]
    return {key: stats[key] for key in ("processedRows", "physicalInputBytes", "totalSplits")}


PROBES = ("mail = '{0}'", "mail >= '{0}'", "mail IN (SELECT '{0}')", "phone = '{1}'", "born = DATE '{2}'",
          "mail LIKE '{0}%'", "starts_with(phone, '{1}')")  # fmt: skip
THERE, NOWHERE = ("alice@example.com", "+33 1 2345 6701", "1990-01-01"), ("zoe@nowhere.org", "99999", "1900-09-09")


@pytest.mark.parametrize("probe", PROBES)
def test_the_work_of_a_query_does_not_tell_whether_a_hidden_value_is_there(kept: Door, probe: str):
    query = f"SELECT count(*) FROM {NAMES['lake']} WHERE "
    there, nowhere = (work(kept, "marketing-analyst", query + probe.format(*values)) for values in (THERE, NOWHERE))
    assert there == nowhere


def test_the_same_probe_of_an_owner_tells_it(kept: Door):
    query = f"SELECT count(*) FROM {NAMES['lake']} WHERE mail = "
    there, nowhere = (work(kept, f"{OWN}-analyst", f"{query}'{values[0]}'") for values in (THERE, NOWHERE))
    assert there != nowhere, "Trino leaves out files by their least and greatest values: the probe above could tell"


def test_plans_name_no_hidden_value(kept: Door):
    for kind in ("LOGICAL", "DISTRIBUTED", "IO"):
        plan = json.dumps(
            kept.rows("marketing-analyst", f"EXPLAIN (TYPE {kind}) SELECT * FROM {NAMES['lake']} WHERE balance > 5")
        )
        assert not [value for value in ("alice", "2345", "1990-01", "Main Street") if value in plan]
