"""The stack's configuration: everything is checked, and all problems are reported together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from mesh import checks
from mesh.brief import brief, for_stack
from mesh.cost.regions import workbench_types
from mesh.local_settings import UNUSED, Local, read_local
from mesh.names import DomainName
from mesh.office_hours import Hours, read_office_hours
from mesh.people import PeopleError, Person, everyone
from mesh.publish_settings import Publish, read_publish, refuse_while_asleep, refuse_without_cluster
from mesh.quotas import BY_KEY, refusal
from mesh.reader import Check, Reader, listed
from mesh.windows import Windows, windows

MOST_MONTHS = 36
MOST_CIDRS = 50
"""AWS allows 60 rules in a security group, and there is one for the workbench."""
LEAST_MEMORY, MOST_MEMORY = 1536, 262_144
"""MiB for one server of Trino; k8s.trino.config.Memory gives the reason for the least."""
MOST_WORKERS = 100


class SettingsError(ValueError):
    """The configuration cannot be used; the message lists every problem with the command that fixes it."""


@dataclass(frozen=True, kw_only=True)
class WorkbenchSettings:
    """The optional EC2 machine."""

    instance_type: str = "t3.medium"
    months: int = 2
    """Months of the project in which it exists; for the cost estimate alone."""


@dataclass(frozen=True, kw_only=True)
class TrinoSettings:
    """The size of Trino."""

    memory: int = 2560
    """MiB that each of its servers may use."""
    workers: int = 0
    """Servers beside the coordinator; with 0, the coordinator runs the queries itself."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The checked configuration of a stack, as plain values."""

    owner: str
    region: str = "us-east-1"
    allowed_account_ids: tuple[str, ...] = ()
    allowed_cidrs: tuple[str, ...] = ()
    kube_context: str = ""
    disposable: bool = False
    account_plan: str = "paid"
    instance_class: str = "db.t3.micro"
    backup_days: int = 7
    alert_email: str = ""
    project_start: str = ""
    """First day of the project, `2026-12-01`."""
    months: int = 3
    budget_usd: int = 200
    accept_cost: bool = False
    access: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By `admin` or domain: ARNs of those who may assume its role."""
    require_mfa: bool = True
    people: tuple[Person, ...] = ()
    """Everyone who can log in to Trino."""
    office_hours: Hours | None = None
    publish: Publish | None = None
    workbench: WorkbenchSettings | None = None
    trino: TrinoSettings = TrinoSettings()
    quotas: Mapping[str, int] = field(default_factory=dict)
    """Quotas of AWS that the account was granted, by their keys in mesh/quotas.py."""
    local: Local | None = None

    @property
    def monthly_usd(self) -> float:
        """A month's share of the budget."""
        return round(self.budget_usd / self.months, 2)

    @property
    def windows(self) -> Windows:
        """When the databases are backed up and maintained."""
        return windows(self.office_hours, self.region)

    @property
    def database_ca(self) -> Path:
        """Certificates that sign the databases' certificates: Amazon's roots, or the local stack's own."""
        return self.local.database_ca if self.local else Path("data/rds-root-cas.pem")


def read_settings(values: Mapping[str, str], stack: str, domains: Collection[DomainName]) -> Settings:
    """The checked settings of `stack`, which has these `domains`.

    `values` is all that the stack's configuration holds, as texts by key; keys of other namespaces are `aws:region`.
    Raises SettingsError with all problems.
    """
    reader = Reader(values)
    local = read_local(reader, stack)

    def on_aws(check: Check) -> Check:
        """`check`, but the local stack may leave the value out."""
        return (lambda value: check(value) if value else None) if local else check

    def cidr(value: str) -> str | None:
        return checks.cidr(value, local=local is not None)

    plan = reader.text("accountPlan", Settings.account_plan, checks.account_plan, "paid")
    region = reader.text("region", Settings.region, checks.region, Settings.region)
    settings = Settings(
        owner=reader.text("owner", "", checks.owner, "ada"),
        region=region,
        allowed_account_ids=reader.words("allowedAccountIds", checks.account, "123456789012"),
        allowed_cidrs=tuple(dict.fromkeys(reader.texts("allowedCidrs", cidr, "203.0.113.7/32", MOST_CIDRS))),
        kube_context=reader.text("kubeContext", "", on_aws(checks.kube_context), "kind-datamesh"),
        disposable=reader.flag("disposable"),
        account_plan=plan,
        instance_class=reader.text(
            "instanceClass", Settings.instance_class, checks.instance_class(plan, region), "db.t4g.micro"
        ),
        backup_days=reader.number("backupDays", 0, 0, checks.most_backup_days(plan))
        or min(7, checks.most_backup_days(plan)),
        alert_email=reader.text("alertEmail", "", on_aws(checks.email), "ada@example.com"),
        project_start=reader.text("projectStart", "", on_aws(checks.date), "2026-12-01"),
        months=reader.number("months", Settings.months, 1, MOST_MONTHS),
        budget_usd=reader.number("budgetUsd", Settings.budget_usd, 1, 100_000),
        accept_cost=reader.flag("acceptCost"),
        access=_access(reader, domains),
        require_mfa=reader.flag("requireMfa", True),
        people=_people(reader, domains),
        office_hours=read_office_hours(reader),
        publish=read_publish(reader),
        workbench=_workbench(reader, plan, region),
        trino=_trino(reader),
        quotas=_quotas(reader),
        local=local,
    )
    if local:
        reader.refuse_unused(UNUSED)
        _refuse_without_way(reader, local, settings.kube_context)
    _refuse_half(reader, settings, stack)
    reader.refuse_unread()
    if reader.problems:
        count = f"{len(reader.problems)} problem{'s' if len(reader.problems) > 1 else ''}"
        lines = "\n".join(f"  - {problem}" for problem in reader.problems.values())
        raise SettingsError(for_stack(f"the configuration of stack '{stack}' has {count}:\n{lines}", stack))
    return settings


def _refuse_half(reader: Reader, settings: Settings, stack: str) -> None:
    """Adds problems with options that need one another."""
    refuse_without_cluster(reader, settings.publish, settings.kube_context)
    if settings.local is None:  # there, nothing stops a database
        refuse_while_asleep(reader, settings.publish, settings.office_hours)
    if not settings.allowed_cidrs and "allowedCidrs" not in reader.problems:
        problem = f"no address can reach the databases; `make allow-my-ip STACK={quote(stack)}` adds your present one"
        reader.refuse("allowedCidrs", problem, "--path 'allowedCidrs[0]' 203.0.113.7/32")
    if settings.alert_email and not settings.project_start and "projectStart" not in reader.problems:
        reader.refuse("projectStart", checks.date("") or "", "projectStart 2026-12-01")
    if settings.project_start and not settings.alert_email and "alertEmail" not in reader.problems:
        reader.refuse_unused({"projectStart": "without alertEmail there is no budget, which would count from it"})


def _refuse_without_way(reader: Reader, local: Local, context: str) -> None:
    """Adds a problem where pods of the local stack's cluster have no way to this machine, or a way leads from none."""
    if context and not local.host_address:
        problem = f"hostAddress does not say where pods of {context} reach this machine; `make up` finds it"
        reader.refuse("local", problem, "--path local.hostAddress 172.18.0.1")
    elif local.host_address and not context:
        why = "without kubeContext no pod asks for hostAddress; `make up` takes it out"
        reader.problems["local[hostAddress]"] = f"local: {why}\n      pulumi config rm --path local.hostAddress"


def _trino(reader: Reader) -> TrinoSettings:
    trino = TrinoSettings(**(reader.group("trino", {"memory": int, "workers": int}, "memory 2560") or {}))
    if not LEAST_MEMORY <= trino.memory <= MOST_MEMORY:
        problem = f"memory is {LEAST_MEMORY} to {MOST_MEMORY} MiB, not {brief(trino.memory)}"
        reader.refuse("trino[memory]", problem, "--path trino.memory 2560")
    if not 0 <= trino.workers <= MOST_WORKERS:
        problem = f"workers are 0 to {MOST_WORKERS}, not {brief(trino.workers)}"
        reader.refuse("trino[workers]", problem, "--path trino.workers 0")
    return trino


def _quotas(reader: Reader) -> dict[str, int]:
    granted = reader.group("quotas", dict.fromkeys(BY_KEY, int), "dbInstances 60") or {}
    if wrong := [problem for key, number in granted.items() if (problem := refusal(key, number))]:
        reader.refuse("quotas", "; ".join(wrong), "--path quotas.dbInstances 60")
    return granted


def _access(reader: Reader, domains: Collection[str]) -> dict[str, tuple[str, ...]]:
    """By role, who may assume it. A misspelt or empty role is refused: it would be open to the whole account."""
    path, arn = "access.sales[0]", "arn:aws:iam::123456789012:user/ada"
    access = {}
    for role, given in reader.objects("access", f"'{path}' {arn}").items():
        fix = f"--path 'access.{role}[0]' {arn}"
        if role != "admin" and role not in domains:
            names = ", ".join(["admin", *sorted(domains)])
            reader.refuse(
                f"access[{role}]", f"there is no role {brief(role)}, there are {names}", f"--path '{path}' {arn}"
            )
        elif not isinstance(given, list) or not given:
            reader.refuse(f"access[{role}]", f"{role} needs a list of ARNs; `pulumi config rm` lifts the limit", fix)
        elif problems := [problem for each in given if (problem := checks.principal(each))]:
            reader.refuse(f"access[{role}]", listed(problems), fix)
        else:
            access[role] = tuple(dict.fromkeys(given))
    return access


def _people(reader: Reader, domains: Collection[DomainName]) -> tuple[Person, ...]:
    users = reader.objects("users", "'users.ada.domains[0]' sales")
    try:
        return everyone(domains, users)
    except PeopleError as error:
        for number, problem in enumerate(error.problems):
            reader.problems[f"users[{number}]"] = problem
        return ()


def _workbench(reader: Reader, plan: str, region: str) -> WorkbenchSettings | None:
    group = reader.group("workbench", {"instanceType": str, "months": int}, "instanceType t3.medium")
    if group is None:
        return None
    workbench = WorkbenchSettings(
        instance_type=group.get("instanceType", WorkbenchSettings.instance_type),
        months=group.get("months", WorkbenchSettings.months),
    )
    if not 1 <= workbench.months <= MOST_MONTHS:
        reader.refuse("workbench[months]", f"months are 1 to {MOST_MONTHS}", "--path workbench.months 2")
    if problem := checks.workbench_type(workbench.instance_type, plan, region):
        micro = next((name for name in workbench_types(region) if name.endswith(".micro")), None)
        fix = f"--path workbench.instanceType {micro}" if micro else f"region {Settings.region}"
        reader.refuse("workbench[instanceType]", problem, fix)
    return workbench
