"""The AWS resource types of the local stack: the form of their ids and results, and which changes replace them.

Python SDKs do not say which arguments force a replacement; the lists follow the AWS provider's schemas.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Kind(NamedTuple):
    """One resource type. Texts name arguments and other results in braces; see `results` for the rest."""

    id: str
    outputs: Mapping[str, str] = MappingProxyType({})
    replaced_by: str = ""
    """Arguments whose change takes another resource, besides `region`."""
    delete_first: bool = False
    """Whether the old one has to go before the other is made: both would be in the same place."""


_NAME = "name namePrefix"


def _arn(service: str, resource: str) -> dict[str, str]:
    return {"arn": f"arn:aws:{service}:{{region}}:{{account}}:{resource}"}


def _iam(resource: str, prefix: str, id: str = "uniqueId") -> dict[str, str]:
    return {"arn": f"arn:aws:iam::{{account}}:{resource}{{path}}{{name}}", id: prefix + "{upper17}"}


def _ec2(prefix: str, resource: str, replaced_by: str, **outputs: str) -> Kind:
    return Kind(prefix + "-{hex17}", _arn("ec2", f"{resource}/{{id}}") | outputs, replaced_by)


_OWNER = {"ownerId": "{account}"}
_RULE = _ec2("sgr", "security-group-rule", "securityGroupId", securityGroupRuleId="{id}")
_OF_BUCKET = Kind("{bucket}", {}, "bucket expectedBucketOwner")
_OF_BUCKET_ALONE = Kind("{bucket}", {}, "bucket")

KINDS = {
    "ec2/vpc:Vpc": _ec2("vpc", "vpc", "cidrBlock instanceTenancy", **_OWNER),
    "ec2/subnet:Subnet": _ec2(
        "subnet", "subnet", "vpcId cidrBlock availabilityZone", availabilityZone="{region}a", **_OWNER
    ),
    "ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway", "", **_OWNER),
    "ec2/routeTable:RouteTable": _ec2("rtb", "route-table", "vpcId", **_OWNER),
    "ec2/route:Route": Kind(
        "r-{routeTableId}{digits10}", {}, "routeTableId destinationCidrBlock destinationPrefixListId"
    ),
    "ec2/routeTableAssociation:RouteTableAssociation": Kind("rtbassoc-{hex17}", {}, "subnetId gatewayId"),
    "ec2/securityGroup:SecurityGroup": _ec2("sg", "security-group", f"{_NAME} description vpcId", **_OWNER),
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
    "ec2/instance:Instance": _ec2(
        "i", "instance", "ami availabilityZone keyName subnetId associatePublicIpAddress", availabilityZone="{region}a"
    ),
    "rds/instance:Instance": Kind(
        "db-{upper26}",
        {"resourceId": "{id}", "status": "available", "availabilityZone": "{region}a"} | _arn("rds", "db:{identifier}"),
        "availabilityZone characterSetName dbName engine kmsKeyId snapshotIdentifier storageEncrypted username",
    ),
    "rds/subnetGroup:SubnetGroup": Kind("{name}", _arn("rds", "subgrp:{name}") | {"vpcId": "vpc-{hex17}"}, _NAME),
    "rds/parameterGroup:ParameterGroup": Kind("{name}", _arn("rds", "pg:{name}"), f"{_NAME} family description"),
    "rds/eventSubscription:EventSubscription": Kind("{name}", _arn("rds", "es:{name}"), _NAME),
    "secretsmanager/secret:Secret": Kind("{arn}", _arn("secretsmanager", "secret:{name}-{mixed6}"), _NAME),
    "secretsmanager/secretVersion:SecretVersion": Kind(
        "{secretId}|{versionId}", {"versionId": "{uuid}", "arn": "{secretId}"}, "secretId secretString secretBinary"
    ),
    "iam/role:Role": Kind("{name}", _iam("role", "AROA") | {"createDate": "{now}"}, f"{_NAME} path"),
    "iam/rolePolicy:RolePolicy": Kind("{role}:{name}", {}, f"{_NAME} role"),
    "iam/policy:Policy": Kind("{arn}", _iam("policy", "ANPA", "policyId"), f"{_NAME} path description"),
    "iam/user:User": Kind("{name}", _iam("user", "AIDA")),
    "iam/userPolicy:UserPolicy": Kind("{user}:{name}", {}, f"{_NAME} user"),
    "iam/userPolicyAttachment:UserPolicyAttachment": Kind("{user}-{hex17}", {}, "user policyArn"),
    "iam/rolePolicyAttachment:RolePolicyAttachment": Kind("{role}-{hex17}", {}, "role policyArn"),
    "iam/accessKey:AccessKey": Kind(
        "AKIA{upper16}", {"secret": "{mixed40}", "createDate": "{now}", "status": "Active"}, "user pgpKey"
    ),
    "iam/instanceProfile:InstanceProfile": Kind("{name}", _iam("instance-profile", "AIPA"), f"{_NAME} path"),
    "s3/bucket:Bucket": Kind(
        "{bucket}",
        {"arn": "arn:aws:s3:::{bucket}", "bucketRegion": "{region}"},
        "bucket bucketPrefix objectLockEnabled",
    ),
    "s3/bucketVersioning:BucketVersioning": _OF_BUCKET,
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _OF_BUCKET_ALONE,
    "s3/bucketOwnershipControls:BucketOwnershipControls": _OF_BUCKET_ALONE,
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _OF_BUCKET,
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _OF_BUCKET,
    "s3/bucketPolicy:BucketPolicy": _OF_BUCKET_ALONE,
    "glue/catalogDatabase:CatalogDatabase": Kind(
        "{catalogId}:{name}", {"catalogId": "{account}"} | _arn("glue", "database/{name}"), "name catalogId"
    ),
    "glue/catalogTable:CatalogTable": Kind(
        "{catalogId}:{databaseName}:{name}",
        {"catalogId": "{account}"} | _arn("glue", "table/{databaseName}/{name}"),
        "name databaseName catalogId partitionIndices",
    ),
    "cloudwatch/logGroup:LogGroup": Kind("{name}", _arn("logs", "log-group:{name}"), f"{_NAME} logGroupClass"),
    "cloudwatch/metricAlarm:MetricAlarm": Kind("{name}", _arn("cloudwatch", "alarm:{name}"), "name"),
    "cloudwatch/dashboard:Dashboard": Kind(
        "{dashboardName}", {"dashboardArn": "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}"}, "dashboardName"
    ),
    "sns/topic:Topic": Kind("{arn}", _arn("sns", "{name}") | {"owner": "{account}"}, f"{_NAME} fifoTopic"),
    "sns/topicPolicy:TopicPolicy": Kind("{arn}", {"owner": "{account}"}, "arn"),
    "sns/topicSubscription:TopicSubscription": Kind(
        "{arn}", {"arn": "{topic}:{uuid}", "ownerId": "{account}"}, "endpoint protocol topic"
    ),
    "budgets/budget:Budget": Kind(
        "{accountId}:{name}",
        {"accountId": "{account}", "arn": "arn:aws:budgets::{accountId}:budget/{name}"},
        f"{_NAME} accountId",
    ),
    "scheduler/schedule:Schedule": Kind(
        "{groupName}/{name}",
        {"groupName": "default"} | _arn("scheduler", "schedule/{groupName}/{name}"),
        f"{_NAME} groupName",
    ),
    "scheduler/scheduleGroup:ScheduleGroup": Kind("{name}", _arn("scheduler", "schedule-group/{name}"), _NAME),
}
