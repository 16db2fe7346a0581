"""What Pulumi knows of the stack and this machine has not any more, because files were lost or damaged."""

from local.providers.aws.databases import Databases
from local.providers.kubernetes import package as kubernetes
from local.providers.package import Resource
from local.servers import postgres
from local.stack import cluster, environment


def found() -> list[str]:
    """A line for each resource that has to be made again."""
    lines = []
    here = not cluster.deployed()  # a cluster's objects are looked at by the update itself
    for each in environment.latest().get("resources") or []:
        resource = Resource(each["urn"], outputs=each.get("outputs") or {})
        name = resource.outputs.get("identifier")
        if resource.type == "aws:rds/instance:Instance" and name and Databases("").gone(resource.outputs):
            lost = (
                "Its folder is empty or gone, and every row with it." if postgres.gone(name) else "Its rows are there."
            )
            lines.append(f"The database {name} is damaged: it is made again. {lost}")
        elif here and resource.type.startswith("kubernetes:") and kubernetes.gone(resource):
            lines.append(f"Files of the {resource.kind} {resource.name} are damaged or gone: it is made again.")
    return lines
