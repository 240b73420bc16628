"""Builds a small organization from a case's `world`; README.md in this folder describes the format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from policy_account import account_document
from policy_documents import HOME, MANAGEMENT, Spec, policy_document
from policy_organization import organization_document
from policy_partition import AWS, Partition

from job.analyze.answers.capabilities import Capability, load_capabilities
from job.analyze.engine import Analysis
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization

if TYPE_CHECKING:
    from collections.abc import Mapping

    from job.snapshot.model import ManagedPolicy

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A built world: the analysis with every account added, and the account that `alice` lives in.

    `partition` is the one that it is in.
    """

    analysis: Analysis
    home: str
    accounts: tuple[str, ...]
    stores: Spec
    partition: Partition


def build_world(spec: Spec, partition: Partition = AWS) -> World:
    """Expand a case's world to snapshot documents, parse them and hand them to a new analysis."""
    home = MANAGEMENT if spec.get("management") else HOME
    listed = _accounts(spec, home)
    accounts = tuple(a for a in listed if a not in (spec.get("organization") or {}).get("not_read", ()))
    capabilities = json.dumps(spec["capabilities"]).encode() if "capabilities" in spec else None
    analysis = Analysis(
        organization=parse_organization(partition.said(organization_document(spec, listed))),
        managed_policies={**managed_policies(partition), **_further_policies(spec, partition)},
        capabilities=_default_capabilities() if capabilities is None else load_capabilities(capabilities),
    )
    for account in accounts:
        analysis.add(parse_account(account, partition.said(account_document(spec, account, home))))
    stores = spec.get("stores", {})
    return World(analysis=analysis, home=home, accounts=accounts, stores=stores, partition=partition)


@cache
def _default_capabilities() -> tuple[Capability, ...]:
    return load_capabilities()


@cache
def managed_policies(partition: Partition) -> Mapping[str, ManagedPolicy]:
    """The AWS managed policies that cases name, as AWS publishes them."""
    return parse_managed_policies(
        partition.said(json.loads((HERE / "aws_managed_policies.json").read_text()))
    )


def _further_policies(spec: Spec, partition: Partition) -> Mapping[str, ManagedPolicy]:
    """AWS managed policies that the world alone has."""
    listed = [
        {
            "PolicyName": name,
            "Arn": f"arn:aws:iam::aws:policy/{name}",
            "DefaultVersionId": "v1",
            "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": True, "Document": policy_document(policy)}
            ],
        }
        for name, policy in spec.get("aws_policies", {}).items()
    ]
    return parse_managed_policies(partition.said({"Policies": listed}))


def _accounts(spec: Spec, home: str) -> tuple[str, ...]:
    kinds = ("users", "roles", "stores")
    everyone = [one for kind in kinds for one in spec.get(kind, {}).values()]
    named = {one["account"] for one in everyone if "account" in one}
    paths = (spec.get("organization") or {}).get("paths", {})
    return tuple(sorted({home, MANAGEMENT} | named | set(paths)))
