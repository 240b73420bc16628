"""What a principal reads of a store: the best of the ways, with the statements that decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from job.analyze.data_stores.changes import (
    CHANGING,
    TAGGING,
    StoreChange,
    key_opened,
    owner_left,
    policy_deleted,
    tagged,
)
from job.analyze.data_stores.inventory import Inventory
from job.analyze.data_stores.key_request import domains_of, told_by_service
from job.analyze.data_stores.named_store import NamedStore
from job.analyze.data_stores.need_resources import resources_of
from job.analyze.data_stores.request import Asked, Helpers, StoreAs, force_of, tags_told
from job.analyze.data_stores.ways import WAYS, StoreNeed, Way
from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.evaluation.needs import better, capped
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.statement import NO_REACH, Reach
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Overlay
from job.analyze.language.document import Condition
from job.analyze.language.globs import literal
from job.analyze.principals.resource_tags import FAMILIES, asked_tags, spellings
from job.analyze.principals.world import World
from job.analyze.service_reference.actions import Kind
from job.analyze.verdict import Evidence, Layer, Verdict
from job.snapshot.stores import DataStore, StoreType

_DECRYPT = "kms:decrypt"
_OTHER_KEY = "objects that the bucket's key does not encrypt"


@dataclass(frozen=True, slots=True)
class StoreReading:
    """How much of a store one principal reads, by which way, and why.

    `action` and `resource` are a witness, a request that gets through, by the reader or, where it is another,
    `by`; `needed` says what must be there that a snapshot does not show.
    """

    verdict: Verdict
    way: str = ""
    data_class: str = ""
    evidence: tuple[Evidence, ...] = ()
    open_keys: frozenset[str] = frozenset()
    action: str = ""
    resource: str = ""
    needed: str = ""
    by: str = ""


NOT_READ = StoreReading(Verdict.NONE)


@dataclass(frozen=True, slots=True)
class _Met:
    """A need that is met: how far, by which action, with what decides; `by` whom, where not by the reader."""

    reach: Reach
    action: str = ""
    evidence: tuple[Evidence, ...] = ()
    by: str = ""


_UNMET = _Met(NO_REACH)


class _Readings(dict[NamedStore, StoreReading]):
    pass


class _MayChange(dict[frozenset[str], bool]):
    pass


class StoreReader:
    """Answers what a principal reads of a store as itself, each question once."""

    def __init__(self, world: World, inventory: Inventory) -> None:
        self._world = world
        self._inventory = inventory

    def of(self, rights: Rights, store: NamedStore) -> StoreReading:
        """The best of all ways to read the store."""
        known = rights.kept.of(_Readings)
        found = known.get(store)
        if found is None:
            found = known[store] = self._find(rights, StoreAs(store))
        return found

    def helped(self, rights: Rights, store: NamedStore, helpers: Helpers) -> StoreReading:
        """The same where others may change the store, or its key, for the reader."""
        found = self.of(rights, store)
        if found.verdict is Verdict.ALL or not (self._is_changeable(store) or self._may_leave(rights, store)):
            return found
        more = self._find(rights, StoreAs(store, helpers=helpers))
        return more if better(more.verdict, found.verdict) else found

    def may_change(self, rights: Rights) -> bool:
        """Whether a principal may change any store in a way that lets others read it."""
        known = rights.kept.of(_MayChange)
        if CHANGING not in known:
            known[CHANGING] = any(rights.applicable(action.lower()).allows for action in CHANGING)
        return known[CHANGING]

    def _is_changeable(self, store: NamedStore) -> bool:
        tagged = store.facts.type in TAGGING and store.facts.tags is not None
        return (
            tagged
            or policy_deleted(store) is not None
            or self._inventory.key_of(store.facts).store is not None
        )

    def blocked_by(self, rights: Rights, store: NamedStore) -> str | None:
        """The layer that denies the most direct way to a store of which nothing is read."""
        if self.of(rights, store).verdict is not Verdict.NONE:
            return None
        need = WAYS[store.facts.type][0].needs[0]
        resource = resources_of(need, store.facts)[0].replace("*", "x")
        applicable = self.applicable(rights, store, Asked(need.actions[0].lower(), need.told))
        decision = None if applicable is None else applicable.decide(resource)
        return decision.blocked_by if decision and decision.allowed_by else None

    def find(self, resource: str) -> NamedStore | None:
        """The store that a request's resource is, or lies in."""
        return self._inventory.find(resource)

    def applicable(self, rights: Rights, store: NamedStore, asked: Asked) -> ApplicableStatements | None:
        """What is in force for one request on a store; None where nothing can let it through."""
        return force_of(self._world, rights, StoreAs(store), asked)

    def _decrypting(self, rights: Rights, seen: StoreAs, service: str) -> _Met:
        """Whether the principal may have a service decrypt for it what is stored, if need be by a grant."""
        store = seen.store
        need = self._inventory.key_of(store.facts)
        if not need.known:
            return _Met(Reach(Verdict.UNKNOWN))
        if need.store is None:
            outside = need.own_account and rights.subject.account_id != store.facts.account_id
            return _UNMET if outside else _Met(Reach(Verdict.ALL))
        left = seen.left and need.store.facts.account_id == store.facts.account_id
        best = self._by_key(rights, store, service, StoreAs(need.store, left=left))
        if best.reach.certainty is Certainty.CERTAIN:
            return best
        for change in key_opened(rights.subject, need.store):
            made = self._made(rights, seen.helpers, change)
            if better(made.reach.verdict, best.reach.verdict):
                found = self._by_key(rights, store, service, change.seen)
                verdict = capped(found.reach.verdict, made.reach.certainty)
                if better(verdict, best.reach.verdict):
                    keys = found.reach.open_keys | made.reach.open_keys
                    reach = replace(found.reach, verdict=verdict, open_keys=keys)
                    best = _Met(reach, made.action, made.evidence)
        return best

    def _made(self, rights: Rights, helpers: Helpers, change: StoreChange) -> _Met:
        """How certainly the reader, or who helps it, makes a change."""
        before = StoreAs(change.seen.store)
        best = _UNMET
        for maker, certainty in ((rights, Certainty.CERTAIN), *helpers):
            if change.own_account and maker.subject.account_id != before.store.facts.account_id:
                continue
            met = self._met(maker, before, change.need)
            verdict = capped(met.reach.verdict, certainty)
            if better(verdict, best.reach.verdict):
                by = "" if maker is rights else maker.subject.arn
                best = replace(met, reach=replace(met.reach, verdict=verdict), by=by)
        return best

    def _by_key(self, rights: Rights, store: NamedStore, service: str, key: StoreAs) -> _Met:
        facts = key.store.facts
        region, kind = facts.region or store.facts.region or "", Kind.exactly(facts.arn)
        return _by_whichever_name(
            [
                self._on(rights, key, _DECRYPT, kind, told_by_service(service, region, domain, store.facts))
                for domain in domains_of(store.facts)
            ]
        )

    def _find(self, rights: Rights, asked: StoreAs) -> StoreReading:
        best = self._best(rights, asked)
        if best.verdict is Verdict.ALL:
            return best
        for seen, made in self._changes(rights, asked):
            if better(made.reach.verdict, best.verdict):
                found = self._best(rights, replace(seen, helpers=asked.helpers))
                verdict = capped(found.verdict, made.reach.certainty)
                if better(verdict, best.verdict):
                    best = replace(
                        found,
                        verdict=verdict,
                        evidence=tuple(dict.fromkeys((*made.evidence, *found.evidence))),
                        open_keys=found.open_keys | made.reach.open_keys,
                        action=made.action,
                        resource=made.reach.witness or asked.store.facts.arn,
                        by=made.by,
                    )
        return best

    def _changes(self, rights: Rights, asked: StoreAs) -> Iterator[tuple[StoreAs, _Met]]:
        """The store after each change that may be made of it first."""
        change = policy_deleted(asked.store)
        if change is not None:
            yield change.seen, self._made(rights, asked.helpers, change)
        if asked.helpers and self._may_leave(rights, asked.store):
            made = self._made(rights, asked.helpers, change := owner_left(asked.store))
            verdict = capped(made.reach.verdict, Certainty.POSSIBLE)
            yield change.seen, replace(made, reach=replace(made.reach, verdict=verdict))
        yield from self._taggings(rights, asked)

    def _may_leave(self, rights: Rights, store: NamedStore) -> bool:
        """Whether a reader of another account is kept from it by RCPs that its account may leave behind.

        No delegated administrator's account leaves:
        https://docs.aws.amazon.com/organizations/latest/APIReference/API_LeaveOrganization.html
        """
        account_id, world = store.facts.account_id, self._world
        delegated = world.organization.delegated_administrators or {}
        if account_id == rights.subject.account_id or delegated.get(account_id):
            return False
        return bool(world.policies.binding(world.policies.rcps(account_id)))

    def _taggings(self, rights: Rights, asked: StoreAs) -> Iterator[tuple[StoreAs, _Met]]:
        """The store with other tags, where what a request says of them is asked for."""
        store, facts = asked.store, asked.store.facts
        actions = TAGGING.get(facts.type)
        if actions is None or facts.tags is None:
            return
        needs = [need for way in WAYS[facts.type] for need in way.needs]
        conditions = [c for need in needs for a in need.actions for c in self._conditions(rights, store, a)]
        for mix in asked_tags(conditions, rights.subject.context).mixes():
            met = [self._tagging(rights, asked, actions, one) for one in mix]
            worst = max(met, key=lambda one: _RANKS[one.reach.verdict])
            if worst.reach.verdict is not Verdict.NONE:
                changed = {key.lower() for key, _ in mix}
                kept = {key: value for key, value in facts.tags.items() if key.lower() not in changed}
                tags = {**kept, **{key: value for key, value in mix if value is not None}}
                evidence = tuple(dict.fromkeys(e for one in met for e in one.evidence))
                yield StoreAs(store, tags=tags_told(facts.type, tags)), replace(worst, evidence=evidence)

    def _tagging(
        self, rights: Rights, asked: StoreAs, actions: tuple[str, str], tag: tuple[str, str | None]
    ) -> _Met:
        """One tag put on the store, or taken off, its key spelled as serves best."""
        action = (actions[1] if tag[1] is None else actions[0]).lower()
        makers = (rights, *(maker for maker, _ in asked.helpers))
        statements = [s for maker in makers for s in maker.statements_about(action)]
        changes = (tagged(asked.store, actions, tag, key) for key in spellings(tag[0], statements))
        made = (self._made(rights, asked.helpers, change) for change in changes)
        return min(made, key=lambda one: _RANKS[one.reach.verdict])

    def _conditions(self, rights: Rights, store: NamedStore, spelled: str) -> Iterable[Condition]:
        action = spelled.lower()
        if not any(key.startswith(FAMILIES) for key in rights.asked_keys(action)) and not any(
            c.key.startswith(FAMILIES) for _, s in store.speaking(action) for c in s.conditions
        ):
            return ()
        placed = (c for _, statement in store.speaking(action) for c in statement.conditions)
        return (*placed, *rights.applicable(action).conditions)

    def _best(self, rights: Rights, seen: StoreAs) -> StoreReading:
        """The best of the ways to read the store as it is seen."""
        best = NOT_READ
        for way in WAYS[seen.store.facts.type]:
            if way.served_by and not self._inventory.serves(seen.store, way.served_by):
                continue
            found = self._by(rights, seen, way)
            if better(found.verdict, best.verdict):
                best = found
            if best.verdict is Verdict.ALL:
                break
        return best

    def _by(self, rights: Rights, seen: StoreAs, way: Way) -> StoreReading:
        facts = seen.store.facts
        fitting = _fitting(way, facts)
        if fitting is Certainty.NEVER or (way.own_account and rights.subject.account_id != facts.account_id):
            return NOT_READ
        met = [self._met(rights, seen, need) for need in way.needs]
        worst = max((m.reach for m in met), key=lambda reach: _RANKS[reach.verdict])
        verdict = capped(worst.verdict, fitting.both(Certainty.POSSIBLE) if way.unseen else fitting)
        if verdict is Verdict.NONE:
            return NOT_READ
        found = StoreReading(
            verdict=Verdict.SOME if way.part and verdict is Verdict.ALL else verdict,
            way=way.id,
            data_class=way.data_class,
            evidence=tuple(dict.fromkeys(e for m in met for e in m.evidence)),
            open_keys=frozenset().union(*(m.reach.open_keys for m in met)),
            action=met[0].action,
            resource=met[0].reach.witness or facts.arn,
            needed=way.unseen,
        )
        return self._decrypted(rights, seen, way, found) if way.through else found

    def _decrypted(self, rights: Rights, seen: StoreAs, way: Way, found: StoreReading) -> StoreReading:
        """The reading with the store's key as a second need.

        A bucket's default encryption is that of new objects; older ones, and those whose upload named another
        key, need none or another: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
        """
        key = self._decrypting(rights, seen, way.through)
        if key.reach.certainty is Certainty.CERTAIN:
            return replace(found, evidence=(*found.evidence, *key.evidence))
        verdict = capped(found.verdict, key.reach.certainty)
        if seen.store.facts.type is StoreType.BUCKET and not better(verdict, Verdict.CONDITIONAL):
            needed = found.needed or _OTHER_KEY
            return replace(found, verdict=capped(found.verdict, Certainty.POSSIBLE), needed=needed)
        if verdict is Verdict.NONE:
            return NOT_READ
        return replace(
            found,
            verdict=verdict,
            evidence=(*found.evidence, *key.evidence),
            open_keys=found.open_keys | key.reach.open_keys,
        )

    def _met(self, rights: Rights, seen: StoreAs, need: StoreNeed) -> _Met:
        best = _UNMET
        for spelled in need.actions:
            for resource in resources_of(need, seen.store.facts):
                found = self._reached(rights, seen, spelled, resource, need.told)
                if better(found.reach.verdict, best.reach.verdict):
                    best = found
        return best

    def _reached(self, rights: Rights, seen: StoreAs, spelled: str, resource: str, told: Overlay) -> _Met:
        """One action on one resource: the store, another that it needs, or what has no policy."""
        facts = seen.store.facts
        if resource.startswith(facts.arn) or ":dbuser:" in resource:
            return self._on(rights, seen, spelled, _kind(resource), told)
        other = self._inventory.find(resource)
        if other is not None:
            found = self._on(rights, StoreAs(other), spelled, _kind(resource), told)
            key = self._decrypting(rights, StoreAs(other, helpers=seen.helpers), "secretsmanager")
            verdict = capped(found.reach.verdict, key.reach.certainty)
            return replace(found, reach=replace(found.reach, verdict=verdict))
        if rights.subject.account_id != facts.account_id:
            return _UNMET
        overlay = self._world.resource_overlay(facts.account_id, rights.subject)
        return _in(rights.applicable(spelled.lower(), overlay, facts.account_id), spelled, _kind(resource))

    def _on(self, rights: Rights, seen: StoreAs, spelled: str, kind: Kind, told: Overlay) -> _Met:
        asked = Asked(spelled.lower(), told, kind)
        return _in(force_of(self._world, rights, seen, asked), spelled, kind)


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}


def _in(applicable: ApplicableStatements | None, spelled: str, kind: Kind) -> _Met:
    reach = NO_REACH if applicable is None else applicable.reach(kind)
    if applicable is None or reach.verdict is Verdict.NONE:
        return _UNMET
    return _Met(reach, spelled, tuple(_evidence(applicable, reach, spelled.lower())))


def _evidence(applicable: ApplicableStatements, reach: Reach, action: str) -> Iterator[Evidence]:
    """The statements that allow, of the store's side as well where both must."""
    yield from (grant.evidence(action) for grant in reach.grants)
    word = None if reach.witness is None else literal(reach.witness)
    for ceiling in applicable.ceilings:
        if ceiling.layer is Layer.RESOURCE_POLICY:
            yield from (g.evidence(action) for g in ceiling.grants if word is None or word in g.widest)


def _fitting(way: Way, facts: DataStore) -> Certainty:
    """Whether the store is one that the way leads into."""
    if way.is_open is None:
        return Certainty.CERTAIN
    match way.is_open(facts):
        case None:
            return Certainty.CONCEIVABLE
        case True:
            return Certainty.CERTAIN
        case False:
            return Certainty.NEVER


def _by_whichever_name(found: Sequence[_Met]) -> _Met:
    """What is met, whichever of its names a service gives: a condition, where it depends on the name."""
    best = min(found, key=lambda met: _RANKS[met.reach.verdict])
    if all(met.reach.verdict is best.reach.verdict for met in found):
        return best
    verdict = capped(best.reach.verdict, Certainty.POSSIBLE)
    return replace(best, reach=replace(best.reach, verdict=verdict))


@lru_cache(maxsize=65_536)
def _kind(resource: str) -> Kind:
    return Kind.of((resource,), "", "")
