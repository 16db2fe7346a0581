"""What AWS would answer: ids, ARNs and other results in their right form, generated names, and to functions."""

import datetime
import hashlib
import re
import secrets
import string
import uuid

from local.providers import sdk
from local.providers.aws.types import Kind
from local.providers.package import RefusedError
from local.providers.values import Properties

ACCOUNT = "000000000000"

_ALPHABETS = {
    "hex": string.digits + "abcdef",
    "digits": string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "mixed": string.ascii_letters + string.digits,
}
_RANDOM = re.compile(r"(hex|digits|upper|mixed)(\d+)")
NAMED_BY = {"aws:rds/instance:Instance": "identifier", "aws:s3/bucket:Bucket": "bucket"}
"""The argument that names a resource, where it is not `name`."""
_LONGEST = {"aws:iam/role:Role": 64, "aws:s3/bucket:Bucket": 63}


def results(token: str, kind: Kind, inputs: Properties, region: str, tags: Properties) -> tuple[str, Properties]:
    """The id and the results of a new resource; what its inputs say already is left out."""
    words = _Words(kind, inputs, region)
    made = {name: words[name] for name in kind.outputs if inputs.get(name) is None}
    for name in ("name", "bucket", "identifier"):
        if inputs.get(f"{name}Prefix") and not inputs.get(name):
            made[name] = words[name]
    if "region" in sdk.resource(token).outputs and not inputs.get("region"):
        made["region"] = region
    return words["id"], made | all_tags(token, inputs, tags)


def all_tags(token: str, inputs: Properties, tags: Properties) -> Properties:
    """The result `tagsAll` where the type has it: the resource's tags over those of the provider."""
    return {"tagsAll": tags | (inputs.get("tags") or {})} if "tagsAll" in sdk.resource(token).outputs else {}


class _Words(dict[str, str]):
    """What the texts of a Kind may name: an input, another result, or something random such as `{hex17}`."""

    def __init__(self, kind: Kind, inputs: Properties, region: str) -> None:
        self._now, self._texts = datetime.datetime.now(datetime.UTC), {"id": kind.id, **kind.outputs}
        super().__init__(account=ACCOUNT, region=region, path="/", uuid=str(uuid.uuid4()))
        self["now"] = self._now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.update({name: str(value) for name, value in inputs.items() if value is not None})

    def __missing__(self, name: str) -> str:
        if drawn := _RANDOM.fullmatch(name):
            return "".join(secrets.choice(_ALPHABETS[drawn[1]]) for _ in range(int(drawn[2])))
        if name in self._texts:
            self[name] = self._texts[name].format_map(self)
        else:
            self[name] = f"{self.get(f'{name}Prefix', '')}{self._now.strftime('%Y%m%d%H%M%S%f')}000001"
        return self[name]


def generated(token: str, inputs: Properties, logical_name: str, seed: bytes) -> tuple[str, str] | None:
    """The argument that pulumi-aws would fill with a name, and that name; None if it would not.

    Mostly `name`, as `<logical name>-<7 hexadecimal digits>`; the exceptions are those of pulumi-aws. RefusedError
    where there is no room for the digits.
    """
    argument, longest = NAMED_BY.get(token, "name"), _LONGEST.get(token, 255)
    declared = sdk.resource(token).inputs.get(argument)
    if declared is None or not declared.optional:
        return None
    if inputs.get(argument) is not None or inputs.get(f"{argument}Prefix") is not None:
        return None
    digest = hashlib.sha256(seed or secrets.token_bytes(32)).digest()
    if token.startswith("aws:glue/catalog"):
        return argument, logical_name.lower() + "_" + "".join(chr(ord("a") + byte % 26) for byte in digest[:8])
    prefix = {"identifier": logical_name, "bucket": f"{logical_name.lower()}-"}.get(argument, f"{logical_name}-")
    if len(prefix) + 7 > longest:
        raise RefusedError(
            f'The name that Pulumi would generate for {token} "{logical_name}" is longer than the {longest} characters '
            f"that AWS allows: give it a `{argument}`, or a shorter name in the program."
        )
    return argument, prefix + digest.hex()[:7]


def answer(token: str, arguments: Properties, region: str) -> Properties:
    """What AWS might answer; RefusedError for a function that is not known here."""
    match token:
        case "aws:index/getCallerIdentity:getCallerIdentity":
            arn = f"arn:aws:iam::{ACCOUNT}:user/local"
            return {"id": ACCOUNT, "accountId": ACCOUNT, "arn": arn, "userId": "AIDALOCALLOCALLOCAL00"}
        case "aws:index/getAvailabilityZones:getAvailabilityZones":
            names = [f"{region}{letter}" for letter in "abcdef"]
            ids = [f"use1-az{number}" for number in range(1, 7)]
            return {"id": region, "names": names, "zoneIds": ids, "groupNames": [region], "region": region}
        case "aws:ssm/getParameter:getParameter":
            name = arguments["name"]
            value = "ami-0123456789abcdef0" if "ami" in name else "local"
            said = {"id": name, "name": name, "type": "String", "value": value, "insecureValue": value}
            return said | {"arn": f"arn:aws:ssm:{region}::parameter{name}", "region": region, "version": 1}
    raise RefusedError(
        f"The local stack does not answer {token} yet: its answer belongs into local/providers/aws/results.py."
    )
