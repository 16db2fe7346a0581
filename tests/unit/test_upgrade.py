"""A stack that an earlier version made keeps all that it has: no resource gets another URN without an alias of the old.

`registered_before.txt` lists what that version (commit c846312) registered. A line without indentation is where
resources hang: the types of the components above, `-` for none. The others are a type, a name and, where it is not on
both stacks, on which one; `{domain}` stands for each domain. Never take a line out: give the resource an alias.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pulumi
import pytest

from tests import sample
from tests.unit.recording import CONFIG, Recording, Registration, record

RECORDED = Path(__file__).with_name("registered_before.txt")
STACKS = {
    "dev": CONFIG | {
        "datamesh:acceptCost": "true",
        "datamesh:workbench": '{"instanceType": "t3.medium"}',
        "datamesh:officeHours": '{"days": "MON-FRI", "start": 8, "stop": 20, "timezone": "Europe/Paris"}',
        "datamesh:trino": '{"workers": 2}',
        "datamesh:users": '{"ada": {"domains": ["sales"]}}',
    },
    "local": {
        "datamesh:owner": "local",
        "datamesh:allowedCidrs": '["127.0.0.1/32"]',
        "datamesh:disposable": "true",
        "datamesh:local": json.dumps({
            "awsEndpoint": "http://127.0.0.1:4566", "databaseCa": "data/rds-root-cas.pem",
            "trinoPort": 8080, "trinoHttpsPort": 8443,
        }),
    },
}  # fmt: skip
"""The configurations under which it was recorded: every optional part, and the stack of this machine."""

SUCCEEDED = {
    ("datamesh:components:Identity$aws:iam/userPolicy:UserPolicy", "identity-trino"): (
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        ("identity-trino-lake", "identity-trino-tables-1"),
    ),
    ("datamesh:components:Budget$aws:cloudwatch/metricAlarm:MetricAlarm", "datamesh-bill-project"): (
        "aws:budgets/budget:Budget",
        ("datamesh-month", "datamesh-project"),
    ),
}
"""What goes, and the type and names of what takes its place: a policy inside a user cannot become a managed one,
and an alarm on a figure that begins at 0 every month could never ring for a whole project.

The engine makes everything new before it deletes what the program has no more, so the user has its rights all the time.
"""

Aliases = Sequence[pulumi.Input[str | pulumi.Alias]]
Identity = tuple[str, str]
"""What tells a resource from all others of a stack: its type behind the types of its components, and its name."""


def recorded_on(stack: str) -> Iterator[Identity]:
    above = ""
    for line in RECORDED.read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            above = "" if line == "-" else f"{line}$"
            continue
        kind, name, *only = line.split()
        if only in ([], [f"({stack})"]):
            for domain in sample.NAMES if "{domain}" in name else [""]:
                yield above + kind, name.replace("{domain}", domain)


def identities(recording: Recording, resource: Registration) -> set[Identity]:
    """All that the engine knows a resource by: its URN and its aliases, under each URN and alias of its parent."""
    every = {each.urn: each for each in recording.resources}
    parent = every.get(resource.parent)
    above = identities(recording, parent) if parent else {("", "")}
    now = parent.name if parent else ""

    def under(parents: set[Identity], kind: str, name: str) -> Iterator[Identity]:
        for kinds, old in parents:
            # a child whose name begins with its parent's has an alias that begins with the parent's old one
            renamed = old + name.removeprefix(now) if now != old and name.startswith(now) else name
            yield f"{kinds}${kind}".lstrip("$"), renamed

    found = set(under(above, resource.type, resource.name))
    for alias in resource.aliases:
        if "urn" in alias:
            _, _, kinds, name = alias["urn"].split("::", 3)
            found.add((kinds.removeprefix("pulumi:pulumi:Stack$"), name))
            continue
        spec = alias["spec"]
        kind, name = spec.get("type", resource.type), spec.get("name", resource.name)
        if spec.get("noParent"):
            found.add((kind, name))
        elif other := spec.get("parentUrn"):
            kinds = other.split("::")[2].removeprefix("pulumi:pulumi:Stack$")
            found.add((f"{kinds}${kind}", name))
        else:
            found |= set(under(above, kind, name))
    return found


def known(recording: Recording) -> set[Identity]:
    return {identity for resource in recording.resources for identity in identities(recording, resource)}


@pytest.mark.parametrize("stack", STACKS)
def test_everything_that_an_earlier_version_registered_is_there_or_is_an_alias(stack: str):
    before = list(recorded_on(stack))
    assert len(before) > 130, f"{RECORDED.name} is not all there"
    recording = record(config=STACKS[stack], stack_name=stack)
    now = known(recording)
    lost = [f"{kinds} {name}" for kinds, name in before if (kinds, name) not in now and (kinds, name) not in SUCCEEDED]
    assert not lost, (
        "an upgrade would delete these, and make others in their place:\n  " + "\n  ".join(lost) + "\n"
        'Give each that has a new name, type or component ResourceOptions(aliases=[Alias(name="…", type_="…")]).'
    )
    for old, (kind, names) in SUCCEEDED.items():
        if stack == "local" and old not in before:
            continue
        assert old in before and old not in now, f"{old} stays: it needs no successor"
        assert {each.name for each in recording.of(kind)} == set(names)


class Box(pulumi.ComponentResource):
    """A component with one child."""

    def __init__(self, outer: Aliases, inner: Aliases) -> None:
        super().__init__("new:Box", "new", None, pulumi.ResourceOptions(aliases=outer))
        options = pulumi.ResourceOptions(parent=self, aliases=inner)
        pulumi.CustomResource("aws:s3/bucket:Bucket", "new-files", {"bucket": "b"}, options)


@pytest.mark.parametrize(
    ("outer", "inner", "before"),
    [
        ([], [], ("new:Box$aws:s3/bucket:Bucket", "new-files")),
        ([], [pulumi.Alias(name="old")], ("new:Box$aws:s3/bucket:Bucket", "old")),
        ([], [pulumi.Alias(type_="aws:s3/bucketV2:BucketV2")], ("new:Box$aws:s3/bucketV2:BucketV2", "new-files")),
        ([], [pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)], ("aws:s3/bucket:Bucket", "new-files")),
        ([pulumi.Alias(type_="old:Box")], [], ("old:Box$aws:s3/bucket:Bucket", "new-files")),
        ([pulumi.Alias(name="old")], [], ("new:Box$aws:s3/bucket:Bucket", "old-files")),
        ([pulumi.Alias(type_="old:Box")], [pulumi.Alias(name="x")], ("old:Box$aws:s3/bucket:Bucket", "x")),
        ([], ["urn:pulumi:dev::datamesh::a:B$c:D::e"], ("a:B$c:D", "e")),
    ],
)  # fmt: skip
def test_aliases_are_read_as_the_engine_reads_them(outer: Aliases, inner: Aliases, before: Identity):
    recording = record(lambda: Box(outer, inner))
    assert before in known(recording)
    assert ("other:Box$aws:s3/bucket:Bucket", "new-files") not in known(recording)
