"""Whom a trust policy may let in, read from its principals alone: what roles are indexed by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from job.analyze.policy import Effect, Policy

_ASSUME = "sts:assumerole"


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom a trust policy may let in, as index keys; `anyone` for `*` and NotPrincipal."""

    names: frozenset[str]
    accounts: frozenset[str]
    services: frozenset[str]
    federated: frozenset[str]
    anyone: bool


def trusted_by(trust: Policy) -> Trusted:
    """Whom a trust policy may let in, whatever its conditions and denies."""
    names, accounts, services, federated = set[str](), set[str](), set[str](), set[str]()
    anyone = False
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
    return Trusted(frozenset(names), frozenset(accounts), frozenset(services), frozenset(federated), anyone)


_REGIONAL = re.compile(r"([a-z0-9-]+)\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com")


def service_of(principal: str) -> str:
    """A service principal under its common name: `states.eu-west-1.amazonaws.com`, `ec2.amazonaws.com.cn`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    return _REGIONAL.sub(r"\1.amazonaws.com", principal.removesuffix(".cn"))


def account_of(principal: str) -> str | None:
    """The account that a principal stands for as a whole: `123456789012` or `arn:…::123456789012:root`."""
    if principal.isdigit():
        return principal
    if principal.startswith("arn:") and principal.endswith(":root"):
        return principal.split(":")[4]
    return None
