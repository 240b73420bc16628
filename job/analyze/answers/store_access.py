"""The named stores that a key reads: as itself, as the roles that it takes, as an administrator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from job.analyze.answers.wording import hops, via_of, with_openings
from job.analyze.data_stores.inventory import Inventory
from job.analyze.data_stores.named_store import NamedStore, Telling
from job.analyze.data_stores.reading import StoreReader, StoreReading
from job.analyze.data_stores.request import Helpers
from job.analyze.escalation.asked_names import as_named
from job.analyze.escalation.graph import ACTING, Arrival, Edge, Graph, Node, route
from job.analyze.escalation.held import Held
from job.analyze.escalation.steps import step_of
from job.analyze.evaluation.needs import better, capped
from job.analyze.evaluation.subject import Subject
from job.analyze.principals.asked_of_callers import MFA_PRESENT, OF_CALLERS, THROUGH_SERVICES
from job.analyze.verdict import Hop, StoreAccess, Verdict, Witness


class _Named(dict[NamedStore, tuple[tuple[Node, Held], ...]]):
    """Whom an account's administrator acts as for each store."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Who reads a store on a key's behalf, how much of it arrives, and by which steps."""

    node: Node
    reading: StoreReading
    verdict: Verdict
    steps: tuple[Edge, ...]

    @property
    def via(self) -> str:
        return via_of(self.node, self.steps)


class StoreAccesses:
    """The answers about named stores of each key."""

    def __init__(self, graph: Graph, inventory: Inventory, reader: StoreReader) -> None:
        self._graph = graph
        self.inventory = inventory
        self._reader = reader

    def of(self, node: Node, arrivals: Mapping[Node, Arrival]) -> tuple[StoreAccess, ...]:
        """Every store that the key reads in any way, by ARN; nothing where no stores were asked for."""
        if not self.inventory:
            return ()
        found: dict[NamedStore, list[_Source]] = {}
        helpers = self._helpers(arrivals)
        for reading_node in self._readers(node, arrivals):
            for store, source in self._sources(reading_node, arrivals, helpers):
                found.setdefault(store, []).append(source)
        for administrator, arrival in arrivals.items():
            if administrator.kind == "account" and administrator.subject and not administrator.key[2:]:
                for store, source in self._as_others(administrator, arrival, arrivals):
                    found.setdefault(store, []).append(source)
        accesses = (_access(node, store, sources) for store, sources in found.items())
        return tuple(sorted(accesses, key=lambda access: access.store_arn))

    def blocked_by(self, node: Node, store_arn: str) -> str | None:
        """The layer that keeps the principal itself from a store that something lets it read."""
        store = self.inventory.find(store_arn)
        if store is None or node.subject is None:
            return None
        return self._reader.blocked_by(self._graph.rights(node), store)

    def _readers(self, start: Node, arrivals: Mapping[Node, Arrival]) -> Iterator[Node]:
        """Who reads on the key's behalf, but for those who add nothing to their account's administrator."""
        for node, arrival in arrivals.items():
            if node.subject is None:
                continue
            whole = arrivals.get(self._graph.administrator(node.account_id))
            covered = whole is not None and whole.certainty <= arrival.certainty
            by_itself = node is start or node.kind in ("account", "root") or node.key[0] == ACTING
            if by_itself or not covered:
                yield node

    def _helpers(self, arrivals: Mapping[Node, Arrival]) -> Helpers:
        """Who may change stores, or their keys, for those who read."""
        reached = [(self._graph.rights(n), a.certainty) for n, a in arrivals.items() if n.subject is not None]
        return tuple(one for one in reached if self._reader.may_change(one[0]))

    def _sources(
        self, node: Node, arrivals: Mapping[Node, Arrival], helpers: Helpers
    ) -> Iterator[tuple[NamedStore, _Source]]:
        rights = self._graph.rights(node)
        others = tuple(one for one in helpers if one[0] is not rights)
        steps: tuple[Edge, ...] | None = None
        for store in self.inventory.candidates(rights.subject):
            reading = self._reader.helped(rights, store, others) if others else self._reader.of(rights, store)
            verdict = capped(reading.verdict, arrivals[node].certainty)
            if verdict is not Verdict.NONE:
                steps = steps if steps is not None else tuple(edge for _, edge in route(arrivals, node))
                yield store, _Source(node, reading, verdict, steps)

    def _as_others(
        self, node: Node, arrival: Arrival, arrivals: Mapping[Node, Arrival]
    ) -> Iterator[tuple[NamedStore, _Source]]:
        """What an account's administrator reads as principals whom a store's side tells apart."""
        own, steps = self._graph.rights(node), tuple[Edge, ...]()
        for store, telling in self.inventory.telling_apart(node.account_id):
            if self._reader.of(own, store).verdict is Verdict.ALL:
                continue
            for other, held in self._named(node, store, telling):
                reading = self._reader.of(self._graph.rights(other), store)
                verdict = capped(reading.verdict, arrival.certainty.both(held.certainty))
                if verdict is not Verdict.NONE:
                    steps = steps or tuple(edge for _, edge in route(arrivals, node))
                    becoming = Edge(other, held.certainty, (), (), open_keys=held.open_keys)
                    yield store, _Source(other, reading, verdict, (*steps, becoming))

    def _named(self, node: Node, store: NamedStore, telling: Telling) -> tuple[tuple[Node, Held], ...]:
        known = self._graph.rights(node).kept.of(_Named)
        if store not in known:
            known[store] = tuple(as_named(step_of(self._graph, node), telling.names, telling.policies))
        return known[store]


def _access(start: Node, store: NamedStore, sources: Iterable[_Source]) -> StoreAccess:
    """What all that a key becomes reads of one store: the most, by whoever needs the fewest steps."""
    listed = sorted(sources, key=lambda source: len(source.steps))
    best = listed[0]
    for source in listed:
        best = source if better(source.verdict, best.verdict) else best
    giving = [source for source in listed if source.verdict is best.verdict]
    told = best.reading
    unseen = "; ".join(dict.fromkeys(text for text in (*(e.unseen for e in best.steps), told.needed) if text))
    keys = told.open_keys.union(*(edge.open_keys for edge in best.steps))
    words = with_openings(told.evidence, keys, unseen)
    return StoreAccess(
        store_arn=store.facts.arn,
        store_account_id=store.facts.account_id,
        store_name=store.facts.name,
        store_type=store.facts.type,
        store_tags=store.facts.tags,
        verdict=best.verdict,
        via=tuple(sorted({source.via for source in giving})),
        data_class=told.data_class,
        reason=words if best.via == "direct" else f"{best.via}: {words}",
        path=(*hops(start, best.steps), Hop(kind="data", name=store.facts.arn, by="")),
        evidence=told.evidence,
        witness=_leaving(best) or _reading(best),
    )


def _reading(source: _Source) -> Witness:
    """The request that reads, or makes the store readable."""
    told, subject = source.reading, source.node.subject
    return Witness(
        principal=told.by or ("" if subject is None else subject.arn),
        action=told.action,
        resource=told.resource,
        context={} if told.by or subject is None else _chosen(subject),
    )


def _leaving(source: _Source) -> Witness | None:
    """Of who reads only out of the organization, the request that takes the account out."""
    if source.node.subject is None or not source.node.subject.left:
        return None
    return next((e.witness for e in reversed(source.steps) if e.witness is not None), None)


def _chosen(subject: Subject) -> Mapping[str, tuple[str, ...]]:
    """What the principal, or whoever opened its session, may have chosen of itself and of its requests."""
    keys = (*OF_CALLERS, *THROUGH_SERVICES, *((MFA_PRESENT,) if subject.kind == "user" else ()))
    return {key: values for key, values in subject.context.known.items() if key.startswith(keys)}
