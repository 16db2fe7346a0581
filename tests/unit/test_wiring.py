"""What each thing in AWS is made with and which other thing it names, over the whole program: complete, by rule."""

import json
from typing import Any

from tests.unit.everything import DOMAINS, OTHER_PLACE, PORTS, local, on_aws
from tests.unit.recording import Recording

BUCKET = "datamesh-datalake-ada"
IDENTIFIERS = {domain: f"datamesh-{domain}-0a1b2c3d" for domain in DOMAINS}


def inputs(recording: Recording, kind: str) -> dict[str, dict[str, Any]]:
    """By name: the inputs of all resources of a type of AWS, `s3/bucket:Bucket`."""
    return {resource.name: resource.inputs for resource in recording.of(f"aws:{kind}")}


def depends(recording: Recording, kind: str, name: str) -> set[tuple[str, str]]:
    """(type, name) of what a resource waits for."""
    found = recording.one(f"aws:{kind}", name).depends_on
    return {(r.type.rpartition(":")[2], r.name) for r in recording.resources if r.urn in found}


def database(
    domain: str, *, disposable: bool, instance_class: str, backup_days: int, windows: tuple[str, str]
) -> dict[str, Any]:
    """Every input of a domain's database."""
    guard = {} if disposable else {"finalSnapshotIdentifier": f"{IDENTIFIERS[domain]}-final"}
    return guard | {
        "identifier": IDENTIFIERS[domain],
        "engine": "postgres",
        "engineVersion": "17",
        "autoMinorVersionUpgrade": True,
        "engineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "instanceClass": instance_class,
        "storageType": "gp3",
        "allocatedStorage": 20,
        "storageEncrypted": True,
        "dbName": f"{domain}_db",
        "username": "dm_admin",
        "password": f"PASSWORD-{domain}-admin-password",
        "dbSubnetGroupName": "network-databases",
        "vpcSecurityGroupIds": ["network-databases-id"],
        "publiclyAccessible": True,
        "parameterGroupName": f"datamesh-{domain}",
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "iamDatabaseAuthenticationEnabled": True,
        "backupRetentionPeriod": backup_days,
        "backupWindow": windows[0],
        "maintenanceWindow": windows[1],
        "copyTagsToSnapshot": True,
        "performanceInsightsEnabled": True,
        "performanceInsightsRetentionPeriod": 7,
        "databaseInsightsMode": "standard",
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade", "iam-db-auth-error"],
        "applyImmediately": True,
        "deletionProtection": not disposable,
        "deleteAutomatedBackups": disposable,
        "skipFinalSnapshot": disposable,
        "tags": {"Domain": domain},
    }


def test_each_database_is_made_with_exactly_this():
    configured = {"disposable": False, "instance_class": "db.t4g.micro", "backup_days": 3}
    hours, night = ("16:30-17:00", "wed:17:00-wed:17:30"), ("05:30-06:00", "sun:06:00-sun:06:30")
    assert inputs(on_aws(), "rds/instance:Instance") == {
        f"{d}-db": database(d, windows=hours, **configured) for d in DOMAINS
    }
    usual = {"disposable": True, "instance_class": "db.t3.micro", "backup_days": 7}
    assert inputs(local(), "rds/instance:Instance") == {f"{d}-db": database(d, windows=night, **usual) for d in DOMAINS}


def test_each_database_waits_for_its_network_its_parameters_and_its_logs():
    for domain in DOMAINS:
        logs = {("LogGroup", f"{domain}-{log}-log") for log in ("postgresql", "upgrade", "iam-db-auth-error")}
        assert depends(on_aws(), "rds/instance:Instance", f"{domain}-db") >= logs | {
            ("SubnetGroup", "network-databases"),
            ("SecurityGroup", "network-databases"),
            ("ParameterGroup", f"datamesh-{domain}"),
        }


def test_each_database_has_the_parameters_that_the_mesh_relies_on():
    parameters = {
        "rds.force_ssl": "1",
        "log_connections": "1",
        "log_disconnections": "1",
        "log_min_duration_statement": "1000",
        "log_statement": "none",
    }
    made = inputs(on_aws(), "rds/parameterGroup:ParameterGroup")
    assert made.keys() == {f"datamesh-{domain}" for domain in DOMAINS}
    for group in made.values():
        assert group["family"] == "postgres17"
        assert {each["name"]: each["value"] for each in group["parameters"]} == parameters


def test_what_must_not_change_is_what_names_the_database():
    for domain in DOMAINS:
        keepers = on_aws().one("random:index/randomId:RandomId", f"{domain}-suffix").inputs["keepers"]
        named = {"database": f"{domain}_db", "user": "dm_admin", "encrypted": "True", "snapshot": ""}
        assert keepers == named, "a replacement would want the identifier that the old database still has"


def test_each_login_in_secrets_manager_is_whole_and_in_its_own_secret():
    users = {"admin": dict.fromkeys(DOMAINS, "dm_admin"), "trino": {d: f"{d}_trino" for d in DOMAINS}}
    versions = inputs(on_aws(), "secretsmanager/secretVersion:SecretVersion")
    assert {name: json.loads(each["secretString"]) for name, each in versions.items()} == {
        f"{domain}-{role}": {
            "engine": "postgres",
            "host": f"{domain}-db.example.com",
            "port": PORTS[domain],
            "dbname": f"{domain}_db",
            "username": users[role][domain],
            "password": f"PASSWORD-{domain}-{role}-password",
        }
        for domain in DOMAINS
        for role in users
    }
    for name, secret in inputs(on_aws(), "secretsmanager/secret:Secret").items():
        domain, _, role = name.rpartition("-")
        assert versions[name]["secretId"] == f"{name}-id"
        assert secret["namePrefix"] == f"datamesh/{domain}/{role}-", "the administrator's policy knows it by this name"
        assert secret["recoveryWindowInDays"] == 7


def test_the_bucket_and_all_that_is_said_of_it_are_exactly_this():
    said = {
        "bucket:Bucket": {"forceDestroy": False},
        "bucketVersioning:BucketVersioning": {"versioningConfiguration": {"status": "Enabled"}},
        "bucketPublicAccessBlock:BucketPublicAccessBlock": {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        "bucketOwnershipControls:BucketOwnershipControls": {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
        },
        "bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
            "rules": [
                {
                    "id": "forget-old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "expiration": {"expiredObjectDeleteMarker": True},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                }
            ]
        },
    }
    found = {
        resource.type.partition("/")[2]: resource.inputs
        for resource in on_aws().resources
        if resource.type.startswith("aws:s3/") and not resource.type.endswith(":BucketPolicy")
    }
    assert found == {kind: {"bucket": BUCKET, **rest} for kind, rest in said.items()}
    waits_for = depends(on_aws(), "s3/bucketPolicy:BucketPolicy", "lake-tls-only")
    assert ("BucketPublicAccessBlock", "lake-private") in waits_for, "S3 refuses two changes at once"


def test_each_glue_database_lies_over_its_own_part_of_the_bucket():
    made = inputs(on_aws(), "glue/catalogDatabase:CatalogDatabase")
    places = {f"{domain}-lake": domain for domain in DOMAINS} | {"lake-events": "events"}
    assert {name: (each["name"], each["locationUri"]) for name, each in made.items()} == {
        name: (folder, f"s3://{BUCKET}/{folder}/") for name, folder in places.items()
    }
    (table,) = inputs(on_aws(), "glue/catalogTable:CatalogTable").values()
    storage, hive = table["storageDescriptor"], "org.apache.hadoop.hive.ql.io.parquet"
    assert (table["databaseName"], storage["location"]) == ("events", f"s3://{BUCKET}/events/")
    assert table["parameters"] == {"EXTERNAL": "TRUE", "classification": "parquet"}
    assert (storage["inputFormat"], storage["outputFormat"]) == (
        f"{hive}.MapredParquetInputFormat",
        f"{hive}.MapredParquetOutputFormat",
    )


def test_the_network_is_one_and_its_two_subnets_lead_to_the_internet():
    for kind in ("ec2/internetGateway:InternetGateway", "ec2/routeTable:RouteTable", "ec2/subnet:Subnet",
                 "ec2/securityGroup:SecurityGroup"):  # fmt: skip
        assert {each["vpcId"] for each in inputs(on_aws(), kind).values()} == {"network-vpc-id"}, kind
    zones = {name: each["availabilityZone"] for name, each in inputs(on_aws(), "ec2/subnet:Subnet").items()}
    wanted = {"network-subnet-0": "us-east-1a", "network-subnet-1": "us-east-1b"}
    assert zones == wanted, "AWS lists zones in any order, and a subnet of another zone is another subnet"
    (route,) = inputs(on_aws(), "ec2/route:Route").values()
    assert (route["destinationCidrBlock"], route["gatewayId"]) == ("0.0.0.0/0", "network-gateway-id")
    ways = inputs(on_aws(), "ec2/routeTableAssociation:RouteTableAssociation").values()
    subnets = {"network-subnet-0-id", "network-subnet-1-id"}
    assert {(way["subnetId"], way["routeTableId"]) for way in ways} == {(each, "network-routes-id") for each in subnets}
    (group,) = inputs(on_aws(), "rds/subnetGroup:SubnetGroup").values()
    assert set(group["subnetIds"]) == subnets


def test_each_rule_of_a_security_group_is_in_its_group_and_opens_one_port():
    databases, workbench = "network-databases-id", "datamesh-workbench-id"
    for direction, wanted in {
        "Ingress": {
            (databases, 5432, "203.0.113.7/32"),
            (databases, 5432, OTHER_PLACE),
            (databases, 5432, workbench),
        },
        "Egress": {(workbench, 443, "0.0.0.0/0"), (workbench, 5432, databases)},
    }.items():
        rules = inputs(on_aws(), f"vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule").values()
        peers = [rule.get("cidrIpv4") or rule["referencedSecurityGroupId"] for rule in rules]
        ports = [rule["toPort"] for rule in rules]
        assert set(zip((rule["securityGroupId"] for rule in rules), ports, peers, strict=True)) == wanted
        assert [(rule["ipProtocol"], rule["fromPort"]) for rule in rules] == [("tcp", port) for port in ports]


def test_the_workbench_is_made_with_exactly_this():
    (machine,) = inputs(on_aws(), "ec2/instance:Instance").values()
    assert machine == {
        "ami": "ami-0123456789abcdef0",
        "instanceType": "t4g.small",
        "subnetId": "network-subnet-0-id",
        "vpcSecurityGroupIds": ["datamesh-workbench-id"],
        "associatePublicIpAddress": True,
        "iamInstanceProfile": "datamesh-workbench",
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 30, "encrypted": True},
        "creditSpecification": {"cpuCredits": "standard"},
        "instanceInitiatedShutdownBehavior": "stop",
        "tags": {"Name": "datamesh-workbench"},
    }
