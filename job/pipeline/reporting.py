"""From a snapshot to a report: accounts stream by, and only what their rows need is kept."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from importlib.metadata import version

from job.analyze.engine import Analysis
from job.analyze.verdict import PrincipalVerdicts
from job.errors import SnapshotError
from job.pipeline.processes import share_out, useful_processes
from job.pipeline.time_limit import judge_bounded
from job.policy_file.company_policy import Policy
from job.report.accounts.reported import ReportedAccount
from job.report.accounts.runs import ReportRun
from job.report.comparison.previous import PreviousRun
from job.report.rows.build import Report, account_outcome, build_report
from job.report.rows.datasets import ReportSchema
from job.report.rows.outcome import AccountOutcome
from job.settings.settings import Settings
from job.snapshot.model import AccountRun, Failure, Json, Organization
from job.snapshot.parse import parse_account

_WORTH_SHARING = 200
_SHARES_EACH = 16
_SECRET_SETTINGS = {"external_id"}
_PACKAGES = ("iam-access-key-report", "boto3", "botocore")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """What makes a run this run: its id, its date, and its one clock."""

    run_id: str
    report_date: date
    now: datetime


class Intake:
    """Takes accounts one by one, fresh from AWS or from a snapshot, and answers the report at the end."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self._accounts: dict[str, ReportedAccount] = {}
        self._runs: dict[str, AccountRun] = {}

    def add(self, account_id: str, document: Json) -> None:
        """Parse and keep one account; a damaged document becomes the account's failure."""
        try:
            account = parse_account(account_id, document)
        except SnapshotError as error:
            self.add_run(account_id, AccountRun(failure=damaged(error)))
            return
        self.analysis.add(account)
        self._accounts[account_id] = ReportedAccount.of(account)
        self.add_run(account_id, _run_in(document))

    def add_read(self, account_id: str, document: Json | SnapshotError) -> None:
        """Keep one account's file as it was read; an unreadable one becomes the account's failure."""
        if isinstance(document, SnapshotError):
            self.add_run(account_id, AccountRun(failure=damaged(document)))
        else:
            self.add(account_id, document)

    def knows_users(self, account_id: str) -> bool:
        """Whether the account's users and their policies were read."""
        account = self._accounts.get(account_id)
        return account is not None and account.identities_read

    def add_run(self, account_id: str, run: AccountRun) -> None:
        """Keep how the run dealt with an account; what was found damaged stays so."""
        self._runs.setdefault(account_id, run)

    def report(  # noqa: PLR0913 - a report is made of all of these and of nothing else
        self,
        *,
        identity: RunIdentity,
        settings: Settings,
        schema: ReportSchema,
        organization: Organization,
        previous: PreviousRun | None,
        policy: Policy,
    ) -> Report:
        """Judge every principal that holds keys and make the rows."""
        processes = useful_processes() if len(self._accounts) >= _WORTH_SHARING else 1
        return build_report(
            schema=schema,
            organization=organization,
            accounts=self._accounts,
            verdicts=partial(judge_bounded, self.analysis.verdicts),
            run=report_run(identity, settings, self._runs, policy),
            previous=previous,
            stores=self.analysis.stores,
            share_out=partial(share_out, processes=processes),
            shares=processes * _SHARES_EACH,
        )

    def outcome(  # noqa: PLR0913 - as for the report
        self,
        account_id: str,
        verdicts: Sequence[PrincipalVerdicts],
        *,
        identity: RunIdentity,
        settings: Settings,
        schema: ReportSchema,
        organization: Organization,
        policy: Policy,
    ) -> AccountOutcome:
        """What a report would say of one account that was judged already."""
        return account_outcome(
            account_id,
            self._accounts.get(account_id),
            schema=schema,
            organization=organization,
            verdicts=lambda _: verdicts,
            run=report_run(identity, settings, self._runs, policy),
        )


def _run_in(document: Json) -> AccountRun:
    """How whoever wrote an account's file read it, as far as the file says so."""
    match document:
        case {
            "Collection": {
                "RoleArn": str(role_arn),
                "ApiCalls": int(api_calls),
                "Retries": int(retries),
                "Seconds": int(seconds) | float(seconds),
            }
        }:
            return AccountRun(role_arn=role_arn, api_calls=api_calls, retries=retries, seconds=seconds)
    return AccountRun()


def damaged(error: SnapshotError) -> Failure:
    """The failure of an account whose file cannot be read."""
    return Failure(step="ReadSnapshot", code="SnapshotError", message=str(error))


def report_run(
    identity: RunIdentity, settings: Settings, accounts: Mapping[str, AccountRun], policy: Policy
) -> ReportRun:
    """What the report says about its run; secrets stay out."""
    return ReportRun(
        run_id=identity.run_id,
        report_date=identity.report_date,
        now=identity.now,
        include_inactive=settings.include_inactive,
        minimum_coverage=settings.min_coverage,
        formula_guard=settings.csv_formula_guard,
        settings=_told_settings(settings),
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        accounts=accounts,
        policy=policy,
    )


def _told_settings(settings: Settings) -> Mapping[str, str]:
    told = settings.model_dump(mode="json", exclude=_SECRET_SETTINGS, exclude_none=True)
    return {name: _told(value) for name, value in told.items() if value not in ("", [])}


def _told(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ",".join(value)
        case _:
            return str(value)
