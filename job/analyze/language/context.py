"""The request context of a principal: what each condition key holds, is known to lack, or leaves open.

Key meanings: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import lru_cache

from job.analyze.language.globs import literal


class Presence(Enum):
    """A key without a known value: certainly not in the request, or not known to us."""

    ABSENT = "absent"
    OPEN = "open"


Lookup = tuple[str, ...] | Presence
Overlay = tuple[tuple[str, tuple[str, ...]], ...]
ANY_VALUE = ("\0any",)
"""What an overlay says of a key that may hold anything, or be absent; no value of AWS's is like that."""

# Keys that only requests made by a service, a federated or a temporary identity, or a resource carry.
_NEVER_IN_DIRECT_REQUESTS = frozenset(
    (
        "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:sourceaccount", "aws:sourcearn",
        "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicename", "aws:principalservicenameslist",
        "aws:federatedprovider", "aws:sourceinstancearn", "ec2:sourceinstancearn", "aws:ec2instancesourcevpc",
        "aws:ec2instancesourceprivateipv4", "ec2:roledelivery", "aws:assumedroot", "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn", "identitystore:userid", "glue:roleassumedby",
        "glue:credentialissuingservice", "aws:viaawsmcpservice", "aws:calledviaawsmcp", "aws:sourceidentity",
    )
)  # fmt: skip
SESSION_NAME = "session"
"""What a role session is called where its name makes no difference."""
_TEMPORARY = frozenset(("aws:tokenissuetime", "aws:multifactorauthpresent", "aws:multifactorauthage"))
_TAG = "aws:principaltag/"


@dataclass(frozen=True, slots=True)
class Context:
    """Known values by lower-case key, keys known to be absent; every other key is open.

    `closed_prefixes` are key families that are fully known: a key of theirs without a value is absent.
    """

    known: Mapping[str, tuple[str, ...]]
    absent: frozenset[str] = frozenset()
    closed_prefixes: tuple[str, ...] = field(default=())

    def lookup(self, key: str) -> Lookup:
        """What the request holds for a lower-case key."""
        values = self.known.get(key)
        if values is not None:
            return values
        if key in self.absent or (self.closed_prefixes and key.startswith(self.closed_prefixes)):
            return Presence.ABSENT
        return Presence.OPEN

    def having(
        self,
        known: Mapping[str, tuple[str, ...]],
        absent: frozenset[str] = frozenset(),
        opened: frozenset[str] = frozenset(),
    ) -> Context:
        """The same with some keys known, absent or open instead."""
        kept = {k: v for k, v in self.known.items() if k not in absent and k not in opened}
        left = _kept_once(frozenset(self.absent - opened - known.keys()) | absent)
        return Context({**kept, **known}, left, self.closed_prefixes)

    def about(self, keys: frozenset[str]) -> Context:
        """The same as far as some keys go."""
        known = {key: self.known[key] for key in keys if key in self.known}
        return Context(known, self.absent & keys, self.closed_prefixes)

    def with_any(self, family: str) -> Context:
        """The same with a whole family of keys (`…/`) open."""
        known = {key: values for key, values in self.known.items() if not key.startswith(family)}
        absent = frozenset(key for key in self.absent if not key.startswith(family))
        return Context(known, absent, tuple(f for f in self.closed_prefixes if f != family))

    def told(self, overlay: Overlay) -> Context:
        """The same with what one request adds; a key (or a family, `…/`) without values is absent."""
        missing = [key for key, values in overlay if not values]
        families = tuple(key for key in missing if key.endswith("/"))
        told = self.having(
            {key: values for key, values in overlay if values and values != ANY_VALUE},
            frozenset(missing) - frozenset(families),
            frozenset(key for key, values in overlay if values == ANY_VALUE),
        )
        return Context(told.known, told.absent, (*told.closed_prefixes, *families))


def issued_now(context: Context) -> Context:
    """The context of a session that is opened now, or some time not known."""
    now = context.known.get("aws:currenttime")
    if now is None:
        return context.having({}, opened=frozenset(("aws:tokenissuetime",)))
    return context.having({"aws:tokenissuetime": now})


@lru_cache(maxsize=1024)
def _kept_once(keys: frozenset[str]) -> frozenset[str]:
    """The same keys for the many principals of whom they are absent."""
    return keys


def merged(overlay: Overlay, *more: Overlay) -> Overlay:
    """What several say of a request, the later ones of the same key."""
    told = dict(overlay)
    for one in more:
        told.update(one)
    return tuple(told.items())


def resource_tags(tags: Mapping[str, str]) -> Overlay:
    """What a request's context says of the tags of a user or role that it is about."""
    families = ("aws:resourcetag", "iam:resourcetag")
    return tuple((f"{f}/{key.lower()}", (value,)) for key, value in tags.items() for f in families)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a principal's requests say of it: `kind` is its `aws:PrincipalType`, `Account` for the root user.

    None stands for what is not known; for a part that such a principal never has, `kind` decides.
    """

    arn: str
    account_id: str
    kind: str
    unique_id: str | None
    name: str | None
    tags: Mapping[str, str] | None
    now: str | None
    organization_id: str | None
    organization_path: str | None


def principal_context(caller: Caller) -> Context:
    """The context that a principal's own direct requests carry.

    A long-term key never carries `aws:MultiFactorAuthPresent` or `aws:TokenIssueTime`; a role session does,
    without MFA unless the session was opened with it.
    """
    known = {
        "aws:principalarn": (caller.arn,),
        "aws:principalaccount": (caller.account_id,),
        "aws:principaltype": (caller.kind,),
        "aws:viaawsservice": ("false",),
        "aws:principalisawsservice": ("false",),
        "aws:securetransport": ("true",),
    }
    known |= {key: (value,) for key, value in _where_known(caller).items() if value is not None}
    known |= {_TAG + key.lower(): (value,) for key, value in (caller.tags or {}).items()}
    absent = _NEVER_IN_DIRECT_REQUESTS
    if caller.kind == "AssumedRole":
        known["aws:multifactorauthpresent"] = ("false",)
        absent |= {"aws:multifactorauthage", "aws:username"}
    else:
        absent |= _TEMPORARY
    if caller.kind in ("Account", "FederatedUser"):
        absent |= {"aws:username"}
    return Context(known, _kept_once(absent), () if caller.tags is None else (_TAG,))


def _where_known(caller: Caller) -> dict[str, str | None]:
    session = caller.kind == "AssumedRole"
    return {
        "aws:currenttime": caller.now,
        "aws:epochtime": _epoch(caller.now),
        "aws:tokenissuetime": caller.now if session else None,
        "aws:principalorgid": caller.organization_id,
        "aws:principalorgpaths": caller.organization_path,
        "aws:username": caller.name if caller.kind == "User" else None,
        # A session's name is chosen by whom it belongs to; `sessions` looks for others that serve better.
        "aws:userid": f"{caller.unique_id}:{SESSION_NAME}"
        if session and caller.unique_id
        else caller.unique_id,
    }


def _epoch(now: str | None) -> str | None:
    return str(int(datetime.fromisoformat(now).timestamp())) if now else None


_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"\$\{\s*([^},\s]+)")
_DEFAULTED = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A pattern with its variables filled in.

    `pattern` is None when a variable is absent: AWS then matches nothing. `open_keys` name the variables that
    are open; `pattern` then holds `*` in their place.
    """

    pattern: str | None
    open_keys: frozenset[str] = frozenset()


def variable_names(text: str) -> Iterable[str]:
    """The lower-case keys that a text's variables are filled in from."""
    return (name.lower() for name in _VARIABLE_NAME.findall(text)) if "${" in text else ()


def resolve(text: str, context: Context, *, variables: bool) -> Resolved:
    """A policy value or resource with its variables replaced; in a 2008 policy `${…}` is just text.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if "${" not in text or not variables:
        return Resolved(text)
    opened, missing = set[str](), False

    def replace(found: re.Match[str]) -> str:
        nonlocal missing
        name = found.group(1)
        if name in ("*", "?", "$"):
            return literal(name)
        defaulted = _DEFAULTED.fullmatch(name)
        written = defaulted.group(1) if defaulted else name.strip()
        value = context.lookup(written.lower())
        if value is Presence.OPEN:
            opened.add(written)
            return "*"
        if value is Presence.ABSENT or len(value) != 1:
            if defaulted:
                return literal(defaulted.group(2))
            missing = True
            return ""
        return literal(value[0])

    pattern = _VARIABLE.sub(replace, text)
    return Resolved(None if missing else pattern, frozenset(opened))
