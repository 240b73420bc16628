"""The report of a run: every row of the four datasets, account by account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from job.analyze.verdict import PrincipalVerdicts
from job.report.account_rows import (
    AccountCoverage,
    CoverageWord,
    account_cells,
    account_coverage,
    coverage_cells,
    run_cells,
    unlisted_account,
)
from job.report.changes import Change
from job.report.columns import Row, Value
from job.report.coverage import Coverage, count_coverage
from job.report.facts import AccountFacts, PrincipalFacts, RunFacts
from job.report.finding_rows import finding_cells
from job.report.history import AccountHistory, change_cells, key_state, verdict_words
from job.report.key_rows import principal_cells, risk_cells, tag_cells, use_cells, verdict_cells
from job.report.key_state import told_apart
from job.report.packed_rows import PackedRows
from job.report.previous import PreviousRun
from job.report.schema import ReportSchema
from job.report.table import Rows, Table
from job.report.values import timestamp_text
from job.snapshot.model import AccessKey, Organization, OrganizationAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The four datasets of one run, in the order they are published, and what they are about."""

    schema: ReportSchema
    organization: Organization
    run: RunFacts
    previous: PreviousRun | None
    coverage: Coverage
    tables: tuple[Table, ...]

    def table(self, dataset: str) -> Table:
        """The table of that dataset."""
        return next(table for table in self.tables if table.schema.name == dataset)


def build_report(  # noqa: PLR0913 - a report is made of all of these and of nothing else
    *,
    schema: ReportSchema,
    organization: Organization,
    accounts: Mapping[str, AccountFacts],
    verdicts: Callable[[str], Iterable[PrincipalVerdicts]],
    run: RunFacts,
    previous: PreviousRun | None,
) -> Report:
    """Make the rows of every account of the organization and of every account that was read.

    `verdicts` is asked for one account at a time, in the order of account ids. A principal that it leaves out
    keeps its rows, with every verdict unknown.
    """
    builder = _Builder(schema=schema, organization=organization, run=run, previous=previous)
    for account_id in sorted(organization.accounts.keys() | accounts.keys()):
        builder.add(account_id, accounts.get(account_id), verdicts)
    return builder.report()


class _Builder:
    """Collects rows; accounts must come in the order of their ids."""

    def __init__(
        self,
        *,
        schema: ReportSchema,
        organization: Organization,
        run: RunFacts,
        previous: PreviousRun | None,
    ) -> None:
        self._schema = schema
        self._organization = organization
        self._run = run
        self._previous = previous
        self._run_cells = run_cells(run)
        self._coverage: dict[str, tuple[str | None, AccountCoverage]] = {}
        self._keys: list[Row] = []
        self._accounts: list[Row] = []
        self._findings = PackedRows()
        self._changes: list[Row] = []
        self._row = {dataset.name: _row_maker(dataset.names) for dataset in schema.datasets}

    def add(
        self,
        account_id: str,
        facts: AccountFacts | None,
        verdicts: Callable[[str], Iterable[PrincipalVerdicts]],
    ) -> None:
        listed = self._organization.accounts.get(account_id)
        account = listed or unlisted_account(account_id)
        cells = self._run_cells | account_cells(self._organization, account, facts)
        reported = 0
        if facts is not None:
            answers = {answer.user_name: answer for answer in verdicts(account_id)}
            reported = self._add_keys(account, facts, cells, answers)
        self._add_account(account, facts, cells, reported)

    def _add_account(
        self,
        account: OrganizationAccount,
        facts: AccountFacts | None,
        cells: Mapping[str, Value],
        reported: int,
    ) -> None:
        run = self._run.accounts.get(account.id)
        coverage = account_coverage(account, facts, run)
        self._coverage[account.id] = (account.state, coverage)
        read = coverage.word in (CoverageWord.COMPLETE, CoverageWord.PARTIAL)
        told = {"reported_keys": reported if read else None}
        row = {**cells, **coverage_cells(account, coverage, facts, run), **told}
        self._accounts.append(self._row["accounts"](row))

    def _add_keys(
        self,
        account: OrganizationAccount,
        facts: AccountFacts,
        cells: Mapping[str, Value],
        answers: Mapping[str, PrincipalVerdicts],
    ) -> int:
        history = AccountHistory(facts.account_id, self._previous, self._run.report_date)
        tags = tag_cells(account, self._schema.tag_columns)
        before = len(self._keys)
        for principal in facts.principals:
            answer = answers.get(principal.user_name)
            whose = {
                **cells,
                **tags,
                **principal_cells(principal),
                **verdict_cells(answer, self._schema.capabilities),
            }
            self._add_principal(principal, whose, answer, history, facts)
        self._add_changes(history.changes(all_keys_read=facts.all_keys_read))
        return len(self._keys) - before

    def _add_principal(
        self,
        principal: PrincipalFacts,
        whose: dict[str, Value],
        answer: PrincipalVerdicts | None,
        history: AccountHistory,
        facts: AccountFacts,
    ) -> None:
        read_at = facts.collected_at or self._run.now
        words = verdict_words(whose, self._schema.capabilities)
        keys = sorted(principal.keys, key=_creation)
        states = told_apart([key_state(key, whose, words) for key in keys])
        for key, state in zip(keys, states, strict=True):
            reported = key.active or self._run.include_inactive
            past = history.of(state, reported=reported)
            if reported:
                cells = whose | use_cells(key, read_at)
                cells |= risk_cells(cells, self._schema.capabilities)
                cells |= {"first_seen_date": past.first_seen, "change": past.word}
                self._keys.append(self._row["keys"](cells))
                self._add_findings(cells, answer)

    def _add_findings(self, cells: Mapping[str, Value], answer: PrincipalVerdicts | None) -> None:
        for finding in answer.findings if answer else ():
            self._findings.add(self._row["findings"]({**cells, **finding_cells(finding)}))

    def _add_changes(self, changes: Iterable[Change]) -> None:
        if self._previous is None:
            return
        for change in changes:
            cells = {**self._run_cells, **change_cells(change, self._previous)}
            self._changes.append(self._row["changes"](cells))

    def report(self) -> Report:
        return Report(
            schema=self._schema,
            organization=self._organization,
            run=self._run,
            previous=self._previous,
            coverage=count_coverage(self._coverage),
            tables=tuple(
                Table(schema=dataset, rows=self._rows_of(dataset.name)) for dataset in self._schema.datasets
            ),
        )

    def _rows_of(self, dataset: str) -> Rows:
        rows: Mapping[str, Rows] = {
            "keys": self._keys,
            "accounts": self._accounts,
            "findings": self._findings,
            "changes": self._changes,
        }
        return rows[dataset]


def _creation(key: AccessKey) -> tuple[str, str]:
    created = timestamp_text(key.created_at) if key.created_at else ""
    return created, key.access_key_id or ""


def _row_maker(names: tuple[str, ...]) -> Callable[[Mapping[str, Value]], Row]:
    return itemgetter(*names)
