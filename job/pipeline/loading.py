"""Loads a whole snapshot into the analysis, for questions that are asked offline."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from job.analyze.answers.capabilities import Capability
from job.analyze.engine import Analysis
from job.errors import SnapshotError
from job.pipeline.reporting import Intake
from job.snapshot.files import SnapshotFiles
from job.snapshot.model import Account, Json, ManagedPolicy, Organization
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization

_READERS = 8
_AHEAD = 32
_NO_ORGANIZATION: Mapping[str, Json] = {"Accounts": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSnapshot:
    """A snapshot's organization, and every account of it in the intake."""

    organization: Organization
    intake: Intake


def read_organization_of(files: SnapshotFiles) -> Organization:
    """Parse the snapshot's organization; accounts alone are a snapshot too."""
    return parse_organization(files.read_organization() or dict(_NO_ORGANIZATION))


def read_managed_policies_of(files: SnapshotFiles) -> Mapping[str, ManagedPolicy]:
    """Parse the AWS managed policies of the snapshot; none when the file is missing."""
    documents = [files.read_managed_policies(), *files.read_managed_policy_parts()]
    parsed = [parse_managed_policies(document) for document in documents if document is not None]
    return {arn: policy for policies in parsed for arn, policy in policies.items()}


def load_snapshot(
    files: SnapshotFiles, capabilities: tuple[Capability, ...], report_date: date | None = None
) -> LoadedSnapshot:
    """Read and parse everything, to be judged for these capabilities.

    A damaged account file becomes that account's failure.

    With a `report_date` verdicts say when what is known of AWS's services is old by then.
    """
    organization = read_organization_of(files)
    analysis = Analysis(
        organization=organization,
        managed_policies=read_managed_policies_of(files),
        capabilities=capabilities,
        report_date=report_date,
    )
    intake = Intake(analysis)
    for account_id, document in read_ahead(files, files.account_ids()):
        intake.add_read(account_id, document)
    return LoadedSnapshot(organization=organization, intake=intake)


def read_ahead(
    files: SnapshotFiles, account_ids: Iterable[str]
) -> Iterator[tuple[str, Json | SnapshotError]]:
    """Yield every account's document in order, a few read in advance: a bucket answers many at once."""

    def read(account_id: str) -> Json | SnapshotError:
        try:
            return files.read_account(account_id)
        except SnapshotError as error:
            return error

    ahead: deque[tuple[str, Future[Json | SnapshotError]]] = deque()
    with ThreadPoolExecutor(_READERS) as readers:
        for account_id in account_ids:
            ahead.append((account_id, readers.submit(read, account_id)))
            if len(ahead) > _AHEAD:
                first, document = ahead.popleft()
                yield first, document.result()
        yield from ((account_id, document.result()) for account_id, document in ahead)


def load_account(files: SnapshotFiles, account_id: str) -> Account:
    """Parse one account's file again, for its keys; raises SnapshotError when it is damaged or missing."""
    document = files.read_account(account_id)
    if document is None:
        raise SnapshotError(f"the snapshot holds no account {account_id}")
    return parse_account(account_id, document)
