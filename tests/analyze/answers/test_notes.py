"""What an analysis did not look at is said, and makes it partial or failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from job.analyze.answers.notes import NOT_COLLECTED, applying_policies, notes_of, status_of
from job.analyze.escalation.graph import Node
from job.analyze.evaluation.subject import Attachment, Level, Subject
from job.analyze.language.document import unseen_policy
from job.snapshot.model import Account, Failure, Organization, OrganizationalUnit, User
from tests.analyze.analyze_samples import (
    ACCOUNT,
    MANAGEMENT,
    ROOT_PATH,
    account,
    attachment,
    organization,
    subject,
    world,
)

DENIED = Failure(step="GetCredentialReport", code="AccessDenied", message="no")
USER = User(
    name="ci",
    arn=f"arn:aws:iam::{ACCOUNT}:user/ci",
    path="/",
    user_id="AIDA",
    created_at=None,
    tags={},
    groups=(),
    inline_policies=(),
    attached_policies=(),
    boundary_arn=None,
    credentials=None,
    keys=(),
)
UNSEEN = Attachment(unseen_policy(), "boundary", "Edge", None)
BELOW = (*ROOT_PATH, OrganizationalUnit(id="ou-1", name=None))


def node(one: Subject | None, kind: str = "user", account_id: str = ACCOUNT) -> Node:
    return Node((kind,), kind, "n", account_id, one)


def told(
    one: Subject | None = None,
    *,
    snapshot: Account | None = None,
    of: Organization | None = None,
    kind: str = "user",
) -> tuple[str, tuple[str, ...]]:
    read = snapshot or account()
    place, who = world(read, of=of), node(one, kind, read.account_id)
    notes = notes_of(place, who)
    return status_of(place, who, notes), notes


def test_a_complete_analysis_still_says_what_is_not_collected() -> None:
    assert told(subject(attachment())) == ("complete", (NOT_COLLECTED,))


@pytest.mark.parametrize(
    ("of", "note"),
    [
        (organization(scps=None), "SCPs were not read"),
        (organization(rcps=None), "RCPs were not read"),
        (organization(ou_path=BELOW), "SCPs of a level were not read"),
    ],
)
def test_guardrails_that_were_not_read_are_noted(of: Organization, note: str) -> None:
    assert told(of=of) == ("partial", (note, NOT_COLLECTED))


@pytest.mark.parametrize("of", [organization(ou_path=None), organization(listed=())])
def test_an_account_whose_place_is_not_known_is_noted(of: Organization) -> None:
    notes = (
        "SCPs of the account's OUs were not read",
        "RCPs of the account's OUs were not read",
        NOT_COLLECTED,
    )
    assert told(of=of) == ("partial", notes)


def test_guardrails_do_not_concern_the_management_account() -> None:
    assert told(snapshot=account(MANAGEMENT), of=organization(ou_path=None)) == ("complete", (NOT_COLLECTED,))


def test_delegated_administrators_that_were_not_read_are_noted() -> None:
    denied = Failure(step="ListDelegatedAdministrators", code="AccessDeniedException", message="no")
    status, notes = told(of=replace(organization(), failures=(denied,)))
    assert (status, "delegated administrators were not read" in notes) == ("partial", True)


def test_failures_of_the_account_are_noted() -> None:
    note = "GetCredentialReport failed: AccessDenied"
    assert told(snapshot=account(failures=(DENIED,))) == ("partial", (note, NOT_COLLECTED))


def test_a_failure_about_one_user_is_noted_for_that_user_alone() -> None:
    denied = replace(DENIED, step="ListAccessKeys", user="guarded")
    read = replace(account(failures=(denied,)), users=(USER, replace(USER, name="guarded", arn="guarded")))
    place = world(read)
    who = [Node((name,), "user", name, ACCOUNT, None) for name in (USER.arn, "guarded")]
    assert [(status_of(place, each, notes_of(place, each)), notes_of(place, each)) for each in who] == [
        ("complete", (NOT_COLLECTED,)),
        ("partial", ("ListAccessKeys failed: AccessDenied", NOT_COLLECTED)),
    ]


def test_without_policies_a_user_is_not_judged_but_the_root_user_is() -> None:
    unread = account(identities_read=False)
    notes = ("policies were not read", NOT_COLLECTED)
    assert told(snapshot=unread) == ("failed", notes)
    assert told(snapshot=unread, kind="root") == ("partial", notes)


def test_policies_that_were_not_read_or_understood_are_noted_once() -> None:
    odd = attachment({"Effect": "allow", "Action": "*"}, at="group g", name="odd")
    level = Level("ou-1", (attachment({"Effect": "Allow", "Action": 1}, at="scp ou-1", name="guard"),))
    assert told(subject(odd, odd, boundary=UNSEEN, scps=(level,))) == (
        "partial",
        (
            "group g: odd was not understood (statement 1: effect)",
            "boundary: Edge was not read",
            "scp ou-1: guard was not understood (statement 1: action element)",
            NOT_COLLECTED,
        ),
    )


def test_policies_are_listed_by_where_they_are_and_what_they_are_called() -> None:
    managed = attachment(at="group g", name="Read", arn="arn:aws:iam::aws:policy/Read")
    one = subject(managed, attachment(name="own"), attachment(name="own"))
    assert applying_policies(node(one)) == ("group g/arn:aws:iam::aws:policy/Read", "user/inline:own")


def test_no_policies_are_listed_for_the_root_user_or_for_many_together() -> None:
    assert applying_policies(node(subject(attachment()), kind="root")) == ()
    assert applying_policies(node(None)) == ()
