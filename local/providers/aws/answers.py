"""Answers to the functions of pulumi_aws that programs ask before they make anything."""

from local.providers.aws.results import ACCOUNT
from local.providers.values import Properties

_ZONES = "abcdef"


def answer(token: str, arguments: Properties, region: str) -> Properties | None:
    """What AWS might answer; None for a function that is not known here."""
    region = arguments.get("region") or region
    match token.rpartition(":")[2], token.split(":")[1].partition("/")[0]:
        case "getCallerIdentity", "index":
            arn = f"arn:aws:iam::{ACCOUNT}:user/local"
            return {"id": ACCOUNT, "accountId": ACCOUNT, "arn": arn, "userId": "AIDALOCALLOCALLOCAL00"}
        case "getPartition", "index":
            return {
                "id": "aws",
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "reverseDnsPrefix": "com.amazonaws",
            }
        case "getRegion", "index":
            endpoint = f"ec2.{region}.amazonaws.com"
            return {"id": region, "name": region, "region": region, "endpoint": endpoint, "description": region}
        case "getAvailabilityZones", "index":
            zones = [f"{region}{letter}" for letter in _ZONES]
            names = [zone for zone in zones if zone not in (arguments.get("excludeNames") or [])]
            ids = [f"use1-az{_ZONES.index(name[-1]) + 1}" for name in names]
            return {"id": region, "names": names, "zoneIds": ids, "groupNames": [region], "region": region}
        case "getParameter", "ssm":
            name = arguments["name"]
            value = "ami-0123456789abcdef0" if "ami" in name else "local"
            return {
                "id": name,
                "name": name,
                "arn": f"arn:aws:ssm:{region}::parameter{name}",
                "type": "String",
                "value": value,
                "insecureValue": value,
                "region": region,
                "version": 1,
            }
        case "getAmi", "ec2":
            image = "ami-0123456789abcdef0"
            return {
                "id": image,
                "imageId": image,
                "arn": f"arn:aws:ec2:{region}::image/{image}",
                "architecture": "x86_64",
                "name": "local",
                "ownerId": "137112412989",
                "region": region,
                "state": "available",
                "rootDeviceName": "/dev/xvda",
                "rootDeviceType": "ebs",
                "virtualizationType": "hvm",
            }
    return None
