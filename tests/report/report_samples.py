"""A small organization with keys and verdicts, and the report of it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from job.analyze.verdict import (
    AdminAccess,
    CapabilityVerdict,
    Evidence,
    Finding,
    Hop,
    Layer,
    PrincipalVerdicts,
    StoreAccess,
    StoreOpening,
    Verdict,
    Witness,
)
from job.policy_file.company_policy import NO_POLICY, Policy
from job.report.accounts.reported import ReportedAccount
from job.report.accounts.runs import ReportRun
from job.report.comparison.previous import PreviousRun
from job.report.comparison.readings_file import parse_readings
from job.report.formats.csv_file import CSV
from job.report.formats.file_format import FormatOptions
from job.report.rows.build import Report, build_report
from job.report.rows.datasets import ReportSchema, report_schema
from job.report.rows.published_tables import parse_previous
from job.report.schema.columns import Value
from job.snapshot.model import (
    AccessKey,
    Account,
    AccountRun,
    CredentialKind,
    Credentials,
    LastUse,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
    OtherCredential,
    RootUser,
    User,
)
from job.snapshot.stores import DataStore, StoreType

READ_AT = datetime(2026, 11, 22, 4, 0, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
MANAGEMENT, PROD, DEV = "000000000001", "111111111111", "222222222222"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCapability:
    id: str
    title: str


CAPABILITIES = (
    SampleCapability(id="s3_read", title="Read S3 objects"),
    SampleCapability(id="rds_read", title="Read RDS data"),
    SampleCapability(id="dynamodb_read", title="Read DynamoDB items"),
    SampleCapability(id="secrets", title="Read secrets"),
)
OWN = SampleCapability(id="orders_read", title="Read the orders")


def sample_schema(
    own: tuple[SampleCapability, ...] = (), tags: tuple[str, ...] = ("Environment", "DataClassification")
) -> ReportSchema:
    return report_schema(built_in=CAPABILITIES, capabilities=(*CAPABILITIES, *own), tag_keys=tags)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00+00:00")


PASSWORD = OtherCredential(
    kind=CredentialKind.CONSOLE_PASSWORD,
    user_name="ci",
    id=None,
    status="Active",
    created_at=moment("2026-11-01"),
    last_used_at=moment("2026-11-20"),
    use_read=True,
)


def access_key(  # noqa: PLR0913 - every field of a key, each with its default
    key_id: str | None = "AKIA00000000000000A1",
    *,
    active: bool = True,
    created: str | None = "2026-11-01",
    used: str | None = "2026-11-20",
    service: str | None = "s3",
    region: str | None = None,
    use_read: bool = True,
) -> AccessKey:
    return AccessKey(
        access_key_id=key_id,
        active=active,
        created_at=moment(created) if created else None,
        last_use=LastUse(date=moment(used), service=service, region=region) if used else None,
        last_use_read=use_read,
    )


def user(name: str = "ci", *keys: AccessKey, tags: Mapping[str, str] | None = None) -> User:
    return User(
        name=name,
        arn=f"arn:aws:iam::{PROD}:user/{name}",
        path="/",
        user_id="AIDAEXAMPLE",
        created_at=moment("2020-01-01"),
        tags=tags or {},
        groups=("writers", "readers"),
        inline_policies=(),
        attached_policies=(),
        boundary_arn=None,
        credentials=Credentials(password_enabled=True, password_last_used_at=None, mfa_active=False),
        keys=keys,
    )


def root_user(*keys: AccessKey) -> RootUser:
    return RootUser(
        arn=f"arn:aws:iam::{PROD}:root",
        created_at=moment("2019-01-01"),
        credentials=Credentials(password_enabled=True, password_last_used_at=None, mfa_active=True),
        keys=keys,
    )


def account(account_id: str = PROD, *users: User, root: RootUser | None = None) -> Account:
    return Account(
        account_id=account_id,
        partition="aws",
        collected_at=READ_AT,
        credential_report_at=moment("2026-11-22"),
        identities_read=True,
        credential_report_read=True,
        users=users,
        groups={},
        roles=(),
        policies={},
        root=root or root_user(),
        failures=(),
    )


def listed(
    account_id: str,
    name: str,
    *units: str,
    state: str | None = "ACTIVE",
    tags: Mapping[str, str] | None = None,
) -> OrganizationAccount:
    path = ("Root", *units)
    return OrganizationAccount(
        id=account_id,
        name=name,
        email=f"{name.lower()}@example.com",
        state=state,
        joined_at=moment("2020-01-01"),
        tags=tags or {},
        ou_path=tuple(OrganizationalUnit(id=f"ou-{index}", name=unit) for index, unit in enumerate(path)),
        ou_text=None,
    )


def organization(*accounts: OrganizationAccount) -> Organization:
    return Organization(
        id="o-example",
        management_account_id=MANAGEMENT,
        collected_at=READ_AT,
        accounts={each.id: each for each in accounts},
        scps=None,
        rcps=None,
        delegated_administrators=None,
    )


SAMPLE_ORGANIZATION = organization(
    listed(MANAGEMENT, "Management"),
    listed(PROD, "Shop", "Prod", "Team A", tags={"Environment": "prod", "Owner": "shop"}),
    listed(DEV, "Sandbox", "Dev"),
)

EVIDENCE = Evidence(
    attached_to="group readers",
    policy_name="AmazonS3ReadOnlyAccess",
    policy_arn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    index=1,
    sid=None,
    effect="Allow",
    actions=("s3:List*", "s3:Get*"),
    resources=("*",),
    conditions='{"StringLike":{"aws:PrincipalTag/team":["a\\\\b"]}}',
)
FINDING = Finding(
    capability="s3_read",
    verdict="all",
    data_class="direct",
    methods=(),
    path=(Hop(kind="user", name=f"arn:aws:iam::{PROD}:user/ci", by=""),),
    evidence=(EVIDENCE,),
    narrowed_by=Layer.SCP,
    witness=Witness(
        principal=f"arn:aws:iam::{PROD}:user/ci",
        action="s3:GetObject",
        resource="arn:aws:s3:::bucket/key",
        context={"aws:SourceIp": ("192.0.2.1",)},
    ),
    note="resource policies are not read",
)


PAYROLL = StoreOpening(
    store=DataStore(
        type=StoreType.BUCKET,
        account_id=PROD,
        arn="arn:aws:s3:::payroll",
        name="payroll",
        region="eu-central-1",
        tags={"DataClassification": "Restricted"},
        key_arn=None,
        key_read=True,
        policy={},
        policy_read=True,
    ),
    other_accounts=(DEV,),
    open_to_all=False,
)
PAYROLL_ACCESS = StoreAccess(
    store_arn=PAYROLL.store.arn,
    store_account_id=PROD,
    store_name=PAYROLL.store.name,
    store_type=PAYROLL.store.type,
    store_tags=PAYROLL.store.tags,
    verdict=Verdict.ALL,
    via=("direct",),
    data_class="direct",
    reason="bucket payroll: bucket policy#1 s3:GetObject on arn:aws:s3:::payroll/*",
    path=(Hop(kind="data", name=PAYROLL.store.arn, by=""),),
    evidence=(),
    witness=Witness(principal="ci", action="s3:GetObject", resource="arn:aws:s3:::payroll/a", context={}),
)


def capability(
    name: str, verdict: Verdict = Verdict.NONE, via: tuple[str, ...] = (), reason: str = ""
) -> CapabilityVerdict:
    return CapabilityVerdict(capability=name, verdict=verdict, via=via, reason=reason, limited_by=())


def verdicts(  # noqa: PLR0913 - what an answer is made of
    user_name: str = "ci",
    *capabilities: CapabilityVerdict,
    admin: AdminAccess = AdminAccess.NONE,
    findings: tuple[Finding, ...] = (),
    account_id: str = PROD,
    known_leaked: bool | None = False,
    stores: tuple[StoreAccess, ...] = (),
) -> PrincipalVerdicts:
    answers = {row.id: capability(row.id) for row in (*CAPABILITIES, OWN)}
    return PrincipalVerdicts(
        account_id=account_id,
        principal_arn=f"arn:aws:iam::{account_id}:user/{user_name}",
        user_name=user_name,
        policies=("user/inline:own", "group readers/arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
        admin_access=admin,
        admin_via=(),
        admin_reason="",
        capabilities=answers | {answer.capability: answer for answer in capabilities},
        reachable_roles=0,
        reachable_accounts=1,
        limited_by=(Layer.SCP, Layer.BOUNDARY),
        status="complete",
        notes=(),
        known_leaked=known_leaked,
        findings=findings,
        stores=stores,
    )


def report_run(
    *,
    run_id: str = "run-1",
    report_date: date = TODAY,
    include_inactive: bool = False,
    accounts: Mapping[str, AccountRun] | None = None,
    policy: Policy = NO_POLICY,
) -> ReportRun:
    return ReportRun(
        run_id=run_id,
        report_date=report_date,
        now=READ_AT,
        include_inactive=include_inactive,
        minimum_coverage=100,
        formula_guard=False,
        settings={"member_role": "reader"},
        versions={"iam-access-key-report": "0.1.0"},
        accounts=accounts or {},
        policy=policy,
    )


def sample_report(  # noqa: PLR0913 - what a report is made of
    *accounts: Account,
    verdicts: Iterable[PrincipalVerdicts] = (),
    run: ReportRun | None = None,
    within: Organization = SAMPLE_ORGANIZATION,
    previous: PreviousRun | None = None,
    schema: ReportSchema | None = None,
    shares: int = 1,
    stores: Iterable[StoreOpening] = (),
) -> Report:
    answers, openings = tuple(verdicts), tuple(stores)
    return build_report(
        schema=schema or sample_schema(),
        organization=within,
        accounts={each.account_id: ReportedAccount.of(each) for each in accounts},
        verdicts=lambda account_id: [answer for answer in answers if answer.account_id == account_id],
        run=run or report_run(),
        previous=previous,
        stores=lambda account_id: [each for each in openings if each.store.account_id == account_id],
        shares=shares,
    )


def full_report(
    run: ReportRun | None = None, previous: PreviousRun | None = None, *, shares: int = 1
) -> Report:
    """Every account was read; one user's key reads S3, and the root user of the shop has a key."""
    return sample_report(
        account(MANAGEMENT),
        account(
            PROD,
            user("ci", access_key(), access_key("AKIA00000000000000A2", active=False)),
            root=root_user(access_key(None, created="2019-01-01", used=None)),
        ),
        account(DEV, user("dev", access_key("AKIA00000000000000B1", created="2024-01-01", used=None))),
        verdicts=(
            verdicts("ci", capability("s3_read", Verdict.ALL, ("direct",), "ok"), findings=(FINDING,)),
            verdicts("<root_account>", admin=AdminAccess.DIRECT),
            verdicts("dev", account_id=DEV),
        ),
        shares=shares,
        run=run,
        previous=previous,
    )


def without_report(whole: Account) -> Account:
    return replace(whole, credential_report_read=False, credential_report_at=None, root=None)


def records(report: Report, dataset: str = "keys") -> list[dict[str, Value]]:
    return list(report.table(dataset).records())


def csv_of(report: Report, dataset: str, *, formula_guard: bool = False) -> bytes:
    file = io.BytesIO()
    CSV.write(report.table(dataset), file, FormatOptions(formula_guard=formula_guard))
    return file.getvalue()


def as_previous(report: Report) -> PreviousRun:
    """What the next report reads of this one."""
    return parse_readings(report.readings, {})


def as_previous_by_tables(report: Report, *, formula_guard: bool = False) -> PreviousRun:
    """What the next report reads of one that handed no last readings on."""
    return parse_previous(
        run_id=report.run.run_id,
        report_date=report.run.report_date,
        include_inactive=report.run.include_inactive,
        keys=csv_of(report, "keys", formula_guard=formula_guard),
        accounts=csv_of(report, "accounts", formula_guard=formula_guard),
    )
