"""Rules that lead to a principal newly made: a user with keys, or a role that trusts its maker."""

from __future__ import annotations

from collections.abc import Iterable

from job.analyze.context import Overlay
from job.analyze.directory import ALLOW_ALL
from job.analyze.force import Force
from job.analyze.granting import Grantable, grantable
from job.analyze.grants import Certainty
from job.analyze.graph import Edge
from job.analyze.members import PolicyRef
from job.analyze.methods import Way
from job.analyze.needs import Need
from job.analyze.steps import (
    GIVEN,
    Held,
    Step,
    attach,
    joint,
    toward,
)
from job.analyze.subject import Attachment, Subject
from job.analyze.world import World


def new_user(step: Step, way: Way) -> Iterable[Edge]:
    """E23: a user is made, given rights and keys."""
    yield from _new_principal(step, way, "user")


def new_role(step: Step, way: Way) -> Iterable[Edge]:
    """E26: a role is made that trusts the caller, and given rights."""
    if step.subject.kind != "root":
        yield from _new_principal(step, way, "role")


# Paths that AWS keeps for service-linked roles and Identity Center:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_RESERVED = tuple(
    f"!arn:${{partition}}:iam::${{account}}:role/{p}/*" for p in ("aws-reserved", "aws-service-role")
)


def _new_principal(step: Step, way: Way, kind: str) -> Iterable[Edge]:
    template = (f"arn:${{partition}}:iam::${{account}}:{kind}/*", *_RESERVED)
    for boundary, overlay in _new_boundaries(step, way):
        for given, forces in _givings(step, way, overlay):
            found = joint([*forces, *_later(step, way, overlay)], template, step)
            if found.certainty is Certainty.NEVER or found.witness is None:
                continue
            arn = found.witness[1]
            held = found.and_(given.held)
            shown = Held(held.certainty, held.evidence, (way.needs[0].spelled[0], arn, overlay))
            subject = _fresh(step, kind, arn, given.policies, boundary)
            node = step.graph.made(subject, f"{kind} {given.label} {boundary.arn if boundary else ''}")
            yield step.edge(way, toward(step, node), shown.and_(_others_by_need(step, way)))


def _others_by_need(step: Step, way: Way) -> Held:
    """Needs on resources of their own (`on`), such as the group that a new user joins."""
    return step.others(n for n in way.needs if n.on is not None)


def _new_boundaries(step: Step, way: Way) -> Iterable[tuple[PolicyRef | None, Overlay]]:
    """No boundary if the action may be used without one, else those that it may be used with."""
    absent = (("iam:permissionsboundary", ()),)
    force = step.rights.force(way.needs[0].actions[0], absent)
    if force.allows:
        yield None, absent
    if "iam:permissionsboundary" in step.rights.force(way.needs[0].actions[0]).condition_keys:
        for ref in step.world.directory.own_policies(step.entry):
            yield ref, (("iam:permissionsboundary", (ref.arn or "",)),)


def _givings(step: Step, way: Way, overlay: Overlay) -> Iterable[tuple[Grantable, list[Force]]]:
    """What the new principal can be given: a policy, or membership of a group that has some."""
    for need in way.needs[1:]:
        for action in need.actions:
            if action in ("iam:putuserpolicy", "iam:putrolepolicy"):
                own = PolicyRef("a policy of its own", None, ALLOW_ALL)
                yield Grantable(GIVEN, (own,)), [step.rights.force(action, overlay)]
            elif action in ("iam:attachuserpolicy", "iam:attachrolepolicy"):
                for given in grantable(
                    step, Need((action,), None, (action,)), None, _sample(step, action), overlay
                ):
                    arn = given.policies[0].arn or ""
                    told = (*overlay, ("iam:policyarn", (arn,)))
                    yield given, [step.rights.force(action, told)]
            elif action == "iam:addusertogroup":
                yield from _groups(step, need)


def _groups(step: Step, need: Need) -> Iterable[tuple[Grantable, list[Force]]]:
    bare = Need(need.actions, None, need.spelled)
    for group, policies in step.entry.groups.items():
        held = step.on(bare, step.entry.group_arns.get(group, ""))
        if held.certainty is not Certainty.NEVER and policies:
            yield Grantable(held, policies), []


def _sample(step: Step, action: str) -> str:
    """A resource on which attaching is allowed at all: the policy, not the principal, is in question here."""
    kind = "user" if "user" in action else "role"
    template = (f"arn:${{partition}}:iam::${{account}}:{kind}/*",)
    found = joint([step.rights.force(action)], template, step)
    return found.witness[1] if found.witness else ""


def _later(step: Step, way: Way, overlay: Overlay) -> list[Force]:
    """The needs on the new principal itself: making it, and taking its credentials."""
    own = [n for n in way.needs if n.on is None and not any(_gives(a) for a in n.actions)]
    return [_any_force(step, n, overlay) for n in own]


def _gives(action: str) -> bool:
    return action.startswith(("iam:attach", "iam:put", "iam:add"))


def _any_force(step: Step, need: Need, overlay: Overlay) -> Force:
    held = (step.rights.force(a, overlay) for a in need.actions)
    return next((f for f in held if f.allows), step.rights.force(need.actions[0], overlay))


def _fresh(
    step: Step, kind: str, arn: str, policies: tuple[PolicyRef, ...], boundary: PolicyRef | None
) -> Subject:
    world: World = step.world
    base = world.administrator(step.subject.account_id)
    place = "user" if kind == "user" else f"role {arn.rpartition('/')[2]}"
    return Subject(
        arn=arn,
        account_id=base.account_id,
        partition=base.partition,
        unique_id="",
        name=arn.rpartition("/")[2],
        kind=kind,
        identity=attach(policies, place),
        boundary=Attachment(boundary.policy, "boundary", boundary.name, boundary.arn) if boundary else None,
        scps=base.scps,
        context=base.context.having({"aws:principalarn": (arn,)}),
    )
