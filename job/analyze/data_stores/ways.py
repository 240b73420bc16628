"""The ways to read each type of store, complete ones, each with the class that capabilities give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from job.snapshot.stores import DataStore, ObjectAcls, StoreType

# Clusters that RDS lists and that log in otherwise:
# https://docs.aws.amazon.com/neptune/latest/userguide/iam-auth.html
_OTHER_LOGINS = ("neptune", "docdb")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreNeed:
    """Any one of the actions, on any of the resources: `${arn}` is the store's, `${place}` all around it.

    `${place}` is the store's partition, Region and account as an ARN has them, and two of these alone as
    `${partition}` and `${account}`, `${id}` a database's resource id, `${secret}` the secret that RDS keeps
    its master password in, `${path}` each path above a parameter.
    """

    actions: tuple[str, ...]
    on: tuple[str, ...] = ("${arn}",)
    told: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """All needs together read the store; `is_open` tells whether the store's facts permit it, None: unknown.

    `through` names the service that decrypts for the caller, which takes kms:Decrypt on the store's key.
    `part` marks ways that give no more than some. `own_account` marks those that AWS lets the store's own
    account alone use. `unseen` is what must be there that a snapshot does not show. `served_by` is a service
    that the store's policy must let in.
    """

    id: str
    data_class: str
    needs: tuple[StoreNeed, ...]
    through: str = ""
    part: bool = False
    own_account: bool = False
    unseen: str = ""
    served_by: str = ""
    is_open: Callable[[DataStore], bool | None] | None = None


def _way(way: str, data_class: str, *actions: str, on: tuple[str, ...] = ("${arn}",), **more: object) -> Way:
    needs = (StoreNeed(actions=actions, on=on),)
    return Way(id=way, data_class=data_class, needs=needs, **more)  # type: ignore[arg-type]  # fields of Way


def _logs_in_by_iam(store: DataStore) -> bool | None:
    database = store.database
    if database is None:
        return None
    return False if database.engine in _OTHER_LOGINS else database.iam_authentication


def _has_data_api(store: DataStore) -> bool | None:
    return None if store.database is None else store.database.data_api


def _lacks_data_api(store: DataStore) -> bool | None:
    """Whether it is an engine that may be given the Data API and does not have it.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_EnableHttpEndpoint.html
    """
    database = store.database
    if database is None or database.engine is None:
        return None
    return database.engine.startswith("aurora") and database.data_api is not True


def _has_object_acls(store: DataStore) -> bool | None:
    return None if store.object_acls is ObjectAcls.NOT_READ else store.object_acls is ObjectAcls.ON


def _keeps_a_secret(store: DataStore) -> bool | None:
    database = store.database
    if database is None or not database.master_secret_read:
        return None
    return database.master_secret_arn is not None


def _sets_its_password(store: DataStore) -> bool | None:
    """An instance of a cluster has the cluster's password."""
    return None if store.database is None else store.database.cluster is None


def _has_an_index(store: DataStore) -> bool | None:
    return None if store.indexes is None else bool(store.indexes)


_LOGIN = _way(
    "rds-iam-login", "direct", "rds-db:connect", on=("${rds-db}:dbuser:${id}/*",), is_open=_logs_in_by_iam
)
_MASTER_SECRET = _way(
    "rds-master-secret",
    "credentials",
    "secretsmanager:GetSecretValue",
    on=("${secret}",),
    is_open=_keeps_a_secret,
)

_OBJECT_ACLS = ("s3:PutObjectAcl", "s3:PutObjectVersionAcl")
_DATA_API = (
    StoreNeed(actions=("rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement")),
    StoreNeed(actions=("secretsmanager:GetSecretValue",), on=("${secretsmanager}:secret:*", "${secret}")),
)

_FLOWS = "arn:${partition}:appflow:*:${account}:flow/*"
_DESTINATION = "a destination that the reader can read"


def _handed_out(way: str, service: str, *needs: StoreNeed, unseen: str) -> Way:
    return Way(id=way, data_class="copied", needs=needs, part=True, served_by=service, unseen=unseen)


_HANDED_OUT = (
    _handed_out(
        "s3-cloudfront-distribution",
        "cloudfront",
        StoreNeed(
            actions=("cloudfront:UpdateDistribution",),
            on=("arn:${partition}:cloudfront::${account}:distribution/*",),
        ),
        unseen="a distribution that the bucket's policy lets read",
    ),
    _handed_out(
        "s3-cloudfront-distribution",
        "cloudfront",
        StoreNeed(actions=("cloudfront:CreateDistribution",), on=("*",)),
        unseen="a policy of the bucket that lets any distribution read",
    ),
    _handed_out(
        "s3-appflow",
        "appflow",
        StoreNeed(actions=("appflow:CreateFlow",), on=("*",)),
        StoreNeed(actions=("appflow:StartFlow", "appflow:RunFlow"), on=(_FLOWS,)),
        unseen=_DESTINATION,
    ),
    _handed_out(
        "s3-appflow-existing",
        "appflow",
        StoreNeed(actions=("appflow:UpdateFlow",), on=(_FLOWS,)),
        unseen=f"a flow, and {_DESTINATION}",
    ),
    _handed_out(
        "s3-amplify",
        "amplify",
        StoreNeed(
            actions=("amplify:StartDeployment",),
            on=("arn:${partition}:amplify:*:${account}:apps/*/branches/*",),
        ),
        unseen="an app that the bucket's policy lets read",
    ),
)

WAYS: Mapping[StoreType, tuple[Way, ...]] = {
    StoreType.BUCKET: (
        _way("s3-get-object", "direct", "s3:GetObject", on=("${arn}/*",), through="s3"),
        _way("s3-get-object-version", "direct", "s3:GetObjectVersion", on=("${arn}/*",), through="s3"),
        # Only principals of the bucket's own account may set its policy:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
        _way("s3-bucket-policy", "granted", "s3:PutBucketPolicy", through="s3", own_account=True),
        _way(
            "s3-object-acl",
            "granted",
            *_OBJECT_ACLS,
            on=("${arn}/*",),
            through="s3",
            is_open=_has_object_acls,
        ),
        Way(
            id="s3-object-acl-enabled",
            data_class="granted",
            needs=(
                StoreNeed(actions=_OBJECT_ACLS, on=("${arn}/*",)),
                StoreNeed(actions=("s3:PutBucketOwnershipControls",)),
            ),
            through="s3",
            own_account=True,
        ),
        *_HANDED_OUT,
    ),
    StoreType.TABLE: (
        _way("dynamodb-get-item", "direct", "dynamodb:GetItem", through="dynamodb"),
        _way("dynamodb-batch-get-item", "direct", "dynamodb:BatchGetItem", through="dynamodb"),
        _way("dynamodb-query", "direct", "dynamodb:Query", through="dynamodb"),
        _way("dynamodb-scan", "direct", "dynamodb:Scan", through="dynamodb"),
        # A table's policy opens PartiQL to nobody of another account:
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-iam-actions.html
        _way("dynamodb-partiql", "direct", "dynamodb:PartiQLSelect", through="dynamodb", own_account=True),
        _way(
            "dynamodb-index",
            "direct",
            "dynamodb:Query",
            "dynamodb:Scan",
            on=("${arn}/index/*",),
            through="dynamodb",
            part=True,
            is_open=_has_an_index,
        ),
        _way(
            "dynamodb-index-partiql",
            "direct",
            "dynamodb:PartiQLSelect",
            on=("${arn}/index/*",),
            through="dynamodb",
            part=True,
            own_account=True,
            is_open=_has_an_index,
        ),
        _way(
            "dynamodb-old-item",
            "direct",
            "dynamodb:UpdateItem",
            "dynamodb:PutItem",
            "dynamodb:DeleteItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:PartiQLUpdate",
            "dynamodb:PartiQLDelete",
            through="dynamodb",
            unseen="keys of items that the reader knows",
        ),
        _way(
            "dynamodb-search-vectors",
            "direct",
            "dynamodb:SearchVectors",
            through="dynamodb",
            unseen="a vector index",
        ),
        Way(
            id="dynamodb-stream",
            data_class="direct",
            needs=(
                StoreNeed(actions=("dynamodb:GetRecords",), on=("${arn}/stream/*",)),
                StoreNeed(actions=("dynamodb:GetShardIterator",), on=("${arn}/stream/*",)),
            ),
            through="dynamodb",
            unseen="a stream of the table",
        ),
        _way("dynamodb-resource-policy", "granted", "dynamodb:PutResourcePolicy", through="dynamodb"),
    ),
    StoreType.SECRET: (
        _way("secretsmanager-get", "direct", "secretsmanager:GetSecretValue", through="secretsmanager"),
        _way(
            "secretsmanager-policy", "granted", "secretsmanager:PutResourcePolicy", through="secretsmanager"
        ),
    ),
    StoreType.PARAMETER: (
        _way("ssm-parameter", "direct", "ssm:GetParameter", through="ssm"),
        _way("ssm-parameters", "direct", "ssm:GetParameters", through="ssm"),
        _way("ssm-parameters-by-path", "direct", "ssm:GetParametersByPath", on=("${path}",), through="ssm"),
        _way("ssm-parameter-history", "direct", "ssm:GetParameterHistory", through="ssm"),
    ),
    StoreType.DB_CLUSTER: (
        _LOGIN,
        Way(
            id="rds-data-api",
            data_class="direct",
            needs=_DATA_API,
            is_open=_has_data_api,
        ),
        Way(
            id="rds-data-api",
            data_class="direct",
            needs=(*_DATA_API, StoreNeed(actions=("rds:EnableHttpEndpoint",))),
            is_open=_lacks_data_api,
        ),
        _MASTER_SECRET,
        _way("rds-cluster-master-password", "granted", "rds:ModifyDBCluster"),
        Way(
            id="rds-cluster-snapshot-share",
            data_class="granted",
            needs=(
                StoreNeed(actions=("rds:CreateDBClusterSnapshot",)),
                StoreNeed(
                    actions=("rds:ModifyDBClusterSnapshotAttribute",), on=("${rds}:cluster-snapshot:*",)
                ),
            ),
        ),
    ),
    StoreType.DB_INSTANCE: (
        _LOGIN,
        _MASTER_SECRET,
        _way("rds-master-password", "granted", "rds:ModifyDBInstance", is_open=_sets_its_password),
        _way(
            "rds-log-files",
            "direct",
            "rds:DownloadDBLogFilePortion",
            "rds:DownloadCompleteDBLogFile",
            unseen="query logs that hold data",
        ),
        Way(
            id="rds-snapshot-share",
            data_class="granted",
            needs=(
                StoreNeed(actions=("rds:CreateDBSnapshot",)),
                StoreNeed(actions=("rds:ModifyDBSnapshotAttribute",), on=("${rds}:snapshot:*",)),
            ),
            is_open=_sets_its_password,
        ),
    ),
    StoreType.KMS_KEY: (
        _way("kms-decrypt", "direct", "kms:Decrypt"),
        # https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html ("Cross-account use: No")
        _way("kms-key-policy", "granted", "kms:PutKeyPolicy", own_account=True),
        Way(
            id="kms-grant",
            data_class="granted",
            needs=(StoreNeed(actions=("kms:CreateGrant",), told=(("kms:grantoperations", ("Decrypt",)),)),),
        ),
    ),
}
