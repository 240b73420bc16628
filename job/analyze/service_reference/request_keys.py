"""Which condition keys a principal's own request for an action can carry, and which values follow from it.

By the published list of condition keys for each action
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
That list has gaps, and services add keys, so a key counts as never sent only where the list is a reason to
say so: it names the key for another action and not for this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TypedDict

import orjson

from job.analyze.language.globs import matches

# Set where an AWS service calls on somebody's behalf, so never in a direct request:
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
_ONLY_THROUGH_SERVICES = frozenset(("kms:viaservice",))

# What a session brings along into the requests of any service, whatever prefix it has:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-properties-of-the-role-session
_WITH_SESSIONS = frozenset(
    (
        "codebuild:buildarn", "codebuild:projectarn", "ec2:roledelivery", "ec2:sourceinstancearn",
        "glue:credentialissuingservice", "glue:roleassumedby", "identitystore:groupid",
        "identitystore:userid", "lambda:sourcefunctionarn", "ssm:sourceinstancearn",
    )
)  # fmt: skip

# Keys about the request as such, sent with every action of a service although the list leaves some out:
# https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html,
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html,
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-for-amazon-ec2.html#amazon-ec2-keys,
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account,
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
_WITH_EVERY_ACTION: Mapping[str, tuple[str, ...]] = {
    "connect": ("instanceid",),
    "ds-data": ("realm",),
    "ec2": ("region",),
    "identitystore": ("primaryregion",),
    "kms": ("calleraccount",),
    "partnercentral": ("catalog",),
    "s3": (
        "accessgrantsinstancearn", "accesspointnetworkorigin", "authtype", "dataaccesspointaccount",
        "dataaccesspointarn", "resourceaccount", "signatureage", "signatureversion", "tlsversion",
        "x-amz-content-sha256",
    ),
    "s3-object-lambda": ("authtype", "signatureage", "tlsversion"),
    "s3-outposts": ("authtype", "signatureage", "signatureversion", "x-amz-content-sha256"),
    "s3express": ("authtype", "resourceaccount", "signatureversion", "tlsversion", "x-amz-content-sha256"),
    "ses": ("apiversion",),
    "sso": ("primaryregion",),
}  # fmt: skip

_REQUEST_TAGS = ("aws:requesttag/*", "aws:tagkeys")
_RESOURCE_TAGS = ("aws:resourcetag/*",)
_READING = frozenset("LR")
# `${TagKey}`, `<key>` and, in two services, a bare `tag-key`.
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$")

# Services with one endpoint, whose requests are all made to its Region:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
_REGIONS: Mapping[str, Mapping[str, str]] = {
    "aws": dict.fromkeys(("cloudfront", "iam", "organizations", "route53"), "us-east-1"),
    "aws-cn": {
        "cloudfront": "cn-northwest-1",
        "iam": "cn-north-1",
        "organizations": "cn-northwest-1",
        "route53": "cn-northwest-1",
    },
    "aws-us-gov": dict.fromkeys(("iam", "organizations", "route53"), "us-gov-west-1"),
}


@lru_cache(maxsize=65_536)
def never_sent(action: str, key: str) -> bool:
    """Whether no direct request for `action` carries the condition key; False wherever that is in doubt.

    Of an action that the list lacks, nothing is known to be absent but what only services send.
    """
    name, key = action.lower(), key.lower()
    if key in _ONLY_THROUGH_SERVICES:
        return True
    listed = _listed_keys(name.partition(":")[0])
    if name not in listed or key in _WITH_SESSIONS:
        return False
    if key.startswith("aws:"):
        return _tag_never_sent(listed[name], _all_keys(name.partition(":")[0]), key)
    return _own_key_never_sent(name.partition(":")[0], listed[name], key)


def known_from_request(action: str, account_id: str, partition: str) -> Mapping[str, tuple[str, ...]]:
    """The keys that follow from who asks for what: the caller's account, the Region of a global service.

    No service asks for a grant in a direct request
    (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource).
    """
    service = action.lower().partition(":")[0]
    if service == "kms":
        return {"kms:calleraccount": (account_id,), "kms:grantisforawsresource": ("false",)}
    region = _REGIONS.get(partition, {}).get(service)
    return {"aws:requestedregion": (region,)} if region else {}


@dataclass(frozen=True, slots=True)
class _Listed:
    """An action's condition keys, as patterns in lower case, and whether it reads or takes a resource."""

    keys: frozenset[str]
    reads: bool
    takes_resource: bool


def _own_key_never_sent(service: str, listed: _Listed, key: str) -> bool:
    """Whether a service's key is one that it, or the service of the action, sends with other actions only."""
    owner, _, rest = key.partition(":")
    if owner == service and rest in _WITH_EVERY_ACTION.get(service, ()):
        return False
    if owner != service and (owner.startswith(service) or service.startswith(owner)):
        return False
    return _is_one_of(key, _all_keys(owner)) and not _is_one_of(key, listed.keys)


def _tag_never_sent(listed: _Listed, service: frozenset[str], key: str) -> bool:
    """Whether a tag is neither in the request nor on its resource.

    A service that lists tags for none of its actions may just not list them; but what reads takes no new
    tags, and what takes no resource has none.
    """
    if _is_one_of(key, _REQUEST_TAGS):
        listed_somewhere = not service.isdisjoint(_REQUEST_TAGS)
        return listed.keys.isdisjoint(_REQUEST_TAGS) and (listed.reads or listed_somewhere)
    if _is_one_of(key, _RESOURCE_TAGS):
        listed_somewhere = not service.isdisjoint(_RESOURCE_TAGS)
        return listed.keys.isdisjoint(_RESOURCE_TAGS) and (not listed.takes_resource or listed_somewhere)
    return False


def _is_one_of(key: str, patterns: Iterable[str]) -> bool:
    return any(matches(pattern, key) for pattern in patterns)


class _Service(TypedDict):
    """One service of the table: see its `meaning`."""

    actions: list[tuple[str, str, str, object, str]]


class _Table(TypedDict):
    """The part of the table that is about condition keys."""

    condition_keys: list[str]
    services: dict[str, _Service]


@lru_cache(maxsize=1)
def _table() -> _Table:
    text = files("job.analyze.data").joinpath("action_table.json").read_bytes()
    parsed: _Table = orjson.loads(text)
    return parsed


@lru_cache(maxsize=1)
def _key_patterns() -> tuple[str, ...]:
    """The condition keys by number, as patterns in lower case."""
    return tuple(_PLACEHOLDER.sub("*", key).lower() for key in _table()["condition_keys"])


@lru_cache(maxsize=512)
def _listed_keys(service: str) -> Mapping[str, _Listed]:
    """The actions of a service by lower-case name; none for what is no service of the table."""
    names = _key_patterns()
    found: dict[str, _Listed] = {}
    for level, types, numbers, _, actions in _table()["services"].get(service, _NO_SERVICE)["actions"]:
        keys = frozenset(names[int(number)] for number in numbers.split())
        listed = _Listed(keys, level in _READING, bool(types))
        found.update((f"{service}:{action}".lower(), listed) for action in actions.split())
    return found


_NO_SERVICE: _Service = {"actions": []}


@lru_cache(maxsize=512)
def _all_keys(service: str) -> frozenset[str]:
    return frozenset().union(*(action.keys for action in _listed_keys(service).values()))
