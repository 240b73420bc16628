"""One principal's verdicts: from everything that its keys lead to, what the report says about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from job.analyze.answers.administration import Administrations
from job.analyze.answers.data_access import DataAccesses
from job.analyze.answers.exposure import Exposures
from job.analyze.answers.named_stores import NamedStores, not_by_store
from job.analyze.answers.notes import (
    APART,
    UNHEARD,
    applying_policies,
    known_leaked,
    notes_of,
    status_of,
    undecided,
)
from job.analyze.answers.own_access import Accesses
from job.analyze.answers.store_access import StoreAccesses
from job.analyze.answers.unproved import left_open, left_unproved
from job.analyze.answers.unread_accounts import UnreadAccounts, notes_on, reason_of
from job.analyze.escalation.changers import Changing
from job.analyze.escalation.closure import Closure
from job.analyze.escalation.graph import Arrival, Graph, Node
from job.analyze.escalation.methods import Method
from job.analyze.language.certainty import Certainty
from job.analyze.principals.administrator import standing_of
from job.analyze.verdict import AdminAccess, CapabilityVerdict, Layer, PrincipalVerdicts, Verdict


class Judge:
    """Words for each key, from the graph and the accesses of its nodes."""

    def __init__(
        self,
        graph: Graph,
        changing: Changing,
        accesses: Accesses,
        stores: StoreAccesses,
        methods: Iterable[Method],
    ) -> None:
        self._graph = graph
        self._changing = changing
        self._administrations = Administrations(graph, methods)
        self._data_accesses = DataAccesses(graph, accesses)
        unnamed = {c.id: not_by_store(c) for c in accesses.capabilities}
        self._unnamed = DataAccesses(graph, Accesses(graph, unnamed.values(), stores.inventory))
        self._not_by_store = unnamed
        self._stores = stores
        self._named = NamedStores(stores.inventory)
        self._exposures = Exposures(graph, methods)
        self._unread = UnreadAccounts(graph)

    def forget(self) -> None:
        """Drops everything found so far, in the graph too: memory stays flat over many accounts."""
        self._data_accesses.forget()
        self._unnamed.forget()
        self._exposures.forget()
        self._unread.forget()
        self._graph.world.forget()
        self._graph.forget()

    def judge(self, node: Node, user_name: str) -> PrincipalVerdicts:
        """Everything about one principal's keys."""
        world = self._graph.world
        closure = Closure(self._graph, self._changing, node)
        arrivals = closure.arrivals
        own = standing_of(world, self._graph.rights(node).subject)
        unread = self._unread.entered_by(arrivals)
        apart = tuple(f"{APART} {account_id}" for account_id in closure.apart)
        unproved = "; ".join(filter(None, (reason_of(unread), *apart)))
        administration = left_open(self._administrations.of(own, closure), unproved)
        capabilities = dict[str, CapabilityVerdict]()
        findings, limits = list(administration.findings), {*own.limited_by, *administration.limited_by}
        leaked = known_leaked(world, node)
        if leaked:
            limits.add(Layer.QUARANTINE)
        roles, accounts = self._reach(node, arrivals)
        stores = self._stores.of(node, arrivals)
        for capability in self._data_accesses.capabilities:
            verdict, more = self._data_accesses.of(node, own, arrivals, capability)
            left = self._not_by_store[capability.id]
            unnamed = partial(self._unnamed.of, node, own, arrivals, left)
            verdict, told = self._named.seen(verdict, more, stores, accounts, unnamed)
            capabilities[capability.id] = verdict = left_unproved(verdict, unproved)
            findings += told
            limits.update(verdict.limited_by)
        findings += self._exposures.findings(node, arrivals)
        unheard = (UNHEARD,) if not unread and self._unread.left_to_them(arrivals) else ()
        notes = (*notes_on(unread), *apart, *notes_of(world, node), *unheard)
        if AdminAccess.UNKNOWN is administration.access or any(
            verdict.verdict is Verdict.UNKNOWN for verdict in capabilities.values()
        ):
            notes = tuple(dict.fromkeys((*undecided(world, arrivals), *notes)))
        return PrincipalVerdicts(
            account_id=node.account_id,
            principal_arn=node.name,
            user_name=user_name,
            policies=applying_policies(node),
            admin_access=administration.access,
            admin_via=administration.via,
            admin_reason=administration.reason,
            capabilities=capabilities,
            reachable_roles=roles,
            reachable_accounts=len(accounts),
            limited_by=tuple(sorted(limits)),
            status=status_of(world, node, notes),
            notes=self._named.noted(notes, accounts),
            known_leaked=leaked,
            findings=tuple(findings),
            stores=stores,
            store_counts=self._named.counts(stores, accounts),
        )

    def _reach(self, node: Node, arrivals: Mapping[Node, Arrival]) -> tuple[int, frozenset[str]]:
        """Roles it can end up in, and their accounts with its own; an administrator enters them all."""
        roles, accounts = set[str](), {node.account_id}
        for found, arrival in arrivals.items():
            if arrival.certainty > Certainty.POSSIBLE:
                continue
            if found.kind == "account" and found.subject is not None:
                roles.update(r.arn for r in self._graph.world.roles_of(found.account_id) if not r.fixed)
                accounts.add(found.account_id)
            elif found.kind == "role" and found.key[0] == "member":
                roles.add(found.name)
                accounts.add(found.account_id)
        return len(roles), frozenset(accounts)
