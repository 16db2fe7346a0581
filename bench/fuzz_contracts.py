"""Reads thousands of damaged contracts: `python -m bench.fuzz_contracts --contracts 4000`.

Every field of the standard is set, at every place of the sample's contracts, to values that fit it and to values that
do not; texts are cut, repeated and mixed. Counted are tracebacks, contracts that are not read in time, messages that
are no single lines, and fields that were accepted, are not for people, and changed nothing.
"""

import argparse
import copy
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from open_data_contract_standard.model import OpenDataContractStandard
from pydantic import BaseModel

from bench.contract_values import FITTING, HOSTILE, NEUTRAL
from mesh.contracts.document import Place
from mesh.contracts.fields import FIELDS
from mesh.contracts.model import Contract
from mesh.contracts.read import DOMAINS_FOLDER, ContractError, parse
from mesh.names import DomainName

SECONDS = 5
"""In which a contract is read or refused."""

RICH = """
  - name: Wishes
    physicalName: wishes
    physicalType: table
    logicalType: object
    description: One row for each wish.
    tags: [wish]
    synonyms: [{synonym: hopes, locale: en}]
    authoritativeDefinitions: [{url: "https://example.com", type: definition}]
    context: {instructions: Use it., constraints: [{constraint: none}], verifiedStatements: [{question: why}]}
    customProperties: [{property: publishedTo, value: [{domain: marketing, until: 2099-06-30, rowFilter: "price > 1"}]}]
    quality:
      - {metric: duplicateValues, description: Once., arguments: {properties: [Kind, price]}, mustBe: 0, unit: percent}
      - {type: sql, name: Own., query: "SELECT count(*) FROM {object}", mustBeGreaterOrEqualTo: 0, severity: error}
    properties:
      - name: Kind
        physicalName: kind
        logicalType: string
        physicalType: varchar(40)
        description: What.
        classification: internal
        enum: [{value: car, label: Car, tags: [a]}, {value: house}]
        logicalTypeOptions: {minLength: 1, maxLength: 40, pattern: "^[a-z]+$"}
        quality:
          - {metric: missingValues, description: None., arguments: {missingValues: [null, none]}, mustNotBe: 7}
          - {metric: invalidValues, description: Fits., arguments: {validValues: [car, house]}, mustBeBetween: [0, 1]}
      - {name: price, logicalType: number, physicalType: "numeric(12, 2)", description: USD., classification: internal,
         logicalTypeOptions: {exclusiveMinimum: 0, multipleOf: 0.01}, primaryKey: true, primaryKeyPosition: 2}
      - {name: day, logicalType: date, physicalType: date, description: When., classification: internal,
         logicalTypeOptions: {minimum: 2020-01-01}, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: owner, logicalType: string, physicalType: text, description: Whose., classification: personal,
         customProperties: [{property: mask, value: email, description: d}], semanticType: column, examples: [a@b.de]}
support: [{channel: chat, url: "https://example.com"}]
price: {priceAmount: 1, priceCurrency: USD}
"""
"""A table with all that the sample does not use."""


@dataclass(frozen=True)
class Case:
    """A damaged contract. `field`: the field that was set, and to what from what; None for a text."""

    domain: str
    text: str
    base: str
    field: tuple[Place, type[BaseModel], str, Any, Any] | None = None


def places(model: type[BaseModel], data: Any, place: Place = ()) -> Iterator[tuple[Place, type[BaseModel], dict]]:
    """Every mapping of a contract that is one of the standard's models, those for people included."""
    if not isinstance(data, dict):
        return
    yield place, model, data
    for name, field in model.model_fields.items():
        key = field.alias or name
        inner = next((each for each in _models(field.annotation)), None)
        if inner is None or key not in data:
            continue
        for number, item in enumerate(data[key]) if isinstance(data[key], list) else [(None, data[key])]:
            yield from places(inner, item, (*place, key) if number is None else (*place, key, number))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models within a type such as `list[Role] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


def fields_set(domain: str, text: str, chance: random.Random) -> Iterator[Case]:
    """A field, there or not, set to some value or taken away: without end."""
    data = yaml.safe_load(text)
    base = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    found = list(places(OpenDataContractStandard, data))
    slots = [(place, model, key) for place, model, _ in found for key in FIELDS[model]]
    while True:
        place, model, key = chance.choice(slots)
        changed = copy.deepcopy(data)
        target = changed
        for step in place:
            target = target[step]
        before = target.get(key)
        value = chance.choice(HOSTILE if chance.random() < 0.5 else FITTING.get(key, HOSTILE))
        if chance.random() < 0.05:
            target.pop(key, None)
            value = None
        else:
            target[key] = value
        damaged = yaml.safe_dump(changed, sort_keys=False, allow_unicode=True)
        yield Case(domain, damaged, base, (place, model, key, before, value))


def texts(domain: str, text: str, chance: random.Random) -> Iterator[Case]:
    """A text cut, repeated, mixed, or with what is special in YAML put into it: without end."""
    special = (
        *"\0\t&*!|>%@`{}[]:,#?-'\"",
        "\n---\n",
        "&a [*a]",
        "<<: *a",
        "!!binary x",
        "2024-13-45",
        "\ufeff",
        "\r",
        "[" * 5_000,
    )
    while True:
        at, until = sorted(chance.choices(range(len(text)), k=2))
        yield Case(
            domain,
            chance.choice(
                (
                    text[:at],
                    text[:at] + text[until:],
                    text[:until] + text[at:],
                    text[:at] + chance.choice(special) + text[at:],
                    text[:at] + "".join(chance.sample(text[at:until], until - at)) + text[until:],
                )
            ),
            text,
        )


def outcome(case: Case, bases: dict[str, Contract]) -> tuple[str, str]:
    """What came of a case in one word, and what a person needs to look at it."""
    domains = [DomainName("marketing"), DomainName("sales")]
    signal.alarm(SECONDS)
    try:
        read = parse(case.text, case.domain, domains, "contract.yaml")
    except ContractError as error:
        long = [line for line in str(error).splitlines() if not line.startswith("contract.yaml") or len(line) > 800]
        return ("no message", repr(long[0])) if long or not str(error) else ("refused", "")
    except TimeoutError:
        return "endless", ""
    except Exception:  # a traceback is what is looked for
        return "traceback", traceback.format_exc(limit=-4)
    finally:
        signal.alarm(0)
    if case.field is None or read != bases[case.base]:
        return "accepted", ""
    _, model, key, before, value = case.field
    if FIELDS[model][key].kind == "told":
        return "accepted, for people", ""
    nothing = FIELDS[model][key].kind == "refused" and value in (None, [], {})
    nothing |= key == "name" and _has_physical_name(case)  # the contract's own name, to which nothing need refer
    same = nothing or before == value or {repr(before), repr(value)} <= set(map(repr, NEUTRAL.get(key, ())))
    if same or str(before).lower() == str(value).lower():
        return "accepted, says the same", ""
    return "without effect", f"was {before!r:.200}"


def _has_physical_name(case: Case) -> bool:
    element: Any = yaml.safe_load(case.text)
    for step in case.field[0] if case.field else ():
        element = element[step]
    return "physicalName" in element


def main() -> int:
    """Prints the figures; the exit status: 0 where nothing is at fault."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz_contracts", description=__doc__)
    parser.add_argument("--contracts", type=int, default=4_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same contracts")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    signal.signal(signal.SIGALRM, _late)
    domains = ("sales", "marketing")
    originals = {name: (DOMAINS_FOLDER / name / "contract.yaml").read_text(encoding="utf-8") for name in domains}
    originals["sales"] = originals["sales"].replace("value: 0", "value: 2") + RICH  # no unit matters to 0
    makers = [
        maker(name, text, chance) for name, text in originals.items() for maker in (fields_set, fields_set, texts)
    ]
    bases: dict[str, Contract] = {}
    counts: Counter[str] = Counter()
    slowest, began = 0.0, time.monotonic()
    for number in range(options.contracts):
        case = next(makers[number % len(makers)])
        if case.base not in bases:
            bases[case.base] = parse(case.base, case.domain, [DomainName(name) for name in domains], "base")
        started = time.monotonic()
        word, detail = outcome(case, bases)
        slowest = max(slowest, time.monotonic() - started)
        counts[word] += 1
        if word in ("traceback", "endless", "no message", "without effect"):
            print(
                f"{number}: {word}: {case.field and (case.field[0], case.field[2], repr(case.field[4])[:200])} {detail}"
            )
    took = time.monotonic() - began
    print(f"{options.contracts:,} contracts in {took:.0f} s, the slowest in {slowest:.2f} s:")
    print("\n".join(f"{count:>7,} {word}" for word, count in counts.most_common()))
    bad = sum(counts[word] for word in ("traceback", "endless", "no message", "without effect"))
    print(f"{bad} at fault")
    return 1 if bad else 0


def _late(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    sys.exit(main())
