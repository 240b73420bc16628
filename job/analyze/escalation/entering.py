"""Roles entered by who decides what lets them in: by a trust policy of their own, or by a provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from job.analyze.escalation.graph import Edge, Node
from job.analyze.escalation.held import NOT_HELD, Held
from job.analyze.escalation.limits import SESSIONS
from job.analyze.escalation.methods import Way
from job.analyze.escalation.sessions import PLAIN, Choice, free_choices
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.needs import Need
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate_one
from job.analyze.language.context import Context, Overlay
from job.analyze.language.document import Condition, Effect, Policy
from job.analyze.principals.administrator import standing_of
from job.analyze.principals.directory import ALLOW_ALL
from job.analyze.principals.members import RoleMember
from job.analyze.principals.trust import SAML, WEB_IDENTITY, admission_by_federation, let_in

# A web identity that needs no provider in the account:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
_ANYBODYS_PROVIDER = "accounts.google.com"


def session_of(step: Step, node: Node, role: RoleMember, choice: Choice) -> Node:
    """The session of a role that is opened by a choice."""
    if not choice.label:
        return node
    return step.graph.changed(node, {f"session {choice.label}": choice.applied(role)})


def told_of_choice(edge: Edge, choice: Choice) -> Edge:
    """The way into a session, with what must be so of it."""
    return replace(edge, unseen=SESSIONS) if choice.anything else edge


def entered_freely(step: Step, way: Way, node: Node, role: RoleMember, held: Held) -> Iterable[Edge]:
    """The sessions of a role of which the trust policy says what the thief likes, of tags and names too."""
    for choice in _choices(step, node, ALLOW_ALL, ("", _ANYBODYS_PROVIDER)):
        whole, how = held.at_best(_let_in(step, role, choice)), way
        if whole.certainty is Certainty.NEVER:
            whole, how = _by_saml(step, way, role, choice, held)
        if whole.certainty is not Certainty.NEVER:
            yield told_of_choice(step.edge(how, session_of(step, node, role, choice), whole), choice)


_CREATE_SAML = Need(("iam:createsamlprovider",), None, ("iam:CreateSAMLProvider",))
_SIGNS_IN = "a SAML provider of the account by which the thief signs in"


def _by_saml(step: Step, way: Way, role: RoleMember, choice: Choice, held: Held) -> tuple[Held, Way]:
    """The same where RCPs leave SAML alone: by a provider of the account, made if need be."""
    told = choice.told if choice.label else ()
    left = admission_by_federation(step.world, role, SAML, told, choice.beside)
    if choice.provider or left is Certainty.NEVER:
        return NOT_HELD, way
    created = step.anywhere(_CREATE_SAML)
    whole = held.at_best(left.both(Certainty.CONCEIVABLE) if choice.anything else left)
    if created.certainty is Certainty.NEVER:
        return whole, replace(way, unseen=way.unseen or _SIGNS_IN)
    return whole.and_(created), way


def _choices(step: Step, node: Node, trust: Policy, providers: tuple[str, ...]) -> Sequence[Choice]:
    """The plain session, and those that make a difference to what may be done in it."""
    subject = node.subject
    if subject is None:
        return (PLAIN,)
    found = free_choices(step.world, subject, trust, providers)
    if len(found) > 1 and standing_of(step.world, subject).certainty is Certainty.CERTAIN:
        return found[:1]
    return found


def _let_in(step: Step, role: RoleMember, choice: Choice) -> Certainty:
    told = choice.told if choice.label else ()
    if choice.provider:
        found = admission_by_federation(step.world, role, WEB_IDENTITY, told, choice.beside)
    else:
        found = let_in(step.world, step.rights, role, told, choice.beside)
    return found.both(Certainty.CONCEIVABLE) if choice.anything else found


def entered_by_federation(
    step: Step, way: Way, role: RoleMember, provider: str, held: Held
) -> Iterable[Edge]:
    """The sessions of a role that trusts an identity provider which says what the thief likes."""
    node = step.graph.member(role)
    for choice in _choices(step, node, role.trust, (provider,)):
        if all(_may_vouch(role.trust, provider, action) for action in choice.beside):
            whole = held.at_best(_vouched(step, role, provider, choice))
            if whole.certainty is not Certainty.NEVER:
                yield told_of_choice(step.edge(way, session_of(step, node, role, choice), whole), choice)


def _may_vouch(trust: Policy, provider: str, action: str) -> bool:
    """Whether the trust policy lets those whom a provider vouches for do what goes with entering."""
    return any(
        action in s.actions and provider in s.principals.names.get("federated", ())
        for s in trust.statements
        if s.effect is not Effect.DENY and s.principals
    )


def _vouched(step: Step, role: RoleMember, provider: str, choice: Choice) -> Certainty:
    """Whether the trust policy and RCPs let in whom a provider that was taken over vouches for.

    Conditions on the token leave open whether the provider can meet them; one of SAML itself writes what its
    assertions say.
    """
    is_saml = ":saml-provider/" in provider
    left = admission_by_federation(
        step.world, role, SAML if is_saml else WEB_IDENTITY, choice.told, choice.beside
    )
    if choice.anything:
        return left.both(Certainty.CONCEIVABLE)
    asked = [c for s in role.trust.statements for c in s.conditions]
    denies = any(s.effect is not Effect.ALLOW for s in role.trust.statements)
    if asked and not (is_saml and not denies and all(_asserted(c, choice.told) for c in asked)):
        return left.both(Certainty.POSSIBLE)
    return left


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml
_ASSERTED = ("stringequals", "stringlike", "foranyvalue:stringequals", "foranyvalue:stringlike")
_SIGN_IN = re.compile(
    r"https://(?:[a-z0-9-]+\.)*signin\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)/.*"
)
_TOLD = ("aws:requesttag/", "aws:tagkeys", "sts:rolesessionname", "sts:sourceidentity")


def _asserted(condition: Condition, told: Overlay) -> bool:
    """Whether an assertion can say what the condition asks for; its audience is where one signs in."""
    if condition.key == "saml:aud":
        return any(map(_SIGN_IN.fullmatch, condition.values))
    if condition.key.startswith(_TOLD):
        return evaluate_one(condition, Context({}).told(told), variables=True).certainty is Certainty.CERTAIN
    return condition.key.startswith("saml:") and condition.operator in _ASSERTED
