"""What every database of the mesh is: engine, version, storage, certificate authority."""

ENGINE = "postgres"
ENGINE_VERSION = "17"
"""The major version; Amazon RDS chooses the minor one."""
STORAGE_TYPE = "gp3"
CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"
"""The authority that signs the databases' certificates; its roots of all regions are in data/rds-root-cas.pem."""
