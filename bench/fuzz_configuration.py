"""Reads thousands of generated configurations: `python -m bench.fuzz_configuration`, and prints what became of them.

Each option meets wrong types, hostile texts, boundaries and other options. A configuration is refused in one readable
list, or it is accepted and every value of it that is not the default has an effect: the settings differ without it.
"""

import argparse
import json
import random
import re
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mesh.names import DomainName
from mesh.settings import SettingsError, read_settings

DOMAINS = (DomainName("marketing"), DomainName("sales"))
LEAST = {
    "dev": {
        "owner": "ada",
        "allowedCidrs": '["203.0.113.7/32"]',
        "kubeContext": "kind",
        "alertEmail": "a@example.com",
        "projectStart": "2026-12-01",
    },
    "local": {
        "owner": "ada",
        "allowedCidrs": '["127.0.0.1/32"]',
        "local": json.dumps(
            {"awsEndpoint": "http://127.0.0.1:4566", "databaseCa": "ca.pem", "trinoPort": 8080, "trinoHttpsPort": 8443}
        ),
    },
}
"""By stack: the least that it needs."""
GOOD: dict[str, list[str]] = {
    "owner": ["bo", "a" * 20, "a-b"],
    "region": ["eu-west-3", "us-west-2"],
    "allowedAccountIds": ["123456789012", "123456789012,210987654321"],
    "allowedCidrs": ['["203.0.113.8/32"]', '["198.51.100.0/24", "203.0.113.7/32"]'],
    "kubeContext": ["minikube", "arn:aws:eks:x/y"],
    "disposable": ["true", "false"],
    "instanceClass": ["db.t4g.micro", "db.t4g.small"],
    "accountPlan": ["free", "paid"],
    "backupDays": ["1", "35", "0", "7"],
    "alertEmail": ["bo+x@example.org"],
    "projectStart": ["2027-01-31", "2079-12-31"],
    "months": ["1", "36"],
    "budgetUsd": ["1", "100000"],
    "acceptCost": ["true"],
    "access": ['{"sales": ["arn:aws:iam::123456789012:user/ada"]}', '{"admin": ["arn:aws:iam::123456789012:root"]}'],
    "requireMfa": ["false"],
    "users": ['{"ada": {"domains": ["sales"]}}', '{"bo": {"admin": true}}', '{"cy": {"domains": []}}'],
    "officeHours": ['{"days": "SAT", "start": 0, "stop": 23}', '{"timezone": "UTC"}'],
    "workbench": ['{"instanceType": "t3.micro"}', '{"months": 36}'],
    "trino": ['{"memory": 1536}', '{"workers": 100}', '{"memory": 262144, "workers": 1}'],
    "quotas": ['{"dbInstances": 60}'],
    "local": ['{"awsEndpoint": "http://127.0.0.1:1", "databaseCa": "b.pem", "trinoPort": 2, "trinoHttpsPort": 65535}'],
}
TEXTS = (
    "", " ", "x", "-1", "0", "1", "37", "1e9", "9" * 30, "9" * 5000, "٣", "true ", "True", "null", "NaN", "[]", "{}",
    "[" * 50_000, '{"a":' * 50_000, '"' * 10, "a" * 100_000, "'; touch F; '", "$(id)", "`id`", "a\nb", "a\x00b",
    "\x1b[2J", "\u202eevil", "../../etc/passwd", "*", "0.0.0.0/0", "224.0.0.1/32", "2027-02-30", "a@b",
    "a@b.co\nBcc: x",
    '{"a": 1, "a": 2}', "[NaN]", "[1, 2", '["x", ["y", ["z", ["q"]]]]',
)  # fmt: skip
LEAVES = (
    None, True, False, 0, 1, -1, 65535, 65536, 10**30, 0.5, 1e308, "", "x", "sales", "a\nb", "x" * 5000, [], ["sales"],
    [1], {}, {"admin": True}, {"domains": ["sales", "sales"]}, {"a": {"b": {"c": {}}}},
)  # fmt: skip
NAMES = ("ada", "admin", "grafana-admin", "sales_trino", "dm_admin", "a'b", 'a"b', "$(id)", "a\nb", "x" * 500, "\u202e")
UNKNOWN = (
    "allowedAccountIDs",
    "aws:region",
    "aws:x",
    "kubernetes:context",
    "datamash:owner",
    "users.ada.admin",
    "x; id",
)
DEFAULTS = {
    "acceptCost": ("false",),
    "disposable": ("false",),
    "months": ("3",),
    "requireMfa": ("true",),
    "trino": ('{"workers": 0}', '{"memory": 2560}'),
}
"""Values that may be said and change nothing, because they are the default."""
MOST_LINE = 700
NO_SETTING = {"accountPlan": "what it allows", "backupDays": "0 and the plan's own number are the same"}
"""Options whose value may leave the settings as they are, and why."""


def any_value(pick: random.Random, key: str) -> str:
    """A text for an option: right, hostile, or JSON whose entries are of the right names and wrong kinds."""
    match pick.randrange(4):
        case 0:
            return pick.choice(GOOD[key])
        case 1:
            return pick.choice(TEXTS)
        case 2:
            good = pick.choice(GOOD[key])
            at = pick.randrange(len(good) + 1)
            return good[:at] + pick.choice(("", "x", " ", "\n", "'", '"', "-", "9", "\x00", "{")) + good[at + 1 :]
        case _:
            entries = [*re.findall(r'"(\w+)":', " ".join(GOOD[key])), *NAMES]
            made: Any = {pick.choice(entries): pick.choice(LEAVES) for _ in range(pick.randrange(1, 4))}
            return json.dumps(pick.choice((made, [pick.choice(LEAVES) for _ in range(3)], pick.choice(LEAVES))))


def configurations(seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    """A stack and what its configuration says beside the least, without end: first every good value alone."""
    pick = random.Random(seed)
    for stack in LEAST:
        for key, values in GOOD.items():
            for value in (*values, *TEXTS):
                yield stack, {key: value}
    while True:
        keys = pick.sample(sorted(GOOD), pick.randrange(1, 4))
        changes = {key: any_value(pick, key) for key in keys}
        if pick.random() < 0.1:
            changes[pick.choice(UNKNOWN)] = "1"
        yield pick.choice(tuple(LEAST)), changes


def read(stack: str, changes: Mapping[str, str]) -> Any:
    """The settings, or the refusal."""
    try:
        return read_settings({**LEAST[stack], **changes}, stack, DOMAINS)
    except SettingsError as refused:
        return refused


def faults(stack: str, changes: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with how a configuration was answered."""
    answer = read(stack, changes)
    if isinstance(answer, SettingsError):
        yield from unreadable(str(answer))
        return
    for key in changes:
        without = read(stack, {other: value for other, value in changes.items() if other != key})
        same = changes[key].strip() in ("", "{}", "[]", LEAST[stack].get(key)) or key in NO_SETTING
        if not same and changes[key] not in DEFAULTS.get(key, ()) and without == answer:
            yield f"{key} is accepted and changes nothing"


def unreadable(message: str) -> Iterator[str]:
    """What is wrong with a refusal."""
    lines = message.splitlines()
    if not all(line.isprintable() and len(line) <= MOST_LINE for line in lines):
        yield "a line is too long, or moves the cursor"
    commands = [line.strip() for line in lines if line.strip().startswith("pulumi config ")]
    if not commands and "pulumi config " not in message:
        yield "no command mends it"
    for command in commands:
        try:
            shlex.split(command)
        except ValueError:
            yield "a command cannot be typed"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures and the first faults; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    found: Counter[str] = Counter()
    slowest = 0.0
    for number, (stack, changes) in enumerate(configurations(options.seed), 1):
        began = time.monotonic()
        try:
            wrong = list(faults(stack, changes))
            found["accepted" if not isinstance(read(stack, changes), SettingsError) else "refused"] += 1
        except Exception as error:  # a traceback is what this looks for
            wrong = [f"traceback: {type(error).__name__}"]
        slowest = max(slowest, time.monotonic() - began)
        for fault in wrong:
            found[fault] += 1
            if found[fault] <= 3:
                print(f"{fault}: {stack} {str(changes)[:300]}")
        if number == options.count:
            break
    print(f"{options.count} configurations, the slowest took {slowest:.2f} s")
    for what, count in sorted(found.items()):
        print(f"  {count:6} {what}")
    return 1 if found.keys() - {"accepted", "refused"} else 0


if __name__ == "__main__":
    sys.exit(main())
