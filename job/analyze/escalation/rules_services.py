"""Rules that lead to a role through a service that acts with it, and to other accounts by organization."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from job.analyze.escalation.graph import Edge, Node
from job.analyze.escalation.held import GIVEN, NOT_HELD, Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.one_resource import on_one_resource
from job.analyze.escalation.passing_roles import (
    left_to_service,
    of_untold_name,
    passed,
    passed_by_some_name,
    taken_by,
    trusts_service,
)
from job.analyze.escalation.service_sessions import served
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.service_changes import NO_CHANGE, Change, change_in, narrowing_change
from job.analyze.language.certainty import Certainty
from job.analyze.language.globs import literal, matches
from job.analyze.principals.members import RoleMember
from job.analyze.principals.world import World
from job.analyze.service_reference.action_table import listed_actions
from job.analyze.service_reference.services import actions_of_service, services_without_code
from job.analyze.verdict import Layer

ServiceRule = Callable[[Step, Way], Iterable[Edge]]
_PROFILE_SERVICE = "ec2.amazonaws.com"
_FILLS_PROFILE, _EMPTIES_PROFILE = "iam:addroletoinstanceprofile", "iam:removerolefrominstanceprofile"


def pass_role(step: Step, way: Way) -> Iterable[Edge]:
    """A role is passed to a service in which the principal then acts with it."""
    if step.party:
        yield from _pass_together(step, way)
        return
    if not step.world.index.bit("iam:passrole") & step.rights.may:
        return
    if step.world.index.bit("iam:passrole") & step.rights.sure:
        yield from _pass_any(step, way)
        return
    needs: Held | None = None
    by = taken_by(way.needs[0].actions[0])
    for service in way.services:
        for role, held in passed(step, service, by):
            needs = _needs(step, way) if needs is None else needs
            if needs.certainty is Certainty.NEVER:
                return
            whole = needs.and_(held).at_best(_profile(step, way, role, service))
            if whole.certainty is not Certainty.NEVER:
                yield from _leading(step, way, role, service, whole)


def pass_newly_trusting(
    step: Step, way: Way, role: RoleMember, trusting: Held, made: Node | None = None
) -> Iterable[Edge]:
    """The same of a role that is made to trust the service first: by whom `trusting` tells, or just `made`.

    Who is kept from assuming roles, and shuts out whoever comes from elsewhere, may spare AWS's services.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    by = taken_by(way.needs[0].actions[0])
    for service in way.services:
        held = passed_by_some_name(step, role, service, by)
        if held.certainty is not Certainty.NEVER:
            held = trusting.and_(held).at_best(left_to_service(step.world, role, service))
        if held.certainty is not Certainty.NEVER:
            held = held.and_(_needs(step, way)).at_best(_profile(step, way, role, service))
        if held.certainty is Certainty.NEVER:
            continue
        if made is not None:
            yield step.edge(way, made, held)
        else:
            yield from _leading(step, way, role, service, held)


_TAKEN = "a call that takes the role, by whoever may pass it"
_ALIKE = "a resource that each of those who do a part may use"


def _pass_together(step: Step, way: Way) -> Iterable[Edge]:
    """The same by several: whoever passes the role makes the calls that take it, others may make the rest.

    Where it does not show which of the calls takes the role, or that all are about one resource, it is open.
    """
    by, taking = taken_by(way.needs[0].actions[0]), [n for n in way.callers if any(map(_takes_role, n))]
    for one in step.party:
        roles = [(r, s, held) for s in way.services for r, held in passed(one, s, by)]
        own = [n for n in way.callers if one.others(n).certainty is not Certainty.NEVER] if roles else ()
        if not own:
            continue
        passing, needed = replace(step, party=(one,)), GIVEN
        for needs in way.callers:
            caller = passing if needs in own else step
            needed = needed.and_(caller.by_any(partial(Step.others, needs=needs)))
            if needed.certainty is Certainty.NEVER:
                return
        unseen = "" if taking and all(needs in own for needs in taking) else _TAKEN
        rest = (need for needs in way.callers if needs not in own for need in needs)
        unseen = unseen or ("" if all(_is_sure(step, need) for need in rest) else _ALIKE)
        needed = needed.at_best(Certainty.POSSIBLE) if unseen else needed
        for role, service, held in roles:
            whole = needed.and_(replace(held, helpers=(one.node, *held.helpers), shown_by=one.node))
            whole = whole.at_best(_profile(one, way, role, service))
            if whole.certainty is not Certainty.NEVER:
                for edge in _leading(step, way, role, service, whole):
                    yield replace(edge, unseen="; ".join(filter(None, (edge.unseen, unseen))))


def _takes_role(need: Need) -> bool:
    """Whether each action of a need takes the role that is passed, by what AWS's interfaces tell of it."""
    listed = listed_actions()
    return all(action in listed and listed[action].passes_role for action in need.actions)


def _is_sure(step: Step, need: Need) -> bool:
    """Whether one of a party may surely use an action of the need on every resource."""
    bits = need.mask(step.world.index)
    return any(bits & one.rights.sure for one in step.party)


def _leading(step: Step, way: Way, role: RoleMember, service: str, held: Held) -> Iterable[Edge]:
    """To each session of the role that the service hands out."""
    for one in served(step.graph, role, service):
        if one.certainty is Certainty.CERTAIN and not one.unseen:
            yield step.edge(way, one.node, held)
            continue
        keys = held.open_keys | one.open_keys
        edge = step.edge(way, one.node, replace(held.at_best(one.certainty), open_keys=keys))
        yield replace(edge, unseen=edge.unseen or one.unseen)


def _pass_any(step: Step, way: Way) -> Iterable[Edge]:
    """Any role may be passed: it is the service that is led to, and by it all roles that trust it."""
    needs: Held | None = None
    for service in way.services:
        profiled = service == _PROFILE_SERVICE and not _fills_profile(step, way)
        acting = _acting_for(step, service, profiled=profiled)
        if acting is not None:
            needs = _needs(step, way) if needs is None else needs
            if needs.certainty is Certainty.NEVER:
                return
            yield step.edge(way, acting, needs.and_(_passing_any(step)))


def _needs(step: Step, way: Way) -> Held:
    """All that the way needs besides the role, where one resource must meet several of it on that one."""
    needs = step.others(way.needs)
    if needs.certainty is Certainty.NEVER:
        return needs
    return needs.at_best(on_one_resource(step, way.needs))


def _passing_any(step: Step) -> Held:
    evidence = tuple(g.evidence("iam:passrole") for g in step.rights.surely("iam:passrole"))
    return Held(Certainty.CERTAIN, evidence)


def _acting_for(step: Step, service: str, *, profiled: bool = False, named: str = "") -> Node | None:
    """The service with the account's roles that it may assume: all, those with a profile, those of a name."""
    account_id = step.subject.account_id
    trusting = step.world.directory.by_service.get((account_id, service), ())
    if named:
        trusting = [role for role in trusting if matches(named, literal(role.name))]

    def edges() -> Iterable[Edge]:
        for role in trusting:
            certainty = trusts_service(step.world, role, service)
            if certainty is not Certainty.NEVER and not role.fixed and (role.has_profile or not profiled):
                for one in served(step.graph, role, service):
                    found = certainty.both(one.certainty)
                    yield Edge(one.node, found, (), (), unseen=one.unseen, open_keys=one.open_keys)

    if not trusting:
        return None
    node = step.graph.acting_for(account_id, service, named or "profiled" * profiled, edges)
    return node if step.graph.edges(node) else None


def _profile(step: Step, way: Way, role: RoleMember, service: str) -> Certainty:
    """An instance takes a role by an instance profile: one that has the role, or one into which it is put."""
    if role.has_profile or service != _PROFILE_SERVICE or _fills_profile(step, way):
        return Certainty.CERTAIN
    return Certainty.NEVER


class _HaveProfiles(dict[str, bool]):
    """Whether some role of an account is in an instance profile, by the account's id."""


def _fills_profile(step: Step, way: Way) -> bool:
    """Whether the way puts the role into a profile: a new one, or one that holds another role before.

    A profile holds one role:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
    """
    asked = {action for need in way.needs for action in need.actions}
    if _FILLS_PROFILE not in asked or _EMPTIES_PROFILE not in asked:
        return _FILLS_PROFILE in asked
    known, account_id = step.world.kept.of(_HaveProfiles), step.subject.account_id
    if account_id not in known:
        known[account_id] = any(role.has_profile for role in step.entry.roles.values())
    return known[account_id]


def use_role(step: Step, way: Way) -> Iterable[Edge]:
    """Something that exists and holds a role is made to act for the principal; if it exists is not seen."""
    needs: Held | None = None
    for service in way.services:
        acting = _acting_for(step, service, named=way.roles)
        if acting is not None:
            needs = step.whole(way) if needs is None else needs
            if needs.certainty is Certainty.NEVER:
                return
            yield step.edge(way, acting, needs.at_best(Certainty.POSSIBLE))


def generic(step: Step, way: Way) -> Iterable[Edge]:
    """E91: any service that takes a role; what it then does for the caller is not known.

    No list of services or actions is complete, so what none of them names opens the way as well.
    """
    if not step.world.index.bit("iam:passrole") & step.rights.may:
        return
    if step.world.index.bit("iam:passrole") & step.rights.sure:
        for service in trusted_services(step.world, step.subject.account_id):
            acting = _acting_for(step, service, profiled=service == _PROFILE_SERVICE)
            change = _change_in(step, service) if acting is not None else NO_CHANGE
            if acting is not None and change.certainty is not Certainty.NEVER:
                yield step.edge(way, acting, _held_change(change).and_(_passing_any(step)))
        return
    for service in trusted_services(step.world, step.subject.account_id):
        roles = tuple(passed(step, service))
        change = _change_in(step, service) if roles or of_untold_name(service) else NO_CHANGE
        for role, held in roles or passed(step, service, taken_by(change.action)):
            whole = _held_change(change).and_(held).at_best(_profile(step, way, role, service))
            if whole.certainty is not Certainty.NEVER:
                yield from _leading(step, way, role, service, whole)


def generic_held_back(world: World, rights: Rights) -> frozenset[Layer]:
    """The layers that narrow changes in services which roles of the account trust: what E91 lacks."""
    services = trusted_services(world, rights.subject.account_id)
    among = (narrowing_change(rights, actions_of_service(service)) for service in services)
    return frozenset[Layer]().union(*among)


def trusted_services(world: World, account_id: str) -> Iterable[str]:
    """The services that roles of an account trust, without those that run nothing of the caller's."""
    trusted = world.directory.services.get(account_id, ())
    return sorted(name for name in trusted if name not in services_without_code() and "/" not in name)


class _Changes(dict[str, Change]):
    pass


def _change_in(step: Step, service: str) -> Change:
    known = step.rights.kept.of(_Changes)
    found = known.get(service)
    if found is None:
        found = known[service] = change_in(step.rights, actions_of_service(service))
    return found


def _held_change(change: Change) -> Held:
    """An action that changes something in a service, with the request that shows it."""
    if change.certainty is Certainty.NEVER:
        return NOT_HELD
    reach = change.reach
    evidence = tuple(g.evidence(change.action.lower()) for g in reach.grants)
    shown = None if reach.witness is None else (change.action, reach.witness, ())
    return Held(change.certainty, evidence, shown, reach.open_keys)


_ADMINISTRATES = {
    "account": "account.amazonaws.com",
    "ds": "sso.amazonaws.com",
    "sso": "sso.amazonaws.com",
    "identitystore": "sso.amazonaws.com",
    "sso-directory": "sso.amazonaws.com",
    "cloudformation": "member.org.stacksets.cloudformation.amazonaws.com",
    "sts": "iam.amazonaws.com",
}


def organization(step: Step, way: Way) -> Iterable[Edge]:
    """E34 to E40: from the management account, or where a service's administration was delegated."""
    known = step.world.organization
    account_id = step.subject.account_id
    service = _ADMINISTRATES.get(way.needs[0].actions[0].partition(":")[0], "")
    delegated = (known.delegated_administrators or {}).get(account_id, ())
    if account_id != known.management_account_id and service not in delegated:
        return
    if way.needs[0].actions[0] == "sts:assumerole":
        return  # the rule for roles sees each of them
    held = step.whole(way)
    if held.certainty is not Certainty.NEVER:
        yield step.edge(way, step.graph.members_of_organization(), held)


SERVICE_RULES: dict[str, ServiceRule] = {
    "pass_role": pass_role,
    "use_role": use_role,
    "generic": generic,
    "organization": organization,
}
