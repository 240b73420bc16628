"""Policy documents: every spelling AWS accepts, and what becomes of those it does not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.analyze.language.document import (
    Condition,
    Effect,
    PolicyParser,
    Principals,
    Statement,
    parse_policy,
    unseen_policy,
)
from job.analyze.language.globs import GlobSet
from job.snapshot.model import Json

Spec = dict[str, Any]

PLAIN: Spec = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
ELEMENTS = [
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
]
SPOKEN_KEYS = ["Version", "Id", "Statement", *ELEMENTS, "AWS", "Service", "StringEquals", "aws:SourceIp"]
SPOKEN_VALUES = ("Allow", "Deny", "*", "2012-10-17", "s3:Get*", "arn:aws:s3:::b/${aws:username}", "true")

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False), st.sampled_from(SPOKEN_VALUES)
)
documents: st.SearchStrategy[Json] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(SPOKEN_KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)
statements = st.dictionaries(st.sampled_from(ELEMENTS), documents)


def only(*, version: str = "2012-10-17", **elements: Json) -> Statement:
    written = {name.replace("_", ""): value for name, value in elements.items() if value is not None}
    parsed = parse_policy({"Version": version, "Statement": {**PLAIN, **written}})
    (statement,) = parsed.statements
    return statement


def without(element: str) -> Statement:
    (statement,) = parse_policy({"Statement": {k: v for k, v in PLAIN.items() if k != element}}).statements
    return statement


@pytest.mark.parametrize(
    "document",
    [
        {"Version": "2012-10-17", "Statement": PLAIN},
        {"Version": "2012-10-17", "Statement": [PLAIN]},
        {"Version": "2012-10-17", "Id": "x", "Statement": [{**PLAIN, "Sid": ""}]},
        {"Version": "2012-10-17", "Statement": [{**PLAIN, "Action": ["s3:GetObject"], "Resource": ["*"]}]},
        {"Version": "2012-10-17", "Statement": [{**PLAIN, "Condition": {}}]},
        {
            "version": "2012-10-17",
            "statement": [{"effect": "Allow", "action": "S3:getobject", "resource": "*"}],
        },
        orjson.dumps({"Version": "2012-10-17", "Statement": PLAIN}).decode(),
    ],
)
def test_every_spelling_of_a_statement_is_the_same_statement(document: Json) -> None:
    (statement,) = parse_policy(document).statements
    assert (statement.index, statement.sid, statement.effect) == (1, None, Effect.ALLOW)
    assert (statement.actions, statement.resources) == (GlobSet(("s3:getobject",)), GlobSet(("*",)))
    assert (statement.conditions, statement.conditions_json, statement.unclear) == ((), "", "")
    assert statement.variables
    assert not statement.conditional


def test_statements_are_numbered_from_one_and_keep_their_sids() -> None:
    parsed = parse_policy({"Statement": [{**PLAIN, "Sid": "a"}, {**PLAIN, "Sid": "b"}]})
    assert [(s.index, s.sid) for s in parsed.statements] == [(1, "a"), (2, "b")]


def test_actions_lose_their_case_and_keep_it_for_people() -> None:
    statement = only(Action=["S3:Get*", "ec2:*"])
    assert statement.actions == GlobSet(("s3:get*", "ec2:*"))
    assert statement.written_actions == ("S3:Get*", "ec2:*")


def test_resources_keep_their_case() -> None:
    assert only(Resource="arn:aws:s3:::B/*").resources == GlobSet(("arn:aws:s3:::B/*",))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("arn:aws:s3", "arn:aws:s3:*"),
        ("arn:aws:s3:", "arn:aws:s3::*"),
        ("arn:aws:iam::111122223333", "arn:aws:iam::111122223333:*"),
        ("arn:aws:iam::${aws:PrincipalAccount}", "arn:aws:iam::${aws:PrincipalAccount}:*"),
        ("arn:aws:s3:*", "arn:aws:s3:*"),
        ("arn:aws:*:*:*", "arn:aws:*:*:*"),
        ("arn:*", "arn:*"),
        ("arn:*:s3", "arn:*:s3:*"),
        ("arn:*:iam::*", "arn:*:iam::*"),
        ("arn:aws:secretsmanager:*:111122223333", "arn:aws:secretsmanager:*:111122223333:*"),
        ("arn:aws:s3:::data", "arn:aws:s3:::data"),
        ("arn:aws:iam::111122223333:role/${aws:username}", "arn:aws:iam::111122223333:role/${aws:username}"),
        ("*", "*"),
        ("data", "data"),
    ],
)
def test_an_incomplete_arn_is_about_all_that_follows(written: str, read: str) -> None:
    statement = only(Resource=written)
    assert statement.resources.patterns == (read,)
    assert statement.written_resources == (written,)
    assert not statement.unclear


@pytest.mark.parametrize(
    ("element", "patterns"),
    [("Resource", ("arn:aws:s3:*", "arn:aws:s3", "arn:aws:sns:*")), ("NotResource", ("arn:aws:sns:*",))],
)
def test_an_incomplete_arn_of_other_policies_is_not_understood(
    element: str, patterns: tuple[str, ...]
) -> None:
    written: Spec = {"Effect": "Allow", "Action": "*", element: ["arn:aws:s3", "arn:aws:sns:*"]}
    (statement,) = PolicyParser().not_of_an_identity({"Statement": written}).statements
    assert statement.resources.patterns == patterns
    assert statement.unclear == "incomplete ARN arn:aws:s3"


def test_negated_elements_are_complements() -> None:
    parsed = parse_policy({"Statement": {"Effect": "Deny", "NotAction": "iam:*", "NotResource": ["a", "b"]}})
    (statement,) = parsed.statements
    assert statement.effect is Effect.DENY
    assert statement.actions == GlobSet(("iam:*",), negated=True)
    assert statement.resources == GlobSet(("a", "b"), negated=True)


def test_a_statement_without_resource_is_about_all_of_them_as_in_a_trust_policy() -> None:
    assert without("Resource").resources == GlobSet(("*",))
    assert without("Resource").unclear == ""


@pytest.mark.parametrize(("version", "variables"), [("2012-10-17", True), ("2008-10-17", False)])
def test_the_version_says_whether_there_are_variables(version: str, *, variables: bool) -> None:
    statement = only(version=version, Resource="arn:aws:s3:::${aws:username}/*")
    assert statement.variables is variables
    assert statement.conditional is variables


def test_a_document_without_version_is_an_old_one() -> None:
    assert not without("Sid").variables


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"Principal": "*"}, Principals({"aws": ("*",)}, negated=False)),
        ({"Principal": {"AWS": "111122223333"}}, Principals({"aws": ("111122223333",)}, negated=False)),
        ({"NotPrincipal": {"AWS": ["a", "b"]}}, Principals({"aws": ("a", "b")}, negated=True)),
        (
            {"Principal": {"Service": "ec2.amazonaws.com", "Federated": ["x"]}},
            Principals({"service": ("ec2.amazonaws.com",), "federated": ("x",)}, negated=False),
        ),
    ],
)
def test_principals_are_read_by_type(written: Spec, expected: Principals) -> None:
    assert only(**written).principals == expected
    assert only(**written).unclear == ""


def test_conditions_are_flat_and_hold_texts() -> None:
    block: Json = {"Bool": {"aws:SecureTransport": True}, "NumericEquals": {"s3:max-keys": [1, 2.5]}}
    assert only(Condition=block).conditions == (
        Condition("bool", "aws:securetransport", ("true",), "aws:SecureTransport"),
        Condition("numericequals", "s3:max-keys", ("1", "2.5"), "s3:max-keys"),
    )
    assert only(Condition=block).conditional


def test_a_condition_that_says_false_is_the_text_false() -> None:
    assert only(Condition={"Null": {"k": False}}).conditions[0].values == ("false",)


def test_a_condition_block_is_shown_with_sorted_keys() -> None:
    assert (
        only(Condition={"b": {"y": "1"}, "a": {"x": "2"}}).conditions_json == '{"a":{"x":"2"},"b":{"y":"1"}}'
    )


@pytest.mark.parametrize(
    ("written", "unclear"),
    [
        ({"Effect": "allow"}, "effect"),
        ({"Effect": 1}, "effect"),
        ({"Action": 1}, "action element"),
        ({"Action": ["s3:*", 1]}, "action element"),
        ({"NotAction": "s3:*"}, "action element"),
        ({"Resource": {"x": 1}}, "resource element"),
        ({"NotResource": "*"}, "resource element"),
        ({"Principal": "111122223333"}, "principal element"),
        ({"Principal": {"AWS": 1}}, "principal element"),
        ({"Principal": {"Account": "111122223333"}}, "principal element"),
        ({"Principal": "*", "NotPrincipal": "*"}, "principal element"),
        ({"Resource": "arn:aws:ec2:*:instance/i-1"}, "incomplete ARN arn:aws:ec2:*:instance/i-1"),
        ({"Resource": "arn:aws:ec2:*:instance/*"}, "incomplete ARN arn:aws:ec2:*:instance/*"),
        ({"Resource": "arn:aws:s3:*data"}, "incomplete ARN arn:aws:s3:*data"),
        ({"Condition": []}, "condition element"),
        ({"Condition": {"Bool": "true"}}, "condition operator Bool"),
        ({"Condition": {"Bool": {"k": {}}}}, "values of condition key k"),
        ({"Resources": "*"}, "element resources"),
        ({"Effect": "allow", "Resources": "*"}, "element resources, effect"),
    ],
)
def test_what_is_not_understood_is_named(written: Spec, unclear: str) -> None:
    assert only(**written).unclear == unclear
    assert only(**written).conditional


def test_a_statement_without_action_is_not_understood_and_about_any() -> None:
    assert without("Action").unclear == "action element"
    assert without("Action").actions == GlobSet(("*",))


def test_an_unclear_effect_is_neither_allow_nor_deny() -> None:
    assert without("Effect").effect is Effect.UNCLEAR


@pytest.mark.parametrize(
    ("document", "unclear"),
    [
        ("{", "the document is not JSON"),
        ("[]", "the document is not an object"),
        (None, "the document is not an object"),
        ([PLAIN], "the document is not an object"),
        ({"Version": "2012-10-17"}, "a statement that is not an object"),
        ({"Statement": ["x"]}, "a statement that is not an object"),
        ({"Version": "2020-01-01", "Statement": PLAIN}, "version 2020-01-01"),
        ({"Version": ["2012-10-17"], "Statement": PLAIN}, "version ['2012-10-17']"),
    ],
)
def test_a_document_that_is_no_policy_may_do_anything(document: Json, unclear: str) -> None:
    parsed = parse_policy(document)
    assert parsed.unclear == (f"statement 1: {unclear}",)
    assert parsed.statements[0].effect is Effect.UNCLEAR
    assert parsed.statements[0].actions.is_everything
    assert parsed.statements[0].resources.is_everything


def test_a_document_without_statements_says_nothing() -> None:
    assert parse_policy({"Version": "2012-10-17", "Statement": []}).statements == ()


def test_a_policy_that_was_not_read_may_do_anything() -> None:
    assert unseen_policy().unclear == ("statement 1: the policy document was not read",)


@given(documents)
def test_whatever_json_says_is_understood_or_named(document: Json) -> None:
    for statement in parse_policy(document).statements:
        assert (statement.effect is not Effect.UNCLEAR) or statement.unclear


@given(statements)
def test_an_understood_statement_holds_all_that_was_written(written: dict[str, Json]) -> None:
    (statement,) = parse_policy({"Version": "2012-10-17", "Statement": written}).statements
    understood = not statement.unclear
    assert not (understood and written.get("Effect") != statement.effect.value)
    assert not (understood and len({"Action", "NotAction"} & written.keys()) != 1)


def test_the_same_text_is_parsed_once() -> None:
    parse = PolicyParser()
    assert parse({"Statement": PLAIN}) is parse({"Statement": dict(PLAIN)})
    assert parse({"Statement": PLAIN}) is not parse({"Statement": [PLAIN]})


def test_a_document_nested_beyond_reason_is_not_understood() -> None:
    deep: Json = "x"
    for _ in range(400):
        deep = [deep]
    parsed = PolicyParser()({"Version": "2012-10-17", "Statement": {**PLAIN, "Condition": {"Bool": deep}}})
    assert parsed.statements[0].unclear == "condition operator Bool, condition element"
