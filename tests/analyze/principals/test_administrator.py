"""Who is an administrator as it stands: by one statement or several, under a boundary, denies and SCPs."""

from __future__ import annotations

import pytest

from job.analyze.evaluation.subject import Attachment, Level, Subject
from job.analyze.language.certainty import Certainty
from job.analyze.principals.administrator import Standing, standing_of
from job.analyze.verdict import Layer
from job.snapshot.model import Json
from tests.analyze.analyze_samples import EVERYTHING, MFA, ODD, OPEN, attachment, policy, subject, world

CERTAIN, POSSIBLE, CONCEIVABLE, NEVER = Certainty
ENTANGLED: list[Json] = ["*a" + "?" * 17 + end for end in ("", "b", "c")]


def allow(action: Json = "*", resource: Json = "*", **more: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def allow_all_but(action: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "NotAction": action, "Resource": "*"}


def deny(action: Json, resource: Json = "*", **more: Json) -> dict[str, Json]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def standing(one: Subject) -> Standing:
    return standing_of(world(), one)


def under(*statements: Json) -> tuple[Level, ...]:
    return (Level("ou-1", (Attachment(policy(*statements), "scp ou-1", "p", None),)),)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([EVERYTHING], CERTAIN),
        ([allow("*:*")], CERTAIN),
        ([allow_all_but([])], CERTAIN),
        ([allow_all_but("iam:*"), allow("iam:*")], CERTAIN),
        ([allow_all_but("iam:*"), allow_all_but("s3:*")], CERTAIN),
        ([allow("*", "arn:*"), {"Effect": "Allow", "Action": "*", "NotResource": "arn:*"}], CERTAIN),
        ([allow_all_but("iam:*"), allow("iam:Get*")], NEVER),
        ([allow_all_but("madeup:Thing")], NEVER),
        ([allow("*", "arn:*")], NEVER),
        ([allow("s3:*")], NEVER),
        ([], NEVER),
        ([allow(Condition=OPEN)], POSSIBLE),
        ([allow(Condition=ODD)], CONCEIVABLE),
        ([allow(Extra="x")], CONCEIVABLE),
        ([allow(Condition=OPEN), EVERYTHING], CERTAIN),
        ([allow_all_but("iam:*"), allow("iam:*", Condition=OPEN)], POSSIBLE),
        ([allow_all_but("iam:*"), allow("iam:*", Condition=ODD)], CONCEIVABLE),
        ([allow_all_but(ENTANGLED), allow(ENTANGLED)], CONCEIVABLE),
    ],
)
def test_what_its_own_statements_make_of_it(statements: list[Json], expected: Certainty) -> None:
    assert standing(subject(attachment(*statements))).certainty is expected


def test_several_policies_may_make_it_together() -> None:
    found = standing(subject(attachment(allow_all_but("iam:*")), attachment(allow("iam:*"), at="group g")))
    assert found.certainty is CERTAIN
    assert [e.attached_to for e in found.evidence] == ["user", "group g"]


@pytest.mark.parametrize(
    ("condition", "layers"),
    [(MFA, (Layer.MFA,)), ({"StringEquals": {"aws:MultiFactorAuthAge": "1"}}, (Layer.MFA,))],
)
def test_an_administrator_with_mfa_only_is_held_back_by_mfa(
    condition: Json, layers: tuple[Layer, ...]
) -> None:
    found = standing(subject(attachment(allow(Condition=condition))))
    assert (found.certainty, found.limited_by) == (NEVER, layers)


@pytest.mark.parametrize(
    ("boundary", "expected", "layers"),
    [
        ([EVERYTHING], CERTAIN, ()),
        ([allow("s3:*")], NEVER, (Layer.BOUNDARY,)),
        ([allow(Condition=OPEN)], POSSIBLE, ()),
        ([EVERYTHING, deny("s3:*")], CERTAIN, ()),
        ([EVERYTHING, deny("iam:*")], NEVER, (Layer.DENY,)),
    ],
)
def test_what_a_boundary_leaves_of_it(
    boundary: list[Json], expected: Certainty, layers: tuple[Layer, ...]
) -> None:
    bound = attachment(*boundary, at="boundary", arn="arn:aws:iam::aws:policy/B")
    found = standing(subject(attachment(EVERYTHING), boundary=bound))
    assert (found.certainty, found.limited_by) == (expected, layers)


@pytest.mark.parametrize(
    ("denied", "expected", "layers"),
    [
        (deny("s3:*"), CERTAIN, ()),
        (deny("iam:DeleteUserPolicy"), CERTAIN, ()),
        (deny("iam:*"), NEVER, (Layer.DENY,)),
        (deny("iam:*", Condition=OPEN), POSSIBLE, (Layer.DENY,)),
        (deny("iam:*", Condition=ODD), CONCEIVABLE, (Layer.DENY,)),
        (
            deny("iam:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
            NEVER,
            (Layer.MFA,),
        ),
        (deny("iam:*", Condition=MFA), CERTAIN, ()),
    ],
)
def test_a_deny_counts_unless_it_can_be_lifted(
    denied: Json, expected: Certainty, layers: tuple[Layer, ...]
) -> None:
    found = standing(subject(attachment(EVERYTHING), attachment(denied, name="d")))
    assert (found.certainty, found.limited_by) == (expected, layers)


@pytest.mark.parametrize(
    ("scp", "expected", "layers"),
    [
        ([EVERYTHING], CERTAIN, ()),
        ([EVERYTHING, deny("s3:*")], CERTAIN, (Layer.SCP,)),
        ([allow("s3:*")], CERTAIN, (Layer.SCP,)),
        ([EVERYTHING, deny("*")], NEVER, (Layer.SCP,)),
        ([deny("s3:*")], NEVER, (Layer.SCP,)),
        ([EVERYTHING, deny(ENTANGLED)], CERTAIN, (Layer.SCP,)),
    ],
)
def test_scps_limit_an_administrator_and_unmake_it_only_when_they_leave_nothing(
    scp: list[Json], expected: Certainty, layers: tuple[Layer, ...]
) -> None:
    found = standing(subject(attachment(EVERYTHING), scps=under(*scp)))
    assert (found.certainty, found.limited_by) == (expected, layers)


def test_a_standing_is_judged_once() -> None:
    one, place = subject(attachment(EVERYTHING)), world()
    assert standing_of(place, one) is standing_of(place, one)
