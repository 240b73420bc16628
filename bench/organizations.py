"""AWS Organizations and the tagging API of the made-up organization, in the JSON and CBOR protocols."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.answers import AwsError, page
from bench.crowded import crowded_control_policies
from bench.policies import document, statement
from bench.seeds import EPOCH
from bench.world import ORGANIZATION_ID, ROOT_ID, OuSeed, World

Result = dict[str, object]
FULL = document(statement("Allow", "*", "*"))
REGIONS = document(
    {
        "Sid": "OnlyEurope",
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*", "organizations:*", "route53:*", "support:*", "cloudfront:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1", "us-east-1"]}},
    },
)
NO_USERS = document(
    statement("Deny", ["iam:CreateUser", "iam:CreateAccessKey", "organizations:LeaveOrganization"], "*")
)
QUARANTINE = document(statement("Deny", ["s3:Get*", "rds:*"], "*"))


@dataclass(slots=True)
class JsonCall:
    """One request of the JSON or CBOR protocol; `empty` asks for an empty page with a token first."""

    operation: str
    account_id: str
    input: Result
    empty: bool = False


class Organizations:
    """What the management account and delegated administrators see."""

    def __init__(self, world: World, *, tagging: bool = True) -> None:
        self._world = world
        self._tagging = tagging
        self._operations: dict[str, Callable[[JsonCall], Result]] = {
            "DescribeOrganization": lambda _: {"Organization": self._organization},
            "ListAccounts": self._accounts,
            "ListRoots": self._roots,
            "ListOrganizationalUnitsForParent": self._units,
            "ListAccountsForParent": self._accounts_for_parent,
            "ListParents": self._parents,
            "ListTagsForResource": self._tags,
            "ListPolicies": self._list_policies,
            "DescribePolicy": self._describe_policy,
            "ListTargetsForPolicy": self._targets,
            "ListPoliciesForTarget": self._policies_for_target,
            "ListDelegatedAdministrators": self._delegated,
            "ListDelegatedServicesForAccount": self._delegated_services,
            "DescribeOrganizationalUnit": self._describe_unit,
            "DescribeAccount": lambda call: {"Account": self._account(str(call.input["AccountId"]))},
        }

    def answer(self, call: JsonCall) -> Result:
        """Answer one Organizations request."""
        if (handler := self._operations.get(call.operation)) is None:
            raise AwsError("UnknownOperationException", f"no operation {call.operation}")
        return handler(call)

    def resources(self, call: JsonCall) -> Result:
        """Answer GetResources of the tagging API: accounts that were ever tagged, 100 a page at most."""
        if call.operation != "GetResources":
            raise AwsError("UnknownOperationException", f"no operation {call.operation}")
        world = self._world
        tagged = [each for each in world.account_ids if world.tags(each)] if self._tagging else []
        size = min(100, int(str(call.input.get("ResourcesPerPage") or 50)))
        token = str(call.input.get("PaginationToken") or "") or None
        found, following = page(tagged, token, size, empty=call.empty)
        mappings = [
            {"ResourceARN": self._arn("account", each), "Tags": self._tag_list(each)} for each in found
        ]
        return {"ResourceTagMappingList": mappings, "PaginationToken": following or ""}

    @property
    def _organization(self) -> Result:
        return {
            "Id": ORGANIZATION_ID,
            "Arn": f"arn:aws:organizations::{self._world.management_id}:organization/{ORGANIZATION_ID}",
            "FeatureSet": "ALL",
            "MasterAccountArn": self._arn("account", self._world.management_id),
            "MasterAccountId": self._world.management_id,
            "MasterAccountEmail": "management@example.com",
        }

    def _arn(self, kind: str, identifier: str) -> str:
        return f"arn:aws:organizations::{self._world.management_id}:{kind}/{ORGANIZATION_ID}/{identifier}"

    def _account(self, account_id: str) -> Result:
        world = self._world
        if account_id not in world.index:
            raise AwsError("AccountNotFoundException", f"no account {account_id}")
        parent = world.parent(account_id)
        above = f"{ORGANIZATION_ID}/{ROOT_ID}/" if parent == ROOT_ID else world.units_by_id[parent].path
        return {
            "Id": account_id,
            "Arn": self._arn("account", account_id),
            "Email": f"aws+{account_id}@example.com",
            "Name": f"account {world.index[account_id]}, Größe",
            "State": world.state(account_id),
            "Paths": [f"{above}{account_id}/"],
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": EPOCH - 86_400 * 1000,
        }

    @staticmethod
    def _page(call: JsonCall, name: str, items: Sequence[object], most: int = 20) -> Result:
        size = min(most, int(str(call.input.get("MaxResults") or most)))
        found, token = page(items, _text(call.input.get("NextToken")), size, empty=call.empty)
        result: Result = {name: list(found)}
        return result if token is None else {**result, "NextToken": token}

    def _accounts(self, call: JsonCall) -> Result:
        answer = self._page(call, "Accounts", self._world.account_ids)
        identifiers = answer["Accounts"]
        assert isinstance(identifiers, list)  # noqa: S101 - made one line above
        return {**answer, "Accounts": [self._account(each) for each in identifiers]}

    def _roots(self, call: JsonCall) -> Result:
        types = [
            {"Type": kind, "Status": "ENABLED"}
            for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
        ]
        root = {"Id": ROOT_ID, "Arn": self._arn("root", ROOT_ID), "Name": "Root", "PolicyTypes": types}
        return self._page(call, "Roots", [root])

    def _unit(self, unit: OuSeed) -> Result:
        return {"Id": unit.id, "Arn": self._arn("ou", unit.id), "Name": unit.name, "Path": unit.path}

    def _units(self, call: JsonCall) -> Result:
        parent = call.input["ParentId"]
        found = [self._unit(unit) for unit in self._world.units if unit.parent == parent]
        return self._page(call, "OrganizationalUnits", found)

    def _describe_unit(self, call: JsonCall) -> Result:
        unit = self._world.units_by_id[str(call.input["OrganizationalUnitId"])]
        return {"OrganizationalUnit": self._unit(unit)}

    def _accounts_for_parent(self, call: JsonCall) -> Result:
        parent = call.input["ParentId"]
        world = self._world
        found = [self._account(each) for each in world.account_ids if world.parent(each) == parent]
        return self._page(call, "Accounts", found)

    def _parents(self, call: JsonCall) -> Result:
        child = str(call.input["ChildId"])
        parent = self._world.parent(child) if child.isdigit() else self._world.units_by_id[child].parent
        return {"Parents": [{"Id": parent, "Type": "ROOT" if parent == ROOT_ID else "ORGANIZATIONAL_UNIT"}]}

    def _tag_list(self, account_id: str) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self._world.tags(account_id).items()]

    def _tags(self, call: JsonCall) -> Result:
        resource = str(call.input["ResourceId"])
        return self._page(call, "Tags", self._tag_list(resource) if resource.isdigit() else [], most=50)

    @cached_property
    def control_policies(self) -> dict[str, dict[str, tuple[str, Result, tuple[str, ...]]]]:
        """Name, document and targets of every control policy, by type and id."""
        world = self._world
        make = easy_control_policies if world.kind == "easy" else crowded_control_policies
        return make(ROOT_ID, tuple(world.units_by_id), world.account_ids)

    def _summary(self, kind: str, policy_id: str) -> Result:
        return {
            "Id": policy_id,
            "Arn": f"arn:aws:organizations::aws:policy/{kind.lower()}/{policy_id}",
            "Name": self.control_policies[kind][policy_id][0],
            "Type": kind,
            "AwsManaged": "FullAWSAccess" in policy_id,
        }

    def _list_policies(self, call: JsonCall) -> Result:
        kind = str(call.input["Filter"])
        summaries = [self._summary(kind, each) for each in self.control_policies.get(kind, {})]
        return self._page(call, "Policies", summaries)

    def _kind(self, policy_id: str) -> str:
        for kind, policies in self.control_policies.items():
            if policy_id in policies:
                return kind
        raise AwsError("PolicyNotFoundException", f"no policy {policy_id}")

    def _describe_policy(self, call: JsonCall) -> Result:
        policy_id = str(call.input["PolicyId"])
        kind = self._kind(policy_id)
        content = json.dumps(self.control_policies[kind][policy_id][1])
        return {"Policy": {"PolicySummary": self._summary(kind, policy_id), "Content": content}}

    def _targets(self, call: JsonCall) -> Result:
        policy_id = str(call.input["PolicyId"])
        targets = self.control_policies[self._kind(policy_id)][policy_id][2]
        return self._page(call, "Targets", [self._target(each) for each in targets])

    def _target(self, identifier: str) -> Result:
        kind = (
            "ACCOUNT" if identifier.isdigit() else "ROOT" if identifier == ROOT_ID else "ORGANIZATIONAL_UNIT"
        )
        return {
            "TargetId": identifier,
            "Arn": self._arn("target", identifier),
            "Name": identifier,
            "Type": kind,
        }

    def _policies_for_target(self, call: JsonCall) -> Result:
        kind, target = str(call.input["Filter"]), str(call.input["TargetId"])
        found = [
            self._summary(kind, policy_id)
            for policy_id, (_, _, targets) in self.control_policies.get(kind, {}).items()
            if target in targets
        ]
        return self._page(call, "Policies", found)

    def _delegated(self, call: JsonCall) -> Result:
        return self._page(call, "DelegatedAdministrators", [self._account(self._world.account_ids[-1])])

    def _delegated_services(self, call: JsonCall) -> Result:
        services = [{"ServicePrincipal": "securityhub.amazonaws.com", "DelegationEnabledDate": EPOCH}]
        return self._page(call, "DelegatedServices", services)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def easy_control_policies(
    root: str, units: Sequence[str], accounts: Sequence[str]
) -> dict[str, dict[str, tuple[str, Result, tuple[str, ...]]]]:
    """The control policies of the easy organization."""
    everything = (root, *units, *accounts)
    return {
        "SERVICE_CONTROL_POLICY": {
            "p-FullAWSAccess": ("FullAWSAccess", FULL, everything),
            "p-be000001": ("regions", REGIONS, (units[0],)),
            "p-be000002": ("no-users", NO_USERS, (units[-1], accounts[-1])),
            "p-be000003": ("quarantine", QUARANTINE, (accounts[min(5, len(accounts) - 1)],)),
        },
        "RESOURCE_CONTROL_POLICY": {"p-RCPFullAWSAccess": ("RCPFullAWSAccess", FULL, everything)},
    }
