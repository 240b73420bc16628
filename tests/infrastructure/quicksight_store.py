"""Data sources, data sets and refresh schedules of QuickSight: kept as sent, answered as AWS does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from werkzeug.wrappers import Request

Answer = tuple[int, dict[str, str], str]
Document = dict[str, Any]

# When everything here was made: QuickSight answers with seconds since 1970.
CREATED_AT = 1_790_000_000

SINGULAR: Mapping[str, str] = {"data-sources": "DataSource", "data-sets": "DataSet"}


class Call(NamedTuple):
    """One request: its method, the parts of its path from the account on, and its body."""

    method: str
    parts: tuple[str, ...]
    body: Document
    arn: str


class QuickSightStore:
    """Everything one server keeps; `paths` are the routes that it answers."""

    def __init__(self) -> None:
        self._resources: dict[tuple[str, ...], Document] = {}
        self._permissions: dict[tuple[str, ...], list[Document]] = {}
        self._tags: dict[str, list[Document]] = {}

    def paths(self) -> dict[str, Callable[..., Answer]]:
        """Routes as moto's `url_paths` wants them."""
        resource = r"{0}/accounts/(?P<account_id>\d+)/(?P<kind>data-sources|data-sets)"
        return {
            resource + "$": routed(self.create),
            resource + "/(?P<resource_id>[^/]+)$": routed(self.one),
            resource + "/(?P<resource_id>[^/]+)/permissions$": routed(self.permissions),
            resource + "/(?P<resource_id>[^/]+)/refresh-properties$": routed(absent),
            resource + "/(?P<resource_id>[^/]+)/refresh-schedules$": routed(self.create_schedule),
            resource + "/(?P<resource_id>[^/]+)/refresh-schedules/(?P<schedule_id>[^/]+)$": routed(
                self.schedule
            ),
            "{0}/resources/(?P<arn>.+)/tags$": routed(self.tags),
        }

    def create(self, call: Call) -> Answer:
        """Keep a data source or data set."""
        kind = SINGULAR[call.parts[1]]
        body = dict(call.body)
        identifier = body[f"{kind}Id"]
        arn = f"{call.arn}/{identifier}"
        self._permissions[*call.parts, identifier] = body.pop("Permissions", [])
        self._tags[arn] = body.pop("Tags", [])
        body |= {"Arn": arn, "CreatedTime": CREATED_AT, "LastUpdatedTime": CREATED_AT}
        body |= (
            {"Status": "CREATION_SUCCESSFUL"} if kind == "DataSource" else {"ConsumedSpiceCapacityInBytes": 0}
        )
        self._resources[*call.parts, identifier] = body
        return answer({"Arn": arn, f"{kind}Id": identifier, "CreationStatus": "CREATION_SUCCESSFUL"}, 201)

    def one(self, call: Call) -> Answer:
        """Describe or delete a data source or data set."""
        if call.parts not in self._resources:
            return absent(call)
        if call.method == "DELETE":
            del self._resources[call.parts]
            return answer({})
        return answer({SINGULAR[call.parts[1]]: self._resources[call.parts]})

    def permissions(self, call: Call) -> Answer:
        """Describe who may do what."""
        return answer({"Permissions": self._permissions[call.parts[:3]]})

    def create_schedule(self, call: Call) -> Answer:
        """Keep a refresh schedule."""
        schedule = {**call.body["Schedule"], "Arn": f"{call.arn}/{call.body['Schedule']['ScheduleId']}"}
        self._resources[*call.parts, schedule["ScheduleId"]] = schedule
        return answer({"ScheduleId": schedule["ScheduleId"], "Arn": schedule["Arn"]})

    def schedule(self, call: Call) -> Answer:
        """Describe or delete a refresh schedule."""
        if call.parts not in self._resources:
            return absent(call)
        if call.method == "DELETE":
            del self._resources[call.parts]
            return answer({})
        schedule = self._resources[call.parts]
        return answer({"RefreshSchedule": schedule, "Arn": schedule["Arn"]})

    def tags(self, call: Call) -> Answer:
        """List a resource's tags."""
        return answer({"Tags": self._tags.get(call.parts[0], [])})


def absent(_call: Call) -> Answer:
    """Answer that there is no such thing."""
    return answer({"__type": "ResourceNotFoundException", "Message": "none"}, 404)


def answer(document: Document, status: int = 200) -> Answer:
    """Answer with a JSON document."""
    headers = {"Content-Type": "application/json"}
    if "__type" in document:
        headers["x-amzn-errortype"] = document["__type"]
    return status, headers, json.dumps({**document, "RequestId": "1", "Status": status})


def routed(method: Callable[[Call], Answer]) -> Callable[..., Answer]:
    """Turn a method over calls into what moto's routing calls."""

    def route(request: Request, full_url: str, headers: Mapping[str, str]) -> Answer:
        path = urlsplit(full_url).path
        region = re.search(r"/(\d{8})/([a-z0-9-]+)/quicksight/", headers.get("Authorization", ""))
        if path.startswith("/resources/"):
            parts = (unquote(path.removeprefix("/resources/").removesuffix("/tags")),)
            return method(Call(request.method, parts, {}, ""))
        _, _, account_id, *rest = path.split("/")
        arn = f"arn:aws:quicksight:{region[2] if region else ''}:{account_id}:{'/'.join(rest)}"
        arn = arn.replace(":data-sources", ":datasource").replace(":data-sets", ":dataset")
        body = json.loads(request.data) if request.data else {}
        return method(Call(request.method, (account_id, *rest), body, arn))

    return route
