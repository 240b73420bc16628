"""What a caller chooses when it enters a role: the session's tags, its name, its source identity.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, product
from math import prod

from job.analyze.condition_sets.asked_values import ranked
from job.analyze.escalation.asked_of_sessions import (
    NAME,
    PRINCIPAL_TAG,
    PROVIDER,
    REQUEST_TAG,
    SOURCE,
    TAG_KEYS,
    TOLD,
    TRANSITIVE,
    USER_ID,
    Asked,
    asks_of_session,
    trusts,
    values_asked,
)
from job.analyze.escalation.given_later import role_later
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import ANY_VALUE, SESSION_NAME, Context, Overlay, merged
from job.analyze.language.document import Policy
from job.analyze.principals.members import RoleMember
from job.analyze.principals.resource_tags import spellings
from job.analyze.principals.trust import REFUSED, Admission, admission, allowed_with, conditions_of
from job.analyze.principals.world import World

_MOST_CHOICES = 24
_MOST_OTHERS = 8
_WITHOUT: Overlay = (
    ("sts:sourceidentity", ()),
    (REQUEST_TAG, ()),
    (TAG_KEYS, ()),
    (TRANSITIVE, ()),
    (NAME, (SESSION_NAME,)),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to open a session: tags by key as written, a source identity or none, a name.

    `transitive` are the keys of the tags that further sessions are to inherit.
    `provider` is who vouches for its opener, where that is no AWS principal and what the session may do asks
    for it. With `anything` it stands for all other ways, of which there are too many to look at each.
    """

    tags: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    name: str = SESSION_NAME
    provider: str = ""
    anything: bool = False
    transitive: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What tells the session from one opened without a choice; empty for that."""
        if self.anything:
            return "any tags, source identity and name"
        parts = [f"{key}={value}" for key, value in self.tags]
        parts += [f"source identity {self.source}"] if self.source else []
        parts += [f"name {self.name}"] if self.name != SESSION_NAME else []
        parts += [f"provider {self.provider}"] if self.provider else []
        return ", ".join(parts)

    @property
    def told(self) -> Overlay:
        """What the request that opens the session says of it."""
        if self.anything:
            return tuple((key, ANY_VALUE) for key, _ in _WITHOUT)
        tags: Overlay = tuple((REQUEST_TAG + key.lower(), (value,)) for key, value in self.tags)
        keys: Overlay = ((TAG_KEYS, tuple(key for key, _ in self.tags)),) if self.tags else ()
        keys += ((TRANSITIVE, self.transitive),) if self.transitive else ()
        source: Overlay = tuple((key, (self.source,)) for key in SOURCE[:1] if self.source)
        return merged(_WITHOUT, tags, keys, source, ((NAME, (self.name,)),))

    @property
    def beside(self) -> tuple[str, ...]:
        """The actions that opening it takes beside assuming the role."""
        tagging = ("sts:tagsession",) if self.tags else ()
        return (*tagging, "sts:setsourceidentity") if self.source else tagging

    def applied(self, role: RoleMember) -> Callable[[Subject], Subject]:
        """The session as it acts: its tags override the role's."""
        if self.anything:
            return lambda subject: replace(subject, context=_opened_context(subject.context))
        known = {PRINCIPAL_TAG + key.lower(): (value,) for key, value in self.tags}
        known |= {"aws:sourceidentity": (self.source,)} if self.source else {}
        known |= {PROVIDER: (self.provider,)} if self.provider else {}
        known |= {USER_ID: (f"{role.unique_id}:{self.name}",)} if role.unique_id else {}
        return lambda subject: replace(subject, context=subject.context.having(known))


def _opened_context(context: Context) -> Context:
    return context.with_any(PRINCIPAL_TAG).having({}, opened=frozenset(("aws:sourceidentity", USER_ID)))


PLAIN = Choice()
ANYTHING = Choice(anything=True)


def sessions(world: World, rights: Rights, role: RoleMember) -> Iterable[tuple[Choice, Admission]]:
    """The sessions that the subject can open of a role: the plain one, and those that conditions ask for."""
    subject = world.subject(role)
    asks, later = asks_of_session(world, subject, role.trust), role_later(world, subject, _chosen(role.trust))
    if not asks.told and not _asked_of_caller(rights):
        own: Sequence[Choice] = (PLAIN,)
        yield PLAIN, admission(world, rights, role)
    else:
        own = tuple(_choices_of(world, rights, role, subject))
        yield from _opening(world, rights, role, own)
    if later is not None:
        yield from _opening(world, rights, role, _others(_choices_of(world, rights, role, later), own))


def _opening(
    world: World, rights: Rights, role: RoleMember, choices: Iterable[Choice]
) -> Iterable[tuple[Choice, Admission]]:
    for asked in choices:
        choice, found = _opened_somehow(world, rights, role, asked)
        if choice.anything:
            found = replace(found, certainty=found.certainty.both(Certainty.CONCEIVABLE))
        if found is not REFUSED and found.certainty is not Certainty.NEVER:
            yield choice, found


@lru_cache(maxsize=4096)
def _chosen(trust: Policy) -> tuple[str, ...]:
    """The keys, and a family, that whom a trust policy lets in chooses of its session."""
    tags = (PRINCIPAL_TAG,) if trusts(trust, "sts:tagsession") else ()
    source = ("aws:sourceidentity",) if trusts(trust, "sts:setsourceidentity") else ()
    return (*tags, *source, USER_ID)


def _others(choices: Iterable[Choice], known: Collection[Choice]) -> Iterable[Choice]:
    """The choices that are not known, some of them one by one where they are many."""
    listed = [one for one in choices if one not in known and one.label]
    yield from listed[:_MOST_OTHERS]
    if len(listed) > _MOST_OTHERS and ANYTHING not in (*known, *listed[:_MOST_OTHERS]):
        yield ANYTHING


class _FreeChoices(dict[tuple[Subject, Policy, tuple[str, ...]], tuple[Choice, ...]]):
    pass


def free_choices(
    world: World, subject: Subject, trust: Policy, providers: tuple[str, ...]
) -> Sequence[Choice]:
    """The sessions of a role for who writes its trust policy, or what its identity provider says.

    `trust` is the policy that lets it in, `providers` who may vouch for it, empty for an AWS principal.
    """
    known, key = world.kept.of(_FreeChoices), (subject, trust, providers)
    found = known.get(key)
    if found is None:
        own = tuple(_find_free_choices(world, subject, trust, providers))
        later = role_later(world, subject, _chosen(trust)) if subject.kind == "role" else None
        others = () if later is None else _find_free_choices(world, later, trust, providers)
        found = known[key] = (*own, *_others(others, own))
    return found


def _find_free_choices(
    world: World, subject: Subject, trust: Policy, providers: tuple[str, ...]
) -> Iterable[Choice]:
    asks = asks_of_session(world, subject, trust)
    choices: Iterable[Choice] = (PLAIN,)
    if asks.tags or asks.source or asks.name:
        opening = ((c, subject.context) for s in trust.statements for c in s.conditions)
        choices = _choices(values_asked(world, subject, asks, opening), trust)
    for choice, provider in product(choices, providers if asks.provider else ("",)):
        yield replace(choice, provider=provider)


_ASSUMING = "sts:assumerole"


class _AsksOfCaller(dict[str, bool]):
    pass


def _asked_of_caller(rights: Rights) -> bool:
    known = rights.kept.of(_AsksOfCaller)
    found = known.get(_ASSUMING)
    if found is None:
        keys = rights.applicable(_ASSUMING).condition_keys
        inherited = "aws:sourceidentity" in rights.subject.context.known
        found = known[_ASSUMING] = inherited or any(key.startswith(TOLD) for key in keys)
    return found


def _opened_somehow(
    world: World, rights: Rights, role: RoleMember, choice: Choice
) -> tuple[Choice, Admission]:
    """The session as it is chosen, else with the keys of its tags spelled otherwise."""
    found = _opened(world, rights, role, choice)
    if choice.tags and found.certainty is Certainty.NEVER:
        for other in _spelled_otherwise(rights, role, choice):
            opened = _opened(world, rights, role, other)
            if opened.certainty is not Certainty.NEVER:
                return other, opened
    return choice, found


def _spelled_otherwise(rights: Rights, role: RoleMember, choice: Choice) -> Iterable[Choice]:
    own = (s for action in (_ASSUMING, "sts:tagsession") for s in rights.statements_about(action))
    statements = (*role.trust.statements, *own)
    listed = [spellings(key, statements) for key, _ in choice.tags]
    if all(len(one) == 1 for one in listed):
        return
    for keys in islice(product(*listed), 1, _MOST_OTHERS):
        spelled = dict(zip((key for key, _ in choice.tags), keys, strict=True))
        tags = tuple((spelled[key], value) for key, value in choice.tags)
        yield replace(choice, tags=tags, transitive=tuple(spelled[key] for key in choice.transitive))


def _opened(world: World, rights: Rights, role: RoleMember, choice: Choice) -> Admission:
    found = admission(world, rights, role, choice.told)
    for action in choice.beside:
        more = allowed_with(world, rights, role, choice.told, action)
        found = Admission(
            found.certainty.both(more.certainty),
            (*found.evidence, *(e for e in more.evidence if e not in found.evidence)),
            found.open_keys | more.open_keys,
        )
    return found


def _choices_of(world: World, rights: Rights, role: RoleMember, subject: Subject) -> Iterable[Choice]:
    """The plain session, then each mix of what is asked for by either side of the role as it may be."""
    asks = asks_of_session(world, subject, role.trust)
    if not (asks.tags or asks.source or asks.name or _asked_of_caller(rights)):
        yield PLAIN
        return
    opening = tuple((c, rights.subject.context) for c in conditions_of(world, rights, role))
    inherited = rights.subject.context.known.get("aws:sourceidentity")
    asked = values_asked(world, subject, asks, opening)
    yield from _choices(asked, role.trust, inherited[0] if inherited else None)


def _choices(asked: Asked, trust: Policy, inherited: str | None = None) -> Iterable[Choice]:
    """The plain session, then each mix of what is asked for; the simple ones where there are many."""
    tags = asked.tags if trusts(trust, "sts:tagsession") else {}
    sources = asked.sources if trusts(trust, "sts:setsourceidentity") and not inherited else ()
    written = asked.written
    options: list[list[tuple[str, str | None]]] = [
        [(written.get(key, key), None), *((written.get(key, key), value) for value in values)]
        for key, values in tags.items()
    ]
    sourced = [inherited, *sources]
    named = [SESSION_NAME, *asked.names]
    if len(sourced) * len(named) * prod(map(len, options)) > _MOST_CHOICES:
        yield PLAIN
        listed = [[(written.get(key, key), value) for value in values] for key, values in tags.items()]
        alone = ((one,) for alternatives in listed for one in alternatives)
        for some in (*alone, *ranked(listed)):
            yield from _inherited(Choice(some), asked)
        yield from (Choice(source=source) for source in sources)
        yield from (Choice(name=name) for name in asked.names)
        yield ANYTHING
        return
    for source, name in product(sourced, named):
        for mix in product(*options):
            yield from _inherited(Choice(tuple((k, v) for k, v in mix if v is not None), source, name), asked)
    if not asked.complete:
        yield ANYTHING


def _inherited(choice: Choice, asked: Asked) -> Iterable[Choice]:
    """The session with its tags for itself, and with tags that others inherit where that is asked for."""
    yield choice
    if asked.inherited and choice.tags:
        yield replace(choice, transitive=tuple(key for key, _ in choice.tags))
