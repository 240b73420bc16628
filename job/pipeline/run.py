"""The whole job: organization, collect, analyze, report, publish; and its last stages alone."""

from __future__ import annotations

import gc
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from job.analyze.answers.capabilities import Capability
from job.analyze.service_reference.data_age import oldest_source, stale_note
from job.aws.policy_documents import JsonObject
from job.errors import ReportError
from job.logs import get_logger, log_metrics
from job.pipeline.account_sources import (
    KnownOrganization,
    account_source,
    left_out,
    refuse_unknown_accounts,
    tell_organization,
    wanted_accounts,
)
from job.pipeline.beginning import beginning, note_beginning
from job.pipeline.chosen_capabilities import schema_of
from job.pipeline.collection import Collecting, collect_accounts
from job.pipeline.connections import Connections
from job.pipeline.inputs import Inputs
from job.pipeline.loading import load_snapshot
from job.pipeline.places import snapshot_folder
from job.pipeline.progress import Progress
from job.pipeline.reporting import RunIdentity
from job.pipeline.surroundings import Surroundings
from job.policy_file.company_policy import Policy
from job.policy_file.usage import remarks
from job.publish.notices import messages, notices_of
from job.publish.notify import notify
from job.publish.publish import Publication, publish
from job.publish.published_runs import find_previous
from job.publish.security_hub import send_findings
from job.report.comparison.previous import PreviousRun
from job.report.html.render import render_html
from job.report.risk.assessment import ACCEPTED
from job.report.rows.account_rows import not_read
from job.report.rows.build import Report
from job.report.rows.key_rows import IS_ADMIN, KEY_STATUS, RISK_STATUS
from job.report.summary import ExitReason, columns_moved
from job.settings.settings import Settings
from job.snapshot.files import SnapshotFiles
from job.snapshot.model import AccountRun
from job.storage.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A report, and what became of it."""

    report: Report
    publication: Publication

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        return self.publication.reason.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSnapshot:
    """A snapshot to report on, and how the run dealt with its accounts (empty when that is not known)."""

    settings: Settings
    capabilities: tuple[Capability, ...]
    policy: Policy
    files: SnapshotFiles
    identity: RunIdentity
    runs: Mapping[str, AccountRun]


def run(settings: Settings, inputs: Inputs, around: Surroundings) -> Outcome:
    """Do the whole job; a run id that was stopped before goes on where it was."""
    storage = around.connections.place(settings.destination)
    identity = identify(storage, settings, around.now())
    files = SnapshotFiles(storage, snapshot_folder(identity.report_date.isoformat(), identity.run_id))
    get_logger().info("run.started", report_date=identity.report_date.isoformat())
    around.progress.begin("looking for the last report")
    previous = find_previous(storage, identity.report_date)
    sizes = previous.api_calls if previous else {}
    runs = read_everything(settings, inputs, files, around, sizes, begun=identity.now)
    snapshot = ReadSnapshot(
        settings=settings,
        capabilities=inputs.capabilities,
        policy=inputs.policy,
        files=files,
        identity=identity,
        runs=runs,
    )
    outcome = report_and_publish(storage, snapshot, previous, around.progress)
    tell_news(storage, outcome, around.connections)
    tell_security_hub(storage, outcome, around.connections)
    measure(outcome, beginning(files, identity.now), around.now(), settings.deployment)
    return outcome


def identify(storage: Storage, settings: Settings, now: datetime) -> RunIdentity:
    """Name the run; one that began before midnight and is continued after it keeps its date."""
    today = settings.date or now.date()
    run_id = settings.run_id or f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    report_date = today
    if settings.run_id and not settings.date:
        yesterday = today - timedelta(days=1)
        report_date = yesterday if _was_stopped(storage, yesterday, run_id) else today
    return RunIdentity(run_id=run_id, report_date=report_date, now=now)


def _was_stopped(storage: Storage, day: date, run_id: str) -> bool:
    begun = any(True for _ in storage.list(f"{snapshot_folder(day.isoformat(), run_id)}/"))
    return begun and storage.read(f"runs/dt={day}/run_id={run_id}/summary.json") is None


def read_everything(  # noqa: PLR0913 - what a run is made of
    settings: Settings,
    inputs: Inputs,
    files: SnapshotFiles,
    around: Surroundings,
    sizes: Mapping[str, int],
    *,
    begun: datetime,
) -> Mapping[str, AccountRun]:
    """Read the organization and its accounts into the snapshot; accounts begin while tags still load.

    Those that took the most calls in an earlier run (`sizes`) begin first.
    """
    known = files.read_organization()
    source = KnownOrganization(known) if isinstance(known, dict) else account_source(inputs, around)
    refuse_unknown_accounts(source, settings)
    note_beginning(files, begun)
    work = Collecting(settings=settings, files=files, around=around, sizes=sizes)
    collection = collect_accounts(work, wanted_accounts(source, settings))
    document = source.document()
    tell_organization(document)
    if known is None:
        files.write_organization(document)
    return {**collection.runs, **_left_out(document, settings)}


def _left_out(document: JsonObject, settings: Settings) -> Mapping[str, AccountRun]:
    accounts = KnownOrganization(document).accounts()
    skipped = {str(account["Id"]): left_out(str(account["Id"]), settings) for account in accounts}
    return {account_id: run for account_id, run in skipped.items() if run is not None}


@contextmanager
def _without_search_for_cycles() -> Iterator[None]:
    """What an analysis makes stays until its end, and nothing of it is in a cycle before."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def report_and_publish(
    storage: Storage, snapshot: ReadSnapshot, previous: PreviousRun | None, progress: Progress
) -> Outcome:
    """Analyze the snapshot, compare it with an earlier report, and publish its own at `storage`."""
    progress.begin("analyzing")
    report = make_report(snapshot, previous)
    progress.begin("publishing")
    with _without_search_for_cycles():
        publication = publish(storage, report, render_html)
    for note in publication.notes:
        get_logger().warning("publication.noted", note=note)
    return Outcome(report=report, publication=publication)


@_without_search_for_cycles()
def make_report(snapshot: ReadSnapshot, previous: PreviousRun | None) -> Report:
    """Analyze the snapshot and make every row."""
    report_date = snapshot.identity.report_date
    tell_stale_data(report_date)
    loaded = load_snapshot(snapshot.files, snapshot.capabilities, report_date)
    for account_id, account_run in snapshot.runs.items():
        loaded.intake.add_run(account_id, account_run)
    report = loaded.intake.report(
        identity=snapshot.identity,
        settings=snapshot.settings,
        schema=schema_of(snapshot.settings, snapshot.capabilities),
        organization=loaded.organization,
        previous=previous,
        policy=snapshot.policy,
    )
    loaded.intake.analysis.forget()
    tell_policy(report)
    return report


def tell_news(storage: Storage, outcome: Outcome, connections: Connections) -> None:
    """Send what is new to the topic, if there is one; what could not be sent is told and changes nothing."""
    run = outcome.report.run
    if outcome.publication.reason is ExitReason.WORSE_THAN_PUBLISHED:
        return
    news = messages(notices_of(outcome.report), run.report_date, run.run_id)
    try:
        topic = connections.topic if news else None
        notes = notify(storage, topic, news, day=run.report_date, run_id=run.run_id) if topic else ()
    except ReportError as error:
        notes = (str(error),)
    for note in notes:
        get_logger().warning("notification.failed", note=note)


def tell_security_hub(storage: Storage, outcome: Outcome, connections: Connections) -> None:
    """Send what is critical or high, if that is asked for; what could not be sent is told."""
    if outcome.publication.reason is ExitReason.WORSE_THAN_PUBLISHED:
        return
    try:
        hub = connections.security_hub
        notes = send_findings(storage, hub, outcome.report) if hub else ()
    except ReportError as error:
        notes = (str(error),)
    for note in notes:
        get_logger().warning("security_hub.failed", note=note)


def tell_policy(report: Report) -> None:
    """Warn of what in the policy file has expired or is about nothing."""
    run = report.run
    for remark in remarks(run.policy, report.usage, run.report_date):
        get_logger().warning("policy.noted", line=remark.line, state=remark.state.value, note=remark.text)


def tell_stale_data(report_date: date) -> None:
    """Warn when what is known of AWS's services is old at the report's date."""
    oldest = oldest_source()
    if stale_note(report_date):
        get_logger().warning(
            "aws_data.stale",
            source=oldest.name,
            date=oldest.copied_on.isoformat(),
            age_days=oldest.age_days(report_date),
        )


def measure(outcome: Outcome, started: datetime, ended: datetime, deployment: str | None) -> None:
    """The metrics of a run, then its canonical line, which says in words what was not read.

    `started` is when the first of the run's tasks did.
    """
    keys, coverage = outcome.report.table("keys"), outcome.report.coverage
    accepted = [status == ACCEPTED for status in keys.cells(RISK_STATUS)]
    administrators = sum(
        admin is True and not own for admin, own in zip(keys.cells(IS_ADMIN), accepted, strict=True)
    )
    figures = {
        "AccountsRead": coverage.complete + coverage.partial,
        "AccountsFailed": coverage.failed,
        "ActiveKeys": sum(status == "Active" for status in keys.cells(KEY_STATUS)),
        "AdminKeys": administrators,
        "AcceptedKeys": sum(accepted),
        "Coverage": coverage.percent,
        "DurationSeconds": round((ended - started).total_seconds(), 3),
    }
    log_metrics(figures, at=ended, deployment=deployment)
    if moved := columns_moved(outcome.report):
        get_logger().warning("columns.moved", message=moved)
    reason = outcome.publication.reason
    tell = get_logger().info if reason.exit_code == 0 else get_logger().warning
    tell(
        "run.completed",
        exit_code=reason.exit_code,
        reason=reason.word,
        accounts=coverage.accounts,
        complete=coverage.complete,
        partial=coverage.partial,
        failed=coverage.failed,
        skipped=coverage.skipped,
        keys=len(keys.rows),
        administrators=administrators,
        accepted=figures["AcceptedKeys"],
        seconds=figures["DurationSeconds"],
        **({"not_read": words} if (words := not_read(outcome.report.table("accounts"))) else {}),
    )
