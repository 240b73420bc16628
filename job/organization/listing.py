"""The list of accounts, handed out while it is still being read."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from job.aws.policy_documents import JsonObject
from job.snapshot.states import state_of

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

_KEPT = ("Id", "Arn", "Name", "Email", "State", "JoinedTimestamp", "Paths")


class Listing:
    """Accounts in AWS's order; any number of readers see each of them, from the first on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._accounts: list[JsonObject] = []
        self._ended = False
        self._trouble: Exception | None = None

    def read(self, client: OrganizationsClient, stop: threading.Event) -> None:
        """Read all pages; an empty page may be followed by others, as AWS's documentation says.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
        """
        try:
            for page in client.get_paginator("list_accounts").paginate():
                self._add([account_record(account) for account in page["Accounts"]])
                if stop.is_set():
                    break
        except Exception as error:  # noqa: BLE001 - raised again for every reader
            self._trouble = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def __iter__(self) -> Iterator[JsonObject]:
        """Every account; waits for those to come, and raises what ended the listing early."""
        place = 0
        while (account := self._at(place)) is not None:
            yield account
            place += 1

    def first(self) -> JsonObject | None:
        """The first account, as soon as it is there; None for an empty or failed listing."""
        with self._changed:
            self._changed.wait_for(lambda: self._accounts or self._ended)
            return self._accounts[0] if self._accounts else None

    def _at(self, place: int) -> JsonObject | None:
        with self._changed:
            self._changed.wait_for(lambda: self._ended or len(self._accounts) > place)
            if len(self._accounts) > place:
                return self._accounts[place]
        if self._trouble is not None:
            raise self._trouble
        return None

    def _add(self, accounts: Sequence[JsonObject]) -> None:
        with self._changed:
            self._accounts += accounts
            self._changed.notify_all()


def account_record(account: Mapping[str, Any]) -> JsonObject:
    """What is kept of AWS's Account, by its own names; `State` falls back to `Status`, which it replaces."""
    record = {name: account[name] for name in _KEPT if account.get(name)}
    state = state_of(dict(account))
    return record if state is None else {**record, "State": state}
