"""Queries that people ask first of the published tables, in SQL that Athena and other engines take alike.

They read the newest date; the tables are named as in the Glue database.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedQuery:
    """One query with its name and the question it answers."""

    name: str
    description: str
    sql: str


_NEWEST = "dt = (SELECT max(dt) FROM {table})"


def _query(name: str, description: str, table: str, sql: str) -> NamedQuery:
    return NamedQuery(
        name=name, description=description, sql=sql.format(newest=_NEWEST.format(table=table)).strip() + "\n"
    )


NAMED_QUERIES: tuple[NamedQuery, ...] = (
    _query(
        "keys_to_act_on_first",
        "Active keys that are critical or high, the worst first",
        "keys",
        """
SELECT account_id, account_name, user_name, access_key_id, risk_level, risk_reasons, recommended_action,
  admin_access, key_age_days, days_since_last_used
FROM keys
WHERE {newest} AND key_status = 'Active' AND risk_level IN ('critical', 'high')
ORDER BY CASE risk_level WHEN 'critical' THEN 0 ELSE 1 END, key_age_days DESC,
  account_id, user_name, access_key_id
""",
    ),
    _query(
        "keys_that_are_or_become_administrator",
        "Keys that are, or can become, an administrator, and how",
        "keys",
        """
SELECT account_id, account_name, ou_path, user_name, access_key_id, admin_access, admin_via
FROM keys
WHERE {newest} AND can_become_admin
ORDER BY account_id, user_name, access_key_id
""",
    ),
    _query(
        "keys_that_read_data",
        "How many keys read S3, RDS and DynamoDB data, by OU",
        "keys",
        """
SELECT ou_path, count(*) AS active_keys,
  sum(CASE WHEN can_read_s3 THEN 1 ELSE 0 END) AS read_s3,
  sum(CASE WHEN can_read_rds THEN 1 ELSE 0 END) AS read_rds,
  sum(CASE WHEN can_read_dynamodb THEN 1 ELSE 0 END) AS read_dynamodb,
  sum(CASE WHEN can_read_s3 IS NULL OR can_read_rds IS NULL OR can_read_dynamodb IS NULL THEN 1 ELSE 0 END)
    AS not_determined
FROM keys
WHERE {newest} AND key_status = 'Active'
GROUP BY ou_path
ORDER BY active_keys DESC, ou_path
""",
    ),
    _query(
        "keys_never_or_long_not_used",
        "Active keys that were never used, or not for 90 days",
        "keys",
        """
SELECT account_id, account_name, user_name, access_key_id, key_created_at, key_age_days, key_last_used_at,
  never_used, recommended_action
FROM keys
WHERE {newest} AND key_status = 'Active'
  AND ((never_used AND key_age_days >= 90) OR days_since_last_used >= 90)
ORDER BY key_age_days DESC, account_id, user_name, access_key_id
""",
    ),
    _query(
        "accounts_not_read",
        "Accounts of which the report does not know everything, and why",
        "accounts",
        """
SELECT account_id, account_name, account_state, coverage, coverage_note, failed_step, failed_code
FROM accounts
WHERE {newest} AND coverage IN ('partial', 'failed')
ORDER BY coverage, account_id
""",
    ),
    _query(
        "changes_since_last_report",
        "What changed against the report before",
        "changes",
        """
SELECT change, capability, before, after, account_id, user_name, access_key_id, previous_report_date
FROM changes
WHERE {newest}
ORDER BY change, capability, account_id, user_name, access_key_id
""",
    ),
    _query(
        "trend",
        "Active keys, administrators and keys to act on, by date",
        "keys",
        """
SELECT dt, count(*) AS active_keys,
  sum(CASE WHEN can_become_admin THEN 1 ELSE 0 END) AS can_become_admin,
  sum(CASE WHEN risk_level IN ('critical', 'high') THEN 1 ELSE 0 END) AS critical_or_high,
  sum(CASE WHEN never_used THEN 1 ELSE 0 END) AS never_used
FROM keys
WHERE key_status = 'Active'
GROUP BY dt
ORDER BY dt
""",
    ),
    _query(
        "evidence_of_administrators",
        "The paths by which keys are, or become, administrators, with the deciding statement",
        "findings",
        """
SELECT account_id, user_name, access_key_id, verdict, path, attached_to, policy_name, statement_index,
  actions, resources, conditions, witness_action, witness_resource, note
FROM findings
WHERE {newest} AND capability = 'admin_access'
ORDER BY account_id, user_name, access_key_id, path
""",
    ),
)
