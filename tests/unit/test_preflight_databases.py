"""`make preflight`: zones, class and version, certificate."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from account.calls import AUTHORITIES, ENGINES, ZONES
from client.outputs import PROJECT
from components import network
from mesh.cost.prices import INSTANCE_CLASSES
from mesh.engine import CERTIFICATE_AUTHORITY, ENGINE, ENGINE_VERSION, STORAGE_TYPE
from preflight.databases import STORAGE, check_certificate, check_engine, check_zones, thumbprints
from preflight.findings import Colour
from tests.unit.aws_answers import REGION, asked
from tests.unit.recording import Recording
from tests.unit.rehearsal import ROOT_OF_REGION, SETTINGS, ask, authority, option, options, zones

TWO = zones(f"{REGION}a", f"{REGION}b", f"{REGION}c")


def test_two_zones_are_enough_and_one_is_not():
    (found,) = ask(check_zones, asked(ZONES, TWO))
    assert found.colour is Colour.GREEN and f"{REGION}a and {REGION}b" in found.text
    (found,) = ask(check_zones, asked(ZONES, zones(f"{REGION}a")))
    assert found.colour is Colour.RED and "has 1 zones" in found.text


def test_zones_are_asked_for_as_the_program_asks(monkeypatch: pytest.MonkeyPatch):
    asking: dict[str, Any] = {}

    def remember(**parameters: Any) -> Any:
        asking.update(parameters)
        raise LookupError

    monkeypatch.setattr(network.aws, "get_availability_zones_output", remember)
    with pytest.raises(LookupError):
        network.usual_zones(pulumi.InvokeOutputOptions())
    filters = [{"Name": "state", "Values": [asking["state"]]}]
    filters += [{"Name": each["name"], "Values": each["values"]} for each in asking["filters"]]
    ask(check_zones, asked(ZONES, TWO, parameters={"Filters": filters}))


LACKING: Mapping[str, tuple[list[dict[str, Any]], str]] = {
    "nothing": ([], "cannot be ordered"),
    "another version": ([option(EngineVersion="16.9"), option(EngineVersion="170.1")], "cannot be ordered"),
    "another disk": ([option(StorageType="io1")], "cannot have 20 GiB of gp3"),
    "a larger disk": ([option(MinStorageSize=100)], "cannot have 20 GiB of gp3"),
    "no insights": ([option(SupportsPerformanceInsights=False)], "has no Performance Insights"),
    "no IAM": ([option(SupportsIAMDatabaseAuthentication=False)], "has no login with IAM"),
    "no encryption": ([option(SupportsStorageEncryption=False)], "has no encryption"),
    "another zone": ([option(AvailabilityZones=[{"Name": f"{REGION}c"}])], "cannot be ordered in the zones"),
}


@pytest.mark.parametrize("case", LACKING)
def test_a_class_that_cannot_be_had_is_red_and_names_one_that_can(case: str):
    listed, says = LACKING[case]
    others = [options()] * (len(INSTANCE_CLASSES) - 2)
    (found,) = ask(check_engine, asked(ZONES, TWO), asked(ENGINES, options(*listed), options(option()), *others))
    assert found.colour is Colour.RED and says in found.text
    assert found.fix == "pulumi config set instanceClass db.t4g.micro --stack dev"


def test_without_any_class_another_region_is_named():
    (found,) = ask(check_engine, asked(ZONES, TWO), asked(ENGINES, *[options()] * len(INSTANCE_CLASSES)))
    assert found.colour is Colour.RED and found.fix.startswith("pulumi config set region")


def test_a_class_of_the_second_page_counts():
    (found,) = ask(
        check_engine,
        asked(ZONES, TWO),
        asked(ENGINES, options(option(EngineVersion="13.1")) | {"Marker": "more"}, options(option())),
    )
    assert found.colour is Colour.GREEN and "PostgreSQL 17 on db.t3.micro can be ordered" in found.text


def test_the_databases_are_what_is_asked_for(dev: Recording):
    for database in dev.of("aws:rds/instance:Instance"):
        inputs = database.inputs
        assert (inputs["engine"], inputs["engineVersion"]) == (ENGINE, ENGINE_VERSION)
        assert (inputs["storageType"], inputs["allocatedStorage"]) == (STORAGE_TYPE, STORAGE)
        assert inputs["caCertIdentifier"] == CERTIFICATE_AUTHORITY
        assert inputs["storageEncrypted"] and inputs["iamDatabaseAuthenticationEnabled"]
        assert inputs["performanceInsightsEnabled"], "preflight asks for it"


AUTHORITIES_THERE = {
    "the region's root": (authority(), Colour.GREEN, "whose root is in rds-root-cas.pem"),
    "in capitals": (authority(ROOT_OF_REGION.upper()), Colour.GREEN, "whose root is in"),
    "unknown root": (authority("0" * 40), Colour.RED, "curl --fail --output data/rds-root-cas.pem https://truststore"),
    "gone": (authority(name="rds-ca-rsa4096-g1"), Colour.RED, f"{REGION} has no rds-ca-rsa2048-g1, it has rds-ca-rsa4"),
    "ending": (authority(until=2027), Colour.YELLOW, "ends on 2027-05-24"),
    "none": (asked(AUTHORITIES, {"Certificates": []}), Colour.RED, "mesh/engine.py"),
}


@pytest.mark.parametrize("case", AUTHORITIES_THERE)
def test_the_root_of_the_databases_certificates_is_one_that_clients_have(case: str):
    answer, colour, says = AUTHORITIES_THERE[case]
    (found,) = ask(check_certificate, answer)
    assert found.colour is colour and says in f"{found.text} {found.fix}"


def test_the_bundle_has_a_root_for_each_region_and_kind():
    assert ROOT_OF_REGION in (roots := thumbprints(PROJECT / SETTINGS.database_ca)) and len(roots) > 60
