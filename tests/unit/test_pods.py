"""What every pod declares, and what it may do in the cluster."""

import re

from tests.unit.manifests import containers, named, of, pods, template
from tests.unit.recording import Recording

MAY_ASK_THE_API_SERVER = {"jupyterhub"}
PROBES = ("readinessProbe", "livenessProbe")


def test_every_container_that_stays_is_probed(program: Recording):
    end = {named(each) for each in of(program, "CronJob")}  # after a time at the latest, however they are
    for name, pod in pods(program).items():
        for container in pod["containers"] if name not in end else []:
            probes = [probe for probe in PROBES if container.get(probe)]
            assert probes == list(PROBES), f"nobody would see that {name}/{container['name']} is stuck"


def test_every_container_is_limited_and_writes_only_to_its_volumes(program: Recording):
    for name, container in containers(program):
        resources = container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys(), f"{name} promises itself nothing"
        assert "memory" in resources["limits"], f"{name} may take all the memory of its node"
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name


def test_no_pod_gets_variables_of_services_or_fills_the_disk(program: Recording):
    for name, pod in pods(program).items():
        assert pod["enableServiceLinks"] is False, f"{name} gets variables that look like its own settings"
        unlimited = [v["name"] for v in pod["volumes"] if "emptyDir" in v and "sizeLimit" not in v["emptyDir"]]
        assert not unlimited, f"{name} could fill the disk of its node: {unlimited}"


def test_every_image_is_of_a_version_that_stays(program: Recording):
    images = {container["image"] for _, container in containers(program)}
    hub = next(container for name, container in containers(program) if name == "jupyterhub/hub")
    images |= {each["value"] for each in hub["env"] if each["name"] == "NOTEBOOK_IMAGE"}
    assert len(images) >= 5
    for image in images:
        assert re.fullmatch(r"[a-z0-9./-]+:v?\d+[\w.-]*", image), f"{image} may be another one tomorrow"


def test_every_application_has_an_account_of_its_own_and_only_the_hub_a_token(program: Recording):
    accounts = {named(each): each.inputs for each in of(program, "ServiceAccount")}
    owners: dict[str, set[str]] = {}
    for each in [*of(program, "Deployment"), *of(program, "CronJob")]:
        made = template(each)
        pod, application = made["spec"], made["metadata"]["labels"]["app.kubernetes.io/name"]
        assert pod["serviceAccountName"] in accounts, f"{each.name} runs as the namespace's default account"
        owners.setdefault(pod["serviceAccountName"], set()).add(application)
        assert pod["automountServiceAccountToken"] is (named(each) in MAY_ASK_THE_API_SERVER), each.name
    assert all(len(applications) == 1 for applications in owners.values()), f"some share an account: {owners}"
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())


def test_rights_go_to_the_hub_alone_and_name_what_they_are_for(program: Recording):
    assert not of(program, "ClusterRole") + of(program, "ClusterRoleBinding")
    (binding,) = of(program, "RoleBinding")
    assert [subject["name"] for subject in binding.inputs["subjects"]] == ["jupyterhub"]
    for role in of(program, "Role"):
        for rule in role.inputs["rules"]:
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert not {"secrets", "pods/exec"} & set(rule["resources"]), "it could read everybody's passwords"
