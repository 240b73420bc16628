"""Trust policies that have a tag of the caller be like one of the role: what the role's asks of the caller's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/introduction_attribute-based-access-control.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from job.analyze.language.document import Condition, Policy, Statement
from job.analyze.principals.asked_of_callers import AskedOfCallers
from job.analyze.principals.members import RoleMember
from job.analyze.principals.resource_tags import RESOURCE_VARIABLE
from job.analyze.principals.tag_variables import fitting_values, tag_variables

_PRINCIPAL_TAG, _OF_RESOURCE = "aws:principaltag/", "resourcetag/"


@lru_cache(maxsize=4096)
def comparing_tags(trust: Policy) -> tuple[Statement, ...]:
    """The statements with conditions on tags of the role, or of the caller, that have variables."""
    return tuple(s for s in trust.statements if any(_of_tags(s)))


def asked_by_tags_of(role: RoleMember) -> Iterable[AskedOfCallers]:
    """What the statements ask with the role's tags in the place of variables, or of the key."""
    tags = {key.lower(): value for key, value in role.tags.items()}
    for statement in comparing_tags(role.trust) if tags else ():
        told = tuple(one for c in _of_tags(statement) for one in _told(c, tags))
        if told:
            yield replace(AskedOfCallers.of(statement), conditions=told)


def _of_tags(statement: Statement) -> Iterable[Condition]:
    listed = statement.conditions if statement.variables else ()
    return (c for c in listed if c.has_variables and (_OF_RESOURCE in c.key or _PRINCIPAL_TAG in c.key))


def _told(condition: Condition, tags: Mapping[str, str]) -> Iterable[Condition]:
    """The condition as one on tags of the caller alone."""
    _, is_of_role, wanted = condition.key.partition(_OF_RESOURCE)
    for value in condition.values:
        if is_of_role and wanted in tags:
            for key in tag_variables(value):
                for fitting in sorted(fitting_values(value, key, (tags[wanted],))):
                    yield Condition(
                        condition.operator,
                        _PRINCIPAL_TAG + key.lower(),
                        (fitting,),
                        f"aws:PrincipalTag/{key}",
                    )
        elif condition.key.startswith(_PRINCIPAL_TAG):
            filled_in = RESOURCE_VARIABLE.sub(lambda match: tags.get(match[1].lower(), match[0]), value)
            if filled_in != value:
                yield replace(condition, values=(filled_in,))
