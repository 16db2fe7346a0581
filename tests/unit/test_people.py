"""The people of a mesh: who there is, whom the configuration adds, and the files in which Trino reads them."""

import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s.trino.access import groups, passwords
from mesh.people import PeopleError, Person, everyone
from tests.sample import MARKETING, SALES

MESH = (SALES, MARKETING)
USERS = {"both": {"domains": ["sales", "marketing"]}, "nobody": {"domains": []}, "boss": {"admin": True}}
HASH = "$2a$10$" + "a" * 53


def test_by_default_there_is_an_administrator_and_an_analyst_for_each_domain():
    assert everyone(MESH) == (
        Person(name="admin", admin=True),
        Person(name="marketing-analyst", domains=(MARKETING,)),
        Person(name="sales-analyst", domains=(SALES,)),
    )


def test_config_adds_people():
    added = {person.name: person for person in everyone(MESH, USERS)}
    assert added["both"] == Person(name="both", domains=(MARKETING, SALES))
    assert added["boss"].admin
    assert added["nobody"] == Person(name="nobody")


@pytest.mark.parametrize(
    ("users", "said"),
    [
        ({"admin": {"admin": True}}, "users.admin is a built-in user: pulumi config rm --path 'users[\"admin\"]'"),
        ({"sales-analyst": {"domains": ["marketing"]}}, "users.sales-analyst is a built-in user"),
        ({"grafana": {"admin": True}}, "users.grafana is a built-in user"),
        ({"grafana-admin": {"admin": True}}, "users.grafana-admin is a built-in user"),
        ({"trino-worker": {"admin": True}}, "users.trino-worker is a built-in user"),
        ({"dm_admin": {"admin": True}}, "users.dm_admin is a built-in user"),
        ({"sales_trino": {"domains": ["marketing"]}}, "users.sales_trino is a built-in user"),
        ({"sales_analyst": {"domains": ["marketing"]}}, "users.sales_analyst is a built-in user"),
        ({"marketing_grafana": {"admin": True}}, "users.marketing_grafana is a built-in user"),
        ({"x'; id #": {"admin": True}}, "pulumi config rm --path 'users[\"x'\"'\"'; id #\"]'"),
        ({'a"b': {"admin": True}}, 'pulumi config rm --path \'users["a\\"b"]\''),
        ({"a\x1b[2J": {"admin": True}}, "remove the entry from the stack's file"),
        ({"ada": {"domains": ["sales", "sales"]}}, "users.ada.domains has a domain twice"),
        ({"Ada": {"admin": True}}, "'Ada' is not a valid name"),
        ({"a:b": {"admin": True}}, "'a:b' is not a valid name"),
        ({"a,b": {"admin": True}}, "'a,b' is not a valid name"),
        ({"a.*": {"admin": True}}, "'a.*' is not a valid name"),
        ({"a\nb": {"admin": True}}, "is not a valid name"),
        ({"ada": {}}, "must have domains or admin and nothing else: pulumi config set --path 'users.ada.domains[0]'"),
        ({"ada": {"domain": ["sales"]}}, "must have domains or admin and nothing else"),
        ({"ada": ["sales"]}, "must have domains or admin and nothing else"),
        ({"ada": {"domains": "sales"}}, "users.ada.domains must be a list"),
        ({"ada": {"domains": ["finance"]}}, "no domain 'finance' in this mesh, there are marketing, sales"),
        ({"ada": {"domains": [["sales"]]}}, "no domain ['sales'] in this mesh"),
        (
            {"ada": {"admin": "true"}},
            "users.ada.admin must be true or false: pulumi config set --path users.ada.admin true",
        ),
    ],
)
def test_a_mistake_in_users_is_refused_with_the_command_that_mends_it(users: dict[str, Any], said: str):
    with pytest.raises(ValueError, match=re.escape(said)):
        everyone(MESH, users)


def test_all_mistakes_in_users_come_together():
    with pytest.raises(PeopleError) as caught:
        everyone(MESH, {"Ada": {}, "bob": {"domains": ["x"], "admin": 1}})
    assert len(caught.value.problems) == 3
    assert all("pulumi config" in problem for problem in caught.value.problems)


def test_the_group_file_has_a_line_for_each_group():
    assert groups(everyone(MESH, USERS)) == (
        "admins:admin,boss\n"
        "grafana:grafana\n"
        "marketing-analysts:both,marketing-analyst\n"
        "publisher:publisher\n"
        "sales-analysts:both,sales-analyst\n"
    )


def test_the_password_file_has_a_line_for_each_user():
    assert passwords({"b": HASH, "a": HASH}) == f"a:{HASH}\nb:{HASH}\n"


@pytest.mark.parametrize("value", ["", "secret", HASH + "\n", "$2a$04$" + "a" * 53, HASH + ":"])
def test_what_is_no_bcrypt_hash_is_refused_without_being_repeated(value: str):
    with pytest.raises(ValueError) as caught:
        passwords({"ada": value})
    assert str(caught.value) == "the password of ada is not hashed by bcrypt with a cost of 8 or more"


@given(st.text(min_size=1, max_size=70))
def test_the_command_that_removes_a_name_is_one_line_of_words_whatever_the_name(name: str):
    try:
        everyone(MESH, {name: {}})
    except PeopleError as refused:
        (line,) = refused.problems
        assert line.isprintable() and len(line) < 500
        if "pulumi config rm --path" in line:
            *_, path = shlex.split(line.partition(": pulumi ")[2])
            assert path == 'users["{}"]'.format(name.replace('"', '\\"'))


@given(st.dictionaries(st.text(max_size=8), st.just({"admin": True}), max_size=4))
def test_no_name_of_a_user_can_reach_into_the_files(users: dict[str, Any]):
    try:
        found = everyone(MESH, users)
    except ValueError:
        return
    assert all(re.fullmatch(r"[a-z0-9_-]+", person.name) for person in found)
    assert len(groups(found).splitlines()) == 5
