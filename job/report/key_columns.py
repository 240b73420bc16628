"""The fixed columns of the `keys` dataset, in order; capabilities and tags come between and after."""

from __future__ import annotations

from job.report.columns import ColumnType, fixed_columns

_STRING, _INT, _BOOLEAN = ColumnType.STRING, ColumnType.INT, ColumnType.BOOLEAN
_DATE, _TIMESTAMP = ColumnType.DATE, ColumnType.TIMESTAMP
_LIST, _MAP = ColumnType.LIST, ColumnType.MAP

RUN_COLUMNS = fixed_columns(
    (
        ("report_date", _DATE, "UTC date of the run's start"),
        ("run_id", _STRING, "the scheduled time, the execution's name, or what was generated"),
        (
            "schema_version",
            _INT,
            "major version of these columns: names and meanings never change within one",
        ),
    )
)

ACCOUNT_COLUMNS = fixed_columns(
    (
        ("collected_at", _TIMESTAMP, "when this account was read; ages are counted up to this moment"),
        (
            "credential_report_at",
            _TIMESTAMP,
            "when AWS generated the account's credential report; null = not read",
        ),
        ("organization_id", _STRING, "id of the organization (`o-…`)"),
        ("account_id", _STRING, "twelve digits, text: zeros in front are kept"),
        ("account_name", _STRING, "name in AWS Organizations; null = not read"),
        ("account_email", _STRING, "e-mail address of the account's root user; null = not read"),
        (
            "account_state",
            _STRING,
            "state in AWS Organizations, such as `ACTIVE` or `SUSPENDED`; null = not read",
        ),
        (
            "is_management_account",
            _BOOLEAN,
            "whether it is the organization's management account, which SCPs do not bind",
        ),
        ("ou_id", _STRING, "id of the parent OU (`ou-…`) or root (`r-…`)"),
        ("ou_path", _STRING, "names from the root to the parent OU joined by `/`; a `/` in a name is `%2F`"),
        ("ou_level_1", _STRING, "the OU directly below the root; null = the account is in the root"),
        ("ou_level_2", _STRING, "the OU on the second level; null = none"),
        ("ou_level_3", _STRING, "the OU on the third level; null = none"),
        ("ou_level_4", _STRING, "the OU on the fourth level; null = none"),
        ("ou_level_5", _STRING, "the OU on the fifth level; null = none"),
        ("account_tags", _MAP, "all tags of the account; `{}` = none, null = not read"),
    )
)

PRINCIPAL_COLUMNS = fixed_columns(
    (
        ("principal_type", _STRING, "`iam_user` or `root`"),
        ("user_name", _STRING, "the IAM user's name, `<root_account>` for the root user"),
        ("user_arn", _STRING, "ARN of the user"),
        ("user_path", _STRING, "path of the user, `/` for none; null for the root user"),
        ("user_created_at", _TIMESTAMP, "when the user was created"),
        ("user_tags", _MAP, "all tags of the user; `{}` = none, null = not read"),
        ("user_groups", _LIST, "groups the user is in; null = none, or not read (see `analysis_status`)"),
        (
            "console_password",
            _BOOLEAN,
            "whether it can sign in to the console; null = credential report not read",
        ),
        ("password_last_used_at", _TIMESTAMP, "last console sign-in; null = never, or not read"),
        ("mfa_active", _BOOLEAN, "whether an MFA device is enabled; null = credential report not read"),
    )
)

KEY_COLUMNS = fixed_columns(
    (
        ("access_key_id", _STRING, "id of the key; null for a root key, whose id AWS does not tell"),
        ("key_status", _STRING, "`Active` or `Inactive`"),
        ("key_created_at", _TIMESTAMP, "when the key was created"),
        (
            "key_age_days",
            _INT,
            "whole days from its creation to `collected_at`; being switched on again makes no key younger",
        ),
        (
            "key_last_used_at",
            _TIMESTAMP,
            "when it last signed a request; null = never, or not read (see `never_used`)",
        ),
        (
            "days_since_last_used",
            _INT,
            "whole days from its last use to `collected_at`; null = never used, or not read",
        ),
        ("key_last_used_service", _STRING, "service of the last use, such as `s3`"),
        (
            "key_last_used_region",
            _STRING,
            "Region of the last use; null is normal for services without Regions, such as S3",
        ),
        ("never_used", _BOOLEAN, "whether it never signed a request; null = not read"),
        (
            "policies",
            _LIST,
            "every policy that applies: `user/inline:NAME`, `user/ARN`, `group G/inline:NAME`, `group G/ARN`",
        ),
        ("permissions_boundary_arn", _STRING, "the user's permissions boundary; null = none"),
    )
)

ADMIN_COLUMNS = fixed_columns(
    (
        (
            "admin_access",
            _STRING,
            "`direct` (is an administrator), `escalates` (becomes one), `conditional`, `none`, `unknown`",
        ),
        ("is_admin", _BOOLEAN, "`admin_access` is `direct`; null = unknown"),
        (
            "can_become_admin",
            _BOOLEAN,
            "`admin_access` is `direct`, `escalates` or `conditional`; null = unknown",
        ),
        ("admin_via", _LIST, "each first step: `direct`, `escalation:E03`, `role:ARN`"),
    )
)

CAN_READ_COLUMNS = fixed_columns(
    (
        ("can_read_s3", _BOOLEAN, "`s3_read` is `all`, `some` or `conditional`; null = unknown"),
        ("can_read_rds", _BOOLEAN, "`rds_read` is `all`, `some` or `conditional`; null = unknown"),
        ("can_read_dynamodb", _BOOLEAN, "`dynamodb_read` is `all`, `some` or `conditional`; null = unknown"),
    )
)

CAN_READ_SOURCES = (
    ("can_read_s3", "s3_read"),
    ("can_read_rds", "rds_read"),
    ("can_read_dynamodb", "dynamodb_read"),
)
"""Which capability each of the boolean columns sums up."""

RESULT_COLUMNS = fixed_columns(
    (
        ("reachable_roles", _INT, "roles this key can end up in, in any number of hops; null = unknown"),
        ("reachable_accounts", _INT, "accounts those roles live in, its own included; null = unknown"),
        (
            "limited_by",
            _LIST,
            "what narrowed a verdict: `boundary`, `scp`, `rcp`, `deny`, `condition`, `mfa`; or `quarantine`",
        ),
        ("analysis_status", _STRING, "`complete`, `partial` or `failed`"),
        ("analysis_note", _STRING, "what was not looked at"),
        ("risk_level", _STRING, "`critical`, `high`, `medium` or `low`, by the rules of the risk table"),
        ("risk_reasons", _LIST, "ids of the rules of the risk table that apply"),
        ("recommended_action", _STRING, "`delete`, `deactivate`, `replace_with_role`, `rotate` or `review`"),
        (
            "first_seen_date",
            _DATE,
            "date of the first report that held the key; null in the first report of all",
        ),
        (
            "change",
            _STRING,
            "since the account was last read: `new`, `unchanged`, `changed`; null = it was not read before",
        ),
    )
)

LATER_COLUMNS = fixed_columns(
    (
        (
            "known_leaked",
            _BOOLEAN,
            "whether AWS found a key of the user in public and quarantined the user; null = not read",
        ),
    )
)
"""Columns that came later, behind the tags: a reader by position finds the earlier ones in place."""
