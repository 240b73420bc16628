"""An independent search over every sequence of changes that somebody can make of a small account.

A state is the account as JSON and who is controlled. Each step is one concrete request, answered by the
one-request evaluator in that account; its effect is written into the JSON, and the account is read anew.
Nothing of the closure is used. What can only widen rights (a key, an entry, a further Allow) is done at once;
of all else, every order and choice is tried, until nothing is new or too many states were seen.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from policy_account import account_document
from policy_documents import HOME, NOW, Spec
from policy_organization import organization_document
from policy_partition import AWS
from policy_world import managed_policies
from small_worlds import ADMINISTRATOR, BOUNDED, FULL, FUNCTION, IAM, policy_arn

from job.analyze.language.certainty import Certainty
from job.analyze.principals.administrator import standing_of
from job.analyze.principals.directory import Directory
from job.analyze.principals.world import World
from job.analyze.service_reference.action_table import action_index
from job.analyze.simulate import Answer, Request, permitted
from job.snapshot.parse import parse_account, parse_organization

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from job.analyze.evaluation.subject import Subject

_INDEX = action_index()
_OUTSIDE = "arn:aws:iam::000000000000:root"
_MFA = {
    "aws:MultiFactorAuthPresent": ("true",),
    "aws:MultiFactorAuthAge": ("1",),
    "aws:TokenIssueTime": (NOW,),
}
_PLAIN = {"aws:MultiFactorAuthPresent": ("false",), "aws:TokenIssueTime": (NOW,)}
_TAG_VALUES = ("red", "blue", None)
_TAGGED = {f"tagged {value}": {"aws:PrincipalTag/team": (value,)} for value in _TAG_VALUES if value}
_SESSIONS = {"key": {}, "session": {}, "with MFA": _MFA, "without MFA": _PLAIN, **_TAGGED}
_MAKING_ROOM = 2


class Actor(NamedTuple):
    """A user or role as it acts: by a user's key, or by a session with MFA, without, or with a tag."""

    kind: str
    name: str
    session: str


class Found(NamedTuple):
    """Whether somebody who administers is controlled, by which steps, and else whether all was tried."""

    reached: bool
    steps: tuple[str, ...]
    exhausted: bool


class Step(NamedTuple):
    """Something that was let through: the account afterwards, and whoever is controlled then."""

    label: str
    spec: Spec | None
    gained: Actor | None = None


@dataclass
class Account:
    """One account, as the one-request evaluator answers for it."""

    text: str
    spec: Spec = field(init=False)
    world: World = field(init=False)
    answers: dict[object, bool] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.spec = json.loads(self.text)
        directory = Directory(managed_policies(AWS))
        directory.add(parse_account(HOME, account_document(self.spec, HOME, HOME)))
        organization = parse_organization(organization_document(self.spec, (HOME,)))
        self.world = World(organization, directory, _INDEX)

    @property
    def lets_outsiders_in(self) -> bool:
        """Whether no control policy keeps the principals of other organizations from its roles."""
        return not self.spec["organization"]["rcps"]

    def arn(self, actor: Actor) -> str:
        return f"{IAM}:{actor.kind}/{actor.name}"

    def subject(self, actor: Actor) -> Subject:
        entry = self.world.directory.accounts[HOME]
        member = entry.users[actor.name] if actor.kind == "user" else entry.roles[self.arn(actor)]
        return self.world.subject(member)

    def may(self, actor: Actor, action: str, resource: str, **context: str | None) -> bool:
        """Whether a request is allowed, with what AWS tells of a user or role that it is about."""
        key = (actor, action, resource, tuple(context.items()))
        if key not in self.answers:
            self.answers[key] = self._may(actor, action, resource, context)
        return self.answers[key]

    def leaves(self, actor: Actor, action: str, resource: str, **context: str) -> bool:
        """Whether no statement denies what a resource policy that names the actor allows it."""
        told = dict(_SESSIONS[actor.session]) | {key: (value,) for key, value in context.items()}
        return not self._answer(actor, action, resource, told, frozenset()).denied_by

    def _answer(
        self,
        actor: Actor,
        action: str,
        resource: str,
        told: Mapping[str, tuple[str, ...]],
        absent: frozenset[str],
    ) -> Answer:
        request = Request(
            account_id=HOME,
            user_name=actor.name,
            action=action,
            resource=resource,
            context=told,
            absent=absent,
        )
        return permitted(self.world, self.world.rights(self.subject(actor)), request)

    def _may(self, actor: Actor, action: str, resource: str, context: dict[str, str | None]) -> bool:
        calls_iam = action.startswith("iam:") and action != "iam:PassRole"
        if actor.session == "without MFA" and calls_iam:
            return False  # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
        if not self._speaks_of(actor, action):
            return False
        told = self._told_of(action, resource) | dict(_SESSIONS[actor.session])
        told |= {key: (value,) for key, value in context.items() if value is not None}
        absent = {key for key, value in context.items() if value is None}
        unknown = {"aws:ResourceTag/team", "iam:PermissionsBoundary"} - told.keys()
        return (
            self._answer(actor, action, resource, told, frozenset((*absent, *unknown))).verdict == "allowed"
        )

    def _speaks_of(self, actor: Actor, action: str) -> bool:
        """Whether any Allow of its own could be about the action at all."""
        if action in ("sts:AssumeRole", "sts:GetSessionToken"):
            return True
        patterns = (
            pattern.lower()
            for attachment in self.subject(actor).identity
            for statement in attachment.policy.statements
            for pattern in statement.actions.patterns
        )
        return any(fnmatchcase(action.lower(), pattern) for pattern in patterns)

    def _told_of(self, action: str, resource: str) -> dict[str, tuple[str, ...]]:
        kind, _, name = resource.removeprefix(f"{IAM}:").partition("/")
        one = self.spec.get(f"{kind}s", {}).get(name, {}) if kind in ("user", "role") else {}
        told: dict[str, tuple[str, ...]] = {}
        if one.get("tags"):
            told["aws:ResourceTag/team"] = (one["tags"]["team"],)
        if action in BOUNDED and "boundary" in one:
            told["iam:PermissionsBoundary"] = (policy_arn(one["boundary"]),)
        return told

    def administers(self, actor: Actor) -> bool:
        """Whether it is an administrator as it stands."""
        subject = self.subject(actor)
        context = _SESSIONS[actor.session]
        if context:
            known = {key.lower(): values for key, values in context.items()}
            subject = replace(subject, context=subject.context.having(known))
        if actor.session == "without MFA":
            return False
        return standing_of(self.world, subject).certainty is Certainty.CERTAIN


def search(spec: Spec, start: str, most: int) -> Found:
    """Look from a user's key for somebody who administers, over at most so many states."""
    accounts: dict[str, Account] = {}
    queue: deque[tuple[str, frozenset[Actor], tuple[str, ...]]] = deque()
    queue.append((_text(spec), frozenset((Actor("user", start, "key"),)), ()))
    seen = set[tuple[str, frozenset[Actor]]]()
    while queue:
        text, controlled, steps = queue.popleft()
        text, controlled, steps = _widened(accounts, text, controlled, steps)
        if (text, controlled) in seen:
            continue
        seen.add((text, controlled))
        account = accounts[text]
        if any(account.administers(actor) for actor in controlled):
            return Found(reached=True, steps=steps, exhausted=False)
        if len(seen) >= most:
            return Found(reached=False, steps=(), exhausted=False)
        for actor in sorted(controlled):
            for step in _choices(account, actor):
                more = controlled | {step.gained} if step.gained else controlled
                queue.append((_text(step.spec), more, (*steps, f"{_told(actor)}: {step.label}")))
    return Found(reached=False, steps=(), exhausted=True)


def _text(spec: Spec | None) -> str:
    return json.dumps(spec, sort_keys=True)


def _told(actor: Actor) -> str:
    return f"{actor.name} ({actor.session})"


def _widened(
    accounts: dict[str, Account], text: str, controlled: frozenset[Actor], steps: tuple[str, ...]
) -> tuple[str, frozenset[Actor], tuple[str, ...]]:
    """The state after all that can only widen what is controlled and what it may do."""
    going = True
    while going:
        going = False
        account = accounts.get(text) or accounts.setdefault(text, Account(text))
        if any(account.administers(actor) for actor in controlled):
            break
        for actor in sorted(controlled):
            for step in _gains(account, actor, controlled):
                after = text if step.spec is None else _text(step.spec)
                more = controlled | {step.gained} if step.gained else controlled
                if (after, more) != (text, controlled):
                    text, controlled, going = after, more, True
                    steps = (*steps, f"{_told(actor)}: {step.label}")
                    break
            if going:
                break
    return text, controlled, steps


def _changed(spec: Spec, kind: str, name: str, **values: object) -> Spec:
    """The account with some parts of one user, role, group or policy replaced; None takes a part away."""
    one = {key: value for key, value in {**spec[kind].get(name, {}), **values}.items() if value is not None}
    return {**spec, kind: {**spec[kind], name: one}}


def _gains(account: Account, actor: Actor, controlled: frozenset[Actor]) -> Iterator[Step]:
    """What only widens: entries, and policies that allow everything."""
    spec = account.spec
    yield from _sessions(account, actor)
    for name, role in spec["roles"].items():
        yield from _entries(account, actor, controlled, name, role)
    for name, user in spec["users"].items():
        arn = f"{IAM}:user/{name}"
        if user["keys"] < _MAKING_ROOM and account.may(actor, "iam:CreateAccessKey", arn):
            yield Step(f"make a key of {name}", None, Actor("user", name, "key"))
        if account.may(actor, "iam:EnableMFADevice", arn) and account.may(
            actor, "iam:CreateVirtualMFADevice", f"{IAM}:mfa/{name}"
        ):
            yield Step(f"enrol a device for {name}", _changed(spec, "users", name, device=True))
    yield from _givings(account, actor)


def _givings(account: Account, actor: Actor) -> Iterator[Step]:
    """Policies that allow everything, under every name that is there, so that no Deny of that name stays."""
    spec = account.spec
    for kind, owner in (("users", "User"), ("roles", "Role"), ("groups", "Group")):
        for name, one in spec[kind].items():
            arn = f"{IAM}:{owner.lower()}/{name}"
            if account.may(actor, f"iam:Put{owner}Policy", arn):
                inline = {key: [FULL] for key in (*one["inline"], "given")}
                yield Step(f"put policies on {name}", _changed(spec, kind, name, inline=inline))
            if account.may(actor, f"iam:Attach{owner}Policy", arn, **{"iam:PolicyARN": ADMINISTRATOR}):
                after = _attached(spec, kind, name, ADMINISTRATOR)
                yield Step(f"attach AdministratorAccess to {name}", after)
    for name, policy in spec["policies"].items():
        if account.may(actor, "iam:CreatePolicyVersion", policy_arn(name)):
            versions = {**policy["versions"], "v9": [FULL]}
            yield Step(f"rewrite {name}", _changed(spec, "policies", name, versions=versions, default="v9"))


def _attached(spec: Spec, kind: str, name: str, policy: str) -> Spec:
    attached = sorted({*spec[kind][name].get("attached", []), policy})
    return _changed(spec, kind, name, attached=attached)


def _sessions(account: Account, actor: Actor) -> Iterator[Step]:
    if actor.kind == "user" and actor.session == "key" and account.may(actor, "sts:GetSessionToken", "*"):
        yield Step("open a session without MFA", None, replace_session(actor, "without MFA"))
        if account.spec["users"][actor.name].get("device"):
            yield Step("open a session with MFA", None, replace_session(actor, "with MFA"))


def _trusting(arns: list[str]) -> Spec:
    return {"Effect": "Allow", "Principal": {"AWS": arns}, "Action": ["sts:AssumeRole", "sts:TagSession"]}


def _named(role: Spec) -> list[str]:
    """Whom a trust policy names that was rewritten."""
    return role["trust"]["Principal"]["AWS"] if isinstance(role["trust"], dict) else []


def replace_session(actor: Actor, session: str) -> Actor:
    """The same user by another session."""
    return Actor(actor.kind, actor.name, session)


def _entries(
    account: Account, actor: Actor, controlled: frozenset[Actor], name: str, role: Spec
) -> Iterator[Step]:
    arn, session = f"{IAM}:role/{name}", Actor("role", name, "session")
    if actor != session and account.may(actor, "sts:AssumeRole", arn, **_OPENING):
        yield Step(f"assume {name}", None, session)
    if account.may(actor, "iam:UpdateAssumeRolePolicy", arn):
        named = sorted({*_named(role), *map(account.arn, controlled), _OUTSIDE})
        yield Step(f"open {name}", _changed(account.spec, "roles", name, trust=_trusting(named)))
    if account.lets_outsiders_in and _OUTSIDE in _named(role):
        yield Step(f"assume {name} from an account outside", None, session)
        for tagged in _TAGGED:
            yield Step(f"assume {name} from an account outside, {tagged}", None, Actor("role", name, tagged))
    elif account.arn(actor) in _named(role) and account.may(actor, "sts:AssumeRole", arn, **_OPENING):
        for value in filter(None, _TAG_VALUES):
            if account.leaves(actor, "sts:TagSession", arn, **{"aws:RequestTag/team": value}):
                yield Step(f"assume {name}, tagged {value}", None, Actor("role", name, f"tagged {value}"))
    if role["trust"] == "lambda.amazonaws.com" and (
        account.may(actor, "iam:PassRole", arn, **{"iam:PassedToService": "lambda.amazonaws.com"})
        and account.may(actor, "lambda:CreateFunction", FUNCTION)
        and account.may(actor, "lambda:InvokeFunction", FUNCTION)
    ):
        yield Step(f"pass {name} to a function", None, session)


_OPENING: dict[str, str | None] = {
    "sts:RoleSessionName": "session",
    "sts:SourceIdentity": None,
    "sts:ExternalId": None,
}


def _choices(account: Account, actor: Actor) -> Iterator[Step]:
    """What may also take something away, or shut out something else."""
    for kind, owner in (("users", "User"), ("roles", "Role"), ("groups", "Group")):
        for name, one in account.spec[kind].items():
            arn = f"{IAM}:{owner.lower()}/{name}"
            yield from _taken(account, actor, kind, owner, name)
            for policy in account.spec["policies"]:
                if policy not in one.get("attached", []) and account.may(
                    actor, f"iam:Attach{owner}Policy", arn, **{"iam:PolicyARN": policy_arn(policy)}
                ):
                    yield Step(f"attach {policy} to {name}", _attached(account.spec, kind, name, policy))
            if owner != "Group":
                yield from _bounded(account, actor, kind, owner, name)
                yield from _tagged(account, actor, kind, owner, name)
    yield from _grouped(account, actor)
    yield from _made(account, actor)
    for name, policy in account.spec["policies"].items():
        if account.may(actor, "iam:SetDefaultPolicyVersion", policy_arn(name)):
            for version in policy["versions"]:
                if version != policy["default"]:
                    after = _changed(account.spec, "policies", name, default=version)
                    yield Step(f"set {name} to {version}", after)


def _taken(account: Account, actor: Actor, kind: str, owner: str, name: str) -> Iterator[Step]:
    one, arn = account.spec[kind][name], f"{IAM}:{owner.lower()}/{name}"
    if account.may(actor, f"iam:Delete{owner}Policy", arn):
        for policy in one["inline"]:
            inline = {key: value for key, value in one["inline"].items() if key != policy}
            yield Step(f"delete {policy} of {name}", _changed(account.spec, kind, name, inline=inline))
    for policy in one.get("attached", []):
        if account.may(actor, f"iam:Detach{owner}Policy", arn, **{"iam:PolicyARN": policy_arn(policy)}):
            attached = [other for other in one["attached"] if other != policy]
            yield Step(f"detach {policy} from {name}", _changed(account.spec, kind, name, attached=attached))


def _bounded(account: Account, actor: Actor, kind: str, owner: str, name: str) -> Iterator[Step]:
    one, arn = account.spec[kind][name], f"{IAM}:{owner.lower()}/{name}"
    if "boundary" in one and account.may(actor, f"iam:Delete{owner}PermissionsBoundary", arn):
        yield Step(f"take the boundary off {name}", _changed(account.spec, kind, name, boundary=None))
    for policy in (ADMINISTRATOR, *account.spec["policies"]):
        if one.get("boundary") != policy and account.may(
            actor,
            f"iam:Put{owner}PermissionsBoundary",
            arn,
            **{"iam:PermissionsBoundary": policy_arn(policy)},
        ):
            yield Step(
                f"put {policy} as the boundary of {name}", _changed(account.spec, kind, name, boundary=policy)
            )


def _tagged(account: Account, actor: Actor, kind: str, owner: str, name: str) -> Iterator[Step]:
    one, arn = account.spec[kind][name], f"{IAM}:{owner.lower()}/{name}"
    for value in _TAG_VALUES:
        if value == one.get("tags", {}).get("team"):
            continue
        action = f"iam:Untag{owner}" if value is None else f"iam:Tag{owner}"
        told = {"aws:TagKeys": "team", "aws:RequestTag/team": value}
        if account.may(actor, action, arn, **told):
            tags = {"team": value} if value else None
            yield Step(f"tag {name} {value}", _changed(account.spec, kind, name, tags=tags))


def _grouped(account: Account, actor: Actor) -> Iterator[Step]:
    for group in account.spec["groups"]:
        arn = f"{IAM}:group/{group}"
        for name, user in account.spec["users"].items():
            inside = group in user["groups"]
            if account.may(actor, f"iam:{'RemoveUserFromGroup' if inside else 'AddUserToGroup'}", arn):
                groups = sorted({*user["groups"]} ^ {group})
                yield Step(
                    f"{'take' if inside else 'put'} {name} {'from' if inside else 'into'} {group}",
                    _changed(account.spec, "users", name, groups=groups),
                )


def _made(account: Account, actor: Actor) -> Iterator[Step]:
    """A new user or role, with or without a boundary; a role opens to an account outside."""
    for boundary in (None, *account.spec["policies"]):
        told = {"iam:PermissionsBoundary": None if boundary is None else policy_arn(boundary)}
        told |= {"aws:RequestTag/team": None, "aws:TagKeys": None}
        fresh: Spec = {"inline": {}, "attached": [], **({"boundary": boundary} if boundary else {})}
        for kind, owner in (("users", "User"), ("roles", "Role")):
            arn = f"{IAM}:{owner.lower()}/new"
            if "new" not in account.spec[kind] and account.may(actor, f"iam:Create{owner}", arn, **told):
                trust = _trusting([account.arn(actor), _OUTSIDE])
                more = {"keys": 0, "groups": []} if kind == "users" else {"trust": trust}
                after = _changed(account.spec, kind, "new", **fresh, **more)
                yield Step(f"make a {owner.lower()} under {boundary}", after)
