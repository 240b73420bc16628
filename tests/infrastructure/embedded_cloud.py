"""An organization of twelve accounts in this process, for Terraform and the container to work on.

Two small ones besides report into one bucket.
"""

from __future__ import annotations

import json
import logging
import math
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import shims
from moto import settings
from moto.cloudwatch.models import cloudwatch_backends
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.events.models import events_backends
from moto.glue.models import glue_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.s3.models import s3_backends
from moto.scheduler.models import scheduler_backends
from moto.securityhub.models import securityhub_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.sts.models import sts_backends
from werkzeug.serving import make_server

from job.demo.gateway import Gateway
from job.demo.seed_iam import seed_identities
from job.demo.seed_organization import seed_units
from job.demo.shims import install_shims
from job.demo.spec import OrganizationSpec

REGION = "eu-central-1"
MANAGEMENT, SECURITY = "100000000001", "100000000002"
OWNERS = ("300000000001", "400000000001")
MANAGEMENT_ROLE = f"arn:aws:iam::{MANAGEMENT}:role/terraform"
ADMINISTRATOR = f"arn:aws:iam::{SECURITY}:role/terraform"
MEMBER_ROLE = "iam-access-key-report-reader"
QUICKSIGHT_ROLE = "aws-quicksight-service-role-v0"
SPEC = Path(__file__).with_name("organization.json")
TWO_SPECS = Path(__file__).with_name("two_organizations.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Where it listens, and when the ages of its keys are counted from."""

    url: str
    now: datetime
    accounts: tuple[str, ...]
    before: tuple[str, ...]
    gateway: Gateway

    def environment(self, role_arn: str = ADMINISTRATOR) -> dict[str, str]:
        """Settings of the SDK for an administrator: of the security account, unless another is named."""
        keys = credentials(role_arn)
        return {
            **self.region(),
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["Token"],
        }

    def region(self) -> dict[str, str]:
        """Settings of the SDK without credentials, as ECS gives them."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}

    def calls(self) -> Counter[str]:
        """How often each operation was asked for until now, by whomever."""
        counted: Counter[str] = Counter()
        for call in self.gateway.calls():
            counted[str(call["operation"])] += int(str(call["count"]))
        return counted


@contextmanager
def serve() -> Iterator[Cloud]:
    """Seed the organization and serve it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    spec: OrganizationSpec = json.loads(SPEC.read_text())
    now = datetime.now(UTC).replace(microsecond=0)
    moto_api_backend.reset()
    shims.install()
    _seed([spec, *json.loads(TWO_SPECS.read_text())], now.replace(tzinfo=None))
    gateway = Gateway(DomainDispatcherApplication(create_backend_app), {})
    server = make_server("127.0.0.1", 0, gateway, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Cloud(
            url=f"http://127.0.0.1:{server.server_port}",
            now=now,
            accounts=tuple(account["id"] for account in spec["accounts"]),
            before=inventory(),
            gateway=gateway,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _seed(specs: Sequence[OrganizationSpec], now: datetime) -> None:
    install_shims({account["id"]: account for spec in specs for account in spec["accounts"]}, now)
    for spec in specs:
        seed_units(spec, now)
        header = spec["organization"]
        for account in spec["accounts"]:
            seed_identities(account, now, management=header["management"], reader=header["reader"])
        identities(header["reader"]).create_role(
            role_name=QUICKSIGHT_ROLE,
            assume_role_policy_document="{}",
            path="/service-role/",
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration="3600",
        )


def identities(account_id: str) -> IAMBackend:
    """Everything moto holds of one account's IAM."""
    backend: IAMBackend = iam_backends[account_id]["aws"]
    return backend


def credentials(role_arn: str) -> dict[str, str]:
    """One hour of a role's credentials, in the form in which ECS hands them to a task."""
    session = sts_backends[role_arn.split(":")[4]]["aws"].assume_role(
        region_name=REGION,
        role_session_name="task",
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": session.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "RoleArn": role_arn,
    }


def member_role_of(account_id: str) -> dict[str, Any]:
    """Trust and inline policies of an account's member role."""
    role = identities(account_id).get_role(MEMBER_ROLE)
    policies = {name: document_of(document) for name, document in role.policies.items()}
    for document in policies.values():
        for statement in document["Statement"]:
            statement["Action"] = sorted(statement["Action"])
    return {"path": role.path, "trust": document_of(role.assume_role_policy_document), "policies": policies}


def images_of(account_id: str) -> dict[str, str]:
    """Digests of the images in an account's repository, by their tags."""
    repository = ecr_backends[account_id][REGION].repositories["iam-access-key-report"]
    return {image.image_tag: image.image_digest for image in repository.images}


def trust_made_by(cloud: Cloud, template: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Trust of the role that a CloudFormation template makes in the security account; it is not kept."""
    keys = credentials(ADMINISTRATOR)
    client = boto3.client(
        "cloudformation",
        endpoint_url=cloud.url,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["Token"],
    )
    parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
    client.create_stack(StackName=values["RoleName"], TemplateBody=template, Parameters=parameters)
    trust = document_of(identities(SECURITY).get_role(values["RoleName"]).assume_role_policy_document)
    client.delete_stack(StackName=values["RoleName"])
    return trust


def document_of(document: str | dict[str, Any]) -> dict[str, Any]:
    """A policy document, whether moto keeps it as text (API) or as an object (CloudFormation)."""
    parsed: dict[str, Any] = json.loads(document) if isinstance(document, str) else document
    return parsed


def inventory() -> tuple[str, ...]:
    """Names of everything that Terraform could have made in this process."""
    found = [
        *(
            f"role {account} {role.name}"
            for account, iam in iam_backends.items()
            for role in iam["aws"].roles.values()
        ),
        *(f"bucket {name}" for s3 in s3_backends.values() for name in s3["aws"].buckets),
        *(
            f"{account} {kind} {name}"
            for account in (MANAGEMENT, SECURITY, *OWNERS)
            for kind, names in _regional(account, REGION).items()
            for name in names
        ),
    ]
    return tuple(sorted(found))


def _regional(account_id: str, region: str) -> dict[str, list[str]]:
    """What one account holds in one Region, by kind."""
    return {
        "alarm": list(cloudwatch_backends[account_id][region].alarms),
        "parameter": list(ssm_backends[account_id][region]._parameters),  # noqa: SLF001 - no public list
        "log group": list(logs_backends[account_id][region].groups),
        "queue": list(sqs_backends[account_id][region].queues),
        "repository": list(ecr_backends[account_id][region].repositories),
        "rule": list(events_backends[account_id][region].event_buses["default"].rules),
        "schedule group": [
            name for name in scheduler_backends[account_id][region].schedule_groups if name != "default"
        ],
        "state machine": [
            machine.name for machine in stepfunctions_parser_backends[account_id][region].state_machines
        ],
        "subnet": [zone for zone, subnets in ec2_backends[account_id][region].subnets.items() if subnets],
        "table": list(glue_backends[account_id][region].databases),
        "topic": list(sns_backends[account_id][region].topics),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReports:
    """What protects the reports of the management account's deployment."""

    policy: bool
    public_access_blocked: bool
    versioned: bool
    lifecycle_rules: int
    key_state: str


def kept_reports(bucket_name: str) -> KeptReports:
    """The bucket's locks, and the state of the key that its reports are encrypted with."""
    bucket = s3_backends[MANAGEMENT]["aws"].buckets[bucket_name]
    rule = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"]
    key = kms_backends[MANAGEMENT][REGION].describe_key(rule["KMSMasterKeyID"])
    return KeptReports(
        policy=bool(bucket.policy),
        public_access_blocked=bucket.public_access_block.restrict_public_buckets,
        versioned=bucket.is_versioned,
        lifecycle_rules=len(bucket.rules),
        key_state=key.key_state,
    )


@contextmanager
def task_credentials(role_arn: str) -> Iterator[Mapping[str, str]]:
    """Serve a role's credentials as ECS does; yields the environment that leads the SDK to them.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """
    body = json.dumps(credentials(role_arn)).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{server.server_port}/role"}
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Enforcement:
    """How many ask for it, over all threads."""

    def __init__(self) -> None:
        self._asked = 0
        self._lock = threading.Lock()

    def change(self, by: int) -> None:
        with self._lock:
            self._asked += by
            settings.INITIAL_NO_AUTH_ACTION_COUNT = 0 if self._asked else math.inf


_ENFORCEMENT = _Enforcement()


@contextmanager
def enforcement() -> Iterator[None]:
    """Check every request's signature and the policies of its caller, as far as moto can.

    It lasts as long as anybody is inside.
    """
    _ENFORCEMENT.change(+1)
    try:
        yield
    finally:
        _ENFORCEMENT.change(-1)


@contextmanager
def without(role_arn: str, action: str) -> Iterator[None]:
    """Take one action out of a role's inline policies for a while."""
    role = identities(role_arn.split(":")[4]).get_role(role_arn.rpartition("/")[2])
    before = dict(role.policies)
    for name, text in before.items():
        role.policies[name] = json.dumps(_without(json.loads(text), action))
    try:
        yield
    finally:
        role.policies.update(before)


@contextmanager
def granted(role_arn: str, action: str) -> Iterator[None]:
    """Give a role one action more for a while, in a policy of its own."""
    role = identities(role_arn.split(":")[4]).get_role(role_arn.rpartition("/")[2])
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    role.policies["granted"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        yield
    finally:
        del role.policies["granted"]


def findings_in_security_hub() -> int:
    """How many findings the security account's hub holds."""
    return len(securityhub_backends[SECURITY][REGION].findings)


@contextmanager
def no_tags_in_bulk() -> Iterator[None]:
    """Have the tagging API answer nothing for a while, as it may outside of the management account."""
    listed = vars(ResourceGroupsTaggingAPIBackend)["_get_resources_generator"]
    setattr(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", lambda _self, **_: iter(()))  # noqa: B010 - private
    try:
        yield
    finally:
        setattr(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", listed)  # noqa: B010 - private


def _without(document: dict[str, Any], action: str) -> dict[str, Any]:
    kept = []
    for statement in document["Statement"]:
        listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        actions = [each for each in listed if each != action]
        if actions:
            kept.append({**statement, "Action": actions})
    return {**document, "Statement": kept}
