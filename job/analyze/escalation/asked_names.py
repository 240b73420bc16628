"""Names and tags that conditions ask of a principal: whoever makes principals chooses them.

A trust policy of another account, or a guardrail, may speak of principals by `aws:PrincipalArn`,
`aws:username` or `aws:PrincipalTag`, of ones too that do not exist yet.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, product
from math import prod

from job.analyze.condition_sets.asked_values import AskedValues, asked_values
from job.analyze.escalation.free_names import RESERVED_PATHS
from job.analyze.escalation.graph import Edge, Node
from job.analyze.escalation.held import GIVEN, NOT_HELD, Held
from job.analyze.escalation.limits import TAG_VALUES
from job.analyze.escalation.renaming import on_member
from job.analyze.escalation.steps import Step
from job.analyze.evaluation.needs import Need
from job.analyze.evaluation.subject import Level, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.language.context import Context, Overlay, resolve
from job.analyze.language.document import Condition, Policy
from job.analyze.language.globs import GlobSet, UndecidedError, find_word, literal, plain
from job.analyze.principals.asked_of_callers import asks_who
from job.analyze.principals.members import RoleMember
from job.analyze.principals.trust_policy import trust_answer
from job.analyze.principals.world import World

_ARN, _NAME, _TAG = "aws:principalarn", "aws:username", "aws:principaltag/"
_MOST_MIXES = 16

Tags = tuple[tuple[str, str], ...]


def asked_names(step: Step) -> tuple[str, ...]:
    """Patterns of ARNs by which trust policies and guardrails tell principals of the step's account apart."""
    directory, account_id = step.world.directory, step.subject.account_id
    trusting = (*directory.by_account.get(account_id, ()), *directory.anyone)
    policies = dict.fromkeys((*(role.trust for role in trusting), *_guarding(step)))
    return tuple(dict.fromkeys(p for policy in policies for p in _patterns(step, policy)))


def _patterns(step: Step, policy: Policy) -> Iterator[str]:
    if policy.condition_keys.isdisjoint((_ARN, _NAME)):
        return
    for statement in policy.statements:
        for condition in statement.conditions:
            if condition.key in (_ARN, _NAME):
                for value in condition.values:
                    pattern = resolve(value, step.subject.context, variables=statement.variables).pattern
                    if pattern not in (None, "*"):
                        yield _of_user(step, pattern) if condition.key == _NAME else str(pattern)


def _of_user(step: Step, name: str | None) -> str:
    return f"arn:{step.subject.partition}:iam::{step.subject.account_id}:user/{name}"


def acting(step: Step) -> Iterable[Edge]:
    """Whom an account's administrator is as guardrails, and others' trust policies, speak of its principals.

    It makes one of the name and with the tags that are asked for, or enters one that exists.
    """
    yield from acting_under_guardrails(step)
    tried_all = True
    for role in _outside(step):
        found = _let_in(step, role)
        if found is not None:
            yield from _edge(step, found)
        else:
            tried_all &= _are_all_tried(role.trust, step.subject.context)
    if not tried_all:
        yield _some_other(step)


def acting_under_guardrails(step: Step) -> Iterable[Edge]:
    """Whom it is as guardrails speak of its account's principals."""
    policies = _guarding(step)
    for policy in policies:
        for node in _spoken_of(step, policy):
            yield from _edge(step, node)
    if not all(_are_all_tried(policy, step.subject.context) for policy in policies):
        yield _some_other(step)


def as_named(step: Step, names: Iterable[str], policies: Iterable[Policy]) -> Iterable[tuple[Node, Held]]:
    """Whom an account's administrator acts as where policies of data stores tell principals apart.

    Those of its account that they name, by ARN or as sessions, and those whom their conditions ask for.
    """
    nodes = [step.graph.acting(step.subject.account_id, arn) for arn in sorted(_existing(step, names))]
    nodes += [node for policy in policies for node in _spoken_of(step, policy)]
    for node in dict.fromkeys(nodes):
        held = _becoming(step, node)
        if held.certainty is not Certainty.NEVER:
            yield node, held


def _existing(step: Step, names: Iterable[str]) -> Iterable[str]:
    """The ARNs of users and roles that there are; a session is one of its role."""
    sessions = f"arn:{step.subject.partition}:sts::{step.subject.account_id}:assumed-role/"
    users = {user.arn for user in step.entry.users.values()}
    for name in names:
        if name in step.entry.roles or name in users or ":federated-user/" in name:
            yield name
        elif name.startswith(sessions):
            role = name.removeprefix(sessions).partition("/")[0]
            yield from (r.arn for r in step.entry.roles.values() if r.name == role)


def _some_other(step: Step) -> Edge:
    """To whoever has other tags than were tried."""
    anybody = step.graph.administrator(step.subject.account_id, any_name=True)
    return Edge(anybody, Certainty.CONCEIVABLE, (), (), unseen=TAG_VALUES)


def _edge(step: Step, node: Node) -> Iterable[Edge]:
    held = _becoming(step, node)
    if held.certainty is not Certainty.NEVER:
        yield Edge(node, held.certainty, (), (), open_keys=held.open_keys)


def _becoming(step: Step, node: Node) -> Held:
    """Whether the administrator may make the principal, with its tags, or enter the one that there is."""
    kind = node.kind
    users = (user for user in step.entry.users.values() if user.arn == node.name)
    member = step.entry.roles.get(node.name) or next(users, None)
    if isinstance(member, RoleMember) and member.fixed:
        return NOT_HELD
    held, arn = GIVEN, _maker(step, node.name)
    for need in _ENTERED[kind] if member else _MADE[kind]:
        held = held.and_(on_member(step, need, member) if member else step.on(need, arn))
    if ":federated-user/" in node.name:
        held = held.and_(step.on(_TOKEN, node.name))
    for tag in node.changes:
        key, _, value = tag.partition("=")
        told: Overlay = ((f"aws:requesttag/{key}", (value,)),)
        held = held.and_(step.with_tag(_TAGGED[kind], key, partial(_tagging, step, kind, node.name, told)))
    return held


def _tagging(step: Step, kind: str, arn: str, told: Overlay, keys: Overlay) -> Held:
    return step.on(_TAGGED[kind], arn, (*told, *keys))


def _maker(step: Step, arn: str) -> str:
    """The principal itself, or a user that takes the federation token."""
    if ":federated-user/" not in arn:
        return arn
    return _of_user(step, "another-name")


def _need(*actions: str) -> Need:
    return Need(tuple(map(str.lower, actions)), None, actions)


_ENTERED = {
    "role": (_need("iam:UpdateAssumeRolePolicy"),),
    "user": (_need("iam:CreateAccessKey", "iam:UpdateLoginProfile", "iam:CreateLoginProfile"),),
}
_MADE = {
    "role": (_need("iam:CreateRole"),),
    "user": (_need("iam:CreateUser"), _need("iam:CreateAccessKey", "iam:CreateLoginProfile")),
}
_TOKEN = _need("sts:GetFederationToken")
_TAGGED = {"role": _need("iam:TagRole"), "user": _need("iam:TagUser")}


def _guarding(step: Step) -> Sequence[Policy]:
    return guardrails_asking_who(step.world, step.subject)


class _Guarding(dict[tuple[Level, ...], Sequence[Policy]]):
    pass


def guardrails_asking_who(world: World, subject: Subject) -> Sequence[Policy]:
    """The control policies over a principal that ask who somebody is."""
    levels = (*subject.scps, *(() if subject.left else world.policies.rcps(subject.account_id)))
    known = world.kept.of(_Guarding)
    if levels not in known:
        policies = dict.fromkeys(a.policy for level in levels for a in level.attachments)
        known[levels] = [policy for policy in policies if asks_who(policy)]
    return known[levels]


def _spoken_of(step: Step, policy: Policy) -> Iterable[Node]:
    """A principal for each name that a policy tells apart, and one for each mix of tags."""
    account_id = step.subject.account_id
    for pattern in _patterns(step, policy):
        word = _word(step, pattern)
        if word is not None:
            yield step.graph.acting(account_id, word)
    for tags in _tag_mixes(policy, step.subject.context):
        if tags:
            yield step.graph.acting(account_id, step.subject.arn, tags)


def _outside(step: Step) -> Iterable[RoleMember]:
    """The roles of other accounts whose trust policies ask who somebody of this account is."""
    directory, account_id = step.world.directory, step.subject.account_id
    roles = {role.arn: role for role in (*directory.by_account.get(account_id, ()), *directory.anyone)}
    asking = {arn: role for arn, role in roles.items() if asks_who(role.trust)}
    for name in directory.named_from.get(account_id, ()):
        asking |= {role.arn: role for role in directory.by_name.get(name, ())}
    return [role for role in asking.values() if role.account_id != account_id]


def _let_in(step: Step, role: RoleMember) -> Node | None:
    """The principal that the role's trust policy lets in most surely; None for none."""
    best, found = Certainty.NEVER, None
    for arn in _arns(step, role):
        for tags in _tag_mixes(role.trust, step.subject.context):
            node = step.graph.acting(step.subject.account_id, arn, tags)
            answer = trust_answer(step.world, role, step.graph.rights(node).subject).certainty
            answer = answer.both(_becoming(step, node).certainty)
            if answer < best:
                best, found = answer, node
            if best is Certainty.CERTAIN:
                return found
    return found


def _arns(step: Step, role: RoleMember) -> Iterable[str]:
    """The ARNs that the trust policy could mean: those that it names, then one for each pattern, then any."""
    account_id, partition = step.subject.account_id, step.subject.partition
    own = f"arn:{partition}:iam::{account_id}:"
    named = [name for name in step.world.directory.trusted(role.trust).names if name.startswith(own)]
    words = (_word(step, pattern) for pattern in _patterns(step, role.trust))
    return dict.fromkeys((*sorted(named), *(w for w in words if w is not None), step.subject.arn))


def _word(step: Step, pattern: str) -> str | None:
    """An ARN of a role, else of a user or its token, that the pattern matches and that may be made."""
    own, partition = step.subject.account_id, step.subject.partition
    reserved = GlobSet(tuple(f"arn:{partition}:iam::{own}:role/{path}/*" for path in RESERVED_PATHS))
    for kind in ("iam::{}:role/*", "iam::{}:user/*", "sts::{}:federated-user/??*"):
        kinds = (GlobSet((literal(f"arn:{partition}:") + kind.format(own),)),)
        try:
            word = find_word([kinds, (GlobSet((pattern,)),)], (reserved,), step.rights.budget)
        except UndecidedError:
            return None
        if word is not None:
            return plain(word)
    return None


def _tag_mixes(trust: Policy, context: Context) -> Iterable[Tags]:
    """No tags, then mixes of the values that the trust policy's conditions tell apart."""
    asked = _asked_tags(trust, context)
    yield ()
    if asked:
        options = ([(key, value) for value in (*one.named, *one.others)] for key, one in asked.items())
        yield from islice(product(*options), _MOST_MIXES)


def _are_all_tried(trust: Policy, context: Context) -> bool:
    asked = _asked_tags(trust, context).values()
    mixes = prod(len(one.named) + len(one.others) for one in asked)
    return mixes <= _MOST_MIXES and all(one.complete for one in asked)


def _asked_tags(trust: Policy, context: Context) -> Mapping[str, AskedValues]:
    """The values of each tag of a principal that the trust policy's conditions tell apart."""
    asked: dict[str, list[tuple[Condition, Context]]] = {}
    for statement in trust.statements:
        for condition in statement.conditions:
            if condition.key.startswith(_TAG):
                asked.setdefault(condition.key.removeprefix(_TAG), []).append((condition, context))
    return {key: asked_values(conditions) for key, conditions in asked.items()}
