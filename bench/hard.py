"""Organizations as hard as IAM's size limits permit: any user who may write a policy can make one.

Each maker gives an organization of two accounts: the management account with a bystander, an administrator
whom nothing narrows, and a member account with the hard users. The report must come all the same, with a row
for each key. Some patterns have wildcards before the colon, which IAM refuses today: a snapshot is a file,
and may hold them.

Limits: 6,144 characters a managed policy, 10 attached; inline 2,048 for a user, 5,120 for a group, 10,240 for
a role, all without white space; 5,120 for an SCP, 5 a target.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import product

from bench.hard_organization import (
    AWS_NAMES,
    AWS_POLICY,
    CONTROL,
    GROUP_INLINE,
    INNER_UNIT_ID,
    MANAGED,
    MEMBER,
    MOST_CONTROL_POLICIES,
    ROLE_INLINE,
    ROOT_ID,
    UNIT_ID,
    USER_INLINE,
    Hard,
    size,
)
from bench.policies import Document, document, statement

_SERVICES = ("s3", "ec2", "iam", "sqs", "sns", "kms", "rds", "ssm", "ecr", "eks", "ecs", "sts")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def with_patterns(effect: str, element: str, **rest: object) -> Callable[[list[str]], Document]:
    """A policy of one statement whose `element` (Action, NotResource, ...) is a list of patterns."""
    return lambda patterns: document({"Effect": effect, element: patterns, **rest})


def fitting(make: Callable[[list[str]], Document], patterns: Iterable[str], most: int) -> list[str]:
    """The first patterns, as many as fit into the policy."""
    taken: list[str] = []
    left = most - size(make([]))
    for pattern in patterns:
        left -= len(json.dumps(pattern)) + 1
        if left < 0:
            break
        taken.append(pattern)
    return taken


def filled(make: Callable[[list[str]], Document], patterns: Iterable[str], most: int = MANAGED) -> Document:
    """The policy with as many of the patterns as fit."""
    return make(fitting(make, patterns, most))


def administrator_under(boundary: str) -> Hard:
    """AdministratorAccess under an AWS managed policy as the boundary: thousands of patterns."""
    return Hard(
        name=f"AdministratorAccess under {boundary}",
        attached=(f"{AWS_POLICY}AdministratorAccess",),
        boundary=AWS_POLICY + boundary,
    )


def power_user_beside_seven() -> Hard:
    """PowerUserAccess beside everything that it leaves out, by seven other policies."""
    account = {"account": document(statement("Allow", "account:*", "*"))}
    rest = [name for name in AWS_NAMES if name not in {"AdministratorAccess", "PowerUserAccess"}]
    return Hard(
        name="PowerUserAccess beside seven others",
        attached=(*(AWS_POLICY + name for name in ("PowerUserAccess", *rest)), "account"),
        managed=account,
    )


def _prefixes(star: str = "*") -> Iterator[str]:
    for first, second, service in product(_LETTERS, _LETTERS, _SERVICES):
        yield f"{service}:{first}{second}{star}"


def not_action_beside_action() -> Hard:
    """Allow NotAction of 600 patterns beside Allow Action of the same: together everything."""
    others = with_patterns("Allow", "NotAction", Resource="*")
    patterns = fitting(others, (each.replace(":", ":*") for each in _prefixes()), MANAGED)
    return Hard(
        name="NotAction beside Action of the same",
        attached=("these", "others"),
        managed={"these": document(statement("Allow", patterns, "*")), "others": others(patterns)},
    )


def _starred(length: int, offset: int) -> str:
    """`*a*b*c*`, another for each offset."""
    letters = (_LETTERS[(offset * (place + 1) + place * place) % 26] for place in range(length))
    return f"*{'*'.join(letters)}*"


def many_stars_in_actions() -> Hard:
    """Actions of up to twenty stars each, allowed and denied, in nine policies."""
    stars = [f"{_SERVICES[n % 12]}:{_starred(3 + n % 18, n)}" for n in range(900)]
    free = [_starred(2 + n % 9, n) for n in range(900)]
    managed = {
        f"stars-{n}": filled(
            with_patterns("Deny" if n % 3 == 2 else "Allow", "Action", Resource="*"),
            (free if n % 2 else stars)[n * 17 :],
        )
        for n in range(9)
    }
    return Hard(
        name="many stars in actions",
        attached=(f"{AWS_POLICY}AdministratorAccess", *managed),
        managed=managed,
    )


def question_marks_in_actions() -> Hard:
    """`?*?*?` before and after the colon, so that any service may be meant, with a boundary alike."""
    marks = [
        f"{'?*' * (1 + n % 7)}{_LETTERS[n % 26]}{'?*' * (n % 5)}:{'?*?' * (1 + n % 6)}*" for n in range(400)
    ]
    plain = [f"{'?' * (1 + n % 12)}:{'?' * (3 + n % 23)}{'*' * (n % 2)}" for n in range(400)]
    return Hard(
        name="question marks in actions",
        attached=("marks", "plain", f"{AWS_POLICY}PowerUserAccess"),
        boundary="boundary",
        managed={
            "marks": filled(with_patterns("Allow", "Action", Resource="*"), marks),
            "plain": filled(with_patterns("Deny", "Action", Resource="arn:*"), plain),
            "boundary": filled(with_patterns("Allow", "NotAction", Resource="*"), marks[::-1]),
        },
    )


def not_in_guardrails() -> Hard:
    """NotAction and NotResource of hundreds of patterns in five SCPs at each level and in a boundary."""
    levels = (ROOT_ID, UNIT_ID, INNER_UNIT_ID, MEMBER)
    boundary = with_patterns("Allow", "NotAction", NotResource=["arn:aws:s3:::*a*b*"])
    return Hard(
        name="NotAction and NotResource in SCPs and boundary",
        attached=(f"{AWS_POLICY}AdministratorAccess", f"{AWS_POLICY}ReadOnlyAccess"),
        boundary="boundary",
        managed={"boundary": filled(boundary, _prefixes("*?"))},
        scps={
            target: [_guard(level, serial) for serial in range(MOST_CONTROL_POLICIES)]
            for level, target in enumerate(levels)
        },
    )


def _guard(level: int, serial: int) -> Document:
    """One SCP: what the level allows at all, or a Deny of all but its patterns."""
    patterns = list(_prefixes())[level * 401 + serial * 83 :]
    if serial == 0:
        return filled(with_patterns("Allow", "NotAction", Resource="*"), patterns, CONTROL)
    return filled(
        with_patterns(
            "Deny",
            "NotResource",
            NotAction=patterns[:200],
            Condition={"StringNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/*{level}*{serial}*"}},
        ),
        (f"arn:aws:*:*:*:{_starred(2 + n % 5, n + level)}/{serial}*" for n in range(200)),
        CONTROL,
    )


def _keys(number: int) -> Iterator[tuple[str, str, str, object]]:
    """Condition keys of many kinds: operator, its contrary, key, value."""
    kinds: tuple[tuple[str, str, str, object], ...] = (
        ("StringEquals", "StringNotEquals", "aws:RequestTag/t{}", ["a{}", "b"]),
        ("StringLike", "StringNotLike", "aws:ResourceTag/t{}", ["*a*{}*", "?b*"]),
        ("NumericLessThan", "NumericGreaterThanEquals", "s3:max-keys-{}", "{}0"),
        ("DateLessThan", "DateGreaterThanEquals", "ec2:date-{}", "2027-01-01T00:00:{:02d}Z"),
        ("IpAddress", "NotIpAddress", "ec2:address-{}", ["10.{}.0.0/16", "192.0.2.0/24"]),
        ("ArnLike", "ArnNotLike", "aws:SourceArn{}", "arn:aws:*:*:*:*{}*"),
        ("ForAnyValue:StringLike", "ForAllValues:StringNotLike", "aws:TagKeys{}", ["x{}*", "*y"]),
        ("Bool", "Bool", "ec2:flag-{}", "true"),
        ("Null", "Null", "aws:PrincipalTag/p{}", "false"),
    )
    for place in range(number):
        operator, contrary, key, value = kinds[place % len(kinds)]
        values = (
            [each.format(place) for each in value] if isinstance(value, list) else str(value).format(place)
        )
        yield operator, contrary, key.format(place), values


def _block(
    keys: Iterable[tuple[str, str, str, object]], *, contrary: bool = False
) -> dict[str, dict[str, object]]:
    block: dict[str, dict[str, object]] = {}
    for operator, other, key, value in keys:
        block.setdefault(other if contrary else operator, {})[key] = value
    return block


def condition_keys_in_one_statement() -> Hard:
    """25 condition keys in one Allow, and the same the other way round in Denies of data and IAM."""
    keys = list(_keys(25))
    return Hard(
        name="25 condition keys in one statement",
        attached=("allow", "deny"),
        managed={
            "allow": document(statement("Allow", "*", "*", Condition=_block(keys))),
            "deny": document(
                statement("Deny", ["iam:*", "s3:*"], "*", Condition=_block(keys[::2], contrary=True)),
                statement("Deny", ["sts:*", "rds:*"], "*", Condition=_block(keys[1::2])),
            ),
        },
    )


def condition_keys_over_statements() -> Hard:
    """25 keys, each in an Allow and a Deny of its own and in pairs: 2^25 cases if they were told apart."""
    keys = list(_keys(25))
    alone = [statement("Deny", "*", "*", Condition=_block([key], contrary=True)) for key in keys]
    pairs = [
        statement("Allow", "*", "*", Condition=_block([keys[n], keys[(n * 7 + 3) % 25]])) for n in range(25)
    ]
    others = [
        statement("Deny", ["s3:*", "iam:Put*"], "*", Condition=_block(keys[n : n + 4]))
        for n in range(0, 22, 2)
    ]
    return Hard(
        name="25 condition keys over statements",
        attached=("alone", "pairs", "others", f"{AWS_POLICY}PowerUserAccess"),
        managed={"alone": document(*alone), "pairs": document(*pairs), "others": document(*others)},
    )


def near_identical_resources() -> Hard:
    """Two thousand resource patterns that differ in one place, allowed and denied in ten policies."""
    managed = {
        f"near-{serial}": filled(
            with_patterns(
                "Deny" if serial % 5 in {1, 3} else "Allow", "Resource", Action=["s3:Get*", "s3:List*"]
            ),
            [f"arn:aws:s3:::b{n % 10}*{n:03x}*{serial}/*" for n in range(400)],
        )
        for serial in range(10)
    }
    return Hard(name="near-identical resources", attached=tuple(managed), managed=managed)


def nested_prefixes() -> Hard:
    """Prefixes within prefixes, allowed and denied in turn, each a letter longer, with stars between."""
    prefixes = [f"arn:aws:s3:::{'ab' * n}*" for n in range(1, 60)]
    starred = [f"arn:aws:s3:::*{'a*' * n}" for n in range(1, 80)]
    allow, deny = (with_patterns(effect, "Resource", Action="s3:*") for effect in ("Allow", "Deny"))
    return Hard(
        name="nested prefixes",
        attached=("allow", "deny", "stars", "not-stars", f"{AWS_POLICY}PowerUserAccess"),
        managed={
            "allow": filled(allow, prefixes[::2]),
            "deny": filled(deny, prefixes[1::2]),
            "stars": filled(deny, starred[3::2]),
            "not-stars": filled(
                with_patterns("Allow", "NotResource", Action=["s3:*", "dynamodb:*"]), starred[::2]
            ),
        },
    )


def deny_not_resource() -> Hard:
    """An administrator denied everything but 200 globs, three times over with other globs."""
    managed = {
        f"deny-{serial}": filled(
            with_patterns("Deny", "NotResource", Action="*"),
            [f"arn:aws:*:*:*:*{_LETTERS[n % 26]}*{(n * 7 + serial) % 100}*" for n in range(200)],
        )
        for serial in range(3)
    }
    return Hard(
        name="Deny of all but 200 globs",
        attached=(f"{AWS_POLICY}AdministratorAccess", *managed),
        managed=managed,
    )


def alternating_marks_in_resources() -> Hard:
    """`?*?*` in the resources of role changes and role entries, with roles and trusts to match."""
    marks = [f"arn:aws:iam::*:role/{'?*' * (n % 40)}{_LETTERS[n % 26]}{'*?' * (n % 23)}" for n in range(300)]
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{MEMBER}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::*:user/{'?*' * n}d" for n in range(1, 30)]}
            },
        }
    )
    actions = ["sts:AssumeRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:PassRole"]
    allow = with_patterns("Allow", "Resource", Action=actions)
    step = filled(allow, marks[100:], ROLE_INLINE)
    return Hard(
        name="alternating marks in resources",
        attached=("allow", "deny"),
        managed={
            "allow": filled(allow, marks),
            "deny": filled(with_patterns("Deny", "NotResource", Action=actions[1:]), marks[::-1]),
        },
        roles={f"role-{n}-{'ab' * n}": (trust, {"step": step}) for n in range(20)},
    )


def everything_full() -> Hard:
    """Ten groups of 5,120 characters, ten policies of 6,144 and a full inline policy, for four users."""
    patterns = list(_prefixes("*e*"))
    return Hard(
        name="every policy full",
        attached=tuple(f"full-{n}" for n in range(10)),
        managed={f"full-{n}": filled(_mixed(n), patterns[n * 311 :] + patterns) for n in range(10)},
        groups={
            f"group-{n}": {"full": filled(_mixed(n + 1), patterns[n * 173 + 7 :] + patterns, GROUP_INLINE)}
            for n in range(10)
        },
        inline={"full": filled(_mixed(3), patterns[5::13], USER_INLINE)},
        users=("hard", "harder", "ab-hard", "hard-2"),
    )


def _mixed(serial: int) -> Callable[[list[str]], Document]:
    """Every fourth denies, every second names resources by the user's name, every third asks for a tag."""
    own = ["*", f"arn:aws:*:*:*:*{serial}*${{aws:username}}*"]
    condition = {"Condition": {"StringLike": {"aws:PrincipalTag/team": f"*{serial}*"}}}
    return with_patterns(
        "Deny" if serial % 4 == 3 else "Allow",
        "Action",
        Resource=own[serial % 2],
        **({} if serial % 3 else condition),
    )


HARD_ORGANIZATIONS: tuple[Callable[[], Hard], ...] = (
    lambda: administrator_under("ReadOnlyAccess"),
    lambda: administrator_under("SecurityAudit"),
    power_user_beside_seven,
    not_action_beside_action,
    many_stars_in_actions,
    question_marks_in_actions,
    not_in_guardrails,
    condition_keys_in_one_statement,
    condition_keys_over_statements,
    near_identical_resources,
    nested_prefixes,
    deny_not_resource,
    alternating_marks_in_resources,
    everything_full,
)
