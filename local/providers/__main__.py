"""`python -m local.providers PACKAGE`: how the scripts in local/bin start a plugin."""

import importlib
import sys

from local.providers import provider

MODULES = {"aws": "aws.package", "kubernetes": "kubernetes.package", "random": "random", "tls": "tls"}

provider.serve(importlib.import_module(f"local.providers.{MODULES[sys.argv[1]]}").PACKAGE())
