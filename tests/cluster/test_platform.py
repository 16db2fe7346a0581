"""The platform on the cluster as people use it, in the order of this file."""

import base64
import json
import re
from decimal import Decimal

from mesh.images import NOTEBOOK
from tests.cluster.conftest import WORKERS, Platform
from tests.cluster.hub import Hub
from tests.cluster.kubernetes import PATIENCE, Object
from tests.federated_truth import sample_answer
from tests.stack.checkout import Door

ASK = """
import json, os, requests, socket, time, trino
HOST, until = "trino-coordinator.data-platform.svc.cluster.local", time.monotonic() + 60
while True:  # network policies let a pod through a moment after its start
    try:
        socket.create_connection((HOST, 8443), timeout=3).close()
        break
    except OSError:
        if time.monotonic() > until:
            raise
        time.sleep(0.2)
session = requests.Session()
session.trust_env = False
session.verify = "/etc/ask/authority"
connection = trino.dbapi.connect(
    host=HOST, port=8443, user="ada", http_scheme="https",
    auth=trino.auth.BasicAuthentication("ada", open("/etc/ask/password").read()), http_session=session,
)
cursor = connection.cursor()
cursor.execute(open("/etc/ask/query").read())
print(json.dumps([[None if value is None else str(value) for value in row] for row in cursor.fetchall()]))
"""


def asking(secret: str) -> Object:
    """A pod that runs ASK; it is labelled as a notebook, because nobody else may reach Trino."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "asking",
            "labels": {"app.kubernetes.io/name": "jupyterhub", "app.kubernetes.io/component": "notebook"},
        },
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "asking",
                    "image": NOTEBOOK,
                    "command": ["python3", "-c", ASK],
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    "volumeMounts": [{"name": "ask", "mountPath": "/etc/ask"}],
                }
            ],
            "volumes": [{"name": "ask", "secret": {"secretName": secret}}],
        },
    }


def federated_query(platform: Platform) -> str:
    return (platform.checkout.folder / "examples/federated_query.sql").read_text()


def typed(rows: list[list[str | None]] | list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [(int(str(r[0])), r[1], int(str(r[2])), Decimal(str(r[3])), r[4]) for r in rows]


def test_an_analyst_asks_the_federated_query_from_another_pod_by_the_services_name(platform: Platform):
    outputs, cluster = platform.checkout.outputs(), platform.cluster
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "asking"},
        "stringData": {
            "password": outputs["credentials"]["people"]["ada"],
            "authority": outputs["trino"]["authority"],
            "query": federated_query(platform),
        },
    }
    for each in (secret, asking("asking")):
        cluster.kubectl("create", "--filename", "-", text=json.dumps(each))
    try:
        cluster.run("wait", "pod/asking", "--for=jsonpath={.status.phase}=Succeeded", f"--timeout={PATIENCE}s")
        printed = cluster.kubectl("logs", "asking")
        assert typed(json.loads(printed.splitlines()[-1])) == sample_answer()
    finally:
        cluster.kubectl("delete", "pod/asking", "secret/asking", "--grace-period=1")


def test_the_workers_join_and_take_splits(platform: Platform, door: Door):
    nodes = door.rows("admin", "SELECT node_id, coordinator FROM system.runtime.nodes WHERE state = 'active'")
    workers = {name for name, coordinator in nodes if not coordinator}
    assert workers == set(platform.cluster.pods("worker")) and len(workers) == WORKERS
    for _ in range(WORKERS):
        assert typed(door.rows("ada", federated_query(platform))) == sample_answer()
    splits = door.rows(
        "admin",
        "SELECT node_id, sum(completed_splits) FROM system.runtime.tasks t JOIN system.runtime.queries q "
        "ON t.query_id = q.query_id WHERE q.query LIKE '%lead_first_touch%' GROUP BY node_id",
    )
    busy = {name for name, count in splits if int(str(count)) > 0}
    assert workers <= busy, f"of {workers} only {busy} had something to do"


def test_a_worker_that_has_to_go_ends_its_work_first_and_nobody_else_can_send_it_away(platform: Platform, door: Door):
    cluster = platform.cluster
    before = set(cluster.pods("worker"))
    order = 'curl -sS -X PUT -H "X-Trino-User: admin" -H "Content-Type: application/json" -d \'"SHUTTING_DOWN"\''
    for port in ("http://localhost:8080", "-k https://localhost:8443"):
        told = cluster.kubectl(
            "exec",
            next(iter(before)),
            "--",
            "sh",
            "-c",
            f"{order} -o /dev/null -w '%{{http_code}}' {port}/v1/info/state",
        )
        assert told in ("401", "403"), f"a worker's port takes orders of strangers: {told}"

    cluster.kubectl("scale", "deployment/trino-worker", f"--replicas={WORKERS - 1}")
    (leaving,) = before - set(cluster.pods("worker"))
    log = cluster.kubectl("logs", "--follow", leaving)
    assert "Shutdown requested" in log and re.search(r"Waiting for \d+ active tasks", log), log[-2000:]
    assert typed(door.rows("ada", federated_query(platform))) == sample_answer()
    cluster.kubectl("scale", "deployment/trino-worker", f"--replicas={WORKERS}")
    cluster.settled()


def test_a_person_logs_in_and_the_notebook_shows_only_what_is_theirs(platform: Platform):
    passwords, cluster = platform.checkout.outputs()["credentials"]["people"], platform.cluster
    person = "sales-analyst"
    with cluster.forward("jupyterhub", 80, "/hub/health") as url:
        assert not Hub(url, person).login("not the password")
        assert not Hub(url, person).login(passwords["marketing-analyst"])
        assert not Hub(url, "grafana").login(passwords["grafana"]), "a service is no person"
        hub = Hub(url, person)
        assert hub.login(passwords[person])
        hub.spawn()
    (pod,) = cluster.pods("notebook")
    environment = cluster.kubectl("exec", pod, "--", "env")
    others = [name for name, password in passwords.items() if name != person and password in environment]
    assert not others and passwords[person] in environment

    cluster.kubectl("exec", pod, "--", "jupyter", "execute", "--output=done", "mesh.ipynb")
    done = json.loads(cluster.kubectl("exec", pod, "--", "cat", "done.ipynb"))
    outputs = [output for cell in done["cells"] for output in cell.get("outputs", [])]
    shown = json.dumps(outputs)
    assert "Access Denied" in shown, "the notebook does not show what a denial looks like"
    assert "Alice Johnson" in shown, "their own customers are not shown"
    assert "Spring Sale" not in shown, "a campaign of marketing is no business of theirs"
    (picture, *_) = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    assert base64.b64decode(picture).startswith(b"\x89PNG")


def test_who_is_taken_out_of_the_configuration_is_logged_out_and_their_server_ends(platform: Platform):
    cluster, person = platform.cluster, "ada"
    password = platform.checkout.outputs()["credentials"]["people"][person]
    before = set(cluster.pods("notebook"))
    with cluster.forward("jupyterhub", 80, "/hub/health") as url:
        hub = Hub(url, person)
        assert hub.login(password)
        hub.spawn()
        (pod,) = set(cluster.pods("notebook")) - before

        platform.checkout.configure(users={})
        platform.checkout.must("pulumi", "up", "--yes", "--skip-preview")
        cluster.kubectl("wait", f"pod/{pod}", "--for=delete", f"--timeout={PATIENCE}s")
        assert not Hub(url, person).login(password)
    assert set(cluster.pods("notebook")) == before, "somebody else's server has ended too"
