"""A stand-in for the AWS calls that the job makes: `python -m bench.aws --accounts 1000` prints its address.

It answers STS, IAM, Organizations, the tagging API, S3, and what tells of data stores, of a made-up
organization with AWS's latencies and rates, and has faults on demand. `GET /-/stats` tells what was asked;
`POST /-/faults` replaces the faults; `POST /-/reset` forgets counts, reports and objects.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from collections import Counter
from urllib.parse import parse_qsl

import orjson

from bench import cbor
from bench.answers import AwsError, cbor_answer, error_answer, json_answer
from bench.faults import Faults, Rule, from_json, heavy
from bench.iam import Call, Iam, Sessions
from bench.limits import Limits
from bench.objects import Objects
from bench.organizations import JsonCall, Organizations
from bench.seeds import KINDS
from bench.store_services import S3_PARTS, SERVICES, StoreServices, s3_operation
from bench.wire import Answer, Connection, Request, Traffic
from bench.world import World

SLOW_SECONDS = 10.0
TOKENS = ("Marker", "NextToken", "PaginationToken")


class StandIn:
    """Everything behind one port."""

    def __init__(
        self, world: World, *, limits: Limits, caller: str, tagging: bool, session_seconds: int
    ) -> None:
        self.traffic = Traffic()
        self.faults = Faults()
        self._limits = limits
        self._caller = caller
        self._sessions = Sessions(seconds=session_seconds)
        self._iam = Iam(world, self._sessions, limits)
        self._organizations = Organizations(world, tagging=tagging)
        self._objects = Objects()
        self._stores = StoreServices(world)
        self._calls: Counter[str] = Counter()
        self._throttled: Counter[str] = Counter()
        self._cpu = time.process_time()
        self._iam.warm()

    def handle(self, request: Request) -> Answer | None:
        """Answer one request, or drop its connection."""
        if request.path.startswith("/-/"):
            return self._control(request)
        access_key, _, service = request.credential
        protocol = _protocol(request, service)
        operation, params = _operation(request, protocol)
        name = f"{service}:{operation}"
        self._calls[name] += 1
        delay = self._limits.delay(service)
        try:
            account_id = self._sessions.account_of(access_key) or self._caller
            answer = self._answer(request, protocol, name, account_id, params)
        except AwsError as error:
            answer = error_answer(protocol, error)
        if answer is not None:
            answer.delay += delay
        return answer

    def _answer(
        self,
        request: Request,
        protocol: str,
        name: str,
        account_id: str,
        params: dict[str, object],
    ) -> Answer | None:
        service, _, operation = name.partition(":")
        if not self._limits.allows(service, operation, account_id, time.monotonic()):
            self._throttled[name] += 1
            code = "Throttling" if protocol == "query" else "TooManyRequestsException"
            raise AwsError(code, "Rate exceeded", 400)
        target = str(params.get("RoleArn", ":::::")).split(":")[4] or account_id
        later_page = any(params.get(each) for each in TOKENS)
        about = str(params.get("UserName") or params.get("AccessKeyId") or "")
        rule = self.faults.meet(name, target, about, later_page=later_page)
        if rule is not None and rule.kind == "error":
            raise AwsError(rule.code, f"{rule.code} on demand", rule.status)
        if rule is not None and rule.kind == "expire":
            self._sessions.expiry[request.credential[0]] = 0.0
            raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)
        answer = self._done(request, protocol, name, account_id, params, rule)
        return _spoil(answer, rule)

    def _done(  # noqa: PLR0913, PLR0917 - the parts of a request
        self,
        request: Request,
        protocol: str,
        name: str,
        account_id: str,
        params: dict[str, object],
        rule: Rule | None,
    ) -> Answer:
        service, _, operation = name.partition(":")
        if protocol == "s3":
            about_buckets = operation == "ListBuckets" or operation in S3_PARTS.values()
            if about_buckets:
                return self._stores.s3(operation, account_id, request)
            return self._objects.answer(request)
        if service == "rds":
            return self._stores.rds(operation, account_id)
        if service in SERVICES:
            result = self._stores.result(name, account_id, params)
            return cbor_answer(result) if protocol == "cbor" else json_answer(result)
        if protocol == "query":
            texts = {key: str(value) for key, value in params.items()}
            call = Call(operation, account_id, request.credential[0], texts, rule)
            return self._iam.sts(call) if service == "sts" else self._iam.iam(call)
        empty = rule is not None and rule.kind == "empty_page"
        json_call = JsonCall(operation, account_id, params, empty=empty)
        organizations = self._organizations
        result = (
            organizations.answer(json_call)
            if service == "organizations"
            else organizations.resources(json_call)
        )
        return cbor_answer(result) if protocol == "cbor" else json_answer(result)

    def _control(self, request: Request) -> Answer:
        if request.path == "/-/faults":
            self.faults.replace(from_json(orjson.loads(request.body)))
        elif request.path == "/-/reset":
            self._reset()
        elif request.path == "/-/expire":
            self._sessions.expiry.clear()
        elif request.path != "/-/stats":
            return Answer(status=404)
        return json_answer(self._stats())

    def _reset(self) -> None:
        self._calls.clear()
        self._throttled.clear()
        self._iam.forget_reports()
        self._objects.stored.clear()
        self.traffic.requests = self.traffic.peak = 0
        self._cpu = time.process_time()

    def _stats(self) -> dict[str, object]:
        return {
            "calls": dict(self._calls),
            "throttled": dict(self._throttled),
            "faults": dict(self.faults.met),
            "requests": self.traffic.requests,
            "peak": self.traffic.peak,
            "connections": len(self.traffic.connections),
            "cpu": time.process_time() - self._cpu,
        }


def _spoil(answer: Answer, rule: Rule | None) -> Answer | None:
    if rule is None:
        return answer
    match rule.kind:
        case "reset":
            return None
        case "truncate":
            answer.cut = len(answer.body) // 2
        case "slow":
            answer.delay += SLOW_SECONDS
    return answer


def _protocol(request: Request, service: str) -> str:
    if service == "s3":
        return "s3"
    if "cbor" in request.headers.get("smithy-protocol", ""):
        return "cbor"
    return "json" if "x-amz-target" in request.headers else "query"


def _operation(request: Request, protocol: str) -> tuple[str, dict[str, object]]:
    if protocol == "query":
        params: dict[str, object] = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        return str(params.get("Action", "")), params
    if protocol == "json":
        return request.headers["x-amz-target"].rpartition(".")[2], orjson.loads(request.body or b"{}")
    if protocol == "cbor":
        content = cbor.decode(request.body) if request.body else {}
        return request.path.rpartition("/")[2], dict(content) if isinstance(content, dict) else {}
    if (about_buckets := s3_operation(request)) is not None:
        return about_buckets, {}
    has_key = bool(request.path.lstrip("/").partition("/")[2])
    names = {"PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject", "GET": "GetObject"}
    return names.get(request.method, request.method) if has_key else "ListObjectsV2", {}


async def serve(stand_in: StandIn, port: int) -> None:
    """Serve until told to stop; the first line printed is the address."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(stand_in.handle, stand_in.traffic), "127.0.0.1", port, backlog=1024
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, default="easy", help="which organization")
    parser.add_argument("--users-median", type=float, default=4.0)
    parser.add_argument("--roles-median", type=float, default=37.0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=1.0, help="0 answers at once, 1 as slow as AWS")
    parser.add_argument("--no-limits", action="store_true", help="no throttling")
    parser.add_argument("--no-tagging", action="store_true", help="GetResources answers an empty list")
    parser.add_argument("--session-seconds", type=int, default=3600)
    parser.add_argument("--heavy", action="store_true", help="the heavy fault profile")
    given = parser.parse_args()
    world = World(
        size=given.accounts,
        seed=given.seed,
        users_median=given.users_median,
        roles_median=given.roles_median,
        kind=given.kind,
    )
    stand_in = StandIn(
        world,
        limits=Limits(scale=given.latency, seed=given.seed, enforce=not given.no_limits),
        caller=world.management_id,
        tagging=not given.no_tagging,
        session_seconds=given.session_seconds,
    )
    if given.heavy:
        stand_in.faults.replace(heavy(world).rules)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(stand_in, given.port))


if __name__ == "__main__":
    main()
