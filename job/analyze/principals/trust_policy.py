"""What a role's trust policy by itself says of a caller: whom it names, and on which conditions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from dataclasses import dataclass

from job.analyze.evaluation.aws_rules import ASSUME_ROLE
from job.analyze.evaluation.rights import keys_asked
from job.analyze.evaluation.subject import Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.conditions import evaluate
from job.analyze.language.context import Context, Lookup, Overlay, merged, resource_tags
from job.analyze.language.document import Effect, Policy, Statement
from job.analyze.principals.members import RoleMember
from job.analyze.principals.principal_element import Naming, named
from job.analyze.principals.world import World

_NO_TAGS: Overlay = (("aws:resourcetag/", ()), ("iam:resourcetag/", ()))


@dataclass(frozen=True, slots=True)
class TrustAnswer:
    """The answer at its best; `named` says how the policy speaks of the caller."""

    certainty: Certainty
    named: Naming
    statement: Statement | None
    open_keys: frozenset[str]


_REFUSED = TrustAnswer(Certainty.NEVER, named=Naming.NOT, statement=None, open_keys=frozenset())


def role_overlay(world: World, role: RoleMember) -> Overlay:
    """What a request's context says of a role as the resource."""
    known = world.kept.of(_Overlays)
    found = known.get(role)
    if found is None:
        told = merged(world.resource_overlay(role.account_id), _NO_TAGS, resource_tags(role.tags))
        found = known[role] = told
    return found


class _Overlays(dict[RoleMember, Overlay]):
    pass


def trust_answer(
    world: World, role: RoleMember, subject: Subject, told: Overlay = (), action: str = ASSUME_ROLE
) -> TrustAnswer:
    """What the trust policy of a role says of a caller, with what the request tells.

    It is the same for all whom the policy names alike and whose requests have the same values of its keys.
    """
    depends = _depends_on(world, role.trust)
    context = subject.context
    if depends.keys:
        given = merged(role_overlay(world, role), told)
        context = context.about(depends.keys).told(tuple(one for one in given if depends.asks(one[0])))
    caller = subject if depends.may_name(subject) else subject.account_id
    key = (role.trust, action, caller, tuple(map(context.lookup, depends.keys)))
    known = world.kept.of(_Answers)
    found = known.get(key)
    if found is None:
        found = known[key] = answer_in(role.trust, subject, context, action)
    return found


class _Answers(dict[tuple[Policy, str, Subject | str, tuple[Lookup, ...]], TrustAnswer]):
    pass


@dataclass(frozen=True, slots=True)
class _DependsOn:
    """What a trust policy's answers depend on: the names in it, and its conditions' keys and variables."""

    names: frozenset[str]
    sessions: bool
    keys: frozenset[str]

    def may_name(self, subject: Subject) -> bool:
        """Whether it may speak of somebody itself."""
        itself = subject.arn in self.names or subject.unique_id in self.names
        return itself or (self.sessions and subject.kind == "role")

    def asks(self, key: str) -> bool:
        """Whether a key, or some of a family (`…/`), is asked for."""
        return key in self.keys or (key.endswith("/") and any(one.startswith(key) for one in self.keys))


class _AllDependsOn(dict[Policy, _DependsOn]):
    pass


def _depends_on(world: World, trust: Policy) -> _DependsOn:
    known = world.kept.of(_AllDependsOn)
    found = known.get(trust)
    if found is None:
        listed = (s.principals.names.get("aws", ()) for s in trust.statements if s.principals)
        names = frozenset(name for one in listed for name in one)
        sessions = any(":assumed-role/" in name for name in names)
        keys = frozenset(key for s in trust.statements for key in keys_asked(s))
        found = known[trust] = _DependsOn(names, sessions, keys)
    return found


def answer_in(trust: Policy, subject: Subject, context: Context, action: str = ASSUME_ROLE) -> TrustAnswer:
    """The trust policy's own answer, at its best: named before account, certain before open."""
    allowed, denied, keys = list[tuple[Certainty, int, Statement]](), Certainty.NEVER, frozenset[str]()
    for statement in trust.statements:
        naming, truth, open_keys = _applies(statement, subject, context, action)
        if naming is Naming.NOT or truth is Certainty.NEVER:
            continue
        keys |= open_keys
        if statement.effect is not Effect.DENY:
            allowed.append((truth, -naming, statement))
        if statement.effect is not Effect.ALLOW:
            denied = min(denied, truth)
    if not allowed or denied is Certainty.CERTAIN:
        return _REFUSED
    certainty, closeness, statement = min(allowed, key=lambda a: a[:2])
    floor = Certainty.CERTAIN if denied is Certainty.NEVER else denied
    return TrustAnswer(certainty.both(floor), Naming(-closeness), statement, keys)


def _applies(
    statement: Statement, subject: Subject, context: Context, action: str
) -> tuple[Naming, Certainty, frozenset[str]]:
    if action not in statement.actions:
        return Naming.NOT, Certainty.NEVER, frozenset()
    if statement.unclear:
        return Naming.ACCOUNT, Certainty.CONCEIVABLE, frozenset()
    naming, sure = named(statement.principals, subject, statement.effect)
    if naming is Naming.NOT:
        return Naming.NOT, Certainty.NEVER, frozenset()
    outcome = evaluate(statement.conditions, context, variables=statement.variables)
    truth = outcome.certainty if sure else outcome.certainty.both(Certainty.POSSIBLE)
    return naming, truth, outcome.open_keys
