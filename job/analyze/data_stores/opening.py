"""Whom a store's own policy lets in from outside: other accounts, or everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from job.analyze.data_stores.named_store import NamedStore
from job.analyze.language.document import Effect, Statement
from job.analyze.principals.trusted_principals import account_of
from job.analyze.verdict import StoreOpening

# A grant to everybody under a fixed value of one of these is to somebody, by AWS's own meaning of public:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
_LIMITING = frozenset(
    (
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpcsourceip",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    )
)
_OF_AN_ACCOUNT = frozenset(("aws:principalaccount", "aws:principalarn", "kms:calleraccount"))
_EQUALS = frozenset(("stringequals", "stringlike", "arnequals", "arnlike"))
_EVERYBODY = "*"


def opening_of(store: NamedStore) -> StoreOpening:
    """Whom the Allow statements of a store let in, whatever it denies; None where they are not known."""
    statements = [s for a in store.policies for s in a.policy.statements if s.effect is not Effect.DENY]
    known = store.facts.policy_read and not any(s.unclear for s in statements)
    named = {name for statement in statements for name in _let_in(statement)}
    others = tuple(sorted(named - {store.facts.account_id, _EVERYBODY}))
    return StoreOpening(
        store=store.facts,
        other_accounts=others if known else None,
        open_to_all=_EVERYBODY in named if known else None,
    )


def _let_in(statement: Statement) -> Iterator[str]:
    """Account ids, and `*` for everybody."""
    listed = statement.principals
    if listed is None:
        return
    for name in (_EVERYBODY,) if listed.negated else listed.names.get("aws", ()):
        if name == _EVERYBODY:
            yield from _among_everybody(statement)
        elif account_id := account_of(name) or _account_in(name):
            yield account_id


def _among_everybody(statement: Statement) -> Iterable[str]:
    """The accounts that conditions leave of everybody, which may be none that can be named."""
    equal = [c for c in statement.conditions if c.operator in _EQUALS]
    named = [c for c in equal if c.key in _OF_AN_ACCOUNT]
    if named:
        return (a for c in named for value in c.values if (a := account_of(value) or _account_in(value)))
    return () if any(c.key in _LIMITING for c in statement.conditions) else (_EVERYBODY,)


def _account_in(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else None
