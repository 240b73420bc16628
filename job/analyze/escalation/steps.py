"""What every escalation rule works with: one node, its rights, and the questions that rules ask of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from job.analyze.escalation.graph import Edge, Graph, Node, Shown
from job.analyze.escalation.methods import Way
from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.evaluation.needs import Met, Need, met
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Overlay, merged, resource_tags
from job.analyze.language.globs import UndecidedError, find_word, plain
from job.analyze.principals.administrator import standing_of
from job.analyze.principals.members import ANY_TAGS, AccountEntry, Member, PolicyRef, RoleMember, UserMember
from job.analyze.principals.resource_tags import (
    AskedTags,
    asked_tags,
    asks_for_tags,
    tag_overlay,
    with_any_tags,
)
from job.analyze.principals.world import World
from job.analyze.service_reference.actions import Kind
from job.analyze.verdict import Evidence, Witness

_USERS = "arn:${partition}:iam::${account}:user/*"


@dataclass(frozen=True, slots=True)
class Held:
    """How certainly something holds, the statements that make it so, and a request that shows it.

    `helpers` set tags for it; the request is the first one's, where it is about a tag that it sets.
    """

    certainty: Certainty
    evidence: tuple[Evidence, ...] = ()
    witness: tuple[str, str, Overlay] | None = None
    open_keys: frozenset[str] = frozenset()
    helpers: tuple[Node, ...] = ()
    shown_by: Node | None = None

    def and_(self, other: Held) -> Held:
        """Both together; the first one's request is shown."""
        if other is GIVEN:
            return self
        if self is GIVEN:
            return other
        more = [e for e in other.evidence if e not in self.evidence]
        helpers = (*self.helpers, *other.helpers)
        return Held(
            self.certainty.both(other.certainty),
            (*self.evidence, *more) if more else self.evidence,
            self.witness or other.witness,
            self.open_keys | other.open_keys,
            tuple(dict.fromkeys(helpers)) if helpers else (),
            self.shown_by if self.witness else other.shown_by,
        )

    def at_best(self, certainty: Certainty) -> Held:
        """The same, no more certain than that."""
        if certainty <= self.certainty:
            return self
        return replace(self, certainty=self.certainty.both(certainty))


NOT_HELD = Held(Certainty.NEVER)
GIVEN = Held(Certainty.CERTAIN)


@dataclass(frozen=True, slots=True)
class Step:
    """One node about to go further; `helpers` are others under the same control, who may set tags for it.

    With `few`, some targets of each kind stand for all: it makes itself an administrator anyway.
    """

    graph: Graph
    node: Node
    rights: Rights
    entry: AccountEntry
    helpers: tuple[Node, ...] = ()
    few: bool = False

    @property
    def world(self) -> World:
        """Everything that is known."""
        return self.graph.world

    @property
    def subject(self) -> Subject:
        """The principal as it acts."""
        return self.rights.subject

    def on(self, need: Need, resource: str, overlay: Overlay = ()) -> Held:
        """Any action of the need on one resource."""
        best, index, rights = NOT_HELD, self.graph.world.index, self.rights
        for action, spelled in zip(need.actions, need.spelled, strict=True):
            bit = index.bit(action)
            if not bit & rights.may:
                continue
            if bit & rights.sure:
                evidence = tuple(g.evidence(action) for g in self.rights.surely(action))
                return Held(Certainty.CERTAIN, evidence, (spelled, resource, overlay))
            applicable = self.rights.applicable(action, overlay)
            if applicable.certainty(resource) < best.certainty:
                decision = applicable.decide(resource)
                evidence = tuple(g.evidence(action) for g in decision.allowed_by)
                best = Held(decision.certainty, evidence, (spelled, resource, overlay), decision.open_keys)
        return best

    def on_member(self, need: Need, member: Member, more: Overlay = ()) -> Held:
        """Any action of the need on a user or role; on a user if need be under another name or path."""
        best = self._on_member(need, member, more)
        if best.certainty is Certainty.CERTAIN or not isinstance(member, UserMember):
            return best
        return min(best, renamed(self, need, member, more), key=lambda held: held.certainty)

    def on_group(self, need: Need, group: str) -> Held:
        """Any action of the need on a group, by its ARN, if need be after it was given another name."""
        best = self.on(need, group)
        if best.certainty is Certainty.CERTAIN:
            return best
        return min(best, group_renamed(self, need, group), key=lambda held: held.certainty)

    def _on_member(self, need: Need, member: Member, more: Overlay) -> Held:
        """The same as it is called now, with what its context would say of that resource."""
        if not self._asks_for_member(need):
            return self.on(need, member.arn, more)
        overlay = merged(member_overlay(member), more)
        best = self.on(need, member.arn, overlay)
        if best.certainty is Certainty.CERTAIN:
            return best
        for told, tagged in self.taggings(member, self._asked_tags(need, more), overlay):
            other = self.on(need, member.arn, told)
            if other.certainty.both(tagged.certainty) < best.certainty:
                best = min(best, other.and_(tagged), key=lambda held: held.certainty)
        return best

    def _asked_tags(self, need: Need, more: Overlay) -> AskedTags:
        conditions = (c for a in need.actions for c in self.rights.applicable(a, more).conditions)
        return asked_tags(conditions, self.subject.context)

    def taggings(self, member: Member, asked: AskedTags, told: Overlay) -> Iterable[tuple[Overlay, Held]]:
        """What requests tell of a user or role when tags were put on it, or taken off, beforehand.

        Where there are more mixes than are looked at, all others together are no more than conceivable.
        """
        taggable = list[Held]()
        for mix in asked.mixes():
            held = GIVEN
            for key, value in mix:
                held = held.and_(self._tagging(member, key, value))
            if held.certainty is not Certainty.NEVER:
                taggable.append(held)
                yield merged(told, *(tag_overlay(key, value) for key, value in mix)), held
        if taggable and not asked.tells_all:
            self.rights.budget.blame(self._asking_for_tags())
            yield with_any_tags(told), taggable[0].at_best(Certainty.CONCEIVABLE)

    def _asking_for_tags(self) -> Iterable[str]:
        """The subject's policies with conditions on tags of users or roles, in words."""
        for attachment in self.subject.identity:
            if asks_for_tags(attachment.policy):
                yield attachment.label

    def _tagging(self, member: Member, key: str, value: str | None) -> Held:
        known, asked = self.rights.kept.of(_Taggings), (member, key, value, self.helpers)
        found = known.get(asked)
        if found is None:
            found = known[asked] = self._find_tagging(member, key, value)
        return found

    def _find_tagging(self, member: Member, key: str, value: str | None) -> Held:
        owner = "User" if member.kind == "user" else "Role"
        action = f"iam:Untag{owner}" if value is None else f"iam:Tag{owner}"
        need = Need((action.lower(),), None, (action,))
        told: Overlay = (("aws:tagkeys", (key,)), *(((f"aws:requesttag/{key}", (value,)),) if value else ()))
        overlay = merged(member_overlay(member), told)
        best = self.on(need, member.arn, overlay)
        for helper in self.helpers:
            other = replace(self, rights=self.graph.rights(helper)).on(need, member.arn, overlay)
            if other.certainty < best.certainty:
                best = replace(other, helpers=(helper,), shown_by=helper)
        return best

    def _asks_for_member(self, need: Need) -> bool:
        """Whether a condition asks for what only the user or role itself tells."""
        known = self.rights.kept.of(_AsksForMember)
        found = known.get(need.actions)
        if found is None:
            unsure = (a for a in need.actions if not self.world.index.bit(a) & self.rights.sure)
            asked = {name for a in unsure for name in self.rights.asked_keys(a)}
            found = known[need.actions] = any(name.startswith(_MEMBER_KEYS) for name in asked)
        return found

    def anywhere(self, need: Need) -> Held:
        """Any action of the need on some resource of its kinds in the account."""
        found = met(need, self.rights, self.world.index)
        if found.certainty is Certainty.NEVER:
            return NOT_HELD
        shown = (found.action, found.reach.witness, ()) if found.reach.witness is not None else None
        evidence = tuple(g.evidence(found.action.lower()) for g in found.reach.grants)
        return Held(found.certainty, evidence, shown)

    def others(self, needs: Iterable[Need], target: str | None = None) -> Held:
        """The remaining needs of a way: IAM and STS actions on its target, all else anywhere."""
        held = GIVEN
        for need in needs:
            bound = target is not None and need.on is None and need.actions[0].startswith(("iam:", "sts:"))
            part = self.on(need, target) if bound and target is not None else self.anywhere(need)
            held = held.and_(part)
            if held.certainty is Certainty.NEVER:
                return NOT_HELD
        return held

    def edge(self, way: Way, target: Node, held: Held, by: str | None = None) -> Edge:
        """The way as an edge; an unseen thing that it needs makes it conditional."""
        certainty = held.certainty.both(Certainty.POSSIBLE) if way.unseen else held.certainty
        return Edge(
            target=target,
            certainty=certainty,
            methods=(way.method,),
            by=(by or f"escalation:{way.method}",),
            evidence=held.evidence,
            unseen=way.unseen,
            shown=self.shown(held),
            open_keys=held.open_keys,
            actors=held.helpers,
        )

    def witness(self, held: Held) -> Witness | None:
        """The request that shows something holds, as the subject would make it."""
        shown = self.shown(held)
        return shown.witness if shown else None

    def shown(self, held: Held) -> Shown | None:
        """The same, to be told when somebody asks."""
        if held.witness is None:
            return None
        action, resource, overlay = held.witness
        own = self.world.resource_overlay(self.subject.account_id)
        asking = (held.shown_by.subject if held.shown_by else None) or self.subject
        return Shown(asking.arn, action, resource, (own, overlay))


def step_of(graph: Graph, node: Node, helpers: tuple[Node, ...] = ()) -> Step:
    """A principal about to go further."""
    entry = graph.world.directory.accounts[node.account_id]
    return Step(graph, node, graph.rights(node), entry, helpers)


class _Taggings(dict[tuple[Member, str, str | None, tuple[Node, ...]], Held]):
    """Whether a user or role may be given a tag, or have it taken off, with the help of some others."""


class _AsksForMember(dict[tuple[str, ...], bool]):
    pass


_MEMBER_KEYS = ("aws:resourcetag/", "iam:resourcetag/", "iam:permissionsboundary")


def member_overlay(member: Member) -> Overlay:
    """What a request's context says of a user or role that it is about: its tags and its boundary."""
    boundary = (member.boundary.arn,) if member.boundary and member.boundary.arn else ()
    bound = ("iam:permissionsboundary", boundary)
    if member.tags is ANY_TAGS:
        return (bound,)
    return (("aws:resourcetag/", ()), ("iam:resourcetag/", ()), *resource_tags(member.tags), bound)


def attach(refs: Iterable[PolicyRef], place: str) -> tuple[Attachment, ...]:
    """Policies in a place."""
    return tuple(Attachment(r.policy, place, r.name, r.arn) for r in refs)


def place_of(subject: Subject) -> str:
    """Where policies attached to the subject itself are, as evidence names it."""
    return "user" if subject.kind == "user" else f"role {subject.name}"


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
    taken = _names_taken(step, kind)
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


def _names_taken(step: Step, kind: str) -> frozenset[str]:
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


_RENAME = {
    "user": Need(("iam:updateuser",), None, ("iam:UpdateUser",)),
    "group": Need(("iam:updategroup",), None, ("iam:UpdateGroup",)),
}


class _NewNames(dict[tuple[str, tuple[str, ...], Overlay], Held]):
    """What may be done under some new name, by kind, actions, and what the request tells."""


def renamed(step: Step, need: Need, user: UserMember, more: Overlay) -> Held:
    """Any action of the need on a user that was given another name or path before; its own path alone.

    The old and the new name both need the permission, and the user's keys, policies and trust stay.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
    """
    renaming = _RENAME["user"]
    if not _may_rename(step, need, renaming) or not user.exists:
        return NOT_HELD
    told = merged(member_overlay(user), more)
    before = step.on(renaming, user.arn, told)
    if before.certainty is Certainty.NEVER:
        return NOT_HELD
    if user.arn != step.subject.arn:
        return _under_new_name(step, need, "user", told).and_(before)
    template = [f"arn:${{partition}}:iam::${{account}}:user/{place}{user.name}" for place in ("", "*/")]
    return _under_one_of(step, need, renaming, told, [*template, f"!{user.arn}"]).and_(before)


def group_renamed(step: Step, need: Need, group: str) -> Held:
    """The same of a group that was given another name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
    """
    renaming = _RENAME["group"]
    if not _may_rename(step, need, renaming) or group not in step.entry.group_arns.values():
        return NOT_HELD
    before = step.on(renaming, group)
    if before.certainty is Certainty.NEVER:
        return NOT_HELD
    return _under_new_name(step, need, "group", ()).and_(before)


def _may_rename(step: Step, need: Need, renaming: Need) -> bool:
    index, may = step.world.index, step.rights.may
    return bool(index.bit(renaming.actions[0]) & may and need.mask(index) & may) and need != renaming


def _under_new_name(step: Step, need: Need, kind: str, told: Overlay) -> Held:
    known, key = step.rights.kept.of(_NewNames), (kind, need.actions, told)
    found = known.get(key)
    if found is None:
        found = known[key] = _under_free_name(step, need, kind, told)
    return found


def _under_free_name(step: Step, need: Need, kind: str, told: Overlay) -> Held:
    best, renaming = NOT_HELD, step.rights.applicable(_RENAME[kind].actions[0], told)
    for action, spelled in zip(need.actions, need.spelled, strict=True):
        doing = step.rights.applicable(action, told)
        arn, is_free = free_name(step, kind, [renaming, doing])
        if arn is not None:
            held = step.on(Need((action,), None, (spelled,)), arn, told)
            held = held.and_(step.on(_RENAME[kind], arn, told)).at_best(is_free)
            best = min(best, held, key=lambda one: one.certainty)
    return best


def _under_one_of(step: Step, need: Need, renaming: Need, told: Overlay, template: list[str]) -> Held:
    best = NOT_HELD
    for action, spelled in zip(need.actions, need.spelled, strict=True):
        needed = [step.rights.applicable(a, told) for a in (renaming.actions[0], action)]
        found = joint(needed, template, step)
        if found.witness is not None:
            arn = found.witness[1]
            held = step.on(Need((action,), None, (spelled,)), arn, told).and_(step.on(renaming, arn, told))
            best = min(best, held, key=lambda one: one.certainty)
    return best


def on_others(step: Step, need: Need) -> Met:
    """The need on the account's users besides itself, asked of all of them at once."""
    besides = (_USERS, f"!{step.subject.arn}")
    return met(Need(need.actions, besides, need.spelled), step.rights, step.world.index)


def users_besides(step: Step, *needs: Need) -> Iterable[UserMember]:
    """The account's other users; none where one of the needs is met on none, as where it is about oneself."""
    if any(on_others(step, need).certainty is Certainty.NEVER for need in needs):
        return ()
    listed = chosen(step, "users", step.entry.users.values())
    return (u for u in listed if u.arn != step.subject.arn)


def roles_besides(step: Step) -> Iterable[RoleMember]:
    """The account's other roles whose policies and trust can be changed."""
    listed = chosen(step, "roles", step.entry.roles.values())
    return (r for r in listed if r.arn != step.subject.arn and not r.fixed)


_SOME = 8
_Chosen = TypeVar("_Chosen", bound=Member)


class _Standing(dict[tuple[str, str], frozenset[str]]):
    """The members of an account that stand for all of a kind, by ARN."""


def chosen(step: Step, what: str, members: Collection[_Chosen]) -> Collection[_Chosen]:
    """The members of an account that a step looks at: all, or some administrators and some others."""
    if not step.few or len(members) <= 2 * _SOME:
        return members
    key = (step.subject.account_id, what)
    known = step.world.kept.of(_Standing)
    kept = known.get(key)
    if kept is None:
        strong, weak = list[str](), list[str]()
        for member in members:
            standing = standing_of(step.world, step.world.subject(member))
            (strong if standing.certainty is Certainty.CERTAIN else weak).append(member.arn)
        kept = known[key] = frozenset((*strong[:_SOME], *weak[:_SOME]))
    return [member for member in members if member.arn in kept]


def mfa_context(context: Context) -> Context:
    """The context of a session that was opened with MFA."""
    return context.having(
        {"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": ("1",)},
        opened=frozenset(("aws:tokenissuetime",)),
    )
