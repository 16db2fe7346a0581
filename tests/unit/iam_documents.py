"""The IAM documents of a mesh, as the tests look at them."""

from typing import Any

from hypothesis import strategies as st

from components.policies import admin as admin_policies
from components.policies import documents as policies
from components.policies import services as service_policies
from components.policies.admin import Mesh
from mesh.names import DomainName, refusal

ACCOUNT = "123456789012"
REGION = "us-east-1"
MESH = Mesh(region=REGION, account=ACCOUNT, owner="ada")
BUCKET = MESH.bucket_arn
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
RDS = f"arn:aws:rds:{REGION}:{ACCOUNT}"
IAM = f"arn:aws:iam::{ACCOUNT}"
WORKBENCH = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0abc"
OURS = {"aws:ResourceTag/Project": "DataMeesh"}


def analyst(domain: str) -> dict[str, Any]:
    name = DomainName(domain)
    return policies.analyst_policy(
        region=REGION,
        account=ACCOUNT,
        resource_id=f"db-{domain.upper()}",
        user=name.analyst_user,
        instance_arn=f"{RDS}:db:datamesh-{domain}-0a1b2c3d",
        bucket_arn=BUCKET,
        prefix=f"{domain}/",
        uploads_prefix=f"{domain}/uploads/",
        glue_database=name.identifier,
    )


SALES = analyst("sales")
TRINO_LAKE = service_policies.trino_lake_policy(region=REGION, account=ACCOUNT, bucket_arn=BUCKET)
TRINO_TABLES = service_policies.trino_tables_policy(
    region=REGION, account=ACCOUNT, glue_databases=["sales", "marketing"]
)
TRINO = policies.document([*TRINO_LAKE["Statement"], *TRINO_TABLES["Statement"]])
"""All rights of Trino together, as its two policies give them."""
GRAFANA = service_policies.grafana_policy(regions=[REGION, "us-east-1"])
SCHEDULER = service_policies.scheduler_policy(
    instance_arns=[f"{RDS}:db:datamesh-sales-0a1b2c3d"], workbench_arn=WORKBENCH
)
MACHINE = service_policies.workbench_policy(region=REGION, account=ACCOUNT, bucket_arn=BUCKET)
ADMIN_BASE = admin_policies.admin_policy(MESH)
ADMIN_TABLES = admin_policies.admin_tables_policy(MESH, glue_databases=["sales", "marketing"])
ADMIN = policies.document([*ADMIN_BASE["Statement"], *ADMIN_TABLES["Statement"]])
"""All rights of the administrator together."""
BOUNDARY = admin_policies.boundary(MESH)
IDENTITY_DOCUMENTS = {
    "analyst": SALES,
    "trino-lake": TRINO_LAKE,
    "trino-tables": TRINO_TABLES,
    "tables": service_policies.tables_policy(region=REGION, account=ACCOUNT, glue_databases=["sales", "marketing"]),
    "grafana": GRAFANA,
    "scheduler": SCHEDULER,
    "workbench": MACHINE,
    "admin": ADMIN_BASE,
    "admin-tables": ADMIN_TABLES,
    "boundary": BOUNDARY,
}
domains = st.from_regex(r"[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9})?", fullmatch=True).filter(lambda name: not refusal(name))
