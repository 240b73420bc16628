"""Loads a whole snapshot into the analysis, for questions that are asked offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from job.analyze.capabilities import Capability
from job.analyze.engine import Analysis
from job.pipeline.capabilities import capabilities_of
from job.pipeline.reporting import Intake
from job.settings.settings import Settings
from job.snapshot.files import SnapshotFiles
from job.snapshot.model import Account, Json, ManagedPolicy, Organization
from job.snapshot.parse import parse_account, parse_managed_policies, parse_organization

_NO_ORGANIZATION: Mapping[str, Json] = {"Accounts": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSnapshot:
    """A snapshot's organization, and every account of it in the intake."""

    organization: Organization
    capabilities: tuple[Capability, ...]
    intake: Intake


def read_organization_of(files: SnapshotFiles) -> Organization:
    """Parse the snapshot's organization; accounts alone are a snapshot too."""
    return parse_organization(files.read_organization() or dict(_NO_ORGANIZATION))


def read_managed_policies_of(files: SnapshotFiles) -> Mapping[str, ManagedPolicy]:
    """Parse the AWS managed policies of the snapshot; none when the file is missing."""
    document = files.read_managed_policies()
    return {} if document is None else parse_managed_policies(document)


def load_snapshot(files: SnapshotFiles, settings: Settings) -> LoadedSnapshot:
    """Read and parse everything; a damaged account file becomes that account's failure."""
    organization = read_organization_of(files)
    capabilities = capabilities_of(settings)
    analysis = Analysis(
        organization=organization,
        managed_policies=read_managed_policies_of(files),
        capabilities=capabilities,
    )
    intake = Intake(analysis)
    for account_id in files.account_ids():
        intake.add_from(files, account_id)
    return LoadedSnapshot(organization=organization, capabilities=capabilities, intake=intake)


def load_account(files: SnapshotFiles, account_id: str) -> Account:
    """Parse one account's file again, for its keys; raises SnapshotError when it is damaged."""
    return parse_account(account_id, files.read_account(account_id))
