"""Who asks: a principal with every policy that bears on its requests, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from job.analyze.language.context import Context
from job.analyze.language.document import Policy, Statement
from job.analyze.language.globs import matches
from job.analyze.verdict import Evidence


@dataclass(frozen=True, slots=True, eq=False)
class Attachment:
    """A policy in one place: `attached_to` is written as in `Evidence`."""

    policy: Policy
    attached_to: str
    name: str
    arn: str | None
    _told: dict[tuple[Statement, str | None], Evidence] = field(default_factory=dict, init=False, repr=False)

    @property
    def label(self) -> str:
        """Where it is and what it is called, in words."""
        return f"{self.attached_to}: {self.name}"

    def evidence(self, statement: Statement, action: str | None = None) -> Evidence:
        """The statement as a person reads it; with an `action`, only the action patterns that match it."""
        found = self._told.get((statement, action))
        if found is None:
            found = self._told[statement, action] = self._evidence(statement, action)
        return found

    def _evidence(self, statement: Statement, action: str | None) -> Evidence:
        negated_actions = "not " if statement.actions.negated else ""
        negated_resources = "not " if statement.resources.negated else ""
        return Evidence(
            attached_to=self.attached_to,
            policy_name=self.name,
            policy_arn=self.arn,
            index=statement.index,
            sid=statement.sid,
            effect=statement.effect.value,
            actions=tuple(negated_actions + a for a in _telling(statement, action)),
            resources=tuple(negated_resources + r for r in statement.written_resources),
            conditions=statement.conditions_json,
        )


@lru_cache(maxsize=8192)
def _telling(statement: Statement, action: str | None) -> tuple[str, ...]:
    if action is None or statement.actions.negated or len(statement.written_actions) == 1:
        return statement.written_actions
    both = zip(statement.actions.patterns, statement.written_actions, strict=True)
    return (
        tuple(written for pattern, written in both if matches(pattern, action)) or statement.written_actions
    )


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The control policies attached to one target: the organization's root, an OU or the account."""

    target: str
    attachments: tuple[Attachment, ...]


MADE_ANEW = "made anew"
"""The unique id of whoever is made under the ARN of another: policies that name that one mean its id."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A principal as its requests are judged.

    `quarantine` holds what AWS attached because a key was found in public. It is no part of `identity`: AWS
    may lift it any time, so verdicts are told without it.
    `kind` is `user`, `role` or `root`. The identity policies of the root user are one that allows everything
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html). `scps` is empty where none bind.
    Once its account `left` the organization, RCPs do not bind its resources either.
    """

    arn: str
    account_id: str
    partition: str
    unique_id: str
    name: str
    kind: str
    identity: tuple[Attachment, ...]
    boundary: Attachment | None
    scps: tuple[Level, ...]
    context: Context
    quarantine: tuple[Attachment, ...] = ()
    left: bool = False


def policies_over(subject: Subject) -> Iterable[Policy]:
    """A subject's own policies, its boundary and the SCPs over it."""
    yield from (a.policy for a in subject.identity)
    if subject.boundary is not None:
        yield subject.boundary.policy
    yield from (a.policy for level in subject.scps for a in level.attachments)


def statements_over(subject: Subject) -> Iterable[Statement]:
    """The statements of a subject's own policies, its boundary and the SCPs over it."""
    return (s for policy in policies_over(subject) for s in policy.statements)
