"""The images of the platform. `make images` builds those of `datamesh/` from the folder images/."""

TRINO = "trinodb/trino:476"
GRAFANA = "grafana/grafana:12.4.5"
HUB = "datamesh/hub:5.5.4-1"
NOTEBOOK = "datamesh/notebook:5.5.4-1"
"""Hub and server must have the same version of JupyterHub, here 5.5.4. Raise the last number when an image changes."""
PUBLISHER = "datamesh/publisher:1"
"""It has libraries alone: the program comes with the deployment. Raise the number when the image changes."""
PROXY = "quay.io/jupyterhub/configurable-http-proxy:5.3.0"

BUILT = {HUB: "images/hub", NOTEBOOK: "images/notebook", PUBLISHER: "images/publisher"}
"""The folder from which each image is built."""
PULLED = (TRINO, GRAFANA, PROXY)
"""The images that the cluster gets from their registries."""


def built(*, publishes: bool) -> list[str]:
    """Those of BUILT that pods need; the publisher's only where a schedule publishes."""
    return [image for image in BUILT if image != PUBLISHER or publishes]
