"""Which actions are worth asking about: filters that must never hide what may be allowed."""

from __future__ import annotations

import pytest

from job.analyze.evaluation.rights import Rights
from job.snapshot.model import Json
from tests.analyze.analyze_samples import EVERYTHING, MFA, ODD, OPEN, attachment, subject, world

UNLESS_MFA: Json = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def rights(*statements: Json) -> Rights:
    made = world()
    return Rights(subject(attachment(*statements)), made.policies)


def denying(condition: Json, resource: str = "*") -> dict[str, Json]:
    return {"Effect": "Deny", "Action": "*", "Resource": resource, "Condition": condition}


def test_nothing_is_asked_about_that_a_deny_surely_takes_away_everywhere() -> None:
    held = rights(EVERYTHING, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"})
    index = world().index
    assert held.left == index.full
    assert held.may == index.services(frozenset(("s3",)))


def test_a_deny_without_mfa_surely_holds_for_a_key() -> None:
    held = rights(EVERYTHING, denying(UNLESS_MFA))
    assert (held.may, bool(held.left)) == (0, True)


@pytest.mark.parametrize(
    ("deny", "doubtful"),
    [
        (denying(OPEN), True),
        (denying(ODD), True),
        (denying(MFA), False),
        (denying({}, "arn:aws:s3:::*"), False),
        ({"Effect": "Forbid", "Action": "*", "Resource": "*"}, True),
    ],
    ids=["open condition", "unknown operator", "condition that fails", "some resources", "unknown effect"],
)
def test_every_other_deny_leaves_all_to_be_asked_about(deny: Json, *, doubtful: bool) -> None:
    held = rights(EVERYTHING, deny)
    assert held.may == held.left == world().index.full
    assert bool(held.doubtful) is doubtful
