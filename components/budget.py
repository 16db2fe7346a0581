"""Warnings about money: two budgets, and an alarm on the bill."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.monitoring import alarm_topic
from mesh.cost.years import yearly_limit
from mesh.names import ACCOUNT_REGION

ACTUAL_PERCENT = (50, 80, 90, 100)
FORECAST_PERCENT = 100
"""With these, as many notifications as AWS allows a budget: five."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """The budget, when it begins, for how long, and who is warned."""

    account_id: Input[str]
    email: str
    project_start: str
    """First day of the project, `2026-11-01`."""
    months: int
    """Length of the project."""
    budget_usd: float
    topic_arn: Input[str] | None = None
    """A topic in us-east-1 for the alarms; without one, a topic is made there, which sends a confirmation e-mail."""

    @property
    def monthly_share(self) -> float:
        """The average budget of a month, in USD."""
        return round(self.budget_usd / self.months, 2)

    @property
    def yearly_share(self) -> float:
        """The most of the budget that falls into one calendar year, in USD."""
        return yearly_limit(self.budget_usd, self.project_start, self.months)


class Budget(pulumi.ComponentResource):
    """Warnings by e-mail: a budget of the project in each calendar year, one of each month, an alarm on the bill.

    All count the whole account. The budgets count usage before credits, which would hide it until they are spent.
    """

    project_budget: Output[str]
    monthly_budget: Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:Budget", name, None, opts)
        self._child = ResourceOptions(parent=self)
        # AWS has no budget between two free dates. A yearly one counts what the project costs in a calendar year, see
        # mesh/cost/years.py; it has no end, because AWS deletes a budget that ends, and forgotten resources cost money
        # after the project too. An alarm cannot stand for it: the bill's metric starts at 0 every month.
        self.project_budget = self._budget("datamesh-project", "ANNUALLY", args.yearly_share, args)
        self.monthly_budget = self._budget("datamesh-month", "MONTHLY", args.monthly_share, args)

        topic = args.topic_arn or alarm_topic(
            "datamesh-billing",
            email=args.email,
            account_id=args.account_id,
            region=ACCOUNT_REGION,
            opts=self._child,
        )
        self._alarm("datamesh-bill-month", args.monthly_share, "one month's share of the budget", topic)
        self.register_outputs({"project_budget": self.project_budget, "monthly_budget": self.monthly_budget})

    def _budget(self, name: str, time_unit: str, limit: float, args: BudgetArgs) -> Output[str]:
        return aws.budgets.Budget(
            name,
            account_id=args.account_id,
            budget_type="COST",
            time_unit=time_unit,
            time_period_start=f"{args.project_start}_00:00",
            limit_amount=f"{limit:.2f}",
            limit_unit="USD",
            cost_types={"include_credit": False, "include_refund": False},
            notifications=notifications(args.email),
            opts=self._child,
        ).name

    def _alarm(self, name: str, threshold: float, what: str, topic: Input[str]) -> None:
        aws.cloudwatch.MetricAlarm(
            name,
            region=ACCOUNT_REGION,
            alarm_description=f"This month's bill is above {threshold:.2f} USD, {what}. `make cost` lists the costs.",
            namespace="AWS/Billing",
            metric_name="EstimatedCharges",
            dimensions={"Currency": "USD"},  # the metric does not exist without it
            statistic="Maximum",
            period=21600,  # seconds: AWS publishes it every six hours
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=round(threshold, 2),
            treat_missing_data="ignore",  # a late figure is no smaller bill; a new month sends a small one
            alarm_actions=[topic],
            opts=self._child,
        )


def notifications(email: str) -> list[aws.budgets.BudgetNotificationArgsDict]:
    """The warnings of a budget: at 50, 80, 90 and 100 % spent, and at 100 % forecast."""
    when = [("ACTUAL", percent) for percent in ACTUAL_PERCENT] + [("FORECASTED", FORECAST_PERCENT)]
    return [
        {
            "notification_type": kind,
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "comparison_operator": "GREATER_THAN",
            # the address itself: unlike a topic, it needs no confirmation
            "subscriber_email_addresses": [email],
        }
        for kind, percent in when
    ]
