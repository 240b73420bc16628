"""Whether a principal may change anything in a service, be the action on AWS's list or newer than it.

What changes something is every action that does not only read, and every action that the list lacks: of
those nobody here knows what they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from job.analyze.evaluation.compiled import union_of
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.statement import NO_REACH, Reach
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.document import Effect, Statement
from job.analyze.language.globs import GlobSet, matches
from job.analyze.service_reference.action_table import ListedAction, kinds_of, listed_actions, listed_services
from job.analyze.service_reference.actions import Kind
from job.analyze.service_reference.services import ServiceActions, known_prefixes
from job.analyze.verdict import Layer, Verdict

# Each stands for any text at a wildcard's place: a Deny whose own wildcard takes it away there takes away
# whatever else could stand there. The two differ by the letter that a Deny of one verb may begin with.
_ANY_TEXTS = ("XUnlistedAction", "QUnlistedAction")
# Names of actions that the list lacks, tried one by one; a principal with more is not judged.
_MOST_NAMES = 512


@dataclass(frozen=True, slots=True)
class Change:
    """An action that changes something, as AWS spells it or in lower case, and what it reaches."""

    action: str
    reach: Reach

    @property
    def certainty(self) -> Certainty:
        """How certainly the principal may use it on something."""
        return self.reach.certainty


NO_CHANGE = Change("", NO_REACH)


def change_in(rights: Rights, service: ServiceActions) -> Change:
    """The first action that certainly or possibly changes something in the service, or the best there is."""
    best = NO_CHANGE
    for found in _changes(rights, service):
        if found.certainty < best.certainty:
            best = found
        if best.certainty <= Certainty.POSSIBLE:
            break
    return best


def services_to_change(subject: Subject) -> Iterator[str]:
    """The prefixes of listed services in which an identity statement allows a change, in order."""
    allowed = {s.actions for s in _statements(subject.identity) if s.effect is not Effect.DENY}
    yield from sorted(frozenset[str]().union(*map(_changed_by, allowed)))


@lru_cache(maxsize=4096)
def _changed_by(actions: GlobSet) -> frozenset[str]:
    """The prefixes of listed services in which an Action or NotAction element allows a change."""
    named = _by_service(actions)
    listed = _listed_prefixes()
    among = listed if actions.negated or named[_ANY_SERVICE] else listed & named.keys()
    return frozenset(p for p in among if _matched(actions, p) or _names_in(actions, p))


def speaks_of(subject: Subject, prefix: str) -> bool:
    """Whether an identity statement might allow an action of a service: a filter, no answer."""
    allowed = (s.actions for s in _statements(subject.identity) if s.effect is not Effect.DENY)
    return any(actions.negated or _patterns_about(actions, prefix) for actions in allowed)


@cache
def _listed_prefixes() -> frozenset[str]:
    return frozenset(listed_services())


def narrowing_change(rights: Rights, service: ServiceActions) -> frozenset[Layer]:
    """The layers that narrow the first listed change in a service that identity statements speak of."""
    subject = rights.subject
    for prefix in service.prefixes:
        allowed = _allowed(subject.identity, prefix)
        if allowed:
            action = _changes_of(prefix)[(allowed & -allowed).bit_length() - 1].name
            kinds = _kinds(action, subject.partition, subject.account_id)
            among = (rights.narrowed_by(action, kind) for any_of in kinds for kind in any_of)
            return frozenset[Layer]().union(*among)
    return frozenset()


def _changes(rights: Rights, service: ServiceActions) -> Iterator[Change]:
    subject = rights.subject
    for prefix in service.prefixes:
        for listed in _listed(rights, prefix):
            yield Change(listed.spelled, _reach(rights, listed.name))
    for action in service.others:
        yield Change(action, _reach(rights, action.lower()))
    names = list(islice(dict.fromkeys(_unlisted(subject, service)), _MOST_NAMES + 1))
    for name in names[:_MOST_NAMES]:
        yield Change(name, _reach(rights, name.lower()))
    if len(names) > _MOST_NAMES:
        yield Change("", _TOO_MANY)


_TOO_MANY = Reach(Verdict.UNKNOWN)


def _reach(rights: Rights, action: str) -> Reach:
    """How much of what an action takes it reaches: all that it needs, each in any of its forms."""
    subject = rights.subject
    reaches = [
        min((rights.reach(action, kind) for kind in any_of), key=_certainty)
        for any_of in _kinds(action, subject.partition, subject.account_id)
    ]
    worst = max(reaches, key=_certainty)
    return Reach(worst.verdict, reaches[0].witness, reaches[0].grants, worst.open_keys)


def _certainty(reach: Reach) -> Certainty:
    return reach.certainty


@lru_cache(maxsize=4096)
def _kinds(action: str, partition: str, account_id: str) -> tuple[tuple[Kind, ...], ...]:
    return tuple(
        tuple(Kind.of((template,), partition, account_id) for template in any_of)
        for any_of in kinds_of(action)
    )


def _listed(rights: Rights, prefix: str) -> Iterable[ListedAction]:
    """The listed changes that identity statements allow, ceilings leave and no Deny takes wholly."""
    subject = rights.subject
    left = _allowed(subject.identity, prefix)
    for attachments in _ceilings(subject):
        left &= _allowed(attachments, prefix)
    for denied in rights.denied_actions if left else ():
        left &= ~_matched(denied, prefix)
    return (action for place, action in enumerate(_changes_of(prefix)) if left >> place & 1)


@lru_cache(maxsize=512)
def _changes_of(prefix: str) -> tuple[ListedAction, ...]:
    """The listed actions of a service that do not only read; as bits, the first is the lowest."""
    return tuple(action for action in listed_services().get(prefix, ()) if not action.only_reads)


def _allowed(attachments: Iterable[Attachment], prefix: str) -> int:
    allows = (s for s in _statements(attachments) if s.effect is not Effect.DENY)
    return union_of(_matched(statement.actions, prefix) for statement in allows)


@lru_cache(maxsize=16_384)
def _matched(actions: GlobSet, prefix: str) -> int:
    """The listed changes of a service, as bits, that an Action or NotAction element matches."""
    found = union_of(_matched_by(p, prefix) for p in _patterns_about(actions, prefix))
    return (1 << len(_changes_of(prefix))) - 1 & ~found if actions.negated else found


def _patterns_about(actions: GlobSet, prefix: str) -> tuple[str, ...]:
    """The patterns that could match an action of the service: most name another service outright."""
    by_service = _by_service(actions)
    return (*by_service.get(prefix, ()), *by_service[_ANY_SERVICE])


_ANY_SERVICE = "*"


@lru_cache(maxsize=4096)
def _by_service(actions: GlobSet) -> Mapping[str, Sequence[str]]:
    """Patterns by the service that they name outright; the others under any."""
    found: dict[str, list[str]] = {_ANY_SERVICE: []}
    for pattern in actions.patterns:
        service = pattern.partition(":")[0]
        is_open = "*" in service or "?" in service
        found.setdefault(_ANY_SERVICE if is_open else service, []).append(pattern)
    return found


@lru_cache(maxsize=16_384)
def _matched_by(pattern: str, prefix: str) -> int:
    return sum(1 << place for place, a in enumerate(_changes_of(prefix)) if matches(pattern, a.name))


def _ceilings(subject: Subject) -> Iterable[tuple[Attachment, ...]]:
    if subject.boundary is not None:
        yield (subject.boundary,)
    for level in subject.scps:
        yield level.attachments


def _flat(groups: Iterable[tuple[Attachment, ...]]) -> Iterable[Attachment]:
    return (attachment for group in groups for attachment in group)


def _statements(attachments: Iterable[Attachment]) -> Iterable[Statement]:
    return (statement for a in attachments for statement in a.policy.statements)


def _unlisted(subject: Subject, service: ServiceActions) -> Iterable[str]:
    """Names that policies allow and the list lacks; one stands for all that a pattern could name.

    Those of ceilings are tried as well: where a boundary is narrower, its patterns tell what is left.
    """
    prefixes = service.prefixes if service.unlisted is None else (*service.prefixes, service.unlisted)
    for statement in _statements((*subject.identity, *_flat(_ceilings(subject)))):
        if statement.effect is Effect.DENY:
            continue
        for prefix in prefixes:
            yield from _names_in(statement.actions, prefix)
        if service.unlisted is not None:
            yield from _names_outside(statement.actions)


@lru_cache(maxsize=16_384)
def _names_in(actions: GlobSet, prefix: str) -> tuple[str, ...]:
    """Names of one service's that the list lacks."""
    if actions.negated:
        return tuple(f"{prefix}:{text}" for text in _ANY_TEXTS)
    patterns = _patterns_about(actions, prefix)
    return tuple(dict.fromkeys(name for p in patterns for name in _names_by(p, prefix)))


@lru_cache(maxsize=16_384)
def _names_by(pattern: str, prefix: str) -> tuple[str, ...]:
    """The most general names that a pattern gives in a service; none where it only reads, or is listed."""
    service, colon, name = pattern.partition(":")
    if not matches(service, prefix) or _only_reads(pattern, prefix):
        return ()
    names = _filled(f"{prefix}:{name if colon else '*'}")
    return tuple(name for name in names if name.lower() not in listed_actions())


def _only_reads(pattern: str, prefix: str) -> bool:
    """Whether a pattern speaks of listed actions that only read: `Get*` names no change tomorrow either."""
    among = [a.only_reads for a in listed_services().get(prefix, ()) if matches(pattern, a.name)]
    return bool(among) and all(among)


def _names_outside(actions: GlobSet) -> Iterable[str]:
    """Names of services that the list lacks."""
    for pattern in () if actions.negated else actions.patterns:
        service, colon, _ = pattern.partition(":")
        if colon and service not in known_prefixes():
            yield from _filled(pattern)


def _filled(pattern: str) -> Iterable[str]:
    """The pattern with a text in place of its wildcards, each text once."""
    return dict.fromkeys(pattern.replace("*", text).replace("?", text[0]) for text in _ANY_TEXTS)
