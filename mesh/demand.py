"""What a stack asks of AWS's quotas."""

from mesh.cost.estimate import stack_usage
from mesh.quotas import Demand
from mesh.settings import Settings

_TRUST = 179
"""Characters of a trust policy without those whom it trusts: `trust_people` in components/policies."""


def demand(settings: Settings, domains: int) -> Demand:
    """The numbers on which the quotas of a stack with `domains` domains depend."""
    usage = stack_usage(settings, domains)
    return Demand(
        domains=domains,
        storage=usage.storage,
        secrets=usage.secrets,
        alarms=usage.alarms,
        addresses=len(settings.allowed_cidrs),
        watched=bool(settings.alert_email),
        office_hours=settings.office_hours is not None,
        workbench=settings.workbench is not None,
        trust=_TRUST + max((sum(len(arn) + 3 for arn in listed) for listed in settings.access.values()), default=0),
    )
