"""Reads accounts into a snapshot, each saved when it is done, and remembers how each went."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from job.aws.clients import CallerIdentity, MemberClients, caller_identity
from job.aws.failure import failure_of
from job.collect.account import CollectedAccount
from job.collect.collector import Collector
from job.collect.managed_policies import ManagedPolicies
from job.collect.other_credentials import are_in
from job.collect.root_access import RootAccess
from job.collect.stores.kinds import StoresWanted
from job.errors import SnapshotError
from job.logs import get_logger
from job.pipeline.loading import read_ahead
from job.pipeline.progress import Progress
from job.pipeline.surroundings import Surroundings
from job.settings.settings import Settings
from job.snapshot.files import SnapshotFiles
from job.snapshot.model import AccountRun, Json

_WRITERS = 8
_NAMED_USERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """What a collection works with; `sizes` are the accounts' API calls in an earlier run.

    Of a snapshot that others write as well `only` are the accounts to look for, all where it is None, and
    `part` names the file of AWS managed policies that is written: empty for the one of all.
    """

    settings: Settings
    files: SnapshotFiles
    around: Surroundings
    sizes: Mapping[str, int] = field(default_factory=dict)
    only: frozenset[str] | None = None
    part: str = ""


def who_are_we(members: MemberClients) -> CallerIdentity:
    """Return the account that the task runs in; raises IdentityError without good credentials."""
    with members.identity.errors_told():
        return caller_identity(members.sts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """How reading each account went (not those that were there already), and which lack something.

    `reasons` says for each of the latter what failed first, and AWS's error code.
    """

    runs: Mapping[str, AccountRun]
    incomplete: frozenset[str]
    already: frozenset[str]
    reasons: Mapping[str, str]


def collect_accounts(work: Collecting, account_ids: Iterable[str]) -> Collection:
    """Read the accounts that the snapshot does not hold completely; ends the program when asked to stop.

    An account is saved after the AWS managed policies that it uses, so a killed run can go on from any point.
    """
    around = work.around
    members = around.connections.clients.member
    caller = who_are_we(members)
    root = around.connections.clients.root
    already = complete_accounts(
        work.files, StoresWanted.of(work.settings), work.only, work.settings.credentials
    )
    known = (work.files.read_managed_policies(), *work.files.read_managed_policy_parts())
    policies = ManagedPolicies(policy for document in known for policy in _policies_of(document))
    collector = Collector(
        clients=members,
        caller=caller,
        settings=work.settings,
        policies=policies,
        stop=around.stop.event,
        now=around.now,
        root_access=None if root is None else RootAccess(root, caller.partition),
        config=around.connections.clients.config,
    )
    runs: dict[str, AccountRun] = {}
    reasons: dict[str, str] = {}
    around.progress.begin("reading accounts")
    with around.stop.draining():
        expected = _expected(account_ids, around.progress, already)
        read = collector.collect(expected, already=already, sizes=work.sizes)
        for collected in _saved(read, work, policies):
            runs[collected.account_id] = _account_run(collected)
            if collected.failures:
                first = collected.failures[0]
                reasons[collected.account_id] = f"{first.step} {first.code}"
            _tell(collected)
            around.progress.advance()
    return Collection(runs=runs, incomplete=frozenset(reasons), already=already, reasons=reasons)


def _saved(
    accounts: Iterable[CollectedAccount], work: Collecting, policies: ManagedPolicies
) -> Iterator[CollectedAccount]:
    """Yield each account when it is saved, a few saved at the same time: a bucket takes many at once."""
    waiting: deque[Future[CollectedAccount]] = deque()
    with ThreadPoolExecutor(_WRITERS) as writers:
        for collected in accounts:
            if policies.has_news:
                _save_policies(work, policies.document())
            waiting.append(writers.submit(save_account, work.files, collected))
            while waiting and (len(waiting) > _WRITERS or waiting[0].done()):
                yield waiting.popleft().result()
        yield from (saving.result() for saving in waiting)


def _save_policies(work: Collecting, document: Mapping[str, object]) -> None:
    if work.part:
        work.files.write_managed_policy_part(work.part, document)
    else:
        work.files.write_managed_policies(_merged(work.files, document))


def save_account(files: SnapshotFiles, collected: CollectedAccount) -> CollectedAccount:
    """Write an account's file; what of AWS's answers cannot be written costs that account alone."""
    try:
        files.write_account(collected.account_id, collected.document)
    except SnapshotError as error:
        collected = collected.given_up(failure_of("WriteSnapshot", error))
        files.write_account(collected.account_id, collected.document)
    return collected


def _expected(account_ids: Iterable[str], progress: Progress, already: frozenset[str]) -> Iterator[str]:
    for account_id in account_ids:
        if account_id not in already:
            progress.expect()
        yield account_id


def _merged(files: SnapshotFiles, document: Mapping[str, object]) -> Mapping[str, object]:
    """Add what another task, reading other accounts into the same snapshot, has saved in the meantime."""
    policies = {str(policy["Arn"]): policy for policy in _policies_of(files.read_managed_policies())}
    news = document["Policies"]
    for policy in news if isinstance(news, list) else ():
        policies[policy["Arn"]] = policy
    return {"Policies": [policies[arn] for arn in sorted(policies)]}


def complete_accounts(
    files: SnapshotFiles,
    wanted: StoresWanted,
    only: frozenset[str] | None = None,
    credentials: tuple[str, ...] = (),
) -> frozenset[str]:
    """Return the accounts, or those of `only`, whose file holds everything; others are worth another try."""
    there = files.account_ids()
    read = read_ahead(files, there if only is None else (each for each in there if each in only))
    return frozenset(
        account_id
        for account_id, document in read
        if isinstance(document, dict)
        and not document.get("Failures")
        and wanted.are_in(document)
        and (not credentials or are_in(document, credentials))
    )


def _policies_of(document: Json) -> Iterator[dict[str, Json]]:
    listed = document.get("Policies") if isinstance(document, dict) else None
    for policy in listed if isinstance(listed, list) else ():
        if isinstance(policy, dict) and "Arn" in policy:
            yield policy


def _account_run(collected: CollectedAccount) -> AccountRun:
    return AccountRun(
        role_arn=collected.role_arn,
        api_calls=collected.api_calls,
        retries=collected.retries,
        seconds=collected.seconds,
    )


def _tell(collected: CollectedAccount) -> None:
    """The canonical line of an account."""
    fields: dict[str, object] = {
        "account_id": collected.account_id,
        "role": collected.role_arn,
        "api_calls": collected.api_calls,
        "retries": collected.retries,
        "seconds": round(collected.seconds, 3),
    }
    if collected.not_recorded:
        fields["not_recorded"] = dict(collected.not_recorded)
    if not collected.failures:
        get_logger().info("account.collected", **fields)
        return
    failures = list(dict.fromkeys(f"{failure.step}:{failure.code}" for failure in collected.failures))
    users = list(dict.fromkeys(failure.user for failure in collected.failures if failure.user))
    if users:
        fields["users"] = users[:_NAMED_USERS]
    event = "account.incomplete" if collected.entered else "account.failed"
    get_logger().warning(event, **fields, failures=failures, message=collected.failures[0].message)
