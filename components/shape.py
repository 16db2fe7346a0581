"""What of a configured stack costs money, in the terms of the price table."""

import pulumi

from components.budget import BILLING_ALARMS
from components.costs import check_budget
from components.monitoring import alarm_count
from components.prices import HOURS_A_WEEK, Estimate, MeshShape, estimate
from components.settings import Settings

SECRETS_A_DOMAIN = 2


def mesh_shape(settings: Settings, domains: int) -> MeshShape:
    """The shape of a stack with that many domains; what nobody configures (the lake's size) is the seed document's."""
    watched = bool(settings.alert_email)
    billing = BILLING_ALARMS
    alarms = alarm_count(domains, instance_class=settings.instance_class, billing=billing) if watched else 0
    return MeshShape(
        months=settings.months,
        databases=domains,
        instance_class=settings.instance_class,
        secrets=SECRETS_A_DOMAIN * domains,
        hours_a_week=settings.office_hours.per_week if settings.office_hours else HOURS_A_WEEK,
        workbench=settings.workbench.instance_type if settings.workbench else None,
        workbench_months=min(settings.workbench.months, settings.months) if settings.workbench else None,
        alarms=alarms,
        dashboards=1 if watched else 0,
    )


def affordable(settings: Settings, domains: int) -> Estimate:
    """What a stack with that many domains costs. Raises RunError when that is above its budget.

    Called before the first resource is registered: what is registered before an error is still made.
    """
    estimated = estimate(mesh_shape(settings, domains))
    if settings.local is None and (problem := check_budget(estimated, settings.budget_usd, settings.accept_cost)):
        raise pulumi.RunError(problem)
    return estimated
