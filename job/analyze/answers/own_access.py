"""What one principal reads by itself: each capability's alternatives against its rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from job.analyze.answers.capabilities import Alternative, Capability
from job.analyze.answers.named_stores import lists_all
from job.analyze.answers.unnamed_accounts import Place, UnnamedAccounts
from job.analyze.data_stores.inventory import Inventory
from job.analyze.escalation.graph import Graph, Node
from job.analyze.escalation.held import Held
from job.analyze.escalation.passing_roles import passed, taken_by
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.compiled import union_of
from job.analyze.evaluation.needs import Met, Need, better, capped, met, met_in, narrowing
from job.analyze.evaluation.rights import Rights
from job.analyze.language.certainty import Certainty
from job.analyze.language.document import is_account_id
from job.analyze.verdict import Evidence, Layer, Verdict, Witness


@dataclass(frozen=True, slots=True)
class Used:
    """One alternative that gives something: how much, by which statements, and a request that shows it."""

    alternative: Alternative
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    witness: Witness | None
    open_keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Access:
    """The best verdict of one capability, with every alternative that gives something."""

    verdict: Verdict
    used: tuple[Used, ...]


@dataclass(frozen=True, slots=True)
class _Calling:
    """One caller, how it meets some needs of an alternative, and how it passes the role that it asks for."""

    step: Step
    found: Mapping[Need, Met]
    passing: Held

    @property
    def certainty(self) -> Certainty:
        """How surely it meets all of them."""
        return max((self.passing.certainty, *(m.certainty for m in self.found.values())))

    def is_better(self, other: _Calling) -> bool:
        """Whether it meets the same needs more surely, or as surely and further."""
        if self.certainty is not other.certainty:
            return self.certainty < other.certainty
        return any(better(m.verdict, other.found[need].verdict) for need, m in self.found.items())


NO_ACCESS = Access(Verdict.NONE, ())
Masked = tuple[Alternative, tuple[int, ...]]


class Accesses:
    """The accesses of nodes to capabilities, each found once."""

    def __init__(self, graph: Graph, capabilities: Iterable[Capability], inventory: Inventory) -> None:
        self._graph = graph
        self._inventory = inventory
        self._index = graph.world.index
        self._unnamed = UnnamedAccounts(graph.world)
        self.capabilities = tuple(capabilities)
        self._masks = {
            c.id: tuple((a, tuple(n.mask(self._index) for n in a.needs)) for a in c.alternatives)
            for c in self.capabilities
        }
        self._whole = {
            name: union_of(m for _, masks in listed for m in masks) for name, listed in self._masks.items()
        }
        self._across = {
            name: union_of(m for alternative, masks in listed if alternative.across_accounts for m in masks)
            for name, listed in self._masks.items()
        }
        self._opened: dict[tuple[str, int], tuple[Masked, ...]] = {}
        self._found: dict[tuple[Node, str], Access] = {}
        self._narrowed: dict[tuple[Node, str], frozenset[Layer]] = {}

    def forget(self) -> None:
        """Drops what was found; it is found again when asked for."""
        self._opened.clear()
        self._unnamed.forget()
        self._found.clear()
        self._narrowed.clear()

    def _open(self, capability_id: str, actions: int) -> tuple[Masked, ...]:
        """The alternatives with an action for each need among these bits: many principals have the same."""
        key = (capability_id, actions & self._whole[capability_id])
        found = self._opened.get(key)
        if found is None:
            found = tuple(one for one in self._masks[capability_id] if _open_to(one[1], actions))
            self._opened[key] = found
        return found

    def find(self, node: Node) -> None:
        """Find all that a principal has by itself while its rights are at hand."""
        for capability in self.capabilities:
            self.of(node, capability)

    def of(self, node: Node, capability: Capability) -> Access:
        """What a principal has of a capability by itself."""
        key = (node, capability.id)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._of(node, capability)
        return found

    def _of(self, node: Node, capability: Capability) -> Access:
        if node.subject is None:
            return NO_ACCESS
        rights = self._graph.rights(node)
        possible = self._open(capability.id, rights.may)
        others = rights.other_owners(self._across[capability.id])
        if not (possible or others):
            return NO_ACCESS
        step = Step(self._graph, node, rights, self._graph.world.directory.accounts[node.account_id])
        best, used = Verdict.NONE, list[Used]()
        for alternative, masks in possible:
            if not _adds_nothing(alternative, masks, rights, best) and self._is_served(
                capability, alternative, node.account_id
            ):
                one = self._use(step, alternative)
                if one is not None:
                    used.append(one)
                    best = one.verdict if better(one.verdict, best) else best
            if best is Verdict.ALL:
                break
        if others and better(Verdict.CONDITIONAL, best):
            for one in self._elsewhere(step, capability, others):
                used.append(one)
                best = one.verdict if better(one.verdict, best) else best
        return Access(best, tuple(used)) if used else NO_ACCESS

    def _is_served(self, capability: Capability, alternative: Alternative, account_id: str) -> bool:
        """Whether a store may let in the service that hands it out; where not all are known, one may."""
        service, inventory = alternative.served_by, self._inventory
        known = bool(service) and lists_all(inventory, capability.id, account_id)
        return not known or inventory.may_serve(service)

    def _elsewhere(self, step: Step, capability: Capability, owners: Iterable[str]) -> Iterable[Used]:
        """What its policies permit in other accounts that they tell apart, which have to permit it as well.

        An account whose stores are all known answers store by store:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
        """
        ways = [a for a, _ in self._open(capability.id, step.rights.left) if a.across_accounts]
        for account_id in sorted(filter(is_account_id, owners)):
            place = (account_id, self._graph.world.resource_overlay(account_id))
            yield from self._uses_in(step, capability, ways, place, f"account {account_id}")
        unnamed = frozenset(owner for owner in owners if not is_account_id(owner))
        for place in self._unnamed.of(step.subject, unnamed) if unnamed else ():
            found = list(self._uses_in(step, capability, ways, place, "another account"))
            if found:
                yield from found
                return

    def _uses_in(
        self, step: Step, capability: Capability, ways: Iterable[Alternative], place: Place, named: str
    ) -> Iterable[Used]:
        if not lists_all(self._inventory, capability.id, place[0]):
            leave = f"a policy of {named} that lets it in"
            yield from filter(None, (self._use_in(step, way, place, leave) for way in ways))

    def _use_in(self, step: Step, alternative: Alternative, place: Place, leave: str) -> Used | None:
        account_id, overlay = place
        found = [met_in(need, step.rights, self._index, account_id, overlay) for need in alternative.needs]
        certainty = max(m.certainty for m in found).both(Certainty.POSSIBLE)
        deciding = found[alternative.decides]
        verdict = capped(deciding.verdict, certainty)
        if verdict is Verdict.NONE:
            return None
        needed = "; ".join(filter(None, (alternative.conditional_on, leave)))
        told = {key: values for key, values in overlay if values}
        shown = deciding.reach.witness
        witness = shown and Witness(
            principal=step.subject.arn, action=deciding.action, resource=shown, context=told
        )
        return Used(
            replace(alternative, conditional_on=needed),
            verdict,
            _evidence(found, Held(Certainty.CERTAIN)),
            witness or None,
            _open_keys(found),
        )

    def together(
        self, nodes: Iterable[Node], capability: Capability
    ) -> Iterable[tuple[Used, Sequence[Node]]]:
        """The alternatives that several of an account use together, where none does alone, and who."""
        entries = self._graph.world.directory.accounts
        party = [Step(self._graph, n, self._graph.rights(n), entries[n.account_id]) for n in nodes]
        for alternative, masks in self._open(capability.id, union_of(one.rights.may for one in party)):
            if len(alternative.callers) > 1 and not any(
                _open_to(masks, one.rights.may & ~one.rights.doubtful) for one in party
            ):
                calling = [self._caller(party, alternative, needs) for needs in alternative.callers]
                used = self._used(alternative, [one for one in calling if one is not None])
                doing = dict.fromkeys(one.step.node for one in calling if one is not None)
                if used is not None and len(doing) > 1:
                    yield used, tuple(doing)

    def _caller(
        self, party: Iterable[Step], alternative: Alternative, needs: Sequence[Need]
    ) -> _Calling | None:
        """Who of several meets some needs of an alternative best; None where nobody does."""
        asked = [need.mask(self._index) for need in needs]
        best: _Calling | None = None
        for step in party:
            if _open_to(tuple(asked), step.rights.may):
                one = self._calling(step, alternative, needs)
                if one.certainty is not Certainty.NEVER and (best is None or one.is_better(best)):
                    best = one
        return best

    def _calling(self, step: Step, alternative: Alternative, needs: Sequence[Need]) -> _Calling:
        found = {need: met(need, step.rights, self._index) for need in needs}
        first = alternative.needs[0] in needs
        return _Calling(step, found, self._passing(step, alternative) if first else Held(Certainty.CERTAIN))

    def _use(self, step: Step, alternative: Alternative) -> Used | None:
        return self._used(alternative, [self._calling(step, alternative, alternative.needs)])

    def _used(self, alternative: Alternative, calling: Sequence[_Calling]) -> Used | None:
        """What an alternative gives those who meet its needs between them."""
        met_by = {need: (one, found) for one in calling for need, found in one.found.items()}
        if len(met_by) < len(set(alternative.needs)):
            return None
        found = [met_by[need][1] for need in alternative.needs]
        deciding, step = found[alternative.decides], met_by[alternative.needs[alternative.decides]][0].step
        certainty = max(m.certainty for m in found)
        passing = met_by[alternative.needs[0]][0].passing
        certainty = certainty.both(passing.certainty)
        if alternative.conditional_on:
            certainty = certainty.both(Certainty.POSSIBLE)
        verdict = capped(deciding.verdict, certainty)
        if verdict is Verdict.NONE:
            return None
        if alternative.at_most_some and verdict is Verdict.ALL:
            verdict = Verdict.SOME
        keys = step.world.kept.shared(_open_keys(found))
        return Used(alternative, verdict, _evidence(found, passing), self._witness(step, deciding), keys)

    @staticmethod
    def _witness(step: Step, deciding: Met) -> Witness | None:
        if deciding.reach.witness is None:
            return None
        own = Held(Certainty.CERTAIN, (), (deciding.action, deciding.reach.witness, ()))
        return step.witness(own)

    @staticmethod
    def _passing(step: Step, alternative: Alternative) -> Held:
        if not alternative.pass_role:
            return Held(Certainty.CERTAIN)
        by = taken_by(alternative.needs[0].actions[0])
        held = (h for service in alternative.pass_role for _, h in passed(step, service, by))
        return min(held, key=lambda h: h.certainty, default=Held(Certainty.NEVER))

    def narrowed_by(self, node: Node, capability: Capability) -> frozenset[Layer]:
        """The layers that take some of it away from what the principal's identity policies speak of."""
        key = (node, capability.id)
        found = self._narrowed.get(key)
        if found is None:
            found = self._narrowed[key] = self._narrowed_by(node, capability)
        return found

    def _narrowed_by(self, node: Node, capability: Capability) -> frozenset[Layer]:
        if node.subject is None:
            return frozenset()
        rights, layers = self._graph.rights(node), frozenset[Layer]()
        asked = set[tuple[object, ...]]()
        if not rights.narrowable() & self._whole[capability.id]:
            return layers
        for alternative, masks in self._open(capability.id, rights.spoken):
            for need, mask in zip(alternative.needs, masks, strict=True):
                if mask & rights.narrowable(layers) and (mask, need.on) not in asked:
                    asked.add((mask, need.on))
                    layers = narrowing(need, rights, self._index, layers)
        return layers


def _open_to(masks: tuple[int, ...], actions: int) -> bool:
    for mask in masks:  # noqa: SIM110 - asked for each alternative of each principal
        if not mask & actions:
            return False
    return True


def _adds_nothing(alternative: Alternative, masks: tuple[int, ...], rights: Rights, best: Verdict) -> bool:
    """Whether an alternative can be no better than what was found: conditional, or some at most."""
    if best is Verdict.SOME:
        return bool(alternative.conditional_on or alternative.at_most_some)
    if best is Verdict.UNKNOWN:
        return rights.unread
    if best is not Verdict.CONDITIONAL:
        return False
    return bool(alternative.conditional_on) or not _open_to(masks, rights.may & ~rights.doubtful)


def _evidence(found: Iterable[Met], passing: Held) -> tuple[Evidence, ...]:
    listed = [g.evidence(m.action.lower()) for m in found for g in m.reach.grants]
    return tuple(dict.fromkeys((*listed, *passing.evidence)))


def _open_keys(found: Iterable[Met]) -> frozenset[str]:
    return frozenset(k for m in found for k in m.reach.open_keys)
