"""The known actions: as bits, with the kinds of resource that each takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.language.globs import GlobSet, find_word, matches
from job.analyze.service_reference.action_table import (
    action_index,
    curated_kinds,
    kinds_of,
    listed_actions,
    listed_services,
    resourceless_actions,
)
from job.analyze.service_reference.actions import ActionIndex, Kind

NAMES = ("s3:getobject", "s3:getobjectacl", "s3:putobject", "iam:getuser", "iam:passrole")
INDEX = ActionIndex(dict.fromkeys(NAMES, (("*",),)))


def named_by(mask: int) -> list[str]:
    return [name for name in NAMES if mask & INDEX.bit(name)]


def in_kind(arn: str, *templates: str) -> bool:
    kind = Kind.of(templates, "aws", "111122223333")
    return find_word([(GlobSet((arn,)),), kind.include], kind.exclude) is not None


@given(
    st.lists(
        st.sampled_from(["*", "*:*", "s3:*", "s3:get*", "s?:*", "*:get*", "iam:getuser", "ec2:*"]), max_size=3
    ),
    st.booleans(),
)
def test_a_mask_holds_the_actions_that_the_element_matches(patterns: list[str], negated: bool) -> None:  # noqa: FBT001
    expected = [name for name in NAMES if any(matches(p, name) for p in patterns) != negated]
    assert named_by(INDEX.mask(GlobSet(tuple(patterns), negated))) == expected


def test_each_action_has_a_bit_of_its_own() -> None:
    assert sum(INDEX.bit(name) for name in NAMES) == INDEX.full
    assert INDEX.bit("s3:listbucket") == 0


def test_the_actions_of_services_are_known_together() -> None:
    assert named_by(INDEX.services(frozenset(("iam", "ec2")))) == ["iam:getuser", "iam:passrole"]


def test_an_action_that_is_not_known_is_taken_to_need_everything() -> None:
    assert INDEX.kinds("s3:listbucket") == (("*",),)


@pytest.mark.parametrize(
    ("arn", "templates", "expected"),
    [
        ("arn:aws:s3:::b/k", ["arn:${partition}:s3:::*/*"], True),
        ("arn:aws:s3:::b/k:/l", ["arn:${partition}:s3:::*/*"], True),
        ("arn:aws:s3:::b", ["arn:${partition}:s3:::*/*"], False),
        ("arn:aws:s3:::x:y/k", ["arn:${partition}:s3:::*/*"], False),
        ("arn:aws:s3:::b", ["arn:${partition}:s3:::*", "!arn:${partition}:s3:::*/*"], True),
        ("arn:aws:s3:::b/k", ["arn:${partition}:s3:::*", "!arn:${partition}:s3:::*/*"], False),
        ("arn:aws-cn:s3:::b/k", ["arn:${partition}:s3:::*/*"], False),
        ("arn:aws:iam::111122223333:user/a/b", ["arn:${partition}:iam::${account}:user/*"], True),
        ("arn:aws:iam::111122223333:user/a:b", ["arn:${partition}:iam::${account}:user/*"], False),
        ("arn:aws:iam::444455556666:user/a", ["arn:${partition}:iam::${account}:user/*"], False),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:f:1",
            ["arn:aws:lambda:*:${account}:function:*"],
            True,
        ),
        ("arn:aws:lambda:a:b:111122223333:function:f", ["arn:aws:lambda:*:${account}:function:*"], False),
        ("any", ["*"], False),
        ("*", ["*"], True),
    ],
)
def test_a_kind_of_resource_keeps_to_the_fields_of_its_arn(
    arn: str, templates: list[str], *, expected: bool
) -> None:
    assert in_kind(arn.replace("*", "\ue000"), *templates) is expected


def test_one_resource_is_a_kind() -> None:
    assert Kind.exactly("a*").include[0].patterns == ("a\ue000",)


@pytest.mark.parametrize(
    ("action", "kinds"),
    [
        ("iam:ListUsers", (("*",),)),
        ("iam:GetUser", (("arn:${Partition}:iam::${Account}:user/*",),)),
    ],
)
def test_listed_actions_say_what_they_take(action: str, kinds: tuple[tuple[str, ...], ...]) -> None:
    found = listed_actions()[action.lower()].kinds
    assert str(found).lower() == str(kinds).lower()


def test_actions_without_resource_are_known() -> None:
    assert "iam:listusers" in resourceless_actions()
    assert "iam:getuser" not in resourceless_actions()


@pytest.mark.parametrize(
    "action",
    ["lambda:createfunction", "ec2:runinstances", "amplify:createapp", "cloudformation:createresource"],
)
def test_actions_that_take_a_role_are_known(action: str) -> None:
    assert listed_actions()[action].passes_role


def test_actions_that_take_no_role_are_not_said_to() -> None:
    assert not listed_actions()["s3:getobject"].passes_role


def test_of_a_service_the_actions_that_take_a_role_come_first() -> None:
    passing = [action.passes_role for action in listed_services()["glue"]]
    assert passing == sorted(passing, reverse=True)


@pytest.mark.parametrize(
    ("action", "only_reads"),
    [
        ("amplify:getapp", True),
        ("amplify:listapps", True),
        ("amplify:createapp", False),
        ("amplify:tagresource", False),
        ("s3:putbucketpolicy", False),
    ],
)
def test_an_action_that_only_reads_is_told_from_one_that_changes_something(
    action: str, *, only_reads: bool
) -> None:
    assert listed_actions()[action].only_reads is only_reads


def test_an_action_that_is_not_listed_takes_anything_of_its_service_or_nothing() -> None:
    assert kinds_of("amplify:launchrocket") == (("*", "arn:${partition}:amplify:*"),)


def test_reviewed_kinds_come_before_published_ones() -> None:
    assert action_index().kinds("s3:getobject") == curated_kinds()["s3:GetObject"]


@pytest.mark.parametrize(
    ("action", "kinds"),
    [
        ("madeup:Read", (("*", "arn:${partition}:madeup:*"),)),
        ("iam:ListUsers", (("*",),)),
        ("s3:GetObject", curated_kinds()["s3:GetObject"]),
    ],
)
def test_any_further_action_may_be_asked_about(action: str, kinds: tuple[tuple[str, ...], ...]) -> None:
    index = action_index((action,))
    assert index.bit(action.lower())
    assert index.kinds(action.lower()) == kinds
