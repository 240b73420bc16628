"""The statements in force for one action of one subject, and the questions that they answer together.

Evaluation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. Every
statement is matched by itself; allows, ceilings and denies meet at the end, at three degrees of certainty.
"""

from __future__ import annotations

from collections.abc import Iterable

from job.analyze.evaluation.joint_decision import Joint
from job.analyze.evaluation.statement import NO_REACH, Ceiling, Decision, Frame, Grant, Reach
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import HOLDS
from job.analyze.language.document import Condition
from job.analyze.language.globs import UndecidedError, Union, covers_everything, find_word, literal, plain
from job.analyze.service_reference.actions import Kind
from job.analyze.verdict import Layer, Verdict

_VERDICTS = {Certainty.POSSIBLE: Verdict.CONDITIONAL, Certainty.CONCEIVABLE: Verdict.UNKNOWN}
_ORDER = (Certainty.CERTAIN, Certainty.POSSIBLE, Certainty.CONCEIVABLE)


def _union(grants: Iterable[Grant], certainty: Certainty) -> Union:
    sets = (g.allowed(certainty) for g in grants)
    return tuple(s for s in sets if s is not None)


class ApplicableStatements:
    """The statements in force for one action of one subject.

    `allows` are the identity statements whose conditions do not fail, `failed` those whose conditions do.
    """

    __slots__ = (
        "_denied",
        "_joint",
        "_keys",
        "_narrowed",
        "_reaches",
        "_unions",
        "allows",
        "budget",
        "ceilings",
        "denies",
        "failed",
        "frame",
    )

    def __init__(
        self,
        *,
        allows: tuple[Grant, ...],
        failed: tuple[Grant, ...],
        ceilings: tuple[Ceiling, ...],
        denies: tuple[tuple[Layer, Grant], ...],
        frame: Frame,
    ) -> None:
        self.frame = frame
        self.budget = frame.budget
        self._joint: Joint | None = None
        self.allows = allows
        self.failed = failed
        self.ceilings = ceilings
        self.denies = denies
        # By certainty; a list, since enumerations hash slowly.
        self._unions: list[list[Union] | None] = [None, None, None]
        self._denied: list[Union | None] = [None, None, None]
        self._reaches: dict[Kind, Reach] = {}
        self._keys: frozenset[str] | None = None
        self._narrowed: dict[Kind, frozenset[Layer]] = {}

    def denied(self, certainty: Certainty) -> Union:
        """What an answer of this certainty must assume to be denied."""
        found = self._denied[certainty]
        if found is None:
            sets = (g.denied(certainty) for _, g in self.denies)
            found = self._denied[certainty] = tuple(s for s in sets if s is not None)
        return found

    @property
    def is_plain(self) -> bool:
        """Whether nothing stands between the identity statements and the answer."""
        clear = not (self.failed or self.ceilings or self.denies)
        return clear and all(g.outcome is HOLDS for g in self.allows)

    @property
    def condition_keys(self) -> frozenset[str]:
        """The keys that the statements' conditions ask for, whether they hold or not."""
        if self._keys is None:
            self._keys = frozenset(c.key for c in self.conditions)
        return self._keys

    @property
    def conditions(self) -> Iterable[Condition]:
        """The conditions of all statements, whether they hold or not."""
        ceilings = (g for c in self.ceilings for g in (*c.grants, *c.failed))
        grants = (*self.allows, *self.failed, *ceilings, *(g for _, g in self.denies))
        return (c for g in grants for c in g.statement.conditions)

    def certainty(self, resource: str) -> Certainty:
        """How certainly one concrete request on `resource` gets through."""
        word = literal(resource)
        if self._speaks_of(word):
            for certainty in _ORDER:
                allowed = all(_holds(union, word) for union in self.unions(certainty))
                if allowed and not _holds(self.denied(certainty), word):
                    if certainty is not Certainty.POSSIBLE or not self.joint.says_more:
                        return certainty
                    together = self._together(word)
                    if together is not Certainty.NEVER or not self._is_unclear():
                        return together
        return Certainty.NEVER

    @property
    def joint(self) -> Joint:
        """The statements decided together, over what open conditions tell apart."""
        if self._joint is None:
            self._joint = Joint(self.frame, self.allows, self.ceilings, self.denies)
        return self._joint

    def _together(self, word: str) -> Certainty:
        """How certainly a request gets through that may, one condition at a time."""
        try:
            if not any(_passes(case.widest, case.surely_denied, word) for case in self.joint.best()):
                return Certainty.NEVER
            surely = all(_passes(case.sure, case.denied, word) for case in self.joint.worst())
        except UndecidedError:
            self.budget.blame(self._conditioned())
            return Certainty.CONCEIVABLE
        return Certainty.CERTAIN if surely else Certainty.POSSIBLE

    def _is_unclear(self) -> bool:
        """Whether a statement is not understood: then a denial by all others is no proof."""
        ceilings = (g for c in self.ceilings for g in c.grants)
        grants = (*self.allows, *ceilings, *(g for _, g in self.denies))
        return any(g.outcome.certainty is Certainty.CONCEIVABLE for g in grants)

    def _speaks_of(self, word: str) -> bool:
        for grant in self.allows:  # noqa: SIM110 - asked for each role of an account
            if word in grant.widest:
                return True
        return False

    def decide(self, resource: str) -> Decision:
        """One concrete request on `resource`, with what decided."""
        certainty = self.certainty(resource)
        word = literal(resource)
        return self._blocked(word) if certainty is Certainty.NEVER else self._allowed(word, certainty)

    def _allowed(self, word: str, certainty: Certainty) -> Decision:
        allowed_by = tuple(g for g in self.allows if word in g.widest)
        if certainty is Certainty.CERTAIN:
            sure = tuple(g for g in allowed_by if g.outcome.certainty is Certainty.CERTAIN)
            return Decision(certainty, allowed_by=sure)
        return Decision(certainty, allowed_by=allowed_by, open_keys=self._open_keys(word))

    def _open_keys(self, word: str) -> frozenset[str]:
        """The condition keys that decide about a resource and are open."""
        ceilings = (g for c in self.ceilings for g in c.grants)
        grants = (*self.allows, *ceilings, *(g for _, g in self.denies))
        return frozenset(k for g in grants if word in g.widest for k in g.outcome.open_keys)

    def _blocked(self, word: str) -> Decision:
        denied_by = tuple(
            (layer, g)
            for layer, g in self.denies
            if g.outcome.certainty is Certainty.CERTAIN and word in g.sure
        )
        evidence = tuple(g for _, g in denied_by)
        allowed_by = tuple(g for g in self.allows if word in g.widest)
        if not allowed_by:
            failed = [g for g in self.failed if word in g.widest]
            layer = _condition_layer(failed) if failed else None
            return Decision(Certainty.NEVER, denied_by=evidence, blocked_by=layer)
        layers = [layer for layer, _ in denied_by]
        layers += [
            c.layer for c in self.ceilings if not _holds(_union(c.grants, Certainty.CONCEIVABLE), word)
        ]
        first = next((layer for layer in _BLOCKING_ORDER if layer in layers), Layer.CONDITION)
        return Decision(Certainty.NEVER, allowed_by, evidence, first.value)

    def reach(self, kind: Kind) -> Reach:
        """How much of a kind of resource gets through."""
        found = self._reaches.get(kind)
        if found is None:
            found = self._reaches[kind] = self._find_reach(kind)
        return found

    def _find_reach(self, kind: Kind) -> Reach:
        if not self.allows or self._nothing_at_all():
            return NO_REACH
        if self.is_plain and not self.unions(Certainty.CERTAIN):
            word = find_word([kind.include], kind.exclude)
            return Reach(Verdict.ALL, None if word is None else plain(word), self.allows)
        try:
            return self._reach(kind)
        except UndecidedError:
            self.budget.blame(self.entangled())
            return Reach(Verdict.UNKNOWN, None, self.allows)

    def entangled(self) -> Iterable[str]:
        """The policies whose patterns come together here, in words."""
        ceilings = (g for c in self.ceilings for g in c.grants)
        grants = (*self.allows, *ceilings, *(g for _, g in self.denies))
        wild = (g for g in grants if not g.widest.is_everything)
        return dict.fromkeys(g.attachment.label for g in wild)

    def _conditioned(self) -> Iterable[str]:
        """The policies whose conditions come together here, in words."""
        ceilings = (g for c in self.ceilings for g in c.grants)
        grants = (*self.allows, *ceilings, *(g for _, g in self.denies))
        return dict.fromkeys(g.attachment.label for g in grants if g.outcome.certainty is Certainty.POSSIBLE)

    def _nothing_at_all(self) -> bool:
        """Whether a deny that surely holds covers every resource."""
        return any(s.is_everything for s in self.denied(Certainty.CONCEIVABLE))

    def _reach(self, kind: Kind) -> Reach:
        for certainty in _ORDER:
            unions = self.unions(certainty)
            denied = self.denied(certainty)
            word = find_word([kind.include, *unions], (*kind.exclude, *denied), self.budget)
            if word is None:
                continue
            if certainty is Certainty.POSSIBLE and self.joint.says_more:
                together = self._reach_together(kind)
                if together is not NO_REACH or not self._is_unclear():
                    return together
                continue
            grants = tuple(g for g in self.allows if g.outcome.certainty <= certainty and word in g.widest)
            if certainty is not Certainty.CERTAIN:
                return Reach(_VERDICTS[certainty], plain(word), grants, self._open_keys(word))
            if self._covers(kind, unions, denied):
                return Reach(Verdict.ALL, plain(word), grants)
            together = self._reach_together(kind) if self.joint.says_more else NO_REACH
            some = Reach(Verdict.SOME, plain(word), grants)
            return together if together.verdict is Verdict.ALL else some
        return NO_REACH

    def _reach_together(self, kind: Kind) -> Reach:
        """How much of a kind gets through that may, one condition at a time."""
        try:
            best = (self._word_in(kind, case.widest, case.surely_denied) for case in self.joint.best())
            possible = next((word for word in best if word is not None), None)
            if possible is None:
                return NO_REACH
            worst = self.joint.worst()
            required = [u for case in worst for u in case.sure]
            denied = tuple(s for case in worst for s in case.denied)
            word = self._word_in(kind, required, denied)
        except UndecidedError:
            self.budget.blame(self._conditioned())
            return Reach(Verdict.UNKNOWN, None, self.allows)
        if word is None:
            grants = tuple(g for g in self.allows if possible in g.widest)
            return Reach(Verdict.CONDITIONAL, plain(possible), grants, self._open_keys(possible))
        grants = tuple(g for g in self.allows if word in g.widest)
        whole = all(self._covers(kind, case.sure, case.denied) for case in worst)
        return Reach(Verdict.ALL if whole else Verdict.SOME, plain(word), grants)

    def _word_in(self, kind: Kind, unions: Iterable[Union], denied: Union) -> str | None:
        listed = list(dict.fromkeys(unions))
        excluded = tuple(dict.fromkeys((*kind.exclude, *denied)))
        return find_word([kind.include, *listed], excluded, self.budget)

    def _covers(self, kind: Kind, unions: Iterable[Union], denied: Union) -> bool:
        """Whether nothing of the kind is left out; what takes too long to tell counts as left out."""
        try:
            if any(find_word([kind.include], (*kind.exclude, *u), self.budget) is not None for u in unions):
                return False
            return not denied or find_word([kind.include, denied], kind.exclude, self.budget) is None
        except UndecidedError:
            return False

    def unions(self, certainty: Certainty) -> list[Union]:
        """What must allow, layer by layer, without the layers that plainly allow everything."""
        found = self._unions[certainty]
        if found is None:
            ceilings = (_union(c.grants, certainty) for c in self.ceilings)
            every = (_union(self.allows, certainty), *ceilings)
            found = self._unions[certainty] = [u for u in every if not covers_everything(u)]
        return found

    def narrowed_by(self, kind: Kind) -> frozenset[Layer]:
        """The layers that take away something of this kind that an identity statement speaks of."""
        if self.is_plain:
            return frozenset()
        found = self._narrowed.get(kind)
        if found is None:
            try:
                found = frozenset(self._narrowing(kind))
            except UndecidedError:
                found = frozenset()
            self._narrowed[kind] = found
        return found

    def _narrowing(self, kind: Kind) -> Iterable[Layer]:
        spoken = tuple(g.widest for g in (*self.allows, *self.failed))
        budget = self.budget
        if not spoken or find_word([kind.include, spoken], kind.exclude, budget) is None:
            return
        held = _union(self.allows, Certainty.CERTAIN)
        for grant in (*self.allows, *self.failed):
            unheld = grant.outcome.certainty in (Certainty.POSSIBLE, Certainty.NEVER)
            if unheld and find_word([kind.include, (grant.widest,)], (*kind.exclude, *held), budget):
                yield Layer(_condition_layer([grant]))
        for ceiling in self.ceilings:
            top = _union(ceiling.grants, Certainty.CERTAIN)
            if not top or find_word([kind.include, spoken], (*kind.exclude, *top), budget) is not None:
                yield ceiling.layer
        for layer, grant in self.denies:
            everywhere = grant.widest.is_everything
            if everywhere or find_word([kind.include, spoken, (grant.widest,)], kind.exclude, budget):
                yield _deny_layer(layer, grant)
                if grant.outcome.certainty is Certainty.POSSIBLE:
                    yield Layer.CONDITION


_BLOCKING_ORDER = (Layer.DENY, Layer.SCP, Layer.RCP, Layer.BOUNDARY, Layer.RESOURCE_POLICY)


def _deny_layer(layer: Layer, grant: Grant) -> Layer:
    return Layer.MFA if grant.needs_mfa else layer


def _condition_layer(grants: Iterable[Grant]) -> str:
    return (Layer.MFA if any(g.needs_mfa for g in grants) else Layer.CONDITION).value


def _passes(layers: Iterable[Union], denied: Union, word: str) -> bool:
    return all(_holds(union, word) for union in layers) and not _holds(denied, word)


def _holds(union: Union, word: str) -> bool:
    for globs in union:  # noqa: SIM110 - the innermost loop of the analysis; a generator costs twice as much
        if word in globs:
            return True
    return False
