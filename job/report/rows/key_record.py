"""A key as the columns and the risk rules read it: whose it is, what it can do, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from job.analyze.verdict import (
    AdminAccess,
    CapabilityVerdict,
    PrincipalVerdicts,
    StoreAccess,
    Verdict,
)
from job.policy_file.company_policy import AccountPolicy, KeyTraits, PolicyException, Thresholds
from job.report.accounts.reported import ReportedUser
from job.report.accounts.runs import ReportRun
from job.report.comparison.changes import ADMIN_VERDICT
from job.report.comparison.history import Past
from job.report.risk.assessment import Risk, Standing, assess, standing
from job.report.risk.replacements import ProbableUser, UserTraits, probable_user
from job.report.rows.account_rows import PlacedAccount
from job.snapshot.model import AccessKey

_COMPLETE = "complete"


class CapabilityTitle(Protocol):
    """What the report needs to know of a capability."""

    @property
    def id(self) -> str:
        """Its column's name, such as `s3_read`."""

    @property
    def title(self) -> str:
        """Its name for people."""


def verdict_words(
    verdicts: PrincipalVerdicts | None, capabilities: Iterable[CapabilityTitle]
) -> Mapping[str, str]:
    """The verdicts of a user's keys, `admin_access` first; without an analysis everything is unknown."""
    admin = verdicts.admin_access.value if verdicts else AdminAccess.UNKNOWN.value
    answers = verdicts.capabilities if verdicts else {}
    return {ADMIN_VERDICT: admin, **{each.id: _word(answers.get(each.id)) for each in capabilities}}


def _word(answer: CapabilityVerdict | None) -> str:
    return (answer.verdict if answer else Verdict.UNKNOWN).value


@dataclass(frozen=True, kw_only=True)
class KeyRecord:
    """One key: whose it is, what it can do, and what became of it since it was last read.

    `verdicts` is None where the analysis of its user is missing; `words` has a verdict all the same, by
    `admin_access` and capability id.
    """

    run: ReportRun
    account: PlacedAccount
    user: ReportedUser
    key: AccessKey
    verdicts: PrincipalVerdicts | None
    words: Mapping[str, str]
    past: Past
    policy: AccountPolicy

    @cached_property
    def exceptions(self) -> tuple[PolicyException, ...]:
        """What the policy file accepts of it, expired or not, whether its rules apply or not."""
        traits = KeyTraits(
            user_name=self.user.name, user_tags=self.user.tags, access_key_id=self.key.access_key_id
        )
        return self.policy.about(traits)

    @cached_property
    def standing(self) -> Standing:
        """What of its risk is accepted on the day of the report."""
        return standing(self.risk, self.exceptions, self.run.report_date)

    @property
    def owner(self) -> str | None:
        """Who owns it, by the owner tags of the policy file."""
        return self.policy.owner(self.user.tags)

    @cached_property
    def probable_user(self) -> ProbableUser | None:
        """Who probably uses it; None for the root user's."""
        stated = self.user.credentials
        return probable_user(
            UserTraits(
                user_name=self.user.name,
                user_path=self.user.path,
                tags=self.user.tags,
                groups=self.user.groups,
                console_password=stated.password_enabled if stated else None,
            )
        )

    @property
    def thresholds(self) -> Thresholds:
        """From how many days on a key of its account is old, very old, or unused."""
        return self.policy.thresholds

    @cached_property
    def risk(self) -> Risk:
        """How bad it is."""
        return assess(self)

    @property
    def is_root(self) -> bool:
        """Whether it belongs to the root user."""
        return self.user.is_root

    @property
    def is_active(self) -> bool:
        """Whether it signs requests."""
        return self.key.active

    @property
    def in_management_account(self) -> bool | None:
        """Whether its account is the management account."""
        return self.account.is_management

    @property
    def admin_access(self) -> str:
        """The word of whether it is, or becomes, an administrator."""
        return self.words[ADMIN_VERDICT]

    @cached_property
    def reads(self) -> frozenset[str]:
        """The words of all capabilities."""
        return frozenset([word for name, word in self.words.items() if name != ADMIN_VERDICT])

    @cached_property
    def age_days(self) -> int | None:
        """Whole days from its creation to its reading."""
        return self._days_since(self.key.created_at)

    @cached_property
    def idle_days(self) -> int | None:
        """Whole days from its last use to its reading; None too when it was never used."""
        return self._days_since(self.key.last_use.date) if self.key.last_use else None

    @property
    def never_used(self) -> bool | None:
        """Whether it never signed a request; None where that was not read."""
        return self.key.last_use is None if self.key.last_use_read else None

    @property
    def password_without_mfa(self) -> bool:
        """Whether its user signs in with a password alone, as far as that is known."""
        stated = self.user.credentials
        return stated is not None and stated.password_enabled is True and stated.mfa_active is False

    @property
    def reachable_accounts(self) -> int | None:
        """In how many accounts it can end up, its own included."""
        return self.verdicts.reachable_accounts if self.verdicts else None

    @property
    def analysis_complete(self) -> bool:
        """Whether everything that bears on its verdicts was looked at."""
        return self.verdicts is not None and self.verdicts.status == _COMPLETE

    @property
    def known_leaked(self) -> bool | None:
        """Whether AWS found a key of its user in public."""
        return self.verdicts.known_leaked if self.verdicts else None

    def is_sensitive(self, access: StoreAccess) -> bool | None:
        """Whether the policy file calls a store that it reads sensitive; None where that is not known."""
        holder = self.account.organization.accounts.get(access.store_account_id)
        return self.run.policy.sensitive.includes(holder.tags if holder else None, access.store_tags)

    def answer(self, capability_id: str) -> CapabilityVerdict | None:
        """What the analysis says about a capability; None where it says nothing."""
        return self.verdicts.capabilities.get(capability_id) if self.verdicts else None

    def _days_since(self, moment: datetime | None) -> int | None:
        read_at = self.account.collected_at or self.run.now
        return None if moment is None else max(0, (read_at - moment).days)
