"""What every escalation rule works with: one node, its rights, and the questions that rules ask of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from job.analyze.escalation.graph import Edge, Graph, Node, Shown
from job.analyze.escalation.held import GIVEN, NOT_HELD, Held
from job.analyze.escalation.methods import Way
from job.analyze.evaluation.needs import Met, Need, met
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Overlay, issued_now, merged, resource_tags
from job.analyze.principals.administrator import standing_of
from job.analyze.principals.members import ANY_TAGS, AccountEntry, Member, PolicyRef, RoleMember, UserMember
from job.analyze.principals.resource_tags import (
    AskedTags,
    asked_tags,
    asks_for_tags,
    spellings,
    tag_overlay,
    with_any_tags,
)
from job.analyze.principals.world import World
from job.analyze.verdict import Witness

_USERS = "arn:${partition}:iam::${account}:user/*"


@dataclass(frozen=True, slots=True)
class Step:
    """One node about to go further; `helpers` are others under the same control, who may do a part for it.

    With `few`, some targets of each kind stand for all: it makes itself an administrator anyway. With a
    `party`, any of those meets a need, each by itself, and is told as a helper.
    """

    graph: Graph
    node: Node
    rights: Rights
    entry: AccountEntry
    helpers: tuple[Node, ...] = ()
    few: bool = False
    party: tuple[Step, ...] = ()

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
        if self.party:
            return self.by_any(lambda one: one.on(need, resource, overlay))
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

    def with_help(self, ask: Callable[[Step], Held]) -> Held:
        """What it has, or what one of its helpers has more surely."""
        best = ask(self)
        for helper in self.helpers if best.certainty is not Certainty.CERTAIN else ():
            held = ask(self.of_helper(helper))
            if held.certainty < best.certainty:
                best = replace(held, helpers=(helper,), shown_by=helper)
        return best

    def of_helper(self, helper: Node) -> Step:
        """The same as a helper takes it."""
        return replace(self, node=helper, rights=self.graph.rights(helper), helpers=())

    def by_any(self, ask: Callable[[Step], Held]) -> Held:
        """What one of the party has, whoever has it most surely."""
        best = NOT_HELD
        for one in self.party:
            held = ask(one)
            if held.certainty < best.certainty:
                helpers = (one.node, *(node for node in held.helpers if node is not one.node))
                best = replace(held, helpers=helpers, shown_by=held.shown_by or one.node)
                if best.certainty is Certainty.CERTAIN:
                    break
        return best

    def under_its_name(self, need: Need, member: Member, more: Overlay = ()) -> Held:
        """Any action of the need on a user or role as it is called, with what its context would say of it."""
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
        return self.with_help(partial(Step.tagging, need=need, member=member, key=key, value=value))

    def tagging(self, need: Need, member: Member, key: str, value: str | None) -> Held:
        """Putting a tag on a user or role by itself, or taking it off where there is no value."""
        requested: Overlay = ((f"aws:requesttag/{key}", (value,)),) if value else ()
        told = merged(member_overlay(member), requested)
        return self.with_tag(need, key, lambda keys: self.on(need, member.arn, merged(told, keys)))

    def with_tag(self, need: Need, key: str, asking: Callable[[Overlay], Held]) -> Held:
        """What is asked of a request about a tag, with its key spelled as serves best."""
        statements = self.rights.statements_about(need.actions[0])
        best = NOT_HELD
        for one in spellings(key, statements):
            held = asking((("aws:tagkeys", (one,)),))
            if held.certainty is Certainty.CERTAIN:
                return held
            best = min(best, held, key=lambda found: found.certainty)
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
        if self.party:
            return self.by_any(lambda one: one.anywhere(need))
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

    def whole(self, way: Way) -> Held:
        """All needs of a way that has no target; of a party each caller meets what is asked of one."""
        if not self.party:
            return self.others(way.needs)
        held = GIVEN
        for needs in way.callers:
            held = held.and_(self.by_any(partial(Step.others, needs=needs)))
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
            open_keys=self.world.kept.shared(held.open_keys),
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


def on_others(step: Step, need: Need) -> Met:
    """The need on the account's users besides itself, asked of all of them at once."""
    if step.party:
        return min((on_others(one, need) for one in step.party), key=lambda found: found.certainty)
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
    told = {"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": ("1",)}
    return issued_now(context).having(told)
