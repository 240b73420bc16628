"""moto with two accounts whose data stores are made by calls, behind a front that can refuse and forget."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

import boto3
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from moto.sts.models import sts_backends
from werkzeug.serving import make_server

from job.aws.clients import SESSION_NAME, Clients, caller_identity, open_clients
from job.collect.account import CollectedAccount
from job.collect.collector import Collector
from job.collect.managed_policies import ManagedPolicies
from job.demo.shims import list_service_specific_credentials
from job.settings.load import load_settings

if TYPE_CHECKING:
    from tests.collect.recorded_config import Aggregator

ACCOUNT = "111122223333"
HOME, ELSEWHERE = "eu-central-1", "us-west-2"
ALL = "s3,dynamodb,rds,secrets,kms"
BOTH = f"{HOME},{ELSEWHERE}"
# Seconds: moto's credential reports are made at once.
AT_ONCE = 0.01
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
TAGS = [{"Key": "DataClassification", "Value": "Restricted"}]
_QUERIES = {
    "policy": "GetBucketPolicy",
    "tagging": "GetBucketTagging",
    "encryption": "GetBucketEncryption",
    "ownershipControls": "GetBucketOwnershipControls",
}
_NAME = re.compile(rb"<Name>([^<]+)</Name>")


class Asked(NamedTuple):
    """One request: service and Region that it was signed for, operation, and the bucket if it names one.

    `seeding` tells requests of clients that make stores from those of the job.
    """

    service: str
    region: str
    operation: str
    bucket: str = ""
    seeding: bool = False


@dataclass(kw_only=True)
class Front:
    """Stands before moto, remembers what was asked, and answers some of it itself.

    `refused` and `vanished` say which requests AWS denies, and for which the bucket is no more; `aggregator`
    answers for AWS Config.
    """

    application: Any
    asked: list[Asked] = field(default_factory=list)
    refused: Callable[[Asked], bool] = lambda _: False
    vanished: Callable[[Asked], bool] = lambda _: False
    aggregator: Aggregator | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        by_the_job = environ.get("HTTP_USER_AGENT", "").startswith(SESSION_NAME)
        asked = _asked(environ)._replace(seeding=not by_the_job)
        self.asked.append(asked)
        if self.refused(asked):
            return _error(start_response, asked, 403, _denial(asked))
        if self.vanished(asked):
            return _error(start_response, asked, 404, "NoSuchBucket")
        if asked.operation == "SelectAggregateResourceConfig" and self.aggregator is not None:
            return self.aggregator.answer(environ, start_response)
        if asked.operation == "ListBuckets":
            return self._with_regions(environ, start_response)
        return list(self.application(environ, start_response))

    def _with_regions(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Say where each bucket is, which moto leaves out.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html
        """
        body = b"".join(self.application(environ, lambda *_: None))
        every = [backend["aws"].buckets for backend in s3_backends.values()]

        def told(match: re.Match[bytes]) -> bytes:
            name = match[1].decode()
            region = next(buckets[name] for buckets in every if name in buckets).region_name
            return match[0] + f"<BucketRegion>{region}</BucketRegion>".encode()

        answer = _NAME.sub(told, body) if "max-buckets" in environ["QUERY_STRING"] else body
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(answer)))])
        return [answer]


@dataclass(frozen=True, kw_only=True)
class StoreCloud:
    """Where it listens, and clients that make stores in the account."""

    url: str
    front: Front
    account: str = ACCOUNT

    def client(self, service: str, region: str = HOME) -> Any:  # noqa: ANN401 - any service's client
        """A client with an administrator's credentials."""
        session = sts_backends[self.account]["aws"].assume_role(
            region_name=region,
            role_session_name="seed",
            role_arn=f"arn:aws:iam::{self.account}:role/seed",
            policy="",
            duration=3600,
            external_id="",
        )
        make: Any = boto3.client
        return make(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=session.access_key_id,
            aws_secret_access_key=session.secret_access_key,
            aws_session_token=session.session_token,
        )


@contextmanager
def store_cloud() -> Iterator[StoreCloud]:
    """An empty account, served until the end of the block."""
    moto_api_backend.reset()
    list_service_specific_credentials()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    front = Front(application=DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield StoreCloud(url=f"http://127.0.0.1:{server.server_port}", front=front)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        moto_api_backend.reset()


class StoreCollection:
    """Reads the account again and again over the same clients, as a run reads many accounts."""

    def __init__(self) -> None:
        self._clients: dict[str | None, Clients] = {}

    def read(self, kinds: str, regions: str) -> CollectedAccount:
        """The account with these kinds of stores, in these Regions."""
        (collected,) = self.read_all([ACCOUNT], {"REPORT_DATA_STORES": kinds, "REPORT_REGIONS": regions})
        return collected

    def read_all(self, accounts: Iterable[str], given: dict[str, str]) -> list[CollectedAccount]:
        """These accounts with these settings, by their ids."""
        settings = load_settings(given, destination_required=False)
        aggregator = settings.config_aggregator
        if aggregator not in self._clients:
            self._clients[aggregator] = open_clients(settings)
        clients = self._clients[aggregator]
        collector = Collector(
            clients=clients.member,
            caller=caller_identity(clients.member.sts),
            settings=settings,
            policies=ManagedPolicies(),
            stop=threading.Event(),
            now=lambda: datetime.now(UTC),
            config=clients.config,
            first_guess=AT_ONCE,
        )
        return sorted(collector.collect(accounts), key=lambda each: each.account_id)


def policy(resource: str, action: str = "*", sids: int = 1) -> str:
    """A resource policy that names one user, as often as it is told to."""
    statement = {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": action, "Resource": resource}
    statements = [{"Sid": f"Statement{number}", **statement} for number in range(sids)]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def stores(collected: CollectedAccount) -> Any:  # noqa: ANN401 - decoded JSON
    """The section as the snapshot file holds it."""
    return json.loads(json.dumps(collected.document["DataStores"]))


def failed(collected: CollectedAccount) -> set[tuple[str, str, str | None]]:
    return {(each.step, each.code, each.region) for each in collected.failures}


def make_bucket(cloud: StoreCloud, name: str, region: str = HOME) -> None:
    cloud.client("s3", region).create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": region},
        ObjectOwnership="BucketOwnerEnforced",
    )


def make_table(cloud: StoreCloud, name: str, **more: object) -> str:
    made = cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    arn: str = made["TableDescription"]["TableArn"]
    return arn


def make_everything(cloud: StoreCloud) -> None:
    """One store of each kind, with each of its parts."""
    make_bucket(cloud, "data")
    s3 = cloud.client("s3")
    s3.put_bucket_policy(Bucket="data", Policy=policy("arn:aws:s3:::data/*", "s3:GetObject"))
    s3.put_bucket_tagging(Bucket="data", Tagging={"TagSet": TAGS})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket="data", ServerSideEncryptionConfiguration={"Rules": [rule]})
    table = make_table(cloud, "data", Tags=TAGS)
    cloud.client("dynamodb").put_resource_policy(ResourceArn=table, Policy=policy(table, "dynamodb:GetItem"))
    rds = cloud.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="data",
        Engine="aurora-mysql",
        MasterUsername="root",
        MasterUserPassword="made-up-password",
    )
    rds.create_db_instance(
        DBInstanceIdentifier="data", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=10
    )
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="data", SecretString="hush")
    secrets.put_resource_policy(SecretId="data", ResourcePolicy=policy("*", "secretsmanager:GetSecretValue"))
    cloud.client("ssm").put_parameter(Name="/data", Value="hush", Type="SecureString")
    kms = cloud.client("kms")
    key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/data", TargetKeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal=USER, Operations=["Decrypt"])


def called(asked: list[Asked]) -> set[str]:
    """The IAM actions of what was asked of stores: S3 names two of them otherwise.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    """
    names = {"ListBuckets": "ListAllMyBuckets", "GetBucketEncryption": "GetEncryptionConfiguration"}
    return {
        f"{each.service}:{names.get(each.operation, each.operation)}"
        for each in asked
        if each.service not in ("iam", "sts")
    }


def _asked(environ: dict[str, Any]) -> Asked:
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    region, service = (scope[2], scope[3]) if len(scope) == 5 else ("", "")
    target = environ.get("HTTP_X_AMZ_TARGET")
    if service == "s3":
        bucket = environ["PATH_INFO"].strip("/").partition("/")[0]
        query = environ["QUERY_STRING"].partition("=")[0].partition("&")[0]
        operation = _QUERIES.get(query, "ListBuckets" if not bucket else environ["REQUEST_METHOD"])
        return Asked(service, region, operation, bucket)
    if target:
        return Asked(service, region, target.rpartition(".")[2])
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return Asked(service, region, parse_qs(body.decode()).get("Action", [""])[0])


def _denial(asked: Asked) -> str:
    """The code that each protocol has for it."""
    return "AccessDenied" if asked.service in ("s3", "rds", "iam", "sts") else "AccessDeniedException"


def _error(start_response: Callable[..., Any], asked: Asked, status: int, code: str) -> Iterable[bytes]:
    message = f"made up: {asked.operation}"
    if asked.service == "s3":
        kind, body = "text/xml", f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    elif asked.service in ("rds", "iam", "sts"):
        error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        kind, body = "text/xml", f"<ErrorResponse>{error}</ErrorResponse>"
    else:
        kind, body = "application/x-amz-json-1.1", f'{{"__type": "{code}", "message": "{message}"}}'
    start_response(f"{status} Refused", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body.encode()]
