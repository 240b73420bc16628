"""Identity providers whose address is in AWS: who decides what is told there vouches for whom it likes.

A role's credentials go to whoever has a token that is signed with a key of the provider, and IAM reads these
keys at the provider's address.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from job.analyze.escalation.entering import entered_by_federation
from job.analyze.escalation.graph import Edge
from job.analyze.escalation.held import GIVEN, NOT_HELD, Held
from job.analyze.escalation.methods import Way
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.needs import Need
from job.analyze.language.certainty import Certainty
from job.analyze.language.globs import literal, matches
from job.analyze.principals.members import RoleMember
from job.analyze.principals.world import World

_PROVIDER = ":oidc-provider/"
# What partitions have in the place of AWS's common domain: https://docs.aws.amazon.com/general/latest/gr/rande.html
_AWS = re.compile(r"\.amazonaws\.(?:com\.cn|eu)(?=/|$)")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
_S3 = r"s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com"
_OF_BUCKET = re.compile(rf"(?:{_S3}/([a-z0-9.-]+)|([a-z0-9.-]+?)\.{_S3})(?:/.*)?")
_BUCKET = "${bucket}"


def issuer(step: Step, way: Way) -> Iterable[Edge]:
    """E30: what a provider that a role trusts tells of its keys, or whom it signs in, is decided in AWS.

    The role may be one of another account: a provider is registered in each account that trusts it.
    """
    known: dict[str, Held] = {}
    for address, trusting in _addresses(step.world).items():
        if not _is_meant(way.issuers, address):
            continue
        if address not in known:
            known[address] = _deciding(step, way, address)
        if known[address].certainty is not Certainty.NEVER:
            for role, provider in trusting:
                yield from entered_by_federation(step, way, role, provider, known[address])


class _Addresses(dict[str, list[tuple[RoleMember, str]]]):
    """The roles that trust a provider, and how they call it, by its address in AWS's common domain."""


def _addresses(world: World) -> Mapping[str, list[tuple[RoleMember, str]]]:
    known = world.kept.of(_Addresses)
    if not known:
        for roles in world.directory.federated.values():
            for role in roles:
                for provider in sorted(world.directory.trusted(role.trust).federated):
                    address = _AWS.sub(".amazonaws.com", provider.partition(_PROVIDER)[2].lower())
                    known.setdefault(address, []).append((role, provider))
    return known


@lru_cache(maxsize=4096)
def _is_meant(patterns: tuple[str, ...], address: str) -> bool:
    """Whether an address is like some pattern and unlike those that begin with `!`."""
    word = literal(address)
    excluded = any(matches(one[1:], word) for one in patterns if one.startswith("!"))
    return bool(address) and not excluded and any(matches(one, word) for one in patterns)


def _deciding(step: Step, way: Way, address: str) -> Held:
    held = GIVEN
    for need in way.needs:
        there = _in_bucket(need, address)
        held = held.and_(NOT_HELD if there is None else step.anywhere(there))
        if held.certainty is Certainty.NEVER:
            break
    return held


def _in_bucket(need: Need, address: str) -> Need | None:
    """The need on the bucket whose address it is, where it is about a bucket; None if it is of no bucket."""
    if need.on is None or not any(_BUCKET in template for template in need.on):
        return need
    found = _OF_BUCKET.fullmatch(address)
    if found is None:
        return None
    bucket = literal(found[1] or found[2])
    return replace(need, on=tuple(template.replace(_BUCKET, bucket) for template in need.on))
