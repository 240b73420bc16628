"""The table of escalation methods: what each needs, and the rule that says what it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import orjson

from job.analyze.evaluation.needs import Need, by_caller, places
from job.analyze.service_reference.actions import ActionIndex
from job.snapshot.model import Json

RULE_ACTIONS = (
    "iam:CreateGroup",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeactivateMFADevice",
    "iam:DeleteAccessKey",
    "iam:DeleteGroupPolicy",
    "iam:DeleteLoginProfile",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUser",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:RemoveUserFromGroup",
    "iam:TagRole",
    "iam:TagUser",
    "iam:UntagRole",
    "iam:UntagUser",
    "iam:UpdateGroup",
    "iam:UpdateUser",
    "sts:AssumeRole",
    "sts:SetSourceIdentity",
    "sts:TagSession",
    "sts:GetSessionToken",
)


# Ways that lead to no principal: they are told apart from administration and data.
TELLING_RULES = frozenset(("information", "user_information", "key_information"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """One way to use a method: a rule, what it needs beside the rule, and what must exist unseen.

    `title` is the method's, where the table gives the way none of its own. With `roles`, a pattern, it leads
    to roles of such names alone; with `issuers`, patterns, to those that trust a provider of such an address.
    `masks` are the needs' actions as bits: a principal lacking any of them cannot go this way. `callers` are
    the needs by who meets them: each group is one caller's, and different groups may be different callers'.
    """

    method: str
    rule: str
    needs: tuple[Need, ...]
    services: tuple[str, ...]
    unseen: str
    note: str
    title: str
    masks: tuple[int, ...]
    callers: tuple[tuple[Need, ...], ...]
    roles: str = ""
    issuers: tuple[str, ...] = ()

    @property
    def leads_on(self) -> bool:
        """Whether it leads to another principal, or to a stronger form of its own."""
        return self.rule not in TELLING_RULES

    def open_to(self, may: int) -> bool:
        """Whether a principal that may use these actions, as bits, has one for each need."""
        for mask in self.masks:  # noqa: SIM110 - asked for each way of each principal
            if not mask & may:
                return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One row of the catalogue."""

    id: str
    title: str
    section: str
    ways: tuple[Way, ...]


@lru_cache(maxsize=8)
def load_methods(index: ActionIndex) -> tuple[Method, ...]:
    """All methods in the catalogue's order."""
    rows: list[dict[str, Json]] = orjson.loads(
        files("job.analyze.data").joinpath("methods.json").read_bytes()
    )
    return tuple(_method(row, index) for row in rows)


def _method(row: dict[str, Json], index: ActionIndex) -> Method:
    alternatives = row["alternatives"]
    listed = alternatives if isinstance(alternatives, list) else []
    ways = tuple(_way(row, a, index) for a in listed if isinstance(a, dict))
    return Method(id=str(row["id"]), title=str(row["title"]), section=str(row["section"]), ways=ways)


def _way(method: dict[str, Json], row: dict[str, Json], index: ActionIndex) -> Way:
    needs, services, issuers = row["needs"], row.get("services") or [], row.get("issuers") or []
    parsed = tuple(Need.parse(n) for n in needs) if isinstance(needs, list) else ()
    return Way(
        method=str(method["id"]),
        rule=str(row["rule"]),
        needs=parsed,
        services=tuple(str(s) for s in services) if isinstance(services, list) else (),
        unseen=str(row.get("unseen") or ""),
        note=str(row.get("note") or ""),
        title=str(row.get("title") or method["title"]),
        roles=str(row.get("roles") or ""),
        issuers=tuple(str(i) for i in issuers) if isinstance(issuers, list) else (),
        masks=tuple(n.mask(index) for n in parsed),
        callers=by_caller(parsed, places(row.get("same_caller"))),
    )


@lru_cache(maxsize=1)
def actions_of_methods() -> tuple[str, ...]:
    """Every action that a method names or that a rule asks for by itself."""
    bare = load_methods(ActionIndex({}))
    return (*RULE_ACTIONS, *(a for m in bare for w in m.ways for n in w.needs for a in n.spelled))
