"""Names that are the mesh's alone are free: in the world, in the account, or the stack's own already.

All other names of the program end in random digits, which Pulumi or AWS adds: roles, users, parameter groups, log
groups, secrets, alarms, budgets, schedules. Nobody can have taken them.
"""

from collections.abc import Iterator, Mapping, Sequence

from account.ask import DENIED, UnansweredError
from account.calls import BUCKET, DASHBOARDS, GLUE_DATABASES, POLICY, SECRETS
from mesh.names import EVENTS, DomainName, boundary, bucket, dashboard
from mesh.settings import Settings
from preflight.findings import Finding, green, red, yellow
from preflight.question import Question

BUCKET_TYPE = "aws:s3/bucket:Bucket"
GLUE_TYPE = "aws:glue/catalogDatabase:CatalogDatabase"
POLICY_TYPE = "aws:iam/policy:Policy"
DASHBOARD_TYPE = "aws:cloudwatch/dashboard:Dashboard"
_ABSENT = frozenset({"404", "NoSuchBucket", "NotFound"})
_ELSEWHERE = frozenset({"301", "PermanentRedirect", "IllegalLocationConstraintException", "400"})


def fixed(settings: Settings, domains: Sequence[DomainName]) -> Mapping[str, set[str]]:
    """The names without random digits, by type."""
    return {
        BUCKET_TYPE: {bucket(settings.owner)},
        GLUE_TYPE: {EVENTS, *(domain.identifier for domain in domains)},
        POLICY_TYPE: {boundary(settings.owner)},
        DASHBOARD_TYPE: {dashboard(settings.owner)} if settings.alert_email else set(),
    }


def check_bucket(question: Question) -> Iterator[Finding]:
    """The bucket's name, which is one for the whole world. Raises UnansweredError."""
    name = bucket(question.settings.owner)
    another = question.set("owner", "ANOTHER")
    try:
        answer = question.account.ask(BUCKET, Bucket=name, ExpectedBucketOwner=question.number)
    except UnansweredError as error:
        if error.code in _ABSENT:
            yield green("bucket", f"{name} is free")
        elif error.code in DENIED:
            text = f"{name} belongs to another account, or you may not look at it (s3:ListBucket)"
            yield red("bucket", text, another)
        elif error.code in _ELSEWHERE:
            yield _elsewhere(question, name, another)
        else:
            raise
        return
    if answer.get("BucketRegion", question.settings.region) != question.settings.region:
        yield _elsewhere(question, name, another)  # botocore follows the bucket to its region
    else:
        yield _taken(question, "bucket", BUCKET_TYPE, {name}, another)


def _elsewhere(question: Question, name: str, fix: str) -> Finding:
    return red("bucket", f"{name} exists in another region than {question.settings.region}", fix)


def check_glue(question: Question) -> Iterator[Finding]:
    """The Glue databases of the domains and of the events. Raises UnansweredError."""
    wanted = fixed(question.settings, question.domains)[GLUE_TYPE]
    databases = {each["Name"] for each in question.account.all(GLUE_DATABASES, "DatabaseList")}
    drop = "aws glue get-database --name NAME shows it; another domain's name, or: aws glue delete-database --name NAME"
    yield _taken(question, "Glue databases", GLUE_TYPE, databases & wanted, drop)


def check_boundary(question: Question) -> Iterator[Finding]:
    """The policy that limits every role and user of the mesh. Raises UnansweredError."""
    yield _taken(question, "boundary", POLICY_TYPE, _policies(question), question.set("owner", "ANOTHER"))


def check_dashboard(question: Question) -> Iterator[Finding]:
    """CloudWatch's dashboard, which AWS would overwrite without a word. Raises UnansweredError."""
    for name in fixed(question.settings, question.domains)[DASHBOARD_TYPE]:
        entries = question.account.all(DASHBOARDS, "DashboardEntries", DashboardNamePrefix=name)
        there = {name} & {each["DashboardName"] for each in entries}
        yield _taken(question, "dashboard", DASHBOARD_TYPE, there, question.set("owner", "ANOTHER"))


def _policies(question: Question) -> set[str]:
    name = boundary(question.settings.owner)
    try:
        question.account.ask(POLICY, PolicyArn=f"arn:aws:iam::{question.number}:policy/{name}")
    except UnansweredError as error:
        if error.code in ("NoSuchEntity", "NoSuchEntityException"):
            return set()
        raise
    return {name}


def _taken(question: Question, what: str, type_: str, there: set[str], fix: str) -> Finding:
    """What is to say of names of which `there` are in the account."""
    strange = sorted(name for name in there if not question.owns(type_, name))
    if not there:
        return green(what, "free")
    if not strange:
        return green(what, f"{', '.join(sorted(there))}: made by this stack")
    if question.resources is None:
        text = f"{', '.join(strange)} exist, and without the stack's state it cannot be known whether it made them"
        return yellow(what, text, f"pulumi stack export --stack {question.stack} says why")
    return red(what, f"{', '.join(strange)}: there already, and not made by this stack", fix)


def check_secrets(question: Question) -> Iterator[Finding]:
    """Secrets of an earlier mesh that wait for their deletion are in nobody's way. Raises UnansweredError."""
    secrets = question.account.all(
        SECRETS,
        "SecretList",
        IncludePlannedDeletion=True,
        Filters=[{"Key": "name", "Values": ["datamesh/"]}],
    )
    waiting = sum("DeletedDate" in each for each in secrets)
    text = f"{waiting} of an earlier mesh wait for their deletion" if waiting else "none waits for its deletion"
    yield green("secrets", f"{text}; names end in random digits, so that none is taken")
