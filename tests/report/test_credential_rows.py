"""The dataset `credentials`: whose a credential is, what it permits, and its risk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from job.analyze.verdict import AdminAccess, PrincipalVerdicts, Verdict
from job.report.risk.credential_rules import CREDENTIAL_RULES
from job.report.schema.columns import Value
from job.snapshot.model import CredentialKind, Credentials, OtherCredential
from tests.report.report_samples import (
    PASSWORD,
    PROD,
    account,
    capability,
    moment,
    root_user,
    sample_report,
    user,
    verdicts,
)

KIND = CredentialKind
API_KEY = OtherCredential(
    kind=KIND.SERVICE_SPECIFIC,
    user_name="ci",
    id="ACCA1",
    service="bedrock",
    status="Active",
    created_at=moment("2026-11-01"),
    expires_at=moment("2027-01-01"),
)
CERTIFICATE = replace(API_KEY, kind=KIND.SIGNING_CERTIFICATE, id="CERT1", service=None, expires_at=None)
SSH_KEY = replace(API_KEY, kind=KIND.SSH_PUBLIC_KEY, id="APKA1", service="codecommit", expires_at=None)
ROOT = "<root_account>"


def row(
    credential: OtherCredential,
    *answers: PrincipalVerdicts,
    mfa: bool = True,
    root_mfa: bool = True,
) -> dict[str, Value]:
    holder = replace(user("ci", tags={"team": "blue"}), credentials=_signs_in(mfa=mfa))
    root = replace(root_user(), credentials=_signs_in(mfa=root_mfa))
    whole = replace(account(PROD, holder, root=root), other_credentials=(credential,))
    (only,) = sample_report(whole, verdicts=answers or (verdicts("ci"),)).table("credentials").records()
    return only


def _signs_in(*, mfa: bool) -> Credentials:
    return Credentials(password_enabled=True, password_last_used_at=None, mfa_active=mfa)


ADMIN = verdicts("ci", admin=AdminAccess.DIRECT)
OLD, VERY_OLD, LONG_AGO = moment("2026-08-01"), moment("2025-01-01"), moment("2026-01-01")


@pytest.mark.parametrize(
    ("credential", "answers", "mfa", "expected"),
    [
        (PASSWORD, (), True, ("low", (), "review")),
        (PASSWORD, (), False, ("high", ("password_without_mfa",), "review")),
        (
            PASSWORD,
            (ADMIN,),
            False,
            ("critical", ("admin_password_without_mfa", "password_without_mfa"), "review"),
        ),
        (PASSWORD, (ADMIN,), True, ("low", (), "review")),
        (replace(PASSWORD, last_used_at=LONG_AGO), (), True, ("medium", ("password_unused",), "deactivate")),
        (
            replace(PASSWORD, last_used_at=LONG_AGO),
            (ADMIN,),
            True,
            ("high", ("admin_password_unused", "password_unused"), "deactivate"),
        ),
        (replace(PASSWORD, last_used_at=None), (), True, ("low", (), "review")),
        (
            replace(PASSWORD, last_used_at=None, created_at=OLD),
            (),
            True,
            ("medium", ("password_unused",), "deactivate"),
        ),
        (API_KEY, (), True, ("low", (), "review")),
        (replace(API_KEY, expires_at=None), (), True, ("medium", ("never_expires",), "rotate")),
        (API_KEY, (ADMIN,), True, ("high", ("owner_admin",), "replace_with_role")),
        (replace(API_KEY, created_at=OLD), (), True, ("low", ("old",), "rotate")),
        (replace(API_KEY, created_at=VERY_OLD), (), True, ("medium", ("old", "very_old"), "rotate")),
        (replace(API_KEY, status="Inactive"), (ADMIN,), True, ("low", ("inactive",), "delete")),
        (replace(API_KEY, expires_at=moment("2026-11-21")), (ADMIN,), True, ("low", ("inactive",), "delete")),
        (CERTIFICATE, (), True, ("medium", ("certificate",), "delete")),
        (SSH_KEY, (), True, ("low", (), "review")),
        (
            API_KEY,
            (verdicts("ci", admin=AdminAccess.UNKNOWN),),
            True,
            ("medium", ("analysis_unknown",), "review"),
        ),
        (API_KEY, (verdicts("somebody"),), True, ("medium", ("analysis_unknown",), "review")),
    ],
)
def test_the_risk_of_a_credential(
    credential: OtherCredential,
    answers: tuple[PrincipalVerdicts, ...],
    *,
    mfa: bool,
    expected: tuple[str, tuple[str, ...], str],
) -> None:
    found = row(credential, *answers, mfa=mfa)
    assert (found["risk_level"], found["risk_reasons"], found["recommended_action"]) == expected


def test_the_root_users_password_is_a_row_of_the_root_user() -> None:
    found = row(replace(PASSWORD, user_name=ROOT), root_mfa=False)
    assert (found["principal_type"], found["user_name"], found["admin_access"]) == ("root", ROOT, "direct")
    assert (found["risk_level"], found["risk_reasons"]) == ("critical", ("root_password_without_mfa",))


def test_what_a_credential_permits_is_that_of_its_service() -> None:
    answer = replace(verdicts("ci"), permits={"bedrock": {"bedrock_invoke": Verdict.SOME}})
    assert row(API_KEY, answer)["permits"] == ("bedrock_invoke:some",)
    assert row(SSH_KEY, answer)["permits"] is None
    assert row(CERTIFICATE, answer)["permits"] is None


def test_what_a_password_permits_is_everything_that_its_owner_can_read() -> None:
    permits = row(PASSWORD, verdicts("ci", capability("s3_read", Verdict.ALL)))["permits"]
    assert isinstance(permits, tuple)
    assert {"s3_read:all", "rds_read:none"} <= set(permits)


def test_a_credential_of_a_user_whom_nothing_else_tells_of_is_a_row() -> None:
    found = row(replace(API_KEY, user_name="stranger"))
    assert found["user_arn"] == f"arn:aws:iam::{PROD}:user/stranger"
    assert (found["user_tags"], found["permits"], found["admin_access"]) == (None, None, "unknown")


def test_every_rule_has_a_name_of_its_own() -> None:
    names = [rule.id for rule in CREDENTIAL_RULES]
    assert len(set(names)) == len(names)
