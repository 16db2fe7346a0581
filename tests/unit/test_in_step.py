"""Two places that must say the same, where nothing else would notice that one was forgotten."""

import datetime
import inspect
import typing
from types import ModuleType
from typing import Any

import pulumi
import pytest
import yaml
from cryptography import x509

from components import boundary, budget, domain, identity, lake, monitoring, network, schedule, workbench
from k8s import certificate, logins, namespace, platform
from k8s.grafana import component as grafana
from k8s.jupyterhub import component as jupyterhub
from k8s.trino import component as trino
from mesh.cost.estimate import SEED, Usage, estimate
from mesh.cost.prices import INSTANCE_CLASSES, PRICES, WORKBENCH_TYPES
from mesh.keys import PROJECT
from mesh.settings import read_settings
from tests.sample import NAMES, ROOT
from tests.unit.everything import on_aws
from tests.unit.recording import CONFIG

MODULES = (
    boundary, budget, domain, identity, lake, monitoring, network, schedule, workbench,
    certificate, logins, namespace, platform, grafana, jupyterhub, trino,
)  # fmt: skip
ONLY_LOCAL = {"local"}
"""Settings that `make up` writes and no person sets."""


class Asked(dict[str, str]):
    """A configuration that notes what is read of it."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.keys_read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_read.add(key)
        return super().get(key, default)


def test_every_setting_that_is_read_is_declared_in_the_project_file_and_the_reverse():
    asked = Asked({key.removeprefix("datamesh:"): value for key, value in CONFIG.items()})
    read_settings(asked, "dev", NAMES)
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert asked.keys_read - ONLY_LOCAL == declared["config"].keys()
    assert declared["name"] == PROJECT


def test_every_price_is_counted_in_some_estimate():
    usages = [SEED, *(Usage(instance_class=name) for name in INSTANCE_CLASSES)]
    usages += [Usage(workbench=name) for name in WORKBENCH_TYPES]
    usages += [Usage(databases=8), Usage(kept=1)]
    counted = {id(line.price) for usage in usages for line in (*estimate(usage).lines, *estimate(usage).at_most)}
    assert not [name for name, price in PRICES.items() if id(price) not in counted]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_component_registers_every_output_that_it_annotates_but_secrets(module: ModuleType):
    recording = on_aws()
    classes = [
        each
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, pulumi.ComponentResource) and each.__module__ == module.__name__
    ]
    assert classes, f"{module.__name__} has no component"
    for each in classes:
        annotated = {
            name
            for name, kind in vars(each).get("__annotations__", {}).items()
            if typing.get_origin(kind) is pulumi.Output
        }
        made = [urn for urn in recording.component_outputs if f":{each.__name__}::" in urn]
        assert made, f"the program makes no {each.__name__}"
        for urn in made:
            left = annotated - recording.component_outputs[urn].keys() - SECRET.get(each.__name__, set())
            assert not left, f"{each.__name__} does not register {', '.join(sorted(left))}"


SECRET = {
    "Certificate": {"server"},
    "Domain": {"admin_password", "trino_password", "grafana_password"},
    "Grafana": {"admin_password"},
    "Identity": {"trino_secret_access_key", "grafana_secret_access_key"},
    "Logins": {"hashes"},
    "People": {"hashes"},
    "Platform": {"grafana_password"},
}
"""Outputs of components that are secrets, which are registered nowhere."""


def test_the_roots_of_amazon_rds_can_be_read_and_have_years_to_go():
    roots = x509.load_pem_x509_certificates((ROOT / "data/rds-root-cas.pem").read_bytes())
    assert len(roots) > 50
    ends = min(root.not_valid_after_utc for root in roots)
    assert ends > datetime.datetime(2050, 1, 1, tzinfo=datetime.UTC), f"the first one ends on {ends:%Y-%m-%d}"
