"""The columns of the `accounts`, `findings` and `changes` datasets, in their order."""

from __future__ import annotations

from job.report.columns import ColumnType, fixed_columns
from job.report.key_columns import ACCOUNT_COLUMNS, RUN_COLUMNS

_STRING, _INT, _LIST = ColumnType.STRING, ColumnType.INT, ColumnType.LIST
_DATE, _TIMESTAMP = ColumnType.DATE, ColumnType.TIMESTAMP

COVERAGE_COLUMNS = fixed_columns(
    (
        ("joined_at", _TIMESTAMP, "when the account joined the organization; null = not read"),
        (
            "coverage",
            _STRING,
            "`complete`, `partial` (something is missing), `failed` (nothing was read), `skipped`",
        ),
        ("coverage_note", _STRING, "why it was skipped, or what is missing; null for complete"),
        ("failed_step", _STRING, "the first step that failed; null = none"),
        ("failed_code", _STRING, "AWS's error code of that step; null = none"),
        ("failures", _LIST, "every failure as `step:code`"),
        ("role_used", _STRING, "ARN of the role the account was read with; null = not read in this run"),
        ("users", _INT, "IAM users; null = not read"),
        (
            "keys",
            _INT,
            "access keys, root's and inactive ones included; null = not all of them could be read",
        ),
        ("active_keys", _INT, "active access keys, root's included; null = not all of them could be read"),
        ("reported_keys", _INT, "rows of this account in the `keys` dataset; null for failed and skipped"),
        ("api_calls", _INT, "AWS API calls made for it when it was read; null = the snapshot does not say"),
        ("retries", _INT, "how many of them were repetitions; null = the snapshot does not say"),
        ("seconds", _INT, "time it took, rounded up; null = the snapshot does not say"),
    )
)

_WHOSE_COLUMNS = (
    ("account_id", _STRING, "twelve digits, text"),
    ("account_name", _STRING, "name in AWS Organizations; null = not read"),
    ("user_name", _STRING, "the IAM user's name, `<root_account>` for the root user"),
    ("user_arn", _STRING, "ARN of the user"),
    ("access_key_id", _STRING, "id of the key; null for a root key"),
    ("key_status", _STRING, "`Active` or `Inactive`"),
    ("key_created_at", _TIMESTAMP, "when the key was created"),
)

FINDING_COLUMNS = fixed_columns(
    (
        *_WHOSE_COLUMNS,
        (
            "capability",
            _STRING,
            "`admin_access`, a capability's id, or, counted nowhere, `credentials_exposure` or `information`",
        ),
        ("verdict", _STRING, "what this one path gives: the words of the capability's column in `keys`"),
        ("data_class", _STRING, "`direct`, `copied`, `granted` or `credentials`; null where it is no data"),
        ("methods", _LIST, "methods of the table that this cause opens, such as `E03`"),
        ("path", _STRING, 'the hops from the user to the end as JSON: `[{"by","kind","name"}…]`'),
        (
            "attached_to",
            _STRING,
            "where the deciding policy is: `user`, `group NAME`, `role NAME`, …",
        ),
        ("policy_name", _STRING, "name of the deciding policy"),
        ("policy_arn", _STRING, "its ARN; null for an inline or trust policy"),
        ("statement_index", _INT, "which of its statements, counted from 1"),
        ("statement_sid", _STRING, "that statement's Sid; null = none"),
        ("actions", _LIST, "its Action (or NotAction) patterns"),
        ("resources", _LIST, "its Resource (or NotResource) patterns"),
        ("conditions", _STRING, "its Condition as JSON; null = none"),
        ("evidence", _STRING, "every statement along the path as JSON, in its order"),
        ("narrowed_by", _STRING, "the layer that narrows it; null = none"),
        (
            "witness_principal",
            _STRING,
            "who makes the witness request: the user, or the role at the path's end",
        ),
        ("witness_action", _STRING, "one concrete action that the key could request; null = no witness"),
        ("witness_resource", _STRING, "the concrete resource of that request"),
        (
            "witness_context",
            _STRING,
            "values of open condition keys that the request needs, as JSON; null = none",
        ),
        ("note", _STRING, "what else must be so, or is not known"),
    ),
    full=True,
)

CHANGE_COLUMNS = fixed_columns(
    (
        (
            "previous_report_date",
            _DATE,
            "date of the report compared with: the last one for which the key's account was read",
        ),
        ("previous_run_id", _STRING, "its run"),
        *_WHOSE_COLUMNS,
        (
            "change",
            _STRING,
            "`new`, `gone`, `activated`, `deactivated`, `gained`, `lost`, `used_after_silence`",
        ),
        ("capability", _STRING, "for gained and lost: `admin_access` or the id of a capability"),
        ("before", _STRING, "verdict, status or last use when it was last known"),
        ("after", _STRING, "the same now"),
    )
)

ACCOUNTS_DATASET_COLUMNS = (*RUN_COLUMNS, *ACCOUNT_COLUMNS, *COVERAGE_COLUMNS)
FINDINGS_DATASET_COLUMNS = (*RUN_COLUMNS, *FINDING_COLUMNS)
CHANGES_DATASET_COLUMNS = (*RUN_COLUMNS, *CHANGE_COLUMNS)
