"""What a subject may do: the statements in force for an action, and the resources they leave."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.evaluation.compiled import CompiledPolicies, Masks, Over, Spoken, union_of
from job.analyze.evaluation.kept import Kept
from job.analyze.evaluation.statement import NO_REACH, Ceiling, Frame, Grant, Reach
from job.analyze.evaluation.subject import Attachment, Level, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Overlay, merged, variable_names
from job.analyze.language.document import Statement, is_unseen
from job.analyze.language.globs import Budget, GlobSet, find_word, plain
from job.analyze.service_reference.actions import Kind
from job.analyze.service_reference.request_keys import known_from_request, never_sent
from job.analyze.service_reference.services import rcp_services
from job.analyze.verdict import Layer, Verdict

BOUNDARY = "boundary"
_OF_BOUNDARIES = "iam:permissionsboundary"
# Work that all questions about one subject together may take: some seconds.
_WORK = 1_000_000


class _Matched(NamedTuple):
    """The statements that match an action in any context: places among the subject's own, and the others."""

    allows: tuple[int, ...]
    denies: tuple[int, ...]
    boundary: Spoken | None
    over: Over


class Rights:
    """One subject's rights, each question answered once."""

    def __init__(self, subject: Subject, policies: CompiledPolicies, own_resources: Overlay = ()) -> None:
        self.subject = subject
        self.budget = Budget(_WORK, policies.budget(subject.account_id))
        self._own_context = subject.context.told(own_resources)
        self._policies = policies
        self._identity = policies.pairs(subject.identity)
        self._allows = tuple((m, a, s) for a, c in self._identity for m, s in c.allows)
        self._denies = tuple((m, a, s) for a, c in self._identity for m, s in c.denies)
        boundary = subject.boundary
        self._boundary = None if boundary is None else Level(BOUNDARY, (boundary,))
        self._scps = policies.binding(subject.scps)
        self._own_ceilings = tuple(self._make_ceilings())
        self._conditional: dict[tuple[Attachment, Statement], Grant] = {}
        self._narrowable: dict[frozenset[Layer], int] = {}
        self.kept = Kept()
        self._applicable: dict[tuple[str, str | None, Overlay], ApplicableStatements] = {}
        self._alike: dict[tuple[_Matched, bool, Overlay], ApplicableStatements] = {}
        self._asked_keys: dict[_Matched, frozenset[str]] = {}
        self._masks = Masks.union(c.masks for _, c in self._identity) if self._identity else Masks()
        # The known actions, as bits, that identity statements speak of, those that ceilings leave of them,
        # and those that no deny surely takes away on every resource. Filters, never answers.
        self.spoken = self._masks.allow
        self.left = self._left()
        barred, self.doubtful = self._denied_everywhere()
        self.may = self.left & ~barred
        # Those that it surely may use on every resource of its account, because nothing speaks against it.
        self.sure = self._sure()
        # A policy that was not read may deny anything: no answer is better than unknown.
        self.unread = any(
            is_unseen(a.policy)
            for a in (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
        )

    @cached_property
    def _limits(self) -> dict[Layer, int]:
        return self._find_limits()

    @cached_property
    def can_be_narrowed(self) -> bool:
        """Whether a layer could take away anything, RCPs apart."""
        return any(m for layer, m in self._limits.items() if layer is not Layer.RCP)

    @cached_property
    def asks_for_mfa(self) -> bool:
        """Whether a statement that bears on it has conditions on MFA."""
        return bool(self._masks.mfa) or any(
            self._policies.masks(level).mfa for _, level in self._own_ceilings
        )

    @cached_property
    def asks_for_tags(self) -> bool:
        """Whether a statement that bears on it has conditions on tags of the resource."""
        over = (*(level for _, level in self._own_ceilings), *self._rcps(self.subject.account_id))
        policies = (
            a.policy for a in (*self.subject.identity, *(a for level in over for a in level.attachments))
        )
        return any("resourcetag/" in key for policy in policies for key in policy.condition_keys)

    @cached_property
    def _naming(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """The actions, as bits, of statements that say whose resources they are about, with these owners."""
        own = {self.subject.account_id}
        ceilings = (
            pair for _, level in self._own_ceilings for pair in self._policies.pairs(level.attachments)
        )
        named = (one for _, compiled in (*self._identity, *ceilings) for one in compiled.naming)
        return tuple((mask, owners - own) for mask, owners in named if owners - own)

    def other_owners(self, actions: int) -> frozenset[str]:
        """The owners of resources besides its own account that policies tell apart for any of these bits.

        They are accounts, values of organizations' keys, and an empty text for accounts that none names.
        """
        if not self._naming:
            return frozenset()
        left = actions & self.left
        return frozenset().union(*(owners for mask, owners in self._naming if mask & left))

    def _rcps(self, account_id: str) -> tuple[Level, ...]:
        """The RCPs over an account's resources, none once the subject took it out of the organization."""
        has_left = self.subject.left and account_id == self.subject.account_id
        return () if has_left else self._policies.rcps(account_id)

    def _sure(self) -> int:
        policies, plain, denied = self._policies, self._masks.plain, self._masks.deny
        for _, level in self._own_ceilings:
            masks = policies.masks(level)
            plain &= masks.plain
            denied |= masks.deny
        for level in self._rcps(self.subject.account_id):
            masks = policies.masks(level)
            plain &= masks.plain & ~masks.deny | ~policies.index.services(rcp_services())
        return plain & ~denied

    def _find_limits(self) -> dict[Layer, int]:
        """The layers that could narrow anything, with the actions that they could narrow."""
        own, policies = self._masks, self._policies
        limits = {Layer.DENY: own.deny_besides_mfa, Layer.CONDITION: own.conditional, Layer.MFA: own.mfa}
        ceilings = [(layer, level, -1) for layer, level in self._own_ceilings]
        covered = policies.index.services(rcp_services())
        ceilings += [(Layer.RCP, level, covered) for level in self._rcps(self.subject.account_id)]
        for over, level, among in ceilings:
            for layer, mask in policies.masks(level).limits(over, policies.index.full):
                limits[layer] = limits.get(layer, 0) | mask & among
        return limits

    def narrowable(self, known: frozenset[Layer] = frozenset()) -> int:
        """The actions, as bits, that layers besides the known ones could narrow: a filter, no answer."""
        found = self._narrowable.get(known)
        if found is None:
            limits = union_of(m for layer, m in self._limits.items() if layer not in known)
            found = self._narrowable[known] = self.spoken & ~self.sure & limits
        return found

    def _denied_everywhere(self) -> tuple[int, int]:
        """The actions left, as bits, that denies surely take away on every resource, and that they may take.

        Asked without what a request on one resource adds: it fills in what is open here, and no more.
        """
        surely = perhaps = 0
        for pairs in (self._identity, *(self._policies.pairs(c.attachments) for _, c in self._own_ceilings)):
            for attachment, compiled in pairs:
                for bits, statement in compiled.denies:
                    if statement.resources.is_everything and bits & self.left & ~surely:
                        truth = self._grant(attachment, statement, self._own_context).outcome.certainty
                        surely |= bits if truth is Certainty.CERTAIN else 0
                        perhaps |= bits if truth is not Certainty.NEVER else 0
        return surely, perhaps

    @cached_property
    def denied_actions(self) -> tuple[GlobSet, ...]:
        """What denies surely take away on every resource, in the words of their Action elements."""
        ceilings = (self._policies.pairs(level.attachments) for _, level in self._own_ceilings)
        return tuple(
            statement.actions
            for attachment, compiled in (*self._identity, *(pair for pairs in ceilings for pair in pairs))
            for _, statement in compiled.denies
            if statement.resources.is_everything
            and self._grant(attachment, statement, self._own_context).outcome.certainty is Certainty.CERTAIN
        )

    def surely(self, action: str) -> tuple[Grant, ...]:
        """The statements that make an action one of the sure ones."""
        bit, context = self._policies.index.bit(action), self._own_context
        return tuple(
            self._grant(attachment, s, context)
            for attachment, compiled in self._identity
            if compiled.masks.plain & bit
            for s in compiled.allowing(bit, action)
            if s.resources.is_everything and not s.conditional
        )

    def _left(self) -> int:
        mask = self.spoken
        for _, level in self._own_ceilings:
            mask &= self._policies.masks(level).allow
        return mask

    def applicable(
        self, action: str, overlay: Overlay = (), resource_account: str | None = None
    ) -> ApplicableStatements:
        """The statements in force for an action on resources of its own account.

        For those of another one, or of one not known, `overlay` says what is known of the resource.
        """
        key = (action, resource_account, overlay)
        found = self._applicable.get(key)
        if found is None:
            matched = self._match(action, resource_account or self.subject.account_id)
            asked = self._asked(matched)
            told = self._told(action, asked, overlay) if asked else ()
            elsewhere = bool(asked) and resource_account is not None
            same = (matched, elsewhere, told)
            found = self._alike.get(same)
            if found is None:
                context = self.subject.context if elsewhere else self._own_context
                if told:
                    context = context.about(asked).told(told)
                found = self._alike[same] = self._find_applicable(matched, context)
            self._applicable[key] = found
        return found

    def asked_keys(self, action: str) -> frozenset[str]:
        """The keys that statements which match an action ask for, whether their conditions hold or not."""
        return self._asked(self._match(action, self.subject.account_id))

    def statements_about(self, action: str) -> Iterable[Statement]:
        """The statements that match an action, whether their conditions hold or not."""
        return self._statements(self._match(action, self.subject.account_id))

    def _asked(self, matched: _Matched) -> frozenset[str]:
        """The keys that statements ask for, in conditions and variables."""
        found = self._asked_keys.get(matched)
        if found is None:
            found = frozenset[str]().union(*(keys_asked(s) for s in self._statements(matched)))
            self._asked_keys[matched] = found
        return found

    def _told(self, action: str, asked: frozenset[str], overlay: Overlay) -> Overlay:
        """What a request tells of the keys that statements ask for: by its action, then by what is given.

        Of a boundary only those actions tell that AWS lists the key for
        (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html).
        """
        given = tuple(
            (key, values)
            for key, values in overlay
            if (key in asked or (key.endswith("/") and any(one.startswith(key) for one in asked)))
            and not (key == _OF_BOUNDARIES and never_sent(action, key))
        )
        return merged(self._request_keys(action, asked), given)

    def _request_keys(self, action: str, asked: frozenset[str]) -> Overlay:
        """What an action tells of the condition keys that statements ask for: never sent, or known by it."""
        if asked <= self._own_context.known.keys():
            return ()
        subject = self.subject
        known = known_from_request(action, subject.account_id, subject.partition)
        told: dict[str, tuple[str, ...]] = {}
        for key in asked:
            if key in known:
                told[key] = known[key]
            elif key not in self._own_context.known and never_sent(action, key):
                told[key] = ()
        return tuple(sorted(told.items()))

    def _statements(self, matched: _Matched) -> Iterable[Statement]:
        own = (*(self._allows[i] for i in matched.allows), *(self._denies[i] for i in matched.denies))
        yield from (s for _, _, s in own)
        spoken = [s for _, _, s in matched.over.levels]
        for level in (*spoken, *((matched.boundary,) if matched.boundary else ())):
            yield from (s for _, s in (*level.allows, *level.denies))

    def _match(self, action: str, account: str) -> _Matched:
        bit, boundary = self._policies.index.bit(action), self._boundary
        covered = action.partition(":")[0] in rcp_services()
        rcps = self._policies.binding(self._rcps(account)) if covered else ()
        return _Matched(
            _places(self._allows, bit, action) if not bit or bit & self.spoken else (),
            _places(self._denies, bit, action) if not bit or bit & self._masks.deny else (),
            None if boundary is None else self._policies.spoken(boundary, action),
            self._policies.over(self._scps, rcps, action),
        )

    def _find_applicable(self, matched: _Matched, context: Context) -> ApplicableStatements:
        allows = [self._grant(self._allows[i][1], self._allows[i][2], context) for i in matched.allows]
        denies = [
            (Layer.DENY, self._grant(self._denies[i][1], self._denies[i][2], context)) for i in matched.denies
        ]
        ceilings = list[Ceiling]()
        bounding = () if matched.boundary is None else ((Layer.BOUNDARY, BOUNDARY, matched.boundary),)
        for layer, target, spoken in (*bounding, *matched.over.levels):
            denies += [(layer, self._grant(a, s, context)) for a, s in spoken.denies]
            if not spoken.everything:
                over = [self._grant(a, s, context) for a, s in spoken.allows]
                held = tuple(g for g in over if g.outcome.certainty is not Certainty.NEVER)
                failed = tuple(g for g in over if g.outcome.certainty is Certainty.NEVER)
                ceilings.append(Ceiling(layer, target, held, failed))
        return ApplicableStatements(
            allows=tuple(g for g in allows if g.outcome.certainty is not Certainty.NEVER),
            failed=tuple(g for g in allows if g.outcome.certainty is Certainty.NEVER),
            ceilings=tuple(ceilings),
            denies=tuple((layer, g) for layer, g in denies if g.outcome.certainty is not Certainty.NEVER),
            frame=Frame(context, self.budget),
        )

    def _grant(self, attachment: Attachment, statement: Statement, context: Context) -> Grant:
        if context is not self._own_context or not statement.conditional:
            return self._policies.grant(attachment, statement, context)
        key = (attachment, statement)
        found = self._conditional.get(key)
        if found is None:
            found = self._conditional[key] = self._policies.grant(attachment, statement, context)
        return found

    def _make_ceilings(self) -> Iterable[tuple[Layer, Level]]:
        if self._boundary is not None:
            yield Layer.BOUNDARY, self._boundary
        for level in self.subject.scps:
            yield Layer.SCP, level

    def reach(self, action: str, kind: Kind, overlay: Overlay = ()) -> Reach:
        """How much of a kind of resource in its own account an action reaches."""
        bit = self._policies.index.bit(action)
        if bit & self.sure:
            return Reach(Verdict.ALL, _sample(kind), self.surely(action))
        return NO_REACH if bit and not bit & self.may else self.applicable(action, overlay).reach(kind)

    def narrowed_by(self, action: str, kind: Kind) -> frozenset[Layer]:
        """The layers that take away something of a kind that an identity statement speaks of."""
        return self.applicable(action).narrowed_by(kind)


def keys_asked(statement: Statement) -> Iterable[str]:
    """The keys that a statement asks for, in conditions and variables."""
    for condition in statement.conditions:
        yield condition.key
        if statement.variables:
            yield from (name for value in condition.values for name in variable_names(value))
    if statement.variables and statement.has_placeholders:
        yield from (name for pattern in statement.resources.patterns for name in variable_names(pattern))


_Listed = tuple[tuple[int, Attachment, Statement], ...]


def _places(listed: _Listed, bit: int, action: str) -> tuple[int, ...]:
    """Where the statements stand that match an action; `bit` is 0 for one that is not known."""
    if not bit:
        return tuple(i for i, (_, _, s) in enumerate(listed) if action in s.actions)
    return tuple([i for i, (mask, _, _) in enumerate(listed) if mask & bit])


def _sample(kind: Kind) -> str | None:
    word = find_word([kind.include], kind.exclude)
    return None if word is None else plain(word)
