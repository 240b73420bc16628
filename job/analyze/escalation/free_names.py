"""Resources on which several actions are allowed together, and names among them that nobody has."""

from __future__ import annotations

from collections.abc import Iterable

from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.language.certainty import Certainty
from job.analyze.language.globs import UndecidedError, find_word, plain
from job.analyze.principals.members import AccountEntry, Member
from job.analyze.service_reference.actions import Kind


def joint(
    listed_applicable: Iterable[ApplicableStatements], kind_templates: Iterable[str], step: Step
) -> Held:
    """One resource of a kind on which all the actions are allowed together."""
    kind = Kind.of(kind_templates, step.subject.partition, step.subject.account_id)
    listed = list(listed_applicable)
    for certainty in (Certainty.CERTAIN, Certainty.POSSIBLE, Certainty.CONCEIVABLE):
        unions = [u for f in listed for u in f.unions(certainty)]
        denied = tuple(s for f in listed for s in f.denied(certainty))
        try:
            word = find_word([kind.include, *unions], (*kind.exclude, *denied), step.rights.budget)
        except UndecidedError:
            step.rights.budget.blame(label for f in listed for label in f.entangled())
            return Held(Certainty.CONCEIVABLE)
        if word is not None:
            grants = tuple(
                g for f in listed for g in f.allows if g.outcome.certainty <= certainty and word in g.widest
            )
            return Held(certainty, tuple(g.evidence() for g in grants), ("", plain(word), ()))
    return NOT_HELD


# Paths that AWS keeps for service-linked roles and Identity Center:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
RESERVED_PATHS = ("aws-reserved", "aws-service-role")
_RESERVED = tuple(f"!arn:${{partition}}:iam::${{account}}:role/{p}/*" for p in RESERVED_PATHS)
_MOST_NAMES_TAKEN = 16


def free_name(
    step: Step, kind: str, needed: list[ApplicableStatements], like: str = "*"
) -> tuple[str | None, Certainty]:
    """An ARN on which all of it is allowed, and whether its name is one that nobody has.

    Names differ by more than path or case. After many that are taken, another one is only conceivable.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
    """
    taken = names_taken(step, kind)
    template = [f"arn:${{partition}}:iam::${{account}}:{kind}/{like}", *_RESERVED]
    arn = f"arn:{step.subject.partition}:iam::{step.subject.account_id}:{kind}/another-name"
    for _ in range(_MOST_NAMES_TAKEN):
        held = joint(needed, template, step)
        if held.certainty is Certainty.NEVER:
            return None, Certainty.NEVER
        if held.witness is None:
            break
        arn = held.witness[1]
        name = arn.rpartition("/")[2]
        if name and name.lower() not in taken:
            return arn, Certainty.CERTAIN
        template += [f"!arn:${{partition}}:iam::${{account}}:{kind}/{place}{name}" for place in ("", "*/")]
    return arn, Certainty.CONCEIVABLE


class _NamesTaken(dict[tuple[str, str], frozenset[str]]):
    """The names of an account's users, groups or roles, in lower case."""


def names_taken(step: Step, kind: str) -> frozenset[str]:
    """The names of users, groups or roles of the step's account, in lower case."""
    known = step.world.kept.of(_NamesTaken)
    key = (step.subject.account_id, kind)
    if key not in known:
        known[key] = frozenset(name.lower() for name in _names_of(step.entry, kind))
    return known[key]


def _names_of(entry: AccountEntry, kind: str) -> Iterable[str]:
    if kind == "group":
        return entry.groups
    members: Iterable[Member] = entry.users.values() if kind == "user" else entry.roles.values()
    return (member.name for member in members)
