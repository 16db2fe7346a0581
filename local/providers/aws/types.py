"""The AWS resource types of the local stack: the form of their ids and results, and which changes replace them.

Python SDKs do not say which arguments force a replacement; the lists follow the AWS provider's schemas.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Kind(NamedTuple):
    """One resource type. Texts name arguments and earlier results in braces; see `aws_results` for the rest."""

    id: str
    outputs: Mapping[str, str] = MappingProxyType({})
    replaced_by: str = ""
    """Arguments whose change takes another resource, besides `region`."""
    delete_first: bool = False


_NAME = "name namePrefix"


def _arn(service: str, resource: str) -> dict[str, str]:
    return {"arn": f"arn:aws:{service}:{{region}}:{{account}}:{resource}"}


def _global(service: str, resource: str) -> dict[str, str]:
    return {"arn": f"arn:aws:{service}::{{account}}:{resource}"}


def _ec2(prefix: str, resource: str, replaced_by: str, **outputs: str) -> Kind:
    return Kind(prefix + "-{hex17}", _arn("ec2", f"{resource}/{{id}}") | outputs, replaced_by)


def _of_bucket(replaced_by: str = "bucket expectedBucketOwner") -> Kind:
    return Kind("{bucket}", {}, replaced_by)


_OWNER = {"ownerId": "{account}"}

KINDS = {
    "ec2/vpc:Vpc": _ec2(
        "vpc",
        "vpc",
        "cidrBlock instanceTenancy ipv4IpamPoolId ipv4NetmaskLength",
        defaultNetworkAclId="acl-{hex17}",
        defaultRouteTableId="rtb-{hex17}",
        defaultSecurityGroupId="sg-{hex17}",
        dhcpOptionsId="dopt-{hex17}",
        instanceTenancy="default",
        mainRouteTableId="{defaultRouteTableId}",
        **_OWNER,
    ),
    "ec2/subnet:Subnet": _ec2(
        "subnet",
        "subnet",
        "vpcId cidrBlock availabilityZone availabilityZoneId ipv6Native outpostArn ipv4IpamPoolId ipv6IpamPoolId",
        availabilityZone="{region}a",
        **_OWNER,
    ),
    "ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway", "", **_OWNER),
    "ec2/routeTable:RouteTable": _ec2("rtb", "route-table", "vpcId", **_OWNER),
    "ec2/route:Route": Kind(
        "r-{routeTableId}{digits10}",
        {"origin": "CreateRoute", "state": "active"},
        "routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId",
    ),
    "ec2/routeTableAssociation:RouteTableAssociation": Kind("rtbassoc-{hex17}", {}, "subnetId gatewayId"),
    "ec2/securityGroup:SecurityGroup": _ec2("sg", "security-group", f"{_NAME} description vpcId", **_OWNER),
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2(
        "sgr", "security-group-rule", "securityGroupId", securityGroupRuleId="{id}"
    ),
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2(
        "sgr", "security-group-rule", "securityGroupId", securityGroupRuleId="{id}"
    ),
    "ec2/instance:Instance": _ec2(
        "i",
        "instance",
        "ami availabilityZone keyName subnetId privateIp associatePublicIpAddress securityGroups placementGroup "
        "tenancy hibernation cpuOptions ebsBlockDevices ephemeralBlockDevices hostId",
        availabilityZone="{region}a",
        instanceState="running",
        privateIp="10.0.0.{byte}",
        privateDns="ip-10-0-0-{byte}.ec2.internal",
        primaryNetworkInterfaceId="eni-{hex17}",
        publicIp="203.0.113.{byte}",
        publicDns="ec2-203-0-113-{byte}.compute-1.amazonaws.com",
    ),
    "rds/instance:Instance": Kind(
        "db-{upper26}",
        {"resourceId": "{id}", "status": "available", "availabilityZone": "{region}a", "engineVersionActual": "17.6"}
        | {
            "hostedZoneId": "Z2R2ITUGPM61AM",
            "caCertIdentifier": "rds-ca-rsa2048-g1",
            "licenseModel": "postgresql-license",
        }
        | _arn("rds", "db:{identifier}"),
        "availabilityZone backupTarget characterSetName customIamInstanceProfile dbName engine kmsKeyId "
        "ncharCharacterSetName restoreToPointInTime snapshotIdentifier storageEncrypted timezone username",
    ),
    "rds/subnetGroup:SubnetGroup": Kind("{name}", _arn("rds", "subgrp:{name}") | {"vpcId": "vpc-{hex17}"}, _NAME),
    "rds/parameterGroup:ParameterGroup": Kind("{name}", _arn("rds", "pg:{name}"), f"{_NAME} family description"),
    "rds/eventSubscription:EventSubscription": Kind(
        "{name}", _arn("rds", "es:{name}") | {"customerAwsId": "{account}"}, _NAME
    ),
    "secretsmanager/secret:Secret": Kind("{arn}", _arn("secretsmanager", "secret:{name}-{mixed6}"), _NAME),
    "secretsmanager/secretVersion:SecretVersion": Kind(
        "{secretId}|{versionId}",
        {"versionId": "{uuid}", "arn": "{secretId}", "secretArn": "{secretId}"},
        "secretId secretString secretBinary secretStringWoVersion",
    ),
    "iam/role:Role": Kind(
        "{name}",
        _global("iam", "role{path}{name}") | {"uniqueId": "AROA{upper17}", "createDate": "{now}"},
        f"{_NAME} path",
    ),
    "iam/rolePolicy:RolePolicy": Kind("{role}:{name}", {}, f"{_NAME} role"),
    "iam/policy:Policy": Kind(
        "{arn}",
        _global("iam", "policy{path}{name}") | {"policyId": "ANPA{upper17}"},
        f"{_NAME} path description",
    ),
    "iam/rolePolicyAttachment:RolePolicyAttachment": Kind("{role}/{policyArn}", {}, "role policyArn", True),
    "iam/user:User": Kind("{name}", _global("iam", "user{path}{name}") | {"uniqueId": "AIDA{upper17}"}),
    "iam/userPolicy:UserPolicy": Kind("{user}:{name}", {}, f"{_NAME} user"),
    "iam/userPolicyAttachment:UserPolicyAttachment": Kind("{user}/{policyArn}", {}, "user policyArn", True),
    "iam/accessKey:AccessKey": Kind(
        "AKIA{upper16}", {"secret": "{mixed40}", "createDate": "{now}", "status": "Active"}, "user pgpKey"
    ),
    "iam/instanceProfile:InstanceProfile": Kind(
        "{name}",
        _global("iam", "instance-profile{path}{name}") | {"uniqueId": "AIPA{upper17}", "createDate": "{now}"},
        f"{_NAME} path",
    ),
    "s3/bucket:Bucket": Kind(
        "{bucket}",
        {
            "arn": "arn:aws:s3:::{bucket}",
            "bucketDomainName": "{bucket}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
            "bucketRegion": "{region}",
            "hostedZoneId": "Z3AQBSTGFYJSTF",
        },
        "bucket bucketPrefix objectLockEnabled",
    ),
    "s3/bucketVersioning:BucketVersioning": _of_bucket(),
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of_bucket("bucket"),
    "s3/bucketOwnershipControls:BucketOwnershipControls": _of_bucket("bucket"),
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _of_bucket(),
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _of_bucket(),
    "s3/bucketPolicy:BucketPolicy": _of_bucket("bucket"),
    "glue/catalogDatabase:CatalogDatabase": Kind(
        "{catalogId}:{name}", {"catalogId": "{account}"} | _arn("glue", "database/{name}"), "name catalogId"
    ),
    "glue/catalogTable:CatalogTable": Kind(
        "{catalogId}:{databaseName}:{name}",
        {"catalogId": "{account}"} | _arn("glue", "table/{databaseName}/{name}"),
        "name databaseName catalogId openTableFormatInput partitionIndices",
    ),
    "cloudwatch/logGroup:LogGroup": Kind("{name}", _arn("logs", "log-group:{name}"), f"{_NAME} logGroupClass"),
    "cloudwatch/metricAlarm:MetricAlarm": Kind("{name}", _arn("cloudwatch", "alarm:{name}"), "name"),
    "cloudwatch/dashboard:Dashboard": Kind(
        "{dashboardName}",
        {"dashboardArn": "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}"},
        "dashboardName",
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
    "budgets/budgetAction:BudgetAction": Kind(
        "{accountId}:{actionId}:{budgetName}",
        {
            "accountId": "{account}",
            "actionId": "{uuid}",
            "arn": "arn:aws:budgets::{accountId}:budget/{budgetName}/action/{actionId}",
            "status": "STANDBY",
        },
        "accountId actionType budgetName",
    ),
    "scheduler/schedule:Schedule": Kind(
        "{groupName}/{name}",
        {"groupName": "default"} | _arn("scheduler", "schedule/{groupName}/{name}"),
        f"{_NAME} groupName",
    ),
    "scheduler/scheduleGroup:ScheduleGroup": Kind(
        "{name}",
        _arn("scheduler", "schedule-group/{name}") | {"state": "ACTIVE", "creationDate": "{now}"},
        _NAME,
    ),
}
