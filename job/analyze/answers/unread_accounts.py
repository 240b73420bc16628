"""Roles in accounts of the organization that were not read: what a key does that enters them is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from job.analyze.answers.administration import Administration
from job.analyze.escalation.graph import Graph, Node
from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.service_reference.actions import Kind
from job.analyze.verdict import AdminAccess, CapabilityVerdict, Verdict
from job.snapshot.states import ACTIVE


class UnreadAccounts:
    """The accounts that are listed and were not read, and who may enter roles in them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._unread: frozenset[str] | None = None

    def forget(self) -> None:
        """Drops what was found; it is found again when asked for."""
        self._unread = None

    def entered_by(self, nodes: Iterable[Node]) -> tuple[str, ...]:
        """Those that policies of these principals name and let them enter, as far as their own side goes."""
        if self._unread is None:
            self._unread = self._find_unread()
        if not self._unread:
            return ()
        subjects = (node for node in nodes if node.subject is not None)
        return tuple(sorted({account for node in subjects for account in self._entered(node)}))

    def _find_unread(self) -> frozenset[str]:
        world = self._graph.world
        listed = world.organization.accounts.values()
        read = {entry.id for entry in world.directory.accounts.values() if entry.identities_read}
        return frozenset(one.id for one in listed if one.state in (None, ACTIVE)) - read

    def _entered(self, node: Node) -> Iterable[str]:
        rights, world = self._graph.rights(node), self._graph.world
        assuming = world.index.bit(ASSUME_ROLE)
        for account in rights.other_owners(assuming) & (self._unread or frozenset()):
            partition = rights.subject.partition
            roles = Kind.of((f"arn:{partition}:iam::{account}:role/*",), partition, account)
            applicable = rights.applicable(ASSUME_ROLE, world.resource_overlay(account), account)
            if applicable.reach(roles).verdict is not Verdict.NONE:
                yield account


def left_open(administration: Administration, accounts: Sequence[str]) -> Administration:
    """The answer where roles of these accounts may be entered: none is not proved."""
    if not accounts or administration.access is not AdminAccess.NONE:
        return administration
    return replace(administration, access=AdminAccess.UNKNOWN, reason=_reason(accounts))


def left_unproved(verdict: CapabilityVerdict, accounts: Sequence[str]) -> CapabilityVerdict:
    """The same of a kind of data."""
    if not accounts or verdict.verdict is not Verdict.NONE:
        return verdict
    return replace(verdict, verdict=Verdict.UNKNOWN, reason=_reason(accounts))


def notes_on(accounts: Iterable[str]) -> Iterable[str]:
    """What was not looked at, in words."""
    return (f"roles of account {account}, which may be entered, were not read" for account in accounts)


def _reason(accounts: Sequence[str]) -> str:
    return f"roles of {', '.join(accounts)} were not read"
