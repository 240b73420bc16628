"""Where accounts live: the path of organizational units above each.

With `Account.Paths` (ids) only the names are missing, and only parents that have units below them are asked.
Without, the tree is walked once: two listings a unit, whatever the number of accounts.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from job.aws.failure import AwsFailure
from job.aws.policy_documents import Json, JsonObject
from job.organization.listing import Listing
from job.organization.part import Part, attempt

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

# Ids of an account's or unit's place, from the root down.
Path: TypeAlias = "tuple[str, ...]"
# `OUPath` of accounts by their ids.
Paths: TypeAlias = "Mapping[str, list[Json]]"

_OU_PREFIXES = ("r-", "ou-")


def read_paths(client: OrganizationsClient, listing: Listing, stop: threading.Event) -> Part[Paths]:
    """`OUPath` of each account by its id."""
    roots = attempt("ListRoots", lambda: _roots(client))
    first = listing.first()
    if first is not None and first.get("Paths"):
        return _named_paths(client, listing, roots)
    if isinstance(roots, AwsFailure):
        return Part(value=None, failures=(roots,))
    walk = attempt("ListOrganizationalUnitsForParent", lambda: dict(_walk(client, roots, stop)))
    return Part(value=None, failures=(walk,)) if isinstance(walk, AwsFailure) else Part(value=walk)


def ou_text(path: Iterable[Json]) -> str | None:
    """The path in the original tool's form, `OU=root,OU=Prod`; None while a name is missing."""
    names = [step.get("Name") for step in path if isinstance(step, dict)]
    if not names or None in names:
        return None
    return ",".join(f"OU={name}" for name in ["root", *names[1:]])


def _roots(client: OrganizationsClient) -> dict[str, str]:
    pages = client.get_paginator("list_roots").paginate()
    return {root["Id"]: root["Name"] for page in pages for root in page["Roots"]}


def _children(client: OrganizationsClient, parent: str) -> dict[str, str]:
    pages = client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=parent)
    return {unit["Id"]: unit["Name"] for page in pages for unit in page["OrganizationalUnits"]}


def _named_paths(
    client: OrganizationsClient, listing: Listing, roots: dict[str, str] | AwsFailure
) -> Part[Paths]:
    paths = {str(account["Id"]): _ids(account) for account in listing}
    names: dict[str, str] = {} if isinstance(roots, AwsFailure) else roots
    failures = [roots] if isinstance(roots, AwsFailure) else []
    for parent in sorted({path[step] for path in paths.values() for step in range(len(path) - 1)}):
        children = attempt("ListOrganizationalUnitsForParent", partial(_children, client, parent))
        if isinstance(children, AwsFailure):
            failures.append(children)
            break
        names |= children
    value = {account: _steps(path, names) for account, path in paths.items() if path}
    return Part(value=value, failures=tuple(failures))


def _ids(account: JsonObject) -> Path:
    paths = account.get("Paths")
    if not isinstance(paths, list) or not paths:
        return ()
    return tuple(step for step in str(paths[0]).split("/") if step.startswith(_OU_PREFIXES))


def _steps(path: Path, names: Mapping[str, str]) -> list[Json]:
    return [{"Id": identifier, "Name": names.get(identifier)} for identifier in path]


def _walk(
    client: OrganizationsClient, roots: Mapping[str, str], stop: threading.Event
) -> Iterator[tuple[str, list[Json]]]:
    """Every account of the tree with its path."""
    names = dict(roots)
    waiting: list[Path] = [(root,) for root in roots]
    while waiting and not stop.is_set():
        path = waiting.pop()
        pages = client.get_paginator("list_accounts_for_parent").paginate(ParentId=path[-1])
        for account in (account for page in pages for account in page["Accounts"]):
            yield account["Id"], _steps(path, names)
        children = _children(client, path[-1])
        names |= children
        waiting += [(*path, child) for child in children]
