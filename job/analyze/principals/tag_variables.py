"""Policy variables of the caller's own tags and name, and the values with which they name what there is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from job.analyze.language.context import Context
from job.analyze.language.document import Condition, Statement
from job.analyze.principals.members import AccountEntry
from job.snapshot.stores import DataStore

_MOST_VALUES = 8
_OF_RESOURCE = "resourcetag/"

USER_NAME = "aws:username"
"""The variable of a user's name; no tag has such a key."""
SOURCE_IDENTITY = "aws:sourceidentity"
"""The variable of a session's source identity; no tag has such a key."""
_VARIABLE = re.compile(
    r"\$\{\s*(?:aws:principaltag/([^},]+?)|(aws:username)|(aws:sourceidentity))\s*(?:,[^}]*)?\}",
    re.IGNORECASE,
)
_ANY_VARIABLE = re.compile(r"\$\{[^}]*\}")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
_TAG_VALUE = re.compile(r"[\w\s.:/=+@-]{1,256}")


@lru_cache(maxsize=4096)
def tag_variables(text: str) -> tuple[str, ...]:
    """The keys of the caller's tags that a policy value asks for, as written.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return tuple(match.group(1) for match in _VARIABLE.finditer(text) if match.group(1))


@lru_cache(maxsize=4096)
def name_variables(text: str) -> tuple[str, ...]:
    """The variables of the caller's user name in a policy value."""
    return tuple(USER_NAME for match in _VARIABLE.finditer(text) if match.group(2))


@lru_cache(maxsize=4096)
def source_variables(text: str) -> tuple[str, ...]:
    """The variables of the session's source identity in a policy value."""
    return tuple(SOURCE_IDENTITY for match in _VARIABLE.finditer(text) if match.group(3))


def _variables(text: str) -> tuple[str, ...]:
    return (*tag_variables(text), *name_variables(text), *source_variables(text))


class TagValues(NamedTuple):
    """Values of a tag, by its key as written, with which a statement may speak of something that there is.

    Unless `complete`, others may serve better.
    """

    key: str
    values: frozenset[str]
    complete: bool


def _no_stores() -> Iterable[DataStore]:
    return ()


class There(NamedTuple):
    """What there is that variables may speak of: an account, and what is known of the caller.

    `roles` are ARNs of other accounts' roles that matter as well, and `stores` tells of named ones.
    """

    entry: AccountEntry
    context: Context
    roles: Iterable[str] = ()
    stores: Callable[[], Iterable[DataStore]] = _no_stores


def variable_values(
    statement: Statement, variables: Callable[[str], Iterable[str]], there: There
) -> Iterable[TagValues]:
    """What the caller's tags, or its name, would have to say for what a statement's variables ask of them.

    `variables` is `tag_variables`, `name_variables` or `source_variables`. Beside these values any text may
    serve, where what is asked for is of a resource that nobody sees.
    """
    for condition in statement.conditions if statement.variables else ():
        if condition.has_variables:
            for key in (key for value in condition.values for key in variables(value)):
                yield _compared(key, condition, there)
    for pattern in statement.resources.patterns if statement.variables and statement.has_placeholders else ():
        for key in variables(pattern):
            yield _fitting(key, pattern, there)


def _compared(key: str, condition: Condition, there: There) -> TagValues:
    """What users, roles and stores say of theirs, the most frequent of many; what is known anyway."""
    _, is_tag, wanted = condition.key.partition(_OF_RESOURCE)
    if not is_tag:
        known = there.context.lookup(condition.key)
        return TagValues(key, frozenset(known if isinstance(known, tuple) else ()), True)
    everybody = (*there.entry.users.values(), *there.entry.roles.values())
    tags = (*(one.tags for one in everybody), *(one.tags or {} for one in there.stores()))
    values = Counter(v for one in tags for name, v in one.items() if name.lower() == wanted)
    most = frozenset(value for value, _ in values.most_common(_MOST_VALUES))
    return TagValues(key, most, len(most) == len(values))


def _fitting(key: str, pattern: str, there: There) -> TagValues:
    """What names somebody, a policy or a store that there is, or what lies in one."""
    entry = there.entry
    users = (user.arn for user in entry.users.values())
    stores = (f"{one.arn}{inside}" for one in there.stores() for inside in ("", "/x"))
    known = (*users, *entry.roles, *entry.group_arns.values(), *entry.policies, *there.roles, *stores)
    found = sorted(fitting_values(pattern, key, known))
    return TagValues(key, frozenset(found[:_MOST_VALUES]), len(found) <= _MOST_VALUES)


def fitting_values(pattern: str, tag: str, texts: Iterable[str]) -> set[str]:
    """The values of a tag with which a pattern that asks for it matches one of the texts."""
    fits = _capturing(pattern, tag.lower())
    found = (fits.fullmatch(text) for text in texts)
    values = {match.group("tag") for match in found if match is not None}
    return {value for value in values if _TAG_VALUE.fullmatch(value)}


@lru_cache(maxsize=256)
def _capturing(pattern: str, tag: str) -> re.Pattern[str]:
    """The pattern as an expression that takes each wildcard as short as it can: linear, whatever it is.

    Of several values that fit one text the shortest is found.
    """
    parts, seen = list[str](), False
    for text, last in _split(pattern, tag):
        parts.append(_glob(text, last=last))
        if not last:
            parts.append("(?P=tag)" if seen else "(?P<tag>.+?)")
            seen = True
    return re.compile("".join(parts), re.DOTALL)


def _split(pattern: str, tag: str) -> Iterable[tuple[str, bool]]:
    """The parts of a pattern between the tag's variables, and which is the last; others may be any text."""
    position, text = 0, ""
    for match in _ANY_VARIABLE.finditer(pattern):
        text += pattern[position : match.start()]
        position = match.end()
        if [key.lower() for key in _variables(match.group())] == [tag]:
            yield text, False
            text = ""
        else:
            text += "*"
    yield text + pattern[position:], True


def _glob(text: str, *, last: bool) -> str:
    head, *rest = (re.escape(part).replace(r"\?", ".") for part in re.sub(r"\*+", "*", text).split("*"))
    if not rest:
        return head
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return head + between + (f".*{rest[-1]}" if last else f"(?>.*?{rest[-1]})")
