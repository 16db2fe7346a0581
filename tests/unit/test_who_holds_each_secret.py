"""Every generated secret of the mesh, and everywhere that it is held: anything else is a leak or a gap."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.unit.everything import DOMAINS, PEOPLE, SERVICES, local, on_aws
from tests.unit.recording import Recording, hashed

GENERATORS = {
    "random:index/randomPassword:RandomPassword",
    "aws:iam/accessKey:AccessKey",
    "tls:index/privateKey:PrivateKey",
}
"""The types of resources that make a secret; in the recording it is `PASSWORD-` and the resource's name."""
OTHERS = {
    "random:index/randomId:RandomId",
    "tls:index/selfSignedCert:SelfSignedCert",
    "tls:index/certRequest:CertRequest",
    "tls:index/locallySignedCert:LocallySignedCert",
}
"""The types of the same packages that make none."""
SECRET = re.compile(r"PASSWORD-[a-z0-9-]+|AKIA-[a-z0-9-]+|\$2[aby]\$\d\d\$\w+")
MESHES = pytest.mark.parametrize(("mesh", "iam"), [(on_aws, True), (local, False)], ids=["aws", "local"])


def table(*, iam: bool, scheduled: bool) -> dict[str, set[str]]:
    """Who holds each secret, as `type/name/place`.

    `iam`: analysts log in to databases without a password. `scheduled`: a CronJob publishes.
    """
    trino, grafana, logins = (
        f"Secret/{name}" for name in ("trino-credentials", "grafana-credentials", "jupyterhub-logins")
    )
    held = {
        # How Trino's servers know each other, and JupyterHub its proxy.
        "PASSWORD-trino-shared-secret": {f"{trino}/TRINO_SHARED_SECRET"},
        "PASSWORD-trino-query-log": {f"{trino}/QUERY_LOG_TOKEN"},
        "PASSWORD-jupyterhub-proxy-token": {"Secret/jupyterhub-proxy/CONFIGPROXY_AUTH_TOKEN"},
        # Grafana's own administrator, and the key of what it keeps.
        "PASSWORD-grafana-admin": {f"{grafana}/GF_SECURITY_ADMIN_PASSWORD", "output/credentials/grafana/password"},
        "PASSWORD-grafana-secret-key": {f"{grafana}/GF_SECURITY_SECRET_KEY"},
        # The keys of the two users in AWS: what is secret of them, and what names them.
        "PASSWORD-identity-trino": {f"{trino}/LAKE_SECRET_KEY"},
        "AKIA-identity-trino": {f"{trino}/LAKE_ACCESS_KEY", "component/identity/trino_access_key_id"},
        "PASSWORD-identity-grafana": {f"{grafana}/AWS_KEY_SECRET"},
        "AKIA-identity-grafana": {f"{grafana}/AWS_KEY_ID", "component/identity/grafana_access_key_id"},
        # The key that signs certificates stays with whoever signs.
        "PASSWORD-trino-certificate-authority": {
            "SelfSignedCert/trino-certificate-authority/privateKeyPem",
            "LocallySignedCert/trino-certificate-server/caPrivateKeyPem",
        },
        "PASSWORD-trino-certificate-server": {
            "CertRequest/trino-certificate-server/privateKeyPem",
            "Secret/trino-tls/trino.pem",
        },
    }
    for name in (*PEOPLE, *SERVICES):
        held[f"PASSWORD-people-{name}"] = {f"output/credentials/people/{name}"}
        held[hashed(f"people-{name}")] = {"Secret/trino-passwords/password.db"}
    for person in PEOPLE:
        held[f"PASSWORD-people-{person}"] |= {f"{logins}/{person}"}
    held["PASSWORD-people-grafana"] |= {f"{grafana}/TRINO_PASSWORD"}
    if scheduled:
        held["PASSWORD-people-publisher"] |= {"Secret/publisher-outputs/outputs.json/credentials/people/publisher"}
    held["PASSWORD-people-trino-worker"] |= {"Secret/trino-worker-login/TRINO_WORKER_PASSWORD"}
    for domain in DOMAINS:
        variable, outputs = f"{domain.upper()}_DB_PASSWORD", f"output/credentials/databases/{domain}"
        held[f"PASSWORD-{domain}-admin-password"] = {
            f"Instance/{domain}-db/password",
            f"SecretVersion/{domain}-admin/secretString/password",
            f"{outputs}/admin/password",
        }
        held[f"PASSWORD-{domain}-trino-password"] = {
            f"SecretVersion/{domain}-trino/secretString/password",
            f"{trino}/{variable}",
            f"{outputs}/trino/password",
        }
        if scheduled:
            place = f"Secret/publisher-outputs/outputs.json/credentials/databases/{domain}/trino/password"
            held[f"PASSWORD-{domain}-trino-password"] |= {place}
        held[f"PASSWORD-{domain}-grafana-password"] = {f"{grafana}/{variable}", f"{outputs}/grafana/password"}
        if not iam:
            held[f"PASSWORD-{domain}-analyst-password"] = {
                f"{outputs}/analyst/password",
                *(f"{logins}/{who}.databases/{domain}/password" for who, own in PEOPLE.items() if domain in own),
            }
    return held


def secrets(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every secret in a value, with its place; JSON inside of texts is looked into."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        with suppress(ValueError):  # a section of a configuration file begins with [ too
            value = json.loads(value)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from secrets(item, f"{place}/{key}")
            yield from ((found, f"{place} (a key)") for found in SECRET.findall(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from secrets(item, f"{place}/{number}")
    else:
        yield from ((found, place) for found in SECRET.findall(str(value)))


def generated(recording: Recording) -> list[str]:
    """The names of the resources that make secrets."""
    return [resource.name for resource in recording.resources if resource.type in GENERATORS]


def holders(recording: Recording) -> dict[str, set[str]]:
    """Who holds each secret, as `type/name/place`; secrets that nobody holds are there too."""
    held = {f"PASSWORD-{name}": set() for name in generated(recording)}
    values: list[tuple[Any, str]] = [(recording.exports, "output")]
    values += [(made, f"component/{urn.rpartition('::')[2]}") for urn, made in recording.component_outputs.items()]
    for resource in recording.resources:
        place = f"{resource.type.rpartition(':')[2]}/{resource.name}"
        inputs = dict(resource.inputs)
        if resource.type == "kubernetes:core/v1:Secret":
            values.append((inputs.pop("stringData"), place))
        values.append((inputs, place))
    for value, start in values:
        for secret, place in secrets(value, start):
            held.setdefault(secret, set()).add(place)
    return held


@MESHES
def test_each_secret_is_held_where_it_is_needed_and_nowhere_else(mesh: Callable[[], Recording], iam: bool):
    found, wanted = holders(mesh()), table(iam=iam, scheduled=iam)
    assert found.keys() == wanted.keys(), "a new secret needs an entry: who may hold it?"
    wrong = {secret: found[secret] ^ wanted[secret] for secret in wanted if found[secret] != wanted[secret]}
    assert wrong == {}, "held where it may not be, or not where it is needed"


def test_every_type_that_may_make_a_secret_is_known():
    used = {resource.type for mesh in (on_aws(), local()) for resource in mesh.resources}
    made = {each for each in used if each.startswith(("random:", "tls:")) or "key" in each.lower()}
    assert made == {*GENERATORS, *OTHERS}, "add the type to one of the two, and a secret's value to the recording"


def test_the_search_finds_a_secret_wherever_it_is():
    hidden = {"a": ['{"b": {"c": "user:PASSWORD-x"}}', "[server]\nkey = PASSWORD-y\n"], "PASSWORD-z": 1}
    assert set(secrets(hidden, "here")) == {
        ("PASSWORD-x", "here/a/0/b/c"),
        ("PASSWORD-y", "here/a/1"),
        ("PASSWORD-z", "here (a key)"),
    }


@MESHES
def test_everyone_has_their_own_hash_in_the_password_file(mesh: Callable[[], Recording], iam: bool):
    text = mesh().one("kubernetes:core/v1:Secret", "trino-passwords").inputs["stringData"]["password.db"]
    lines = dict(line.split(":") for line in text.splitlines())
    assert lines == {name: hashed(f"people-{name}") for name in (*PEOPLE, *SERVICES)}


def test_no_two_secrets_of_the_recording_are_alike():
    names = generated(local())
    assert len(set(names)) == len(names), "a secret in the place of another would not be seen"


def test_every_generated_password_is_long_and_every_file_and_address_takes_it_as_it_is():
    for each in local().of("random:index/randomPassword:RandomPassword"):
        assert each.inputs["length"] >= 24 and each.inputs["special"] is False, each.name
    keys = {key.name: key.inputs for key in local().of("tls:index/privateKey:PrivateKey")}
    assert keys["trino-certificate-server"] == {"algorithm": "RSA", "rsaBits": 2048}
    assert keys["trino-certificate-authority"] == {"algorithm": "ECDSA", "ecdsaCurve": "P256"}
