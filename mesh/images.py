"""The images of JupyterHub. Those of `datamesh/` are built from images/ by `make images`, which also says how."""

HUB = "datamesh/hub:5.5.4-1"
NOTEBOOK = "datamesh/notebook:5.5.4-1"
"""Both have JupyterHub 5.5.4 in them: hub and server must be of one version. Count up behind it when one changes."""
PROXY = "quay.io/jupyterhub/configurable-http-proxy:5.3.0"

BUILT = {HUB: "images/hub", NOTEBOOK: "images/notebook"}
"""The folder of what builds an image, by its name."""
