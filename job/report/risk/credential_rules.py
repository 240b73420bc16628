"""The risk table of long-lived credentials that are no access keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Protocol

from job.policy_file.company_policy import USUAL, PolicyException, Thresholds
from job.report.risk.assessment import Risk, Standing, judged, levels_of, standing
from job.report.risk.rules import RiskRule, risk_rule
from job.snapshot.model import CredentialKind


class AssessedCredential(Protocol):
    """What the rules ask of a credential; None is "not known"."""

    @property
    def kind(self) -> CredentialKind:
        """What it is."""

    @property
    def is_root(self) -> bool:
        """Whether it belongs to the root user."""

    @property
    def is_active(self) -> bool:
        """Whether it lets anybody in."""

    @property
    def expires(self) -> bool:
        """Whether it ends by itself."""

    @property
    def admin_access(self) -> str:
        """The word of whether its owner is, or becomes, an administrator."""

    @property
    def mfa_active(self) -> bool | None:
        """Whether its owner has an MFA device."""

    @property
    def age_days(self) -> int | None:
        """Whole days from its creation to its reading."""

    @property
    def idle_days(self) -> int | None:
        """Whole days from its last use, if never from its creation, to its reading; None: not told."""

    @property
    def thresholds(self) -> Thresholds:
        """From how many days on a credential of its account is old, very old, or unused."""


def _reaches(days: int | None, threshold: int) -> bool:
    return days is not None and days >= threshold


CREDENTIAL_CONDITIONS: Mapping[str, tuple[str, Callable[[AssessedCredential], bool]]] = {
    "active": ("it is active", lambda row: row.is_active),
    "not_active": ("it is inactive or has expired", lambda row: not row.is_active),
    "password": (
        "it is a console password",
        lambda row: row.kind is CredentialKind.CONSOLE_PASSWORD,
    ),
    "no_password": (
        "it is no console password",
        lambda row: row.kind is not CredentialKind.CONSOLE_PASSWORD,
    ),
    "service_specific": (
        "it is for a single service",
        lambda row: row.kind is CredentialKind.SERVICE_SPECIFIC,
    ),
    "certificate": (
        "it is a signing certificate",
        lambda row: row.kind is CredentialKind.SIGNING_CERTIFICATE,
    ),
    "root": ("it belongs to the root user", lambda row: row.is_root),
    "user": ("it belongs to an IAM user", lambda row: not row.is_root),
    "admin": (
        "`admin_access` is `direct` or `escalates`",
        lambda row: row.admin_access in ("direct", "escalates"),
    ),
    "admin_unknown": ("`admin_access` is `unknown`", lambda row: row.admin_access == "unknown"),
    "without_mfa": ("its owner has no MFA device", lambda row: row.mfa_active is False),
    "never_expires": ("it never expires", lambda row: not row.expires),
    "old": (
        f"it is {USUAL.old} days old or older (the policy file's `old`)",
        lambda row: _reaches(row.age_days, row.thresholds.old),
    ),
    "very_old": (
        f"it is {USUAL.very_old} days old or older (the policy file's `very_old`)",
        lambda row: _reaches(row.age_days, row.thresholds.very_old),
    ),
    "unused": (
        f"it was not used for {USUAL.unused} days (the policy file's `unused`; if never, since it was set)",
        lambda row: _reaches(row.idle_days, row.thresholds.unused),
    ),
}

CREDENTIAL_RULES: tuple[RiskRule, ...] = (
    risk_rule(
        "root_password_without_mfa",
        "active password root without_mfa",
        "critical / review",
        "one password holds the account, and nothing limits the root user",
    ),
    risk_rule(
        "admin_password_without_mfa",
        "active password user admin without_mfa",
        "critical / review",
        "one password makes an administrator",
    ),
    risk_rule(
        "password_without_mfa",
        "active password user without_mfa",
        "high / review",
        "a password that was guessed or phished is enough",
    ),
    risk_rule(
        "admin_password_unused",
        "active password user admin unused",
        "high / deactivate",
        "an administrator's password that nobody would miss",
    ),
    risk_rule(
        "password_unused",
        "active password user unused",
        "medium / deactivate",
        "nobody signs in with it",
    ),
    risk_rule(
        "owner_admin",
        "active no_password user admin",
        "high / replace_with_role",
        "its owner's rights end at nothing, so it opens its service to the full",
    ),
    risk_rule(
        "never_expires",
        "active service_specific never_expires",
        "medium / rotate",
        "it could have been given an end, and has none",
    ),
    risk_rule(
        "certificate",
        "active certificate",
        "medium / delete",
        "it signs for interfaces that AWS has largely ended",
    ),
    risk_rule("very_old", "active no_password very_old", "medium / rotate", "a year is long enough to leak"),
    risk_rule("old", "active no_password old", "low / rotate", "older than the usual rotation period"),
    risk_rule(
        "analysis_unknown",
        "active user admin_unknown",
        "medium / review",
        "what its owner can do could not be told, so it may be anything",
    ),
    risk_rule("inactive", "not_active", "low / delete", "it opens nothing now and is not needed"),
)


def assess_credential(credential: AssessedCredential) -> Risk:
    """What the table says about a credential."""
    holding = frozenset(name for name, (_, holds) in CREDENTIAL_CONDITIONS.items() if holds(credential))
    return judged(CREDENTIAL_RULES, holding)


_LEVELS = levels_of(CREDENTIAL_RULES)


def credential_standing(risk: Risk, exceptions: Collection[PolicyException], on: date) -> Standing:
    """What exceptions about a credential leave of its risk on a day."""
    return standing(risk, exceptions, on, _LEVELS)
