"""What trust policies, and policies of a role, ask of its sessions: tags, a name, a source identity.

Whoever opens a session chooses these (`sessions`).
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from job.analyze.condition_sets.asked_values import AskedValues, asked_values
from job.analyze.condition_sets.key_values import SOME_TEXT
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.context import SESSION_NAME, Context
from job.analyze.language.document import Condition, Effect, Policy, Statement
from job.analyze.language.globs import literal
from job.analyze.principals.asked_next import asked_next
from job.analyze.principals.members import RoleMember
from job.analyze.principals.tag_variables import (
    TagValues,
    There,
    source_variables,
    tag_variables,
    variable_values,
)
from job.analyze.principals.world import World

PRINCIPAL_TAG, REQUEST_TAG = "aws:principaltag/", "aws:requesttag/"
SOURCE = ("sts:sourceidentity", "aws:sourceidentity")
NAME, USER_ID = "sts:rolesessionname", "aws:userid"
PROVIDER = "aws:federatedprovider"
TAG_KEYS, TRANSITIVE = "aws:tagkeys", "sts:transitivetagkeys"
TOLD = (REQUEST_TAG, TAG_KEYS, TRANSITIVE, *SOURCE, NAME)


@dataclass(frozen=True, slots=True)
class Asks:
    """Which choices conditions on a role's side could tell apart; `told` if any must be told at all."""

    tags: bool
    source: bool
    name: bool
    provider: bool
    told: bool
    filled_in: Mapping[str, TagValues]
    sources: frozenset[str]


class _AsksOfRoles(dict[tuple[Subject, Policy], Asks]):
    """What is asked of the sessions of a role, and by the policy that lets them in."""


def asks_of_session(world: World, subject: Subject, trusting: Policy) -> Asks:
    """What a role's policies, and the one that lets somebody in, ask of its sessions."""
    known = world.kept.of(_AsksOfRoles)
    found = known.get((subject, trusting))
    if found is None:
        trust, inside = trusting.condition_keys, _keys_inside(world, subject)
        tagging = trusts(trusting, "sts:tagsession")
        variables = _filled_in(world, subject) if tagging else {}
        sourcing = trusts(trusting, "sts:setsourceidentity")
        sources = _sources(world, subject) if sourcing else frozenset[str]()
        source = bool(sources) or (sourcing and not (trust | inside).isdisjoint(SOURCE))
        found = known[subject, trusting] = Asks(
            tags=bool(variables) or (tagging and _asks_for_tags(trust, inside)),
            source=source,
            name=NAME in trust or USER_ID in inside,
            provider=PROVIDER in inside,
            told=any(k.startswith(TOLD) for k in trust)
            or (tagging and bool(inside))
            or bool(variables)
            or source
            or USER_ID in inside,
            filled_in=variables,
            sources=sources,
        )
    return found


def _asks_for_tags(trust: frozenset[str], inside: frozenset[str]) -> bool:
    """Whether the session's tags make a difference: as it is opened, or to what it may do."""
    opening = any(key.startswith((REQUEST_TAG, TAG_KEYS, TRANSITIVE)) for key in trust)
    return opening or any(key.startswith(PRINCIPAL_TAG) for key in inside)


def _keys_inside(world: World, subject: Subject) -> frozenset[str]:
    attached = (attachment.policy.condition_keys for attachment in _attached(subject))
    following = (c.key for asked in asked_next(world, subject) for c in asked.conditions)
    return frozenset(following).union(*attached)


def asked_of_session(world: World, role: RoleMember, tag: str) -> AskedValues:
    """The values of a session's tag, by its lower-case key, that what it is under tells apart."""
    subject = world.subject(role)
    own = subject.context
    conditions = (c for c in _acted_under(world, subject) if c.key == PRINCIPAL_TAG + tag)
    return asked_values((condition, own) for condition in conditions)


def asked_names_of_session(world: World, role: RoleMember) -> Iterable[str]:
    """The names of a session that what it is under tells apart."""
    subject = world.subject(role)
    return _session_names(subject, [c for c in _acted_under(world, subject) if c.key == USER_ID]).named


def _session_names(subject: Subject, conditions: Sequence[Condition]) -> AskedValues:
    """The names of a role's sessions that conditions on their user id tell apart."""
    prefix, own = f"{subject.unique_id}:", subject.context
    found = asked_values((c, own) for c in (*conditions, *(_of_role(prefix) for _ in conditions[:1])))
    named = tuple(v.removeprefix(prefix) for v in found.named if v.startswith(prefix))
    return AskedValues(named, (), found.complete)


def _filled_in(world: World, subject: Subject) -> Mapping[str, TagValues]:
    """The session's tags that the role's policies have variables of, by lower-case key."""
    entry, stores = world.directory.accounts[subject.account_id], partial(world.stores, subject)
    there = There(entry, subject.context, stores=stores)
    found: dict[str, TagValues] = {}
    for attachment in _attached(subject):
        statements = attachment.policy.statements
        for told in (t for s in statements for t in variable_values(s, tag_variables, there)):
            key = told.key.lower()
            other = found.get(key, told)
            found[key] = TagValues(key, told.values | other.values, told.complete and other.complete)
    return found


def _sources(world: World, subject: Subject) -> frozenset[str]:
    """The source identities that the role's policies have variables of: what names something, or any text."""
    asking = [s for a in _attached(subject) for s in a.policy.statements if _fills_source(s)]
    if not asking:
        return frozenset()
    there = There(world.directory.accounts[subject.account_id], subject.context)
    found = (told.values for s in asking for told in variable_values(s, source_variables, there))
    return frozenset((SOME_TEXT,)).union(*found)


def _fills_source(statement: Statement) -> bool:
    if not statement.variables:
        return False
    texts = (*statement.resources.patterns, *(v for c in statement.conditions for v in c.values))
    return any(map(source_variables, texts))


def _attached(subject: Subject) -> Iterable[Attachment]:
    yield from subject.identity
    if subject.boundary is not None:
        yield subject.boundary
    for level in subject.scps:
        yield from level.attachments


def _acted_under(world: World, subject: Subject) -> Iterable[Condition]:
    """The conditions that a session is under, and those of what it may come to next."""
    statements = (s for attachment in _attached(subject) for s in attachment.policy.statements)
    yield from (c for s in statements for c in s.conditions)
    yield from (c for asked in asked_next(world, subject) for c in asked.conditions)


def trusts(trust: Policy, action: str) -> bool:
    """Whether a trust policy may allow an action at all."""
    allows = (s for s in trust.statements if s.effect is not Effect.DENY)
    return any(action in s.actions for s in allows)


@dataclass(frozen=True, slots=True)
class Asked:
    """Values that conditions tell apart, of tags, of the source identity and of the session's name."""

    tags: Mapping[str, Sequence[str]]
    sources: Sequence[str]
    names: Sequence[str]
    complete: bool
    written: Mapping[str, str]
    inherited: bool


def values_asked(
    world: World, subject: Subject, asks: Asks, opening: Iterable[tuple[Condition, Context]]
) -> Asked:
    """What is told apart by those conditions that a session of the role is under, and by `opening` it."""
    asking, own = _Asking(), subject.context
    for condition in _acted_under(world, subject):
        asking.add(condition, own, inside=True)
    for condition, context in opening:
        asking.add(condition, context, inside=False)
    tags = {key: asked_values(listed) for key, listed in asking.tags.items()}
    source, name = asked_values(asking.source), asked_values(asking.name)
    session = _session_names(subject, [condition for condition, _ in asking.user_id])
    values = {key: (*found.named, *found.others) for key, found in tags.items()}
    for key in asking.keys:
        values.setdefault(key, (SOME_TEXT,))
    for key, told in asks.filled_in.items():
        values[key] = tuple(dict.fromkeys((*values.get(key, ()), *sorted(told.values), SOME_TEXT)))
    return Asked(
        values,
        sorted(({*source.named, *source.others} if asking.source else set[str]()) | asks.sources),
        sorted({*session.named, *name.named, *(name.others if asking.name else ())} - {SESSION_NAME, ""}),
        all(found.complete for found in (*tags.values(), source, name, session))
        and all(told.complete for told in asks.filled_in.values()),
        {**asking.written, **asking.keys},
        asking.inherited,
    )


def _of_role(prefix: str) -> Condition:
    """What every session's user id is like: `*:name` asks for a session's name as well."""
    return Condition("stringlike", USER_ID, (f"{literal(prefix)}*",), USER_ID)


class _Asking:
    """The conditions on each thing that a session's opener chooses, with the context for their variables.

    `keys` are those of tags that are asked for as such, and `written` those of others, by lower-case key.
    """

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.written: dict[str, str] = {}
        self.inherited = False
        self.tags: dict[str, list[tuple[Condition, Context]]] = {}
        self.source: list[tuple[Condition, Context]] = []
        self.name: list[tuple[Condition, Context]] = []
        self.user_id: list[tuple[Condition, Context]] = []

    def add(self, condition: Condition, context: Context, *, inside: bool) -> None:
        """A condition, which reads a session's tags as its own `inside` the role, as told when it opens."""
        key, family = condition.key, PRINCIPAL_TAG if inside else REQUEST_TAG
        if key.startswith(family):
            self.tags.setdefault(key.removeprefix(family), []).append((condition, context))
            self.written.setdefault(key.removeprefix(family), condition.name[len(family) :])
        elif key in (TAG_KEYS, TRANSITIVE) and not inside:
            self._add_keys(condition)
        if key in SOURCE:
            self.source.append((condition, context))
        elif key == NAME:
            self.name.append((condition, context))
        elif key == USER_ID and inside:
            self.user_id.append((condition, context))

    def _add_keys(self, condition: Condition) -> None:
        """The keys of tags that a condition names."""
        self.inherited |= condition.key == TRANSITIVE
        if condition.operator != "null":
            for value in condition.values:
                key = value.replace("*", SOME_TEXT).replace("?", SOME_TEXT)
                self.keys.setdefault(key.lower(), key)
