"""Reads all parts of the organization at the same time; accounts can be taken before the rest is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from job.aws.clients import Clients
from job.aws.error_messages import remedy_of
from job.aws.failure import failure_of
from job.aws.policy_documents import JsonObject
from job.errors import OrganizationError
from job.organization.control_policies import read_control_policies
from job.organization.delegated import read_delegated_administrators
from job.organization.listing import Listing
from job.organization.part import AWS_ERRORS, Part, in_background
from job.organization.tags import Tags, read_tags
from job.organization.units import Paths, ou_text, read_paths
from job.snapshot.states import ACTIVE, state_of

_ARN_PARTS = 6
_ADVICE = (
    "run in the management account or in a delegated administrator's, or set REPORT_ORGANIZATION_ROLE_ARN "
    "or REPORT_ORGANIZATION_FILE"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationReading:
    """A reading of the organization that is under way. Its threads end soon after `stop` is set."""

    listing: Listing
    paths: Future[Part[Paths]]
    tags: Future[Part[Mapping[str, Tags]]]
    rest: Mapping[str, Future[Part[JsonObject]]]
    stop: threading.Event
    now: Callable[[], datetime]

    def accounts(self) -> Iterator[JsonObject]:
        """Every account with Id, Name, Email, State…, as soon as it is listed.

        Raises OrganizationError when the listing fails, at once or on the way, or is empty.
        """
        empty = True
        try:
            for account in self.listing:
                empty = False
                yield account
        except AWS_ERRORS as error:
            failure = failure_of("ListAccounts", error)
            advice = _ADVICE if failure.is_denial else remedy_of(error) or _ADVICE
            message = f"the accounts could not be listed: {failure.code}: {failure.message}; {advice}"
            raise OrganizationError(message) from error
        if empty and not self.stop.is_set():
            raise OrganizationError(f"AWS Organizations lists no account to these credentials; {_ADVICE}")

    def document(self) -> JsonObject:
        """`organization.json`, when all of it is there."""
        listed = list(self.accounts())
        paths, tags = self.paths.result(), self.tags.result()
        rest = {name: future.result() for name, future in self.rest.items()}
        parts: list[Part[Any]] = [paths, tags, *rest.values()]
        return {
            **_from_arn(listed[0] if listed else {}),
            "CollectedAt": self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Accounts": [_account(each, paths.value, tags.value) for each in listed],
            **{name: part.value for name, part in rest.items() if part.value is not None},
            "Failures": [failure.as_json() for part in parts for failure in part.failures],
        }


def start_reading(
    clients: Clients, *, stop: threading.Event, now: Callable[[], datetime]
) -> OrganizationReading:
    """Begin to read everything at the same time; nothing is waited for but the organization role.

    Raises OrganizationError when that cannot be assumed.
    """
    if clients.organization_role is not None:
        clients.organization_role.enter()
    client, listing = clients.organizations, Listing()
    in_background(lambda: listing.read(client, stop))
    return OrganizationReading(
        listing=listing,
        paths=in_background(lambda: read_paths(client, listing, stop)),
        tags=in_background(lambda: read_tags(clients.tagging, client, listing, stop)),
        rest={
            "ServiceControlPolicies": in_background(
                lambda: read_control_policies(client, "SERVICE_CONTROL_POLICY", stop)
            ),
            "ResourceControlPolicies": in_background(
                lambda: read_control_policies(client, "RESOURCE_CONTROL_POLICY", stop)
            ),
            "DelegatedAdministrators": in_background(lambda: read_delegated_administrators(client)),
        },
        stop=stop,
        now=now,
    )


def is_active(account: JsonObject) -> bool:
    """Whether the account can be read: its state is ACTIVE, or not known, as in metadata of one's own."""
    return state_of(account) in (None, ACTIVE)


def _from_arn(account: JsonObject) -> JsonObject:
    """The organization and its management account, from an account's ARN.

    `arn:aws:organizations::MANAGEMENT:account/ORGANIZATION/ID`, see
    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    """
    parts = str(account.get("Arn", "")).split(":")
    if len(parts) != _ARN_PARTS:
        return {}
    return {"OrganizationId": parts[5].split("/")[1], "ManagementAccountId": parts[4]}


def _account(listed: JsonObject, paths: Paths | None, tags: Mapping[str, Tags] | None) -> JsonObject:
    """One of `Accounts`: a superset of the original tool's metadata; what was not read is left out."""
    account_id = str(listed["Id"])
    account = {name: value for name, value in listed.items() if name not in {"Arn", "Paths"}}
    path = (paths or {}).get(account_id)
    if path is not None:
        account["OUPath"] = path
        text = ou_text(path)
        account |= {} if text is None else {"OU": text}
    if tags is not None and account_id in tags:
        account["Tags"] = {name: tags[account_id][name] for name in sorted(tags[account_id])}
    return account
