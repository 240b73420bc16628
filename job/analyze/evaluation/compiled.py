"""Policies with the known actions they match as bits, and what they say of an action, shared by all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter

from job.analyze.evaluation.statement import Grant, needs_mfa
from job.analyze.evaluation.subject import Attachment, Level
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import HOLDS, Outcome, evaluate
from job.analyze.language.context import Context, resolve
from job.analyze.language.document import Effect, Policy, Statement, owners_named
from job.analyze.language.globs import Budget, GlobSet
from job.analyze.service_reference.actions import ActionIndex
from job.analyze.verdict import Layer

# Compiled, one takes about five kilobytes.
_KEPT_POLICIES = 4_000
# Work that one account may take: so many entangled policies that most of a minute goes by.
_WORK = 20_000_000


@dataclass(frozen=True, slots=True)
class Masks:
    """Known actions, as bits, of which some statements speak in one way or another.

    `plain` are those allowed without a condition on every resource, `conditional` and `mfa` those of
    statements with conditions, and with some on MFA, `doubted` those that a conditional statement denies,
    `deny_besides_mfa` those denied by a statement without conditions on MFA.
    """

    allow: int = 0
    deny: int = 0
    plain: int = 0
    conditional: int = 0
    doubted: int = 0
    mfa: int = 0
    deny_besides_mfa: int = 0

    @classmethod
    def union(cls, parts: Iterable[Masks]) -> Masks:
        """What any of the parts speaks of."""
        listed = tuple(parts)
        return listed[0] if len(listed) == 1 else cls(*(union_of(m) for m in zip(*map(_fields, listed))))  # noqa: B905

    def limits(self, layer: Layer, full: int) -> tuple[tuple[Layer, int], ...]:
        """The layers that could narrow actions, with the actions, where these statements are a ceiling."""
        own = self.deny | full & ~self.plain
        return ((layer, own), (Layer.CONDITION, self.doubted), (Layer.MFA, self.mfa & self.deny))


_fields = attrgetter(*Masks.__slots__)


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A policy's statements by effect, each with the known actions it matches as bits.

    `naming` has the actions of statements that say whose resources they are about, with these owners.
    """

    allows: tuple[tuple[int, Statement], ...]
    denies: tuple[tuple[int, Statement], ...]
    masks: Masks
    naming: tuple[tuple[int, frozenset[str]], ...]

    def allowing(self, bit: int, action: str) -> list[Statement]:
        """The statements that allow an action; `bit` is 0 for one that is not known."""
        if not bit:
            return [s for _, s in self.allows if action in s.actions]
        return [s for mask, s in self.allows if mask & bit] if self.masks.allow & bit else []

    def denying(self, bit: int, action: str) -> list[Statement]:
        """The statements that deny an action."""
        if not bit:
            return [s for _, s in self.denies if action in s.actions]
        return [s for mask, s in self.denies if mask & bit] if self.masks.deny & bit else []


Placed = tuple[tuple[Attachment, Statement], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """The statements of a level that match an action; the same object for all actions of the same statements.

    `everything` if one allows it on every resource, `conditional` if a context bears on the answer.
    """

    allows: Placed
    denies: Placed
    everything: bool
    conditional: bool


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """What binds an action beside identity policies, by layer and target; one object for equal contents."""

    levels: tuple[tuple[Layer, str, Spoken], ...]
    conditional: bool


Pairs = tuple[tuple[Attachment, Compiled], ...]


class CompiledPolicies:
    """What all subjects share: the known actions, compiled policies, and RCPs by account."""

    def __init__(self, index: ActionIndex, rcps: Callable[[str], tuple[Level, ...]]) -> None:
        self.index = index
        self.rcps = rcps
        self._compiled: dict[Policy, Compiled] = {}
        self._compiled_before: dict[Policy, Compiled] = {}
        self._plain_grants: dict[tuple[Attachment, Statement], Grant] = {}
        self._spoken: dict[tuple[Level, str], Spoken] = {}
        self._alike: dict[tuple[Level, Placed, Placed], Spoken] = {}
        self._masks: dict[Level, Masks] = {}
        self._binding: dict[tuple[Level, ...], tuple[Level, ...]] = {}
        self._over: dict[tuple[tuple[Level, ...], tuple[Level, ...], str], Over] = {}
        self._overs: dict[tuple[tuple[str, Spoken], ...], Over] = {}
        self._budgets: dict[str, Budget] = {}

    def compiled(self, policy: Policy) -> Compiled:
        """The policy with its known actions as bits."""
        found = self._compiled.get(policy)
        if found is None:
            found = self._compiled_before.pop(policy, None) or self._compile(policy)
            self._compiled[policy] = found
        return found

    def budget(self, account_id: str) -> Budget:
        """Work that all questions about an account's principals together may take."""
        found = self._budgets.get(account_id)
        if found is None:
            found = self._budgets[account_id] = Budget(_WORK)
        return found

    def pairs(self, attachments: tuple[Attachment, ...]) -> Pairs:
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
        found = self._alike.get((level, allows, denies))
        if found is None:
            everything = any(s.resources.is_everything and not s.conditional for _, s in allows)
            told = denies if everything else (*allows, *denies)
            found = Spoken(allows, denies, everything, any(s.conditional for _, s in told))
            self._alike[level, allows, denies] = found
        return found

    def binding(self, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        """The levels without those that allow everything and deny nothing, as most accounts' own do."""
        found = self._binding.get(levels)
        if found is None:
            found = self._binding[levels] = tuple(level for level in levels if not self._is_free(level))
        return found

    def _is_free(self, level: Level) -> bool:
        compiled = [self.compiled(a.policy) for a in level.attachments]
        allows = [s for c in compiled for _, s in c.allows]
        whole = any(
            s.actions.is_everything and s.resources.is_everything and not s.conditional for s in allows
        )
        return whole and not any(c.denies for c in compiled)

    def over(self, scps: tuple[Level, ...], rcps: tuple[Level, ...], action: str) -> Over:
        """What control policies that bind say of an action, level by level."""
        key = (scps, rcps, action)
        found = self._over.get(key)
        if found is None:
            both = [*((Layer.SCP, level) for level in scps), *((Layer.RCP, level) for level in rcps)]
            levels = tuple((layer, level.target, self.spoken(level, action)) for layer, level in both)
            known = tuple((target, spoken) for _, target, spoken in levels)
            found = self._overs.get(known)
            if found is None:
                found = self._overs[known] = Over(levels, any(s.conditional for _, _, s in levels))
            self._over[key] = found
        return found

    def masks(self, level: Level) -> Masks:
        """What the policies of one level speak of."""
        found = self._masks.get(level)
        if found is None:
            found = self._masks[level] = Masks.union(self.compiled(a.policy).masks for a in level.attachments)
        return found

    def forget(self) -> None:
        """Drops what was found for subjects that are done with.

        Policies stay compiled until as many others were asked for since: what many accounts use stays, what
        one account has goes.
        """
        self._plain_grants.clear()
        self._budgets.clear()
        self._spoken.clear()
        self._alike.clear()
        self._binding.clear()
        self._over.clear()
        self._overs.clear()
        self._masks.clear()
        if len(self._compiled) > _KEPT_POLICIES:
            for policy in self._compiled_before:
                policy.forget()
            self._compiled, self._compiled_before = {}, self._compiled

    def _compile(self, policy: Policy) -> Compiled:
        masked = [(self.index.mask(s.actions), s) for s in policy.statements]
        allows = tuple((m, s) for m, s in masked if s.effect is not Effect.DENY)
        denies = tuple((m, s) for m, s in masked if s.effect is not Effect.ALLOW)
        masks = Masks(
            allow=union_of(m for m, _ in allows),
            deny=union_of(m for m, _ in denies),
            plain=union_of(m for m, s in allows if s.resources.is_everything and not s.conditional),
            conditional=union_of(m for m, s in masked if s.conditional),
            doubted=union_of(m for m, s in denies if s.conditional),
            mfa=union_of(m for m, s in masked if needs_mfa(s)),
            deny_besides_mfa=union_of(m for m, s in denies if not needs_mfa(s)),
        )
        named = ((m, frozenset(owners_named(s))) for m, s in masked)
        return Compiled(allows, denies, masks, tuple((m, owners) for m, owners in named if owners))

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


def union_of(masks: Iterable[int]) -> int:
    """All the actions of some masks."""
    total = 0
    for mask in masks:
        total |= mask
    return total


def _grant(attachment: Attachment, statement: Statement, context: Context) -> Grant:
    outcome = evaluate(statement.conditions, context, variables=statement.variables)
    if statement.unclear and outcome.certainty is not Certainty.NEVER:
        outcome = Outcome(Certainty.CONCEIVABLE)
    resolved = [resolve(p, context, variables=statement.variables) for p in statement.resources.patterns]
    sure = tuple(r.pattern for r in resolved if r.pattern is not None and not r.open_keys)
    widest = tuple(r.pattern for r in resolved if r.pattern is not None)
    narrow, wide = GlobSet(sure, statement.resources.negated), GlobSet(widest, statement.resources.negated)
    if statement.resources.negated:
        narrow, wide = wide, narrow
    open_keys = frozenset().union(outcome.open_keys, *(r.open_keys for r in resolved))
    return Grant(attachment, statement, Outcome(outcome.certainty, open_keys), narrow, wide)
