"""What a statement asks of those who call: their tags, their session and its name, its source identity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from job.analyze.language.conditions import evaluate_one
from job.analyze.language.context import Context, variable_names
from job.analyze.language.document import Condition, Effect, Policy, Statement

ISSUED = "aws:tokenissuetime"
OF_SESSIONS = ("aws:principalarn", "aws:principaltype", "aws:userid", "aws:username", ISSUED)
"""Keys in which the sessions that a user opens of itself differ from its access key."""
OF_COMPUTE = (
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:federatedprovider",
    "aws:sourceinstancearn",
    "ec2:roledelivery",
    "ec2:sourceinstancearn",
    "glue:credentialissuingservice",
    "glue:roleassumedby",
    "lambda:sourcefunctionarn",
    "ssm:sourceinstancearn",
)
"""Keys that a service puts into the sessions that it hands out, and that no other session has."""
OF_CALLERS = ("aws:principaltag/", "aws:sourceidentity", *OF_SESSIONS, *OF_COMPUTE)
"""Keys, and a family, whose values callers may choose of themselves or of their sessions."""
VIA_SERVICE = "aws:viaawsservice"
CALLED_VIA = ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast")
THROUGH_SERVICES = frozenset((VIA_SERVICE, *CALLED_VIA))
"""Keys by which a statement tells a caller's own requests from those that a service makes for it."""


@dataclass(frozen=True, slots=True)
class AskedOfCallers:
    """What a statement asks of its callers; `unclear` if not all of it was understood."""

    denies: bool
    conditions: tuple[Condition, ...]
    variables: bool
    unclear: bool

    @classmethod
    def of(cls, statement: Statement) -> AskedOfCallers:
        """What any statement asks."""
        denies = statement.effect is not Effect.ALLOW
        return cls(denies, statement.conditions, statement.variables, bool(statement.unclear))


def asks_who(policy: Policy) -> bool:
    """Whether conditions of a policy tell callers apart by name or by tags."""
    keys = policy.condition_keys
    return any(
        key in ("aws:principalarn", "aws:username") or key.startswith("aws:principaltag/") for key in keys
    )


def asked_of_callers(statement: Statement) -> AskedOfCallers | None:
    """What a statement asks of callers; None for nothing that they choose."""
    asked = AskedOfCallers.of(statement)
    named = tuple(_federated_names(statement))
    if named:
        asked = replace(asked, conditions=(*asked.conditions, _called(named)))
    keys = {c.key for c in asked.conditions}
    chosen = any(key.startswith(OF_CALLERS) for key in keys) or not keys.isdisjoint(THROUGH_SERVICES)
    return asked if chosen or spares_sessions(statement) else None


def _federated_names(statement: Statement) -> Iterable[str]:
    """The sessions by a federation token that a principal element names: whoever opens one names it."""
    listed = statement.principals.names.get("aws", ()) if statement.principals else ()
    return (name for name in listed if ":federated-user/" in name)


def _called(names: tuple[str, ...]) -> Condition:
    return Condition("stringequals", "aws:principalarn", names, "aws:PrincipalArn")


def keys_in(asked: AskedOfCallers) -> Iterable[str]:
    """The keys that it asks for, in conditions and their variables."""
    for condition in asked.conditions:
        yield condition.key
        if asked.variables:
            yield from (name for value in condition.values for name in variable_names(value))


MFA_PRESENT = "aws:multifactorauthpresent"
_LONG_TERM = Context({}, frozenset((MFA_PRESENT,)))
_SESSION = Context({MFA_PRESENT: ("false",)})


def spares_sessions(statement: Statement) -> bool:
    """Whether it is better to a session that was opened without MFA than to a long-term key.

    Requests of the session say that there was no MFA; those of the key do not speak of it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
    """
    asked = [c for c in statement.conditions if c.key == MFA_PRESENT]
    pairs = (
        [evaluate_one(c, one, variables=False).certainty for one in (_SESSION, _LONG_TERM)] for c in asked
    )
    allows = statement.effect is Effect.ALLOW
    return any(session < key if allows else session > key for session, key in pairs)
