"""Trust policies that have a tag of the caller be like one of the role: what the role's asks of the caller's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/introduction_attribute-based-access-control.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from job.analyze.language.document import Condition, Policy, Statement
from job.analyze.principals.asked_of_callers import AskedOfCallers
from job.analyze.principals.members import RoleMember
from job.analyze.principals.resource_tags import RESOURCE_VARIABLE
from job.analyze.principals.tag_variables import fitting_values, tag_variables

_PRINCIPAL_TAG, _OF_RESOURCE = "aws:principaltag/", "resourcetag/"


def compares_tags(trust: Policy) -> bool:
    """Whether conditions on tags of the role have variables of the caller's."""
    if not any(_OF_RESOURCE in key for key in trust.condition_keys):
        return False
    return any(_OF_RESOURCE in c.key for s in trust.statements for c in _with_variables(s))


def asked_by_tags_of(role: RoleMember) -> Iterable[AskedOfCallers]:
    """What the statements ask with the role's tags in the place of variables, or of the key."""
    tags = {key.lower(): value for key, value in role.tags.items()}
    for statement in role.trust.statements if tags else ():
        told = tuple(one for c in _with_variables(statement) for one in _told(c, tags))
        if told:
            yield replace(AskedOfCallers.of(statement), conditions=told)


def _with_variables(statement: Statement) -> Iterable[Condition]:
    return (c for c in statement.conditions if c.has_variables) if statement.variables else ()


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
