"""Answers to the functions of pulumi_aws that the program asks before it makes anything."""

from local.providers.aws.results import ACCOUNT
from local.providers.package import RefusedError
from local.providers.values import Properties


def answer(token: str, arguments: Properties, region: str) -> Properties:
    """What AWS might answer; RefusedError for a function that is not known here."""
    region = arguments.get("region") or region
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
        f"The local stack does not answer {token} yet: its answer belongs into local/providers/aws/answers.py."
    )
