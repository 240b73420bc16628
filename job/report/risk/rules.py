"""The risk table: named conditions over what is known of a key, and rules made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from job.policy_file.company_policy import USUAL, Thresholds

LEVELS = ("low", "medium", "high", "critical")
ACTIONS = ("review", "rotate", "replace_with_role", "deactivate", "delete")
"""From the weakest to the strongest."""


class AssessedKey(Protocol):
    """What the rules ask of a key; None is "not known"."""

    @property
    def is_root(self) -> bool:
        """Whether it belongs to the root user."""

    @property
    def is_active(self) -> bool:
        """Whether it signs requests."""

    @property
    def in_management_account(self) -> bool | None:
        """Whether its account is the organization's management account."""

    @property
    def admin_access(self) -> str:
        """The word of whether it is, or becomes, an administrator."""

    @property
    def reads(self) -> frozenset[str]:
        """The words of all capabilities."""

    @property
    def age_days(self) -> int | None:
        """Whole days from its creation to its reading."""

    @property
    def idle_days(self) -> int | None:
        """Whole days from its last use to its reading; None too when it was never used."""

    @property
    def never_used(self) -> bool | None:
        """Whether it never signed a request."""

    @property
    def password_without_mfa(self) -> bool:
        """Whether its user signs in with a password alone, as far as that is known."""

    @property
    def reachable_accounts(self) -> int | None:
        """In how many accounts it can end up, its own included."""

    @property
    def analysis_complete(self) -> bool:
        """Whether everything that bears on its verdicts was looked at."""

    @property
    def known_leaked(self) -> bool | None:
        """Whether AWS found a key of its user in public."""

    @property
    def thresholds(self) -> Thresholds:
        """From how many days on a key of its account is old, very old, or unused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRule:
    """One row: applies when every condition in `when` holds; `why` is the sentence a person reads."""

    id: str
    when: tuple[str, ...]
    level: str
    action: str
    why: str


def _old(key: AssessedKey) -> bool:
    return key.age_days is not None and key.age_days >= key.thresholds.old


def _unused(key: AssessedKey) -> bool:
    """For a key never used its age counts."""
    idle = key.age_days if key.never_used else key.idle_days
    return idle is not None and idle >= key.thresholds.unused


def _verdict_unknown(key: AssessedKey) -> bool:
    return key.admin_access == "unknown" or "unknown" in key.reads or not key.analysis_complete


CONDITIONS: Mapping[str, tuple[str, Callable[[AssessedKey], bool]]] = {
    "active": ("the key is active", lambda key: key.is_active),
    "inactive": ("the key is inactive", lambda key: not key.is_active),
    "root": ("it belongs to the root user", lambda key: key.is_root),
    "user": ("it belongs to an IAM user", lambda key: not key.is_root),
    "management": (
        "its account is the management account",
        lambda key: key.in_management_account is True,
    ),
    "admin": (
        "`admin_access` is `direct` or `escalates`",
        lambda key: key.admin_access in ("direct", "escalates"),
    ),
    "admin_conditional": (
        "`admin_access` is `conditional`",
        lambda key: key.admin_access == "conditional",
    ),
    "reads_all": ("some capability is `all`", lambda key: "all" in key.reads),
    "reads_some": (
        "some capability is `some` or `conditional`",
        lambda key: bool(key.reads & {"some", "conditional"}),
    ),
    "unknown": (
        "`admin_access` or some capability is `unknown`, or `analysis_status` is not `complete`",
        _verdict_unknown,
    ),
    "old": (f"it is {USUAL.old} days old or older (the policy file's `old`)", _old),
    "very_old": (
        f"it is {USUAL.very_old} days old or older (the policy file's `very_old`)",
        lambda key: key.age_days is not None and key.age_days >= key.thresholds.very_old,
    ),
    "age_unknown": ("its age is not known", lambda key: key.age_days is None),
    "unused": (
        f"it was not used for {USUAL.unused} days (the policy file's `unused`; if never, since its creation)",
        _unused,
    ),
    "used_once": ("it has been used", lambda key: key.never_used is False),
    "never_used": ("it was never used", lambda key: key.never_used is True),
    "use_unknown": ("its last use is not known", lambda key: key.never_used is None),
    "password_without_mfa": (
        "its user has a console password and no MFA device",
        lambda key: key.password_without_mfa,
    ),
    "known_leaked": (
        "AWS found a key of its user in public and quarantined the user",
        lambda key: key.known_leaked is True,
    ),
    "crosses_accounts": (
        "it reaches roles in other accounts",
        lambda key: key.reachable_accounts is not None and key.reachable_accounts > 1,
    ),
}
"""What a rule may ask, with the words for it."""


def risk_rule(id_: str, when: str, verdict: str, why: str) -> RiskRule:
    """A rule from its conditions, separated by blanks, and its `level / action`."""
    level, action = verdict.split(" / ")
    return RiskRule(id=id_, when=tuple(when.split()), level=level, action=action, why=why)


RULES: tuple[RiskRule, ...] = (
    risk_rule(
        "root_key", "active root", "critical / delete", "nothing limits a root key and no task needs one"
    ),
    risk_rule(
        "root_key_inactive",
        "inactive root",
        "high / delete",
        "whoever signs in as root can switch it on again",
    ),
    risk_rule(
        "known_leaked",
        "active user known_leaked",
        "critical / deactivate",
        "a key of its user was found in public; the quarantine is AWS's brake, it ends nothing",
    ),
    risk_rule(
        "admin_old",
        "active user admin old",
        "critical / replace_with_role",
        "an administrator's key that is not rotated",
    ),
    risk_rule(
        "admin_unused",
        "active user admin unused",
        "critical / deactivate",
        "an administrator's key that nobody would miss",
    ),
    risk_rule(
        "admin_unknown_use",
        "active user admin use_unknown",
        "critical / replace_with_role",
        "an administrator's key and no knowledge whether it is in use",
    ),
    risk_rule(
        "admin_management_account",
        "active user admin management",
        "critical / replace_with_role",
        "no SCP binds the management account: it holds the whole organization",
    ),
    risk_rule(
        "admin",
        "active user admin",
        "high / replace_with_role",
        "whoever finds the key owns the account",
    ),
    risk_rule(
        "admin_conditional_old",
        "active user admin_conditional old",
        "high / replace_with_role",
        "not rotated, and an administrator if an open condition holds",
    ),
    risk_rule(
        "admin_conditional",
        "active user admin_conditional",
        "medium / replace_with_role",
        "an administrator if an open condition holds",
    ),
    risk_rule(
        "reads_all_old",
        "active user reads_all old",
        "high / replace_with_role",
        "reads all data of a kind and is not rotated",
    ),
    risk_rule(
        "reads_all_unused",
        "active user reads_all unused",
        "high / deactivate",
        "reads all data of a kind and nobody would miss it",
    ),
    risk_rule(
        "reads_all",
        "active user reads_all",
        "medium / replace_with_role",
        "reads all data of a kind",
    ),
    risk_rule(
        "reads_some_old",
        "active user reads_some old",
        "medium / replace_with_role",
        "reads data and is not rotated",
    ),
    risk_rule("reads_some", "active user reads_some", "low / replace_with_role", "reads data"),
    risk_rule(
        "crosses_accounts",
        "active user crosses_accounts",
        "medium / replace_with_role",
        "its theft does not stay in one account",
    ),
    risk_rule(
        "management_account",
        "active user management",
        "medium / review",
        "a workload's key has no place in the management account",
    ),
    risk_rule(
        "never_used_old",
        "active user never_used old",
        "medium / delete",
        "made, never used, still valid",
    ),
    risk_rule(
        "unused",
        "active user used_once unused",
        "medium / deactivate",
        "no longer in use; delete it when nothing broke",
    ),
    risk_rule("very_old", "active user very_old", "medium / rotate", "a year is long enough to have leaked"),
    risk_rule("old", "active user old", "low / rotate", "older than the usual rotation period"),
    risk_rule(
        "password_without_mfa",
        "active user password_without_mfa",
        "medium / review",
        "its user can also be taken over by a password alone",
    ),
    risk_rule(
        "analysis_unknown",
        "active user unknown",
        "medium / review",
        "what it can do could not be told, so it may be anything",
    ),
    risk_rule(
        "last_use_unknown",
        "active user use_unknown",
        "medium / review",
        "whether it is in use could not be told",
    ),
    risk_rule("age_unknown", "active user age_unknown", "medium / review", "its age could not be told"),
    risk_rule(
        "inactive_admin",
        "inactive user admin",
        "medium / delete",
        "one call makes it an administrator's key again",
    ),
    risk_rule(
        "inactive_unknown",
        "inactive user unknown",
        "medium / delete",
        "one call makes it valid again, for what could not be told",
    ),
    risk_rule(
        "inactive", "inactive user", "low / delete", "it signs nothing now; one call makes it valid again"
    ),
)
