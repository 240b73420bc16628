"""IAM policy documents, parsed once and completely into statements.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. What is not
understood is kept and named in `Statement.unclear`; such a statement may allow or deny anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from sys import intern

import orjson

from job.analyze.language.elements import (
    ANY,
    compact_json,
    completed_arns,
    pattern_list,
    principal_names,
    value_list,
)
from job.analyze.language.globs import EVERYTHING, GlobSet
from job.snapshot.model import Json

_PAIRED = frozenset(("action", "notaction", "resource", "notresource", "principal", "notprincipal"))
_ELEMENTS = _PAIRED | {"sid", "effect", "condition"}


# No variables are filled in under any other
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
_TAKING_VARIABLES = ("string", "arn")
UNSEEN = "the policy document was not read"
_ACCOUNT_PART = 4
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_OWNER_KEYS = frozenset(
    ("aws:resourceaccount", "s3:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths")
)


class Effect(Enum):
    """What a statement does; `UNCLEAR` when it does not say so in a way that AWS knows."""

    ALLOW = "Allow"
    DENY = "Deny"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of one operator of a condition block: both in lower case, `name` is the key as written."""

    operator: str
    key: str
    values: tuple[str, ...]
    name: str
    has_variables: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look once whether a value holds something that its operator has filled in."""
        takes = any(kind in self.operator for kind in _TAKING_VARIABLES)
        object.__setattr__(self, "has_variables", takes and any("${" in value for value in self.values))


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a trust policy names by lower-case type (`aws`, `service`, `federated`), or all but those."""

    names: Mapping[str, tuple[str, ...]]
    negated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement: lower-case action patterns, resource patterns with variables as written.

    `index` counts from 1. `conditions_json` is the condition block as compact JSON with sorted keys, empty
    for none. `unclear` is empty, or says what was not understood.
    """

    index: int
    sid: str | None
    effect: Effect
    actions: GlobSet
    resources: GlobSet
    principals: Principals | None
    conditions: tuple[Condition, ...]
    conditions_json: str
    variables: bool
    unclear: str
    written_actions: tuple[str, ...]
    written_resources: tuple[str, ...]
    has_placeholders: bool

    @property
    def conditional(self) -> bool:
        """Whether a context bears on it at all."""
        return bool(self.conditions or self.unclear) or (self.variables and self.has_placeholders)


class Policy:
    """A document, parsed when it is first asked about: most of an organization's roles are never reached."""

    __slots__ = ("_condition_keys", "_identity_based", "_statements", "_text")

    def __init__(
        self, text: bytes, statements: tuple[Statement, ...] | None = None, *, identity_based: bool = True
    ) -> None:
        self._text = text
        self._identity_based = identity_based
        self._statements = statements
        self._condition_keys: frozenset[str] | None = None

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Its statements, in order."""
        if self._statements is None:
            self._statements = _statements(orjson.loads(self._text), identity_based=self._identity_based)
        return self._statements

    @property
    def condition_keys(self) -> frozenset[str]:
        """The keys that its conditions ask for, in lower case."""
        if self._condition_keys is None:
            self._condition_keys = frozenset(c.key for s in self.statements for c in s.conditions)
        return self._condition_keys

    def forget(self) -> None:
        """Drop the statements; they are parsed again when asked for."""
        if self._text:
            self._statements = None

    @property
    def unclear(self) -> tuple[str, ...]:
        """What was not understood, one text for each statement concerned."""
        return tuple(f"statement {s.index}: {s.unclear}" for s in self.statements if s.unclear)


class PolicyParser:
    """Parses documents, each distinct one once: the same text is the same object."""

    def __init__(self) -> None:
        self._known: dict[bytes, Policy] = {}
        self._known_of_others: dict[bytes, Policy] = {}

    def __call__(self, document: Json) -> Policy:
        """The policy of a document; one that is no object or no list of statements becomes an unclear one."""
        return self._parsed(document, self._known, identity_based=True)

    def not_of_an_identity(self, document: Json) -> Policy:
        """The same for a control policy, or one of a resource."""
        return self._parsed(document, self._known_of_others, identity_based=False)

    @staticmethod
    def _parsed(document: Json, known: dict[bytes, Policy], *, identity_based: bool) -> Policy:
        try:
            text = orjson.dumps(document)
        except TypeError:  # nested deeper than any policy
            return Policy(b"", _statements(document, identity_based=identity_based))
        policy = known.get(text)
        if policy is None:
            # A copy: orjson's own bytes keep the room of its buffer, several times their length.
            kept = bytes(memoryview(text))
            policy = known[kept] = Policy(kept, identity_based=identity_based)
        return policy


def parse_policy(document: Json) -> Policy:
    """The document of an identity-based policy as statements, in order."""
    return Policy(b"", _statements(document, identity_based=True))


def owners_named(statement: Statement) -> Iterable[str]:
    """The accounts that ARNs of resources name, or conditions on who owns the resource.

    An empty text stands for accounts that such conditions may tell apart without naming them; their values
    come as they are.
    """
    for pattern in statement.resources.patterns:
        parts = pattern.split(":", _ACCOUNT_PART + 1)
        if len(parts) > _ACCOUNT_PART and _ACCOUNT_ID.fullmatch(parts[_ACCOUNT_PART]):
            yield parts[_ACCOUNT_PART]
    for condition in statement.conditions:
        if condition.key in _OWNER_KEYS:
            yield from ("", *condition.values)


def is_account_id(text: str) -> bool:
    """Whether it is twelve digits."""
    return _ACCOUNT_ID.fullmatch(text) is not None


def _statements(document: Json, *, identity_based: bool) -> tuple[Statement, ...]:
    if isinstance(document, str):
        try:
            document = orjson.loads(document)
        except orjson.JSONDecodeError:
            return _unclear("the document is not JSON")
    if not isinstance(document, dict):
        return _unclear("the document is not an object")
    fields = {name.lower(): value for name, value in document.items()}
    version = fields.get("version", "2008-10-17")
    statements = fields.get("statement")
    listed = statements if isinstance(statements, list) else [statements]
    if version not in ("2012-10-17", "2008-10-17"):
        return _unclear(f"version {str(version)[:20]}")
    variables = version == "2012-10-17"
    return tuple(
        _statement(i, s, variables=variables, identity_based=identity_based) for i, s in enumerate(listed, 1)
    )


def _unclear(why: str) -> tuple[Statement, ...]:
    return (_unclear_statement(1, why),)


def unseen_policy() -> Policy:
    """A policy known by name only: it may allow or deny anything."""
    return Policy(b"", _unclear(UNSEEN))


def is_unseen(policy: Policy) -> bool:
    """Whether a policy may say anything: it was not read, or not understood as a whole."""
    return any(
        s.effect is Effect.UNCLEAR and s.actions.is_everything and s.resources.is_everything
        for s in policy.statements
    )


def _unclear_statement(index: int, why: str) -> Statement:
    anything = GlobSet(("*",))
    return Statement(
        index, None, Effect.UNCLEAR, anything, anything, None, (), "", False, why, ANY, ANY, False
    )


def _statement(index: int, raw: Json, *, variables: bool, identity_based: bool) -> Statement:
    if not isinstance(raw, dict):
        return _unclear_statement(index, "a statement that is not an object")
    fields = {name.lower(): value for name, value in raw.items()}
    problems = [f"element {name}" for name in fields if name not in _ELEMENTS]
    actions, written = _actions(*pattern_list(fields, "action", problems, default=None))
    resources, negated = pattern_list(fields, "resource", problems, default=ANY)
    patterns = completed_arns(
        resources, problems, negated=negated, variables=variables, identity_based=identity_based
    )
    conditions = tuple(_conditions(fields.get("condition", {}), problems))
    sid, compact = fields.get("sid"), compact_json(fields.get("condition"), problems)
    return Statement(
        index=index,
        sid=intern(sid) if isinstance(sid, str) and sid else None,
        effect=_effect(fields.get("effect"), problems),
        actions=actions,
        resources=GlobSet(patterns, negated) if negated or patterns != ANY else EVERYTHING,
        principals=_principals(fields, problems),
        conditions=conditions,
        conditions_json=compact,
        variables=variables,
        unclear=", ".join(problems),
        written_actions=written,
        written_resources=resources,
        has_placeholders=any("${" in p for p in patterns),
    )


@lru_cache(maxsize=16_384)
def _actions(written: tuple[str, ...], negated: bool) -> tuple[GlobSet, tuple[str, ...]]:  # noqa: FBT001 - as parsed
    """An action element in lower case and as written: most statements list what others do, held once."""
    return GlobSet(tuple(intern(p.lower()) for p in written), negated), tuple(intern(str(p)) for p in written)


def _effect(value: Json, problems: list[str]) -> Effect:
    if value in ("Allow", "Deny"):
        return Effect(value)
    problems.append("effect")
    return Effect.UNCLEAR


def _principals(fields: Mapping[str, Json], problems: list[str]) -> Principals | None:
    given = [n for n in ("principal", "notprincipal") if n in fields]
    if not given:
        return None
    value = fields[given[0]]
    names = principal_names(value)
    if names is None or len(given) > 1:
        problems.append("principal element")
        names = {"aws": ("*",)}
    return Principals(names, negated=given[0] == "notprincipal")


def _conditions(block: Json, problems: list[str]) -> Iterable[Condition]:
    if not isinstance(block, dict):
        problems.append("condition element")
        return
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            problems.append(f"condition operator {operator[:40]}")
            continue
        for key, values in keys.items():
            texts = value_list(values)
            if texts is None:
                problems.append(f"values of condition key {key[:60]}")
            else:
                yield Condition(intern(operator.lower()), intern(key.lower()), texts, intern(key))
