"""Rights in a domain's Glue databases, as managed policies: inline ones hold too few characters for many domains."""

from collections.abc import Callable, Sequence

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.policies.documents import Document
from mesh.quotas import DATABASES_A_POLICY


def managed_policy(whose: str, document: Input[Document], opts: ResourceOptions) -> aws.iam.Policy:
    """The policy `datamesh-<whose>-…`. It is in force once it is attached."""
    return aws.iam.Policy(f"datamesh-{whose}", policy=Output.json_dumps(document), opts=opts)


def table_policies(
    whose: str,
    account: Input[str],
    databases: Sequence[Input[str]],
    make: Callable[[str, Sequence[str]], Document],
    opts: ResourceOptions,
) -> dict[str, aws.iam.Policy]:
    """By name (`trino-tables-1`), the policies that open `databases`; `make` returns the document for some of them."""
    policies = {}
    for first in range(0, len(databases), DATABASES_A_POLICY):
        name = f"{whose}-tables-{first // DATABASES_A_POLICY + 1}"
        some = Output.all(account, *databases[first : first + DATABASES_A_POLICY])
        policies[name] = managed_policy(name, some.apply(lambda values: make(values[0], values[1:])), opts)
    return policies


def attach_to_role(
    component: str, role: aws.iam.Role, policies: dict[str, aws.iam.Policy], opts: ResourceOptions
) -> list[aws.iam.RolePolicyAttachment]:
    """The attachments of policies to a role, named after the component that makes them."""
    return [
        aws.iam.RolePolicyAttachment(f"{component}-{name}", role=role.name, policy_arn=policy.arn, opts=opts)
        for name, policy in policies.items()
    ]
