"""What Trino's connectors for Hive and Iceberg ask of AWS: docs/decisions/0010-rights-of-trino.md says when."""

GLUE_READS = {
    "BatchGetPartition",
    "GetColumnStatisticsForPartition",
    "GetColumnStatisticsForTable",
    "GetDatabase",
    "GetPartition",
    "GetPartitions",
    "GetTable",
    "GetTables",
}
GLUE_WRITES = {
    "BatchCreatePartition",
    "BatchUpdatePartition",
    "CreateTable",
    "DeleteColumnStatisticsForPartition",
    "DeleteColumnStatisticsForTable",
    "DeletePartition",
    "DeleteTable",
    "UpdateColumnStatisticsForPartition",
    "UpdateColumnStatisticsForTable",
    "UpdatePartition",
    "UpdateTable",
}
ICEBERG_READS = {"GetDatabase", "GetTable", "GetTables"}
ICEBERG_WRITES = {"CreateTable", "DeleteTable", "UpdateTable"}
"""What the connector for Iceberg asks of Glue: each commit moves a table's pointer by UpdateTable."""
LEFT_OUT = {
    "CreateDatabase": "schemas of the lake are made by the program",
    "UpdateDatabase": "schemas of the lake are made by the program",
    "DeleteDatabase": "schemas of the lake are made by the program",
    "CreateUserDefinedFunction": "nobody keeps functions in the lake",
    "UpdateUserDefinedFunction": "nobody keeps functions in the lake",
    "DeleteUserDefinedFunction": "nobody keeps functions in the lake",
    "GetUserDefinedFunction": "nobody keeps functions in the lake",
    "GetUserDefinedFunctions": "nobody keeps functions in the lake",
}
"""Calls that Trino could make and has no right for, and why."""
S3 = {
    "abortMultipartUpload": "s3:AbortMultipartUpload",
    "completeMultipartUpload": "s3:PutObject",
    "createMultipartUpload": "s3:PutObject",
    "deleteObject": "s3:DeleteObject",
    "deleteObjects": "s3:DeleteObject",
    "getObject": "s3:GetObject",
    "headObject": "s3:GetObject",
    "listObjectsV2": "s3:ListBucket",
    "putObject": "s3:PutObject",
    "uploadPart": "s3:PutObject",
}
"""By call of the file system, the right that S3 asks for."""
