"""The request that shows an administrator's rights where no way of its own does."""

from __future__ import annotations

from job.analyze.answers.wording import sample_request
from job.analyze.escalation.graph import Graph, Node
from job.snapshot.model import Json
from tests.analyze.analyze_samples import ACCOUNT, EVERYTHING, account, attachment, subject, world


def principal(*statements: Json) -> Node:
    who = subject(attachment(*statements))
    return Node(("member", "a"), "user", "a", ACCOUNT, who)


def test_it_is_looked_for_once_however_many_findings_are_told_with_it() -> None:
    graph, node = Graph(world(account()), lambda *_: ()), principal(EVERYTHING)
    assert sample_request(graph, node) is sample_request(graph, node) is not None


def test_what_nothing_allows_is_no_sample() -> None:
    allowed: dict[str, Json] = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}
    graph = Graph(world(account()), lambda *_: ())
    found = sample_request(graph, principal(allowed))
    assert found is not None
    assert found.action == "dynamodb:GetItem"
    assert sample_request(graph, principal({**allowed, "Action": "sts:GetCallerIdentity"})) is None
