"""Every kind of data store that can be read, and the reading of those that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from job.aws.failure import AwsFailure
from job.aws.policy_documents import Json
from job.collect.member import Member
from job.collect.stores.aggregator import Aggregator, NothingRecorded, RecordedStores
from job.collect.stores.buckets import read_buckets
from job.collect.stores.databases import read_databases
from job.collect.stores.dynamodb_tables import read_tables
from job.collect.stores.encryption_keys import read_keys
from job.collect.stores.secrets import read_secrets
from job.collect.stores.store_reader import Record, StoreReader
from job.settings.settings import Settings

RegionalKind: TypeAlias = Callable[[Member, StoreReader, str], Record]

BUCKETS = "s3"
REGIONAL: Mapping[str, RegionalKind] = {
    "dynamodb": read_tables,
    "rds": read_databases,
    "secrets": read_secrets,
    "kms": read_keys,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoresWanted:
    """Which kinds are read, and in which Regions; buckets in all."""

    kinds: tuple[str, ...]
    regions: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> StoresWanted:
        """What a run is told to read."""
        return cls(kinds=settings.data_stores, regions=settings.regions)

    def are_in(self, document: Mapping[str, Json]) -> bool:
        """Whether an account's file, of this run or a stopped one, was read for all of them."""
        read = document.get("DataStores") or {}
        return (
            isinstance(read, dict)
            and _holds(read, "Kinds", self.kinds)
            and _holds(read, "Regions", self.regions)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoresRead:
    """The section `DataStores` of an account's file, and what AWS did not answer."""

    document: Record
    failures: tuple[AwsFailure, ...]

    @property
    def not_recorded(self) -> Mapping[str, int]:
        """How many stores AWS Config lacks, by its resource types; empty where it was not asked."""
        missing: Mapping[str, int] = self.document.get("Aggregator", {}).get("NotRecorded", {})
        return missing


def _holds(read: Mapping[str, Json], name: str, wanted: tuple[str, ...]) -> bool:
    listed = read.get(name) or []
    return isinstance(listed, list) and set(wanted) <= {each for each in listed if isinstance(each, str)}


def read_stores(member: Member, wanted: StoresWanted, aggregator: Aggregator | None = None) -> StoresRead:
    """Read the account's stores of every kind that is wanted, of some parts what AWS Config has recorded.

    Where it does not answer everything is asked in the account. That is a failure only where something is
    missing in the end.
    """
    answer = None if aggregator is None else aggregator.of(member.account_id)
    recorded = answer if isinstance(answer, RecordedStores) else None
    reader = StoreReader(member, recorded or NothingRecorded())
    document: Record = {"Kinds": list(wanted.kinds), "Regions": list(wanted.regions)}
    for kind in wanted.kinds:
        if kind == BUCKETS:
            document[kind] = read_buckets(member, reader)
        else:
            read = REGIONAL[kind]
            document[kind] = {region: read(member, reader, region) for region in wanted.regions}
    failures = reader.failures
    if isinstance(answer, AwsFailure):
        failures = (answer, *failures) if failures else ()
    if aggregator is not None and recorded is not None:
        document["Aggregator"] = {"Name": aggregator.name, "NotRecorded": recorded.missing}
    return StoresRead(document=document, failures=failures)
