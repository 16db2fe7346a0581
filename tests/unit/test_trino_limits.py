"""Nobody can take Trino from the others: places, queues, memory and time, at every size of server."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s.trino import access, limits
from k8s.trino import config as trino_config
from k8s.trino.config import Memory
from mesh.contracts.read import read_contracts
from mesh.names import ADMINS, GRAFANA
from mesh.settings import LEAST_MEMORY, MOST_MEMORY, MOST_WORKERS
from tests.sample import DOMAINS_FOLDER, NAMES

SIZES = st.builds(lambda memory, workers: (Memory(memory), workers), st.integers(LEAST_MEMORY, MOST_MEMORY),
                  st.integers(0, MOST_WORKERS))  # fmt: skip
GROUPS = ("admins", "grafana", "people")


def groups(memory: Memory, workers: int) -> tuple[dict, dict[str, dict]]:
    """The root group and the groups inside it, by name."""
    (root,) = json.loads(trino_config.coordinator(memory, workers)["resource-groups.json"])["rootGroups"]
    return root, {group["name"]: group for group in root["subGroups"]}


@given(SIZES)
def test_places_are_kept_for_admins_and_grafana_and_one_person_never_takes_all(size: tuple[Memory, int]):
    root, inside = groups(*size)
    (person,) = inside["people"]["subGroups"]
    assert set(inside) == set(GROUPS)
    assert root["hardConcurrencyLimit"] == sum(group["hardConcurrencyLimit"] for group in inside.values())
    assert 2 <= person["hardConcurrencyLimit"] < inside["people"]["hardConcurrencyLimit"]
    assert inside["admins"]["hardConcurrencyLimit"] >= 1 and inside["grafana"]["hardConcurrencyLimit"] >= 1


@given(SIZES)
def test_one_persons_queue_leaves_room_for_those_of_others(size: tuple[Memory, int]):
    root, inside = groups(*size)
    (person,) = inside["people"]["subGroups"]
    assert 50 <= person["maxQueued"] < inside["people"]["maxQueued"], "a class of fifty may share a login"
    assert root["maxQueued"] >= sum(group["maxQueued"] for group in inside.values())


@given(SIZES)
def test_memory_is_left_beside_what_one_person_takes(size: tuple[Memory, int]):
    memory, workers = size
    _, inside = groups(memory, workers)
    (person,) = inside["people"]["subGroups"]
    assert 2 * memory.per_query <= memory.pool * 0.75
    shares = [int(group["softMemoryLimit"].removesuffix("%")) for group in (person, inside["people"])]
    assert shares[0] < shares[1] < 100


@pytest.mark.parametrize(
    ("memory", "workers", "people", "each"),
    [(1536, 0, 3, 2), (2560, 0, 4, 2), (2560, 1, 4, 2), (4096, 0, 8, 2), (4096, 3, 14, 3), (16384, 9, 14, 3)],
)
def test_places_follow_from_memory_and_workers(memory: int, workers: int, people: int, each: int):
    assert limits.places(Memory(memory).pool, workers) == limits.Places(people, each)


@given(SIZES)
def test_databases_have_connections_for_all_that_runs(size: tuple[Memory, int]):
    root, _ = groups(*size)
    assert root["hardConcurrencyLimit"] * 2.5 <= 40, "the limit of Trino's role, in seed/roles.py"


def test_everyone_has_a_group_of_their_own():
    document = json.loads(limits.resource_groups(limits.Places(4, 2)))
    assert document["selectors"] == [
        {"userGroup": ADMINS, "group": "mesh.admins"},
        {"userGroup": GRAFANA, "group": "mesh.grafana"},
        {"group": "mesh.people.${USER}"},
    ]
    (root,) = document["rootGroups"]
    (people,) = [group for group in root["subGroups"] if group["name"] == "people"]
    assert [group["name"] for group in people["subGroups"]] == ["${USER}"]


def test_every_limit_of_time_is_in_the_coordinators_configuration():
    config = trino_config.coordinator(Memory(2560))["config.properties"]
    assert all(f"{key}={value}\n" in config for key, value in limits.LIMITS.items())
    assert all(f"{key}={value}\n" in config for key, value in limits.BUFFERS.items())
    worker = trino_config.worker(Memory(2560), "trino-coordinator")["config.properties"]
    assert all(f"{key}={value}\n" in worker for key, value in limits.BUFFERS.items())
    assert not any(key in worker for key in limits.LIMITS), "workers do not know them, and would not start"


def test_only_admins_lift_the_limits_for_a_session():
    document = access.rules(read_contracts(DOMAINS_FOLDER, NAMES), [])
    first, denied, rest = document["system_session_properties"]
    assert first == {"group": ADMINS, "allow": True}
    assert denied["allow"] is False and "query_max_.*" in denied["property"].split("|")
    assert rest == {"allow": True}
