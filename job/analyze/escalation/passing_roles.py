"""Which roles a principal may pass to a service, whatever name that is asked under, and which trust it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from job.analyze.escalation.graph import Node
from job.analyze.escalation.held import Held
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.steps import Step, chosen
from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context
from job.analyze.principals.members import RoleMember
from job.analyze.principals.trust_policy import role_overlay
from job.analyze.principals.trusted_principals import service_of, trusts, trusts_anyway
from job.analyze.principals.world import World
from job.analyze.service_reference.services import actions_of_service

PASS_ROLE = Need(("iam:passrole",), None, ("iam:PassRole",))
# Services that ask for iam:PassRole under another name than the one that assumes the role, as in
# AWSAppRunnerFullAccess (the managed policy) and
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
_PASSED_AS = {
    "edgelambda.amazonaws.com": ("lambda.amazonaws.com",),
    "tasks.apprunner.amazonaws.com": ("apprunner.amazonaws.com",),
}
# Action prefixes of services that hand roles to another principal than themselves, and of which AWS does not
# tell under which of both names they ask for iam:PassRole.
_NAME_NOT_TOLD = frozenset(
    (
        "batch",
        "eks",
        "es",
        "iot",
        "opensearch",
        "osis",
        "pcs",
        "rds",
        "s3",
        "s3files",
        "synthetics",
        "workspaces-instances",
    )
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceorgid
_OF_THE_SOURCE = frozenset(("aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"))
# What a request of a service principal does not tell: no user or role signs it.
_OF_SIGNED = frozenset(("aws:principalorgid", "aws:principalorgpaths", "aws:tokenissuetime"))


def trusts_service(world: World, role: RoleMember, service: str) -> Certainty:
    """Whether a service may assume a role on behalf of the role's own account."""
    if not any(s.conditions for s in role.trust.statements):
        return trusts_anyway(role.trust, service)
    return trusts(role.trust, service, _acting(world, role, service))


def _acting(world: World, role: RoleMember, service: str) -> Context:
    """A service that acts for something in the role's account: the account of both is the same."""
    resource = dict(world.resource_overlay(role.account_id))
    source = {key.replace("resource", "source"): value for key, value in resource.items()}
    return Context(
        {
            **{key: value for key, value in source.items() if key in _OF_THE_SOURCE},
            "aws:principalisawsservice": ("true",),
            "aws:principalservicename": (service,),
            "aws:securetransport": ("true",),
            **resource,
        },
        frozenset(("aws:principalarn", "aws:principalaccount", "aws:multifactorauthpresent")),
    )


class _Passed(dict[tuple[str, str, tuple[Node, ...], bool], tuple[tuple[RoleMember, Held], ...]]):
    """Roles that may be passed, by service and by which service, who helps and whether some stand for all."""


def passed(step: Step, service: str, by: str = "") -> Iterable[tuple[RoleMember, Held]]:
    """The roles of the account that trust the service and that the principal may pass to it.

    `by` is the action prefix of the service that takes the role, where its name may be the one that is asked.
    """
    if not step.world.index.bit("iam:passrole") & step.rights.may:
        return ()
    known, key = step.rights.kept.of(_Passed), (service, by, step.helpers, step.few)
    found = known.get(key)
    if found is None:
        found = known[key] = tuple(_passed(step, service, by))
    return found


def _passed(step: Step, service: str, by: str) -> Iterable[tuple[RoleMember, Held]]:
    trusting = step.world.directory.by_service.get((step.subject.account_id, service), ())
    for role in chosen(step, service, trusting):
        if role.fixed:
            continue  # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
        held = passed_by_some_name(step, role, service, by)
        if held.certainty is not Certainty.NEVER:
            held = held.at_best(trusts_service(step.world, role, service))
        if held.certainty is not Certainty.NEVER:
            yield role, held


def passed_by_some_name(step: Step, role: RoleMember, service: str, by: str) -> Held:
    """Whether a role may be passed to a service, under any of the names by which that may be asked."""
    names = (service, *_PASSED_AS.get(service, ()), *_spellings(role, service))
    held = min((_passed_to(step, role, name) for name in names), key=lambda way: way.certainty)
    if held.certainty is Certainty.NEVER and by:
        return _passed_to(step, role, f"{by}.amazonaws.com").at_best(Certainty.POSSIBLE)
    return held


def _passed_to(step: Step, role: RoleMember, name: str) -> Held:
    return on_member(step, PASS_ROLE, role, (("iam:passedtoservice", (name,)),))


def taken_by(action: str) -> str:
    """The prefix of a service that may ask for iam:PassRole under its own name."""
    prefix = action.partition(":")[0].lower()
    return prefix if prefix in _NAME_NOT_TOLD else ""


@lru_cache(maxsize=1024)
def of_untold_name(service: str) -> bool:
    """Whether a service that may ask for iam:PassRole under its own name takes the roles of another."""
    actions = actions_of_service(service)
    return any(map(taken_by, (*(f"{prefix}:" for prefix in actions.prefixes), *actions.others)))


def _spellings(role: RoleMember, service: str) -> Iterable[str]:
    """Other names by which the role's trust policy means the service, such as a regional one."""
    listed = (s.principals.names.get("service", ()) for s in role.trust.statements if s.principals)
    return sorted({name for names in listed for name in names if name != service == service_of(name)})


class _Serving(dict[tuple[str, str], Subject]):
    """A service as it comes to the roles of an account, by its name and the account's id."""


def left_to_service(world: World, role: RoleMember, service: str) -> Certainty:
    """Whether RCPs leave a service what a trust policy gives it."""
    if not world.policies.rcps(role.account_id):
        return Certainty.CERTAIN
    known, key = world.kept.of(_Serving), (service, role.account_id)
    if key not in known:
        context = _acting(world, role, service).having({}, absent=_OF_SIGNED)
        known[key] = replace(world.administrator(role.account_id), arn=service, scps=(), context=context)
    applicable = world.rights(known[key]).applicable(ASSUME_ROLE, role_overlay(world, role), role.account_id)
    return applicable.certainty(role.arn)
