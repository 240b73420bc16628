from __future__ import annotations

import orjson
import pytest

from job.analyze.simulate import Answer, Request
from job.analyze.verdict import Evidence
from job.cli.simulate_requests import RequestError, answer_lines, context_of, parse_request
from job.snapshot.model import JsonObject

REQUEST: JsonObject = {
    "id": 7,
    "account": "012345678901",
    "user": "ci",
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::b/k",
}
STATEMENT = Evidence(
    attached_to="user",
    policy_name="p",
    policy_arn=None,
    index=1,
    sid=None,
    effect="Allow",
    actions=("s3:*",),
    resources=("*",),
    conditions="",
)


def allowed(request: Request) -> Answer:
    if request.user_name == "nobody":
        raise KeyError(request.user_name)
    return Answer(
        verdict="allowed", allowed_by=(STATEMENT,), denied_by=(), blocked_by=None, open_keys=("aws:sourceip",)
    )


def answers(*lines: bytes) -> list[JsonObject]:
    return list(answer_lines(lines, allowed))


def test_each_request_is_answered_in_order() -> None:
    lines = [orjson.dumps({**REQUEST, "id": number}) for number in (3, 1, 2)]
    assert [(row["id"], row["verdict"]) for row in answers(*lines)] == [
        (3, "allowed"),
        (1, "allowed"),
        (2, "allowed"),
    ]


def test_an_answer_names_its_statements_and_open_keys() -> None:
    (row,) = answers(orjson.dumps(REQUEST))
    assert row["open"] == ["aws:sourceip"]
    assert row["blocked_by"] is None
    assert row["denied_by"] == []
    assert orjson.loads(orjson.dumps(row))["allowed_by"][0]["policy_name"] == "p"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "no JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "`account` must be a text; `user` must be a text"),
        (orjson.dumps({**REQUEST, "context": []}), "`context` must be an object"),
        (orjson.dumps({**REQUEST, "context": {"k": {"a": 1}}}), "`context k` must be a text or a list"),
        (orjson.dumps({**REQUEST, "absent": [None]}), "`absent` must be a text or a list of texts"),
        (orjson.dumps({**REQUEST, "user": "nobody"}), "does not know nobody in account 012345678901"),
        (b"\xff\xfe", "no JSON"),
    ],
)
def test_a_line_that_cannot_be_asked_is_answered_with_its_number_and_the_reason(
    line: bytes, problem: str
) -> None:
    first, second = answers(line, orjson.dumps(REQUEST))
    assert (first["line"], first["verdict"]) == (1, "unknown")
    assert problem in str(first["error"])
    assert second["verdict"] == "allowed"


def test_an_unanswered_request_keeps_its_id() -> None:
    (row,) = answers(orjson.dumps({"id": "a-1"}))
    assert row["id"] == "a-1"


def test_blank_lines_count_but_are_not_answered() -> None:
    (row,) = answers(b"\n", b"  \n", b"?")
    assert row["line"] == 3


def test_context_values_are_texts() -> None:
    request = parse_request(
        {**REQUEST, "context": {"a": "x", "b": ["y", "z"], "c": True, "d": 3}, "absent": ["e"]}
    )
    assert request.context == {"a": ("x",), "b": ("y", "z"), "c": ("true",), "d": ("3",)}
    assert request.absent == {"e"}


def test_a_context_key_given_twice_has_both_values() -> None:
    assert context_of(["k=1", "k=2", "l=a=b"]) == {"k": ["1", "2"], "l": ["a=b"]}


@pytest.mark.parametrize("word", ["k", "=v"])
def test_a_context_word_without_key_or_value_is_refused(word: str) -> None:
    with pytest.raises(RequestError, match="is not KEY=VALUE"):
        context_of([word])
