"""Who gets into a role: how a trust policy names a caller, and what its own side must say."""

from __future__ import annotations

import pytest

from job.analyze.evaluation.rights import Rights
from job.analyze.evaluation.subject import Attachment
from job.analyze.language.certainty import Certainty
from job.analyze.language.document import Effect
from job.analyze.principals.principal_element import Naming, named
from job.analyze.principals.trust import admission
from job.snapshot.model import Json
from tests.analyze.analyze_samples import ACCOUNT, ALICE, ODD, OPEN, attachment, policy, role, subject, world

ASSUME: Json = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
OTHER = "444455556666"
NOT, BY_ACCOUNT, ITSELF = Naming.NOT, Naming.ACCOUNT, Naming.ITSELF


def trusting(principal: Json, **more: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more}


def naming(element: str, principal: Json, effect: Effect = Effect.ALLOW) -> tuple[Naming, bool]:
    (statement,) = policy({"Effect": "Allow", "Action": "sts:AssumeRole", element: principal}).statements
    return named(statement.principals, subject(), effect)


def rights_of(*identity: Attachment, kind: str = "user") -> Rights:
    return world().rights(subject(*identity, kind=kind))


def certainty(trust: Json, *identity: Attachment, account_id: str = ACCOUNT) -> Certainty:
    rights = rights_of(*identity)
    return admission(world(), rights, role(trust, account_id=account_id)).certainty


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", ITSELF),
        ({"AWS": "*"}, ITSELF),
        ({"AWS": ALICE}, ITSELF),
        ({"AWS": "AIDAALICE"}, ITSELF),
        ({"AWS": [f"arn:aws:iam::{OTHER}:root", ALICE]}, ITSELF),
        ({"AWS": ACCOUNT}, BY_ACCOUNT),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, BY_ACCOUNT),
        ({"AWS": OTHER}, NOT),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, NOT),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, NOT),
        ({"AWS": []}, NOT),
        ({"Service": "ec2.amazonaws.com"}, NOT),
        ({"Federated": "cognito-identity.amazonaws.com"}, NOT),
    ],
)
def test_how_a_principal_names_a_user(principal: Json, expected: Naming) -> None:
    assert naming("Principal", principal) == (expected, True)


@pytest.mark.parametrize(
    ("principal", "effect", "expected"),
    [
        ({"AWS": ALICE}, Effect.ALLOW, (NOT, True)),
        ({"AWS": ACCOUNT}, Effect.ALLOW, (NOT, True)),
        ({"AWS": OTHER}, Effect.ALLOW, (ITSELF, True)),
        ({"AWS": [ALICE, ACCOUNT]}, Effect.DENY, (NOT, True)),
        ({"AWS": ALICE}, Effect.DENY, (ITSELF, False)),
        ({"AWS": ACCOUNT}, Effect.DENY, (ITSELF, True)),
        ({"AWS": OTHER}, Effect.DENY, (ITSELF, True)),
    ],
)
def test_how_a_negated_principal_names_a_user(
    principal: Json, effect: Effect, expected: tuple[Naming, bool]
) -> None:
    assert naming("NotPrincipal", principal, effect) == expected


def test_a_trust_statement_without_principal_names_nobody() -> None:
    assert named(None, subject(), Effect.ALLOW) == (NOT, True)


@pytest.mark.parametrize(
    ("name", "expected"), [("alice/any", Naming.SESSION), ("alice", NOT), ("alicia/any", NOT)]
)
def test_a_session_may_carry_the_name_that_is_trusted(name: str, expected: Naming) -> None:
    (statement,) = policy(trusting({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}"})).statements
    assert named(statement.principals, subject(kind="role"), Effect.ALLOW) == (expected, True)
    assert named(statement.principals, subject(kind="user"), Effect.ALLOW) == (NOT, True)


@pytest.mark.parametrize(
    ("trust", "expected"),
    [
        (trusting({"AWS": ALICE}), Certainty.CERTAIN),
        (trusting({"AWS": ACCOUNT}), Certainty.NEVER),
        (trusting({"AWS": ALICE}, Condition=OPEN), Certainty.POSSIBLE),
        (trusting({"AWS": ALICE}, Condition=ODD), Certainty.CONCEIVABLE),
        (trusting({"AWS": ALICE}, Action="sts:TagSession"), Certainty.NEVER),
        (trusting({"AWS": ALICE}, Extra="x"), Certainty.NEVER),
        ([trusting({"AWS": ALICE}), trusting("*", Effect="Deny")], Certainty.NEVER),
        ([trusting({"AWS": ALICE}), trusting("*", Effect="Deny", Condition=OPEN)], Certainty.POSSIBLE),
        ([trusting({"AWS": ALICE}), trusting("*", Effect="Deny", Condition=ODD)], Certainty.CONCEIVABLE),
        ([trusting({"AWS": ALICE}, Condition=OPEN), trusting({"AWS": ALICE})], Certainty.CERTAIN),
    ],
)
def test_a_trust_policy_alone_lets_in_whom_it_names(trust: Json, expected: Certainty) -> None:
    assert certainty(trust) is expected


def test_a_trusted_account_lets_in_those_that_it_allows() -> None:
    assert certainty(trusting({"AWS": ACCOUNT}), attachment(ASSUME)) is Certainty.CERTAIN


def test_an_unclear_trust_statement_may_let_in_those_that_their_account_allows() -> None:
    assert certainty(trusting({"AWS": ALICE}, Extra="x"), attachment(ASSUME)) is Certainty.CONCEIVABLE


def test_across_accounts_both_sides_must_allow() -> None:
    trust = trusting({"AWS": ALICE})
    assert certainty(trust, account_id=OTHER) is Certainty.NEVER
    assert certainty(trust, attachment(ASSUME), account_id=OTHER) is Certainty.CERTAIN


def test_a_deny_of_its_own_beats_a_trust_by_name() -> None:
    deny = attachment({"Effect": "Deny", "Action": "sts:*", "Resource": "*"})
    assert certainty(trusting({"AWS": ALICE}), deny) is Certainty.NEVER


def test_the_root_user_assumes_no_role() -> None:
    rights = rights_of(attachment(ASSUME), kind="root")
    assert admission(world(), rights, role(trusting("*"))).certainty is Certainty.NEVER


def test_admission_names_the_statements_of_both_sides() -> None:
    found = admission(world(), rights_of(attachment(ASSUME)), role(trusting({"AWS": ACCOUNT})))
    assert [e.attached_to for e in found.evidence] == ["user", "trust target"]
