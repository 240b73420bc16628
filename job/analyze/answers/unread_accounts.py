"""Roles in accounts of the organization that were not read: what a key does that enters them is unknown.

It is where a policy speaks of roles of other accounts. One that permits to assume whatever there is tells
nothing of them: without a word of theirs nobody gets in, and the note says that it was not heard.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from job.analyze.escalation.graph import Graph, Node
from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.evaluation.rights import Rights
from job.analyze.language.document import Statement
from job.analyze.service_reference.actions import Kind
from job.analyze.verdict import Verdict
from job.snapshot.states import ACTIVE


class UnreadAccounts:
    """The accounts that are listed and were not read, and who may enter roles in them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._unread: frozenset[str] | None = None
        self._alike: Mapping[object, frozenset[str]] = {}
        self._entered: dict[Node, frozenset[str]] = {}

    def forget(self) -> None:
        """Drops what was found; it is found again when asked for."""
        self._unread, self._alike = None, {}
        self._entered.clear()

    def entered_by(self, nodes: Iterable[Node]) -> tuple[str, ...]:
        """Those that policies of these principals name and let them enter, as far as their own side goes."""
        if self._unread is None:
            self._unread = self._find_unread()
            self._alike = self._by_place(self._unread)
        if not self._unread:
            return ()
        found = set[str]()
        for node in nodes:
            if node.subject is not None:
                if node not in self._entered:
                    self._entered[node] = frozenset(self._find_entered(node))
                found |= self._entered[node]
        return tuple(sorted(found))

    def left_to_them(self, nodes: Iterable[Node]) -> bool:
        """Whether some of these principals may enter such roles if these let them in."""
        if not self._unread:
            return False
        rights = (self._graph.rights(node) for node in nodes if node.subject is not None)
        assuming = (one for one in rights if any(map(_speaks_of_any, _own_statements(one))))
        return any(True for one in assuming for _ in self._let_in(one, self._unread))

    def _find_unread(self) -> frozenset[str]:
        world = self._graph.world
        listed = world.organization.accounts.values()
        read = {entry.id for entry in world.directory.accounts.values() if entry.identities_read}
        return frozenset(one.id for one in listed if one.state in (None, ACTIVE)) - read

    def _find_entered(self, node: Node) -> Iterable[str]:
        rights, unread = self._graph.rights(node), self._unread or frozenset()
        assuming = self._graph.world.index.bit(ASSUME_ROLE)
        if assuming & rights.left:
            named = rights.other_owners(assuming)
            if any(map(_speaks_of_others, _own_statements(rights))):
                named = unread
            yield from self._let_in(rights, named & unread)

    def _by_place(self, accounts: Iterable[str]) -> Mapping[object, frozenset[str]]:
        """Accounts that neither paths nor RCPs tell apart."""
        world, found = self._graph.world, defaultdict[object, set[str]](set)
        for account in accounts:
            found[world.organization_path(account), world.policies.rcps(account)].add(account)
        return {place: frozenset(alike) for place, alike in found.items()}

    def _let_in(self, rights: Rights, among: frozenset[str]) -> Iterable[str]:
        """The accounts whose roles it may enter; one stands for all alike where none is spoken of."""
        named = among & rights.other_owners(self._graph.world.index.bit(ASSUME_ROLE))
        if _tells_some_apart(rights):
            named = among
        yield from (account for account in named if self._lets_enter(rights, account))
        for alike in self._alike.values() if named < among else ():
            others = alike & among - named
            if others and self._lets_enter(rights, min(others)):
                yield from others

    def _lets_enter(self, rights: Rights, account: str) -> bool:
        """Whether the principal's own side lets it enter some role of an account."""
        if not self._graph.world.index.bit(ASSUME_ROLE) & rights.left:
            return False
        partition = rights.subject.partition
        roles = Kind.of((f"arn:{partition}:iam::{account}:role/*",), partition, account)
        overlay = self._graph.world.resource_overlay(account)
        return rights.applicable(ASSUME_ROLE, overlay, account).reach(roles).verdict is not Verdict.NONE


_ACCOUNT, _RESOURCE = 4, 5
_PART_OF_ID = re.compile(r"(?=.*[0-9?])(?=.*[*?])[0-9*?]+")
_OF_ORGANIZATION = ("aws:resourceorgid", "aws:resourceorgpaths")


def _own_statements(rights: Rights) -> Iterable[Statement]:
    """The principal's own statements that allow to enter roles, whether conditions hold at home or not."""
    applicable = rights.applicable(ASSUME_ROLE)
    return (grant.statement for grant in (*applicable.allows, *applicable.failed))


def _tells_some_apart(rights: Rights) -> bool:
    """Whether something about it is of some accounts by a part of their ids."""
    statements = rights.statements_about(ASSUME_ROLE)
    parts = (pattern.split(":", _RESOURCE) for s in statements for pattern in s.resources.patterns)
    written = {one[_ACCOUNT] for one in parts if len(one) > _ACCOUNT}
    written |= rights.other_owners(-1)
    return any(_PART_OF_ID.fullmatch(one) for one in written)


def _speaks_of_any(statement: Statement) -> bool:
    """Whether it is about whatever account something is in."""
    patterns = (pattern.split(":", _RESOURCE) for pattern in statement.resources.patterns)
    return statement.resources.negated or any(
        len(one) <= _ACCOUNT or not one[_ACCOUNT].isdigit() for one in patterns
    )


def _speaks_of_others(statement: Statement) -> bool:
    """Whether it allows roles of any account by their ARN, or of any in an organization."""
    if statement.resources.negated:
        return False
    parts = (pattern.split(":", _RESOURCE) for pattern in statement.resources.patterns)
    roles = (one for one in parts if len(one) > _RESOURCE and one[_RESOURCE].startswith("role/"))
    return any("*" in one[_ACCOUNT] or "?" in one[_ACCOUNT] for one in roles) or any(
        condition.key in _OF_ORGANIZATION for condition in statement.conditions
    )


def notes_on(accounts: Iterable[str]) -> Iterable[str]:
    """What was not looked at, in words."""
    return (f"roles of account {account}, which may be entered, were not read" for account in accounts)


def reason_of(accounts: Sequence[str]) -> str:
    """Why nothing is proved, empty where roles of no such account may be entered."""
    return f"roles of {', '.join(accounts)} were not read" if accounts else ""
