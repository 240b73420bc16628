"""Each shim is still needed: moto, as it is installed, still has the gap."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import execution_shims
import pytest
import shims

# Whether moto has closed the gap itself; asked of a process in which no shim was installed.
CLOSED = {
    "call_with_rights": """
import inspect
from moto.stepfunctions.parser.asl.utils import boto_client
print('aws_access_key_id="ak"' not in inspect.getsource(boto_client.boto_client_for))
""",
    "compose_alarms": """
from moto.cloudwatch.responses import CloudWatchResponse
print(hasattr(CloudWatchResponse, "put_composite_alarm"))
""",
    "delegate_identity_center": """
from moto.organizations.models import FakeDelegatedAdministrator
print(FakeDelegatedAdministrator.supported_service("sso.amazonaws.com"))
""",
    "delete_named_queries": """
from moto.athena.responses import AthenaResponse
print(hasattr(AthenaResponse, "delete_named_query"))
""",
    "delete_stack_instances_by_unit": """
import inspect
from moto.cloudformation.models import StackInstance
print("OrganizationalUnitId" in inspect.getsource(StackInstance.to_dict))
""",
    "execute_state_machines": """
from moto.stepfunctions.responses import get_backend
print("Parser" in type(get_backend("123456789012", "eu-central-1")).__name__)
""",
    "keep_inline_policies_as_text": """
from moto.iam.models import Role
role = Role.create_from_cloudformation_json("r", {"Properties": {
    "AssumeRolePolicyDocument": "{}",
    "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": []}}],
}}, "123456789012", "eu-central-1")
print(isinstance(role.policies["p"], str))
""",
    "keep_quicksight_resources": """
from moto.quicksight.responses import QuickSightResponse
print(hasattr(QuickSightResponse, "describe_data_set"))
""",
    "leave_boundaries_out_of_details": """
from moto.iam.models import User
print(hasattr(User, "permissions_boundary"))
""",
    "leave_out_bucket_policies": """
from moto.iam.access_control import IAMPolicy, PermissionResult
plain_http = {"Bool": {"aws:SecureTransport": "false"}}
deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": plain_http}
policy = IAMPolicy({"policy_document": '{"Statement": [%s]}' % __import__("json").dumps(deny)})
print(policy.is_action_permitted("s3:PutObject", "arn:aws:s3:::b/k") != PermissionResult.DENIED)
""",
    "leave_out_trust_policies": """
import inspect
from moto.iam.access_control import IAMRequestBase
print("PrincipalArn" in inspect.getsource(IAMRequestBase._check_role_trust_relationship))
""",
    "list_no_versions": """
from moto.stepfunctions.responses import StepFunctionResponse
print(hasattr(StepFunctionResponse, "list_state_machine_versions"))
""",
    "list_tagged_accounts": """
from moto.core.resource_tagging import TaggableResourcesMixin
from moto.organizations.models import OrganizationsBackend
print(issubclass(OrganizationsBackend, TaggableResourcesMixin))
""",
    "name_tagging_actions_as_policies_do": """
import inspect
from moto.iam import access_control
print("tagging" in inspect.getsource(access_control))
""",
    "run_tasks": """
import inspect
from moto.ecs import models
print("DockerModel" in inspect.getsource(models))
""",
    "remember_stack_set_settings": """
from moto.cloudformation.models import StackSet
print(StackSet.managed_execution.fget(None) != {"Active": False})
""",
    "validate_state_machines": """
from moto.stepfunctions.responses import StepFunctionResponse
print(hasattr(StepFunctionResponse, "validate_state_machine_definition"))
""",
}


def test_every_shim_is_watched() -> None:
    installed = inspect.getsource(shims.install) + inspect.getsource(execution_shims.install)
    called = set(re.findall(r"(?m)^    (\w+)\(", installed))
    assert sorted(CLOSED) == sorted(called - {"let_administrators_act", "shorten_pauses"})


@pytest.mark.parametrize("shim", sorted(CLOSED))
def test_moto_still_has_the_gap(shim: str) -> None:
    done = subprocess.run([sys.executable, "-c", CLOSED[shim]], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
