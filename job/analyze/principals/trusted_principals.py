"""Whom a trust policy may let in, by itself: what roles are indexed by, and which services enter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate
from job.analyze.language.context import Context
from job.analyze.language.document import Effect, Policy, Statement

_ASSUME = "sts:assumerole"


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom a trust policy may let in, as index keys; `anyone` for `*` and NotPrincipal.

    `asks_for_tags` if conditions ask for tags of the role.
    """

    names: frozenset[str]
    accounts: frozenset[str]
    services: frozenset[str]
    federated: frozenset[str]
    anyone: bool
    asks_for_tags: bool = False


def trusted_by(trust: Policy) -> Trusted:
    """Whom a trust policy may let in, whatever its conditions and denies."""
    names, accounts, services, federated = set[str](), set[str](), set[str](), set[str]()
    anyone = False
    tags = any("resourcetag/" in c.key for s in trust.statements for c in s.conditions)
    for statement in trust.statements:
        if statement.effect is Effect.DENY:
            continue
        listed = statement.principals
        if listed is None or listed.negated:
            anyone = True
            continue
        services.update(map(service_of, listed.names.get("service", ())))
        federated.update(listed.names.get("federated", ()))
        if _ASSUME not in statement.actions:
            continue
        for name in listed.names.get("aws", ()):
            if name == "*":
                anyone = True
            elif (account_id := account_of(name)) is not None:
                accounts.add(account_id)
            else:
                names.add(name)
    return Trusted(_kept(names), _kept(accounts), _kept(services), _kept(federated), anyone, tags)


@lru_cache(maxsize=1024)
def _shared(names: frozenset[str]) -> frozenset[str]:
    return names


def _kept(names: set[str]) -> frozenset[str]:
    """The names as a set that most trust policies share: none at all, one service, the account's own root."""
    return _shared(frozenset(names))


# What a role of a cluster's pods trusts: the cluster's own identity provider, so the cluster hands it out.
# No service principal; https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
EKS_PODS = "oidc.eks.amazonaws.com/id"
_EKS_PROVIDER = re.compile(
    r"arn:[^:]+:iam::\d+:oidc-provider/(oidc\.eks\.[a-z0-9-]+\.amazonaws\.(?:com|com\.cn|eu)/id/.+)"
)
_REGIONAL = re.compile(r"([a-z0-9-]+)\.[a-z]{2,4}(?:-[a-z]+)+-\d\.amazonaws\.com")


@lru_cache(maxsize=4096)
def service_of(principal: str) -> str:
    """A service principal under its common name: `states.eu-west-1.amazonaws.com`, `ec2.amazonaws.com.cn`.

    The identity providers of EKS clusters share one name, which no service has.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if _EKS_PROVIDER.fullmatch(principal):
        return EKS_PODS
    return _REGIONAL.sub(r"\1.amazonaws.com", principal.removesuffix(".cn"))


def cluster_of(principal: str) -> str | None:
    """The address by which the identity provider of an EKS cluster is known in every account."""
    found = _EKS_PROVIDER.fullmatch(principal)
    return found[1] if found else None


def account_of(principal: str) -> str | None:
    """The account that a principal stands for as a whole: `123456789012` or `arn:…::123456789012:root`."""
    if principal.isdigit():
        return principal
    if principal.startswith("arn:") and principal.endswith(":root"):
        return principal.split(":")[4]
    return None


# Services that hand out a role's credentials to whom they know: the trust policy's principal and action,
# https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html
_ENTERED = {
    "cognito-identity.amazonaws.com": ("federated", "sts:assumerolewithwebidentity"),
    EKS_PODS: ("federated", "sts:assumerolewithwebidentity"),
}


@lru_cache(maxsize=4096)
def trusts_anyway(trust: Policy, service: str) -> Certainty:
    """Whether a trust policy without conditions lets a service in."""
    return trusts(trust, service, Context({}, frozenset()))


def trusts(trust: Policy, service: str, context: Context) -> Certainty:
    """Whether a trust policy lets a service in that asks in a context."""
    best, worst = Certainty.NEVER, Certainty.CERTAIN
    for statement in trust.statements:
        truth = _names_service(statement, service, context)
        if statement.effect is not Effect.DENY:
            best = best.either(truth)
        if statement.effect is not Effect.ALLOW and truth is not Certainty.NEVER:
            worst = Certainty.NEVER if truth is Certainty.CERTAIN else worst.both(truth)
    return max(best, worst)


def _names_service(statement: Statement, service: str, context: Context) -> Certainty:
    if statement.unclear:
        return Certainty.CONCEIVABLE
    listed = statement.principals
    kind, action = _ENTERED.get(service, ("service", "sts:assumerole"))
    if listed is None or action not in statement.actions:
        return Certainty.NEVER
    named = service in map(service_of, listed.names.get(kind, ())) or "*" in listed.names.get("aws", ())
    if named == listed.negated:
        return Certainty.NEVER
    return evaluate(statement.conditions, context, variables=statement.variables).certainty
