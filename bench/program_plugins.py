"""The local stack's plugins without any server behind them, for `bench/program.py`: all lives in Pulumi's state."""

import sys

from local.providers import provider, random, tls
from local.providers.aws.package import Aws
from local.providers.kubernetes import package as kubernetes
from local.providers.package import Plane, Resource
from local.providers.values import Properties


class Nowhere(Plane):
    """A database server that is nowhere, with an address like any other."""

    def create(self, known: Properties) -> Properties:
        address = f"{known['identifier']}.example.com"
        return {"address": address, "port": 5432, "endpoint": f"{address}:5432"}


class StateOfAws(Aws):
    """Databases, buckets and tables are made nowhere."""

    def _plane(self, resource: Resource) -> Plane:
        return Nowhere() if resource.type == "aws:rds/instance:Instance" else Plane()


class StateOfKubernetes(kubernetes.Kubernetes):
    """No file is written and no pod started."""

    def gone(self, resource: Resource) -> bool:
        return False


kubernetes._apply = lambda kind, known: None
PACKAGES = {"aws": StateOfAws, "kubernetes": StateOfKubernetes, "random": random.PACKAGE, "tls": tls.PACKAGE}
provider.serve(PACKAGES[sys.argv[1]]())
