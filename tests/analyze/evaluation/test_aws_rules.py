"""AWS's own rules that no case about a user's key can show."""

from __future__ import annotations

import pytest

from job.analyze.evaluation.aws_rules import (
    Ruling,
    account_in,
    is_quarantine,
    is_reserved,
    needs_key_policy,
    ruling,
)

HOME = "111122223333"


def test_a_session_gets_no_session_token_but_knows_who_it_is() -> None:
    assert ruling("sts:getsessiontoken", "*", "role", HOME) is Ruling.NEVER
    assert ruling("sts:getsessiontoken", "*", "root", HOME) is Ruling.UNLESS_DENIED
    assert ruling("sts:getcalleridentity", "*", "role", HOME) is Ruling.ALWAYS


def test_a_session_may_assume_a_role_if_policies_say_so() -> None:
    assert ruling("sts:assumerole", f"arn:aws:iam::{HOME}:role/r", "role", HOME) is None


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn", "aws-eusc"])
@pytest.mark.parametrize("version", ["", "V2", "V3", "V4", "V11"])
def test_a_quarantine_is_known_by_its_stem_in_every_partition(partition: str, version: str) -> None:
    assert is_quarantine(f"arn:{partition}:iam::aws:policy/AWSCompromisedKeyQuarantine{version}")


@pytest.mark.parametrize(
    "arn",
    [
        None,
        "",
        f"arn:aws:iam::{HOME}:policy/AWSCompromisedKeyQuarantineV3",
        "arn:aws:iam::aws:policy/AWSCompromisedKey",
        "arn:aws:iam::aws:policy/MyAWSCompromisedKeyQuarantine",
    ],
)
def test_what_only_looks_like_a_quarantine_is_none(arn: str | None) -> None:
    assert not is_quarantine(arn)


def test_a_path_is_reserved_from_its_beginning_on() -> None:
    assert is_reserved("/aws-service-role/ecs.amazonaws.com/")
    assert is_reserved("/aws-reserved/sso.amazonaws.com/eu-west-1/")
    assert not is_reserved("/team/aws-reserved/")


@pytest.mark.parametrize(
    ("resource", "account_id"),
    [
        (f"arn:aws:sqs:eu-west-1:{HOME}:q", HOME),
        ("arn:aws:s3:::bucket/key", None),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", None),
        ("arn:aws:sqs:eu-west-1:*:q", None),
        ("*", None),
    ],
)
def test_an_arn_tells_its_account_or_none(resource: str, account_id: str | None) -> None:
    assert account_in(resource) == account_id


def test_only_the_alias_itself_needs_no_key_policy() -> None:
    alias, key = f"arn:aws:kms:eu-west-1:{HOME}:alias/app", f"arn:aws:kms:eu-west-1:{HOME}:key/1"
    assert not needs_key_policy("kms:updatealias", alias)
    assert needs_key_policy("kms:updatealias", key)
    assert needs_key_policy("kms:decrypt", alias)
    assert not needs_key_policy("s3:getobject", "arn:aws:s3:::bucket/key")
