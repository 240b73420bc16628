"""What a caller chooses when it enters a role: the session's tags, its name, its source identity.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import product
from math import prod

from job.analyze.condition_sets.asked_values import AskedValues, asked_values, ranked
from job.analyze.condition_sets.key_values import SOME_TEXT
from job.analyze.escalation.given_later import role_later
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import ANY_VALUE, SESSION_NAME, Context, Overlay, merged
from job.analyze.language.document import Condition, Effect, Policy
from job.analyze.language.globs import literal
from job.analyze.principals.asked_next import asked_next
from job.analyze.principals.members import RoleMember
from job.analyze.principals.tag_variables import TagValues, tag_values
from job.analyze.principals.trust import REFUSED, Admission, admission, allowed_with, conditions_of
from job.analyze.principals.world import World

_PRINCIPAL_TAG, _REQUEST_TAG = "aws:principaltag/", "aws:requesttag/"
_SOURCE = ("sts:sourceidentity", "aws:sourceidentity")
_NAME, _USER_ID = "sts:rolesessionname", "aws:userid"
_PROVIDER = "aws:federatedprovider"
_TAG_KEYS, _TRANSITIVE = "aws:tagkeys", "sts:transitivetagkeys"
_MOST_CHOICES = 24
_MOST_OTHERS = 8
_WITHOUT: Overlay = (
    ("sts:sourceidentity", ()),
    (_REQUEST_TAG, ()),
    (_TAG_KEYS, ()),
    (_TRANSITIVE, ()),
    (_NAME, (SESSION_NAME,)),
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
        tags: Overlay = tuple((_REQUEST_TAG + key.lower(), (value,)) for key, value in self.tags)
        keys: Overlay = ((_TAG_KEYS, tuple(key for key, _ in self.tags)),) if self.tags else ()
        keys += ((_TRANSITIVE, self.transitive),) if self.transitive else ()
        source: Overlay = tuple((key, (self.source,)) for key in _SOURCE[:1] if self.source)
        return merged(_WITHOUT, tags, keys, source, ((_NAME, (self.name,)),))

    @property
    def beside(self) -> tuple[str, ...]:
        """The actions that opening it takes beside assuming the role."""
        tagging = ("sts:tagsession",) if self.tags else ()
        return (*tagging, "sts:setsourceidentity") if self.source else tagging

    def applied(self, role: RoleMember) -> Callable[[Subject], Subject]:
        """The session as it acts: its tags override the role's."""
        if self.anything:
            return lambda subject: replace(subject, context=_opened_context(subject.context))
        known = {_PRINCIPAL_TAG + key.lower(): (value,) for key, value in self.tags}
        known |= {"aws:sourceidentity": (self.source,)} if self.source else {}
        known |= {_PROVIDER: (self.provider,)} if self.provider else {}
        known |= {_USER_ID: (f"{role.unique_id}:{self.name}",)} if role.unique_id else {}
        return lambda subject: replace(subject, context=subject.context.having(known))


def _opened_context(context: Context) -> Context:
    return context.with_any(_PRINCIPAL_TAG).having({}, opened=frozenset(("aws:sourceidentity", _USER_ID)))


PLAIN = Choice()
ANYTHING = Choice(anything=True)


@dataclass(frozen=True, slots=True)
class _Asks:
    """Which choices conditions on a role's side could tell apart; `told` if any must be told at all."""

    tags: bool
    source: bool
    name: bool
    provider: bool
    told: bool
    filled_in: Mapping[str, TagValues]
    fills_source: bool


def sessions(world: World, rights: Rights, role: RoleMember) -> Iterable[tuple[Choice, Admission]]:
    """The sessions that the subject can open of a role: the plain one, and those that conditions ask for."""
    subject = world.subject(role)
    asks, later = _asks(world, subject, role.trust), role_later(world, subject, _chosen(role.trust))
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
    for choice in choices:
        found = _opened(world, rights, role, choice)
        if choice.anything:
            found = replace(found, certainty=found.certainty.both(Certainty.CONCEIVABLE))
        if found is not REFUSED and found.certainty is not Certainty.NEVER:
            yield choice, found


@lru_cache(maxsize=4096)
def _chosen(trust: Policy) -> tuple[str, ...]:
    """The keys, and a family, that whom a trust policy lets in chooses of its session."""
    tags = (_PRINCIPAL_TAG,) if _trusts(trust, "sts:tagsession") else ()
    source = ("aws:sourceidentity",) if _trusts(trust, "sts:setsourceidentity") else ()
    return (*tags, *source, _USER_ID)


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
    asks = _asks(world, subject, trust)
    choices: Iterable[Choice] = (PLAIN,)
    if asks.tags or asks.source or asks.name:
        opening = ((c, subject.context) for s in trust.statements for c in s.conditions)
        choices = _choices(_asked_values(world, subject, asks, opening), trust)
    for choice, provider in product(choices, providers if asks.provider else ("",)):
        yield replace(choice, provider=provider)


class _AsksOfRoles(dict[tuple[Subject, Policy], _Asks]):
    """What is asked of the sessions of a role, and by the policy that lets them in."""


def _asks(world: World, subject: Subject, trusting: Policy) -> _Asks:
    known = world.kept.of(_AsksOfRoles)
    found = known.get((subject, trusting))
    if found is None:
        trust, inside = trusting.condition_keys, _keys_inside(world, subject)
        tagging = _trusts(trusting, "sts:tagsession")
        variables = _filled_in(world, subject) if tagging else {}
        sourcing = _trusts(trusting, "sts:setsourceidentity")
        fills_source = sourcing and any(map(_fills_source, _attached(subject)))
        source = fills_source or (sourcing and not (trust | inside).isdisjoint(_SOURCE))
        found = known[subject, trusting] = _Asks(
            tags=bool(variables) or (tagging and _asks_for_tags(trust, inside)),
            source=source,
            name=_NAME in trust or _USER_ID in inside,
            provider=_PROVIDER in inside,
            told=any(k.startswith(_TOLD) for k in trust)
            or (tagging and bool(inside))
            or bool(variables)
            or source
            or _USER_ID in inside,
            filled_in=variables,
            fills_source=fills_source,
        )
    return found


def _asks_for_tags(trust: frozenset[str], inside: frozenset[str]) -> bool:
    """Whether the session's tags make a difference: as it is opened, or to what it may do."""
    opening = any(key.startswith((_REQUEST_TAG, _TAG_KEYS, _TRANSITIVE)) for key in trust)
    return opening or any(key.startswith(_PRINCIPAL_TAG) for key in inside)


def _keys_inside(world: World, subject: Subject) -> frozenset[str]:
    attached = (attachment.policy.condition_keys for attachment in _attached(subject))
    following = (c.key for asked in asked_next(world, subject) for c in asked.conditions)
    return frozenset(following).union(*attached)


def asked_of_session(world: World, role: RoleMember, tag: str) -> AskedValues:
    """The values of a session's tag, by its lower-case key, that what it is under tells apart."""
    subject = world.subject(role)
    own = subject.context
    conditions = (c for c in _acted_under(world, subject) if c.key == _PRINCIPAL_TAG + tag)
    return asked_values((condition, own) for condition in conditions)


def asked_names_of_session(world: World, role: RoleMember) -> Iterable[str]:
    """The names of a session that what it is under tells apart."""
    subject = world.subject(role)
    return _session_names(subject, [c for c in _acted_under(world, subject) if c.key == _USER_ID]).named


def _session_names(subject: Subject, conditions: Sequence[Condition]) -> AskedValues:
    """The names of a role's sessions that conditions on their user id tell apart."""
    prefix, own = f"{subject.unique_id}:", subject.context
    found = asked_values((c, own) for c in (*conditions, *(_of_role(prefix) for _ in conditions[:1])))
    named = tuple(v.removeprefix(prefix) for v in found.named if v.startswith(prefix))
    return AskedValues(named, (), found.complete)


def _filled_in(world: World, subject: Subject) -> Mapping[str, TagValues]:
    """The session's tags that the role's policies have variables of, by lower-case key."""
    entry, context = world.directory.accounts[subject.account_id], subject.context
    stores = partial(world.stores, subject)
    found: dict[str, TagValues] = {}
    for attachment in _attached(subject):
        statements = attachment.policy.statements
        for told in (t for s in statements for t in tag_values(s, entry, context, stores=stores)):
            key = told.key.lower()
            other = found.get(key, told)
            found[key] = TagValues(key, told.values | other.values, told.complete and other.complete)
    return found


_SOURCE_VARIABLE = "${aws:sourceidentity"


def _fills_source(attachment: Attachment) -> bool:
    statements = (s for s in attachment.policy.statements if s.variables)
    texts = (
        t for s in statements for t in (*s.resources.patterns, *(v for c in s.conditions for v in c.values))
    )
    return any(_SOURCE_VARIABLE in text.lower() for text in texts)


_TOLD = (_REQUEST_TAG, _TAG_KEYS, _TRANSITIVE, *_SOURCE, _NAME)


_ASSUMING = "sts:assumerole"


class _AsksOfCaller(dict[str, bool]):
    pass


def _asked_of_caller(rights: Rights) -> bool:
    known = rights.kept.of(_AsksOfCaller)
    found = known.get(_ASSUMING)
    if found is None:
        keys = rights.applicable(_ASSUMING).condition_keys
        inherited = "aws:sourceidentity" in rights.subject.context.known
        found = known[_ASSUMING] = inherited or any(key.startswith(_TOLD) for key in keys)
    return found


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
    asks = _asks(world, subject, role.trust)
    if not (asks.tags or asks.source or asks.name or _asked_of_caller(rights)):
        yield PLAIN
        return
    opening = tuple((c, rights.subject.context) for c in conditions_of(world, rights, role))
    inherited = rights.subject.context.known.get("aws:sourceidentity")
    asked = _asked_values(world, subject, asks, opening)
    yield from _choices(asked, role.trust, inherited[0] if inherited else None)


def _choices(asked: _Asked, trust: Policy, inherited: str | None = None) -> Iterable[Choice]:
    """The plain session, then each mix of what is asked for; the simple ones where there are many."""
    tags = asked.tags if _trusts(trust, "sts:tagsession") else {}
    sources = asked.sources if _trusts(trust, "sts:setsourceidentity") and not inherited else ()
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


def _inherited(choice: Choice, asked: _Asked) -> Iterable[Choice]:
    """The session with its tags for itself, and with tags that others inherit where that is asked for."""
    yield choice
    if asked.inherited and choice.tags:
        yield replace(choice, transitive=tuple(key for key, _ in choice.tags))


def _trusts(trust: Policy, action: str) -> bool:
    """Whether a trust policy may allow an action at all."""
    allows = (s for s in trust.statements if s.effect is not Effect.DENY)
    return any(action in s.actions for s in allows)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Values that conditions tell apart, of tags, of the source identity and of the session's name."""

    tags: Mapping[str, Sequence[str]]
    sources: Sequence[str]
    names: Sequence[str]
    complete: bool
    written: Mapping[str, str]
    inherited: bool


def _asked_values(
    world: World, subject: Subject, asks: _Asks, opening: Iterable[tuple[Condition, Context]]
) -> _Asked:
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
    some = {SOME_TEXT} if asks.fills_source else set[str]()
    return _Asked(
        values,
        sorted(({*source.named, *source.others} if asking.source else set[str]()) | some),
        sorted({*session.named, *name.named, *(name.others if asking.name else ())} - {SESSION_NAME, ""}),
        all(found.complete for found in (*tags.values(), source, name, session))
        and all(told.complete for told in asks.filled_in.values()),
        {**asking.written, **asking.keys},
        asking.inherited,
    )


def _of_role(prefix: str) -> Condition:
    """What every session's user id is like: `*:name` asks for a session's name as well."""
    return Condition("stringlike", _USER_ID, (f"{literal(prefix)}*",), _USER_ID)


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
        key, family = condition.key, _PRINCIPAL_TAG if inside else _REQUEST_TAG
        if key.startswith(family):
            self.tags.setdefault(key.removeprefix(family), []).append((condition, context))
            self.written.setdefault(key.removeprefix(family), condition.name[len(family) :])
        elif key in (_TAG_KEYS, _TRANSITIVE) and not inside:
            self._add_keys(condition)
        if key in _SOURCE:
            self.source.append((condition, context))
        elif key == _NAME:
            self.name.append((condition, context))
        elif key == _USER_ID and inside:
            self.user_id.append((condition, context))

    def _add_keys(self, condition: Condition) -> None:
        """The keys of tags that a condition names."""
        self.inherited |= condition.key == _TRANSITIVE
        if condition.operator != "null":
            for value in condition.values:
                key = value.replace("*", SOME_TEXT).replace("?", SOME_TEXT)
                self.keys.setdefault(key.lower(), key)
