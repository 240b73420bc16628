"""One part of a run by itself: several tasks read into one snapshot, each its share of the accounts.

A part needs no more than its number: the accounts of its share follow from the organization that the first
part wrote. The run itself then finds everything there, reads what a part left, and reports.
"""

from __future__ import annotations

from dataclasses import dataclass

from job.errors import SnapshotError
from job.logs import get_logger
from job.pipeline.account_sources import (
    KnownOrganization,
    account_source,
    refuse_unknown_accounts,
    tell_organization,
    wanted_accounts,
)
from job.pipeline.beginning import note_beginning
from job.pipeline.collection import Collecting, collect_accounts
from job.pipeline.inputs import Inputs
from job.pipeline.places import snapshot_folder
from job.pipeline.run import identify
from job.pipeline.surroundings import Surroundings
from job.settings.settings import Settings
from job.snapshot.files import SnapshotFiles


@dataclass(frozen=True, slots=True)
class Shard:
    """The part `number` of `of`; 0 is the organization."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The form that the settings have checked, `2/4`."""
        number, _, of = text.partition("/")
        return cls(int(number), int(of))

    def share(self, account_ids: list[str]) -> list[str]:
        """Every n-th account: those of one unit, which are often alike, go to different parts."""
        return sorted(account_ids)[self.number - 1 :: self.of]


def read_shard(settings: Settings, inputs: Inputs, around: Surroundings, shard: Shard) -> None:
    """Read one part into the snapshot of the run; accounts that cannot be read are noted there, and no error.

    Raises SnapshotError for a share of an organization that was not read yet.
    """
    storage = around.connections.place(settings.destination)
    identity = identify(storage, settings, around.now())
    files = SnapshotFiles(storage, snapshot_folder(identity.report_date.isoformat(), identity.run_id))
    get_logger().info("shard.started", shard=settings.shard)
    if shard.number == 0:
        _read_organization(settings, inputs, files, around)
    else:
        _read_share(settings, files, around, shard)
    note_beginning(files, identity.now)
    get_logger().info("shard.completed", shard=settings.shard)


def _read_organization(
    settings: Settings, inputs: Inputs, files: SnapshotFiles, around: Surroundings
) -> None:
    """Read and write it, unless it is there."""
    if files.read_organization() is not None:
        return
    source = account_source(inputs, around)
    refuse_unknown_accounts(source, settings)
    document = source.document()
    tell_organization(document)
    files.write_organization(document)


def _read_share(settings: Settings, files: SnapshotFiles, around: Surroundings, shard: Shard) -> None:
    known = files.read_organization()
    if not isinstance(known, dict):
        raise SnapshotError(f"no organization in the snapshot yet: REPORT_SHARD=0/{shard.of} comes first")
    wanted = shard.share(list(wanted_accounts(KnownOrganization(known), settings)))
    work = Collecting(
        settings=settings,
        files=files,
        around=around,
        only=frozenset(wanted),
        part=f"{shard.number}-of-{shard.of}",
    )
    collect_accounts(work, wanted)
