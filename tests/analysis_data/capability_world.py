"""For each way to data, an account whose one user has just its needs, on every resource."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from job.analyze.answers.capabilities import load_capabilities
from job.analyze.engine import Analysis
from job.snapshot.parse import parse_account, parse_organization

Doc: TypeAlias = "dict[str, Any]"

CAPABILITIES: list[Doc] = json.loads(Path("job/analyze/data/capabilities.json").read_text())
ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An alternative of a capability with one action chosen for each need."""

    capability: str
    id: str
    actions: tuple[str, ...]
    services: tuple[str, ...]
    expected: str

    @property
    def name(self) -> str:
        """The way in words."""
        return f"{self.id} {' + '.join(self.actions)}"


def ways() -> Iterator[Way]:
    """Every alternative, with each of its needs' other actions tried once."""
    for capability in CAPABILITIES:
        for alternative in capability["alternatives"]:
            for actions in _choices(_needs(alternative)):
                yield Way(
                    capability=capability["id"],
                    id=alternative["id"],
                    actions=actions,
                    services=tuple(alternative.get("pass_role", ())),
                    expected=_expected(capability, set(actions)),
                )


def _choices(needs: list[list[str]]) -> Iterator[tuple[str, ...]]:
    first = tuple(need[0] for need in needs)
    yield first
    for at, need in enumerate(needs):
        for action in need[1:]:
            yield tuple(dict.fromkeys((*first[:at], action, *first[at + 1 :])))


def _needs(alternative: Doc) -> list[list[str]]:
    needs = [need["actions"] if isinstance(need, dict) else need for need in alternative["needs"]]
    return [*needs, ["iam:PassRole"]] if alternative.get("pass_role") else needs


def _expected(capability: Doc, actions: set[str]) -> str:
    """The best that the actions give on every resource, by the table's own words."""
    ranks = {"all": 0, "some": 1, "conditional": 2, "none": 3}
    given = [
        "conditional" if alternative["conditional_on"] else alternative.get("at_most", "all")
        for alternative in capability["alternatives"]
        if all(actions & set(need) for need in _needs(alternative))
    ]
    return min(given, key=ranks.__getitem__, default="none")


def without_one() -> Iterator[tuple[Way, str, str]]:
    """Each way with one of its actions, and what the table then leaves of the capability."""
    for way in ways():
        capability = next(c for c in CAPABILITIES if c["id"] == way.capability)
        for action in dict.fromkeys(way.actions):
            yield way, action, _expected(capability, set(way.actions) - {action})


def verdict(way: Way, without: str = "") -> str:
    """What the analysis says of the capability when alice has the way's actions but one."""
    actions = [action for action in way.actions if action != without]
    analysis = Analysis(
        organization=parse_organization({"Accounts": [{"Id": ACCOUNT}]}),
        managed_policies={},
        capabilities=load_capabilities(),
    )
    analysis.add(parse_account(ACCOUNT, _account(actions, way.services)))
    return str(analysis.verdicts(ACCOUNT)[0].capabilities[way.capability].verdict)


def _account(actions: list[str], services: tuple[str, ...]) -> Doc:
    alice = {
        "UserName": "alice",
        "Arn": f"{ARN}user/alice",
        "Path": "/",
        "UserId": "AIDAALICE",
        "UserPolicyList": [{"PolicyName": "needs", "PolicyDocument": _allow(actions or ["s3:ListBucket"])}],
    }
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"},
        ],
    }
    role = {
        "RoleName": "worker",
        "Arn": f"{ARN}role/worker",
        "Path": "/",
        "RoleId": "AROAWORKER",
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
    }
    return {
        "AccountId": ACCOUNT,
        "AuthorizationDetails": {"UserDetailList": [alice], "RoleDetailList": [role] if services else []},
        "AccessKeys": [{"UserName": "alice", "AccessKeyId": "AKIAALICE", "Status": "Active"}],
    }


def _allow(actions: list[str]) -> Doc:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
