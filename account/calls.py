"""Every call that the project's commands make to the user's AWS account. All of them read, none changes anything.

`make cost LIVE=1` and `make preflight` make these calls and can make no other.
"""

from dataclasses import dataclass

from mesh.names import ACCOUNT_REGION


@dataclass(frozen=True, kw_only=True)
class Call:
    """One operation of an AWS API, and the right that it takes."""

    service: str
    """As botocore calls it."""
    operation: str
    action: str = ""
    """The IAM action; by default service and operation. `-`: it takes none."""
    region: str | None = None
    """The only region that answers; None: the region of the mesh."""

    @property
    def right(self) -> str:
        """The IAM action that whoever asks must be allowed, empty where none is needed."""
        return self.action.removeprefix("-") if self.action else f"{self.service}:{self.operation}"


IDENTITY = Call(service="sts", operation="GetCallerIdentity", action="-")

COST = Call(service="ce", operation="GetCostAndUsage", region=ACCOUNT_REGION)
"""0.01 USD a page: https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/. All other calls are free."""
BUDGETS = Call(service="budgets", operation="DescribeBudgets", action="budgets:ViewBudget", region=ACCOUNT_REGION)
CREDITS = Call(service="billing", operation="GetCredits", region=ACCOUNT_REGION)
PLAN = Call(service="freetier", operation="GetAccountPlanState", region=ACCOUNT_REGION)

ENGINES = Call(service="rds", operation="DescribeOrderableDBInstanceOptions")
AUTHORITIES = Call(service="rds", operation="DescribeCertificates")
ZONES = Call(service="ec2", operation="DescribeAvailabilityZones")

BUCKET = Call(service="s3", operation="HeadBucket", action="s3:ListBucket")
GLUE_DATABASES = Call(service="glue", operation="GetDatabases")
POLICY = Call(service="iam", operation="GetPolicy", region=ACCOUNT_REGION)
DASHBOARDS = Call(service="cloudwatch", operation="ListDashboards")
SECRETS = Call(service="secretsmanager", operation="ListSecrets")

RDS_USAGE = Call(service="rds", operation="DescribeAccountAttributes")
IAM_USAGE = Call(service="iam", operation="GetAccountSummary", region=ACCOUNT_REGION)
VPCS = Call(service="ec2", operation="DescribeVpcs")
GATEWAYS = Call(service="ec2", operation="DescribeInternetGateways")
QUOTA = Call(service="service-quotas", operation="GetServiceQuota", action="servicequotas:GetServiceQuota")

METRICS = Call(service="cloudwatch", operation="ListMetrics", region=ACCOUNT_REGION)
PREFERENCES = Call(service="billing", operation="GetBillingPreferences", region=ACCOUNT_REGION)

SPENDING = (IDENTITY, COST, BUDGETS, CREDITS, PLAN)
"""What `make cost LIVE=1` asks."""
PREFLIGHT = (
    IDENTITY, PLAN, CREDITS, ENGINES, AUTHORITIES, ZONES, BUCKET, GLUE_DATABASES, POLICY, DASHBOARDS, SECRETS, METRICS,
    PREFERENCES, RDS_USAGE, IAM_USAGE, VPCS, GATEWAYS, QUOTA,
)  # fmt: skip
"""What `make preflight` asks."""
