"""Opens the clients that read data stores: one a service and Region, when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.client import BaseClient
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

Prepared = TypeVar("Prepared", bound=BaseClient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How clients are opened: by this session, one at a time, and each then prepared.

    Sessions are not safe for threads, clients are:
    https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
    """

    session: boto3.Session
    config: Config
    prepare: Callable[[BaseClient], None]
    lock: threading.Lock


class RegionClients:
    """One Region's clients, safe to share between threads; none is opened before it is used."""

    def __init__(self, region: str, opening: Opening) -> None:
        self._region = region
        self._opening = opening

    @cached_property
    def s3(self) -> S3Client:
        """S3 where its buckets of this Region are."""
        given = self._opening
        with given.lock:
            client = given.session.client("s3", region_name=self._region, config=given.config)
            return self._ready(client, "list_buckets")

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """DynamoDB."""
        given = self._opening
        with given.lock:
            client = given.session.client("dynamodb", region_name=self._region, config=given.config)
            return self._ready(client, "list_tables")

    @cached_property
    def rds(self) -> RDSClient:
        """RDS, Aurora with it."""
        given = self._opening
        with given.lock:
            client = given.session.client("rds", region_name=self._region, config=given.config)
            return self._ready(client, "describe_db_clusters")

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        """Secrets Manager."""
        given = self._opening
        with given.lock:
            client = given.session.client("secretsmanager", region_name=self._region, config=given.config)
            return self._ready(client, "list_secrets")

    @cached_property
    def ssm(self) -> SSMClient:
        """Systems Manager, for its parameters."""
        given = self._opening
        with given.lock:
            client = given.session.client("ssm", region_name=self._region, config=given.config)
            return self._ready(client, "describe_parameters")

    @cached_property
    def kms(self) -> KMSClient:
        """KMS."""
        given = self._opening
        with given.lock:
            client = given.session.client("kms", region_name=self._region, config=given.config)
            return self._ready(client, "list_keys")

    def _ready(self, client: Prepared, listing: str) -> Prepared:
        """Paginators are looked up once, before threads share the client."""
        client.can_paginate(listing)
        self._opening.prepare(client)
        return client


class RegionalClients:
    """The clients of every Region that is asked for; `home` is the Region of all other clients."""

    def __init__(self, home: str, opening: Opening) -> None:
        self.home = home
        self._opening = opening
        self._lock = threading.Lock()
        self._regions: dict[str, RegionClients] = {}

    def of(self, region: str) -> RegionClients:
        """One Region's clients."""
        with self._lock:
            if region not in self._regions:
                self._regions[region] = RegionClients(region, self._opening)
            return self._regions[region]
