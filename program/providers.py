"""The explicit providers of a stack, so that no environment variable or profile chooses region, account or cluster."""

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from mesh.local_settings import NO_CLUSTER
from mesh.settings import Settings
from mesh.tags import TAGS


def aws_provider(settings: Settings) -> aws.Provider:
    """AWS in one region and the allowed accounts; on the `local` stack, the emulator."""
    if settings.local is None:
        return aws.Provider(
            "aws",
            region=settings.region,
            allowed_account_ids=list(settings.allowed_account_ids) or None,
            default_tags={"tags": TAGS},
        )
    return aws.Provider(
        "aws",
        region=settings.region,
        default_tags={"tags": TAGS},
        endpoints=[{"s3": settings.local.aws_endpoint, "glue": settings.local.aws_endpoint}],
        s3_use_path_style=True,
        skip_credentials_validation=True,
        skip_requesting_account_id=True,
    )


def kubernetes_provider(settings: Settings) -> kubernetes.Provider:
    """The cluster of the context in the configuration, whatever the current context is.

    ConfigMaps and Secrets are changed in place unless they are `immutable`, which are replaced.
    """
    return kubernetes.Provider(
        "cluster",
        context=settings.kube_context or NO_CLUSTER,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )
