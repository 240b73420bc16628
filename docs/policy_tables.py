"""Markdown tables of capabilities and methods for docs/verdicts.md: needs, targets, what stays unknown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = "Mapping[str, Any]"
"""An entry of `capabilities.json` or `methods.json`, as it stands in the file."""

TARGETS = {
    "self_grant": "itself",
    "group_grant": "a group that it, or a user whose credentials it gets, is in",
    "join_group": "a group that may do more",
    "policy_version": "a customer managed policy of a principal that it is or gets into",
    "default_version": "a customer managed policy with an older, stronger version",
    "role_grant": "a role that it reaches",
    "user_boundary_off": "its own boundary, or that of a user whose credentials it gets",
    "user_boundary_put": "its own boundary, or that of a user whose credentials it gets",
    "role_boundary_off": "the boundary of a role that it reaches",
    "role_boundary_put": "the boundary of a role that it reaches",
    "user_drop_deny": "a policy that holds a Deny, of its own or of a user whose credentials it gets",
    "role_drop_deny": "a policy with a Deny on a role that it reaches",
    "tag_principal": "its own permissions that ask for a tag of the principal",
    "mfa_session": "permissions that ask for MFA, its own or of a user whose credentials it gets",
    "plain_session": "permissions that ask whether the MFA key, or the time of a token, is there",
    "console_session": "its own permissions that ask for MFA, or for the keys of a session",
    "federated_session": "permissions that ask for a tag, another name or another type of the principal",
    "take_name": "permissions that ask for another name or path of the user",
    "through_service": "its own permissions that ask which service calls",
    "leave_organization": "its own permissions that an SCP holds back",
    "mfa_reset": "a stronger user",
    "mfa_device": "a stronger user",
    "user_credentials": "a stronger user",
    "user_grant": "another user",
    "new_user": "a new user",
    "new_role": "a new role",
    "trust_rewrite": "a stronger role",
    "assume": "a role that lets it in",
    "federation": "a role that trusts an identity provider of the account",
    "issuer": "a role, of any account, that trusts an identity provider with an address in AWS",
    "pass_role": "a role that trusts {services} and that it may pass",
    "use_role": "a role that trusts {services}",
    "generic": "a role that trusts a service and that it may pass",
    "organization": "the organization, from its management or a delegated administrator account",
    "information": "nothing: told apart, no escalation",
    "user_information": "another user: told apart, no escalation",
    "key_information": "its own key: told apart, no escalation",
}
"""What each rule of `methods.json` is bound to."""


def capabilities_table(capabilities: str) -> str:
    """The table of `capabilities.json`, given its text: one row for each way to the data."""
    return _table(
        ("capability", "class", "needs", "only if", "note"),
        (
            (f"`{capability['id']}`", way["class"], _needs(way), way["conditional_on"] or "", way["note"])
            for capability in json.loads(capabilities)
            for way in capability["alternatives"]
        ),
    )


def methods_table(methods: str) -> str:
    """The table of `methods.json`, given its text: one row for each way of each method."""
    return _table(
        ("id", "method", "needs", "target", "only if", "stays unknown", "listed by"),
        (
            (
                method["id"],
                method["title"],
                _needs(way),
                _target(way),
                way["unseen"] or "",
                method["unknown"],
                method["listed_by"],
            )
            for method in json.loads(methods)
            for way in method["alternatives"]
        ),
    )


def _needs(way: Row) -> str:
    """`a` or `b`; and `c` on an ARN; and the role to pass."""
    needs = [_need(need) for need in way["needs"]]
    if way.get("rule") == "pass_role":
        needs.append("`iam:PassRole`")
    if way.get("pass_role"):
        needs.append(f"`iam:PassRole` to {_any(way['pass_role'])}")
    return "; ".join(needs)


def _need(need: Sequence[str] | Row) -> str:
    if isinstance(need, Mapping):
        listed = need.get("on", ())
        on = _any([listed] if isinstance(listed, str) else listed)
        told = " and ".join(
            f"no `{key}`" if value is None else f"`{key}` `{value}`"
            for key, value in need.get("told", {}).items()
        )
        return _any(need["actions"]) + f" on {on}" * bool(on) + f" with {told}" * bool(told)
    return _any(need)


def _any(texts: Iterable[str]) -> str:
    return " or ".join(f"`{text}`" for text in texts)


def _target(way: Row) -> str:
    return TARGETS[way["rule"]].replace("{services}", _any(way.get("services", ())))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
