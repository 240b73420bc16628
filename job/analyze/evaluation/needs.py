"""Actions needed together: the shape that capabilities and escalation methods share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.statement import NO_REACH, Reach
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Overlay
from job.analyze.service_reference.actions import ActionIndex, Kind
from job.analyze.verdict import Layer, Verdict
from job.snapshot.model import Json

_RANK = {
    v: i
    for i, v in enumerate((Verdict.ALL, Verdict.SOME, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.NONE))
}


@dataclass(frozen=True, slots=True)
class Need:
    """Any one of these actions (lower case), on resources of the `on` templates or of its own kinds.

    `told` is what the request tells, of keys that whoever makes it chooses, or that it leaves out.
    """

    actions: tuple[str, ...]
    on: tuple[str, ...] | None
    spelled: tuple[str, ...]
    told: Overlay = ()

    @classmethod
    def parse(cls, raw: Json) -> Need:
        """A list of actions, or an object with `actions` and, if need be, `on` and `told`.

        Raises:
            ValueError: it is neither.

        """
        actions, on = (raw.get("actions"), raw.get("on")) if isinstance(raw, dict) else (raw, None)
        if not isinstance(actions, list) or not actions or not all(_is_action(a) for a in actions):
            raise ValueError(f"a need is a list of actions, not {str(raw)[:60]}")
        spelled = tuple(str(a) for a in actions)
        templates = (
            (on,) if isinstance(on, str) else tuple(str(t) for t in on) if isinstance(on, list) else None
        )
        told = raw.get("told") if isinstance(raw, dict) else None
        overlay = _told(told) if isinstance(told, dict) else ()
        return cls(tuple(a.lower() for a in spelled), templates, spelled, overlay)

    def mask(self, index: ActionIndex) -> int:
        """The bits of its actions."""
        return sum({index.bit(a) for a in self.actions})

    def kinds(self, action: str, rights: Rights, index: ActionIndex, account_id: str = "") -> _Kinds:
        """The kinds of resource that all, each by any of its alternatives, must be reached.

        They are the subject's own account's, or another's.
        """
        subject = rights.subject
        templates, alike = _templates(index, action, self.on, subject.partition)
        account_id = account_id or subject.account_id
        return _kinds(templates, subject.partition, account_id) if alike is None else alike


def _told(told: Mapping[str, Json]) -> Overlay:
    return tuple((key.lower(), () if value is None else (str(value),)) for key, value in told.items())


def by_caller(needs: Sequence[Need], same: Iterable[Collection[int]] = ()) -> tuple[tuple[Need, ...], ...]:
    """The needs in groups, each to be met by one caller: those of one action, and `same` by their places."""
    groups: list[set[int]] = []
    for place, need in enumerate(needs):
        joined = {place, *(i for listed in same if place in listed for i in listed)}
        joined |= {i for i, other in enumerate(needs) if not set(need.actions).isdisjoint(other.actions)}
        apart = [group for group in groups if group.isdisjoint(joined)]
        groups = [*apart, joined.union(*(group for group in groups if group not in apart))]
    return tuple(tuple(needs[i] for i in sorted(group)) for group in sorted(groups, key=min))


def places(raw: Json) -> tuple[tuple[int, ...], ...]:
    """Lists of places of needs, as `same_caller` of a table has them.

    Raises:
        ValueError: it is something else.

    """
    listed = raw if isinstance(raw, list) else [] if raw is None else [raw]
    if not all(isinstance(group, list) and all(isinstance(i, int) for i in group) for group in listed):
        raise ValueError(f"`same_caller` is lists of places of needs, not {str(raw)[:60]}")
    return tuple(tuple(i for i in group if isinstance(i, int)) for group in listed if isinstance(group, list))


def _is_action(value: Json) -> bool:
    return isinstance(value, str) and value.count(":") == 1


_Kinds: TypeAlias = "tuple[tuple[Kind, ...], ...]"
_Templates: TypeAlias = "tuple[tuple[str, ...], ...]"


@lru_cache(maxsize=4096)
def _templates(
    index: ActionIndex, action: str, on: tuple[str, ...] | None, partition: str
) -> tuple[_Templates, _Kinds | None]:
    """The templates of an action's resources, with their kinds where those are alike in every account."""
    templates = (on,) if on else index.kinds(action)
    named = any("${account}" in template for any_of in templates for template in any_of)
    return templates, None if named else _kinds(templates, partition, "")


@lru_cache(maxsize=16_384)
def _kinds(templates: _Templates, partition: str, account_id: str) -> _Kinds:
    return tuple(tuple(_alternatives(any_of, partition, account_id)) for any_of in templates)


def _alternatives(templates: tuple[str, ...], partition: str, account_id: str) -> Iterable[Kind]:
    excluded = tuple(t for t in templates if t.startswith("!"))
    for template in templates:
        if not template.startswith("!"):
            yield Kind.of((template, *excluded), partition, account_id)


@dataclass(frozen=True, slots=True)
class Met:
    """How a need is met: by which action, how far, and through which statements."""

    verdict: Verdict
    action: str
    reach: Reach

    @property
    def certainty(self) -> Certainty:
        """The verdict's certainty, whatever its extent."""
        return self.reach.certainty if self.verdict is not Verdict.NONE else Certainty.NEVER


# What whoever makes the request chooses so that it serves: a grant that decrypts names that operation
# (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-operations).
_CHOSEN: Mapping[str, Overlay] = {"kms:creategrant": (("kms:grantoperations", ("Decrypt",)),)}
UNMET = Met(Verdict.NONE, "", NO_REACH)


def met(need: Need, rights: Rights, index: ActionIndex, overlay: Overlay = ()) -> Met:
    """The need at its best over its actions and their kinds of resource."""
    best = UNMET
    for action, spelled in zip(need.actions, need.spelled, strict=True):
        if not index.bit(action) & rights.may:
            continue
        told = (*overlay, *need.told, *_CHOSEN.get(action, ()))
        reached = _reach_all(action, need.kinds(action, rights, index), rights, told)
        if _RANK[reached.verdict] < _RANK[best.verdict]:
            best = Met(reached.verdict, spelled, reached)
        if best.verdict is Verdict.ALL:
            break
    return best


def met_in(need: Need, rights: Rights, index: ActionIndex, account_id: str, overlay: Overlay) -> Met:
    """The same on resources of another account, as far as the subject's own side goes.

    `overlay` is what is known of that account's resources.
    """
    best = UNMET
    for action, spelled in zip(need.actions, need.spelled, strict=True):
        if index.bit(action) & rights.left:
            told = (*overlay, *_CHOSEN.get(action, ()))
            applicable = rights.applicable(action, told, account_id)
            kinds = need.kinds(action, rights, index, account_id)
            reached = _worst([_best(applicable.reach(kind) for kind in any_of) for any_of in kinds])
            if _RANK[reached.verdict] < _RANK[best.verdict]:
                best = Met(reached.verdict, spelled, reached)
    return best


def _reach_all(action: str, kinds: tuple[tuple[Kind, ...], ...], rights: Rights, overlay: Overlay) -> Reach:
    """All kinds of the outer list, each at the best of its alternatives; the first one is the witness."""
    return _worst([_best(rights.reach(action, kind, overlay) for kind in any_of) for any_of in kinds])


def _worst(reaches: list[Reach]) -> Reach:
    worst = max(reaches, key=lambda r: _RANK[r.verdict])
    return (
        Reach(worst.verdict, reaches[0].witness, reaches[0].grants, worst.open_keys)
        if worst.verdict is not Verdict.NONE
        else NO_REACH
    )


def _best(reaches: Iterable[Reach]) -> Reach:
    return min(reaches, key=lambda r: _RANK[r.verdict], default=NO_REACH)


def better(verdict: Verdict, other: Verdict) -> bool:
    """Whether the first says more than the second: all, some, conditional, unknown, none."""
    return _RANK[verdict] < _RANK[other]


def capped(verdict: Verdict, certainty: Certainty) -> Verdict:
    """The verdict when something beside it holds only with this certainty."""
    match certainty:
        case Certainty.CERTAIN:
            return verdict
        case Certainty.POSSIBLE:
            return verdict if better(Verdict.SOME, verdict) else Verdict.CONDITIONAL
        case Certainty.CONCEIVABLE:
            return Verdict.NONE if verdict is Verdict.NONE else Verdict.UNKNOWN
        case Certainty.NEVER:
            return Verdict.NONE


def narrowing(need: Need, rights: Rights, index: ActionIndex, known: frozenset[Layer]) -> frozenset[Layer]:
    """The known layers, and those that take something of this need from what identity statements speak of.

    An action is asked about only as long as it could tell of another layer.
    """
    layers = known
    for action in need.actions:
        bit = index.bit(action)
        if bit & rights.narrowable(layers):
            for kind in (kind for any_of in need.kinds(action, rights, index) for kind in any_of):
                layers |= rights.narrowed_by(action, kind)
                if not bit & rights.narrowable(layers):
                    break
    return layers
