"""Rules that lead to a principal newly made: a user with keys, or a role that trusts its maker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product

from job.analyze.escalation.asked_names import asked_names
from job.analyze.escalation.entering import entered_freely
from job.analyze.escalation.free_names import free_name, joint
from job.analyze.escalation.graph import Edge, Node
from job.analyze.escalation.held import GIVEN, Held
from job.analyze.escalation.made_anew import made_anew
from job.analyze.escalation.methods import Way
from job.analyze.escalation.new_tags import Tags, new_tags, told_of_new
from job.analyze.escalation.policy_grants import grantable, known_boundaries
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.applicable import ApplicableStatements
from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.statement import Frame, Grant
from job.analyze.evaluation.subject import MADE_ANEW, Attachment, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import HOLDS
from job.analyze.language.context import Overlay
from job.analyze.language.document import Condition
from job.analyze.language.globs import GlobSet
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.members import ANY_TAGS, Member, PolicyRef, RoleMember, UserMember


def new_user(step: Step, way: Way) -> Iterable[Edge]:
    """E23: a user is made, given rights and keys."""
    yield from _new_principal(step, way, "user")


def new_role(step: Step, way: Way) -> Iterable[Edge]:
    """E26: a role is made that trusts the caller, and given rights."""
    yield from _new_principal(step, way, "role")


def _new_principal(step: Step, way: Way, kind: str) -> Iterable[Edge]:
    for node, member, held in made_newly(step, way, kind):
        if isinstance(member, RoleMember):
            yield from entered_freely(step, way, node, member, held)
        else:
            yield step.edge(way, node, held)


def made_newly(step: Step, way: Way, kind: str) -> Iterable[tuple[Node, UserMember | RoleMember, Held]]:
    """A principal without policies, under each name and boundary that leaves more to be done to it."""
    for boundary, tags, overlay in _made_with(step, way, kind):
        for arn, held in _places(step, way, kind, overlay).items():
            member = _member(step, kind, arn, boundary, ANY_TAGS if tags is None else dict(tags))
            shown = replace(held, witness=(way.needs[0].spelled[0], arn, overlay), shown_by=None)
            yield step.graph.made(_fresh(step, member), member), member, shown


def _made_with(step: Step, way: Way, kind: str) -> Iterable[tuple[PolicyRef | None, Tags | None, Overlay]]:
    """Each boundary and each mix of tags that it may be made with, and what requests then say of it."""
    for boundary, bounded in _new_boundaries(step, way):
        for tags in new_tags(step, _conditions_on(step, way, kind, bounded)):
            yield boundary, tags, (*bounded, *told_of_new(tags))


def _conditions_on(step: Step, way: Way, kind: str, overlay: Overlay) -> Iterable[Condition]:
    """What is asked of those who make it, or do something to it afterwards."""
    owner = "user" if kind == "user" else "role"
    giving = (f"iam:tag{owner}", f"iam:put{owner}policy", f"iam:attach{owner}policy")
    entering = () if kind == "user" else (ASSUME_ROLE,)
    actions = dict.fromkeys((*(a for need in way.needs for a in need.actions), *giving, *entering))
    return (c for a in actions for c in step.rights.applicable(a, overlay).conditions)


def _places(step: Step, way: Way, kind: str, overlay: Overlay) -> Mapping[str, Held]:
    """Names under which it can be made and its credentials taken: one for each use that they should have."""
    making, helpers = _later(step, way, overlay)
    found: dict[str, Held] = {}
    named = [[], *([_named_like(step, pattern)] for pattern in asked_names(step))]
    for use, name in product(_uses(step, kind, overlay), named):
        arn, is_free = free_name(step, kind, [*making, *use, *name])
        deleted = GIVEN
        if is_free is not Certainty.CERTAIN:
            taken, deleted = made_anew(step, kind, [*making, *use, *name])
            arn, is_free = (arn, is_free) if taken is None else (taken, Certainty.CERTAIN)
        if arn is not None:
            held = (
                joint(making, (arn,), step).and_(deleted) if is_free is Certainty.CERTAIN else Held(is_free)
            )
            held = replace(held, helpers=(*held.helpers, *helpers))
            if held.certainty is not Certainty.NEVER and (
                arn not in found or held.certainty < found[arn].certainty
            ):
                found[arn] = held
    return found


def _named_like(step: Step, pattern: str) -> ApplicableStatements:
    """What keeps a search to names that a pattern matches."""
    globs = GlobSet((pattern,))
    grant = Grant(Attachment(ALLOW_ALL, "name", "", None), ALLOW_ALL.statements[0], HOLDS, globs, globs)
    frame = Frame(step.subject.context, step.rights.budget)
    return ApplicableStatements(allows=(grant,), failed=(), ceilings=(), denies=(), frame=frame)


def _uses(step: Step, kind: str, overlay: Overlay) -> Iterable[list[ApplicableStatements]]:
    """What may be done to it afterwards: nothing, policies given, its boundary lifted, or both."""
    owner = "User" if kind == "user" else "Role"
    giving = list(_givings(step, owner, overlay))
    lifting: list[list[ApplicableStatements]] = [[]]
    if any(values for _, values in overlay):
        lifting += [
            [step.rights.applicable(f"iam:{verb}{owner}PermissionsBoundary".lower(), overlay)]
            for verb in ("Delete", "Put")
        ]
    for lift in lifting:
        for give in ([], *giving):
            yield [*give, *lift]


def _new_boundaries(step: Step, way: Way) -> Iterable[tuple[PolicyRef | None, Overlay]]:
    """No boundary if the action may be used without one, else those that it may be used with."""
    absent = (("iam:permissionsboundary", ()),)
    applicable = step.rights.applicable(way.needs[0].actions[0], absent)
    if applicable.allows:
        yield None, absent
    if "iam:permissionsboundary" in step.rights.applicable(way.needs[0].actions[0]).condition_keys:
        for ref in known_boundaries(step, way.needs[0].actions[0]):
            yield ref, (("iam:permissionsboundary", (ref.arn or "",)),)


def _givings(step: Step, owner: str, overlay: Overlay) -> Iterable[list[ApplicableStatements]]:
    """The ways to give it policies of itself."""
    put, attach = f"iam:put{owner.lower()}policy", f"iam:attach{owner.lower()}policy"
    yield [step.rights.applicable(put, overlay)]
    need = Need((attach,), None, (attach,))
    for given in grantable(step, need, None, _sample(step, attach), overlay):
        told = (*overlay, ("iam:policyarn", (given.policies[0].arn or "",)))
        yield [step.rights.applicable(attach, told)]


def _sample(step: Step, action: str) -> str:
    """A resource on which attaching is allowed at all: the policy, not the principal, is in question here."""
    kind = "user" if "user" in action else "role"
    template = (f"arn:${{partition}}:iam::${{account}}:{kind}/*",)
    found = joint([step.rights.applicable(action)], template, step)
    return found.witness[1] if found.witness else ""


def _later(step: Step, way: Way, overlay: Overlay) -> tuple[list[ApplicableStatements], tuple[Node, ...]]:
    """The needs on the new principal itself: making it, and taking its credentials, which others may do."""
    own = [n for n in way.needs if n.on is None and not any(_gives(a) for a in n.actions)]
    forces = [_any_force(step, n, overlay, helped=n is not way.needs[0]) for n in own]
    making = [force for force, _ in forces]
    if any(key == "aws:tagkeys" and keys for key, keys in overlay):
        # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html and API_CreateRole.html
        tagging = "iam:taguser" if way.needs[0].actions[0] == "iam:createuser" else "iam:tagrole"
        making.append(step.rights.applicable(tagging, overlay))
    return making, tuple(dict.fromkeys(helper for _, helper in forces if helper is not None))


def _gives(action: str) -> bool:
    return action.startswith(("iam:attach", "iam:put", "iam:add"))


def _any_force(
    step: Step, need: Need, overlay: Overlay, *, helped: bool
) -> tuple[ApplicableStatements, Node | None]:
    """What allows an action of the need, to it or else to one who helps it."""
    for helper in (None, *(step.helpers if helped else ())):
        rights = step.rights if helper is None else step.graph.rights(helper)
        for action in need.actions:
            if (held := rights.applicable(action, overlay)).allows:
                return held, helper
    return step.rights.applicable(need.actions[0], overlay), None


def _member(
    step: Step, kind: str, arn: str, boundary: PolicyRef | None, tags: Mapping[str, str]
) -> UserMember | RoleMember:
    """It as an entry of its account, without policies; a role trusts whom its maker likes."""
    name = arn.rpartition("/")[2]
    path = "/" + arn.partition("/")[2].removesuffix(name)
    if kind == "user":
        return UserMember(
            kind="user",
            arn=arn,
            account_id=step.subject.account_id,
            name=name,
            path=path,
            unique_id="",
            tags=tags,
            policies=(),
            boundary=boundary,
            groups=(),
            keys=0,
            password_enabled=False,
            mfa_active=False,
        )
    return RoleMember(
        kind="role",
        arn=arn,
        account_id=step.subject.account_id,
        name=name,
        path=path,
        unique_id="",
        tags=tags,
        policies=(),
        boundary=boundary,
        trust=ALLOW_ALL,
        fixed=False,
        has_profile=False,
    )


def _fresh(step: Step, member: Member) -> Subject:
    base = step.world.administrator(step.subject.account_id)
    boundary = member.boundary
    return Subject(
        arn=member.arn,
        account_id=base.account_id,
        partition=base.partition,
        unique_id=MADE_ANEW if _is_taken(step, member.arn) else "",
        name=member.name,
        kind=member.kind,
        identity=(),
        boundary=Attachment(boundary.policy, "boundary", boundary.name, boundary.arn) if boundary else None,
        scps=base.scps,
        context=base.context.having({"aws:principalarn": (member.arn,), **_own_tags(member)}),
    )


def _is_taken(step: Step, arn: str) -> bool:
    return arn in step.entry.roles or any(user.arn == arn for user in step.entry.users.values())


def _own_tags(member: Member) -> Mapping[str, tuple[str, ...]]:
    return {f"aws:principaltag/{key.lower()}": (value,) for key, value in member.tags.items()}
