"""Who of those that a search came to may change others, rewrite trusts, or do a part of what others do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from job.analyze.escalation.graph import Edge, Graph, Node
from job.analyze.escalation.held import Held
from job.analyze.escalation.steps import Step
from job.analyze.escalation.targets import Change
from job.analyze.evaluation.compiled import union_of
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.principals.administrator import standing_of
from job.analyze.principals.members import RoleMember
from job.analyze.principals.world import World

REWRITE = Need(("iam:updateassumerolepolicy",), None, ("iam:UpdateAssumeRolePolicy",))
"""The action that rewrites a role's trust policy."""
# What others may do a part of, and the parts that they may do: a policy to be attached may be another's.
_TO_JOIN = (
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:createrole",
    "iam:createuser",
    "iam:enablemfadevice",
    "iam:putgrouppolicy",
    "iam:putuserpolicy",
    "iam:updateloginprofile",
)
_PARTS = (
    "iam:attachgrouppolicy",
    "iam:createaccesskey",
    "iam:creategroup",
    "iam:createloginprofile",
    "iam:createpolicy",
    "iam:createvirtualmfadevice",
    "iam:deletepolicy",
    "iam:deletepolicyversion",
    "iam:deleterole",
    "iam:deleteuser",
    "iam:putgrouppolicy",
    "iam:updategroup",
    "iam:updateuser",
)
_MOST_ALIKE = 8
_MOST_TOGETHER = 100
_TAGGING = ("iam:taguser", "iam:untaguser", "iam:tagrole", "iam:untagrole")


class Changing(Protocol):
    """The changes that a principal can make to another, or to itself, as it is now."""

    def able(self, world: World, rights: Rights, /) -> bool:
        """Whether it may be able to change anybody at all."""

    def __call__(self, step: Step, node: Node, /) -> Iterable[Change]:
        """The changes of a target that is a user or role."""

    def passing(
        self, step: Step, method: str, role: RoleMember, trusting: Held, made: Node | None = None, /
    ) -> Iterable[Edge]:
        """The ways into a role that a method has trust a service."""


class Changers:
    """Nodes by their accounts: who may change, who may rewrite trusts, who may help others, whom that helps.

    Whoever is added is asked only when the account is settled: where it is administered, that makes no
    difference, and nobody's rights are looked at. Parts of what others do are done only once they `join`.
    """

    def __init__(self, graph: Graph, changing: Changing) -> None:
        self._graph = graph
        self._changing = changing
        self.rewriters: dict[str, list[Node]] = {}
        self._able: dict[str, list[Node]] = {}
        self._taggers: dict[str, list[Node]] = {}
        self._partners: dict[str, list[Node]] = {}
        self._joining: dict[str, list[Node]] = {}
        self._helped: dict[str, list[Node]] = {}
        self._joined = set[str]()
        self._many: dict[str, int] = {}
        self._helpers: dict[Node, tuple[tuple[int, int], tuple[Node, ...]]] = {}
        self._unsettled: dict[str, list[Node]] = {}
        self._rewriting = graph.world.index.bit(REWRITE.actions[0])
        self._tagging = union_of(map(graph.world.index.bit, _TAGGING))
        self._parts = union_of(map(graph.world.index.bit, _PARTS))
        self._to_join = union_of(map(graph.world.index.bit, _TO_JOIN))

    def add(self, node: Node) -> None:
        """Somebody who was come to."""
        self._many[node.account_id] = self._many.get(node.account_id, 0) + 1
        self._unsettled.setdefault(node.account_id, []).append(node)

    def settle(self, account_id: str) -> Iterable[Node]:
        """Find out what those who were added in an account may do; whom that may help further."""
        again = dict[Node, None]()
        for node in self._unsettled.pop(account_id, ()):
            rights = self._graph.rights(node)
            if self._changing.able(self._graph.world, rights):
                self._able.setdefault(account_id, []).append(node)
            if rights.may & self._rewriting:
                self.rewriters.setdefault(account_id, []).append(node)
            helped = self._helped.setdefault(account_id, [])
            if rights.may & self._tagging:
                self._taggers.setdefault(account_id, []).append(node)
                again |= dict.fromkeys(helped)
            helped_otherwise = self._joining.setdefault(account_id, [])
            if self._is_partner(account_id, rights):
                self._partners.setdefault(account_id, []).append(node)
                again |= dict.fromkeys(helped_otherwise if account_id in self._joined else ())
            if rights.may & self._to_join:
                helped_otherwise.append(node)
            if self._asks_for_tags(rights.subject):
                helped.append(node)
        return again

    def _is_partner(self, account_id: str, rights: Rights) -> bool:
        """Whether somebody may do parts that no known one surely does; some who only may stand for all."""
        known = [self._graph.rights(one) for one in self._partners.get(account_id, ())]
        parts = rights.may & self._parts & ~union_of(one.sure for one in known)
        if not parts or self._is_administrator(rights.subject):
            return False
        return bool(parts & rights.sure) or sum(bool(one.may & parts) for one in known) < _MOST_ALIKE

    def _is_administrator(self, subject: Subject) -> bool:
        """Whether somebody surely makes all parts itself, and all else in its account."""
        return standing_of(self._graph.world, subject).certainty is Certainty.CERTAIN

    def join(self, account_id: str) -> Iterable[Node]:
        """From now on those of an account do parts of what others do: whom that may help further."""
        if account_id in self._joined or self.are_many(account_id) or not self._partners.get(account_id):
            return ()
        self._joined.add(account_id)
        return self._joining.get(account_id, ())

    def are_many(self, account_id: str) -> bool:
        """Whether so many of an account were come to that not every one is asked to help every other."""
        return self._many.get(account_id, 0) > _MOST_TOGETHER

    def are_apart(self, account_id: str) -> bool:
        """Whether some of an account might have helped others, and were too many to be asked."""
        partners = self._partners.get(account_id, ()) if self.are_many(account_id) else ()
        joining = self._joining.get(account_id, ()) if partners else ()
        return any(one.subject and self._find_helpers(one, one.subject, (), partners) for one in joining)

    def able(self, account_id: str) -> Sequence[Node]:
        """Who may change somebody of an account that is settled."""
        return self._able.get(account_id, ())

    def helpers(self, node: Node) -> tuple[Node, ...]:
        """The others of its account who may set tags for it, or do a part of what it does."""
        taggers = self._taggers.get(node.account_id, ())
        is_joined = node.account_id in self._joined and not self.are_many(node.account_id)
        partners = self._partners.get(node.account_id, ()) if is_joined else ()
        if not (taggers or partners) or node.kind == "account" or node.subject is None:
            return ()
        among, known = (len(taggers), len(partners)), self._helpers.get(node)
        if known is None or known[0] != among:
            known = self._helpers[node] = (among, self._find_helpers(node, node.subject, taggers, partners))
        return known[1]

    def _find_helpers(
        self, node: Node, subject: Subject, taggers: Sequence[Node], partners: Sequence[Node]
    ) -> tuple[Node, ...]:
        tagging = taggers if taggers and self._asks_for_tags(subject) else ()
        rights = self._graph.rights(node) if partners else None
        lacking = self._parts & ~rights.sure if rights is not None and rights.may & self._to_join else 0
        helping = [one for one in partners if lacking and self._helps(one, node, lacking)]
        listed = dict.fromkeys((*tagging, *helping))
        return tuple(one for one in listed if one.subject is not subject)

    def _helps(self, one: Node, node: Node, lacking: int) -> bool:
        """Whether it is another principal that may do some of these actions, as bits."""
        return one.key[:2] != node.key[:2] and bool(self._graph.rights(one).may & lacking)

    def _asks_for_tags(self, subject: Subject) -> bool:
        """Whether tags of others make a difference to what somebody may do."""
        world = self._graph.world
        return world.directory.trusts_ask_for_tags or world.rights(subject).asks_for_tags
