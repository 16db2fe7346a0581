"""Your own mesh: `__main__.py` as it is, with what is in `domains/`. No other test looks at either.

Where the program would be refused, the first test says what `pulumi preview` would say; the others have nothing to look
at then.
"""

import contextlib
import functools
import json
import traceback
from collections import Counter
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from client.errors import CommandError
from local.providers import sdk
from mesh.contracts.read import ContractError, declared_domains
from mesh.cost.resource_types import unpriced
from seed.sources import find_sources
from tests.sample import PROGRAM, ROOT
from tests.unit.recording import CONFIG, Cloud, Recording, record

CONFIGURATION = CONFIG | {
    "datamesh:acceptCost": "true",
    "datamesh:workbench": '{"instanceType": "t3.medium"}',
    "datamesh:officeHours": '{"days": "MON-FRI", "start": 8, "stop": 20, "timezone": "Europe/Paris"}',
}
"""Every optional part, whatever it costs; not that of a stack of yours."""


class AnyCloud(Cloud):
    """Answers a program that asks more than the project's own does, too."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        try:
            return super().call(args)
        except AssertionError:  # it has no answer
            return {}, []


@functools.cache
def run() -> tuple[Recording, str]:
    """What the program registers, and why it is refused: nothing is registered then, or the reason is empty."""
    try:
        with contextlib.chdir(ROOT):
            return record(PROGRAM.read_text(encoding="utf-8"), CONFIGURATION, cloud=AnyCloud()), ""
    except pulumi.RunError as refused:
        return Recording(), str(refused)
    except Exception as error:
        places = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == PROGRAM.name]
        line = getattr(error, "lineno", None) or (places[-1] if places else "?")
        return Recording(), f"line {line} of __main__.py ends in {type(error).__name__}: {error}"


def own() -> Recording:
    return run()[0]


def report(problems: list[str]) -> None:
    """Fails with the problems alone: where in this file they were found helps nobody."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_the_program_and_its_contracts_are_not_refused():
    _, reason = run()
    report([reason] if reason else [])


def test_every_domain_has_tables_to_make():
    folder, reason = ROOT / "domains", ""
    try:
        find_sources(declared_domains(folder), folder=folder)
    except CommandError as missing:
        reason = str(missing)
    except ContractError:
        return  # the test above says what is wrong with it
    report([reason] if reason else [])


def test_nothing_is_there_twice():
    counted = Counter((resource.type, resource.name, resource.parent) for resource in own().resources)
    twice = {resource.urn for resource in own().resources if counted[resource.type, resource.name, resource.parent] > 1}
    report(
        [
            f"{kind} {name} is there {number} times: take one out, or give it another name"
            for (kind, name, parent), number in counted.items()
            if number > 1 and parent not in twice
        ]
    )


def test_every_resource_belongs_to_a_component():
    components = {resource.urn for resource in own().resources if not resource.custom}
    report(
        [
            f"{resource.type} {resource.name} belongs to no component: give it opts=ResourceOptions(parent=…)"
            for resource in own().resources
            if resource.custom
            and not resource.type.startswith("pulumi:providers:")
            and resource.parent not in components
        ]
    )


def test_every_resource_is_made_where_the_stack_says_with_the_tags_of_the_mesh():
    providers = {"aws:": ("::aws::", "on_aws"), "kubernetes:": ("::cluster::", "on_cluster")}
    report(
        [
            f"{resource.type} {resource.name} follows your environment and lacks the mesh's tags: give it opts={option}"
            for resource in own().resources
            for package, (provider, option) in providers.items()
            if resource.type.startswith(package) and provider not in resource.provider
        ]
    )


def test_all_that_a_domain_has_is_tagged_with_its_name():
    domains = {domain.urn: domain.name for domain in own().of("datamesh:components:Domain")}
    report(
        [
            f'{resource.type} {resource.name} has no tag Domain: give it {{"Domain": "{domains[resource.parent]}"}}'
            for resource in own().resources
            if resource.parent in domains and resource.type.startswith("aws:")
            if "tags" in sdk.resource(resource.type).inputs
            if (resource.inputs.get("tags") or {}).get("Domain") != domains[resource.parent]
        ]
    )


def test_no_password_can_be_read():
    """In this recording every generated secret begins with `PASSWORD-`."""
    open_inputs = [
        (f"{resource.type} {resource.name}", key, value)
        for resource in own().resources
        for key, value in resource.inputs.items()
        if key not in resource.secrets
    ]
    open_outputs = [
        ("the stack", key, value) for key, value in own().exports.items() if key not in own().secret_exports
    ]
    report(
        [
            f"{place} shows a password in {key}: hand it on as pulumi.Output.secret(…)"
            for place, key, value in [*open_inputs, *open_outputs]
            if "PASSWORD-" in json.dumps(value, default=str)
        ]
    )


def test_everything_is_in_the_estimate_or_known_to_be_free():
    report(
        [
            f"`make cost` does not know whether AWS bills {kind}: say it in mesh/cost/resource_types.py"
            for kind in unpriced({resource.type for resource in own().resources})
        ]
    )
