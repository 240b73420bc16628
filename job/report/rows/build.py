"""The report of a run: every row of every dataset, account by account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from job.analyze.verdict import PrincipalVerdicts, StoreOpening
from job.policy_file.company_policy import AccountPolicy
from job.policy_file.usage import Usage
from job.report.accounts.coverage import (
    AccountCoverage,
    Coverage,
    CoverageWord,
    account_coverage,
    count_coverage,
    unlisted_account,
)
from job.report.accounts.reported import ReportedAccount
from job.report.accounts.runs import ReportRun
from job.report.comparison.changes import Change
from job.report.comparison.history import AccountHistory, key_state, verdict_names
from job.report.comparison.key_state import Reading, told_apart
from job.report.comparison.previous import PreviousRun
from job.report.comparison.readings_file import account_line, header_line
from job.report.rows.account_rows import AccountRecord, PlacedAccount
from job.report.rows.change_rows import ChangeRecord
from job.report.rows.credential_rows import CredentialRecord
from job.report.rows.datasets import ReportSchema
from job.report.rows.key_record import KeyRecord, verdict_words
from job.report.rows.outcome import AccountOutcome
from job.report.rows.store_rows import ReaderCounts, StoreRecord
from job.report.schema.cell_text import timestamp_text
from job.report.schema.columns import Row
from job.report.schema.dataset import Rows, Table
from job.report.schema.packed_rows import PackedLines, PackedRows
from job.snapshot.model import AccessKey, Failure, Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The datasets of one run, in the order they are published, and what they are about.

    `readings` are the lines of the file in which the last reading of every account is handed on; `usage`
    tells which parts of the policy file were about something.
    """

    schema: ReportSchema
    organization: Organization
    run: ReportRun
    previous: PreviousRun | None
    coverage: Coverage
    tables: tuple[Table, ...]
    readings: PackedLines
    usage: Usage

    def table(self, dataset: str) -> Table:
        """The table of that dataset."""
        return next(table for table in self.tables if table.schema.name == dataset)


@dataclass(slots=True)
class Share:
    """The rows of some accounts by dataset, and how well these were read.

    Rows of a dataset that has many of them are packed, those of the others listed.
    """

    listed: dict[str, list[Row]] = field(default_factory=dict)
    packed: dict[str, PackedRows] = field(default_factory=dict)
    coverage: dict[str, tuple[str | None, AccountCoverage]] = field(default_factory=dict)
    readings: PackedLines = field(default_factory=PackedLines)
    readers: ReaderCounts = field(default_factory=ReaderCounts)
    usage: Usage = field(default_factory=Usage)

    def add(self, schema: ReportSchema, outcome: AccountOutcome) -> None:
        """Put the rows of one account behind these."""
        for dataset in schema.registered:
            rows = dataset.rows(outcome)
            if dataset.many:
                self.packed.setdefault(dataset.schema.name, PackedRows()).add_all(rows)
            else:
                self.listed.setdefault(dataset.schema.name, []).extend(rows)
        self.readers.add(outcome.keys)
        for each in outcome.accounts:
            self.coverage[each.account.listed.id] = (each.account.listed.state, each.coverage)
        self.usage |= outcome.usage

    def extend(self, share: Share) -> None:
        """Put the rows of later accounts behind these."""
        for name, rows in share.listed.items():
            self.listed.setdefault(name, []).extend(rows)
        for name, packed in share.packed.items():
            self.packed.setdefault(name, PackedRows()).extend(packed)
        self.coverage |= share.coverage
        self.readings.extend(share.readings)
        self.readers.extend(share.readers)
        self.usage |= share.usage

    def tables(self, schema: ReportSchema) -> tuple[Table, ...]:
        """Every dataset with its rows."""
        rows: Mapping[str, Rows] = {**self.listed, **self.packed}
        return tuple(Table(schema=each, rows=rows.get(each.name, ())) for each in schema.datasets)


Stocktaking: TypeAlias = "Callable[[str], Iterable[StoreOpening]]"
Judging: TypeAlias = "Callable[[str], Iterable[PrincipalVerdicts] | Failure]"
ShareOut: TypeAlias = "Callable[[Callable[[Sequence[str]], Share], Sequence[Sequence[str]]], Iterable[Share]]"


def build_report(  # noqa: PLR0913 - a report is made of all of these and of nothing else
    *,
    schema: ReportSchema,
    organization: Organization,
    accounts: Mapping[str, ReportedAccount],
    verdicts: Judging,
    run: ReportRun,
    previous: PreviousRun | None,
    stores: Stocktaking = lambda _: (),
    share_out: ShareOut = map,
    shares: int = 1,
) -> Report:
    """Make the rows of every account of the organization and of every account that was read.

    `verdicts` is asked for one account at a time, and `stores` for the named stores of one. A principal that
    `verdicts` leaves out keeps its rows, with every verdict unknown; where it answers why there are none,
    that is a failure of the account. The accounts are cut into `shares` of neighbours; `share_out` says who
    works them off.
    """
    builder = _Builder(
        schema=schema,
        organization=organization,
        accounts=accounts,
        verdicts=verdicts,
        run=run,
        previous=previous,
        stores=stores,
    )
    whole = Share()
    whole.readings.add(header_line(Reading.of(run), organization.id, builder.verdict_names))
    account_ids = sorted(
        organization.accounts.keys() | accounts.keys() | (previous.accounts.keys() if previous else set())
    )
    for share in share_out(builder.share, _cut(account_ids, shares)):
        whole.extend(share)
    for account_id in account_ids:
        builder.add_stores(account_id, whole)
    return Report(
        schema=schema,
        organization=organization,
        run=run,
        previous=previous,
        coverage=count_coverage(whole.coverage),
        tables=whole.tables(schema),
        readings=whole.readings,
        usage=whole.usage,
    )


def account_outcome(  # noqa: PLR0913 - what a report is made of, for one account
    account_id: str,
    read: ReportedAccount | None,
    *,
    schema: ReportSchema,
    organization: Organization,
    verdicts: Judging,
    run: ReportRun,
) -> AccountOutcome:
    """Make the records of one account, as a first report has them."""
    builder = _Builder(
        schema=schema,
        organization=organization,
        accounts={},
        verdicts=verdicts,
        run=run,
        previous=None,
        stores=lambda _: (),
    )
    return builder.outcome(account_id, read)


def _cut(account_ids: Sequence[str], shares: int) -> list[Sequence[str]]:
    """The accounts in that many slices of about the same length, none of them empty."""
    edges = [round(len(account_ids) * number / shares) for number in range(shares + 1)]
    return [account_ids[start:end] for start, end in pairwise(edges) if start < end]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """Makes the rows of any accounts."""

    schema: ReportSchema
    organization: Organization
    accounts: Mapping[str, ReportedAccount]
    verdicts: Judging
    run: ReportRun
    previous: PreviousRun | None
    stores: Stocktaking

    @property
    def verdict_names(self) -> tuple[str, ...]:
        """What every key is remembered by."""
        return verdict_names(each.id for each in self.schema.capabilities)

    def share(self, account_ids: Sequence[str]) -> Share:
        """The rows of these accounts, in the order given."""
        share = Share()
        for account_id in account_ids:
            self._add(account_id, share)
        return share

    def add_stores(self, account_id: str, whole: Share) -> None:
        """Add the rows of an account's stores, when all keys that may read them were counted."""
        openings = tuple(self.stores(account_id))
        if openings:
            account = self._placed(account_id, self.accounts.get(account_id))
            records = (
                StoreRecord(run=self.run, account=account, opening=opening, readers=whole.readers)
                for opening in openings
            )
            stores = AccountOutcome(account=None, keys=(), changes=(), policy=None, stores=tuple(records))
            whole.add(self.schema, stores)

    def _placed(self, account_id: str, read: ReportedAccount | None) -> PlacedAccount:
        listed = self.organization.accounts.get(account_id) or unlisted_account(account_id)
        return PlacedAccount.of(self.organization, listed, read)

    def _add(self, account_id: str, share: Share) -> None:
        """The keys of an account that left are gone; another list of accounts says nothing about it."""
        read = self.accounts.get(account_id)
        history = self._history(account_id, read)
        if read is not None or account_id in self.organization.accounts:
            share.add(self.schema, self._outcome(account_id, read, history))
        elif self.previous and self.previous.is_of(self.organization.id):
            share.add(self.schema, self._departure(history))
            return
        share.readings.add(account_line(account_id, history.remembered(read), self.verdict_names))

    def outcome(self, account_id: str, read: ReportedAccount | None) -> AccountOutcome:
        """The records of one account."""
        return self._outcome(account_id, read, self._history(account_id, read))

    def _history(self, account_id: str, read: ReportedAccount | None) -> AccountHistory:
        previous = self.previous
        before = previous.last_readings(account_id, self.organization.id) if previous else None
        return AccountHistory(before, Reading.of(self.run, read.collected_at if read else None))

    def _departure(self, history: AccountHistory) -> AccountOutcome:
        changes = self._changes(history.changes(lambda _: True))
        return AccountOutcome(account=None, keys=(), changes=changes, policy=None)

    def _outcome(
        self, account_id: str, read: ReportedAccount | None, history: AccountHistory
    ) -> AccountOutcome:
        """An account of the organization, or one that was read though the organization does not list it."""
        answers: Mapping[str, PrincipalVerdicts] = {}
        if read is not None:
            read, answers = self._judged(read)
        account = self._placed(account_id, read)
        policy = self.run.policy.in_account(account.traits)
        keys = tuple(self._keys(account, answers, history, policy))
        return AccountOutcome(
            account=self._account(account, len(keys)),
            keys=keys,
            changes=self._changes(history.changes(read.knows) if read else ()),
            policy=policy,
            credentials=tuple(self._credentials(account, answers, policy)),
        )

    def _judged(self, read: ReportedAccount) -> tuple[ReportedAccount, Mapping[str, PrincipalVerdicts]]:
        """The verdicts by user name; where there are none, the reason is one more failure of the account."""
        given = self.verdicts(read.account_id)
        if isinstance(given, Failure):
            return replace(read, failures=(*read.failures, given)), {}
        return read, {answer.user_name: answer for answer in given}

    def _account(self, account: PlacedAccount, keys: int) -> AccountRecord:
        effort = self.run.accounts.get(account.listed.id)
        coverage = account_coverage(account.listed, account.read, effort)
        is_read = coverage.word in (CoverageWord.COMPLETE, CoverageWord.PARTIAL)
        return AccountRecord(
            run=self.run,
            account=account,
            coverage=coverage,
            effort=effort,
            reported_keys=keys if is_read else None,
        )

    def _keys(
        self,
        account: PlacedAccount,
        answers: Mapping[str, PrincipalVerdicts],
        history: AccountHistory,
        policy: AccountPolicy,
    ) -> Iterator[KeyRecord]:
        """The keys to report, in the order of user names; `history` sees the others too."""
        today = Reading.of(self.run, account.collected_at)
        for user in account.read.users if account.read else ():
            answer = answers.get(user.name)
            words = verdict_words(answer, self.schema.capabilities)
            keys = sorted(user.keys, key=_creation)
            leaked = answer.known_leaked if answer else None
            made = [key_state(account.listed, user, key, words, today) for key in keys]
            states = told_apart([replace(state, known_leaked=leaked) for state in made])
            for key, past in zip(keys, history.of(user.name, states), strict=True):
                if key.active or self.run.include_inactive:
                    yield KeyRecord(
                        run=self.run,
                        account=account,
                        user=user,
                        key=key,
                        verdicts=answer,
                        words=words,
                        past=past,
                        policy=policy,
                    )

    def _credentials(
        self, account: PlacedAccount, answers: Mapping[str, PrincipalVerdicts], policy: AccountPolicy
    ) -> Iterator[CredentialRecord]:
        """What users hold besides access keys, in the order of their names."""
        for held in account.read.credentials if account.read else ():
            yield CredentialRecord(
                run=self.run,
                account=account,
                user=held.user,
                credential=held.credential,
                verdicts=answers.get(held.user.name),
                policy=policy,
            )

    def _changes(self, changes: Iterable[Change]) -> tuple[ChangeRecord, ...]:
        return tuple(ChangeRecord(run=self.run, change=change) for change in changes)


def _creation(key: AccessKey) -> tuple[str, str]:
    created = timestamp_text(key.created_at) if key.created_at else ""
    return created, key.access_key_id or ""
