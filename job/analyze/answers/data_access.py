"""What a key reads of a kind of data, by itself and as whatever it becomes: the verdict and its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from job.analyze.answers.capabilities import Capability
from job.analyze.answers.own_access import Access, Accesses, Used
from job.analyze.answers.wording import ADMIN, hops, policy_hops, sample_request, via_of, with_openings
from job.analyze.escalation.asked_names import guardrails_asking_who
from job.analyze.escalation.graph import ACTING, Arrival, Edge, Graph, Node, route
from job.analyze.escalation.leaving import may_leave
from job.analyze.evaluation.needs import better, capped
from job.analyze.language.certainty import Certainty
from job.analyze.principals.administrator import Standing, standing_of
from job.analyze.principals.asked_next import asked_over
from job.analyze.principals.asked_of_callers import OF_COMPUTE
from job.analyze.principals.trust import held_back_by
from job.analyze.verdict import CapabilityVerdict, Finding, Hop, Layer, Verdict, Witness, cause_of, joined

# Of accounts that a key administers and reads in the same way, findings tell as many; the rest is counted.
_MOST_ACCOUNTS = 8
_OF_ORGANIZATION = frozenset((Layer.SCP, Layer.RCP))
_SURELY = (Verdict.ALL, Verdict.SOME)


@dataclass(eq=False)
class _Source:
    """A node that gives something of a capability: how much of it arrives, by which steps.

    It stands for `more` others, which are not told.
    """

    node: Node
    access: Access
    verdict: Verdict
    find_steps: Callable[[], tuple[Edge, ...]]
    more: int = 0

    @cached_property
    def steps(self) -> tuple[Edge, ...]:
        """The steps from the key to the node."""
        return self.find_steps()

    @property
    def is_administrator(self) -> bool:
        """Whether it stands for everything in its account."""
        return self.node.kind == "account" or self.node.key[0] == ACTING

    @property
    def via(self) -> str:
        """How the column `…_via` prints it."""
        return ADMIN if self.is_administrator else via_of(self.node, self.steps)


class DataAccesses:
    """The answers about data of each key."""

    def __init__(self, graph: Graph, accesses: Accesses) -> None:
        self._graph = graph
        self._accesses = accesses
        self._held_back: dict[Node, frozenset[Layer]] = {}
        self._listed: tuple[Node | None, Sequence[tuple[Node, Arrival]]] = (None, ())

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """The kinds of data, in the order of the table."""
        return self._accesses.capabilities

    def forget(self) -> None:
        """Drops what was found; it is found again when asked for."""
        self._held_back.clear()
        self._listed = (None, ())
        self._accesses.forget()

    def of(
        self, node: Node, own: Standing, arrivals: Mapping[Node, Arrival], capability: Capability
    ) -> tuple[CapabilityVerdict, list[Finding]]:
        """The answer about one capability of a key, and a finding for each cause of it."""
        sources = list(self._sources(node, own, arrivals, capability))
        best = Verdict.NONE
        for source in sources:
            best = source.verdict if better(source.verdict, best) else best
        for source in self._shared(node, arrivals, capability, best):
            sources.append(source)
            best = source.verdict if better(source.verdict, best) else best
        giving = [s for s in sources if _counts(s.verdict, best)]
        limits = self._limits(self._readers(node, arrivals), capability, best)
        reason = self._reason(giving, best) if giving else self._blocked(node, arrivals, limits)
        verdict = CapabilityVerdict(
            capability=capability.id,
            verdict=best,
            via=tuple(sorted({s.via for s in giving})),
            reason=reason,
            limited_by=limits,
        )
        told = _some_of_each(node, giving)
        return verdict, [f for s in told for f in self._findings(node, arrivals, capability, s, limits)]

    def _sources(
        self, node: Node, own: Standing, arrivals: Mapping[Node, Arrival], capability: Capability
    ) -> Iterable[_Source]:
        # What a direct administrator reads is what it reads as it stands; only where its own denies leave
        # nothing sure does it count that it can lift them, or have a service act with a role.
        direct = self._accesses.of(node, capability).verdict
        lifting = direct not in _SURELY and (self._denies_itself(node) or self._is_spared_served(node))
        administrates = own.certainty is Certainty.CERTAIN and not lifting
        for found, arrival in self._readers(node, arrivals):
            if administrates and found.kind == "account" and found.account_id == node.account_id:
                continue
            access = self._accesses.of(found, capability)
            if found.key[0] == ACTING and not self._is_spared(found, access, capability):
                continue
            verdict = capped(access.verdict, arrival.certainty)
            idle = found.key[:2] == node.key[:2] and found is not node and not better(verdict, direct)
            if verdict is not Verdict.NONE and not idle:
                yield _Source(
                    found, access, verdict, partial(self._steps, found, arrivals, access, capability)
                )

    def _shared(
        self, node: Node, arrivals: Mapping[Node, Arrival], capability: Capability, best: Verdict
    ) -> Iterable[_Source]:
        """What several principals of an account that it controls give together, where that is more."""
        if not better(Verdict.CONDITIONAL, best) and best is not Verdict.CONDITIONAL:
            return
        among: dict[str, list[Node]] = {}
        for found, _ in self._readers(node, arrivals):
            if found.kind in ("user", "role"):
                among.setdefault(found.account_id, []).append(found)
        for nodes in among.values():
            for used, doing in self._accesses.together(nodes, capability) if len(nodes) > 1 else ():
                verdict = capped(used.verdict, max(arrivals[one].certainty for one in doing))
                if better(verdict, best):
                    last = next(one for one in reversed(doing) if one is not node)
                    find = partial(self._ways_to, doing, arrivals)
                    yield _Source(last, Access(verdict, (replace(used, verdict=verdict),)), verdict, find)

    @staticmethod
    def _ways_to(nodes: Iterable[Node], arrivals: Mapping[Node, Arrival]) -> tuple[Edge, ...]:
        """How each of some nodes is come to, one after the other."""
        return tuple(dict.fromkeys(edge for node in nodes for _, edge in route(arrivals, node)))

    def _is_spared(self, found: Node, access: Access, capability: Capability) -> bool:
        """Whether an administrator under a name and with tags of its choice reads more than under any."""
        usual = self._accesses.of(self._graph.administrator(found.account_id), capability)
        return better(access.verdict, usual.verdict)

    def _readers(self, node: Node, arrivals: Mapping[Node, Arrival]) -> Sequence[tuple[Node, Arrival]]:
        """Who among those that a key comes to control may read more than others that it does."""
        if self._listed[0] is not node:
            listed = [(n, arrival) for n, arrival in arrivals.items() if self._is_reader(n, arrivals, node)]
            self._listed = (node, listed)
            for found, _ in listed:
                self._accesses.find(found)
        return self._listed[1]

    def _is_reader(self, found: Node, arrivals: Mapping[Node, Arrival], start: Node) -> bool:
        if found is start:
            return True
        if found.key[0] == ACTING:
            world = self._graph.world
            return found.subject is not None and bool(guardrails_asking_who(world, found.subject))
        if found.key[:2] == start.key[:2] and self._administrates(start, arrivals):
            return True
        return not (self._administrates(found, arrivals) or self._is_covered(found, arrivals, start))

    def _steps(
        self, found: Node, arrivals: Mapping[Node, Arrival], access: Access, capability: Capability
    ) -> tuple[Edge, ...]:
        """How it is come to; of several changes to oneself in the last one, those that are needed."""
        steps = tuple(e for _, e in route(arrivals, found))
        by_only = steps[-1].by_only if steps else None
        if by_only is not None and len(steps[-1].methods) > 1:
            for method in steps[-1].methods:
                only = by_only(frozenset((method,)))
                if self._accesses.of(only.target, capability).verdict is access.verdict:
                    return (*steps[:-1], only)
        return steps

    def _denies_itself(self, node: Node) -> bool:
        compiled = self._graph.world.policies.compiled
        return node.subject is not None and any(compiled(a.policy).denies for a in node.subject.identity)

    def _is_spared_served(self, node: Node) -> bool:
        """Whether policies tell a service's sessions of a role from others."""
        world = self._graph.world
        return node.subject is not None and not asked_over(world, node.subject).isdisjoint(OF_COMPUTE)

    def _is_covered(self, found: Node, arrivals: Mapping[Node, Arrival], start: Node) -> bool:
        """Whether a principal further on adds nothing to whoever administers its account as surely."""
        arrival = arrivals[found]
        if found.kind == "account" or found is start or _is_assumed_by(start, arrival):
            return False
        whole = arrivals.get(self._graph.administrator(found.account_id))
        return whole is not None and whole.certainty <= arrival.certainty

    def _administrates(self, found: Node, arrivals: Mapping[Node, Arrival]) -> bool:
        """Whether a node is told of as the administrator that it is, which was arrived at as certainly."""
        if found.subject is None or found.kind == "account":
            return False
        own = standing_of(self._graph.world, found.subject).certainty
        account = arrivals.get(self._graph.administrator(found.account_id))
        certainty = arrivals[found].certainty
        return own is Certainty.CERTAIN and account is not None and account.certainty <= certainty

    def _limits(
        self, readers: Iterable[tuple[Node, Arrival]], capability: Capability, best: Verdict
    ) -> tuple[Layer, ...]:
        """What narrows the principal itself, and those that it surely becomes and may read more as."""
        if best is Verdict.ALL:
            return ()
        layers = frozenset[Layer]()
        for node, arrival in readers:
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

    def _blocked(self, node: Node, arrivals: Mapping[Node, Arrival], limits: tuple[Layer, ...]) -> str:
        """What keeps a key from a capability; an account's administrator is one within the organization."""
        if not limits:
            return ""
        told, world = f"blocked by {', '.join(limits)}", self._graph.world
        administering = (n for n, _ in self._readers(node, arrivals) if n is node or n.kind == "account")
        if _OF_ORGANIZATION.isdisjoint(limits) or not any(
            n.subject is not None and may_leave(world, self._graph.rights(n)) for n in administering
        ):
            return told
        return f"{told}, unless the account leaves the organization"

    def _reason(self, giving: Sequence[_Source], best: Verdict) -> str:
        source = next((s for s in giving if s.verdict is best and s.via == "direct"), None)
        source = source or next(s for s in giving if s.verdict is best)
        used = _best(source.access.used)
        if source.via == "direct":
            return with_openings(used.evidence, used.open_keys, used.alternative.conditional_on)
        steps = source.steps
        unseen = "; ".join(dict.fromkeys(filter(None, (e.unseen for e in steps))))
        if source.via == ADMIN:
            keys = frozenset(used.open_keys).union(*(e.open_keys for e in steps))
            evidence = [e for step in steps for e in step.evidence]
            return "admin: " + with_openings(evidence, keys, unseen or used.alternative.conditional_on)
        needed = unseen or used.alternative.conditional_on
        return f"{source.via}: " + with_openings(used.evidence, used.open_keys, needed)

    def _findings(
        self,
        node: Node,
        arrivals: Mapping[Node, Arrival],
        capability: Capability,
        source: _Source,
        limits: tuple[Layer, ...],
    ) -> Iterable[Finding]:
        steps = source.steps
        causes: dict[tuple[object, ...], list[Used]] = {}
        for used in source.access.used:
            causes.setdefault((used.alternative.data_class, *cause_of(used.evidence)), []).append(used)
        for group in causes.values():
            best, evidence = _best(group), joined(e for used in group for e in used.evidence)
            unseen = [e.unseen for e in steps] + [best.alternative.conditional_on]
            yield Finding(
                capability=capability.id,
                verdict=capped(best.verdict, arrivals[source.node].certainty).value,
                data_class=best.alternative.data_class,
                methods=tuple(dict.fromkeys(m for e in steps for m in e.methods)),
                path=(
                    *hops(node, steps),
                    *policy_hops(evidence),
                    Hop(kind="data", name=capability.title, by=""),
                ),
                evidence=(*(e for s in steps for e in s.evidence), *evidence),
                narrowed_by=limits[0] if limits else None,
                witness=_witness(source.node, best, steps) or sample_request(self._graph, node),
                note="; ".join(
                    (
                        "ways: " + ", ".join(u.alternative.id for u in group),
                        *(f"needs {u}" for u in dict.fromkeys(filter(None, unseen))),
                        *([f"the same in {source.more} more accounts"] if source.more else []),
                    )
                ),
            )


def _some_of_each(start: Node, sources: Sequence[_Source]) -> Sequence[_Source]:
    """The sources, but of other accounts that are administered and read alike only the first ones."""
    alike: dict[object, list[_Source]] = {}
    told = list[_Source]()
    for source in sources:
        if source.is_administrator and source.node.account_id != start.account_id:
            ways = tuple(used.alternative.id for used in source.access.used)
            group = alike.setdefault((source.node.kind, source.node.key[2:], source.verdict, ways), [])
            if len(group) == _MOST_ACCOUNTS:
                group[-1].more += 1
                continue
            group.append(source)
        told.append(source)
    return told


def _is_assumed_by(start: Node, arrival: Arrival) -> bool:
    """Whether it is a role that the start enters by itself, which is worth telling in any case."""
    edge = arrival.edge
    return arrival.origin is start and edge is not None and any(by.startswith("role:") for by in edge.by)


def _counts(verdict: Verdict, best: Verdict) -> bool:
    """Whether a source is as certain as the best one."""
    return verdict is best or (verdict in _SURELY and best in _SURELY)


def _best(group: Sequence[Used]) -> Used:
    best = group[0]
    for used in group:
        best = used if better(used.verdict, best.verdict) else best
    return best


def _witness(node: Node, used: Used, steps: Sequence[Edge]) -> Witness | None:
    """The reading request by a principal as it stands; for a changed one, the request that changes it."""
    if node.kind in ("user", "role", "root") and not node.changes:
        return used.witness
    return next((e.witness for e in steps if e.witness is not None), None)
