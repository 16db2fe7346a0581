"""PostgreSQL servers in the place of RDS instances."""

import re

from local.providers.package import Plane, RefusedError
from local.providers.values import Properties
from local.servers import descriptors, postgres

_IDENTIFIER = re.compile(r"(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Databases(Plane):
    """A PostgreSQL server per instance, on the host where the emulator answers."""

    def __init__(self, host: str) -> None:
        self._host = host

    def create(self, known: Properties) -> Properties:
        name = known["identifier"]
        if not _IDENTIFIER.fullmatch(name):
            rule = "lowercase letters, digits and single hyphens between them, a letter first, at most 63"
            raise RefusedError(f'"identifier" {name!r}: it must consist of {rule}.')
        for argument in ("snapshotIdentifier", "restoreToPointInTime", "replicateSourceDb", "manageMasterUserPassword"):
            if known.get(argument):
                what = "snapshots, replicas or managed passwords"
                raise RefusedError(f"The local stack has no {what}: {name}, {argument}.")
        if not known.get("username") or not known.get("password"):
            raise RefusedError(f"The database {name} needs a username and a password.")
        port = postgres.create(
            name,
            host=self._host,
            database=known.get("dbName") or "postgres",
            user=known["username"],
            password=known["password"],
        )
        return {"address": self._host, "port": port, "endpoint": f"{self._host}:{port}"}

    def update(self, known: Properties, new: Properties) -> None:
        if new["identifier"] != known["identifier"]:
            raise RefusedError(
                f"AWS renames a database whose identifier changes, the local stack cannot: {known['identifier']} to "
                f"{new['identifier']}. Keep the identifier, or replace the database: `pulumi up --replace URN`."
            )
        if new.get("password") and new["password"] != known.get("password"):
            postgres.change_password(known["identifier"], known["username"], new["password"])

    def delete(self, known: Properties) -> None:
        name = known["identifier"]
        if known.get("deletionProtection"):
            raise RefusedError(
                f"deleting RDS DB Instance ({name}): InvalidParameterCombination: Cannot delete protected DB Instance, "
                "please disable deletion protection and try again."
            )
        if not known.get("skipFinalSnapshot") and not known.get("finalSnapshotIdentifier"):
            raise RefusedError(
                f"deleting RDS DB Instance ({name}): final_snapshot_identifier is required when skip_final_snapshot "
                "is false"
            )
        postgres.delete(name)

    def gone(self, known: Properties) -> bool:
        return postgres.gone(known["identifier"]) or not descriptors.known(known["identifier"])
