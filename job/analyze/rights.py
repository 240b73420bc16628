"""What a subject may do: the statements in force for an action, and the resources they leave.

Evaluation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. Every
statement is matched by itself; allows, ceilings and denies meet at the end, at three degrees of certainty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from job.analyze.actions import ActionIndex, Kind
from job.analyze.conditions import HOLDS, Outcome, Truth, evaluate
from job.analyze.context import Context, Overlay, resolve
from job.analyze.globs import (
    GlobSet,
    UndecidedError,
    Union,
    covers_everything,
    find_word,
    literal,
    plain,
)
from job.analyze.policy import Effect, Policy, Statement
from job.analyze.subject import Attachment, Level, Subject
from job.analyze.verdict import Evidence, Layer, Verdict

_MFA_KEYS = frozenset(("aws:multifactorauthpresent", "aws:multifactorauthage"))
NOTHING = GlobSet(())


BOUNDARY = "boundary"
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html (services that
# support RCPs); a service that is missing here is judged without RCPs, never as blocked by them.
RCP_SERVICES = frozenset(("s3", "sts", "kms", "sqs", "secretsmanager", "ecr", "aoss"))


class Certainty(IntEnum):
    """How far an answer reaches: proved, if open conditions hold, or if what is not understood permits."""

    CERTAIN = 0
    POSSIBLE = 1
    CONCEIVABLE = 2
    NEVER = 3


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """A statement in a context: how its conditions stand, which resources it surely or at most matches."""

    attachment: Attachment
    statement: Statement
    outcome: Outcome
    sure: GlobSet
    widest: GlobSet

    def allowed(self, certainty: Certainty) -> GlobSet | None:
        """The resources it allows at this certainty."""
        if self.outcome.truth > certainty:
            return None
        return self.sure if certainty is Certainty.CERTAIN else self.widest

    def denied(self, certainty: Certainty) -> GlobSet | None:
        """The resources it denies, as an answer of this certainty must assume."""
        truth = self.outcome.truth
        if certainty is Certainty.CERTAIN:
            return None if truth is Truth.FAILS else self.widest
        if truth is Truth.HOLDS:
            return self.sure
        return self.widest if truth is Truth.UNKNOWN and certainty is Certainty.POSSIBLE else None

    @property
    def needs_mfa(self) -> bool:
        """Whether its conditions speak of MFA."""
        return any(c.key in _MFA_KEYS for c in self.statement.conditions)

    def evidence(self, action: str | None = None) -> Evidence:
        """The statement as a person reads it, about an action if one is given."""
        return self.attachment.evidence(self.statement, action)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A layer that must allow as well: a boundary, or the control policies of one level."""

    layer: Layer
    name: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """One concrete request's answer. `blocked_by` names the layer of a denial that something allowed."""

    certainty: Certainty
    allowed_by: tuple[Grant, ...] = ()
    denied_by: tuple[Grant, ...] = ()
    blocked_by: str | None = None
    open_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of a kind of resource an action reaches, with one resource as proof and what decided."""

    verdict: Verdict
    witness: str | None = None
    grants: tuple[Grant, ...] = ()
    open_keys: frozenset[str] = frozenset()

    @property
    def certainty(self) -> Certainty:
        """The verdict's certainty, whatever its extent."""
        return _CERTAINTIES[self.verdict]


_CERTAINTIES = {
    Verdict.ALL: Certainty.CERTAIN,
    Verdict.SOME: Certainty.CERTAIN,
    Verdict.CONDITIONAL: Certainty.POSSIBLE,
    Verdict.UNKNOWN: Certainty.CONCEIVABLE,
    Verdict.NONE: Certainty.NEVER,
}
_VERDICTS = {Certainty.POSSIBLE: Verdict.CONDITIONAL, Certainty.CONCEIVABLE: Verdict.UNKNOWN}
_ORDER = (Certainty.CERTAIN, Certainty.POSSIBLE, Certainty.CONCEIVABLE)
NO_REACH = Reach(Verdict.NONE)


def _union(grants: Iterable[Grant], certainty: Certainty) -> Union:
    sets = (g.allowed(certainty) for g in grants)
    return tuple(s for s in sets if s is not None)


class Force:
    """The statements in force for one action of one subject.

    `allows` are the identity statements whose conditions do not fail, `failed` those whose conditions do.
    """

    __slots__ = ("_denied", "_unions", "allows", "ceilings", "denies", "failed")

    def __init__(
        self,
        *,
        allows: tuple[Grant, ...],
        failed: tuple[Grant, ...],
        ceilings: tuple[Ceiling, ...],
        denies: tuple[tuple[Layer, Grant], ...],
    ) -> None:
        self.allows = allows
        self.failed = failed
        self.ceilings = ceilings
        self.denies = denies
        self._unions: dict[Certainty, list[Union]] = {}
        self._denied: dict[Certainty, Union] = {}

    def denied(self, certainty: Certainty) -> Union:
        """What an answer of this certainty must assume to be denied."""
        found = self._denied.get(certainty)
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
        ceilings = (g for c in self.ceilings for g in c.grants)
        grants = (*self.allows, *self.failed, *ceilings, *(g for _, g in self.denies))
        return frozenset(c.key for g in grants for c in g.statement.conditions)

    def certainty(self, resource: str) -> Certainty:
        """How certainly one concrete request on `resource` gets through."""
        if not self.allows:
            return Certainty.NEVER
        word = literal(resource)
        for certainty in _ORDER:
            allowed = all(_holds(union, word) for union in self.unions(certainty))
            if allowed and not _holds(self.denied(certainty), word):
                return certainty
        return Certainty.NEVER

    def decide(self, resource: str) -> Decision:
        """One concrete request on `resource`, with what decided."""
        certainty = self.certainty(resource)
        word = literal(resource)
        return self._blocked(word) if certainty is Certainty.NEVER else self._allowed(word, certainty)

    def _allowed(self, word: str, certainty: Certainty) -> Decision:
        allowed_by = tuple(g for g in self.allows if word in g.widest)
        if certainty is Certainty.CERTAIN:
            sure = tuple(g for g in allowed_by if g.outcome.truth is Truth.HOLDS)
            return Decision(certainty, allowed_by=sure)
        return Decision(certainty, allowed_by=allowed_by, open_keys=self._open_keys(word))

    def _open_keys(self, word: str) -> frozenset[str]:
        """The condition keys that decide about a resource and are open."""
        ceilings = (g for c in self.ceilings for g in c.grants)
        grants = (*self.allows, *ceilings, *(g for _, g in self.denies))
        return frozenset(k for g in grants if word in g.widest for k in g.outcome.open_keys)

    def _blocked(self, word: str) -> Decision:
        denied_by = tuple(
            (layer, g) for layer, g in self.denies if g.outcome.truth is Truth.HOLDS and word in g.sure
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
        if not self.allows or self._nothing_at_all():
            return NO_REACH
        if self.is_plain and not self.unions(Certainty.CERTAIN):
            word = find_word([kind.include], kind.exclude)
            return Reach(Verdict.ALL, None if word is None else plain(word), self.allows)
        try:
            return self._reach(kind)
        except UndecidedError:
            return Reach(Verdict.UNKNOWN, None, self.allows)

    def _nothing_at_all(self) -> bool:
        """Whether a deny that surely holds covers every resource."""
        return any(s.is_everything for s in self.denied(Certainty.CONCEIVABLE))

    def _reach(self, kind: Kind) -> Reach:
        for certainty in _ORDER:
            unions = self.unions(certainty)
            denied = self.denied(certainty)
            word = find_word([kind.include, *unions], (*kind.exclude, *denied))
            if word is None:
                continue
            grants = tuple(g for g in self.allows if g.outcome.truth <= certainty and word in g.widest)
            if certainty is not Certainty.CERTAIN:
                return Reach(_VERDICTS[certainty], plain(word), grants, self._open_keys(word))
            whole = _covers(kind, unions, denied)
            return Reach(Verdict.ALL if whole else Verdict.SOME, plain(word), grants)
        return NO_REACH

    def unions(self, certainty: Certainty) -> list[Union]:
        """What must allow, layer by layer, without the layers that plainly allow everything."""
        found = self._unions.get(certainty)
        if found is None:
            ceilings = (_union(c.grants, certainty) for c in self.ceilings)
            every = (_union(self.allows, certainty), *ceilings)
            found = self._unions[certainty] = [u for u in every if not covers_everything(u)]
        return found

    def narrowed_by(self, kind: Kind) -> frozenset[Layer]:
        """The layers that take away something of this kind that an identity statement speaks of."""
        if self.is_plain:
            return frozenset()
        try:
            return frozenset(self._narrowing(kind))
        except UndecidedError:
            return frozenset()

    def _narrowing(self, kind: Kind) -> Iterable[Layer]:
        spoken = tuple(g.widest for g in (*self.allows, *self.failed))
        if not spoken or find_word([kind.include, spoken], kind.exclude) is None:
            return
        held = _union(self.allows, Certainty.CERTAIN)
        for grant in (*self.allows, *self.failed):
            unheld = grant.outcome.truth in (Truth.OPEN, Truth.FAILS)
            if unheld and find_word([kind.include, (grant.widest,)], (*kind.exclude, *held)) is not None:
                yield Layer(_condition_layer([grant]))
        for ceiling in self.ceilings:
            top = _union(ceiling.grants, Certainty.CERTAIN)
            if find_word([kind.include, spoken], (*kind.exclude, *top)) is not None:
                yield ceiling.layer
        for layer, grant in self.denies:
            if find_word([kind.include, spoken, (grant.widest,)], kind.exclude) is not None:
                yield _deny_layer(layer, grant)
                if grant.outcome.truth is Truth.OPEN:
                    yield Layer.CONDITION


_BLOCKING_ORDER = (Layer.DENY, Layer.SCP, Layer.RCP, Layer.BOUNDARY)


def _deny_layer(layer: Layer, grant: Grant) -> Layer:
    return Layer.MFA if grant.needs_mfa else layer


def _condition_layer(grants: Iterable[Grant]) -> str:
    return (Layer.MFA if any(g.needs_mfa for g in grants) else Layer.CONDITION).value


def _holds(union: Union, word: str) -> bool:
    for globs in union:  # noqa: SIM110 - the innermost loop of the analysis; a generator costs twice as much
        if word in globs:
            return True
    return False


def _covers(kind: Kind, unions: Iterable[Union], denied: Union) -> bool:
    if any(find_word([kind.include], (*kind.exclude, *u)) is not None for u in unions):
        return False
    return not denied or find_word([kind.include, denied], kind.exclude) is None


@dataclass(frozen=True, slots=True, eq=False)
class _Compiled:
    """A policy's statements by effect, each with the known actions it matches as bits."""

    allows: tuple[tuple[int, Statement], ...]
    denies: tuple[tuple[int, Statement], ...]
    allow_mask: int
    deny_mask: int
    plain_mask: int

    def allowing(self, bit: int, action: str) -> list[Statement]:
        """The statements that allow an action; `bit` is 0 for one that is not known."""
        if not bit:
            return [s for _, s in self.allows if action in s.actions]
        return [s for mask, s in self.allows if mask & bit] if self.allow_mask & bit else []

    def denying(self, bit: int, action: str) -> list[Statement]:
        """The statements that deny an action."""
        if not bit:
            return [s for _, s in self.denies if action in s.actions]
        return [s for mask, s in self.denies if mask & bit] if self.deny_mask & bit else []


@dataclass(frozen=True, slots=True)
class Spoken:
    """The statements of a level that match an action; `everything` if one allows it on every resource."""

    allows: tuple[tuple[Attachment, Statement], ...]
    denies: tuple[tuple[Attachment, Statement], ...]
    everything: bool


_Pairs = tuple[tuple[Attachment, _Compiled], ...]


class Library:
    """What all subjects share: the known actions, compiled policies, and RCPs by account."""

    def __init__(self, index: ActionIndex, rcps: Callable[[str], tuple[Level, ...]]) -> None:
        self.index = index
        self.rcps = rcps
        self._compiled: dict[Policy, _Compiled] = {}
        self._plain_grants: dict[tuple[Attachment, Statement], Grant] = {}
        self._spoken: dict[tuple[Level, str], Spoken] = {}

    def compiled(self, policy: Policy) -> _Compiled:
        """The policy with its known actions as bits."""
        found = self._compiled.get(policy)
        if found is None:
            found = self._compiled[policy] = self._compile(policy)
        return found

    def pairs(self, attachments: tuple[Attachment, ...]) -> _Pairs:
        """Attachments with their compiled policies."""
        return tuple((a, self.compiled(a.policy)) for a in attachments)

    def spoken(self, level: Level, action: str) -> Spoken:
        """What the policies of one level say of an action, the same for everybody under it."""
        key = (level, action)
        found = self._spoken.get(key)
        if found is None:
            found = self._spoken[key] = self._speak(level, action)
        return found

    def _speak(self, level: Level, action: str) -> Spoken:
        bit, pairs = self.index.bit(action), self.pairs(level.attachments)
        allows = tuple((a, s) for a, compiled in pairs for s in compiled.allowing(bit, action))
        denies = tuple((a, s) for a, compiled in pairs for s in compiled.denying(bit, action))
        everything = any(s.resources.is_everything and not s.conditional for _, s in allows)
        return Spoken(allows, denies, everything)

    def forget(self) -> None:
        """Drops what was found for subjects that are done with; policies stay compiled."""
        self._plain_grants.clear()
        self._spoken.clear()

    def _compile(self, policy: Policy) -> _Compiled:
        masked = [(self.index.mask(s.actions), s) for s in policy.statements]
        allows = tuple((m, s) for m, s in masked if s.effect is not Effect.DENY)
        denies = tuple((m, s) for m, s in masked if s.effect is not Effect.ALLOW)
        plain = (m for m, s in allows if s.resources.is_everything and not s.conditional)
        return _Compiled(allows, denies, _or(m for m, _ in allows), _or(m for m, _ in denies), _or(plain))

    def grant(self, attachment: Attachment, statement: Statement, context: Context) -> Grant:
        """The statement in a context."""
        if statement.conditional:
            return _grant(attachment, statement, context)
        key = (attachment, statement)
        found = self._plain_grants.get(key)
        if found is None:
            found = Grant(attachment, statement, HOLDS, statement.resources, statement.resources)
            self._plain_grants[key] = found
        return found


def _or(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _grant(attachment: Attachment, statement: Statement, context: Context) -> Grant:
    outcome = evaluate(statement.conditions, context, variables=statement.variables)
    if statement.unclear and outcome.truth is not Truth.FAILS:
        outcome = Outcome(Truth.UNKNOWN)
    resolved = [resolve(p, context, variables=statement.variables) for p in statement.resources.patterns]
    sure = tuple(r.pattern for r in resolved if r.pattern is not None and not r.open_keys)
    widest = tuple(r.pattern for r in resolved if r.pattern is not None)
    narrow, wide = GlobSet(sure, statement.resources.negated), GlobSet(widest, statement.resources.negated)
    if statement.resources.negated:
        narrow, wide = wide, narrow
    open_keys = frozenset().union(outcome.open_keys, *(r.open_keys for r in resolved))
    return Grant(attachment, statement, Outcome(outcome.truth, open_keys), narrow, wide)


class Rights:
    """One subject's rights, each question answered once."""

    def __init__(self, subject: Subject, library: Library, own_resources: Overlay = ()) -> None:
        self.subject = subject
        self._own_context = subject.context.told(own_resources)
        self._library = library
        self._identity = library.pairs(subject.identity)
        self._own_ceilings = tuple(self._make_ceilings())
        self._conditional: dict[tuple[Attachment, Statement], Grant] = {}
        # What other questions about the subject have found, by their own keys.
        self.memo: dict[object, object] = {}
        self._forces: dict[tuple[str, str | None, Overlay], Force] = {}
        self._reaches: dict[tuple[str, Kind, Overlay], Reach] = {}
        self._narrowed: dict[tuple[str, Kind], frozenset[Layer]] = {}
        self.can_be_narrowed = subject.boundary is not None or bool(subject.scps) or self._has_limits()
        # The known actions, as bits, that identity statements speak of, and those that ceilings leave of
        # them. Filters, never answers.
        self.spoken = _or(library.compiled(a.policy).allow_mask for a in subject.identity)
        self.may = self._may()
        # Those that it surely may use on every resource of its account, because nothing speaks against it.
        self.sure = self._sure()
        self.doubtful = self._doubtful()
        self.possible_layers = self._possible_layers()

    def _sure(self) -> int:
        library, denied = self._library, 0
        plain = _or(c.plain_mask for _, c in self._identity)
        for _, c in self._identity:
            denied |= c.deny_mask
        levels = [level for _, level in self._own_ceilings]
        for level in levels:
            pairs = library.pairs(level.attachments)
            plain &= _or(c.plain_mask for _, c in pairs)
            denied |= _or(c.deny_mask for _, c in pairs)
        for level in library.rcps(self.subject.account_id):
            pairs = library.pairs(level.attachments)
            held = _or(c.plain_mask for _, c in pairs) & ~_or(c.deny_mask for _, c in pairs)
            plain &= held | ~library.index.services(RCP_SERVICES)
        return plain & ~denied

    def _doubtful(self) -> int:
        """The known actions that a deny may take away on every resource: what they give is never certain."""
        mask = 0
        for pairs in (self._identity, *(self._library.pairs(c.attachments) for _, c in self._own_ceilings)):
            for attachment, compiled in pairs:
                for bits, statement in compiled.denies:
                    if statement.resources.is_everything and bits & ~mask:
                        grant = self._grant(attachment, statement, self._own_context)
                        mask |= bits if grant.outcome.truth is not Truth.FAILS else 0
        return mask

    def _possible_layers(self) -> frozenset[Layer]:
        """Every layer that could narrow anything, whether it does or not."""
        own = [s for a in self.subject.identity for s in a.policy.statements]
        over = [s for _, c in self._own_ceilings for a in c.attachments for s in a.policy.statements]
        layers = {layer for layer, _ in self._own_ceilings}
        layers |= {Layer.DENY} if any(s.effect is not Effect.ALLOW for s in own) else set()
        layers |= {Layer.CONDITION} if any(s.conditional for s in (*own, *over)) else set()
        layers |= (
            {Layer.MFA} if any(c.key in _MFA_KEYS for s in (*own, *over) for c in s.conditions) else set()
        )
        layers |= {Layer.RCP} if self._library.rcps(self.subject.account_id) else set()
        return frozenset(layers)

    def surely(self, action: str) -> tuple[Grant, ...]:
        """The statements that make an action one of the sure ones."""
        bit, context = self._library.index.bit(action), self._own_context
        return tuple(
            self._grant(attachment, s, context)
            for attachment, compiled in self._identity
            if compiled.plain_mask & bit
            for s in compiled.allowing(bit, action)
            if s.resources.is_everything and not s.conditional
        )

    def _has_limits(self) -> bool:
        """Whether a statement of its own denies or is conditional."""
        return any(
            s.effect is not Effect.ALLOW or s.conditional
            for a in self.subject.identity
            for s in a.policy.statements
        )

    def _may(self) -> int:
        subject, compiled, mask = self.subject, self._library.compiled, self.spoken
        if subject.boundary is not None:
            mask &= compiled(subject.boundary.policy).allow_mask
        for level in subject.scps:
            mask &= _or(compiled(a.policy).allow_mask for a in level.attachments)
        return mask

    def force(self, action: str, overlay: Overlay = (), resource_account: str | None = None) -> Force:
        """The statements in force for an action on resources of its own account.

        For those of another one, or of one not known, `overlay` says what is known of the resource.
        """
        key = (action, resource_account, overlay)
        found = self._forces.get(key)
        if found is None:
            context = self._own_context if resource_account is None else self.subject.context
            context = context.told(overlay) if overlay else context
            found = self._force(action, resource_account or self.subject.account_id, context)
            self._forces[key] = found
        return found

    def _force(self, action: str, account: str, context: Context) -> Force:
        allows, denies = list[Grant](), list[tuple[Layer, Grant]]()
        bit = self._library.index.bit(action)
        for attachment, compiled in self._identity:
            allows += [self._grant(attachment, s, context) for s in compiled.allowing(bit, action)]
            denies += [
                (Layer.DENY, self._grant(attachment, s, context)) for s in compiled.denying(bit, action)
            ]
        ceilings = list[Ceiling]()
        for layer, level in (*self._own_ceilings, *self._resource_ceilings(action, account)):
            spoken = self._library.spoken(level, action)
            denies += [(layer, self._grant(a, s, context)) for a, s in spoken.denies]
            if not spoken.everything:
                over = (self._grant(a, s, context) for a, s in spoken.allows)
                held = tuple(g for g in over if g.outcome.truth is not Truth.FAILS)
                ceilings.append(Ceiling(layer, level.target, held))
        return Force(
            allows=tuple(g for g in allows if g.outcome.truth is not Truth.FAILS),
            failed=tuple(g for g in allows if g.outcome.truth is Truth.FAILS),
            ceilings=tuple(ceilings),
            denies=tuple((layer, g) for layer, g in denies if g.outcome.truth is not Truth.FAILS),
        )

    def _grant(self, attachment: Attachment, statement: Statement, context: Context) -> Grant:
        if context is not self._own_context or not statement.conditional:
            return self._library.grant(attachment, statement, context)
        key = (attachment, statement)
        found = self._conditional.get(key)
        if found is None:
            found = self._conditional[key] = self._library.grant(attachment, statement, context)
        return found

    def _make_ceilings(self) -> Iterable[tuple[Layer, Level]]:
        if self.subject.boundary is not None:
            yield Layer.BOUNDARY, Level(BOUNDARY, (self.subject.boundary,))
        for level in self.subject.scps:
            yield Layer.SCP, level

    def _resource_ceilings(self, action: str, account: str) -> Iterable[tuple[Layer, Level]]:
        if action.partition(":")[0] in RCP_SERVICES:
            for level in self._library.rcps(account):
                yield Layer.RCP, level

    def reach(self, action: str, kind: Kind, overlay: Overlay = ()) -> Reach:
        """How much of a kind of resource in its own account an action reaches."""
        key = (action, kind, overlay)
        found = self._reaches.get(key)
        if found is None:
            found = self._reaches[key] = self._reach(action, kind, overlay)
        return found

    def _reach(self, action: str, kind: Kind, overlay: Overlay) -> Reach:
        bit = self._library.index.bit(action)
        if bit & self.sure:
            return Reach(Verdict.ALL, _sample(kind), self.surely(action))
        return NO_REACH if bit and not bit & self.may else self.force(action, overlay).reach(kind)

    def narrowed_by(self, action: str, kind: Kind) -> frozenset[Layer]:
        """The layers that take away something of a kind that an identity statement speaks of."""
        if self._library.index.bit(action) & self.sure:
            return frozenset()
        if not self.can_be_narrowed and action.partition(":")[0] not in RCP_SERVICES:
            return frozenset()
        key = (action, kind)
        found = self._narrowed.get(key)
        if found is None:
            found = self._narrowed[key] = self.force(action).narrowed_by(kind)
        return found


def _sample(kind: Kind) -> str | None:
    word = find_word([kind.include], kind.exclude)
    return None if word is None else plain(word)
