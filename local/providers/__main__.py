"""`python -m local.providers PACKAGE`: how the scripts in local/bin start a plugin.

The engine finds them on PATH, for the local stack, in place of the plugins that would come from Pulumi.
"""

import importlib
import sys

from local.providers import provider

MODULES = {"aws": "aws.package", "kubernetes": "kubernetes.package", "random": "random", "tls": "tls"}

provider.serve(importlib.import_module(f"local.providers.{MODULES[sys.argv[1]]}").PACKAGE())
