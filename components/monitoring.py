"""The monitoring of the databases: alarms by e-mail, a dashboard, events of Amazon RDS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.dashboard import dashboard
from components.policies.documents import topic_policy
from mesh.alarms import Watch, alarm_count, alarm_warning, watches
from mesh.names import dashboard as dashboard_name
from mesh.tags import DOMAIN


def alarm_topic(
    name: str, *, email: str, account_id: Input[str], opts: ResourceOptions, region: str | None = None
) -> Output[str]:
    """ARN of a topic whose messages go to `email`, once its owner has confirmed the subscription."""
    # not encrypted with alias/aws/sns: CloudWatch may not use that key, and alarms would be lost silently
    topic = aws.sns.Topic(name, region=region, opts=opts)
    document = Output.all(topic.arn, account_id).apply(
        lambda values: topic_policy(topic_arn=values[0], account=values[1])
    )
    aws.sns.TopicPolicy(name, arn=topic.arn, policy=Output.json_dumps(document), region=region, opts=opts)
    aws.sns.TopicSubscription(name, topic=topic.arn, protocol="email", endpoint=email, region=region, opts=opts)
    return topic.arn


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """The databases to monitor, and where warnings go."""

    owner: str
    region: str
    account_id: Input[str]
    email: str
    databases: Mapping[str, Input[str]]
    """Identifier of the RDS instance by domain."""
    bucket: Input[str]
    instance_class: str
    billing_alarms: int
    """The number of alarms on the bill, which count against the free ones too."""


class Monitoring(pulumi.ComponentResource):
    """Alarms of each database by e-mail, one dashboard with a row for each domain, and events of Amazon RDS."""

    topic_arn: Output[str]
    dashboard_url: Output[str]

    def __init__(self, name: str, args: MonitoringArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:Monitoring", name, None, opts)
        self._child = ResourceOptions(parent=self)
        count = alarm_count(len(args.databases), instance_class=args.instance_class, billing=args.billing_alarms)
        if warning := alarm_warning(count):
            pulumi.warn(warning, resource=self)

        self.topic_arn = alarm_topic("datamesh-alarms", email=args.email, account_id=args.account_id, opts=self._child)
        for domain, identifier in args.databases.items():
            for watch in watches(args.instance_class):
                self._alarm(domain, identifier, watch)
        if args.databases:
            aws.rds.EventSubscription(
                "datamesh-events",
                sns_topic=self.topic_arn,
                source_type="db-instance",
                source_ids=list(args.databases.values()),
                # not `availability`: office hours would send two messages a day
                event_categories=["deletion", "failure", "low storage", "maintenance"],
                opts=self._child,
            )
        self.dashboard_url = self._dashboard(args)
        self.register_outputs({"topic_arn": self.topic_arn, "dashboard_url": self.dashboard_url})

    def _alarm(self, domain: str, identifier: Input[str], watch: Watch) -> None:
        aws.cloudwatch.MetricAlarm(
            f"datamesh-{domain}-{watch.name}",
            alarm_description=f"{domain}: {watch.advice}",
            namespace="AWS/RDS",
            metric_name=watch.metric,
            dimensions={"DBInstanceIdentifier": identifier},
            statistic=watch.statistic,
            period=watch.period * 60,
            evaluation_periods=watch.minutes // watch.period,
            comparison_operator=watch.comparison,
            threshold=watch.threshold,
            treat_missing_data=watch.missing,
            alarm_actions=[self.topic_arn],
            tags={DOMAIN: domain},
            opts=self._child,
        )

    def _dashboard(self, args: MonitoringArgs) -> Output[str]:
        def body(values: dict[str, Any]) -> dict[str, Any]:
            return dashboard(region=args.region, databases=values["databases"], bucket=values["bucket"])

        values = Output.all(databases=Output.from_input(args.databases), bucket=args.bucket)
        board = aws.cloudwatch.Dashboard(
            "datamesh-dashboard",
            dashboard_name=dashboard_name(args.owner),
            dashboard_body=Output.json_dumps(values.apply(body)),
            opts=self._child,
        )
        return Output.concat(
            f"https://{args.region}.console.aws.amazon.com/cloudwatch/home?region={args.region}#dashboards/dashboard/",
            board.dashboard_name,
        )
