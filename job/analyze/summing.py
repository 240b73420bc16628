"""From everything a key leads to, to the words of the report: verdicts, first steps, reasons, findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from job.analyze.access import Access, Accesses, Used
from job.analyze.administrator import Standing, standing_of
from job.analyze.capabilities import Capability
from job.analyze.escalation import held_back
from job.analyze.grants import Certainty
from job.analyze.graph import Arrival, Edge, Graph, Node, reachable, route
from job.analyze.methods import Method
from job.analyze.needs import better, capped
from job.analyze.notes import applying_policies, notes_of, status_of
from job.analyze.trust import held_back_by
from job.analyze.verdict import (
    AdminAccess,
    CapabilityVerdict,
    Evidence,
    Finding,
    Hop,
    Layer,
    PrincipalVerdicts,
    Verdict,
    Witness,
)

_ESCALATED = {
    Certainty.CERTAIN: AdminAccess.ESCALATES,
    Certainty.POSSIBLE: AdminAccess.CONDITIONAL,
    Certainty.CONCEIVABLE: AdminAccess.UNKNOWN,
    Certainty.NEVER: AdminAccess.NONE,
}
_SHOWN_ACTIONS = ("iam:CreateUser", "s3:GetObject", "kms:Decrypt", "dynamodb:GetItem", "ec2:RunInstances")
_SAMPLE = "arn:{partition}:iam::{account}:user/x"


@dataclass(frozen=True, slots=True)
class _Source:
    """A node that gives something of a capability: how much of it arrives, and under which `via`."""

    node: Node
    access: Access
    verdict: Verdict
    via: str


class Judge:
    """Words for each key, from the graph and the accesses of its nodes."""

    def __init__(self, graph: Graph, accesses: Accesses, methods: Iterable[Method]) -> None:
        self._ways = tuple(way for method in methods for way in method.ways)
        self._graph = graph
        self._accesses = accesses
        self._leads: dict[Node, Mapping[Node, Arrival]] = {}
        self._held_back: dict[Node, frozenset[Layer]] = {}

    def forget(self) -> None:
        """Drops everything found so far, in the graph too: memory stays flat over many accounts."""
        self._leads.clear()
        self._held_back.clear()
        self._accesses.forget()
        self._graph.world.forget()
        self._graph.forget()

    def judge(self, node: Node, user_name: str) -> PrincipalVerdicts:
        """Everything about one principal's keys."""
        arrivals = reachable(self._graph, node)
        own = standing_of(self._graph.world, self._graph.rights(node).subject)
        capabilities, limits = dict[str, CapabilityVerdict](), set(own.limited_by)
        admin, via, reason, findings = self._administration(node, own, arrivals, limits)
        for capability in self._accesses.capabilities:
            verdict, more = self._capability(node, own, arrivals, capability)
            capabilities[capability.id] = verdict
            findings += more
            limits.update(verdict.limited_by)
        roles, accounts = self._reach(node, arrivals)
        world = self._graph.world
        return PrincipalVerdicts(
            account_id=node.account_id,
            principal_arn=node.name,
            user_name=user_name,
            policies=applying_policies(node),
            admin_access=admin,
            admin_via=via,
            admin_reason=reason,
            capabilities=capabilities,
            reachable_roles=roles,
            reachable_accounts=accounts,
            limited_by=tuple(sorted(limits)),
            status=status_of(world, node),
            notes=notes_of(world, node),
            findings=tuple(findings),
        )

    def _administration(
        self, node: Node, own: Standing, arrivals: Mapping[Node, Arrival], limits: set[Layer]
    ) -> tuple[AdminAccess, tuple[str, ...], str, list[Finding]]:
        if own.certainty is Certainty.CERTAIN:
            finding = self._own_administration(node, own)
            return AdminAccess.DIRECT, ("direct",), _texts(own.evidence), [finding]
        best = min((a.certainty for n, a in arrivals.items() if n.kind == "account"), default=Certainty.NEVER)
        if best is Certainty.NEVER:
            layers = sorted(
                {*own.limited_by, *held_back(self._graph.world, self._graph.rights(node), self._ways)}
            )
            limits.update(layers)
            reason = f"blocked by {', '.join(layers)}" if layers else ""
            return AdminAccess.NONE, (), reason, []
        leading = [e for e in self._graph.edges(node) if self._leads_on(node, e) is best]
        # What it does to itself on the way counts only where nothing leads there without it.
        edges = [e for e in leading if e.target.key[:2] != node.key[:2]] or leading
        via = tuple(sorted({by for e in edges for by in (e.by or ("direct",))}))
        findings = [self._escalation(node, e, best) for e in edges]
        reason = _with_openings(findings[0].evidence, edges[0].open_keys, edges[0].unseen) if edges else ""
        return _ESCALATED[best], via, reason, findings

    def _leads_on(self, start: Node, edge: Edge) -> Certainty:
        """How certainly an edge leads to an administrator without coming back to its start."""
        if edge.target.kind == "account":
            return edge.certainty
        arrivals = self._leads.get(edge.target)
        if arrivals is None:
            arrivals = self._leads[edge.target] = reachable(self._graph, edge.target)
        goals = [n for n in arrivals if n.kind == "account"]
        free = [arrivals[n].certainty for n in goals if all(s is not start for s, _ in route(arrivals, n))]
        return max(edge.certainty, min(free, default=Certainty.NEVER))

    def _own_administration(self, node: Node, own: Standing) -> Finding:
        return Finding(
            capability="admin_access",
            verdict=AdminAccess.DIRECT.value,
            data_class="",
            methods=(),
            path=(_hop(node, ""), *_policy_hops(own.evidence)),
            evidence=own.evidence,
            narrowed_by=own.limited_by[0] if own.limited_by else None,
            witness=self._sample_request(node),
            note="",
        )

    def _sample_request(self, node: Node) -> Witness | None:
        """Some request that an administrator's own policies and the organization's let through."""
        rights = self._graph.rights(node)
        for action in _SHOWN_ACTIONS:
            for templates in self._graph.world.index.kinds(action.lower())[:1]:
                resource = templates[0].replace("${partition}", rights.subject.partition)
                resource = resource.replace("${account}", node.account_id).replace("*", "x")
                if rights.force(action.lower()).decide(resource).certainty <= Certainty.POSSIBLE:
                    own = self._graph.world.resource_overlay(node.account_id)
                    return Witness(principal=node.name, action=action, resource=resource, context=dict(own))
        return None

    def _escalation(self, node: Node, edge: Edge, best: Certainty) -> Finding:
        arrivals = self._leads.get(edge.target, {edge.target: Arrival(Certainty.CERTAIN, None, None)})
        goals = [n for n in arrivals if n.kind == "account"]
        goal = min(goals, key=lambda n: (arrivals[n].certainty, len(route(arrivals, n))))
        onward = [e for _, e in route(arrivals, goal)]
        evidence = tuple(dict.fromkeys(e for one in (edge, *onward) for e in one.evidence))
        unseen = "; ".join(dict.fromkeys(filter(None, (e.unseen for e in (edge, *onward)))))
        return Finding(
            capability="admin_access",
            verdict=_ESCALATED[best].value,
            data_class="",
            methods=edge.methods,
            path=_hops(node, (edge, *onward)),
            evidence=evidence,
            narrowed_by=Layer.CONDITION if edge.open_keys else None,
            witness=edge.witness or self._sample_request(node),
            note=f"needs {unseen}" if unseen else "",
        )

    def _capability(
        self, node: Node, own: Standing, arrivals: Mapping[Node, Arrival], capability: Capability
    ) -> tuple[CapabilityVerdict, list[Finding]]:
        sources = list(self._sources(node, own, arrivals, capability))
        best = Verdict.NONE
        for source in sources:
            best = source.verdict if better(source.verdict, best) else best
        giving = [s for s in sources if _counts(s.verdict, best)]
        limits = self._limits(arrivals, capability, best)
        reason = self._reason(arrivals, giving, best, limits)
        verdict = CapabilityVerdict(
            capability=capability.id,
            verdict=best,
            via=tuple(sorted({s.via for s in giving})),
            reason=reason,
            limited_by=limits,
        )
        return verdict, [f for s in giving for f in self._findings(node, arrivals, capability, s, limits)]

    def _sources(
        self, node: Node, own: Standing, arrivals: Mapping[Node, Arrival], capability: Capability
    ) -> Iterable[_Source]:
        # What a direct administrator reads is what it reads as it stands; only where its own denies leave
        # nothing does it count that it can lift them.
        lifting = self._accesses.of(node, capability).verdict is Verdict.NONE and self._denies_itself(node)
        administrates = own.certainty is Certainty.CERTAIN and not lifting
        for found, arrival in arrivals.items():
            if administrates and found.kind == "account" and found.account_id == node.account_id:
                continue
            if found is not node and self._administrates(found, arrivals):
                continue
            access = self._accesses.of(found, capability)
            verdict = capped(access.verdict, arrival.certainty)
            if verdict is not Verdict.NONE:
                yield _Source(found, access, verdict, _via(node, found, arrivals))

    def _denies_itself(self, node: Node) -> bool:
        compiled = self._graph.world.library.compiled
        return node.subject is not None and any(compiled(a.policy).denies for a in node.subject.identity)

    def _administrates(self, found: Node, arrivals: Mapping[Node, Arrival]) -> bool:
        """Whether a node is told of as the administrator that it is, which was arrived at as certainly."""
        if found.subject is None or found.kind == "account":
            return False
        own = standing_of(self._graph.world, found.subject).certainty
        account = arrivals.get(self._graph.administrator(found.account_id))
        certainty = arrivals[found].certainty
        return own is Certainty.CERTAIN and account is not None and account.certainty <= certainty

    def _limits(
        self, arrivals: Mapping[Node, Arrival], capability: Capability, best: Verdict
    ) -> tuple[Layer, ...]:
        """What narrows the principal itself, and those that it surely becomes."""
        if best is Verdict.ALL:
            return ()
        layers = frozenset[Layer]()
        for node, arrival in arrivals.items():
            if arrival.certainty is Certainty.CERTAIN:
                layers |= self._accesses.narrowed_by(node, capability)
                if best is Verdict.NONE and node.subject is not None:
                    layers |= self._held_back_by(node)
        return tuple(sorted(layers))

    def _held_back_by(self, node: Node) -> frozenset[Layer]:
        found = self._held_back.get(node)
        if found is None:
            world = self._graph.world
            found = self._held_back[node] = held_back_by(world, self._graph.rights(node))
        return found

    def _reason(
        self,
        arrivals: Mapping[Node, Arrival],
        giving: Sequence[_Source],
        best: Verdict,
        limits: tuple[Layer, ...],
    ) -> str:
        if not giving:
            return f"blocked by {', '.join(limits)}" if limits else ""
        source = next((s for s in giving if s.verdict is best and s.via == "direct"), None)
        source = source or next(s for s in giving if s.verdict is best)
        used = _best_used(source.access)
        if source.via == "direct":
            return _with_openings(used.evidence, used.open_keys, used.alternative.conditional_on)
        steps = [e for _, e in route(arrivals, source.node)]
        unseen = "; ".join(dict.fromkeys(filter(None, (e.unseen for e in steps))))
        if source.via == "admin":
            keys = frozenset(used.open_keys).union(*(e.open_keys for e in steps))
            evidence = [e for step in steps for e in step.evidence]
            return "admin: " + _with_openings(evidence, keys, unseen or used.alternative.conditional_on)
        needed = unseen or used.alternative.conditional_on
        return f"{source.via}: " + _with_openings(used.evidence, used.open_keys, needed)

    def _findings(
        self,
        node: Node,
        arrivals: Mapping[Node, Arrival],
        capability: Capability,
        source: _Source,
        limits: tuple[Layer, ...],
    ) -> Iterable[Finding]:
        steps = [e for _, e in route(arrivals, source.node)]
        causes: dict[tuple[tuple[Evidence, ...], str], list[Used]] = {}
        for used in source.access.used:
            causes.setdefault((used.evidence, used.alternative.data_class), []).append(used)
        for (evidence, data_class), group in causes.items():
            first = group[0]
            unseen = [e.unseen for e in steps] + [first.alternative.conditional_on]
            yield Finding(
                capability=capability.id,
                verdict=capped(_best(group), arrivals[source.node].certainty).value,
                data_class=data_class,
                methods=tuple(dict.fromkeys(m for e in steps for m in e.methods)),
                path=(
                    *_hops(node, steps),
                    *_policy_hops(evidence),
                    Hop(kind="data", name=capability.title, by=""),
                ),
                evidence=(*(e for s in steps for e in s.evidence), *evidence),
                narrowed_by=limits[0] if limits else None,
                witness=_witness(source.node, first, steps) or self._sample_request(node),
                note="; ".join(
                    (
                        "ways: " + ", ".join(u.alternative.id for u in group),
                        *(f"needs {u}" for u in dict.fromkeys(filter(None, unseen))),
                    )
                ),
            )

    def _reach(self, node: Node, arrivals: Mapping[Node, Arrival]) -> tuple[int, int]:
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
        return len(roles), len(accounts)


def _counts(verdict: Verdict, best: Verdict) -> bool:
    """Whether a source is as certain as the best one."""
    certain = (Verdict.ALL, Verdict.SOME)
    return verdict is best or (verdict in certain and best in certain)


def _via(start: Node, found: Node, arrivals: Mapping[Node, Arrival]) -> str:
    if found is start:
        return "direct"
    steps = route(arrivals, found)
    passed = [e.target for _, e in steps]
    if any(n.kind == "account" for n in passed):
        return "admin"
    if found.kind == "role":
        return f"role:{found.name}"
    return next((by for _, e in steps for by in e.by), "direct")


def _best_used(access: Access) -> Used:
    best = access.used[0]
    for used in access.used:
        best = used if better(used.verdict, best.verdict) else best
    return best


def _best(group: Sequence[Used]) -> Verdict:
    best = group[0].verdict
    for used in group:
        best = used.verdict if better(used.verdict, best) else best
    return best


def _witness(node: Node, used: Used, steps: Sequence[Edge]) -> Witness | None:
    """The reading request by a principal as it stands; for a changed one, the request that changes it."""
    if node.kind in ("user", "role", "root") and not node.changes:
        return used.witness
    return next((e.witness for e in steps if e.witness is not None), None)


def _hop(node: Node, by: str) -> Hop:
    return Hop(kind=node.kind, name=node.name, by=by)


def _hops(start: Node, edges: Iterable[Edge]) -> tuple[Hop, ...]:
    return (_hop(start, ""), *(_hop(e.target, ",".join(e.by)) for e in edges))


def _policy_hops(evidence: Iterable[Evidence]) -> tuple[Hop, ...]:
    names = dict.fromkeys((e.attached_to, e.policy_name) for e in evidence)
    hops = list[Hop]()
    for place, name in names:
        if place.startswith("group "):
            hops.append(Hop(kind="group", name=place.removeprefix("group "), by=""))
        hops.append(Hop(kind="policy", name=name, by=place))
    return tuple(hops)


def _texts(evidence: Iterable[Evidence]) -> str:
    return "; ".join(dict.fromkeys(e.text for e in evidence))


def _with_openings(evidence: Iterable[Evidence], open_keys: Iterable[str], unseen: str) -> str:
    keys = ", ".join(sorted(open_keys))
    parts = (_texts(evidence), f"if {keys}" if keys else "", f"needs {unseen}" if unseen else "")
    return "; ".join(p for p in parts if p)
