"""Which AWS resource types cost money and which do not. A type in neither table still needs a decision."""

from collections.abc import Iterable

from mesh.cost.prices import INSTANCE_CLASSES, WORKBENCH_TYPES

PRICED = {
    "aws:cloudwatch/dashboard:Dashboard": ["dashboard", "large dashboard", "metric reads"],
    "aws:cloudwatch/logGroup:LogGroup": ["logs"],
    "aws:cloudwatch/metricAlarm:MetricAlarm": ["alarm"],
    "aws:ec2/instance:Instance": [*WORKBENCH_TYPES, "workbench disk", "public address"],
    "aws:rds/instance:Instance": [
        *INSTANCE_CLASSES,
        "database disk",
        "public address",
        "transfer out",
        "processor credits",
    ],
    "aws:s3/bucket:Bucket": ["lake storage", "lake writes", "catalog objects"],
    "aws:secretsmanager/secret:Secret": ["secret"],
}
"""Types that cost money, and their entries in the price table."""

_IAM = "AWS does not bill identities"
_NETWORK = "AWS bills addresses and traffic, not the network itself; there is no NAT gateway"
_MAIL = "a few e-mails a month are within what is free"
_CALLS = "a few calls a day are within what is free"
_CATALOG = "a few tables are within what is free in the Glue catalog"
_PART = "part of something that is priced"

FREE = {
    "aws:budgets/budget:Budget": "budgets without actions are free",
    "aws:ec2/internetGateway:InternetGateway": _NETWORK,
    "aws:ec2/route:Route": _NETWORK,
    "aws:ec2/routeTable:RouteTable": _NETWORK,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _NETWORK,
    "aws:ec2/securityGroup:SecurityGroup": _NETWORK,
    "aws:ec2/subnet:Subnet": _NETWORK,
    "aws:ec2/vpc:Vpc": _NETWORK,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _NETWORK,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _NETWORK,
    "aws:glue/catalogDatabase:CatalogDatabase": _CATALOG,
    "aws:glue/catalogTable:CatalogTable": _CATALOG,
    "aws:iam/accessKey:AccessKey": _IAM,
    "aws:iam/instanceProfile:InstanceProfile": _IAM,
    "aws:iam/policy:Policy": _IAM,
    "aws:iam/role:Role": _IAM,
    "aws:iam/rolePolicy:RolePolicy": _IAM,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _IAM,
    "aws:iam/user:User": _IAM,
    "aws:iam/userPolicy:UserPolicy": _IAM,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": _IAM,
    "aws:rds/eventSubscription:EventSubscription": "RDS sends its events for free",
    "aws:rds/parameterGroup:ParameterGroup": _PART,
    "aws:rds/subnetGroup:SubnetGroup": _PART,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _PART,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _PART,
    "aws:s3/bucketPolicy:BucketPolicy": _PART,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _PART,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "it has no key in KMS",
    "aws:s3/bucketVersioning:BucketVersioning": _PART,
    "aws:scheduler/schedule:Schedule": _CALLS,
    "aws:scheduler/scheduleGroup:ScheduleGroup": _CALLS,
    "aws:secretsmanager/secretVersion:SecretVersion": _PART,
    "aws:sns/topic:Topic": _MAIL,
    "aws:sns/topicPolicy:TopicPolicy": _MAIL,
    "aws:sns/topicSubscription:TopicSubscription": _MAIL,
}
"""Types that cost nothing, and why."""

FREE_FAMILIES = {
    "datamesh:": "groups of other resources",
    "kubernetes:": "the cluster is the user's own machine",
    "pulumi:": "Pulumi's own bookkeeping",
    "random:": "made on the user's own machine",
    "tls:": "made on the user's own machine",
}


def unpriced(tokens: Iterable[str]) -> list[str]:
    """The types among `tokens` that are neither priced nor known to be free.

    The estimate counts by settings and does not ask; tests ask it of each program, that of a person's own mesh too.
    """
    decided = PRICED.keys() | FREE.keys()
    return sorted({t for t in tokens if t not in decided and not t.startswith(tuple(FREE_FAMILIES))})
