"""`stores`: one row a named data store, with how many keys read it and whom its policy lets in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from job.analyze.verdict import StoreAccess, StoreOpening, Verdict
from job.report.accounts.runs import ReportRun
from job.report.rows.access_rows import SENSITIVE, STORE_ARN, STORE_NAME, is_of_administrator
from job.report.rows.account_rows import ACCOUNT_COLUMNS, PlacedAccount
from job.report.rows.key_record import KeyRecord
from job.report.rows.run_columns import RUN_COLUMNS
from job.report.schema.columns import Column, ColumnType, Value

_STRING, _INT, _BOOLEAN = ColumnType.STRING, ColumnType.INT, ColumnType.BOOLEAN
_LIST, _MAP = ColumnType.LIST, ColumnType.MAP
_READS = (Verdict.ALL, Verdict.SOME, Verdict.CONDITIONAL)


@dataclass(slots=True)
class ReaderCounts:
    """How many keys read each store: as themselves, through others, as administrators of its account."""

    direct: dict[str, int] = field(default_factory=dict)
    through_roles: dict[str, int] = field(default_factory=dict)
    as_administrators: dict[str, int] = field(default_factory=dict)

    def add(self, keys: Iterable[KeyRecord]) -> None:
        """Count what these keys read."""
        for key in keys:
            for access in key.verdicts.stores if key.verdicts else ():
                if access.verdict in _READS:
                    counts = self._of(key, access)
                    counts[access.store_arn] = counts.get(access.store_arn, 0) + 1

    def extend(self, others: ReaderCounts) -> None:
        """Add what was counted of other keys."""
        for mine, theirs in (
            (self.direct, others.direct),
            (self.through_roles, others.through_roles),
            (self.as_administrators, others.as_administrators),
        ):
            for arn, count in theirs.items():
                mine[arn] = mine.get(arn, 0) + count

    def _of(self, key: KeyRecord, access: StoreAccess) -> dict[str, int]:
        if key.verdicts is not None and is_of_administrator(key.verdicts, access):
            return self.as_administrators
        return self.direct if "direct" in access.via else self.through_roles


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRecord:
    """One named store of an account."""

    run: ReportRun
    account: PlacedAccount
    opening: StoreOpening
    readers: ReaderCounts

    @property
    def arn(self) -> str:
        """The store's ARN."""
        return self.opening.store.arn


def _arn(row: StoreRecord) -> str:
    return row.arn


def _name(row: StoreRecord) -> str:
    return row.opening.store.name


def _is_sensitive(row: StoreRecord) -> Value:
    return row.run.policy.sensitive.includes(row.account.listed.tags, row.opening.store.tags)


def _object_acls(row: StoreRecord) -> Value:
    acls = row.opening.store.object_acls
    return None if acls is None else acls.value


_Store = Column[StoreRecord]

STORES_COLUMNS: tuple[Column[StoreRecord], ...] = (
    *RUN_COLUMNS,
    *ACCOUNT_COLUMNS,
    _Store(
        "store_type",
        _STRING,
        "`bucket`, `table`, `db_cluster`, `db_instance`, `secret`, `parameter` or `kms_key`",
        lambda row: row.opening.store.type.value,
    ),
    STORE_ARN.over(_arn),
    STORE_NAME.over(_name, "its name; of a KMS key its first alias, else its id"),
    _Store("store_region", _STRING, "the Region it is in", lambda row: row.opening.store.region),
    _Store(
        "store_tags",
        _MAP,
        "all tags of the store; `{}` = none, null = not read",
        lambda row: row.opening.store.tags,
    ),
    _Store(
        "store_key_arn",
        _STRING,
        "the KMS key or alias that encrypts it; null = a key of AWS's own, or not read",
        lambda row: row.opening.store.key_arn,
    ),
    _Store(
        "policy_status",
        _STRING,
        "its own policy: `read`, `none` (it has none), `not_read`",
        lambda row: row.opening.store.policy_status.value,
    ),
    SENSITIVE.over(_is_sensitive),
    KEYS_DIRECT := _Store(
        "keys_direct",
        _INT,
        "keys of the report that read it as themselves, administrators of its account apart",
        lambda row: row.readers.direct.get(row.arn, 0),
    ),
    KEYS_THROUGH_ROLES := _Store(
        "keys_through_roles",
        _INT,
        "keys that read it through roles, or after changes that they may make",
        lambda row: row.readers.through_roles.get(row.arn, 0),
    ),
    KEYS_AS_ADMINISTRATORS := _Store(
        "keys_as_administrators",
        _INT,
        "keys that read it because they are, or become, administrators of its account",
        lambda row: row.readers.as_administrators.get(row.arn, 0),
    ),
    _Store(
        "other_accounts",
        _LIST,
        "ids of other accounts that its policy or its grants let in; null = not known",
        lambda row: row.opening.other_accounts,
    ),
    OPEN_TO_ALL := _Store(
        "open_to_all",
        _BOOLEAN,
        "whether its policy lets everybody in, as AWS means public; null = not known",
        lambda row: row.opening.open_to_all,
    ),
    _Store(
        "object_acls",
        _STRING,
        "whether a bucket's objects may let in others by access control lists of their own, which are not "
        "read: `off`, `on`, `not_read`; null = no bucket",
        _object_acls,
    ),
)
"""Of the dataset `stores`, in their order; a new one goes at the end."""
