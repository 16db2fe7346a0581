"""All that is looked at before the first `pulumi up`, in its order."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from shlex import quote

import requests

from account.ask import Account, UnansweredError, UnreachableError
from client.errors import CommandError
from client.state import Resource
from mesh.cost.estimate import estimate, stack_usage
from mesh.cost.report import check_budget
from mesh.images import built
from mesh.names import DomainName
from mesh.settings import Settings
from preflight.alerts import check_alerts
from preflight.cluster import Kubectl, check_cluster
from preflight.databases import check_certificate, check_engine, check_zones
from preflight.findings import Finding, green, red, yellow
from preflight.limits import check_quotas
from preflight.names import check_boundary, check_bucket, check_dashboard, check_glue, check_secrets
from preflight.plan import check_credits, check_identity, check_plan
from preflight.question import Question
from preflight.registries import check_images

ON_AWS: Sequence[tuple[str, Callable[[Question], Iterator[Finding]]]] = (
    ("plan", check_plan),
    ("credits", check_credits),
    ("quotas", check_quotas),
    ("zones", check_zones),
    ("databases", check_engine),
    ("certificate", check_certificate),
    ("bucket", check_bucket),
    ("Glue databases", check_glue),
    ("boundary", check_boundary),
    ("dashboard", check_dashboard),
    ("secrets", check_secrets),
    ("billing alerts", check_alerts),
)
"""What the account is asked, each with the word for a line that says why there is no answer."""


def rehearse(
    stack: str,
    settings: Settings,
    domains: Sequence[DomainName],
    account: Account,
    state: Callable[[], Sequence[Resource]],
    ask_cluster: Kubectl | None,
    session: requests.Session,
    today: date,
    kept: int = 0,
) -> Iterator[Finding]:
    """Every finding, as soon as it is known. `state` raises CommandError where the stack's state cannot be read.

    `kept` is how many tables and views the lake keeps.
    """
    stack = quote(stack)  # it stands in what is to be typed
    yield _cost(stack, settings, domains, kept)
    resources, finding = _state(state, stack)
    if finding:
        yield finding
    number, identity = check_identity(account, settings.allowed_account_ids, stack)
    yield identity
    if number is not None:
        question = Question(
            stack=stack,
            settings=settings,
            domains=domains,
            account=account,
            number=number,
            resources=resources,
            today=today,
            kept=kept,
        )
        yield from _on_aws(question)
    needed = built(publishes=settings.publish is not None)
    yield from check_cluster(ask_cluster, settings.kube_context, resources, stack, needed)
    yield from check_images(session)


def _on_aws(question: Question) -> Iterator[Finding]:
    for what, check in ON_AWS:
        try:
            yield from check(question)
        except UnreachableError as error:
            yield red(what, f"{error.reason}; nothing else was asked of AWS", error.fix)
            return
        except UnansweredError as error:
            yield yellow(what, f"not known: {error.reason}", error.fix)


def _state(read: Callable[[], Sequence[Resource]], stack: str) -> tuple[Sequence[Resource] | None, Finding | None]:
    """The stack's resources, or None and why they are not known."""
    try:
        return read(), None
    except CommandError as error:
        fix = f"https://www.pulumi.com/docs/install/, then: pulumi login; pulumi stack export --stack {stack}"
        return None, yellow("state", str(error).splitlines()[0], fix)


def _cost(stack: str, settings: Settings, domains: Sequence[DomainName], kept: int) -> Finding:
    """The program refuses a stack above its budget."""
    estimated = estimate(stack_usage(settings, len(domains), kept))
    if check_budget(estimated, settings.budget_usd, settings.accept_cost):
        text = f"the estimate of {estimated.total:.2f} USD is above budgetUsd, {settings.budget_usd}"
        return red("estimate", text, f"make cost STACK={stack}")
    return green("estimate", f"{estimated.total:.2f} USD for {settings.months} months, of {settings.budget_usd}")
