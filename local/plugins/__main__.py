"""`python -m local.plugins PACKAGE`: how the scripts in local/bin start a plugin."""

import importlib
import sys

from local.plugins import provider

provider.serve(importlib.import_module(f"local.plugins.{sys.argv[1]}").PACKAGE())
