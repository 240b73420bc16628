"""What of a policy file counts on a day: what has expired, and what is about nothing that was reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from job.policy_file.company_policy import Policy, PolicyException


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What of a file was about something: the lines of overrides, the ids of exceptions, the keys of tags.

    `matching` exceptions are about a reported key or other credential; `needed` counts the keys that one of
    its rules applies to, `needed_by_credentials` the others. `owner_tags` were found on the user or account
    of one, `account_tags` and `store_tags` made an account's data or a store sensitive; `stores` tells
    whether named stores were read.
    """

    overrides: frozenset[int] = frozenset()
    matching: frozenset[str] = frozenset()
    needed: Mapping[str, int] = field(default_factory=dict)
    needed_by_credentials: Mapping[str, int] = field(default_factory=dict)
    owner_tags: frozenset[str] = frozenset()
    account_tags: frozenset[str] = frozenset()
    store_tags: frozenset[str] = frozenset()
    stores: bool = False

    def __or__(self, other: Usage) -> Usage:
        """What either was about, of different accounts."""
        return Usage(
            overrides=self.overrides | other.overrides,
            matching=self.matching | other.matching,
            needed=Counter(self.needed) + Counter(other.needed),
            needed_by_credentials=Counter(self.needed_by_credentials) + Counter(other.needed_by_credentials),
            owner_tags=self.owner_tags | other.owner_tags,
            account_tags=self.account_tags | other.account_tags,
            store_tags=self.store_tags | other.store_tags,
            stores=self.stores or other.stores,
        )


class State(StrEnum):
    """Whether an exception counts, and if not, why not."""

    HOLDS = "holds"
    EXPIRED = "expired"
    UNMATCHED = "unmatched"
    NOT_NEEDED = "not_needed"


def state_of(exception: PolicyException, usage: Usage, on: date) -> State:
    """What became of an exception by a day."""
    if not exception.holds_on(on):
        return State.EXPIRED
    if exception.id not in usage.matching:
        return State.UNMATCHED
    is_needed = usage.needed.get(exception.id) or usage.needed_by_credentials.get(exception.id)
    return State.HOLDS if is_needed else State.NOT_NEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What to know about a part of the file that is good but does nothing, or no longer."""

    line: int
    state: State
    text: str


def remarks(policy: Policy, usage: Usage, on: date) -> tuple[Remark, ...]:
    """What has expired by a day, and what matched nothing, in the order of the file."""
    return tuple(sorted(_remarks(policy, usage, on), key=lambda remark: remark.line))


def _remarks(policy: Policy, usage: Usage, on: date) -> Iterator[Remark]:
    for override in policy.overrides:
        if override.line not in usage.overrides:
            text = "thresholds.override: no account matches, or an earlier override is about it"
            yield Remark(line=override.line, state=State.UNMATCHED, text=text)
    for exception in policy.exceptions:
        state = state_of(exception, usage, on)
        if state is not State.HOLDS:
            text = f"exception {exception.id}: {_words(exception, state)}"
            yield Remark(line=exception.line, state=state, text=text)

    yield from _remarks_on_tags(policy, usage)


def _remarks_on_tags(policy: Policy, usage: Usage) -> Iterator[Remark]:
    """Tags that nothing has: a misspelt one leaves keys without an owner, or data without its mark."""
    sensitive = policy.sensitive
    for key in policy.owner_tags:
        if key not in usage.owner_tags:
            text = f"owner.tags: no user of a reported key or credential, and no account of one, has {key}"
            yield Remark(line=policy.owner_line, state=State.UNMATCHED, text=text)
    for key in sensitive.account_tags:
        if key not in usage.account_tags:
            text = f"sensitive.account_tags: no account has {key} with one of these values"
            yield Remark(line=sensitive.line, state=State.UNMATCHED, text=text)
    for key in sensitive.store_tags if usage.stores else ():
        if key not in usage.store_tags:
            text = f"sensitive.store_tags: no data store has {key} with one of these values"
            yield Remark(line=sensitive.line, state=State.UNMATCHED, text=text)


def _words(exception: PolicyException, state: State) -> str:
    if state is State.EXPIRED:
        return f"expired on {exception.expires}, and no longer counts"
    if state is State.UNMATCHED:
        return "no reported key or credential matches"
    return "none of its rules applies to what it is about any more"
