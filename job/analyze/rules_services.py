"""Rules that lead to a role through a service that acts with it, and to other accounts by organization."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from job.analyze.action_table import passing_actions
from job.analyze.actions import ActionIndex
from job.analyze.context import Context
from job.analyze.grants import Certainty
from job.analyze.graph import Edge
from job.analyze.library import union_of
from job.analyze.members import RoleMember
from job.analyze.methods import Way, actions_of_methods
from job.analyze.needs import Need
from job.analyze.steps import NOT_HELD, Held, Step
from job.analyze.trusted import service_of, trusts, trusts_anyway
from job.analyze.world import World

ServiceRule = Callable[[Step, Way], Iterable[Edge]]
_PASS_ROLE = Need(("iam:passrole",), None, ("iam:PassRole",))
_PROFILE_SERVICE = "ec2.amazonaws.com"
_MAKES_PROFILE = "iam:addroletoinstanceprofile"
# Services that ask for iam:PassRole under another name than the one that assumes the role, as in
# AWSAppRunnerFullAccess (the managed policy) and
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
_PASSED_AS = {
    "edgelambda.amazonaws.com": ("lambda.amazonaws.com",),
    "tasks.apprunner.amazonaws.com": ("apprunner.amazonaws.com",),
}


def trusts_service(world: World, role: RoleMember, service: str) -> Certainty:
    """Whether a service may assume a role on behalf of the role's own account."""
    if not any(s.conditions for s in role.trust.statements):
        return trusts_anyway(role.trust, service)
    return trusts(role.trust, service, _acting(world, role, service))


def _acting(world: World, role: RoleMember, service: str) -> Context:
    return Context(
        {
            "aws:sourceaccount": (role.account_id,),
            "aws:principalisawsservice": ("true",),
            "aws:principalservicename": (service,),
            "aws:securetransport": ("true",),
            **dict(world.resource_overlay(role.account_id)),
        },
        frozenset(("aws:principalarn", "aws:principalaccount", "aws:multifactorauthpresent")),
    )


@dataclass(frozen=True, slots=True)
class _Passed:
    roles: tuple[tuple[RoleMember, Held], ...]


def passed(step: Step, service: str) -> Iterable[tuple[RoleMember, Held]]:
    """The roles of the account that trust the service and that the principal may pass to it."""
    if not step.world.index.bit("iam:passrole") & step.rights.may:
        return ()
    key = (passed, service)
    found = step.rights.memo.get(key)
    if not isinstance(found, _Passed):
        found = step.rights.memo[key] = _Passed(tuple(_passed(step, service)))
    return found.roles


def _passed(step: Step, service: str) -> Iterable[tuple[RoleMember, Held]]:
    for role in step.world.directory.by_service.get((step.subject.account_id, service), ()):
        names = (service, *_PASSED_AS.get(service, ()), *_spellings(role, service))
        ways = (step.on_member(_PASS_ROLE, role, (("iam:passedtoservice", (name,)),)) for name in names)
        held = min(ways, key=lambda way: way.certainty)
        if held.certainty is not Certainty.NEVER:
            held = held.at_best(trusts_service(step.world, role, service))
        if held.certainty is not Certainty.NEVER:
            yield role, held


def _spellings(role: RoleMember, service: str) -> Iterable[str]:
    """Other names by which the role's trust policy means the service, such as a regional one."""
    listed = (s.principals.names.get("service", ()) for s in role.trust.statements if s.principals)
    return sorted({name for names in listed for name in names if name != service == service_of(name)})


def pass_role(step: Step, way: Way) -> Iterable[Edge]:
    """A role is passed to a service in which the principal then acts with it."""
    if not step.world.index.bit("iam:passrole") & step.rights.may:
        return
    needs: Held | None = None
    for service in way.services:
        for role, held in passed(step, service):
            needs = step.others(way.needs) if needs is None else needs
            if needs.certainty is Certainty.NEVER:
                return
            whole = needs.and_(held).at_best(_profile(way, role, service))
            if whole.certainty is not Certainty.NEVER:
                yield step.edge(way, step.graph.member(role), whole)


def _profile(way: Way, role: RoleMember, service: str) -> Certainty:
    """An instance takes a role by an instance profile: one that has the role, or one that the way makes."""
    needs_profile = service == _PROFILE_SERVICE
    makes_one = any(_MAKES_PROFILE in n.actions for n in way.needs)
    return Certainty.CERTAIN if role.has_profile or makes_one or not needs_profile else Certainty.NEVER


def use_role(step: Step, way: Way) -> Iterable[Edge]:
    """Something that exists and holds a role is made to act for the principal; if it exists is not seen."""
    needs: Held | None = None
    for service in way.services:
        for role in step.world.directory.by_service.get((step.subject.account_id, service), ()):
            certainty = trusts_service(step.world, role, service)
            if certainty is Certainty.NEVER or role.arn == step.subject.arn:
                continue
            needs = step.others(way.needs) if needs is None else needs
            if needs.certainty is Certainty.NEVER:
                return
            whole = needs.at_best(max(certainty, Certainty.POSSIBLE))
            yield step.edge(way, step.graph.member(role), whole)


@lru_cache(maxsize=1)
def _generic_needs() -> tuple[Need, ...]:
    told = {a.lower() for a in actions_of_methods()}
    return tuple(Need((a,), None, (a,)) for a in passing_actions() if a not in told)


@lru_cache(maxsize=8)
def _generic_mask(index: ActionIndex) -> int:
    return union_of(index.bit(n.actions[0]) for n in _generic_needs())


@lru_cache(maxsize=512)
def _open_generic(index: ActionIndex, actions: int) -> dict[str, list[Need]]:
    """The generic ways that these actions, as bits, open: by their prefix, and by other services' names."""
    found: dict[str, list[Need]] = {}
    for need in _generic_needs():
        action = need.actions[0]
        if index.bit(action) & actions:
            for place in (action.partition(":")[0], *_PASSED_ON.get(action, ())):
                found.setdefault(place, []).append(need)
    return found


def generic(step: Step, way: Way) -> Iterable[Edge]:
    """E91: any other action that takes a role; what the service then does for the caller is not known."""
    if not step.world.index.bit("iam:passrole") & step.rights.may:
        return
    by_service = _open_generic(step.world.index, step.rights.may & _generic_mask(step.world.index))
    for service in _trusted_services(step):
        for need in (*by_service.get(_prefix(service), ()), *by_service.get(service, ())):
            yield from _generic_edges(step, way, need, service)


def _generic_edges(step: Step, way: Way, need: Need, service: str) -> Iterable[Edge]:
    needs: Held = NOT_HELD
    for role, held in passed(step, service):
        needs = step.anywhere(need) if needs is NOT_HELD else needs
        if needs.certainty is Certainty.NEVER:
            return
        whole = needs.and_(held).at_best(max(Certainty.POSSIBLE, _profile(way, role, service)))
        if whole.certainty is not Certainty.NEVER:
            yield step.edge(way, step.graph.member(role), whole)


def _trusted_services(step: Step) -> Iterable[str]:
    return sorted(step.world.directory.services.get(step.subject.account_id, ()))


# Services whose principal is not named after their action prefix (`credentials.iot.amazonaws.com` is).
_PREFIXES = {
    "airflow-env": "airflow",
    "codecatalyst-runner": "codecatalyst",
    "dms-data-migrations": "dms",
    "dms-fleet-advisor": "dms",
    "ec2fleet": "ec2",
    "ecs-tasks": "ecs",
    "edgelambda": "lambda",
    "eks-fargate-pods": "eks",
    "lexv2": "lex",
    "opensearchservice": "es",
    "osis-pipelines": "osis",
    "spotfleet": "ec2",
    "vmie": "ec2",
    "vpc-flow-logs": "ec2",
}


# Actions by which another service than their own gets the role, as iam:PassedToService says in the managed
# policies AWSApplicationMigrationFullAccess, AWSElasticDisasterRecoveryConsoleFullAccess,
# AWSImageBuilderFullAccess, AWSConfigMultiAccountSetupPolicy and AmazonSecurityLakeAdministrator, and
# https://docs.aws.amazon.com/pcs/latest/userguide/security-instance-profiles.html.
_PASSED_ON = {
    "config:putremediationconfigurations": ("ssm.amazonaws.com",),
    "drs:startrecovery": ("ec2.amazonaws.com",),
    "imagebuilder:createimagepipeline": ("ec2.amazonaws.com",),
    "imagebuilder:updateimagepipeline": ("ec2.amazonaws.com",),
    "imagebuilder:updateinfrastructureconfiguration": ("ec2.amazonaws.com",),
    "mgn:startcutover": ("ec2.amazonaws.com",),
    "mgn:starttest": ("ec2.amazonaws.com",),
    "pcs:createcomputenodegroup": ("ec2.amazonaws.com",),
    "pcs:updatecomputenodegroup": ("ec2.amazonaws.com",),
    "securitylake:createdatalake": ("lambda.amazonaws.com",),
}


def _prefix(service: str) -> str:
    name = service.removesuffix(".amazonaws.com").rpartition(".")[2]
    return _PREFIXES.get(name, name)


_ADMINISTRATES = {
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
    held = step.others(way.needs)
    if held.certainty is not Certainty.NEVER:
        yield step.edge(way, step.graph.members_of_organization(), held)


SERVICE_RULES: dict[str, ServiceRule] = {
    "pass_role": pass_role,
    "use_role": use_role,
    "generic": generic,
    "organization": organization,
}
