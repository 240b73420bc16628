"""The report of a run: every row of the four datasets, account by account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import itemgetter
from typing import TypeAlias

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
from job.report.history import AccountHistory, change_cells, key_state, verdict_names, verdict_words
from job.report.key_rows import principal_cells, risk_cells, tag_cells, use_cells, verdict_cells
from job.report.key_state import told_apart
from job.report.packed_rows import PackedLines, PackedRows
from job.report.previous import PreviousRun
from job.report.readings_file import account_line, header_line
from job.report.schema import ReportSchema
from job.report.table import Rows, Table
from job.report.values import timestamp_text
from job.snapshot.model import AccessKey, Failure, Organization, OrganizationAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The four datasets of one run, in the order they are published, and what they are about.

    `readings` are the lines of the file in which the last reading of every account is handed on.
    """

    schema: ReportSchema
    organization: Organization
    run: RunFacts
    previous: PreviousRun | None
    coverage: Coverage
    tables: tuple[Table, ...]
    readings: PackedLines

    def table(self, dataset: str) -> Table:
        """The table of that dataset."""
        return next(table for table in self.tables if table.schema.name == dataset)


@dataclass(slots=True)
class Part:
    """The rows of some accounts, and how well these were read."""

    keys: list[Row] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    findings: PackedRows = field(default_factory=PackedRows)
    changes: list[Row] = field(default_factory=list)
    coverage: dict[str, tuple[str | None, AccountCoverage]] = field(default_factory=dict)
    readings: PackedLines = field(default_factory=PackedLines)

    def extend(self, part: Part) -> None:
        """Put the rows of later accounts behind these."""
        self.keys += part.keys
        self.accounts += part.accounts
        self.findings.extend(part.findings)
        self.changes += part.changes
        self.coverage |= part.coverage
        self.readings.extend(part.readings)


Judging: TypeAlias = "Callable[[str], Iterable[PrincipalVerdicts] | Failure]"
ShareOut: TypeAlias = "Callable[[Callable[[Sequence[str]], Part], Sequence[Sequence[str]]], Iterable[Part]]"


def build_report(  # noqa: PLR0913 - a report is made of all of these and of nothing else
    *,
    schema: ReportSchema,
    organization: Organization,
    accounts: Mapping[str, AccountFacts],
    verdicts: Judging,
    run: RunFacts,
    previous: PreviousRun | None,
    share_out: ShareOut = map,
    parts: int = 1,
) -> Report:
    """Make the rows of every account of the organization and of every account that was read.

    `verdicts` is asked for one account at a time. A principal that it leaves out keeps its rows, with every
    verdict unknown; where it answers why there are none, that is a failure of the account. The accounts are
    cut into `parts` of neighbours; `share_out` says who works them off.
    """
    builder = _Builder(
        schema=schema,
        organization=organization,
        accounts=accounts,
        verdicts=verdicts,
        run=run,
        previous=previous,
    )
    whole = Part()
    whole.readings.add(header_line(run.reading, organization.id, verdict_names(schema.capabilities)))
    account_ids = sorted(
        organization.accounts.keys() | accounts.keys() | (previous.accounts.keys() if previous else set())
    )
    for part in share_out(builder.part, _cut(account_ids, parts)):
        whole.extend(part)
    rows: Mapping[str, Rows] = {
        "keys": whole.keys,
        "accounts": whole.accounts,
        "findings": whole.findings,
        "changes": whole.changes,
    }
    return Report(
        schema=schema,
        organization=organization,
        run=run,
        previous=previous,
        coverage=count_coverage(whole.coverage),
        tables=tuple(Table(schema=dataset, rows=rows[dataset.name]) for dataset in schema.datasets),
        readings=whole.readings,
    )


def _cut(account_ids: Sequence[str], parts: int) -> list[Sequence[str]]:
    """The accounts in that many slices of about the same length, none of them empty."""
    edges = [round(len(account_ids) * number / parts) for number in range(parts + 1)]
    return [account_ids[start:end] for start, end in pairwise(edges) if start < end]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """Makes the rows of any accounts."""

    schema: ReportSchema
    organization: Organization
    accounts: Mapping[str, AccountFacts]
    verdicts: Judging
    run: RunFacts
    previous: PreviousRun | None

    def part(self, account_ids: Sequence[str]) -> Part:
        """The rows of these accounts, in the order given."""
        rows = _AccountRows(self)
        for account_id in account_ids:
            rows.add(account_id)
        return rows.part


class _AccountRows:
    """Adds the rows of one account after the other to a part."""

    def __init__(self, given: _Builder) -> None:
        self.part = Part()
        self._given = given
        self._schema = given.schema
        self._run = given.run
        self._verdicts = verdict_names(given.schema.capabilities)
        self._run_cells = run_cells(given.run)
        self._row = {dataset.name: _row_maker(dataset.names) for dataset in given.schema.datasets}

    def add(self, account_id: str) -> None:
        """Add an account of the organization, or what became of one that has left it."""
        organization, facts = self._given.organization, self._given.accounts.get(account_id)
        if facts is None and account_id not in organization.accounts:
            self._add_absent(account_id)
            return
        account = organization.accounts.get(account_id) or unlisted_account(account_id)
        cells = self._run_cells | account_cells(organization, account, facts)
        history, reported = self._history(account_id, facts), 0
        if facts is not None:
            given = self._given.verdicts(account_id)
            if isinstance(given, Failure):
                facts, given = replace(facts, failures=(*facts.failures, given)), ()
            answers = {answer.user_name: answer for answer in given}
            reported = self._add_keys(account, facts, cells, answers, history)
            self._add_changes(history.changes(facts.knows))
        self._remember(account_id, history, facts)
        self._add_account(account, facts, cells, reported)

    def _history(self, account_id: str, facts: AccountFacts | None) -> AccountHistory:
        previous = self._given.previous
        before = previous.last_readings(account_id, self._given.organization.id) if previous else None
        read_at = facts.collected_at if facts else None
        return AccountHistory(before, replace(self._run.reading, read_at=read_at))

    def _add_absent(self, account_id: str) -> None:
        """The keys of an account that left are gone; another list of accounts says nothing about it."""
        previous, history = self._given.previous, self._history(account_id, None)
        if previous and previous.is_of(self._given.organization.id):
            self._add_changes(history.changes(lambda _: True))
        else:
            self._remember(account_id, history, None)

    def _remember(self, account_id: str, history: AccountHistory, facts: AccountFacts | None) -> None:
        self.part.readings.add(account_line(account_id, history.remembered(facts), self._verdicts))

    def _add_account(
        self,
        account: OrganizationAccount,
        facts: AccountFacts | None,
        cells: Mapping[str, Value],
        reported: int,
    ) -> None:
        run = self._run.accounts.get(account.id)
        coverage = account_coverage(account, facts, run)
        self.part.coverage[account.id] = (account.state, coverage)
        read = coverage.word in (CoverageWord.COMPLETE, CoverageWord.PARTIAL)
        told = {"reported_keys": reported if read else None}
        row = {**cells, **coverage_cells(account, coverage, facts, run), **told}
        self.part.accounts.append(self._row["accounts"](row))

    def _add_keys(
        self,
        account: OrganizationAccount,
        facts: AccountFacts,
        cells: Mapping[str, Value],
        answers: Mapping[str, PrincipalVerdicts],
        history: AccountHistory,
    ) -> int:
        tags = tag_cells(account, self._schema.tag_columns)
        before = len(self.part.keys)
        for principal in facts.principals:
            answer = answers.get(principal.user_name)
            whose = {
                **cells,
                **tags,
                **principal_cells(principal),
                **verdict_cells(answer, self._schema.capabilities),
            }
            self._add_principal(principal, whose, answer, history, facts)
        return len(self.part.keys) - before

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
        today = replace(self._run.reading, read_at=facts.collected_at)
        states = told_apart([key_state(key, whose, words, today) for key in keys])
        for key, past in zip(keys, history.of(principal.user_name, states), strict=True):
            if key.active or self._run.include_inactive:
                cells = whose | use_cells(key, read_at)
                cells |= risk_cells(cells, self._schema.capabilities)
                cells |= {"first_seen_date": past.first_seen, "change": past.word}
                self.part.keys.append(self._row["keys"](cells))
                self._add_findings(cells, answer)

    def _add_findings(self, cells: Mapping[str, Value], answer: PrincipalVerdicts | None) -> None:
        for finding in answer.findings if answer else ():
            self.part.findings.add(self._row["findings"]({**cells, **finding_cells(finding)}))

    def _add_changes(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.part.changes.append(self._row["changes"]({**self._run_cells, **change_cells(change)}))


def _creation(key: AccessKey) -> tuple[str, str]:
    created = timestamp_text(key.created_at) if key.created_at else ""
    return created, key.access_key_id or ""


def _row_maker(names: tuple[str, ...]) -> Callable[[Mapping[str, Value]], Row]:
    return itemgetter(*names)
