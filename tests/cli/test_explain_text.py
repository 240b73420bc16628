from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from job.analyze.verdict import (
    AdminAccess,
    CapabilityVerdict,
    Evidence,
    Finding,
    Hop,
    Layer,
    PrincipalVerdicts,
    Verdict,
    Witness,
)
from job.cli.explain_text import Explanation, explanation_lines
from job.snapshot.model import AccessKey, LastUse

ARN = "arn:aws:iam::012345678901:user/deploy"
STATEMENT = Evidence(
    attached_to="group ci",
    policy_name="deploy",
    policy_arn=None,
    index=1,
    sid="Read",
    effect="Allow",
    actions=("s3:Get*",),
    resources=("*",),
    conditions='{"Bool":{"aws:Via":"1"}}',
)
FINDING = Finding(
    capability="s3_read",
    verdict="conditional",
    data_class="direct",
    methods=(),
    path=(Hop(kind="user", name=ARN, by=""), Hop(kind="role", name="arn:aws:iam::1:role/r", by="role:r")),
    evidence=(STATEMENT,),
    narrowed_by=Layer.CONDITION,
    witness=Witness(principal=ARN, action="s3:GetObject", resource="arn:aws:s3:::b/k", context={}),
    note="resource policies are not read",
)
VERDICTS = PrincipalVerdicts(
    account_id="012345678901",
    principal_arn=ARN,
    user_name="deploy",
    policies=("group ci/inline:deploy",),
    admin_access=AdminAccess.NONE,
    admin_via=(),
    admin_reason="",
    capabilities={
        "s3_read": CapabilityVerdict(
            capability="s3_read",
            verdict=Verdict.CONDITIONAL,
            via=("direct",),
            reason="group ci: deploy#1(Read) s3:Get* on *",
            limited_by=(Layer.CONDITION,),
        ),
        "rds_read": CapabilityVerdict(
            capability="rds_read", verdict=Verdict.NONE, via=(), reason="", limited_by=()
        ),
    },
    reachable_roles=1,
    reachable_accounts=2,
    limited_by=(Layer.CONDITION,),
    status="complete",
    notes=("resource policies are not read",),
    known_leaked=False,
    findings=(FINDING,),
)
USED = AccessKey(
    access_key_id="AKIAEXAMPLE",
    active=True,
    created_at=datetime(2025, 1, 2, tzinfo=UTC),
    last_use=LastUse(date=datetime(2026, 11, 20, tzinfo=UTC), service="s3", region=None),
    last_use_read=True,
)
UNKNOWN = AccessKey(access_key_id=None, active=False, created_at=None, last_use=None, last_use_read=False)


def text(capability: str | None = None, keys: tuple[AccessKey, ...] = (USED,)) -> str:
    explanation = Explanation(account_name="shop-prod", keys=keys, verdicts=VERDICTS)
    return "\n".join(explanation_lines(explanation, capability))


def test_the_heading_says_whose_key_it_is() -> None:
    assert text().splitlines()[:6] == [
        "deploy in account 012345678901 (shop-prod)",
        f"  {ARN}",
        "  key AKIAEXAMPLE: active, created 2025-01-02, last used 2026-11-20 (s3)",
        "  policies: group ci/inline:deploy",
        "  limited by: condition",
        "  reaches 1 role in 2 accounts",
    ]


def test_the_heading_says_that_a_key_is_known_to_be_leaked() -> None:
    leaked = replace(VERDICTS, known_leaked=True)
    lines = list(explanation_lines(Explanation(account_name=None, keys=(USED,), verdicts=leaked), None))
    assert lines[3] == "  known to be leaked: AWS has quarantined the user; the verdicts pass over that"


def test_a_key_of_which_little_was_read_says_so() -> None:
    assert "  key (id unknown): inactive, creation unknown, last use unknown" in text(keys=(UNKNOWN,))


def test_a_path_shows_its_hops_statements_and_an_example() -> None:
    assert text("s3_read").splitlines()[7:] == [
        "s3_read: conditional via direct",
        "  because: group ci: deploy#1(Read) s3:Get* on *",
        "  path 1 (conditional, direct)",
        f"    -> user {ARN}",
        "      -> role arn:aws:iam::1:role/r by role:r",
        '    allows: group ci: deploy#1(Read) s3:Get* on * if {"Bool":{"aws:Via":"1"}}',
        "    narrowed by: condition",
        "    for example: s3:GetObject on arn:aws:s3:::b/k",
        "    note: resource policies are not read",
        "note: resource policies are not read",
    ]


def test_every_capability_has_its_line() -> None:
    lines = text().splitlines()
    assert "admin_access: none" in lines
    assert "rds_read: none" in lines


def test_what_no_verdict_counts_comes_after_the_verdicts_and_before_the_notes() -> None:
    told = replace(FINDING, capability="credentials_exposure", data_class="credentials", methods=("X01",))
    verdicts = replace(VERDICTS, findings=(told, FINDING))
    explanation = Explanation(account_name=None, keys=(USED,), verdicts=verdicts)
    lines = list(explanation_lines(explanation, None))
    told_at = lines.index("credentials_exposure: credentials that may lead on, apart from the verdicts")
    assert lines[told_at + 1] == "  path 1 (conditional, credentials, X01)"
    assert told_at > lines.index("rds_read: none")
    assert lines[-1].startswith("note: ")
    assert not [line for line in lines if line.startswith("information")]


def test_what_no_verdict_counts_can_be_asked_for_alone() -> None:
    told = replace(FINDING, capability="information", data_class="", methods=("E33",))
    explanation = Explanation(account_name=None, keys=(), verdicts=replace(VERDICTS, findings=(told,)))
    lines = list(explanation_lines(explanation, "information"))
    assert "information: worth knowing, apart from the verdicts" in lines
    assert not [line for line in lines if line.startswith(("admin_access", "s3_read"))]
