"""JupyterHub on the user's cluster: a notebook server for each person, with that person's logins only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

from k8s.jupyterhub.pod import HUB_PORT, VARIABLE, Mounts, pod
from k8s.namespace import Namespace
from k8s.objects import UNAWAITED, config_map, secret
from k8s.resources import HOME_GIB
from mesh.names import NOTEBOOK_FILES

NAME = "jupyterhub"
EXAMPLES = Path("examples")
_PATIENCE = 15 * 60
"""Seconds: the images are pulled first."""
_LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/component": "hub"}
_CONFIG = "import os\n\nimport mesh_hub\n\nmesh_hub.configure(c, dict(os.environ))\n"

# KubeSpawner makes pods and volume claims, and shows their events while a server starts.
_RULES: list[PolicyRuleArgsDict] = [
    {"api_groups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "create", "delete"]},
    {"api_groups": [""], "resources": ["events"], "verbs": ["get", "list", "watch"]},
    {"api_groups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["get", "list", "watch", "create"]},
]


@dataclass(frozen=True, kw_only=True)
class PersonLogins:
    """The logins in one person's server."""

    trino: Input[str]
    """The person's password."""
    databases: Input[str]
    """JSON {domain: {"user": …, "password": …}} of the person's domains; without a password where IAM is used."""


@dataclass(frozen=True, kw_only=True)
class JupyterHubArgs:
    """The people of the hub, and what their notebooks read."""

    namespace: Namespace
    people: Mapping[str, PersonLogins]
    password_file: Input[str]
    """Name of the Secret whose key `password.db` is Trino's password file: the hub takes the same logins."""
    authority: Input[str]
    """PEM text of the authority that signed Trino's certificate."""
    database_ca: str
    """PEM text of the authorities that sign the databases' certificates."""
    mesh: Input[str]
    """JSON for every notebook: `domains` and `lake` as in the stack's outputs."""


class JupyterHub(pulumi.ComponentResource):
    """A hub with Trino's logins, in which each person has a server, a home and the notebook `mesh.ipynb`."""

    service: Output[str]

    def __init__(self, name: str, args: JupyterHubArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:JupyterHub", name, None, opts)
        namespace, inside = args.namespace, args.namespace.inside(self)

        token = random.RandomPassword(
            f"{name}-proxy-token", length=48, special=False, opts=ResourceOptions(parent=self)
        )
        state = kubernetes.core.v1.PersistentVolumeClaim(
            f"{name}-state",
            metadata={
                "name": f"{NAME}-state",
                "namespace": namespace.name,
                "labels": _LABELS,
                # some clusters make a volume only for the first pod that mounts it: waiting for it here would never end
                "annotations": UNAWAITED,
            },
            spec={"access_modes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{HOME_GIB}Gi"}}},
            opts=inside,
        )
        mounts = Mounts(
            config=config_map(
                f"{name}-config",
                {
                    "jupyterhub_config.py": _CONFIG,
                    "mesh_hub.py": (Path(__file__).parent / "mesh_hub.py").read_text(encoding="utf-8"),
                },
                namespace=namespace, parent=self, labels=_LABELS,
            ),
            password_file=args.password_file,
            # Reread at every login, so that people can be added and removed while the hub runs.
            names=config_map(
                f"{name}-people", {"names": "".join(f"{person}\n" for person in sorted(args.people))},
                namespace=namespace, parent=self, labels=_LABELS, fixed=f"{NAME}-people",
            ),
            proxy_token=secret(
                f"{name}-proxy", {VARIABLE: token.result}, namespace=namespace, parent=self, labels=_LABELS
            ),
            state=state.metadata.name,
            # Each person's server gets that person's keys alone; no pod mounts all of them.
            people=secret(
                f"{name}-logins",
                {person: logins.trino for person, logins in args.people.items()}
                | {f"{person}.databases": logins.databases for person, logins in args.people.items()},
                namespace=namespace, parent=self, labels=_LABELS, fixed=f"{NAME}-logins",
            ),
            mesh=config_map(
                f"{name}-mesh",
                {
                    "mesh.json": args.mesh,
                    **{file: (EXAMPLES / file).read_text(encoding="utf-8") for file in NOTEBOOK_FILES},
                    "trino-ca.pem": args.authority,
                    "database-ca.pem": args.database_ca,
                },
                namespace=namespace, parent=self, labels=_LABELS,
            ),
        )  # fmt: skip
        account = self._account(name, args)
        kubernetes.apps.v1.Deployment(
            f"{name}-hub",
            metadata={"name": NAME, "namespace": namespace.name, "labels": _LABELS},
            spec={
                "replicas": 1,
                "strategy": {"type": "Recreate"},  # two hubs would share one database
                "progress_deadline_seconds": _PATIENCE,
                "selector": {"match_labels": _LABELS},
                "template": {"metadata": {"labels": _LABELS}, "spec": pod(mounts, account)},
            },
            opts=namespace.inside(self, _PATIENCE),
        )
        self._service(f"{name}-hub-service", "hub", HUB_PORT, "hub", args)
        self.service = self._service(f"{name}-service", NAME, 80, "http", args)
        self.register_outputs({"service": self.service})

    def _account(self, name: str, args: JupyterHubArgs) -> Output[str]:
        """Makes the accounts of the hub, which may make pods, and of people's servers, without rights; the hub's."""
        namespace, inside = args.namespace, args.namespace.inside(self)
        kubernetes.core.v1.ServiceAccount(
            f"{name}-notebook-account",
            metadata={"name": f"{NAME}-notebook", "namespace": namespace.name, "labels": _LABELS},
            automount_service_account_token=False,
            opts=inside,
        )
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata={"name": NAME, "namespace": namespace.name, "labels": _LABELS},
            automount_service_account_token=False,  # the pod's specification overrides this with true
            opts=inside,
        ).metadata.name
        role = kubernetes.rbac.v1.Role(
            f"{name}-role",
            metadata={"name": NAME, "namespace": namespace.name, "labels": _LABELS},
            rules=_RULES,
            opts=inside,
        )
        kubernetes.rbac.v1.RoleBinding(
            f"{name}-role-binding",
            metadata={"name": NAME, "namespace": namespace.name, "labels": _LABELS},
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": role.metadata.name},
            subjects=[{"kind": "ServiceAccount", "name": account, "namespace": namespace.name}],
            opts=inside,
        )
        return account

    def _service(self, name: str, called: str, port: int, target: str, args: JupyterHubArgs) -> Output[str]:
        return kubernetes.core.v1.Service(
            name,
            metadata={
                "name": called,
                "namespace": args.namespace.name,
                "labels": _LABELS,
                "annotations": UNAWAITED,
            },
            spec={"selector": _LABELS, "ports": [{"name": target, "port": port, "target_port": target}]},
            opts=args.namespace.inside(self),
        ).metadata.name
