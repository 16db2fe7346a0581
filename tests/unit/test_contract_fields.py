"""Every field of the standard's own models has an effect that is seen here, is for people, or is refused by name."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
import yaml
from open_data_contract_standard import model as odcs
from pydantic import BaseModel

from mesh.contracts.document import Place
from mesh.contracts.fields import FIELDS, OPTIONS, Field
from mesh.contracts.model import Contract
from mesh.contracts.read import ContractError
from tests.sample import ROOT
from tests.unit.contract_changes import ALSO, FIXED, OTHERWISE, PLACES, REVENUE
from tests.unit.test_contract_mistakes import GOOD, contract

SECOND = """
  - name: visits
    physicalType: view
    description: Rows.
    properties:
      - {name: page, logicalType: string, physicalType: text, description: Page., classification: internal,
         primaryKey: true, primaryKeyPosition: 1,
         quality: [{metric: invalidValues, arguments: {pattern: "^x"}, description: Fits., mustBe: 0}]}
      - {name: at, logicalType: timestamp, physicalType: timestamptz, description: When., classification: internal,
         primaryKey: true, primaryKeyPosition: 2}
team:"""


BASE = yaml.safe_load(GOOD.replace("\nteam:", SECOND, 1))
BASE["schema"][0]["properties"][2]["enum"] = [{"value": 3}]


def changed(place: Place, value: Any) -> dict[str, Any]:
    """The contract with a value at a place."""
    data = deepcopy(BASE)
    put(data, place, value)
    return data


def put(data: Any, place: Place, value: Any) -> None:
    """Sets the value at a place; lists and mappings on the way are made where there are none."""
    for step, following in pairwise(place):
        if isinstance(data, dict) and step not in data:
            data[step] = [{}] if following == 0 else {}
        data = data[step]
    data[place[-1]] = value


def read(data: dict[str, Any]) -> Contract:
    return contract(yaml.dump(data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False))


@cache
def unchanged() -> Contract:
    return read(BASE)


def sample(annotation: Any) -> Any:
    """A value of a type of the standard."""
    text = str(annotation)
    if models := list(within(annotation)):
        return [{}] if "list[" in text else models[0]().model_dump(exclude_none=True)
    for name, value in (("list[str]", ["x"]), ("bool |", True), ("dict", {"x": 1}), ("float", 1), ("int |", 1)):
        if name in text:
            return value
    return [1] if "list[" in text else "x"


def within(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from within(inner)


def reachable(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """The models that a contract may have: not those that are only in refused fields."""
    if model not in seen:
        seen.add(model)
        for name, field in model.model_fields.items():
            known = FIELDS.get(model, {}).get(field.alias or name)
            if known is None or known.kind != "refused":
                for inner in within(field.annotation):
                    reachable(inner, seen)
    return seen


MODELS = sorted(reachable(odcs.OpenDataContractStandard, set()), key=lambda model: model.__name__)
EVERY = [(model, key, field) for model in FIELDS for key, field in FIELDS[model].items()]


def names(kind: str) -> Any:
    found = [(model, key) for model, key, field in EVERY if field.kind == kind]
    return pytest.mark.parametrize(("model", "key"), found, ids=[f"{model.__name__}.{key}" for model, key in found])


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_every_field_of_the_standard_is_in_the_table_and_no_other(model: type[BaseModel]):
    fields = {field.alias or name for name, field in model.model_fields.items()}
    assert model in FIELDS, f"say in mesh/contracts/fields.py what the fields of {model.__name__} do"
    assert FIELDS[model].keys() == fields
    assert FIELDS.keys() == set(MODELS)


def test_every_option_of_a_type_in_the_standard_is_in_the_table_and_no_other():
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    options: set[str] = set()
    for part in schema["$defs"]["SchemaBaseProperty"]["allOf"]:
        then = part.get("then", {}).get("properties", {})
        options |= then.get("logicalTypeOptions", {}).get("properties", {}).keys()
    assert options == OPTIONS.keys()


@names("effect")
def test_what_has_an_effect_changes_what_is_read_or_refuses_all_else(model: type[BaseModel], key: str):
    if (model, key) in FIXED:
        with pytest.raises(ContractError, match=key):
            read(changed((*PLACES[model], key), FIXED[model, key]))
        return
    data = deepcopy(BASE)
    for place, value in ALSO.get((model, key), ()):
        put(data, place, value)
    put(data, *OTHERWISE[model, key])
    assert read(data) != unchanged()


@names("told")
def test_what_is_for_people_is_accepted_and_changes_nothing(model: type[BaseModel], key: str):
    field = next(field for name, field in model.model_fields.items() if (field.alias or name) == key)
    assert read(changed((*PLACES[model], key), sample(field.annotation))) == unchanged()


@names("refused")
def test_what_is_refused_is_named_with_its_line_and_what_to_do(model: type[BaseModel], key: str):
    field = next(field for name, field in model.model_fields.items() if (field.alias or name) == key)
    value = [0, 1] if key == "mustNotBeBetween" else sample(field.annotation) or {"key": {}}
    with pytest.raises(ContractError) as refused:
        read(changed((*PLACES[model], key), value))
    assert re.search(rf", line \d+: .*{key} {re.escape(FIELDS[model][key].text)}", str(refused.value))


@pytest.mark.parametrize("key", [key for key, option in OPTIONS.items() if option.kind == "refused"])
def test_an_option_of_a_type_that_nothing_checks_is_refused(key: str):
    with pytest.raises(ContractError, match=rf"logicalTypeOptions\.{key} {re.escape(OPTIONS[key].text)}"):
        read(changed((*REVENUE, "logicalTypeOptions"), {key: 1}))


def rows() -> Iterator[str]:
    """The lines of the tables in docs/contract.md."""

    def line(name: str, field: Field) -> str:
        said = {"effect": field.text, "told": "for people", "refused": f"refused: {field.text}"}[field.kind]
        return f"| `{name}` | {said} |"

    for model, fields in FIELDS.items():
        yield f"### {model.__name__}"
        if all(field.kind == "told" for field in fields.values()):
            yield f"All for people: {', '.join(f'`{key}`' for key in fields)}."
            continue
        yield from (line(key, field) for key, field in fields.items() if field.kind != "told")
        if told := [f"`{key}`" for key, field in fields.items() if field.kind == "told"]:
            yield f"For people: {', '.join(told)}."
    yield "### logicalTypeOptions"
    yield from (line(key, field) for key, field in OPTIONS.items())


def test_the_page_on_contracts_says_what_the_table_says():
    page = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8").replace("\n", " ")
    missing = [row for row in rows() if " ".join(row.split()) not in " ".join(page.split())]
    assert not missing, "docs/contract.md lacks:\n" + "\n".join(missing)
