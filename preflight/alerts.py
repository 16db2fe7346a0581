"""AWS publishes the bill, on which the alarms about money stand."""

from collections.abc import Iterator

from account.ask import UnansweredError
from account.calls import METRICS, PREFERENCES
from preflight.findings import Finding, green, yellow
from preflight.question import Question

_FEATURE = "BILLING_ALERTS"
_BY_HAND = (
    "https://console.aws.amazon.com/billing/home#/preferences: Alert preferences, Receive CloudWatch billing alerts"
)


def check_alerts(question: Question) -> Iterator[Finding]:
    """The metric of the bill is there, or is switched on and will come. Raises UnansweredError."""
    if not question.settings.alert_email:
        return
    published = question.account.all(METRICS, "Metrics", Namespace="AWS/Billing", MetricName="EstimatedCharges")
    if published:
        yield green("billing alerts", "AWS publishes the bill")
        return
    missing = "AWS publishes no bill yet: the alarms on the bill would never fire"
    try:
        preferences = question.account.ask(PREFERENCES, features=[_FEATURE])["billingPreferences"]
    except UnansweredError:
        yield yellow("billing alerts", missing, _BY_HAND)
        return
    if any(each["value"] == "ENABLED" for each in preferences):
        yield green("billing alerts", "switched on; the first figure comes within a day")
        return
    commands = [
        f"aws billing update-billing-preferences --region us-east-1 --feature {_FEATURE} "
        f"--billing-preferences-per-key key='{each['key']}',value=ENABLED"
        for each in preferences
    ]
    yield yellow("billing alerts", missing, "\nor: ".join([_BY_HAND, *commands]))
