"""STS and IAM of every account, in the query protocol."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from bench.answers import IAM_NAMESPACE, STS_NAMESPACE, AwsError, page, query_answer
from bench.credential_report import report_text, spoiled
from bench.entities import GROUPS, POLICIES, ROLES, USERS, Entities, to_xml
from bench.faults import Rule
from bench.iam_xml import bare, entity_lists, key_xml, last_used_xml, paged
from bench.limits import Limits
from bench.seeds import UserSeed, iso
from bench.wire import Answer
from bench.world import World

FILTERS = {
    "User": USERS,
    "Group": GROUPS,
    "Role": ROLES,
    "LocalManagedPolicy": POLICIES,
    "AWSManagedPolicy": POLICIES,
}
HOURS_3 = 3 * 3600


@dataclass(slots=True)
class Call:
    """One query-protocol request: who asks, what for, and the fault that shapes its answer, if any."""

    operation: str
    account_id: str
    access_key: str
    params: dict[str, str]
    fault: Rule | None = None


@dataclass(slots=True)
class Sessions:
    """The role sessions handed out; an access key id holds the account, so a request tells its account."""

    seconds: int = 3600
    expiry: dict[str, float] = field(default_factory=dict)
    _serial: int = 0

    def open(self, account_id: str) -> tuple[str, float]:
        """A new session's access key id and its end."""
        self._serial += 1
        key = f"ASIA{account_id}{self._serial % 10_000:04d}"
        self.expiry[key] = time.time() + self.seconds
        return key, self.expiry[key]

    def account_of(self, access_key: str) -> str | None:
        """The account of a session, None for any other key; raises for a session that has ended."""
        if not access_key.startswith("ASIA"):
            return None
        if self.expiry.get(access_key, 0.0) < time.time():
            raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)
        return access_key[4:16]


class Iam:
    """The identities of every account."""

    def __init__(self, world: World, sessions: Sessions, limits: Limits) -> None:
        self._world = world
        self._entities = Entities(world)
        self._sessions = sessions
        self._limits = limits
        self._ready: dict[str, float] = {}
        self._account = lru_cache(maxsize=20_000)(world.account)
        self._operations: dict[str, Callable[[Call], str]] = {
            "GenerateCredentialReport": self._generate,
            "GetCredentialReport": self._report,
            "GetAccountAuthorizationDetails": self._details,
            "ListAccessKeys": self._keys,
            "GetAccessKeyLastUsed": self._last_used,
            "ListUsers": self._users,
            "GetUser": self._user,
            "GetPolicy": self._policy,
            "GetPolicyVersion": self._policy_version,
            "ListAccountAliases": lambda _: "    <IsTruncated>false</IsTruncated>\n    <AccountAliases/>\n",
            "ListServiceSpecificCredentials": lambda _: "    <ServiceSpecificCredentials/>\n",
            "ListSigningCertificates": lambda _: (
                "    <IsTruncated>false</IsTruncated>\n    <Certificates/>\n"
            ),
        }

    def warm(self) -> None:
        """Render what every account shares, before the clock of a measurement runs."""
        self._entities.of(self._account(self._world.account_ids[0]))

    def forget_reports(self) -> None:
        """As if no report had been asked for yet."""
        self._ready.clear()

    def sts(self, call: Call) -> Answer:
        """Answer one STS request."""
        if call.operation == "GetCallerIdentity":
            arn = f"arn:aws:sts::{call.account_id}:assumed-role/task/session"
            body = (
                f"<Arn>{arn}</Arn>\n<UserId>AROATASK:session</UserId>\n<Account>{call.account_id}</Account>\n"
            )
            return query_answer(call.operation, STS_NAMESPACE, body)
        if call.operation != "AssumeRole":
            raise AwsError("InvalidAction", f"Could not find operation {call.operation}")
        role = call.params["RoleArn"]
        account_id = role.split(":")[4]
        if account_id not in self._world.index:
            raise AwsError(
                "AccessDenied", f"not authorized to perform: sts:AssumeRole on resource: {role}", 403
            )
        return query_answer("AssumeRole", STS_NAMESPACE, self._session(role, account_id, call))

    def _session(self, role: str, account_id: str, call: Call) -> str:
        key, end = self._sessions.open(account_id)
        name = call.params.get("RoleSessionName", "")
        arn = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        return (
            f"    <AssumedRoleUser>\n      <AssumedRoleId>AROA:{name}</AssumedRoleId>\n"
            f"      <Arn>{arn}/{name}</Arn>\n    </AssumedRoleUser>\n    <Credentials>\n"
            f"      <AccessKeyId>{key}</AccessKeyId>\n      <SecretAccessKey>secret-{key}</SecretAccessKey>\n"
            f"      <SessionToken>{'token-' + key:x<300}</SessionToken>\n"
            f"      <Expiration>{iso(end)}</Expiration>\n"
            "    </Credentials>\n"
        )

    def iam(self, call: Call) -> Answer:
        """Answer one IAM request."""
        handler = self._operations.get(call.operation)
        if handler is None:
            raise AwsError(
                "InvalidAction", f"Could not find operation {call.operation} for version 2010-05-08"
            )
        return query_answer(call.operation, IAM_NAMESPACE, handler(call))

    def _generate(self, call: Call) -> str:
        now = time.time()
        ready = self._ready.get(call.account_id)
        if ready is None:
            seed = self._account(call.account_id)
            wait = (2 + 3 * (self._world.index[call.account_id] * 37 % 101) / 100) * self._limits.scale
            ready = self._ready[call.account_id] = now - HOURS_3 if seed.cached_report else now + wait
            state = "COMPLETE" if seed.cached_report else "STARTED"
        else:
            state = "COMPLETE" if ready <= now else "INPROGRESS"
        if call.fault is not None and call.fault.kind == "never":
            state = "INPROGRESS"
        return f"    <State>{state}</State>\n"

    def _report(self, call: Call) -> str:
        ready = self._ready.get(call.account_id)
        if ready is None:
            raise AwsError("ReportNotPresent", "Credential report not present", 410)
        if ready > time.time() or (call.fault is not None and call.fault.kind == "never"):
            raise AwsError("ReportInProgress", "Credential report in progress", 404)
        text = report_text(self._account(call.account_id))
        content = base64.b64encode(text.encode()).decode()
        if call.fault is not None and call.fault.kind == "report":
            content = spoiled(text, call.fault.detail)
        return (
            f"    <Content>{content}</Content>\n    <ReportFormat>text/csv</ReportFormat>\n"
            f"    <GeneratedTime>{iso(ready)}</GeneratedTime>\n"
        )

    def _details(self, call: Call) -> str:
        wanted = {value for name, value in call.params.items() if name.startswith("Filter.member.")} or set(
            FILTERS
        )
        lists = {FILTERS[each] for each in wanted}
        every = self._entities.of(self._account(call.account_id), aws_managed="AWSManagedPolicy" in wanted)
        entities = [
            each
            for each in every
            if each.list_name in lists
            and (each.list_name != POLICIES or each.template.aws_managed or "LocalManagedPolicy" in wanted)
        ]
        empty = call.fault is not None and call.fault.kind == "empty_page"
        size = int(call.params.get("MaxItems", "100"))
        found, marker = page(entities, call.params.get("Marker"), size, empty=empty)
        return paged("".join(entity_lists(found)), marker)

    def _keys(self, call: Call) -> str:
        user = self._named(call)
        body = "".join(key_xml(user, key) for key in user.keys)
        return paged(f"    <AccessKeyMetadata>\n{body}    </AccessKeyMetadata>\n", None)

    def _last_used(self, call: Call) -> str:
        wanted = call.params["AccessKeyId"]
        for user in self._account(call.account_id).users:
            for key in user.keys:
                if key.id == wanted:
                    return last_used_xml(user, key)
        raise AwsError("NoSuchEntity", f"The Access Key with id {wanted} cannot be found", 404)

    def _users(self, call: Call) -> str:
        account = self._account(call.account_id)
        empty = call.fault is not None and call.fault.kind == "empty_page"
        size = int(call.params.get("MaxItems", "100"))
        found, marker = page(account.users, call.params.get("Marker"), size, empty=empty)
        body = "".join(to_xml("member", bare(account, user), "      ") for user in found)
        return paged(f"    <Users>\n{body}    </Users>\n", marker)

    def _user(self, call: Call) -> str:
        return to_xml("User", bare(self._account(call.account_id), self._named(call)), "    ")

    def _named(self, call: Call) -> UserSeed:
        wanted = call.params.get("UserName", "")
        for user in self._account(call.account_id).users:
            if user.name == wanted:
                return user
        raise AwsError("NoSuchEntity", f"The user with name {wanted} cannot be found.", 404)

    def _policy(self, call: Call) -> str:
        policy = self._managed(call)
        shown = {name: value for name, value in policy.items() if name != "PolicyVersionList"}
        return to_xml("Policy", shown, "    ")

    def _policy_version(self, call: Call) -> str:
        versions = self._managed(call)["PolicyVersionList"]
        assert isinstance(versions, list)  # noqa: S101 - narrows what this module's own data is
        for version in versions:
            if version["VersionId"] == call.params.get("VersionId"):
                return to_xml("PolicyVersion", version, "    ")
        raise AwsError("NoSuchEntity", "Policy version not found", 404)

    def _managed(self, call: Call) -> dict[str, object]:
        arn = call.params.get("PolicyArn", "")
        if (policy := self._world.managed_policies.get(arn)) is None:
            raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
        return policy
