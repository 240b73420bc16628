"""What a principal's requests hold, lack and leave open, and variables filled in from it."""

from __future__ import annotations

import pytest

from job.analyze.language.context import Caller, Context, Presence, Resolved, principal_context, resolve
from job.analyze.language.globs import literal

USER = Caller(
    arn="arn:aws:iam::111122223333:user/alice",
    account_id="111122223333",
    kind="User",
    unique_id="AIDAALICE",
    name="alice",
    tags={"Team": "blue"},
    now="2026-01-01T00:00:00Z",
    organization_id="o-1",
    organization_path="o-1/r-1/",
)
ROOT = Caller(
    arn="arn:aws:iam::111122223333:root",
    account_id="111122223333",
    kind="Account",
    unique_id="111122223333",
    name=None,
    tags={},
    now=None,
    organization_id=None,
    organization_path=None,
)
SESSION = Caller(
    arn="arn:aws:iam::111122223333:role/r",
    account_id="111122223333",
    kind="AssumedRole",
    unique_id="AROAR",
    name="r",
    tags=None,
    now="2026-01-01T00:00:00Z",
    organization_id="o-1",
    organization_path=None,
)
ABSENT, OPEN = Presence.ABSENT, Presence.OPEN


@pytest.mark.parametrize(
    ("key", "user", "root", "session"),
    [
        ("aws:principalarn", (USER.arn,), (ROOT.arn,), (SESSION.arn,)),
        ("aws:principalaccount", ("111122223333",), ("111122223333",), ("111122223333",)),
        ("aws:principaltype", ("User",), ("Account",), ("AssumedRole",)),
        ("aws:userid", ("AIDAALICE",), ("111122223333",), ("AROAR:session",)),
        ("aws:username", ("alice",), ABSENT, ABSENT),
        ("aws:principaltag/team", ("blue",), ABSENT, OPEN),
        ("aws:principaltag/other", ABSENT, ABSENT, OPEN),
        ("aws:currenttime", ("2026-01-01T00:00:00Z",), OPEN, ("2026-01-01T00:00:00Z",)),
        ("aws:epochtime", ("1767225600",), OPEN, ("1767225600",)),
        ("aws:principalorgid", ("o-1",), OPEN, ("o-1",)),
        ("aws:principalorgpaths", ("o-1/r-1/",), OPEN, OPEN),
        ("aws:multifactorauthpresent", ABSENT, ABSENT, ("false",)),
        ("aws:multifactorauthage", ABSENT, ABSENT, ABSENT),
        ("aws:tokenissuetime", ABSENT, ABSENT, ("2026-01-01T00:00:00Z",)),
        ("aws:viaawsservice", ("false",), ("false",), ("false",)),
        ("aws:securetransport", ("true",), ("true",), ("true",)),
        ("aws:calledvia", ABSENT, ABSENT, ABSENT),
        ("aws:ec2instancesourcevpc", ABSENT, ABSENT, ABSENT),
        ("aws:sourceip", OPEN, OPEN, OPEN),
        ("aws:requestedregion", OPEN, OPEN, OPEN),
    ],
)
def test_what_each_kind_of_principal_sends(
    key: str,
    user: tuple[str, ...] | Presence,
    root: tuple[str, ...] | Presence,
    session: tuple[str, ...] | Presence,
) -> None:
    found = [principal_context(caller).lookup(key) for caller in (USER, ROOT, SESSION)]
    assert found == [user, root, session]


def test_a_request_may_tell_more() -> None:
    context = Context({"a": ("1",)}, frozenset({"b"})).told((("b", ("2",)), ("c", ("3", "4")), ("a", ())))
    assert [context.lookup(k) for k in "abcd"] == [ABSENT, ("2",), ("3", "4"), OPEN]


def test_a_family_told_without_values_is_known_to_the_last_key() -> None:
    context = Context({}).told((("aws:resourcetag/", ()), ("aws:resourcetag/team", ("blue",))))
    assert context.lookup("aws:resourcetag/team") == ("blue",)
    assert context.lookup("aws:resourcetag/other") is ABSENT
    assert context.lookup("aws:resourcetags") is OPEN


def test_a_changed_context_may_know_lack_and_open_keys() -> None:
    context = Context({"a": ("1",), "b": ("2",)}, frozenset({"c", "d"}))
    changed = context.having({"c": ("3",)}, absent=frozenset({"a"}), opened=frozenset({"b", "d"}))
    assert [changed.lookup(k) for k in "abcd"] == [ABSENT, OPEN, ("3",), OPEN]
    assert [context.lookup(k) for k in "abcd"] == [("1",), ("2",), ABSENT, ABSENT]


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("home/${aws:username}/*", "home/alice/*"),
        ("home/${AWS:UserName}", "home/alice"),
        ("home/${ aws:username }", "home/alice"),
        ("${wild}/*", literal("a*") + "/*"),
        ("${*}${?}${$}", literal("*") + literal("?") + "$"),
        ("${missing, 'all'}", "all"),
        ("${missing, 'a*'}", literal("a*")),
        ("${aws:username, 'all'}", "alice"),
        ("${several, 'all'}", "all"),
        ("${missing}/x", None),
        ("${several}", None),
        ("no variable", "no variable"),
        ("$ {aws:username}", "$ {aws:username}"),
    ],
)
def test_variables_take_the_one_value_that_the_request_holds(text: str, pattern: str | None) -> None:
    known = {"aws:username": ("alice",), "wild": ("a*",), "several": ("a", "b")}
    context = Context(known, frozenset({"missing"}))
    assert resolve(text, context, variables=True) == Resolved(pattern)


def test_an_open_variable_could_be_any_text_and_is_named_as_written() -> None:
    resolved = resolve("a/${aws:SourceIp}/b", Context({}), variables=True)
    assert resolved == Resolved("a/*/b", frozenset({"aws:SourceIp"}))


def test_without_variables_the_text_is_itself() -> None:
    assert resolve("${aws:username}", Context({}), variables=False) == Resolved("${aws:username}")
