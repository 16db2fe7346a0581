"""The databases can be made in the region: zones, class and version, certificate."""

import hashlib
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from account.calls import AUTHORITIES, ENGINES, ZONES
from client.outputs import PROJECT
from mesh.cost.estimate import Usage
from mesh.cost.prices import INSTANCE_CLASSES
from mesh.engine import CERTIFICATE_AUTHORITY, ENGINE, ENGINE_VERSION, STORAGE_TYPE
from preflight.findings import Finding, green, red, yellow
from preflight.question import Question

STORAGE = Usage().storage
"""GiB of a database's disk."""
_NEEDED = {
    "SupportsStorageEncryption": "encryption",
    "SupportsIAMDatabaseAuthentication": "login with IAM",
    "SupportsPerformanceInsights": "Performance Insights",
}
"""What every database switches on, by the field of Amazon RDS that says whether a class has it."""
_SOON = timedelta(days=365)
_BUNDLE = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"


def usual_zones(question: Question) -> list[str]:
    """The zones that the program takes: components/network.py asks with the same filter. Raises UnansweredError."""
    answer = question.account.ask(
        ZONES,
        Filters=[
            {"Name": "state", "Values": ["available"]},
            {"Name": "opt-in-status", "Values": ["opt-in-not-required"]},
        ],
    )
    return sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"])[:2]


def check_zones(question: Question) -> Iterator[Finding]:
    """There are two zones for the subnets. Raises UnansweredError."""
    zones = usual_zones(question)
    if len(zones) < 2:
        text = f"{question.settings.region} has {len(zones)} zones that need no opt-in, and RDS needs two"
        yield red("zones", text, question.set("region", "us-east-1"))
    else:
        yield green("zones", f"{' and '.join(zones)} for the subnets")


def check_engine(question: Question) -> Iterator[Finding]:
    """Version and class can be ordered there, with all that every database switches on. Raises UnansweredError."""
    chosen, zones = question.settings.instance_class, usual_zones(question)
    wanted = f"PostgreSQL {ENGINE_VERSION} on {chosen}"
    problem = _problem(question, chosen, zones)
    if problem is None:
        also = f"with {', '.join(_NEEDED.values())} and {STORAGE} GiB of {STORAGE_TYPE}"
        yield green("databases", f"{wanted} can be ordered, {also}")
        return
    others = [each for each in INSTANCE_CLASSES if each != chosen and _problem(question, each, zones) is None]
    fix = question.set("instanceClass", others[0]) if others else question.set("region", "us-east-1")
    yield red("databases", f"{wanted} {problem} in {question.settings.region}", fix)


def _problem(question: Question, instance_class: str, zones: list[str]) -> str | None:
    """What a class lacks in the region, or None."""
    options = question.account.all(
        ENGINES, "OrderableDBInstanceOptions", Engine=ENGINE, DBInstanceClass=instance_class, Vpc=True
    )
    # Amazon RDS filters by whole versions alone
    options = [each for each in options if re.match(rf"{ENGINE_VERSION}(\.|$)", each["EngineVersion"])]
    if not options:
        return "cannot be ordered"
    stored = [
        each for each in options if each["StorageType"] == STORAGE_TYPE and each.get("MinStorageSize", 0) <= STORAGE
    ]
    if not stored:
        return f"cannot have {STORAGE} GiB of {STORAGE_TYPE}"
    if missing := [what for field, what in _NEEDED.items() if not any(each.get(field) for each in stored)]:
        return f"has no {', '.join(missing)}"
    there = {zone["Name"] for each in stored for zone in each.get("AvailabilityZones", [])}
    return None if there & set(zones) else f"cannot be ordered in the zones {' and '.join(zones)}"


def check_certificate(question: Question) -> Iterator[Finding]:
    """The databases' certificates are signed by a root that clients of the mesh trust. Raises UnansweredError."""
    found = {each["CertificateIdentifier"]: each for each in question.account.all(AUTHORITIES, "Certificates")}
    if CERTIFICATE_AUTHORITY not in found:
        text = f"{question.settings.region} has no {CERTIFICATE_AUTHORITY}, it has {', '.join(sorted(found))}"
        yield red("certificate", text, "write one of these into CERTIFICATE_AUTHORITY in mesh/engine.py")
        return
    authority = found[CERTIFICATE_AUTHORITY]
    bundle = PROJECT / question.settings.database_ca
    if authority["Thumbprint"].lower() not in thumbprints(bundle):
        text = f"the root of {CERTIFICATE_AUTHORITY} is not in {bundle.name}: clients would refuse the databases"
        yield red("certificate", text, f"curl --fail --output data/{bundle.name} {_BUNDLE}")
    elif authority["ValidTill"] < datetime.combine(question.today, time(), UTC) + _SOON:
        text = f"{CERTIFICATE_AUTHORITY} ends on {authority['ValidTill']:%Y-%m-%d}"
        yield yellow("certificate", text, "write a newer one into CERTIFICATE_AUTHORITY in mesh/engine.py")
    else:
        yield green("certificate", f"{CERTIFICATE_AUTHORITY}, whose root is in {bundle.name}")


def thumbprints(bundle: Path) -> set[str]:
    """SHA-1 of each certificate in a file, as Amazon RDS names its roots."""
    pems = re.findall(
        r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", bundle.read_text(encoding="utf-8"), re.DOTALL
    )
    return {hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem), usedforsecurity=False).hexdigest() for pem in pems}
