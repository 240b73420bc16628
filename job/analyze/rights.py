"""What a subject may do: the statements in force for an action, and the resources they leave."""

from __future__ import annotations

from collections.abc import Iterable

from job.analyze.actions import Kind
from job.analyze.conditions import Truth
from job.analyze.context import Context, Overlay
from job.analyze.force import Force
from job.analyze.globs import find_word, plain
from job.analyze.grants import NO_REACH, Ceiling, Grant, Reach, needs_mfa
from job.analyze.library import Library, union_of
from job.analyze.policy import Effect, Statement
from job.analyze.subject import Attachment, Level, Subject
from job.analyze.verdict import Layer, Verdict

BOUNDARY = "boundary"
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html (services that
# support RCPs); a service that is missing here is judged without RCPs, never as blocked by them.
RCP_SERVICES = frozenset(("s3", "sts", "kms", "sqs", "secretsmanager", "ecr", "aoss"))


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
        self.spoken = union_of(library.compiled(a.policy).allow_mask for a in subject.identity)
        self.may = self._may()
        # Those that it surely may use on every resource of its account, because nothing speaks against it.
        self.sure = self._sure()
        self.doubtful = self._doubtful()
        self.possible_layers = self._possible_layers()

    def _sure(self) -> int:
        library, denied = self._library, 0
        plain = union_of(c.plain_mask for _, c in self._identity)
        for _, c in self._identity:
            denied |= c.deny_mask
        levels = [level for _, level in self._own_ceilings]
        for level in levels:
            pairs = library.pairs(level.attachments)
            plain &= union_of(c.plain_mask for _, c in pairs)
            denied |= union_of(c.deny_mask for _, c in pairs)
        for level in library.rcps(self.subject.account_id):
            pairs = library.pairs(level.attachments)
            held = union_of(c.plain_mask for _, c in pairs) & ~union_of(c.deny_mask for _, c in pairs)
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
        layers |= {Layer.MFA} if any(needs_mfa(s) for s in (*own, *over)) else set()
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
            mask &= union_of(compiled(a.policy).allow_mask for a in level.attachments)
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
