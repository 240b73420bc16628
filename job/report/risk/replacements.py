"""Who probably uses a key, by what the user's name and tags say, and what would take the key's place.

AWS tells which service a key called, not from where; a guess by names is told with the sign that it rests on,
and `unknown` where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from job.snapshot.model import ROOT_USER_NAME


class KeyUser(StrEnum):
    """Who signs requests with a key."""

    PERSON = "person"
    PIPELINE = "pipeline"
    AWS_WORKLOAD = "aws_workload"
    OUTSIDE_WORKLOAD = "outside_workload"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTraits:
    """What is known of a key's user; None is "not read"."""

    user_name: str
    user_path: str | None = None
    tags: Mapping[str, str] | None = None
    groups: tuple[str, ...] = ()
    console_password: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbableUser:
    """A guess, and the sign that it rests on; no sign for `unknown`."""

    user: KeyUser
    sign: str | None = None


_SPELLED: Mapping[KeyUser, str] = {
    KeyUser.PIPELINE: (
        "argocd atlantis azuredevops bitbucket buildkite cd ci cicd circleci codefresh deploy deployer "
        "deployment github gitlab jenkins octopus pipeline pipelines pulumi spacelift teamcity terraform "
        "travis"
    ),
    KeyUser.AWS_WORKLOAD: "apprunner beanstalk ec2 ecs eks emr fargate glue lambda lightsail sagemaker",
    KeyUser.OUTSIDE_WORKLOAD: (
        "appliance databricks datacenter datadog external fivetran newrelic onprem onpremises partner "
        "salesforce sap siem smtp snowflake splunk supplier tableau thirdparty vendor veeam vpn"
    ),
}
# Words of names, paths, groups and tags. What deploys goes first: it is often named for where that goes.
_WORDS = tuple((user, frozenset(words.split())) for user, words in _SPELLED.items())
_PERSONS_TAGS = frozenset({"email", "employee", "employeeid", "identitycenter", "mail", "person", "sso"})
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_FULL_NAME = re.compile(r"[a-z]{2,}\.[a-z]{2,}", re.IGNORECASE)


def probable_user(traits: UserTraits) -> ProbableUser | None:
    """Who probably uses a key; None for the root user's, which nobody should."""
    if traits.user_name == ROOT_USER_NAME:
        return None
    if traits.console_password:
        return ProbableUser(user=KeyUser.PERSON, sign="console password")
    persons_tag = next((key for key in sorted(traits.tags or {}) if _plain(key) in _PERSONS_TAGS), None)
    if persons_tag:
        return ProbableUser(user=KeyUser.PERSON, sign=f"tag {persons_tag}")
    if "@" in traits.user_name:
        return ProbableUser(user=KeyUser.PERSON, sign="an e-mail address as name")
    return _by_words(traits)


def _by_words(traits: UserTraits) -> ProbableUser:
    told = tuple(_told(traits))
    for user, words in _WORDS:
        for where, text in told:
            if found := sorted(words.intersection(_SEPARATORS.split(text.lower()))):
                return ProbableUser(user=user, sign=f"{found[0]} in {where}")
    if _FULL_NAME.fullmatch(traits.user_name):
        return ProbableUser(user=KeyUser.PERSON, sign="a person's name")
    return ProbableUser(user=KeyUser.UNKNOWN)


def _told(traits: UserTraits) -> Iterator[tuple[str, str]]:
    """Every text that may name the use, with what it is."""
    yield "its user's name", traits.user_name
    yield "its user's path", traits.user_path or ""
    yield from ((f"group {group}", group) for group in sorted(traits.groups))
    yield from ((f"tag {key}", f"{key} {value}") for key, value in sorted((traits.tags or {}).items()))


def _plain(text: str) -> str:
    return "".join(_SEPARATORS.split(text.lower()))


_REPLACEMENTS: Mapping[KeyUser, str] = {
    # https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
    KeyUser.PERSON: (
        "the person signs in with IAM Identity Center, and with `aws sso login` or `aws login` at a terminal"
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    KeyUser.PIPELINE: "the pipeline takes a role by OpenID Connect, with its repository in the role's trust",
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html
    KeyUser.AWS_WORKLOAD: "the instance, function or task has a role, whose credentials come by themselves",
    # https://docs.aws.amazon.com/rolesanywhere/latest/userguide/introduction.html
    KeyUser.OUTSIDE_WORKLOAD: (
        "a machine of yours takes a role by certificate with IAM Roles Anywhere, a vendor by an external id"
    ),
    KeyUser.UNKNOWN: (
        "ask CloudTrail who uses it: a person takes IAM Identity Center, a pipeline OpenID Connect, "
        "a workload on AWS a role, one elsewhere IAM Roles Anywhere"
    ),
}
_ROOT = "whoever may sign in as root, or take root tasks centrally, deletes it: no task needs a root key"
_STEPS: Mapping[str, str] = {
    "delete": "deactivate it, and delete it when nothing broke",
    "deactivate": "deactivate it, and delete it when nothing broke; if somebody misses it, {instead}",
    "rotate": "make a second key, move to it, deactivate this one; better, {instead}",
    "replace_with_role": "{instead}; then deactivate the key, and delete it when nothing broke",
    "review": "find out what it is for; {instead}",
}


def how_to(action: str, user: ProbableUser | None) -> str:
    """How a recommended action is done, in one sentence; `user` is None for a root key."""
    if user is None:
        return _ROOT
    return _STEPS[action].format(instead=_REPLACEMENTS[user.user])
