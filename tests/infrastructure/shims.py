"""What moto lacks for Terraform and AWS has, closed by name: each says which gap it fills and when it can go.

Installed in the process that embeds moto, before its server starts. `test_shims.py` fails when moto closes
a gap itself.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from moto.athena.responses import AthenaResponse
from moto.cloudformation.models import StackInstance, StackSet
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.resource_tagging import TaggedResource
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMRequestBase, PermissionResult
from moto.iam.models import IAMBackend, Role, User
from moto.organizations.models import FakeDelegatedAdministrator, organizations_backends
from moto.quicksight import urls as quicksight_urls
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.s3.models import FakeBucket
from quicksight_store import QuickSightStore


def install() -> None:
    """Close all gaps."""
    compose_alarms()
    delete_named_queries()
    remember_stack_set_settings()
    delete_stack_instances_by_unit()
    keep_inline_policies_as_text()
    delegate_identity_center()
    leave_boundaries_out_of_details()
    leave_out_bucket_policies()
    leave_out_trust_policies()
    list_tagged_accounts()
    name_tagging_actions_as_policies_do()
    keep_quicksight_resources()


def compose_alarms() -> None:
    """CloudWatch: PutCompositeAlarm is missing; what serves it is there. Goes when moto has it."""
    setattr(CloudWatchResponse, "put_composite_alarm", CloudWatchResponse.put_metric_alarm)  # noqa: B010 - not declared


def delete_named_queries() -> None:
    """Athena: DeleteNamedQuery is missing. Goes when moto has it."""

    def delete_named_query(self: AthenaResponse) -> str:
        self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
        return "{}"

    AthenaResponse.delete_named_query = delete_named_query


def remember_stack_set_settings() -> None:
    """StackSets: AutoDeployment, Capabilities, ManagedExecution are dropped. Goes when moto returns them."""
    create = CloudFormationResponse.create_stack_set

    def create_stack_set(self: CloudFormationResponse) -> ActionResult:
        result = create(self)
        stack_set = self.cloudformation_backend.describe_stack_set(result.result["StackSetId"])
        stack_set.auto_deployment = self._get_param("AutoDeployment")
        stack_set.capabilities = self._get_param("Capabilities")
        stack_set.kept_managed_execution = self._get_param("ManagedExecution", {"Active": False})
        return result

    CloudFormationResponse.create_stack_set = create_stack_set
    StackSet.managed_execution = property(lambda self: self.kept_managed_execution)


def delete_stack_instances_by_unit() -> None:
    """StackSets: units are not kept with instances, nor looked at on deletion. Goes when moto does both."""
    describe = StackInstance.to_dict
    delete = CloudFormationResponse.delete_stack_instances

    def unit_of(instance: StackInstance, accounts: list[Any]) -> str:
        return next(str(account.parent_id) for account in accounts if account.id == instance.account_id)

    def to_dict(self: StackInstance) -> dict[str, Any]:
        return {**describe(self), "OrganizationalUnitId": self.unit_id}

    def delete_stack_instances(self: CloudFormationResponse) -> ActionResult:
        stack_set = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
        units = (self._get_params().get("DeploymentTargets") or {}).get("OrganizationalUnitIds", ())
        chosen = [item.account_id for item in stack_set.stack_instances if item.unit_id in units]
        stack_set.delete_stack_instances(chosen, self._get_param("Regions", []))
        return delete(self)

    StackInstance.unit_id = property(lambda self: unit_of(self, organization_accounts()))
    StackInstance.to_dict = to_dict
    CloudFormationResponse.delete_stack_instances = delete_stack_instances


def keep_inline_policies_as_text() -> None:
    """CloudFormation: roles' inline policies stay objects, which enforcement cannot read. Goes when not."""
    put_policy = Role.put_policy

    def put_text(self: Role, name: str, document: str | dict[str, Any]) -> None:
        put_policy(self, name, document if isinstance(document, str) else json.dumps(document, default=str))

    Role.put_policy = put_text


def delegate_identity_center() -> None:
    """Organizations: its administration cannot be delegated. Goes when moto knows that service."""
    FakeDelegatedAdministrator.SUPPORTED_SERVICES = (
        *FakeDelegatedAdministrator.SUPPORTED_SERVICES,
        "sso.amazonaws.com",
    )


def leave_boundaries_out_of_details() -> None:
    """IAM: as AWS has been seen to, list users without their boundary, which its policy then counts."""
    details = IAMBackend.get_account_authorization_details
    bare = type("User", (User,), {"permissions_boundary": None})  # moto's answers go by the class's name

    def without_boundaries(self: IAMBackend, chosen: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = details(self, chosen)
        uses = Counter(user.boundary_arn for user in found["users"])
        for policy in found["managed_policies"]:
            policy.permissions_boundary_usage_count = uses[policy.arn]
        return {**found, "users": [twin(user) for user in found["users"]]}

    def twin(user: User) -> User:
        copied = copy.copy(user)
        copied.__class__ = bare
        return copied

    IAMBackend.get_account_authorization_details = without_boundaries


def organization_accounts() -> list[Any]:
    """Accounts of every organization in this process."""
    return [account for backend in organizations_backends.values() for account in backend["aws"].accounts]


def leave_out_bucket_policies() -> None:
    """S3: conditions are ignored, so a Deny of plain HTTP refuses all. Goes when moto reads conditions."""
    FakeBucket.get_permission = lambda _self, _action, _resource: PermissionResult.NEUTRAL


def leave_out_trust_policies() -> None:
    """STS: roles of the caller's own account are refused whatever they trust. Goes when moto reads trust."""
    setattr(IAMRequestBase, "_check_role_trust_relationship", lambda _self, _role_arn: True)  # noqa: B010 - private


def list_tagged_accounts() -> None:
    """Tagging API: accounts are left out, which AWS lists in us-east-1. Goes when moto lists them.

    To the management account alone, as moto keeps an organization: whether AWS answers others is not known.
    """
    others = vars(ResourceGroupsTaggingAPIBackend)["_get_resources_generator"]

    def with_accounts(self: ResourceGroupsTaggingAPIBackend, **chosen: object) -> Iterator[TaggedResource]:
        yield from others(self, **chosen)
        wanted = chosen.get("resource_type_filters")
        if self.region_name == "us-east-1" and wanted == ["organizations:account"]:
            for account in organizations_backends[self.account_id]["aws"].accounts:
                if account.tags:
                    yield TaggedResource(account.arn, account.tags, "organizations:account")

    setattr(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", with_accounts)  # noqa: B010 - private


def name_tagging_actions_as_policies_do() -> None:
    """IAM: `tag:` actions are looked up as `tagging:`, as requests are signed. Goes when moto knows both."""
    create = IAMRequestBase.__init__

    def created(self: IAMRequestBase, *arguments: object, **named: object) -> None:
        create(self, *arguments, **named)
        action = vars(self)["_action"]
        vars(self)["_action"] = (
            action.replace("tagging:", "tag:") if action.startswith("tagging:") else action
        )

    IAMRequestBase.__init__ = created


def keep_quicksight_resources() -> None:
    """QuickSight: data sources and data sets cannot be described. Goes when moto answers these calls."""
    replaced = re.compile(r"data-s|tags\$")
    for path in [path for path in quicksight_urls.url_paths if replaced.search(path)]:
        del quicksight_urls.url_paths[path]
    quicksight_urls.url_paths.update(QuickSightStore().paths())
