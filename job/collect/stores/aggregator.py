"""Reads what AWS Config has recorded of many accounts' stores, a hundred resources a call.

    aggregator.expect("111122223333")      # accounts that will be read, in this order
    recorded = aggregator.of("111122223333")

AWS Config describes, it does not count: which stores there are is asked in each account, as Config need not
record a type, a Region or an account. What it has of a store is then not asked again.
https://docs.aws.amazon.com/config/latest/APIReference/API_SelectAggregateResourceConfig.html
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from job.aws.failure import AwsFailure, failure_of
from job.collect.member import StoppedError
from job.collect.stores.config_items import TYPES_OF_KIND, ConfigItem, parse_item
from job.collect.stores.store_reader import Record
from job.logs import get_logger

if TYPE_CHECKING:
    from mypy_boto3_config import ConfigServiceClient

STEP = "SelectAggregateResourceConfig"
_PAGE = 100
# Few pages each, so that several batches are read at a time; an expression may have 4,096 characters.
_BATCH = 25
_FINAL = frozenset({"NoSuchConfigurationAggregatorException", "InvalidExpressionException"})
_PROPERTIES = (
    "accountId, awsRegion, resourceType, resourceId, resourceName, arn, configurationItemStatus, "
    "configuration, supplementaryConfiguration, tags"
)


@dataclass(frozen=True, slots=True)
class RecordedStores:
    """What AWS Config has recorded of one account's stores; `missing` counts those that it lacks, by type."""

    items: Mapping[tuple[str, str], ConfigItem]
    missing: dict[str, int] = field(default_factory=dict)

    def add_parts(self, resource_type: str, identity: str, store: Record) -> None:
        """Add to a store that was listed the parts that are recorded."""
        item = self.items.get((resource_type, identity))
        if item is None:
            self.missing[resource_type] = self.missing.get(resource_type, 0) + 1
        else:
            store |= {name: part for name, part in item.parts.items() if name not in store}

    def listed(self, resource_type: str, region: str | None) -> list[Record]:
        """The stores of a type that are recorded, in a Region or (None) in all."""
        found = (item for item in self.items.values() if item.type == resource_type)
        return [dict(item.listed) for item in found if region is None or item.region == region]


class NothingRecorded:
    """Stands where AWS Config is not asked, or did not answer."""

    def add_parts(self, resource_type: str, identity: str, store: Record) -> None:
        """Nothing is known."""

    def listed(self, resource_type: str, region: str | None) -> list[Record]:  # noqa: ARG002 - as others
        """Nothing is known."""
        return []


_Answer: TypeAlias = "Mapping[str, RecordedStores] | AwsFailure"


class Aggregator:
    """Asks one aggregator about accounts, some at a time: about those that come next along with the first.

    An aggregator that is not there, or refuses, is asked once and named once; accounts are then read without.
    """

    def __init__(
        self, client: ConfigServiceClient, name: str, kinds: Iterable[str], stop: threading.Event
    ) -> None:
        self.name = name
        self._client = client
        self._types = tuple(each for kind in kinds for each in TYPES_OF_KIND[kind])
        self._stop = stop
        self._lock = threading.Lock()
        self._expected: dict[str, None] = {}
        self._asked: dict[str, Future[_Answer]] = {}
        self._refusal: AwsFailure | None = None
        self._told: set[str] = set()

    def expect(self, account_id: str) -> None:
        """An account that will be read, after those that were told before."""
        with self._lock:
            self._expected[account_id] = None

    def of(self, account_id: str) -> RecordedStores | AwsFailure:
        """What is recorded of an account, which may be nothing; handed out once.

        Raises StoppedError when the run is being stopped.
        """
        with self._lock:
            answer = self._asked.pop(account_id, None)
            batch = () if answer is not None else self._next_batch(account_id)
            if answer is None:
                answer = Future[_Answer]()
                self._asked.update(dict.fromkeys(batch[1:], answer))
        if batch:
            self._fill(answer, batch)
        found = answer.result()
        return found if isinstance(found, AwsFailure) else found.get(account_id, RecordedStores({}))

    def _next_batch(self, account_id: str) -> tuple[str, ...]:
        self._expected.pop(account_id, None)
        others = [each for _, each in zip(range(_BATCH - 1), self._expected, strict=False)]
        for each in others:
            del self._expected[each]
        return (account_id, *others)

    def _fill(self, answer: Future[_Answer], batch: tuple[str, ...]) -> None:
        try:
            answer.set_result(self._refusal or self._read(batch))
        except Exception as error:  # noqa: BLE001 - whoever waits for the batch gets the same
            answer.set_exception(error)

    def _read(self, batch: tuple[str, ...]) -> _Answer:
        found: dict[str, dict[tuple[str, str], ConfigItem]] = defaultdict(dict)
        try:
            for result in self._results(_expression(self._types, batch)):
                parsed = parse_item(result)
                if parsed is not None:
                    account_id, item = parsed
                    found[account_id][item.type, item.identity] = item
        except (ClientError, BotoCoreError) as error:
            return self._failed(failure_of(STEP, error))
        return {account_id: RecordedStores(items) for account_id, items in found.items()}

    def _results(self, expression: str) -> Iterator[str]:
        pages = self._client.get_paginator("select_aggregate_resource_config").paginate(
            Expression=expression,
            ConfigurationAggregatorName=self.name,
            PaginationConfig={"PageSize": _PAGE},
        )
        for page in pages:
            if self._stop.is_set():
                raise StoppedError
            yield from page.get("Results") or ()

    def _failed(self, failure: AwsFailure) -> AwsFailure:
        """Keep what will not pass, and name each code once."""
        with self._lock:
            if failure.is_denial or failure.is_of_identity or failure.code in _FINAL:
                self._refusal = failure
            is_new = failure.code not in self._told
            self._told.add(failure.code)
        if is_new:
            get_logger().warning(
                "aggregator.unread", aggregator=self.name, code=failure.code, message=failure.message
            )
        return failure


def _expression(types: Iterable[str], accounts: Iterable[str]) -> str:
    """The query: https://docs.aws.amazon.com/config/latest/developerguide/query-components.html."""
    chosen = f"resourceType IN ({_quoted(types)}) AND accountId IN ({_quoted(accounts)})"
    return f"SELECT {_PROPERTIES} WHERE {chosen}"


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
