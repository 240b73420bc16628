"""What a principal can give to another or to itself: policies put on or attached, and under which limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.renaming import on_group, on_member
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.aws_rules import is_attachable
from job.analyze.evaluation.needs import Need
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import Outcome, evaluate_one
from job.analyze.language.context import Context, Overlay, variable_names
from job.analyze.language.document import Condition, Statement, unseen_policy
from job.analyze.principals.administrator import administrator_arn
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.members import Member, PolicyRef


@dataclass(frozen=True, slots=True)
class Grantable:
    """Policies that a step can give to somebody, and how certainly."""

    held: Held
    policies: tuple[PolicyRef, ...]

    @property
    def label(self) -> str:
        """The policies' names, as part of a change's name."""
        return ",".join(p.arn or p.name for p in self.policies)


_EVERYTHING = PolicyRef("a policy of its own", None, ALLOW_ALL)


def grantable(
    step: Step, need: Need, member: Member | None, resource: str, told: Overlay = ()
) -> Iterable[Grantable]:
    """What the need's actions can give a principal: anything by an inline policy, else what may be attached.

    `iam:PolicyARN` limits attaching to the policies it names
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html).
    """
    for action, spelled in zip(need.actions, need.spelled, strict=True):
        one = Need((action,), need.on, (spelled,))
        if ":put" in action or action == "iam:createpolicyversion":
            held = _on(step, one, member, resource, told)
            if held.certainty is not Certainty.NEVER:
                yield Grantable(held, (_EVERYTHING,))
        elif ":attach" in action:
            yield from _attachable(step, one, member, resource, told)


def _on(step: Step, need: Need, member: Member | None, resource: str, overlay: Overlay) -> Held:
    if member is not None:
        return on_member(step, need, member, overlay)
    is_group = need.actions[0].endswith("grouppolicy")
    return on_group(step, need, resource, overlay) if is_group else step.on(need, resource, overlay)


def _attachable(
    step: Step, need: Need, member: Member | None, resource: str, told: Overlay
) -> Iterable[Grantable]:
    administrator = administrator_arn(step.subject.partition)
    widest = _on(step, need, member, resource, (*told, ("iam:policyarn", (administrator,))))
    if widest.certainty is not Certainty.NEVER:
        yield Grantable(widest, (PolicyRef("AdministratorAccess", administrator, ALLOW_ALL),))
    may = step.world.index.bit(need.actions[0]) & step.rights.may
    if not may or widest.certainty is Certainty.CERTAIN:
        return
    if "iam:policyarn" not in step.rights.asked_keys(need.actions[0]):
        return
    known = _known_policies(step)
    named = (a for a in _named_arns(step, need.actions[0]) if a not in known)
    tell_apart = _telling_policies_apart(step, need.actions[0])
    alike: dict[object, Held] = {}
    for arn in filter(is_attachable, (*known, *named)):
        overlay = (*told, (_POLICY_ARN, (arn,)))
        kind = tell_apart(arn)
        if kind not in alike:
            alike[kind] = _on(step, need, member, resource, overlay)
        if alike[kind].certainty is Certainty.NEVER:
            continue
        held = _as_shown_with(alike[kind], arn)
        for given in (_attaching(step, held, known.get(arn), arn), _remade(step, held, arn)):
            if given.held.certainty < widest.certainty:
                yield given


_POLICY_ARN = "iam:policyarn"


def _telling_policies_apart(step: Step, action: str) -> Callable[[str], object]:
    """What statements about an action tell apart of policies' ARNs: how each condition on it is decided.

    Where a variable of it is filled in, or one into such a condition, each policy is a kind of its own.
    """
    statements = tuple(step.rights.statements_about(action))
    conditions = tuple(c for s in statements for c in s.conditions if c.key == _POLICY_ARN)
    if any(s.variables and _fills_in_policy_arn(s) for s in statements):
        return str
    known = step.world.kept.of(_KindsOfPolicies).setdefault(conditions, {})

    def kind(arn: str) -> object:
        found = known.get(arn)
        if found is None:
            asked = Context({_POLICY_ARN: (arn,)})
            found = known[arn] = tuple(evaluate_one(c, asked, variables=False) for c in conditions)
        return found

    return kind


def _fills_in_policy_arn(statement: Statement) -> bool:
    """Whether what a statement means for a policy depends on more of its ARN than conditions on that tell."""
    if any(c.has_variables and c.key == _POLICY_ARN for c in statement.conditions):
        return True
    texts = (*statement.resources.patterns, *(v for c in statement.conditions for v in c.values))
    return any(_POLICY_ARN in variable_names(text) for text in texts)


class _KindsOfPolicies(dict[tuple[Condition, ...], dict[str, tuple[Outcome, ...]]]):
    """How conditions on the ARN of a policy are decided, by ARN."""


def _as_shown_with(held: Held, arn: str) -> Held:
    """The same for another policy that no condition tells apart."""
    if held.witness is None:
        return held
    action, resource, told = held.witness
    changed = tuple((key, (arn,) if key == _POLICY_ARN else values) for key, values in told)
    return held if changed == told else replace(held, witness=(action, resource, changed))


def known_boundaries(step: Step, action: str) -> Iterable[PolicyRef]:
    """The policies that may serve as a boundary: the account's own, and those of AWS that conditions name."""
    directory = step.world.directory
    yield from directory.own_policies(step.entry)
    named = (c for c in step.rights.applicable(action).conditions if c.key == "iam:permissionsboundary")
    for arn in dict.fromkeys(v for c in named if "not" not in c.operator for v in c.values):
        if ":iam::aws:policy/" in arn and "*" not in arn:
            yield directory.managed_ref(arn) or PolicyRef(arn.rpartition("/")[2], arn, unseen_policy())


class _KnownPolicies(dict[str, Mapping[str, PolicyRef]]):
    """The policies that an account knows, by ARN, under the account's id."""


def _known_policies(step: Step) -> Mapping[str, PolicyRef]:
    """Those that were read and allow something: nobody attaches only a Deny to gain by it."""
    directory, policies = step.world.directory, step.world.policies
    kept, account_id = step.world.kept.of(_KnownPolicies), step.subject.account_id
    if account_id not in kept:
        managed = (ref for arn in directory.managed if (ref := directory.managed_ref(arn)) is not None)
        listed = (*directory.own_policies(step.entry), *managed)
        kept[account_id] = {ref.arn or "": ref for ref in listed if policies.compiled(ref.policy).allows}
    return kept[account_id]


def _attaching(step: Step, held: Held, known: PolicyRef | None, arn: str) -> Grantable:
    """A known policy as it is; one that it may create as it likes; any other as unknown."""
    if known is not None or held.certainty is Certainty.NEVER:
        return Grantable(held, (known or _EVERYTHING,))
    created = step.with_help(lambda one: one.on(_CREATE_POLICY, arn))
    if created.certainty is not Certainty.NEVER:
        return Grantable(held.and_(created), (_EVERYTHING,))
    # Only policies of the account itself and of AWS can be attached; a list that was read names all its own.
    unread = ":iam::aws:" in arn or not step.entry.identities_read
    return Grantable(held.at_best(Certainty.CONCEIVABLE if unread else Certainty.NEVER), (_EVERYTHING,))


def _remade(step: Step, held: Held, arn: str) -> Grantable:
    """A policy of the account that it may delete, which nobody may have attached, and make anew as it likes.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    """
    if held.certainty is Certainty.NEVER or arn not in step.entry.policies:
        return Grantable(NOT_HELD, (_EVERYTHING,))
    deleted = step.with_help(lambda one: one.on(_DELETE_POLICY, arn))
    if deleted.certainty is not Certainty.NEVER:
        deleted = deleted.and_(step.with_help(lambda one: one.on(_CREATE_POLICY, arn)))
        deleted = deleted.at_best(Certainty.POSSIBLE if _is_in_use(step, arn) else Certainty.CERTAIN)
    return Grantable(held.and_(deleted), (_EVERYTHING,))


def _is_in_use(step: Step, arn: str) -> bool:
    """Whether somebody of the account has the policy, as a policy or a boundary."""
    members = (*step.entry.users.values(), *step.entry.roles.values())
    listed = (*(m.policies for m in members), *step.entry.groups.values())
    bounded = (m.boundary for m in members if m.boundary)
    return any(ref.arn == arn for ref in (*(ref for refs in listed for ref in refs), *bounded))


_DELETE_POLICY = Need(("iam:deletepolicy",), None, ("iam:DeletePolicy",))
_CREATE_POLICY = Need(("iam:createpolicy",), None, ("iam:CreatePolicy",))


_ACCOUNT_PART = 4


def _in_account(pattern: str, account_id: str) -> str:
    """The pattern of an ARN with the account in the place of a wildcard for one."""
    parts = pattern.split(":")
    if len(parts) > _ACCOUNT_PART and "*" in parts[_ACCOUNT_PART]:
        parts[_ACCOUNT_PART] = account_id
    return ":".join(parts)


def _named_arns(step: Step, action: str) -> Iterable[str]:
    """Policy ARNs that conditions on `iam:PolicyARN` speak of, wildcards filled in."""
    applicable = step.rights.applicable(action)
    for grant in applicable.allows:
        for condition in grant.statement.conditions:
            if condition.key == "iam:policyarn" and "not" not in condition.operator:
                for value in condition.values:
                    arn = _in_account(value, step.subject.account_id).replace("*", "x").replace("?", "x")
                    if arn.startswith("arn:") and (":aws:policy/" not in arn or "*" not in value):
                        yield arn
