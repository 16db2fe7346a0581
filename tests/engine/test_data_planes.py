"""What the local plugins make beside state: database servers, and the pod that runs here. The servers are doubles."""

from collections.abc import Callable

from tests.engine.bench import Bench

Benches = Callable[..., Bench]

DATABASE = """
Raw("aws:rds/instance:Instance", "db", {{
    "identifier": "sales-1", "instanceClass": "db.t3.micro", "engine": "{engine}", "dbName": "sales_db",
    "username": "dm_admin", "password": "{password}", "deletionProtection": {protected}, "skipFinalSnapshot": {skip},
}}, {options})
"""

MESH = """
CONFIG = {config!r}
LABELS = {{"app.kubernetes.io/name": "trino", "app.kubernetes.io/component": "coordinator"}}
config = Raw("kubernetes:core/v1:ConfigMap", "config", {{"kind": "ConfigMap", "data": {{"config.properties": CONFIG}}}})
catalogs = Raw("kubernetes:core/v1:ConfigMap", "catalogs",
    {{"kind": "ConfigMap", "data": {{"sales.properties": "s", "other": "o"}}}})
secret = Raw("kubernetes:core/v1:Secret", "secret", {{"kind": "Secret", "stringData": {{"PASSWORD": "{password}"}}}})
name = lambda resource: resource.of("metadata").apply(lambda metadata: metadata["name"])
Raw("kubernetes:apps/v1:Deployment", "server", {{
    "kind": "Deployment",
    "metadata": {{"name": "trino-coordinator",
        "annotations": {{"datamesh/published-ports": '{{"8080": 20001}}'}}}},
    "spec": {{
        "selector": {{"matchLabels": LABELS}},
        "template": {{"metadata": {{"labels": LABELS}}, "spec": {{
            "containers": [{{
                "name": "trino",
                "env": [{{"name": "TRINO_ETC", "value": "/etc/trino"}}],
                "envFrom": [{{"secretRef": {{"name": name(secret)}}}}],
                "volumeMounts": [{{"name": "etc", "mountPath": "/etc/trino"}}, {{"name": "tmp", "mountPath": "/tmp"}}],
            }}],
            "volumes": [{{"name": "tmp", "emptyDir": {{}}}}, {{"name": "etc", "projected": {{"sources": [
                {{"configMap": {{"name": name(config)}}}},
                {{"configMap": {{"name": name(catalogs),
                    "items": [{{"key": "sales.properties", "path": "catalog/sales.properties"}}]}}}},
            ]}}}}],
        }}}},
    }},
}})
"""


def database(
    engine: str = "postgres", password: str = "one", protected: bool = False, skip: bool = True, options: str = ""
) -> str:
    return DATABASE.format(engine=engine, password=password, protected=protected, skip=skip, options=options)


def test_a_database_is_made_gets_its_new_password_and_goes(bench: Benches) -> None:
    stack = bench()
    stack.up(database())
    outputs = stack.resources()["db"]["outputs"]
    assert outputs["endpoint"] == "127.0.0.1:25432"
    assert outputs["port"] == 25432
    assert outputs["arn"] == "arn:aws:rds:us-east-1:000000000000:db:sales-1"
    assert stack.resources()["db"]["id"] == outputs["resourceId"], "the id of a database is its resource id"
    stack.up(database(password="two"))
    stack.destroy()
    expected = ["postgres.create sales_db dm_admin 127.0.0.1", "postgres.change_password dm_admin", "postgres.delete"]
    assert stack.diary() == expected


def test_a_protected_database_and_one_without_its_last_snapshot_are_not_deleted(bench: Benches) -> None:
    stack = bench()
    stack.up(database(protected=True))
    assert "Cannot delete protected DB Instance" in stack.fails("destroy")
    stack.up(database(skip=False))
    assert "final_snapshot_identifier is required" in stack.fails("destroy")
    assert "postgres.delete" not in stack.diary()


def test_a_replaced_database_goes_first_unless_the_program_says_otherwise(bench: Benches) -> None:
    stack = bench()
    stack.up(database())
    run = stack.up(database(engine="mysql"))
    assert stack.diary()[1:] == ["postgres.delete", "postgres.create sales_db dm_admin 127.0.0.1"], run.steps
    stack.up(database(engine="postgres", options="delete_before_replace=False"))
    assert stack.diary()[3:] == ["postgres.create sales_db dm_admin 127.0.0.1", "postgres.delete"]


def test_a_database_whose_data_are_gone_is_made_again_after_a_refresh(bench: Benches) -> None:
    stack = bench()
    stack.up(database())
    (stack.folder / "diary").unlink()  # the double's data folder
    stack.refresh()
    assert "db" not in stack.resources()


def test_trino_runs_from_the_deployed_objects_and_follows_them(bench: Benches) -> None:
    stack = bench()
    stack.up(MESH.format(config="first", password="p1"))
    files = "['/etc/trino/catalog/sales.properties=s', '/etc/trino/config.properties={}']"
    seen = "trino.apply trino-coordinator {} {{'PASSWORD': '{}', 'TRINO_ETC': '/etc/trino'}} {{8080: 20001}} 127.0.0.1"
    assert stack.diary() == [seen.format(files.format("first"), "p1")]
    before = stack.resources()

    run = stack.up(MESH.format(config="second", password="p2"))
    assert stack.diary()[1:] == [seen.format(files.format("second"), "p2")]
    steps = [step for step in run.steps if step[1] in ("config", "server")]
    order = [step for step in steps if step[0] in ("create-replacement", "update", "delete-replaced")]
    assert order == [("create-replacement", "config"), ("update", "server"), ("delete-replaced", "config")], run.steps
    root = stack.folder / "kubernetes" / "default"
    assert len(list((root / "configmap").glob("config-*"))) == 1, "the old object's files must be gone"
    assert stack.resources()["server"]["id"] == before["server"]["id"]
    for file in [stack.folder / "kubernetes", *stack.folder.glob("kubernetes/**/*")]:
        mode = file.stat(follow_symlinks=False).st_mode & 0o777
        assert file.is_symlink() or mode == (0o700 if file.is_dir() else 0o600), f"{file} is open to others: {mode:o}"

    stack.destroy()
    assert stack.diary()[-1] == "trino.delete trino-coordinator"
    assert not (stack.folder / "kubernetes").exists()


def test_a_mutable_object_changes_in_place_and_another_with_a_fixed_name_goes_before_its_replacement_comes(
    bench: Benches,
) -> None:
    program = """
    mutable = pulumi.ProviderResource("kubernetes", "mutable", {"enableConfigMapMutable": "true"})
    Raw("kubernetes:core/v1:ConfigMap", "rules", {
        "kind": "ConfigMap", "metadata": {"name": "rules", "namespace": "data"}, "data": %s,
    }, provider=mutable)
    Raw("kubernetes:core/v1:ConfigMap", "fixed", {
        "kind": "ConfigMap", "metadata": {"name": "fixed", "namespace": "data"}, "data": %s,
    })
    """
    old, new = {"rules.json": "1", "old": "x"}, {"rules.json": "2"}
    stack = bench()
    stack.up(program % (old, old))
    run = stack.up(program % (new, new))
    assert run.of("rules") == ["update"]
    assert run.of("fixed").index("delete-replaced") < run.of("fixed").index("create-replacement"), run.steps
    for name in ("rules", "fixed"):
        folder = stack.folder / "kubernetes/data/configmap" / name
        assert {file.name: file.read_text() for file in folder.iterdir()} == new


def test_a_deployment_of_a_missing_secret_is_refused_in_one_line(bench: Benches) -> None:
    program = MESH.format(config="c", password="p").replace("name(secret)", "'nobody'")
    message = bench().fails("up", program)
    assert 'secret "nobody" not found in the namespace default' in message
    assert "Traceback" not in message
