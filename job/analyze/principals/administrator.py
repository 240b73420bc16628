"""Whether a subject is an administrator as it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.statement import Grant
from job.analyze.evaluation.subject import Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.document import Effect, Statement
from job.analyze.language.globs import Budget, GlobSet, UndecidedError, Union, find_word
from job.analyze.principals.directory import ADMINISTRATOR_ACCESS
from job.analyze.principals.world import World
from job.analyze.verdict import Evidence, Layer

_ALL_ACTIONS = ("*", "*:*")


@dataclass(frozen=True, slots=True)
class Standing:
    """How certainly the subject is an administrator, by which statements, and which layers hold it back."""

    certainty: Certainty
    evidence: tuple[Evidence, ...] = ()
    limited_by: tuple[Layer, ...] = ()


NO_STANDING = Standing(Certainty.NEVER)


class _Standings(dict[Subject, Standing]):
    pass


def standing_of(world: World, subject: Subject) -> Standing:
    """The subject's standing, judged once."""
    known = world.kept.of(_Standings)
    found = known.get(subject)
    if found is None:
        named = _names_every_action(world, subject)
        found = known[subject] = standing(world, world.rights(subject)) if named else NO_STANDING
    return found


def _names_every_action(world: World, subject: Subject) -> bool:
    """Whether each known action is allowed somewhere: hardly anybody's policies do without being meant to."""
    mask = 0
    for attachment in subject.identity:
        mask |= world.policies.compiled(attachment.policy).masks.allow
    return mask == world.index.full


def standing(world: World, rights: Rights) -> Standing:
    """Its own policies and boundary allow everything, and no deny of its own stays that it could not lift.

    Control policies do not make it less of an administrator of what they leave, unless they leave nothing.
    """
    subject = rights.subject
    if not _names_every_action(world, subject):
        return NO_STANDING
    own = _everything(world, rights, subject.identity)
    if own.certainty is Certainty.NEVER:
        return _held_back_by_mfa(world, rights)
    if subject.boundary is not None:
        ceiling = _everything(world, rights, (subject.boundary,))
        if ceiling.certainty is Certainty.NEVER:
            return Standing(Certainty.NEVER, (), (Layer.BOUNDARY,))
        own = Standing(own.certainty.both(ceiling.certainty), own.evidence)
    return _under_denies(world, rights, own)


def _held_back_by_mfa(world: World, rights: Rights) -> Standing:
    failing = [
        g
        for a in rights.subject.identity
        for g in _allows(world, rights, a)
        if g.outcome.certainty is Certainty.NEVER and _is_everything(g.statement, g.widest)
    ]
    layers = {Layer.MFA if g.needs_mfa else Layer.CONDITION for g in failing}
    return Standing(Certainty.NEVER, (), tuple(sorted(layers)))


def _allows(world: World, rights: Rights, attachment: Attachment) -> Iterable[Grant]:
    for _, statement in world.policies.compiled(attachment.policy).allows:
        yield world.policies.grant(attachment, statement, rights.subject.context)


def _denies(world: World, rights: Rights, attachment: Attachment) -> Iterable[Grant]:
    for _, statement in world.policies.compiled(attachment.policy).denies:
        grant = world.policies.grant(attachment, statement, rights.subject.context)
        if grant.outcome.certainty is not Certainty.NEVER:
            yield grant


def _is_everything(statement: Statement, resources: GlobSet) -> bool:
    actions = statement.actions
    whole = any(a in actions.patterns for a in _ALL_ACTIONS) and not actions.negated
    return (whole or actions.is_everything) and resources.is_everything


def _everything(world: World, rights: Rights, attachments: Iterable[Attachment]) -> Standing:
    grants = [g for a in attachments for g in _allows(world, rights, a)]
    for certainty in (Certainty.CERTAIN, Certainty.POSSIBLE, Certainty.CONCEIVABLE):
        held = [(g, s) for g in grants if (s := g.allowed(certainty)) is not None]
        single = next((g for g, s in held if _is_everything(g.statement, s)), None)
        if single is not None:
            return Standing(certainty, (single.evidence("*"),))
        together = _together(held, rights.budget)
        if together is not None:
            return Standing(certainty.both(together), tuple(g.evidence() for g, _ in held))
    return NO_STANDING


_ANY_ACTION = (GlobSet(("*:*",)),)


def _together(held: list[tuple[Grant, GlobSet]], budget: Budget) -> Certainty | None:
    """Whether the statements allow everything as a union: every action they tell apart, on every resource.

    An action that no statement allows on every resource is looked for first; hardly any set of policies lacks
    one that no statement allows at all.
    """
    everywhere = tuple(dict.fromkeys(g.statement.actions for g, s in held if s.is_everything))
    parts = [(g.statement.actions, s) for g, s in held if not s.is_everything]
    try:
        action = find_word([_ANY_ACTION], everywhere, budget)
        if action is None:
            return Certainty.CERTAIN
        if find_word([], tuple(s for actions, s in parts if action in actions), budget) is not None:
            return None
        return _covered_in_parts(parts, everywhere, budget)
    except UndecidedError:
        budget.blame(g.attachment.label for g, _ in held)
        return Certainty.CONCEIVABLE


def _covered_in_parts(
    parts: list[tuple[GlobSet, GlobSet]], everywhere: Union, budget: Budget
) -> Certainty | None:
    """The same where resources are split: for each set of the parts that some other action meets together."""
    kinds = tuple(dict.fromkeys(actions for actions, _ in parts))
    queue: list[tuple[list[Union], Union, int]] = [([_ANY_ACTION], everywhere, 0)]
    while queue:
        within, without, place = queue.pop()
        if find_word(within, without, budget) is None:
            continue
        if place == len(kinds):
            met = [k for k in kinds if (k,) in within]
            if find_word([], tuple(s for actions, s in parts if actions in met), budget) is not None:
                return None
            continue
        queue.append(([*within, (kinds[place],)], without, place + 1))
        queue.append((within, (*without, kinds[place]), place + 1))
    return Certainty.CERTAIN


def _under_denies(world: World, rights: Rights, own: Standing) -> Standing:
    subject = rights.subject
    attachments = (*subject.identity, *((subject.boundary,) if subject.boundary else ()))
    certainty, layers = own.certainty, set[Layer]()
    for attachment in attachments:
        denies = list(_denies(world, rights, attachment))
        if not denies or can_lift(world, rights, attachment):
            continue
        layers |= {Layer.MFA if g.needs_mfa else Layer.DENY for g in denies}
        certainty = max(certainty, *(_despite(g) for g in denies))
    if certainty is Certainty.NEVER:
        return Standing(Certainty.NEVER, (), tuple(sorted(layers)))
    if _nothing_left(world, rights):
        return Standing(Certainty.NEVER, (), (Layer.SCP,))
    if any(_narrows(world, level.attachments) for level in subject.scps):
        layers.add(Layer.SCP)
    return Standing(certainty, own.evidence, tuple(sorted(layers)))


def _despite(deny: Grant) -> Certainty:
    """What is left of "everything" under a deny that stays: nothing certain, unless the deny may not hold."""
    match deny.outcome.certainty:
        case Certainty.POSSIBLE:
            return Certainty.POSSIBLE
        case Certainty.CONCEIVABLE:
            return Certainty.CONCEIVABLE
        case _:
            return Certainty.NEVER


def _narrows(world: World, attachments: Iterable[Attachment]) -> bool:
    compiled = [world.policies.compiled(a.policy) for a in attachments]
    whole = any(
        _is_everything(s, s.resources) and not s.conditions and s.effect is Effect.ALLOW
        for c in compiled
        for _, s in c.allows
    )
    return not whole or any(c.denies for c in compiled)


def _nothing_left(world: World, rights: Rights) -> bool:
    """Whether the control policies leave no action at all, whatever the resource."""
    required, excluded = [], list[GlobSet]()
    for level in rights.subject.scps:
        required.append(
            tuple(g.statement.actions for a in level.attachments for g in _allows(world, rights, a))
        )
        for attachment in level.attachments:
            for deny in _denies(world, rights, attachment):
                if deny.outcome.certainty is Certainty.CERTAIN and deny.sure.is_everything:
                    excluded.append(deny.statement.actions)
    try:
        return find_word([_ANY_ACTION, *required], tuple(excluded), rights.budget) is None
    except UndecidedError:
        return False


@dataclass(frozen=True, slots=True)
class Lift:
    """An IAM action on a resource that takes an attached policy, or what it denies, away again."""

    action: str
    resource: str
    policy_arn: str | None


def lifts(world: World, rights: Rights, attachment: Attachment) -> Iterable[Lift]:
    """The ways to take an attached policy away from the subject, or to rewrite it."""
    subject = rights.subject
    arn, place = attachment.arn, attachment.attached_to
    owner = {"user": "User", "role": "Role"}.get(subject.kind)
    if arn is not None and ":aws:policy/" not in arn:
        yield Lift("iam:CreatePolicyVersion", arn, None)
    if owner is None:
        return
    if place == "boundary":
        yield Lift(f"iam:Delete{owner}PermissionsBoundary", subject.arn, None)
        yield Lift(f"iam:Put{owner}PermissionsBoundary", subject.arn, None)
    elif place.startswith("group "):
        group = world.directory.accounts[subject.account_id].group_arns.get(place.removeprefix("group "), "")
        yield Lift("iam:RemoveUserFromGroup", group, None)
        yield from _lifts_from("Group", group, arn)
    else:
        yield from _lifts_from(owner, subject.arn, arn)


def _lifts_from(owner: str, owner_arn: str, policy_arn: str | None) -> Iterable[Lift]:
    if policy_arn is None:
        yield Lift(f"iam:Delete{owner}Policy", owner_arn, None)
        yield Lift(f"iam:Put{owner}Policy", owner_arn, None)
    else:
        yield Lift(f"iam:Detach{owner}Policy", owner_arn, policy_arn)


def can_lift(world: World, rights: Rights, attachment: Attachment) -> bool:
    """Whether the subject can certainly take the policy away, or rewrite it, as it stands."""
    for lift in lifts(world, rights, attachment):
        action = lift.action.lower()
        overlay = (("iam:policyarn", (lift.policy_arn,)),) if lift.policy_arn else ()
        if rights.applicable(action, overlay).certainty(lift.resource) is Certainty.CERTAIN:
            return True
    return False


def administrator_arn(partition: str) -> str:
    """The ARN of AWS's AdministratorAccess."""
    return f"arn:{partition}{ADMINISTRATOR_ACCESS}"
